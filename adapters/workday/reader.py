"""Workday payloads to job profiles: the one entrance of this adapter."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters import xml
from adapters.model import Page, Unreadable
from adapters.workday import faults, tree
from adapters.workday.profile import item
from adapters.workday.shapes import recognise

_ADVICE = "Send Workday's answer as it was received."
_BOM = b"\xef\xbb\xbf"
_XML_STARTS = (b"<", b"\xff\xfe", b"\xfe\xff", b"\x00<")


def read(body: bytes, content_type: str | None = None) -> Page:
    """The job profiles in a payload, in its order; one that cannot be used is an Item with its problem.

    The shape is told by the bytes alone; `content_type` is only named in messages. Raises Unreadable for
    what is no job profiles at all: a fault, broken or hostile XML or JSON, an unknown shape.
    """
    stripped = body.removeprefix(_BOM).lstrip()
    if not stripped:
        raise Unreadable("empty_body", "The body is empty. Send Workday's answer as it was received.")
    if stripped.startswith(_XML_STARTS):
        root, rendering = _from_xml(stripped)
        described = f"XML document <{root.name[:100]}>"
    elif stripped[:1] in (b"{", b"["):
        root, rendering = _from_json(stripped)
        described = _describe(root)
    else:
        raise _neither(stripped, content_type)
    fault = faults.soap_fault(root)
    if fault is not None:
        raise faults.refusal(fault)
    kind, found = recognise(root, described)
    shape = f"{kind}_{rendering}"
    return Page(shape, [item(n, record, shape, found.version) for n, record in enumerate(found.records)])


def _from_xml(body: bytes) -> tuple[tree.Node, str]:
    return tree.from_xml(xml.parse(body, _ADVICE)), "xml"


def _from_json(body: bytes) -> tuple[tree.Node, str]:
    made = tree.from_json(_decoded(body))
    return made.root, f"{made.dialect}_json"


def _decoded(body: bytes) -> Any:
    # Counted before decoding: small objects take thirty times their bytes in memory.
    if body.count(b"{") + body.count(b"[") > 2 * tree.SIZE_LIMIT:
        raise tree.too_large()
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise tree.too_deep() from None
    except UnicodeDecodeError:
        raise Unreadable("wrong_charset", "The JSON is not UTF-8. Send it as UTF-8.") from None
    except msgspec.DecodeError as error:
        reason = str(error)[:200]
        raise Unreadable(
            "broken_json", f"The JSON cannot be read ({reason}). Send the whole document as valid JSON."
        ) from None


def _describe(root: tree.Node) -> str:
    if "item" in root.children and not root.name:
        return f"JSON array of {len(root.children['item'])} elements"
    keys = ", ".join(name[:60] for name in list(root.children)[:8])
    return f"JSON object with the keys {keys}" if keys else "JSON object without keys"


def _neither(body: bytes, content_type: str | None) -> Unreadable:
    start = body[:40].decode("ascii", "replace")
    declared = f", declared as {content_type[:60]}," if content_type else ""
    return Unreadable(
        "unknown_shape",
        f"The body{declared} starts with {start!r} and is neither XML nor JSON. "
        "Send the SOAP answer of Human_Resources / Get_Job_Profiles, as XML or as the JSON made of it.",
    )
