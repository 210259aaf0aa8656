"""PowerPoint presentations: slides in their order, titles as headings, points as lists, tables."""

from __future__ import annotations

from typing import Any

from adapters.files.model import ReadFile
from adapters.files.office import attribute, child, local, main_part, part, related, relation_of, within
from adapters.files.packed import Package
from adapters.files.writer import Writer

_TITLES = ("title", "ctrTitle")
_ASIDE = ("dt", "ftr", "sldNum", "hdr")


def read(package: Package) -> ReadFile:
    """The text of a PPTX, without notes. Raises Unreadable."""
    name = main_part(package)
    targets = related(package, name)
    listed = child(part(package, name), "sldIdLst")
    writer = Writer()
    for slide in listed if listed is not None else ():
        _, target = targets.get(relation_of(slide), ("", ""))
        if package.has(target):
            _slide(part(package, target), writer)
    return ReadFile("pptx", html=writer.html())


def _slide(root: Any, writer: Writer) -> None:
    if root.get("show") in ("0", "false"):
        return
    for shape in root.iter():
        kind = local(shape)
        if kind == "sp":
            _shape(shape, writer)
        elif kind == "tbl":
            rows = [one for one in shape if local(one) == "tr"]
            writer.table([[_words(cell) for cell in row if local(cell) == "tc"] for row in rows])


def _shape(shape: Any, writer: Writer) -> None:
    place = child(shape, "nvSpPr", "nvPr", "ph")
    type_ = None if place is None else place.get("type", "obj")
    body = child(shape, "txBody")
    if body is None or type_ in _ASIDE:
        return
    if type_ in _TITLES:
        writer.heading(_words(body).replace("\n", " "))
        return
    for paragraph in (one for one in body if local(one) == "p"):
        properties = child(paragraph, "pPr")
        marks = {local(one) for one in properties} if properties is not None else set()
        points = type_ in ("obj", "body") or marks & {"buChar", "buAutoNum", "buBlip"}
        if points and "buNone" not in marks:
            level = (attribute(properties, "lvl") if properties is not None else None) or "0"
            writer.item(_words(paragraph), int(level) if level.isdigit() else 0)
        else:
            writer.paragraph(_words(paragraph))


def _words(element: Any) -> str:
    """The text of everything in an element, paragraphs on lines of their own."""
    if local(element) != "p":
        return "\n".join(filter(None, (_words(one) for one in within(element, "p"))))
    return "".join(
        "\n" if local(one) == "br" else (one.text or "")
        for one in element.iter()
        if local(one) in ("t", "br")
    ).strip()
