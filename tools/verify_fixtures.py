"""Holds our samples against the vendors' own schemas, and proves that the check can fail.

    python -m tools.verify_fixtures DIR      (make verify-fixtures DIR=../shared)

DIR holds `schemas/workday/Human_Resources_v30.0.xsd`, `schemas/successfactors/*.edmx` and `*.json`
(entity definitions), and `samples/`, where most of ours were taken from. Workday's newer versions have
no public schema, and the EDMX of the foundation objects was put together from public sources: a sample
that is right by them is not thereby proven on a tenant.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.successfactors.atom import ATOM, META, as_json
from adapters.successfactors.generate import SHAPES, payload
from tools import verify_workday

_GENERATED = [
    shape
    for shape in SHAPES
    if "recipe" not in shape and "flattened" not in shape and not shape.startswith(("custom", "event"))
]
ROOT = Path(__file__).parents[1]
OURS = {
    "workday": [
        *(one for one in ROOT.glob("adapters/workday/samples/*.xml") if not one.name.startswith("raas_")),
        *ROOT.glob("connector/demo/payloads/*.xml"),
    ],
    "successfactors": [
        *ROOT.glob("adapters/successfactors/samples/*.json"),
        *ROOT.glob("adapters/successfactors/samples/*.atom.xml"),
        *ROOT.glob("connector/demo/payloads/successfactors*.json"),
    ],
}
EXPECTED: dict[str, str] = {"v44_overlay.xml": "it has the renamed and added elements of v44"}
"""Samples that the schemas rightly refuse (those of a later version), with the reason."""

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_EDM = "{http://schemas.microsoft.com/ado/2008/09/edm}"
_WD = "{urn:com.workday/bsvc}"


def main(folder: Path) -> int:
    """0 when everything is as it should be; else 1, with a line for each surprise."""
    surprises: list[str] = []
    _workday(folder / "schemas" / "workday" / "Human_Resources_v30.0.xsd", surprises)
    verify_workday.check(folder / "schemas" / "workday", surprises)
    _successfactors(folder / "schemas" / "successfactors", surprises)
    _origins(folder / "samples")
    for line in surprises:
        print(f"  SURPRISE  {line}")
    print("as it should be" if not surprises else f"{len(surprises)} surprises")
    return 1 if surprises else 0


def _judge(path: Path, fault: str | None, surprises: list[str]) -> bool:
    """Whether the sample is valid; anything else than what was expected of it is a surprise."""
    reason = EXPECTED.get(path.name)
    if fault is not None and reason is None:
        surprises.append(f"{path.relative_to(ROOT)}: {fault}")
    if fault is None and reason is not None:
        surprises.append(f"{path.relative_to(ROOT)} is valid, though it was expected not to be ({reason})")
    return fault is None


def _workday(xsd: Path, surprises: list[str]) -> None:
    schema = etree.XMLSchema(etree.parse(xsd))
    files, valid, faults, wrong, caught = 0, 0, 0, 0, 0
    for path in sorted(OURS["workday"]):
        response = _response(path)
        if response.tag == f"{_SOAP}Fault":
            faults += 1
            continue
        files += 1
        if not _judge(path, _fault(schema, response), surprises):
            continue
        valid += 1
        for what, mutant in _wrong_responses(response):
            wrong += 1
            if _fault(schema, mutant) is None:
                surprises.append(f"{path.name} {what} is taken for valid")
            else:
                caught += 1
    print(
        f"Workday         {files} responses, {valid} valid by Human_Resources v30.0 ({faults} SOAP faults "
        f"beside them); {caught} of {wrong} wrong copies caught"
    )


def _response(path: Path) -> Any:
    root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    body = root.find(f"{_SOAP}Body")
    return root if body is None else body[0]


def _fault(schema: Any, response: Any) -> str | None:
    if schema.validate(response):
        return None
    first = schema.error_log[0]
    return f"line {first.line}: {first.message}"


def _wrong_responses(response: Any) -> Iterator[tuple[str, Any]]:
    """Copies that the schema has to refuse."""
    stranger = copy.deepcopy(response)
    etree.SubElement(stranger, f"{_WD}Not_In_The_Schema")
    yield "with an unknown element", stranger
    for tag, value in (("Inactive", "perhaps"), ("Effective_Date", "last spring"), ("Page", "one")):
        mutant = copy.deepcopy(response)
        if (found := mutant.find(f".//{_WD}{tag}")) is not None:
            found.text = value
            yield f"with {value!r} as {tag}", mutant
    mutant = copy.deepcopy(response)
    if (data := mutant.find(f".//{_WD}Job_Profile_Data")) is not None and len(data) > 1:
        data.insert(0, data[-1])
        yield "with its elements in another order", mutant


def _successfactors(folder: Path, surprises: list[str]) -> None:
    types = _entity_types(folder)
    bodies = [(path, _odata(path.read_bytes())) for path in sorted(OURS["successfactors"])]
    bodies += [(ROOT / f"generated {shape}", _odata(payload(shape, 20, 5))) for shape in _GENERATED]
    files, valid, entities, caught = 0, 0, 0, 0
    for path, body in bodies:
        found = list(_entities(body))
        if not found:
            continue
        files, entities = files + 1, entities + len(found)
        valid += _judge(path, _unknown(types, found), surprises)
        if _unknown(types, [(found[0][0], [*found[0][1], "notInTheSchema"])]) is None:
            surprises.append(f"{path.name} with an unknown property is taken for valid")
        else:
            caught += 1
    print(
        f"SuccessFactors  {files} bodies with {entities} entities, {valid} with nothing but properties of "
        f"their {len(types)} entity types; {caught} of {files} wrong copies caught"
    )
    _typed(folder, surprises)


def _odata(body: bytes) -> Any:
    """JSON as it is; Atom XML as the JSON it stands for."""
    if body.lstrip().startswith(b"<"):
        return as_json(etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True)))
    return json.loads(body)


def _typed(folder: Path, surprises: list[str]) -> None:
    """The types that Atom bodies give their properties are those of the schema."""
    told: dict[str, str] = {}
    for path in sorted(folder.glob("*.edmx")):
        for entity in etree.parse(path).iter(f"{_EDM}EntityType"):
            for one in entity.iter(f"{_EDM}Property"):
                told[f"{entity.get('Name')}.{one.get('Name')}"] = one.get("Type")
    bodies = [path.read_bytes() for path in OURS["successfactors"] if path.suffix == ".xml"]
    bodies += [payload(shape, 20, 5) for shape in _GENERATED if shape.endswith("atom")]
    count = 0
    for body in bodies:
        for entry in etree.fromstring(body).iter(f"{ATOM}entry"):
            kind = entry.find(f"{ATOM}category").get("term").rpartition(".")[2]
            for one in entry.find(f"{ATOM}content/{META}properties"):
                count += 1
                name = f"{kind}.{etree.QName(one).localname}"
                said = one.get(f"{META}type", "Edm.String")
                if one.get(f"{META}null") != "true" and told.get(name, said) != said:
                    surprises.append(f"{name} is {said} in our Atom, {told[name]} in the schema")
    print(f"SuccessFactors  {count} typed properties in {len(bodies)} Atom bodies")


def _entity_types(folder: Path) -> dict[str, set[str]]:
    """The properties of each entity type, over all schemas there are."""
    types: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.edmx")):
        for entity in etree.parse(path).iter(f"{_EDM}EntityType"):
            names = {one.get("Name") for one in entity if one.tag.endswith("Property")}
            types.setdefault(entity.get("Name"), set()).update(names)
    for path in sorted(folder.glob("*.json")):
        for name, one in json.loads(path.read_text("utf-8"))["definitions"].items():
            types.setdefault(name, set()).update(one.get("properties", {}))
    return types


def _entities(value: Any) -> Iterator[tuple[str, list[str]]]:
    """Every entity in a body: its type and the properties it has."""
    if isinstance(value, dict):
        kind = (value.get("__metadata") or {}).get("type")
        if kind:
            yield kind.rpartition(".")[2], [name for name in value if name != "__metadata"]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from _entities(one)


def _unknown(types: dict[str, set[str]], entities: list[tuple[str, list[str]]]) -> str | None:
    """The first thing that no schema knows."""
    for kind, names in entities:
        if kind not in types:
            return f"there is no entity type {kind}"
        for name in names:
            if name not in types[kind]:
                return f"{kind} has no property {name}"
    return None


def _origins(samples: Path) -> None:
    """Which of ours are copies of the samples in `samples`, and which were changed since."""
    for vendor in OURS:
        ours = [
            path
            for path in sorted((ROOT / "adapters" / vendor / "samples").iterdir())
            if path.suffix != ".md"
        ]
        theirs = {path.name: path for path in sorted((samples / vendor).rglob("*")) if path.is_file()}
        known = [path for path in ours if path.name in theirs]
        same = sum(path.read_bytes() == theirs[path.name].read_bytes() for path in known)
        print(
            f"{vendor:<15} {len(ours)} samples: {same} are copies, {len(known) - same} were shortened or "
            f"changed, {len(ours) - len(known)} are our own"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "schemas").is_dir():
        sys.exit("usage: make verify-fixtures DIR=<folder with schemas/ and samples/>")
    sys.exit(main(Path(sys.argv[1])))
