"""Documents out of values: sections with headings, as safe HTML and as the same text.

Formatted texts come from the adapter already cleaned and are put in as they are; only they are. A value
that merely looks like one (a customer's own field) is escaped like every other text.
"""

from __future__ import annotations

import html
from typing import Any

import msgspec

from adapters.model import JobProfile

LABELLED = ("competency", "education", "language", "certification", "experience", "training", "condition")


class Block(msgspec.Struct, frozen=True):
    """A piece of a document: as HTML and as text. `item` pieces stand in lists."""

    html: str
    text: str
    item: bool = False


def cleaned_texts(profile: JobProfile) -> set[str]:
    """The HTML of the profile's own formatted texts, which is safe as it stands."""
    return {description.content.html for description in profile.descriptions}


def blocks(value: Any, cleaned: set[str]) -> list[Block]:
    """The pieces of a value: a text, a formatted text, a responsibility or requirement, or a list of them."""
    if isinstance(value, list):
        return [block for part in value for block in _item(part, cleaned)]
    return _item(value, cleaned) if not isinstance(value, str) else _paragraph(value)


def _item(value: Any, cleaned: set[str]) -> list[Block]:
    if isinstance(value, dict):
        content = value.get("content", value)
        if isinstance(content, dict) and content.get("html") in cleaned:
            return [Block(content["html"], content.get("text", ""))]
        return _listed(_labelled(value))
    return _listed(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else []


def _labelled(part: dict[str, Any]) -> str:
    """`Certification: Chartered Accountant (level 3)` of a responsibility, skill or requirement."""
    text = part.get("text") or part.get("name") or part.get("code")
    if not isinstance(text, str) or not text.strip():
        return ""
    label = f"{part['kind'].capitalize()}: " if part.get("kind") in LABELLED else ""
    level = part.get("level")
    suffix = f" ({'level ' if str(level).isdigit() else ''}{level})" if level else ""
    return f"{label}{text.strip()}{suffix}"


def _listed(text: str) -> list[Block]:
    if not text.strip():
        return []
    inner = html.escape(text, quote=False).replace("\n", "<br>")
    return [Block(f"<li>{inner}</li>", "- " + text.replace("\n", "\n  "), item=True)]


def _paragraph(text: str) -> list[Block]:
    if not text.strip():
        return []
    inner = html.escape(text.strip(), quote=False).replace("\n", "<br>")
    return [Block(f"<p>{inner}</p>", text.strip())]


def section(heading: str, parts: list[Block], seen: set[str]) -> Block | None:
    """One section of a document; None when it says nothing that `seen` does not hold already."""
    fresh = list({part.text: part for part in parts if part.text not in seen}.values())
    seen.update(part.text for part in fresh)
    if not fresh:
        return None
    markup, lines = "", ""
    for place, part in enumerate(fresh):
        before = place > 0 and fresh[place - 1].item
        markup += (
            "</ul>" if before and not part.item else "<ul>" if part.item and not before else ""
        ) + part.html
        lines += ("" if place == 0 else "\n" if before and part.item else "\n\n") + part.text
    markup += "</ul>" if fresh[-1].item else ""
    if heading:
        markup, lines = f"<h2>{html.escape(heading, quote=False)}</h2>{markup}", f"{heading}\n\n{lines}"
    return Block(markup, lines)
