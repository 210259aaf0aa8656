"""The same records in every form in which they reach us. For samples, demos and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import msgspec
from lxml import etree

from adapters.successfactors.atom import ATOM, META, RELATED
from adapters.successfactors.jobs import Job
from adapters.successfactors.odata import Record, type_of
from adapters.successfactors.values import MILLISECONDS, calendar, instant

DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
TYPES = {"order": "Edm.Int64", "usage": "Edm.Int64", "standardHours": "Edm.Double"}
CUSTOM_FIELDS = {
    "Stellencode": "code", "Titel": "title", "Stand": "status", "Ab": "valid_from",
    "Geaendert": "source_updated_at", "Funktion": "function.code", "Stufe": "level.code",
    "Entgelt": "grade.code", "Stunden": "attributes.standardHours",
    "Vollzeit": "attributes.isFulltimeEmployee", "Beschreibung": "descriptions.description",
    "Kurz": "descriptions.shortDesc", "Lang": "descriptions.longDesc", "Aufgaben": "responsibilities",
    "Kenntnisse": "skills", "Kompetenzen": "requirements.competency", "Familie": "families.code",
    "titel.de_DE": "titles.de_DE", "lang.de_DE": "descriptions.longDesc.de_DE",
}  # fmt: skip
"""The labels of `custom`, as a company would map them."""


def results(records: list[Record]) -> bytes:
    """OData v2 JSON as SuccessFactors answers it: `{"d": {"results": [..]}}`."""
    return msgspec.json.encode({"d": {"results": records}})


def bare_list(records: list[Record]) -> bytes:
    """The records alone, as a client hands them on."""
    return msgspec.json.encode(records)


def half_flattened(records: list[Record]) -> bytes:
    """By entity set, without metadata, with OData's own dates and inner `results`."""
    return msgspec.json.encode(_by_set(records, _bare))


def flattened(records: list[Record]) -> bytes:
    """By entity set, as a recipe has them: lists for navigations, ISO dates, nothing of OData."""
    return msgspec.json.encode(_by_set(records, _flat))


def atom(records: list[Record]) -> bytes:
    """An Atom feed, which is what comes when nobody asks for JSON."""
    feed = etree.Element(ATOM + "feed", nsmap={None: ATOM[1:-1], "m": META[1:-1], "d": DATA[1:-1]})
    feed.extend([_entry(record) for record in records])
    made: bytes = etree.tostring(feed, xml_declaration=True, encoding="utf-8")
    return made


def custom(jobs: list[Job]) -> bytes:
    """JSON with labels of a customer's own (`CUSTOM_FIELDS`); what has no label is not in it."""
    return msgspec.json.encode([_labelled(job) for job in jobs])


RENDERINGS: dict[str, Callable[[list[Record]], bytes]] = {
    "results": results,
    "list": bare_list,
    "half_flattened": half_flattened,
    "flattened": flattened,
    "atom": atom,
}


def _by_set(records: list[Record], make: Callable[[Any], Any]) -> dict[str, list[Any]]:
    sets: dict[str, list[Any]] = {}
    for record in records:
        sets.setdefault(type_of(record), []).append(make(record))
    return sets


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(part) for key, part in value.items() if key not in ("__metadata", "__deferred")}
    return [_bare(part) for part in value] if isinstance(value, list) else value


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return [_flat(part) for part in value]
    if not isinstance(value, dict):
        return _iso(value)
    if isinstance(value.get("results"), list):
        return [_flat(part) for part in value["results"]]
    kept = {key: part for key, part in value.items() if not (isinstance(part, dict) and "__deferred" in part)}
    return {key: _flat(part) for key, part in kept.items() if key != "__metadata"}


def _iso(value: Any) -> Any:
    if not isinstance(value, str) or not MILLISECONDS.match(value):
        return value
    moment = instant(value)
    return (
        moment.replace("Z", ".000Z")
        if moment and "+" in value
        else f"{calendar(value, '', [])}T00:00:00.000Z"
    )


def _entry(record: Record) -> etree._Element:
    entry = etree.Element(ATOM + "entry")
    etree.SubElement(entry, ATOM + "id").text = record["__metadata"]["uri"]
    etree.SubElement(entry, ATOM + "category", term=record["__metadata"]["type"], scheme=SCHEME)
    content = etree.Element(ATOM + "content", type="application/xml")
    properties = etree.SubElement(content, META + "properties")
    for name, value in record.items():
        if name == "__metadata":
            continue
        if isinstance(value, dict) or name.endswith("Nav"):
            entry.append(_link(name, value))
        else:
            _property(properties, name, value)
    entry.append(content)
    return entry


