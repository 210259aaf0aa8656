"""The JSON that Workato, xmltodict, zeep, node-soap, xml2js and a Python toolkit make of SOAP's XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from lxml import etree

Render = Callable[[etree._Element], Any]


def workato(element: etree._Element) -> Any:
    """Every element an array; attributes without prefix."""
    return _workato(element, "wd:")


def workato_stripped(element: etree._Element) -> Any:
    """The same with the option that strips prefixes."""
    return _workato(element, "")


def xmltodict(element: etree._Element) -> Any:
    """One child an object, several an array, a text without attributes a string (Newtonsoft writes alike)."""
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
    """Attributes in an object of their own; truth values typed where the schema says so."""
    attributes = {f"wd:{_local(name)}": value for name, value in element.attrib.items()}
    if not len(element):
        text = (element.text or "").strip() or None
        return {"attributes": attributes, "$value": text} if attributes else _typed(_local(element.tag), text)
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


DIALECTS: dict[str, Render] = {
    "workato": workato,
    "workato_stripped": workato_stripped,
    "xmltodict": xmltodict,
    "zeep": zeep,
    "node_soap": node_soap,
    "xml2js": xml2js,
    "toolkit": toolkit,
}
_FLAGS = frozenset(
    (
        "Inactive",
        "Include_Job_Code_in_Name",
        "Work_Shift_Required",
        "Public_Job",
        "Critical_Job",
        "Job_Exempt",
        "Required",
    )
)


def rendered(xml: bytes, dialect: str) -> bytes:
    """The Get_Job_Profiles_Response of an XML document as the JSON of one dialect."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    found = next(iter(root.iter("{*}Get_Job_Profiles_Response")))
    name = "Get_Job_Profiles_Response" if dialect == "workato_stripped" else "wd:Get_Job_Profiles_Response"
    return msgspec.json.encode({name: DIALECTS[dialect](found)})


def _workato(element: etree._Element, prefix: str) -> Any:
    made: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        made.setdefault(f"{prefix}{_local(child.tag)}", []).append(_workato(child, prefix))
    return made | ({"content!": element.text} if element.text and not len(element) else {})


def _typed(name: str, text: str | None) -> Any:
    return {"0": False, "1": True}.get(text or "", text) if name in _FLAGS else text


def _children(element: etree._Element, make: Render) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = {}
    for child in element:
        made.setdefault(_local(child.tag), []).append(make(child))
    return made


def _local(name: Any) -> str:
    return str(name).rsplit("}", 1)[-1]
