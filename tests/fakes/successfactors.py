"""A SuccessFactors tenant on 127.0.0.1: OData v2 over captured records, with metadata made of them.

Options that the real one is strict about are held to: a column that a record lacks is a 400, without
`fromDate` only slices of today are given, and the next page is where `__next` says.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from tests.adapters.sf import rows, sample
from tests.fakes.receiver import Got, Receiver, Reply, listening

JSON = {"content-type": "application/json;charset=utf-8"}
HTML = {"content-type": "text/html"}
Record = dict[str, Any]
_MILLISECONDS = re.compile(r"/Date\((-?\d+)")
_TARGETS = {"roleNav": "RoleEntity", "entityNav": "SkillEntity"}


def job_codes() -> list[Record]:
    """The captured slices, each once, with the columns of the richest of them."""
    names = ("fojobcode_page_next", "fojobcode_page_last", "fojobcode_all_slices_fromDate_1900")
    found = {(one["externalCode"], one["startDate"]): one for name in names for one in rows(name)}
    columns = {key for one in found.values() for key in one}
    return [dict.fromkeys(columns) | one for one in found.values()]


def refusal(code: str, message: str, status: int = 400) -> Reply:
    """An error in SuccessFactors' shape."""
    error = sample("error_400_property_not_found")
    error["error"] |= {"code": code, "message": {"lang": "en-US", "value": message}}
    return Reply(status, msgspec.json.encode(error), JSON)


