"""Workday payloads to job profiles: the one entrance of this adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import starmap, zip_longest
from typing import Any

import msgspec

from adapters.model import Page, Problem, Unreadable
from adapters.workday import csv_report, faults, flat, tree
from adapters.workday.fields import columns
from adapters.workday.json_tree import dialect, from_json
from adapters.workday.profile import item
from adapters.workday.shapes import Found, recognise, unknown

BOM = b"\xef\xbb\xbf"
_ONLY_NAMES = "The records say names only. Send columns such as Job_Description too, to have descriptions."
_ONLY_LISTED = (
    "This is a list that says names only. Send the answer of GET /jobProfiles/{id} for each, "
    "or use SOAP, to have descriptions."
)
XML_STARTS = (b"<", b"\xff\xfe", b"\xfe\xff", b"\x00<")


def read(body: bytes, content_type: str | None = None, *, fields: Mapping[str, str] | None = None) -> Page:
    """The job profiles in a payload, in its order; one that cannot be used is an Item with its problem. A
    payload whose objects are only named becomes hints.

    The shape is told by the bytes alone; `content_type` is only named in messages. `fields` maps columns of
    reports and of flat JSON to fields of the job profile (`title`, `families.code`, `attributes.x`), over
    the default map in `fields.json`.

    Raises Unreadable for what is no job profiles at all (a fault, broken or hostile XML or JSON, an unknown
    shape) and BadFieldMap for a field map that cannot be meant.
    """
    known = columns(fields)
    stripped = body.removeprefix(BOM).lstrip()
    if not stripped:
        raise Unreadable("empty_body", "The body is empty.", fix=tree.ADVICE)
    if stripped.startswith(XML_STARTS):
        root, rendering, json = tree.read_xml(stripped), "xml", None
    elif stripped[:1] in (b"{", b"["):
        root, rendering, json = *_from_json(stripped), stripped
    else:
        return _page(f"report_{csv_report.RENDERING}", csv_report.read(body, content_type, known))
    faults.refuse(root)
    recognised = recognise(root, known, json)
    if recognised is None:
        raise unknown(_describe(root) if json else f"XML {_path(root)}")
    kind, found = recognised
    return _page(f"{kind}_{rendering}", found)


def _page(shape: str, found: Found) -> Page:
    is_report = shape.startswith("report_")  # its rows are records, however little they say
    if found.rows and not is_report and all(flat.only_names(row) for row in found.rows):
        hints = tuple(starmap(flat.hint, zip_longest(found.rows, found.around)))
        return Page(shape.replace("flat", "event", 1), [], hints=hints)
    items = [item(n, record, shape, found.version) for n, record in enumerate(found.records)]
    items += [found.broken.get(n) or flat.item(n, row, shape) for n, row in enumerate(found.rows)]
    return Page(shape, items, tuple(_warnings(shape, found)))


def _warnings(shape: str, found: Found) -> Iterator[Problem]:
    names = flat.unknown_columns(found.rows)
    if names:
        detail = f"These columns are not known and are kept as custom fields: {', '.join(names)}."
        yield Problem("unknown_columns", detail)
    if found.rows and all(flat.only_listed(row) for row in found.rows):
        yield Problem("only_listed", _ONLY_LISTED if shape.startswith("rest_") else _ONLY_NAMES)


def _from_json(body: bytes) -> tuple[tree.Node, str]:
    spoken = dialect(body)
    return from_json(_decoded(body)), "json" if spoken == "plain" else f"{spoken}_json"


def _decoded(body: bytes) -> Any:
    # Counted before decoding: small objects take thirty times their bytes in memory.
    if body.count(b"{") + body.count(b"[") > 2 * tree.SIZE_LIMIT:
        raise tree.too_large()
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise tree.too_deep() from None
    except UnicodeDecodeError:
        raise Unreadable("wrong_charset", "The JSON is not UTF-8.", fix="Send it as UTF-8.") from None
    except msgspec.DecodeError as error:
        reason = str(error)[:100]
        raise Unreadable(
            "broken_json",
            f"The JSON cannot be read ({reason}).",
            fix="Send the whole, valid document.",
        ) from None


def _describe(root: tree.Node) -> str:
    if "item" in root.children and not root.name:
        return f"JSON array of {len(root.children['item'])} elements"
    keys = ", ".join(name[:16] for name in list(root.children)[:4])
    return f"JSON object with keys {keys}" if keys else "JSON object without keys"


def _path(root: tree.Node) -> str:
    """The names down to where the document branches, at most three."""
    names, node = [root.name], root
    while len(node.children) == 1 and len(names) < 3:
        node = next(iter(node.children.values()))[0]
        names.append(node.name)
    return " with ".join(f"<{name[:24]}>" for name in names)
