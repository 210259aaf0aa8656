"""What the model is shown: instructions from the prompt files, and material between tags that cannot be
guessed from inside the material."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec

from pipeline.assessor.model import AssessedTask
from pipeline.stages.base import Doc

PROMPTS = (
    "assess",
    "map_role",
    "mine_skills",
    "reskilling",
    "skills_architecture",
    "standardise_tasks",
    "task_feasibility",
    "top_tasks",
)
MAX_CHARS = 60_000


@cache
def _text(name: str) -> str:
    return files("pipeline.assessor.modelled").joinpath("prompts", f"{name}.md").read_text("utf-8")


@cache
def instructions(name: str) -> str:
    """The common rules and one prompt."""
    return f"{_text('common')}\n{_text(name)}"


@cache
def prompts_version() -> str:
    """A digest of all prompts: another wording makes all results anew."""
    return sha256("".join(_text(name) for name in ("common", *PROMPTS)).encode()).hexdigest()[:12]


def shown(documents: Sequence[Doc]) -> tuple[list[Doc], bool]:
    """The documents as far as the model sees them, and whether something was left off. The texts keep
    their beginning, so offsets stay true."""
    left, kept = MAX_CHARS, []
    for doc in documents:
        kept.append(msgspec.structs.replace(doc, text=doc.text[:left]))
        left -= len(kept[-1].text)
    cut = any(len(a.text) < len(b.text) for a, b in zip(kept, documents, strict=True))
    return [doc for doc in kept if doc.text], cut


def material(title: str, documents: Iterable[Doc] = (), **lists: Any) -> str:
    """The question: the role's title, documents with numbers from 1, and lists as JSON lines."""
    parts = [_fenced("role", title)]
    for number, doc in enumerate(documents, start=1):
        parts.append(_fenced("document", doc.text, number=str(number), kind=doc.kind))
    parts += [_fenced(name, _lines(rows)) for name, rows in lists.items()]
    return "\n\n".join(parts)


def task_rows(tasks: Sequence[AssessedTask]) -> list[dict[str, Any]]:
    """Tasks as later questions show them."""
    return [
        {
            "id": t.id,
            "text": t.text,
            "exposure": t.exposure.class_,
            "automation": t.automation,
            "grade": t.grade,
        }
        for t in tasks
    ]


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(msgspec.json.encode(row).decode() for row in rows)


def _fenced(name: str, text: str, **attributes: str) -> str:
    tag = f"{name}-{sha256(text.encode()).hexdigest()[:10]}"
    extra = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{tag}{extra}>\n{text}\n</{tag}>"
