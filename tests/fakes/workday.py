"""A Workday tenant on 127.0.0.1: the profiles of a captured page by SOAP, REST and as a report, and tokens.

It answers as the schema says: the moment a page is pinned to decides which profiles exist for it.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from lxml import etree

from adapters.model import JobProfile
from adapters.workday import generate
from tests.adapters.wd import sample
from tests.fakes.receiver import Got, Receiver, Reply, listening

WD = "{urn:com.workday/bsvc}"
XML = {"content-type": "text/xml;charset=UTF-8"}
JSON = {"content-type": "application/json"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Held(msgspec.Struct):
    """A profile in the tenant: when it was entered, from when it holds."""

    element: Any
    entered: datetime = LONG_AGO
    effective: datetime = LONG_AGO

    def ids(self) -> set[str]:
        return {one.text for one in self.element.find(f"{WD}Job_Profile_Reference")}

    def wid(self) -> str:
        return next(str(one.text) for one in self.element.iter(f"{WD}ID") if one.get(f"{WD}type") == "WID")

    def title(self) -> str:
        return str(self.element.findtext(f".//{WD}Job_Title"))

    def inactive(self) -> bool:
        return self.element.findtext(f".//{WD}Inactive") in ("1", "true")


def profiles() -> list[Held]:
    """The hundred profiles of the captured page."""
    return [Held(one) for one in etree.fromstring(sample("page_100.xml")).iter(f"{WD}Job_Profile")]


def fault(name: str, status: int = 500, old: str = "", new: str = "") -> Reply:
    """A captured fault, with words of it replaced."""
    body = sample(name).decode()
    assert old in body
    return Reply(status, body.replace(old, new).encode() if old else body.encode(), XML)


def authentication_fault() -> Reply:
    """The fault of a wrong password."""
    body = sample("fault_version.xml").replace(b"validationError", b"authenticationError")
    return Reply(500, body.replace(VERSION_WORDS, b"invalid username or password"), XML)


VERSION_WORDS = b"The web service or version is invalid for the requested operation"


def permission_fault() -> Reply:
    """The fault of a user who may not."""
    words = b"Processing error occurred. The task submitted is not authorized."
    return Reply(500, sample("fault_version.xml").replace(VERSION_WORDS, words), XML)


class Tenant(Receiver):
    """`first` are answers that are given, one each, before anything is looked at; `on_page` runs after a page
    was made and before it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.held = profiles()
        self.objects: dict[str, dict[str, Any]] = {}
        self.rows: list[dict[str, Any]] = []
        self.first: list[Reply] = []
        self.first_tokens: list[Reply] = []
        self.on_page: Callable[[int], None] = lambda page: None
        self.users = {"isu@acme": "pa55word"}
        self.tokens: set[str] = set()
        self.refresh = "refresh-1"
        self.rotates = False
        self.says_pages = True
        self.forms: list[dict[str, str]] = []

    def hold(self, given: list[JobProfile]) -> None:
        """These job profiles in place of the captured ones, the same by every door."""
        answer = etree.fromstring(generate.render("soap_xml", given))
        self.held = [Held(one) for one in answer.iter(f"{WD}Job_Profile")]
        self.objects = {one["id"]: one for one in msgspec.json.decode(generate.render("rest_json", given))}
        self.rows = msgspec.json.decode(generate.render("report_json", given))["Report_Entry"]

    def asked(self, path: str) -> list[Got]:
        """The requests so far whose path holds this."""
        return [got for got in self.got if path in got.path]

    def reply_to(self, got: Got) -> Reply:
        if "/oauth2/" in got.path:
            return self.first_tokens.pop(0) if self.first_tokens else self._token(got)
        if self.first:
            return self.first.pop(0)
        if "/Human_Resources/" in got.path:
            return self._soap(got)
        if not self._let_in(got):
            return Reply(401, b'{"error":"invalid_token"}', JSON)
        return self._rest(got)

    def _token(self, got: Got) -> Reply:
        form = {name: values[0] for name, values in parse_qs(got.body.decode()).items()}
        self.forms.append(form)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
            return Reply(400, b'{"error":"invalid_grant"}', JSON)
        token = f"token-{len(self.forms)}"
        self.tokens.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        if form["grant_type"] == "refresh_token":
            if self.rotates:
                self.refresh = f"refresh-{len(self.forms) + 1}"
            answer["refresh_token"] = self.refresh
        return Reply(200, msgspec.json.encode(answer), JSON)

    def _let_in(self, got: Got) -> bool:
        kind, _, word = got.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            name, _, password = base64.b64decode(word).decode().partition(":")
            return self.users.get(name) == password
        return kind == "Bearer" and word in self.tokens

    def _soap(self, got: Got) -> Reply:
        root = etree.fromstring(got.body)
        name, password = (root.findtext(f".//{{*}}{one}") for one in ("Username", "Password"))
        if not (self._let_in(got) or (name and self.users.get(name) == password)):
            return authentication_fault()
        if got.path.endswith("/v99.9"):
            return fault("fault_version.xml")
        if _asks_for_nobody(root, self.held):
            return fault("fault_validation.xml")
        found = [held for held in self.held if _matches(held, root)]
        page, count = (int(root.findtext(f".//{WD}{one}") or 0) for one in ("Page", "Count"))
        answer = self._page(found, page, count)
        self.on_page(page)
        return Reply(200, answer, XML)

    def _page(self, found: list[Held], page: int, count: int) -> bytes:
        document = etree.fromstring(sample("no_results.xml"))
        response = next(document.iter(f"{WD}Get_Job_Profiles_Response"))
        part = found[(page - 1) * count : page * count]
        results = response.find(f"{WD}Response_Results")
        if self.says_pages:
            results.find(f"{WD}Total_Results").text = str(len(found))
            results.find(f"{WD}Total_Pages").text = str(-(-len(found) // count))
        else:
            response.remove(results)
        data = etree.SubElement(response, f"{WD}Response_Data")
        data.extend([etree.fromstring(etree.tostring(held.element)) for held in part])
        return bytes(etree.tostring(document, encoding="UTF-8", xml_declaration=True))

    def _rest(self, got: Got) -> Reply:
        parts = urlsplit(got.path)
        if parts.path.startswith("/ccx/service/customreport2/acme/isu/"):
            return Reply(200, self.report(), JSON)
        if not parts.path.startswith("/ccx/api/staffing/v6/acme/jobProfiles"):
            return Reply(404, sample("rest_error_plain.json"), JSON)
        wid = parts.path.partition("jobProfiles")[2].strip("/")
        if not wid:
            return self._list({name: values[0] for name, values in parse_qs(parts.query).items()})
        found = [held for held in self.held if wid in held.ids()]
        return Reply(200, self.detail(found[0]), JSON) if found else Reply(404, b'{"error":"gone"}', JSON)

    def _list(self, options: dict[str, str]) -> Reply:
        limit, offset = int(options["limit"]), int(options["offset"])
        if limit > 100:
            return Reply(400, sample("rest_error_validation.json"), JSON)
        found = [
            held for held in self.held if options.get("includeInactive") == "true" or not held.inactive()
        ]
        rows = [{"id": held.wid(), "name": held.title()} for held in found[offset : offset + limit]]
        answer = Reply(200, msgspec.json.encode({"total": len(found), "data": rows}), JSON)
        self.on_page(offset // limit + 1)
        return answer

    def detail(self, held: Held) -> bytes:
        """The profile's own; else a captured detail, under its id and name."""
        if held.wid() in self.objects:
            return msgspec.json.encode(self.objects[held.wid()])
        body = msgspec.json.decode(sample("rest_jobProfile_detail.json"))
        return msgspec.json.encode(
            body | {"id": held.wid(), "name": held.title(), "inactive": held.inactive()}
        )

    def report(self) -> bytes:
        """The profiles' own rows; else a captured one for each, spread over lines as Workday does."""
        if self.rows:
            return msgspec.json.encode({"Report_Entry": self.rows})
        row = msgspec.json.decode(sample("raas_job_profiles_sparse.json"))["Report_Entry"][0]
        rows = [row | {"workdayID": held.wid(), "Job_Profile": held.title()} for held in self.held]
        return msgspec.json.format(msgspec.json.encode({"Report_Entry": rows}), indent=1)


def _asks_for_nobody(root: Any, everybody: list[Held]) -> bool:
    references = root.find(f".//{WD}Request_References")
    if references is None or references.get(f"{WD}Skip_Non_Existing_Instances") == "1":
        return False
    known = {one for held in everybody for one in held.ids()}
    return any(one.text not in known for one in references.iter(f"{WD}ID"))


def _matches(held: Held, root: Any) -> bool:
    entered_by = _moment(root, "As_Of_Entry_DateTime")
    if entered_by is None or held.entered > entered_by:
        return False
    if asked := {one.text for one in root.iter(f"{WD}ID")}:
        return bool(asked & held.ids())
    for kind, when in (("Updated", held.entered), ("Effective", held.effective)):
        since, until = _moment(root, f"{kind}_From"), _moment(root, f"{kind}_Through")
        if since and until and not since <= when <= until:
            return False
    return True


def _moment(root: Any, name: str) -> datetime | None:
    text = root.findtext(f".//{WD}{name}")
    return datetime.fromisoformat(text) if text else None


@asynccontextmanager
async def workday() -> AsyncIterator[Tenant]:
    """A tenant that listens; `url` ends in `/hook`, which is no part of its address."""
    async with listening(Tenant()) as tenant:
        tenant.url = urlsplit(tenant.url)._replace(path="").geturl()
        yield tenant
