"""The OpenAPI document, in the version recipes can read: 3.0.3.

It is written from the same declarations that are enforced (`connector.api.operation`) and from the
Structs that are read and written, through msgspec's JSON Schema. That is of a newer draft than 3.0 knows,
so each construct is translated by name, and one that is not known here stops the build.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Controller, Litestar, Request, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from connector.api.http import Reply
from connector.api.operation import Answer, Operation, operation
from connector.problems import MEDIA_TYPE, Broken, Problem
from connector.services import Services
from control.access import SCOPES
from kit import errors
from kit.errors import Fault, Refused

VERSION = "1.0.0"
ADDRESS = "https://connector.example.com"
_REF = "#/components/schemas/{name}"
_SHARED: tuple[type[Refused], ...] = (errors.Overloaded,)
_OF_TOKENS: tuple[type[Refused], ...] = (errors.Unauthorised, errors.TooMany)
_OF_BODIES: tuple[type[Refused], ...] = (Refused, errors.TooLarge, errors.WrongType, errors.Invalid)
_FAMILIES: tuple[type[Refused], ...] = (
    Refused,
    errors.Unauthorised,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.Gone,
    errors.TooLarge,
    errors.WrongType,
    errors.Invalid,
    errors.TooMany,
    Broken,
    errors.Overloaded,
)
_SAME = {
    "type",
    "format",
    "description",
    "title",
    "default",
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "uniqueItems",
    "enum",
}


class ContractFault(Fault):
    """The API cannot be written down in OpenAPI 3.0.3; the message says what and where."""

    code = "contract"


def document(app: Litestar, address: str = ADDRESS) -> dict[str, Any]:
    """The whole document for the routes of an app."""
    operations = _operations(app)
    types: list[Any] = [Problem]
    for _, _, declared, _ in operations:
        types += [answer.kind for answer in declared.answers.values() if answer.kind is not None]
        types += [declared.query] if declared.query else []
        types += [declared.body.kind] if declared.body and declared.body.kind else []
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    lowered = {name: lower(schema) for name, schema in sorted(components.items())}
    _allow_null(lowered, lowered)
    known = {id(kind): lower(schema) for kind, schema in zip(types, schemas, strict=True)}
    _allow_null(known, lowered)
    queries = {id(d.query): lowered[d.query.__name__] for _, _, d, _ in operations if d.query}
    paths: dict[str, Any] = {}
    for path, method, declared, handler in operations:
        one = _operation(path, declared, handler, known, queries)
        paths.setdefault(path, {})[method.lower()] = one
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Etter Connector",
            "version": VERSION,
            "description": "Job profiles from an HRIS become assessed roles in Etter. Get a token at "
            "/oauth/token, send job profiles to /v1/webhooks/{source}, and follow the runs.",
        },
        "servers": [{"url": address}],
        "security": [{"oauth": []}],
        "tags": [{"name": name} for name in sorted({tag for o in operations for tag in o[3].tags or []})],
        "paths": paths,
        "components": {
            "schemas": lowered,
            "responses": _refusals(),
            "securitySchemes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": f"{address}/oauth/token", "scopes": SCOPES}},
                }
            },
        },
    }


def operation_ids(app: Litestar) -> set[str]:
    """What the operations are called."""
    return {declared.name for _, _, declared, _ in _operations(app)}


def _operations(app: Litestar) -> list[tuple[str, str, Operation, HTTPRouteHandler]]:
    found: list[tuple[str, str, Operation, HTTPRouteHandler]] = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith("/admin"):
            continue  # pages are for people, and no part of the contract
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                declared = handler.opt.get("operation")
                if not isinstance(declared, Operation):
                    raise ContractFault(f"{method} {route.path} has no operation(...).")
                found.append((route.path_format, str(method), declared, handler))
    return sorted(found, key=lambda one: one[:2])


def _operation(
    path: str, declared: Operation, handler: HTTPRouteHandler, known: dict[int, Any], queries: dict[int, Any]
) -> dict[str, Any]:
    one: dict[str, Any] = {
        "operationId": declared.name,
        "summary": declared.summary,
        "tags": sorted(handler.tags or []),
        "parameters": _parameters(path, declared, queries),
        "responses": _responses(declared, known),
    }
    if declared.going is not None:
        one["deprecated"] = True
    notes = declared.notes or (handler.fn.__doc__ or "").strip()
    if notes:
        one["description"] = " ".join(notes.split())
    if declared.public:
        one["security"] = []
    elif declared.scope:
        one["security"] = [{"oauth": [declared.scope]}]
    if declared.body is not None:
        schema = known[id(declared.body.kind)] if declared.body.kind else {"type": "string"}
        examples = {name: {"value": value} for name, value in declared.body.examples.items()}
        media = {"schema": schema, "examples": examples}
        one["requestBody"] = {
            "required": declared.body.required,
            "content": dict.fromkeys(declared.body.media_types, media),
        }
    return one


def _parameters(path: str, declared: Operation, queries: dict[int, Any]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        if name not in declared.params:
            raise ContractFault(f"{declared.name} has no example for the path parameter {name}.")
        parameters.append(_parameter("path", name, {"type": "string"}, declared.params[name], required=True))
    if declared.query is not None:
        schema = queries[id(declared.query)]
        needed = schema.get("required", [])
        for name, inner in schema.get("properties", {}).items():
            parameters.append(_parameter("query", name, inner, None, required=name in needed))
    if declared.idempotent:
        says = "The same key and body again get the first answer, for seven days."
        one = _parameter(
            "header", "Idempotency-Key", {"type": "string", "maxLength": 255}, "job-42", required=False
        )
        parameters.append({**one, "description": says})
    return parameters


def _parameter(place: str, name: str, schema: Any, example: Any, *, required: bool) -> dict[str, Any]:
    parameter = {"name": name, "in": place, "required": required, "schema": schema}
    if example is not None:
        parameter["example"] = example
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": True}
    return parameter


def _responses(declared: Operation, known: dict[int, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in declared.answers.items():
        responses[str(status)] = _response(declared, answer, known)
    for status in sorted(_statuses(declared)):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    return dict(sorted(responses.items()))


def _statuses(declared: Operation) -> set[int]:
    refusals = [*_SHARED, *declared.errors]
    refusals += () if declared.public else _OF_TOKENS
    refusals += [errors.Forbidden] if declared.scope else []
    refusals += _OF_BODIES if declared.body else ()
    refusals += [errors.Invalid] if declared.query else []
    refusals += [errors.Conflict, errors.Invalid] if declared.idempotent else []
    refusals += [errors.NotFound] if declared.params else []
    return {refusal.status for refusal in refusals} | {500}


def _response(declared: Operation, answer: Answer, known: dict[int, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.says}
    if answer.headers:
        response["headers"] = {
            name: {"description": says, "schema": {"type": "string"}} for name, says in answer.headers.items()
        }
    if answer.kind is None:
        return response
    schema, example = known[id(answer.kind)], answer.example
    if example is None:
        raise ContractFault(f"{declared.name} has an answer without an example.")
    if tells_ignored(declared, answer):
        extra = {
            "type": "object",
            "required": ["ignored"],
            "properties": {
                "ignored": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Keys of the request that this service does not know.",
                }
            },
        }
        schema, example = {"allOf": [schema, extra]}, {"ignored": [], **example}
    response["content"] = {answer.media_type: {"schema": schema, "example": example}}
    return response


def tells_ignored(declared: Operation, answer: Answer) -> bool:
    """Whether this answer names the request's unknown keys: all writes of a JSON Struct do."""
    written = declared.body is not None and declared.body.kind is not None and not declared.public
    return written and isinstance(answer.kind, type) and issubclass(answer.kind, msgspec.Struct)


