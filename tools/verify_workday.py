"""Workday's other forms: REST against the staffing API's own description, invented payloads against the
schema of Human_Resources, reports against what all reports have in common (each has its own schema, which
only its tenant knows)."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from lxml import etree

from adapters.workday import generate

SAMPLES = Path(__file__).parents[1] / "adapters" / "workday" / "samples"
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_REPORT = re.compile(r"\{urn:com\.workday\.report/[\w-]+\}")
_PROFILE = "jobProfileDetailView_7deab99f645f10000bd5e61a1b780041"
_SCHEMAS = {
    "rest_jobProfile_": _PROFILE,
    "rest_jobProfiles_": "JobProfilesListCollectionResponse",
    "rest_error_validation": "VALIDATION_ERROR_MODEL_REFERENCE",
    "rest_error_plain": "ERROR_MODEL_REFERENCE",
}
_WRONG_REST = (("name", 7), ("inactive", "no"), ("total", "many"), ("error", None), ("id", 1))
_INVENTED = range(5)  # seeds
Fault = str | None


def check(schemas: Path, surprises: list[str]) -> None:
    """Add a line to `surprises` for each document that is not as it should be, and for each wrong one that is
    taken for right."""
    soap = etree.XMLSchema(etree.parse(schemas / "Human_Resources_v30.0.xsd"))
    api = yaml.load((schemas / "staffing_v6_openapi.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    _invented(lambda body: _soap_fault(soap, body), surprises)
    _rest(api, surprises)
    _reports(surprises)


def _invented(fault: Callable[[bytes], Fault], surprises: list[str]) -> None:
    bodies = [generate.payload("soap_xml", 40, seed) for seed in _INVENTED]
    _held(
        "invented SOAP", [(f"seed {n}", body) for n, body in enumerate(bodies)], fault, _wrong_soap, surprises
    )


def _soap_fault(schema: Any, body: bytes) -> Fault:
    response = etree.fromstring(body).find(f"{_SOAP}Body")[0]
    return None if schema.validate(response) else str(schema.error_log[0].message)


def _wrong_soap(body: bytes) -> Iterator[bytes]:
    yield body.replace(b"<wd:Inactive>", b"<wd:Inactive>perhaps", 1)
    yield body.replace(b"wd:Job_Title>", b"wd:Title>")


def _rest(api: dict[str, Any], surprises: list[str]) -> None:
    named = [(name, body) for name in sorted(_SCHEMAS) for body in _files(name)]
    held = [(f"{path.name}", path.read_bytes(), kind) for kind, path in named]
    for seed in _INVENTED:
        held.append((f"invented {seed}", generate.payload("rest_json", 1, seed), "rest_jobProfile_"))
        held.append(
            (f"invented list {seed}", generate.payload("rest_list_json", 30, seed), "rest_jobProfiles_")
        )
    for kind in _SCHEMAS:
        validator = _validator(api, _SCHEMAS[kind])
        bodies = [(name, body) for name, body, of in held if of == kind]
        _held(
            f"REST {kind.strip('_')}",
            bodies,
            lambda body, one=validator: _rest_fault(one, body),
            _wrong_rest,
            surprises,
        )


def _files(start: str) -> list[Path]:
    longer = [other for other in _SCHEMAS if other.startswith(start) and other != start]
    return [
        one
        for one in sorted(SAMPLES.glob(f"{start}*"))
        if not any(one.name.startswith(other) for other in longer)
    ]


def _validator(api: dict[str, Any], name: str) -> Any:
    return jsonschema.Draft4Validator(
        {"$ref": f"#/components/schemas/{name}", "components": api["components"]}
    )


def _rest_fault(validator: Any, body: bytes) -> Fault:
    error = next(iter(validator.iter_errors(json.loads(body))), None)
    return None if error is None else str(error.message)


def _wrong_rest(body: bytes) -> Iterator[bytes]:
    said = json.loads(body)
    for name, value in _WRONG_REST:
        wrong = copy.deepcopy(said)
        target = wrong["data"][0] if wrong.get("data") and name in wrong["data"][0] else wrong
        if name in target:
            target[name] = value
            yield json.dumps(wrong).encode()


def _reports(surprises: list[str]) -> None:
    held = [(one.name, one.read_bytes()) for one in sorted(SAMPLES.glob("raas_*"))]
    for shape in ("report_xml", "report_json", "report_csv"):
        held += [(f"invented {shape} {seed}", generate.payload(shape, 20, seed)) for seed in _INVENTED]
    _held("reports", held, _report_fault, _wrong_report, surprises)


def _report_fault(body: bytes) -> Fault:
    if body.startswith(b"<"):
        return _xml_fault(etree.fromstring(body))
    if body.startswith(b"{"):
        return _json_fault(json.loads(body))
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    return None if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1 else "rows of different lengths"


def _xml_fault(root: Any) -> Fault:
    space = _REPORT.match(root.tag)
    if space is None or root.tag != f"{space[0]}Report_Data":
        return f"the root is {root.tag}"
    stray = [one.tag for one in root if one.tag != f"{space[0]}Report_Entry"]
    strange = [one.tag for one in root.iter() if not one.tag.startswith(space[0])]
    return f"unexpected {(stray + strange)[0]}" if stray or strange else None


def _json_fault(said: dict[str, Any]) -> Fault:
    if list(said) != ["Report_Entry"] or not isinstance(said["Report_Entry"], list):
        return "it is not an object with the array Report_Entry alone"
    for entry in said["Report_Entry"]:
        for name, value in entry.items():
            rows = value if isinstance(value, list) else [{name: value}]
            if isinstance(value, list) != name.endswith("_group"):
                return f"{name} is a list, or ought to be one"
            if any(not isinstance(text, str) for row in rows for text in row.values()):
                return f"{name} holds something that is no text"
    return None


def _wrong_report(body: bytes) -> Iterator[bytes]:
    if body.startswith(b"<"):
        yield body.replace(b"Report_Entry", b"Entry")
    elif body.startswith(b"{"):
        yield body.replace(b"Report_Entry", b"Entries")
        if b'"Inactive"' in body:
            yield re.sub(rb'"Inactive"\s*:\s*"[01]"', b'"Inactive": false', body)
    else:
        yield body.rstrip() + b",one more\r\n"


def _held(
    what: str,
    bodies: list[tuple[str, bytes]],
    fault: Callable[[bytes], Fault],
    wrong: Callable[[bytes], Iterator[bytes]],
    surprises: list[str],
) -> None:
    """Each body is right, each wrong copy of one is caught; a line says how many."""
    tried = caught = right = 0
    for name, body in bodies:
        found = fault(body)
        right += found is None
        if found is not None:
            surprises.append(f"{what}: {name}: {found}")
        for copied in wrong(body):
            tried += 1
            caught += fault(copied) is not None
    if caught < tried or not tried:
        surprises.append(
            f"{what}: {tried - caught} wrong copies are taken for right"
            if tried
            else f"{what}: no wrong copy"
        )
    print(f"Workday         {what}: {right} of {len(bodies)} right; {caught} of {tried} wrong copies caught")
