"""What the model is shown: instructions from the prompt files, and material between tags that cannot be
guessed from inside the material."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec

from pipeline.assessor.model import AssessedTask
from pipeline.assessor.modelled.pieces import Piece

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
_VERSION = re.compile(r"\Aversion: (\d+)\n+")


@cache
def _file(name: str) -> tuple[str, str]:
    """A prompt's version and text, from its file."""
    whole = files("pipeline.assessor.modelled").joinpath("prompts", f"{name}.md").read_text("utf-8")
    head = _VERSION.match(whole)
    if head is None:
        raise ValueError(f"The prompt {name} does not say its version.")
    return head[1], whole[head.end() :]


@cache
def instructions(name: str) -> str:
    """The common rules and one prompt."""
    return f"{_file('common')[1]}\n{_file(name)[1]}"


@cache
def prompt_version(name: str) -> str:
    """Which wording of a prompt, as results show it: `assess@2+common@1`."""
    return f"{name}@{_file(name)[0]}+common@{_file('common')[0]}"


@cache
def prompts_version() -> str:
    """A digest of all prompts: another wording makes all results anew."""
    texts = "".join(instructions(name) for name in PROMPTS)
    return sha256(texts.encode()).hexdigest()[:12]


def material(pieces: Iterable[Piece] = (), *, title: str = "", **lists: Any) -> str:
    """The question: the role's title where it matters, documents with numbers from 1, lists as JSON
    lines. Nothing of the role's own stands beside a document, so that the same document in another role
    is the same question."""
    parts = [_fenced("role", title)] if title else []
    for number, piece in enumerate(pieces, start=1):
        part = {"part": f"{piece.part} of {piece.parts}"} if piece.parts > 1 else {}
        parts.append(_fenced("document", piece.text, number=str(number), kind=piece.doc.kind, **part))
    parts += [_fenced(name, _lines(rows)) for name, rows in lists.items()]
    return "\n\n".join(parts)


def task_rows(tasks: Sequence[AssessedTask], *, graded: bool = False) -> list[dict[str, Any]]:
    """Tasks as later questions show them, with their grades where the question turns on them."""
    if not graded:
        return [{"id": t.id, "text": t.text} for t in tasks]
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