def _refusals() -> dict[str, Any]:
    """One shared answer for each status that a refusal may have."""
    responses: dict[str, Any] = {}
    for kind in _FAMILIES:
        example = {
            "type": f"urn:etter-connector:problem:{kind.code}",
            "title": kind.title,
            "status": kind.status,
            "code": kind.code,
            "detail": f"{kind.title}.",
            "action": {"what": "What to do about it.", "who": "caller"},
            "retry_after": 1 if kind.status in (429, 503) else None,
            "request_id": "req_01990a6b4c7d7e2fb1a0c3d4e5f60718",
            "errors": [],
        }
        responses[f"Problem{kind.status}"] = {
            "description": kind.title,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}, "example": example}},
        }
    return responses


def lower(schema: Any) -> Any:
    """A JSON Schema of msgspec's as OpenAPI 3.0.3 writes it. ContractFault for what is not known here."""
    if not isinstance(schema, dict):
        raise ContractFault(f"{schema!r} is not a schema.")
    lowered: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _SAME:
            lowered[key] = copy.deepcopy(value)
        elif key in _TRANSLATED:
            _TRANSLATED[key](lowered, value)
        else:
            raise ContractFault(f"OpenAPI 3.0.3 has no word for {key!r} in {schema!r}.")
    return _settle(lowered)