class Tenant(Receiver):
    """`first` are answers that are given, one each, before anything is looked at; `on_page` may change an
    answer's `d` before it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sets: dict[str, list[Record]] = {
            "FOJobCode": job_codes(),
            "JobProfile": rows("jobprofile_page_expanded"),
            "RoleEntity": rows("roleentity_page_expanded"),
        }
        self.hidden: set[str] = set()
        self.first: list[Reply] = []
        self.first_tokens: list[Reply] = []
        self.on_page: Callable[[Got, Record], None] = lambda got, inside: None
        self.tokens: set[str] = set()
        self.forms: list[dict[str, str]] = []
        self.lets_in: Callable[[dict[str, str]], bool] = lambda form: True
        self.most = 100
        self.life = 3600

    def asked(self, path: str) -> list[str]:
        """The addresses so far that hold this, readable."""
        return [unquote(got.path) for got in self.got if path in got.path]

    def reply_to(self, got: Got) -> Reply:
        if got.path in ("/oauth/token", "/oauth2/token"):
            return self.first_tokens.pop(0) if self.first_tokens else self._token(got)
        if self.first:
            return self.first.pop(0)
        if got.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return refusal("LGN0003", "Unable to authenticate the client (Login failed)", 401)
        parts = urlsplit(got.path)
        entity = parts.path.removeprefix("/odata/v2/").removesuffix("/$metadata")
        if entity not in self.sets:
            return refusal("COE_ENTITY_NOT_FOUND", f"[COE0018]Entity {entity} is not found.")
        if parts.path.endswith("$metadata"):
            return Reply(200, self._metadata(entity), {"content-type": "application/xml"})
        return self._collection(got, entity, {k: v[0] for k, v in parse_qs(parts.query).items()})

    def _token(self, got: Got) -> Reply:
        form = {name: values[0] for name, values in parse_qs(got.body.decode()).items()}
        self.forms.append(form)
        if not self.lets_in(form):
            words = "Unable to verify the signature of the SAML assertion"
            return Reply(
                401, msgspec.json.encode({"error": "invalid_grant", "error_description": words}), JSON
            )
        self.tokens = {f"token-{len(self.forms)}"}
        answer = {"access_token": f"token-{len(self.forms)}", "token_type": "Bearer", "expires_in": self.life}
        return Reply(200, msgspec.json.encode(answer), JSON)

    def _metadata(self, entity: str) -> bytes:
        columns = sorted({key for one in self.sets[entity] for key in one if key != "__metadata"})
        navigations = [name for name in columns if self._leads(entity, name)]
        inner = "".join(f'<Property Name="{one}"/>' for one in columns if one not in navigations)
        inner += "".join(
            f'<NavigationProperty Name="{one}" Relationship="SFOData.a_{one}" FromRole="f" ToRole="t"/>'
            for one in navigations
        )
        ends = "".join(
            f'<Association Name="a_{one}"><End Type="SFODataSet.{_TARGETS.get(one, one)}" Role="t"/>'
            f'<End Type="SFOData.{entity}" Role="f"/></Association>'
            for one in navigations
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx '
            'xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>'
            '<Schema Namespace="SFOData" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
            f'<EntityType Name="{entity}">{inner}</EntityType>{ends}</Schema></edmx:DataServices></edmx:Edmx>'
        ).encode()

    def _leads(self, entity: str, name: str) -> bool:
        return any(isinstance(one.get(name), dict) for one in self.sets[entity])

    def _collection(self, got: Got, entity: str, options: dict[str, str]) -> Reply:
        held = self.sets[entity]
        select = [one for one in options.get("$select", "").split(",") if one]
        columns = {key for one in held for key in one}
        missing = [
            one for one in select if one.split("/")[0] not in columns or f"{entity}/{one}" in self.hidden
        ]
        if missing:
            named = f"[COE0021]Invalid property names: {entity}/{missing[0]}."
            return refusal("COE_PROPERTY_NOT_FOUND", named)
        found = [one for one in held if _holds(one, options)]
        start = int(base64.b64decode(options["$skiptoken"]).decode()) if "$skiptoken" in options else 0
        size = min(int(options.get("customPageSize", 1000)), int(options.get("$top", 1000)), self.most)
        inside: Record = {"results": [_selected(one, select) for one in found[start : start + size]]}
        if "$inlinecount" in options:
            inside = {"__count": str(len(found)), **inside}
        if start + size < len(found) and "$top" not in options:
            token = base64.b64encode(str(start + size).encode()).decode()
            path = re.sub(r"&\$skiptoken=.*", "", unquote(got.path))
            inside["__next"] = f"{self.url}{path}&$skiptoken={token}"
        self.on_page(got, inside)
        return Reply(200, msgspec.json.encode({"d": inside}), JSON)


def _selected(record: Record, select: Iterable[str]) -> Record:
    names = {one.split("/")[0] for one in select}
    return {key: value for key, value in record.items() if not names or key in names or key == "__metadata"}


def _holds(record: Record, options: dict[str, str]) -> bool:
    today = datetime.now(UTC).date()
    if (
        "fromDate" not in options
        and "startDate" in record
        and not (_day(record, "startDate") <= today <= _day(record, "endDate"))
    ):
        return False
    condition = options.get("$filter", "")
    if " in " in condition:
        values = re.findall(r"'((?:[^']|'')*)'", condition)
        return record["externalCode"] in [one.replace("''", "'") for one in values]
    if found := re.fullmatch(r"lastModifiedDateTime ge datetimeoffset'(.+)'", condition):
        return _instant(record["lastModifiedDateTime"]) >= datetime.fromisoformat(found[1])
    days = re.findall(r"\((\w+) ge datetime'(\S+)T\S+' and \w+ le datetime'(\S+)T\S+'\)", condition)
    assert days or not condition, condition
    return not days or any(
        date.fromisoformat(first) <= _day(record, name) <= date.fromisoformat(last)
        for name, first, last in days
    )


def _instant(text: str | None) -> datetime:
    found = _MILLISECONDS.match(text or "/Date(253402214400000)/")
    assert found
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC)


def _day(record: Record, name: str) -> date:
    return _instant(record[name]).date()


@asynccontextmanager
async def successfactors() -> AsyncIterator[Tenant]:
    """A tenant that listens; it is also its own identity service."""
    async with listening(Tenant()) as tenant:
        tenant.url = urlsplit(tenant.url)._replace(path="").geturl()
        yield tenant