def _link(name: str, value: Any) -> etree._Element:
    link = etree.Element(ATOM + "link", rel=RELATED + name, title=name)
    if isinstance(value, dict) and "__deferred" in value:
        link.set("href", value["__deferred"]["uri"])
        return link
    inline = etree.SubElement(link, META + "inline")
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        feed = etree.SubElement(inline, ATOM + "feed")
        feed.extend([_entry(part) for part in value["results"]])
    elif isinstance(value, dict):
        inline.append(_entry(value))
    return link


def _property(parent: etree._Element, name: str, value: Any) -> None:
    element = etree.SubElement(parent, DATA + name)
    if value is None:
        element.set(META + "null", "true")
        return
    text, kind = _typed(value)
    element.text = text
    if kind or name in TYPES:
        element.set(META + "type", kind or TYPES[name])


def _typed(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return str(value).lower(), "Edm.Boolean"
    if isinstance(value, int):
        return str(value), "Edm.Int32"
    if isinstance(value, str) and MILLISECONDS.match(value):
        moment = instant(value)
        if moment and "+" in value:
            return moment, "Edm.DateTimeOffset"
        return f"{calendar(value, '', [])}T00:00:00", "Edm.DateTime"
    return str(value), ""


def _labelled(job: Job) -> dict[str, Any]:
    said: dict[str, Any] = {
        "Stellencode": job.code, "Titel": job.title, "Stand": "Active" if job.active else "Inactive",
        "Ab": job.valid_from.isoformat(), "Geaendert": _moment(job), "Funktion": job.function,
        "Stufe": job.level, "Entgelt": job.grade, "Stunden": job.hours, "Vollzeit": job.full_time,
        "Beschreibung": job.description, "Kurz": job.short, "Lang": job.long,
        "Aufgaben": list(job.responsibilities), "Kenntnisse": [skill.name for skill in job.skills],
        "Kompetenzen": list(job.competencies), "Familie": job.family[0] if job.family else None,
        "titel": {"de_DE": job.titles.get("de_DE")}, "lang": {"de_DE": job.longs.get("de_DE")},
    }  # fmt: skip
    return {label: "" if value is None else value for label, value in said.items()}


def _moment(job: Job) -> str | None:
    return instant(f"/Date({job.changed}+0000)/")


def pages(records: list[Record], size: int) -> Iterator[bytes]:
    """The records in pages, each naming the next, as `$skiptoken` gives them."""
    for start in range(0, len(records), size):
        page: dict[str, Any] = {"results": records[start : start + size]}
        if start + size < len(records):
            page["__next"] = f"https://api.example.com/odata/v2/FOJobCode?$skiptoken={start + size}"
        yield msgspec.json.encode({"d": page})


def event(version: str, codes: list[str], on: date) -> bytes:
    """An event notification (`v1`, `v2`) of positions whose parameters name job codes."""
    own = {
        "v1": "com.successfactors.event.notification",
        "v2": "http://notification.event.successfactors.com",
    }[version]
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"S": soap, "n": own})
    external = etree.SubElement(etree.SubElement(envelope, f"{{{soap}}}Body"), f"{{{own}}}ExternalEvent")
    kind = "com.example.Position.Changed"
    meta = _tree(external, own, "externalEventMeta")
    _tree(meta, own, "externalEventId", f"message-{codes[0] if codes else 0}-{on}")
    if version == "v2":
        _tree(meta, own, "type", kind)
    events = _tree(external, own, "events")
    for number, code in enumerate(codes):
        one = _tree(events, own, "event")
        _tree(one, own, "eventId", f"event-{code}-{on}-{number}")
        _tree(one, own, "entityType" if version == "v2" else "entity", "Position")
        if version == "v1":
            _tree(one, own, "type", kind)
        _tree(one, own, "effectiveStartDate", on.isoformat())
        _pair(_tree(_tree(one, own, "entityKeys"), own, "entityKey"), "code", f"30{number:05}")
        _pair(_tree(_tree(one, own, "params"), own, "param"), "jobCode", code)
    made: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return made


def _tree(parent: etree._Element, space: str, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{space}}}{name}")
    child.text = text
    return child


def _pair(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, "name").text = name
    etree.SubElement(parent, "value").text = value