def _settle(lowered: dict[str, Any]) -> dict[str, Any]:
    if lowered.get("type") == "null":
        raise ContractFault("OpenAPI 3.0.3 has no type null by itself.")
    if "$ref" in lowered and len(lowered) > 1:
        lowered["allOf"] = [{"$ref": lowered.pop("$ref")}]
    if "enum" in lowered:
        values = [value for value in lowered["enum"] if value is not None]
        if len(values) < len(lowered["enum"]) or lowered.get("nullable"):
            lowered |= {"nullable": True, "enum": [*values, None]}
        if all(isinstance(value, str) for value in values):
            lowered["type"] = "string"
    return lowered


def _allow_null(node: Any, components: dict[str, Any]) -> None:
    """In 3.0.3 `nullable` counts only beside a `type`, so a nullable reference is written out."""
    if isinstance(node, list):
        for inner in node:
            _allow_null(inner, components)
    if not isinstance(node, dict):
        return
    for inner in node.values():
        _allow_null(inner, components)
    if node.get("nullable") is True and "type" not in node:
        if "allOf" in node:
            node.update(_written_out(node.pop("allOf")[0], components))
        elif "anyOf" in node:
            node.pop("nullable")
            node["anyOf"][0] = {**_written_out(node["anyOf"][0], components), "nullable": True}


def _written_out(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = copy.deepcopy(components[schema["$ref"].rsplit("/", 1)[1]])
    _allow_null(found, components)  # what is written out may hold such references itself
    return found


def _any_of(lowered: dict[str, Any], options: list[Any]) -> None:
    rest = [lower(option) for option in options if option != {"type": "null"}]
    if len(rest) < len(options):
        lowered["nullable"] = True
    if len(rest) == 1:
        lowered.update(rest[0])
    else:
        lowered["anyOf"] = rest


def _limit(word: str) -> Callable[[dict[str, Any], Any], None]:
    def write(lowered: dict[str, Any], value: Any) -> None:
        lowered[word] = value
        lowered["exclusive" + word.capitalize()] = True

    return write


def _properties(lowered: dict[str, Any], value: dict[str, Any]) -> None:
    lowered["properties"] = {name: lower(inner) for name, inner in value.items()}


def _additional(lowered: dict[str, Any], value: Any) -> None:
    lowered["additionalProperties"] = value if isinstance(value, bool) else lower(value)


def _items(lowered: dict[str, Any], value: Any) -> None:
    if value is not False:
        lowered["items"] = lower(value)


def _tuple(lowered: dict[str, Any], value: list[Any]) -> None:
    lowered["items"] = {"anyOf": [lower(one) for one in value]}


_TRANSLATED: dict[str, Callable[[dict[str, Any], Any], None]] = {
    "$ref": lambda lowered, value: lowered.update({"$ref": value}),
    "anyOf": _any_of,
    "const": lambda lowered, value: lowered.update({"enum": [value]}),
    "contentEncoding": lambda lowered, _: lowered.update({"format": "byte"}),
    "examples": lambda lowered, value: lowered.update({"example": value[0]}),
    "exclusiveMinimum": _limit("minimum"),
    "exclusiveMaximum": _limit("maximum"),
    "properties": _properties,
    "required": lambda lowered, value: lowered.update({"required": value} if value else {}),
    "additionalProperties": _additional,
    "items": _items,
    "prefixItems": _tuple,
}


class Document(Controller):
    """The document itself, to be pasted into an OpenAPI connector."""

    path = "/openapi.json"
    tags = ["Contract"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getOpenApi",
            "This document",
            public=True,
            answers={200: Answer(kind=dict[str, Any], example={"openapi": "3.0.3"})},
        ),
    )
    async def show(self, request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Reply:
        """OpenAPI 3.0.3, with this service's own address in it."""
        return Reply(_written(request.app, services.settings.public_url))


@lru_cache(maxsize=4)
def _written(app: Litestar, address: str) -> dict[str, Any]:
    return document(app, address)
