"""The front door: a body from SuccessFactors becomes a page of job profiles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from adapters.model import Item, JobProfile, Page, Part, Problem, Unreadable
from adapters.parts import slim
from adapters.successfactors import atom, custom, events
from adapters.successfactors.body import decode, decode_xml, is_markup
from adapters.successfactors.jobcode import empty_fields, from_slices
from adapters.successfactors.jobprofile import Source
from adapters.successfactors.join import JOB_CODE, PROFILE, joined, parts_of
from adapters.successfactors.odata import Record, one, type_of, unwrap
from adapters.successfactors.shapes import entity_set, refuse_answers, unknown
from adapters.successfactors.values import Warnings, code_of, in_zone
from adapters.text import plain

DATES = ("startDate", "endDate", "effectiveStartDate", "effectiveEndDate")
MOST_LINKS = 5_000  # job profile to job code, in one body


class Found(msgspec.Struct):
    """The records of a body by what they are, in the order in which they came."""

    codes: dict[str, list[Record]] = {}
    profiles: dict[str, Source] = {}
    roles: dict[str, Record] = {}
    problems: list[Item] = []


class Links(msgspec.Struct):
    """Job profiles by the job code they belong to, those without one, and those still being written."""

    by_code: dict[str, list[Source]] = {}
    alone: list[Source] = []
    drafts: list[Source] = []


def read(
    body: bytes,
    content_type: str | None = None,
    *,
    today: date | None = None,
    fields: Mapping[str, str] | None = None,
) -> Page:
    """Every job profile in `body`, as it stands on `today` (default: the day in UTC).

    One item per job code, however many slices it has; a job profile mapped to several job codes is an
    item of each. Items come in the order in which their code first appears; records that cannot be
    used come last, each with its problem. An event notification is a page of hints without items.
    `fields` (column -> field, see `custom.columns`) is for JSON that a customer laid out. Raises
    `Unreadable` when the body is no role data at all, `BadFieldMap` for `fields` that cannot be meant.
    """
    known = custom.columns(fields)
    if is_markup(body):
        root = decode_xml(body)
        if events.is_envelope(root):
            return events.page(root)
        if not atom.is_atom(root):
            raise atom.refuse(root)
        rendering, data = "atom", atom.as_json(root)
    else:
        rendering, data = "odata", decode(body, content_type)
        refuse_answers(data)
    records = list(unwrap(data))
    if any(isinstance(record, dict) and entity_set(record, hint) for hint, record in records):
        found = _sorted_out(_in_zone(records, known.zone))
    elif not records and _empty_collection(data):
        found = Found()
    else:
        rendering, found = "custom", _customs(data, records, known)
    items = _items(found, today or datetime.now(UTC).date(), rendering)
    items += [replace(item, index=index) for index, item in enumerate(found.problems, len(items))]
    return Page(
        shape=f"{rendering}_{_shape(found)}",
        items=items,
        warnings=_page_warnings(data, items),
    )


def _customs(data: Any, records: list[tuple[str, Any]], known: custom.Columns) -> Found:
    """The records of JSON that a customer laid out. Raises `Unreadable` when none of them fits."""
    named = [record for _, record in records if isinstance(record, dict) and type_of(record)]
    laid_out = custom.records_of(data, known)
    fitting = [custom.fits(record, known) for record in laid_out]
    if named or not any(isinstance(record, dict) for record in laid_out):
        raise unknown(data, [record for _, record in records])
    if not any(fitting):
        raise custom.unknown(laid_out, known)
    made = [
        (custom.made(record, known) if fit else []) for record, fit in zip(laid_out, fitting, strict=True)
    ]
    found = _sorted_out(_in_zone([part for parts in made for part in parts], known.zone))
    found.problems += [
        _unusable(custom.problem(place, record, known), record)
        for place, (record, fit) in enumerate(zip(laid_out, fitting, strict=True))
        if not fit
    ]
    return found


def _in_zone(records: list[tuple[str, Any]], zone: str) -> list[tuple[str, Any]]:
    """The records with their dates as they were before a client wrote them in UTC, if its zone is known."""
    if not zone:
        return records
    there = custom.zone_of(zone)
    return [
        (hint, {key: in_zone(value, there) if key in DATES else value for key, value in record.items()})
        if isinstance(record, dict)
        else (hint, record)
        for hint, record in records
    ]


def _sorted_out(records: list[tuple[str, Any]]) -> Found:
    found = Found()
    for place, (hint, record) in enumerate(records):
        name = entity_set(record, hint) if isinstance(record, dict) else ""
        code = code_of(record.get("externalCode")) if name else None
        if not name:
            found.problems.append(_unusable(_not_role_data(place, record), record))
        elif name == "FOJobCode" and code:
            found.codes.setdefault(code, []).append(record)
        elif name == "RoleEntity" and code:
            found.roles[code] = record
        elif name == "JobProfile" and (code or Source(record, one(record, "roleNav")).job_codes):
            found.profiles[code or f"record {place}"] = Source(record, one(record, "roleNav"))
        else:
            detail = f"Record {place} ({name}) has no externalCode, so nothing can be kept under it."
            found.problems.append(_unusable(Problem("no_identifier", detail, "externalCode"), record))
    return found


def _items(found: Found, today: date, rendering: str) -> list[Item]:
    """An item for each job code, for each profile without one, and for each draft."""
    links, items = _links(found), list[Item]()
    for code in [*found.codes, *(code for code in links.by_code if code not in found.codes)]:
        warnings: Warnings = []
        job = _classified(code, found.codes[code], today, warnings) if code in found.codes else None
        parts = parts_of(job, code, links.by_code.get(code, []), warnings)
        items.append(_made(len(items), parts, warnings, rendering))
    for source in links.alone:
        warnings = [] if source.mapped else [_mapping_unknown(source)]
        parts = parts_of(None, None, [source], warnings)
        items.append(_made(len(items), parts, warnings, rendering))
    for source in links.drafts:
        detail = f"Job profile {source.code} is a draft at the source and is not taken until it is published."
        problem = Problem("draft", detail, "draft")
        items.append(Item(len(items), problem=problem, source_id=f"{PROFILE}{source.code}"))
    return items


def _classified(code: str, slices: list[Record], today: date, warnings: Warnings) -> Part:
    profile = from_slices(code, slices, today, warnings)
    return Part(JOB_CODE, profile, None, empty_fields(profile, slices))


def _made(index: int, parts: tuple[Part, ...], warnings: Warnings, rendering: str) -> Item:
    profile = _rendered(joined(parts), rendering)
    kept = tuple([slim(part) for part in parts])
    return Item(index, profile, None, tuple(warnings), profile.source_id, kept)


def _rendered(profile: JobProfile, rendering: str) -> JobProfile:
    """The profile with the rendering in its provenance (`odata` is what the parts say already)."""
    if rendering == "odata":
        return profile
    shape = profile.provenance.shape.replace("odata", rendering, 1)
    return replace(profile, provenance=replace(profile.provenance, shape=shape))


def _links(found: Found) -> Links:
    """Who belongs to which job code; a role without a profile stands for itself."""
    sources = [_with_role(source, found.roles) for source in found.profiles.values()]
    used = {code_of(source.role.get("externalCode")) for source in sources}
    sources += [Source({}, role) for code, role in found.roles.items() if code not in used]
    links, count = Links(), 0
    for source in sources:
        codes = source.job_codes
        count += len(codes)
        if count > MOST_LINKS:
            detail = f"The body links job profiles to more than {MOST_LINKS} job codes."
            raise Unreadable("too_many_items", detail, 413, "Send it in parts.")
        (links.drafts if source.draft else links.alone if not codes else []).append(source)
        for code in codes if not source.draft else ():
            links.by_code.setdefault(code, []).append(source)
    return links


def _with_role(source: Source, roles: dict[str, Record]) -> Source:
    """The profile with its role's record: a role sent beside it says more than one that was expanded."""
    code = code_of(source.profile.get("role")) or code_of(source.role.get("externalCode"))
    beside = roles.get(code or "")
    return Source(source.profile, source.role | beside) if beside else source


