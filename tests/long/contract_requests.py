"""Requests made from the committed contract: every operation of it, with what fits and with what does not."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from tests.long.odd import Odd

_ID = re.compile(r"\b([a-z]+)_[0-9a-f]{32}\b")
_PREFIXES = {
    "document": "doc",
    "delivery": "dlv",
    "subscription": "sub",
    "source_event": "src",
    "connection": "conn",
}
_NO_IDS = ("event_id", "recipe_id", "source_id", "client_id")
_MOST_KNOWN = 200
_VERBS = ("get", "post", "patch", "put", "delete")


class Sent(msgspec.Struct, frozen=True):
    """One request to be sent; `operation` is its name in the contract."""

    operation: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def kind_of(name: str) -> str | None:
    """The kind of id that a field of this name holds: `role` for `role_id`."""
    if not name.endswith("_id") or name in _NO_IDS:
        return None
    noun = name.removesuffix("_id")
    return _PREFIXES.get(noun, noun)


class Known:
    """The ids that were seen in answers, by kind: what a sender could name next."""

    def __init__(self) -> None:
        self._ids: dict[str, list[str]] = {}

    def learn(self, text: str) -> None:
        """Remember every id in an answer."""
        for found in _ID.finditer(text):
            kind = self._ids.setdefault(found[1], [])
            if found[0] not in kind:
                kind.append(found[0])
                del kind[:-_MOST_KNOWN]

    def some(self, kind: str, odd: Odd) -> str:
        """Mostly an id of this kind, sometimes of another, sometimes none."""
        if odd.often(0.1):
            kind = odd.dice.choice(sorted(self._ids) or [kind])
        ids = self._ids.get(kind)
        return odd.text() if not ids or odd.often(0.1) else odd.dice.choice(ids)


class Requests:
    """Makes requests from one contract."""

    def __init__(self, document: dict[str, Any], known: Known) -> None:
        self._schemas = document["components"]["schemas"]
        self._known = known
        self.operations = [
            (path, method, document["paths"][path][method])
            for path in sorted(document["paths"])
            for method in _VERBS
            if method in document["paths"][path]
        ]

    def one(self, odd: Odd) -> Sent:
        """A request of any operation; half of them send something, which reads alone would drown."""
        sending = [one for one in self.operations if "requestBody" in one[2]]
        path, method, operation = odd.dice.choice(sending if odd.often(0.5) else self.operations)
        parameters = operation.get("parameters", [])
        for one in parameters:
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", quote(self._path_value(one, odd)[:500], safe=""))
        asked = [(one["name"], one["schema"]) for one in parameters if one["in"] == "query"]
        query = [(name, self._word(name, schema, odd)) for name, schema in asked if odd.often(0.3)]
        headers = {"Idempotency-Key": odd.dice.choice(("a", "b", "c"))} if odd.often(0.1) else {}
        body = None
        if "requestBody" in operation:
            kind, body = self._body(operation["requestBody"]["content"], odd)
            headers["Content-Type"] = kind
        url = f"{path}?{urlencode(query, errors='replace')[:8_000]}" if query else path
        return Sent(operation["operationId"], method.upper(), url, headers, body)

    def _path_value(self, parameter: dict[str, Any], odd: Odd) -> str:
        name = parameter["name"]
        if name == "source":
            return odd.dice.choice(("workday", "successfactors", odd.text()))
        return self._known.some(kind_of(name) or name, odd) or "-"

    def _word(self, name: str, schema: dict[str, Any], odd: Odd) -> str:
        if kind := kind_of(name):
            return self._known.some(kind, odd)
        value = odd.text() if odd.often(0.3) else self.value(schema, odd)
        if isinstance(value, list):
            value = value[0] if value else ""
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def _body(self, content: dict[str, Any], odd: Odd) -> tuple[str, bytes]:
        kind = odd.dice.choice(sorted(content))
        wanted = content[kind]
        examples = [one["value"] for one in wanted.get("examples", {}).values()]
        value = (
            odd.dice.choice(examples) if examples and odd.often(0.3) else self.value(wanted["schema"], odd)
        )
        if odd.often(0.6):
            value = odd.spoiled(value)
        body = value.encode("utf-8", "replace") if isinstance(value, str) else msgspec.json.encode(value)
        if kind.endswith("urlencoded") and isinstance(value, dict):
            body = urlencode(value, errors="replace").encode()
        if odd.often(0.1):
            body = odd.garbled(body)
        return (odd.header() if odd.often(0.03) else kind), body

    def value(self, schema: dict[str, Any], odd: Odd, depth: int = 0) -> Any:
        """A value that a schema allows, as far as it says so; now and then another."""
        if "$ref" in schema:
            return self.value(self._schemas[schema["$ref"].rsplit("/", 1)[1]], odd, depth)
        if depth > 6 or odd.often(0.04):
            return odd.anything()
        if schema.get("nullable") and odd.often(0.2):
            return None
        if "enum" in schema:
            return odd.dice.choice(schema["enum"])
        return self._typed(schema, odd, depth)

    def _typed(self, schema: dict[str, Any], odd: Odd, depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            needed = schema.get("required", ())
            return {
                name: self._member(name, one, odd, depth + 1)
                for name, one in schema.get("properties", {}).items()
                if name in needed or odd.often(0.5)
            }
        if kind == "array":
            return [self.value(schema.get("items", {}), odd, depth + 1) for _ in range(odd.dice.randrange(4))]
        if kind == "integer":
            return odd.dice.randrange(schema.get("minimum", 0), schema.get("maximum", 1_000) + 1)
        if kind in ("number", "boolean"):
            return odd.dice.choice((True, False)) if kind == "boolean" else odd.dice.random()
        return odd.text() if kind == "string" else odd.anything()

    def _member(self, name: str, schema: dict[str, Any], odd: Odd, depth: int) -> Any:
        if kind := kind_of(name):
            return self._known.some(kind, odd)
        if name == "ids":
            return [self._known.some("role", odd) for _ in range(odd.dice.randrange(5))]
        if name == "stages":
            return odd.dice.sample(("ai_assessment", "mine_skills", "role_catalog", odd.text()), 2)
        return self.value(schema, odd, depth)
