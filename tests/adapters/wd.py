"""What the Workday tests share: the samples, a short way to write a response, and the JSON that Workato,
xmltodict, zeep, node-soap, xml2js and a Python toolkit make of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

import adapters.workday
from adapters.model import Item, JobProfile, Provenance
from adapters.workday.reader import read

SAMPLES = Path(adapters.workday.__file__).parent / "samples"
WID = "a054037af221d2091d654b95d6018004"


def sample(name: str) -> bytes:
    """The bytes of one sample."""
    return (SAMPLES / name).read_bytes()


def only(body: bytes) -> Item:
    """The one item of a payload."""
    items = read(body).items
    assert len(items) == 1
    return items[0]


def profile(body: bytes) -> JobProfile:
    """The one profile of a payload, which has to be usable."""
    item = only(body)
    assert item.problem is None
    assert item.profile is not None
    return item.profile


def response(*profiles: str) -> bytes:
    """A response with these Job_Profile elements."""
    return (
        '<Get_Job_Profiles_Response xmlns="urn:com.workday/bsvc" xmlns:wd="urn:com.workday/bsvc">'
        f"<Response_Data>{''.join(profiles)}</Response_Data></Get_Job_Profiles_Response>"
    ).encode()


def job_profile(basic: str = "<Job_Title>Nurse</Job_Title>", data: str = "", wid: str | None = WID) -> str:
    """One Job_Profile element; `basic` and `data` are what is inside those two elements."""
    reference = f'<Job_Profile_Reference><ID wd:type="WID">{wid}</ID></Job_Profile_Reference>' if wid else ""
    inner = f"{data}<Job_Profile_Basic_Data>{basic}</Job_Profile_Basic_Data>"
    return f"<Job_Profile>{reference}<Job_Profile_Data>{inner}</Job_Profile_Data></Job_Profile>"


def comparable(made: JobProfile) -> JobProfile:
    """The profile without what may differ between renderings: where it came from and the as-of echo."""
    return msgspec.structs.replace(made, provenance=Provenance("any"), as_of_date=None)


def workato(element: etree._Element) -> Any:
    """Every element an array; attributes without prefix."""
    made: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        made.setdefault(f"wd:{_local(child.tag)}", []).append(workato(child))
    return made | ({"content!": element.text} if element.text and not len(element) else {})


def xmltodict(element: etree._Element) -> Any:
    """One child an object, several an array, a text without attributes a string."""
    made: dict[str, Any] = {f"@wd:{_local(name)}": value for name, value in element.attrib.items()}
    for name, parts in _children(element, xmltodict).items():
        made[f"wd:{name}"] = parts[0] if len(parts) == 1 else parts
    text = (element.text or "").strip() if not len(element) else ""
    if not made:
        return text or None
    return made | ({"#text": text} if text else {})


def zeep(element: etree._Element) -> Any:
    """Attributes beside the children."""
    attributes = {_local(name): value for name, value in element.attrib.items()}
    if not len(element):
        return {"_value_1": element.text, **attributes} if attributes else element.text
    parts = _children(element, zeep)
    return {name: made if len(made) > 1 else made[0] for name, made in parts.items()} | attributes


def node_soap(element: etree._Element) -> Any:
    """Attributes in an object of their own; truth values and numbers typed."""
    attributes = {f"wd:{_local(name)}": value for name, value in element.attrib.items()}
    if not len(element):
        text = {"0": False, "1": True}.get(element.text or "", (element.text or "").strip() or None)
        return {"attributes": attributes, "$value": text} if attributes else text
    return ({"attributes": attributes} if attributes else {}) | _children(element, node_soap)


def xml2js(element: etree._Element) -> Any:
    """Everything in arrays, texts bare or beside their attributes."""
    attributes = {f"wd:{_local(name)}": value for name, value in element.attrib.items()}
    if not len(element):
        return {"_": element.text, "$": attributes} if attributes else element.text or ""
    children = {f"wd:{name}": made for name, made in _children(element, xml2js).items()}
    return ({"$": attributes} if attributes else {}) | children


def toolkit(element: etree._Element) -> Any:
    """Dashes before attributes."""
    made: dict[str, Any] = {f"-{_local(name)}": value for name, value in element.attrib.items()}
    if len(element):
        return made | _children(element, toolkit)
    return made | {"#content": element.text} if made else element.text


DIALECTS: dict[str, Callable[[etree._Element], Any]] = {
    "workato": workato,
    "xmltodict": xmltodict,
    "zeep": zeep,
    "node_soap": node_soap,
    "xml2js": xml2js,
    "toolkit": toolkit,
}


def rendered(xml: bytes, dialect: str) -> bytes:
    """The Get_Job_Profiles_Response of an XML document as the JSON of one dialect."""
    root = etree.fromstring(xml)
    found = next(iter(root.iter("{*}Get_Job_Profiles_Response")))
    return msgspec.json.encode({"wd:Get_Job_Profiles_Response": DIALECTS[dialect](found)})


def _children(element: etree._Element, make: Callable[[etree._Element], Any]) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = {}
    for child in element:
        made.setdefault(_local(child.tag), []).append(make(child))
    return made


def _local(name: Any) -> str:
    return str(name).rsplit("}", 1)[-1]