def _unusable(problem: Problem, record: Any) -> Item:
    """An item that says why there is no profile, and who the record says it is."""
    named = code_of(record.get("externalCode") or record.get("code")) if isinstance(record, dict) else None
    return Item(0, problem=problem, source_id=named)


def _not_role_data(place: int, record: Any) -> Problem:
    if not isinstance(record, dict):
        return Problem("not_an_object", f"Record {place} is not a JSON object.")
    kind = (plain(type_of(record)) or "of an unknown kind")[:60]
    code = code_of(record.get("externalCode") or record.get("code"))
    named = f" {code[:60]!r}" if code else ""
    detail = f"Record {place}{named} is {kind}: not FOJobCode, JobProfile or RoleEntity."
    return Problem("unknown_entity", detail)


def _mapping_unknown(source: Source) -> Problem:
    detail = (
        f"Whether {source.code} belongs to a job code is unknown, because roleNav/jobCodeMappings was not "
        "expanded; it is kept under its own code."
    )
    return Problem("job_code_unknown", detail, "roleNav.jobCodeMappings")


def _empty_collection(data: Any) -> bool:
    inner = data.get("d", data) if isinstance(data, dict) else data
    return inner == [] or (isinstance(inner, dict) and inner.get("results") == [])


def _shape(found: Found) -> str:
    kinds = [("fojobcode", found.codes), ("jobprofile", found.profiles), ("roleentity", found.roles)]
    names = [name for name, some in kinds if some]
    return "joined" if len(names) > 1 else names[0] if names else "empty"


def _page_warnings(data: Any, items: list[Any]) -> tuple[Problem, ...]:
    inner = data.get("d") if isinstance(data, dict) else None
    warnings: Warnings = []
    if isinstance(inner, dict) and inner.get("__next"):
        detail = "The answer has further pages (__next); slices of a job code may be on one of them."
        warnings.append(Problem("more_pages", detail, "d.__next"))
    if not items:
        warnings.append(Problem("empty_page", "The answer holds no record; nothing was changed."))
    return tuple(warnings)
