"""zeep on a Get_Job_Profiles answer: milliseconds of CPU from XML to its objects and on to plain Python
ones. `python zeep_parse.py FILE TIMES` prints one number, the median.

Workday's own schema is not ours to hand out, and zeep needs one: it gets the schema that the document itself
has, every element optional, in the order they are in. That is smaller than Workday's, which favours zeep.
"""

from __future__ import annotations

import statistics
import sys
import time
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import etree
from zeep import xsd
from zeep.helpers import serialize_object

WD = "urn:com.workday/bsvc"
XS = "http://www.w3.org/2001/XMLSchema"


def main(path: Path, times: int) -> None:
    """Parse the document `times` times."""
    body = path.read_bytes()
    answer = _answer(body)
    element = xsd.Schema(_schema(answer)).get_element(f"{{{WD}}}{_local(answer)}")
    taken = []
    for _ in range(times):
        began = time.process_time()
        serialize_object(element.parse(_answer(body), None))
        taken.append(1000 * (time.process_time() - began))
    print(statistics.median(taken))


def _answer(body: bytes) -> Any:
    return next(etree.fromstring(body).iter(f"{{{WD}}}Get_Job_Profiles_Response"))


def _schema(answer: Any) -> Any:
    root = etree.Element(
        f"{{{XS}}}schema",
        {"targetNamespace": WD, "elementFormDefault": "qualified", "attributeFormDefault": "qualified"},
        nsmap={"xs": XS, "wd": WD},
    )
    _declare(root, _local(answer), [answer])
    return root


def _declare(parent: Any, name: str, seen: list[Any], **occurs: str) -> None:
    """An element of the type that all elements of its name have together."""
    element = etree.SubElement(parent, f"{{{XS}}}element", {"name": name, **occurs})
    attributes = sorted({_bare(key) for one in seen for key in one.attrib})
    if not any(len(one) for one in seen) and not attributes:
        element.set("type", "xs:string")
        return
    kind = etree.SubElement(element, f"{{{XS}}}complexType")
    if any(len(one) for one in seen):
        sequence = etree.SubElement(kind, f"{{{XS}}}sequence")
        for child in _ordered(seen):
            same = [inner for one in seen for inner in one if _local(inner) == child]
            _declare(sequence, child, same, minOccurs="0", maxOccurs="unbounded")
        holder = kind
    else:
        content = etree.SubElement(kind, f"{{{XS}}}simpleContent")
        holder = etree.SubElement(content, f"{{{XS}}}extension", {"base": "xs:string"})
    for attribute in attributes:
        etree.SubElement(holder, f"{{{XS}}}attribute", {"name": attribute, "type": "xs:string"})


def _ordered(seen: list[Any]) -> list[str]:
    order: TopologicalSorter[str] = TopologicalSorter()
    for one in seen:
        names = list(dict.fromkeys(_local(child) for child in one))
        for name in names:
            order.add(name)
        for before, after in pairwise(names):
            order.add(after, before)
    return list(order.static_order())


def _local(element: Any) -> str:
    return _bare(element.tag)


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
