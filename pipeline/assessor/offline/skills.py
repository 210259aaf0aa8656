"""Skills: technologies and methods that stand in a document word for word, and skills concluded.

The gazetteer is a list of our own. Names that are ordinary words too (Excel, Go, Sage) count only as
written and not at the start of a sentence. What is found and what is inferred is never mixed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import msgspec

from pipeline.assessor.model import AssessedTask, FoundSkill, InferredSkill
from pipeline.assessor.offline.lexicon import resource
from pipeline.assessor.offline.taxonomy import family_of
from pipeline.assessor.offline.words import TOKEN, stem
from pipeline.stages.base import Doc

_READ = 200_000
MAX_FOUND, MAX_INFERRED = 60, 20
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_KEY = re.compile(r"[a-z0-9]+")


class _Group(msgspec.Struct, frozen=True):
    group: str
    skills: list[str]


class _Rule(msgspec.Struct, frozen=True):
    skill: str
    group: str
    words: str


class _File(msgspec.Struct, frozen=True):
    version: str
    groups: list[_Group]
    emerging: list[str]
    inferred: list[_Rule]


class _Entry(NamedTuple):
    """A way to write a skill; `lead` characters stand before its first letter or digit."""

    written: str
    low: str
    lead: int
    strict: bool
    name: str
    group: str


class Gazetteer:
    """The compiled `skills.json`."""

    def __init__(self, raw: bytes) -> None:
        data = msgspec.json.decode(raw, type=_File)
        self.version = data.version
        self.emerging = frozenset(data.emerging)
        self.rules = [(r.skill, r.group, frozenset(map(stem, r.words.split()))) for r in data.inferred]
        self.entries: dict[str, list[_Entry]] = {}
        for group in data.groups:
            for spec in group.skills:
                self._add(spec, group.group)
        for same_key in self.entries.values():
            same_key.sort(key=lambda entry: (-len(entry.written), entry.written))

    def _add(self, spec: str, group: str) -> None:
        name, _, aliases = spec.partition("=")
        for way in (name, *filter(None, aliases.split("|"))):
            strict, written = way.endswith("!"), way.removesuffix("!")
            key = _KEY.search(written.lower())
            if key:
                entry = _Entry(
                    written, written.translate(_LOWER), key.start(), strict, name.removesuffix("!"), group
                )
                self.entries.setdefault(key.group(), []).append(entry)


@cache
def gazetteer() -> Gazetteer:
    """The bundled gazetteer."""
    return Gazetteer(resource("skills.json"))


def find_skills(documents: list[Doc]) -> tuple[FoundSkill, ...]:
    """Skills in the documents, each at its first place, most frequent first."""
    first: dict[str, FoundSkill] = {}
    count: dict[str, int] = {}
    for doc in documents:
        for entry, start, end in _matches(doc.text[:_READ]):
            count[entry.name] = count.get(entry.name, 0) + 1
            if entry.name not in first:
                first[entry.name] = FoundSkill(
                    name=entry.name,
                    group=entry.group,
                    words=doc.text[start:end],
                    document_id=str(doc.id),
                    start=start,
                    end=end,
                )
    found = [msgspec.structs.replace(skill, count=count[name]) for name, skill in first.items()]
    return tuple(sorted(found, key=lambda s: (-s.count, s.name)))[:MAX_FOUND]


def _matches(text: str) -> list[tuple[_Entry, int, int]]:
    """Longest entries first, never overlapping."""
    low, hits, free = text.translate(_LOWER), [], 0
    for word in _KEY.finditer(low):
        for entry in gazetteer().entries.get(word.group(), ()):
            start = word.start() - entry.lead
            end = start + len(entry.written)
            if start >= free and low.startswith(entry.low, start) and _is_it(text, start, end, entry):
                hits.append((entry, start, end))
                free = end
                break
    return hits


def _is_it(text: str, start: int, end: int, entry: _Entry) -> bool:
    return _bounded(text, start, end) and (not entry.strict or _as_name(text, start, end, entry))


def _bounded(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isalnum() or after in ("+", "#", "_"))


def _as_name(text: str, start: int, end: int, entry: _Entry) -> bool:
    """Is an ambiguous word used as a name? As written, not glued to others, not opening a sentence
    (unless a comma or the end of the line follows, as in a list)."""
    if text[start:end] != entry.written or text[end : end + 1] in ("-", "&", "'", "’"):
        return False
    if text[start - 1 : start] in ("-", "&"):
        return False
    listed = text[end : end + 1] in ("", ",", "/", ")", "\n", ";")
    before = text[max(0, start - 20) : start].rstrip(" \t")[-1:]
    return listed or before not in ("", ".", "!", "?", ":", "\n", "•", "*", "-", "–", "·")


def infer_skills(
    tasks: tuple[AssessedTask, ...], linked: str | None, found: frozenset[str]
) -> tuple[InferredSkill, ...]:
    """Skills concluded from tasks, then from the family of the linked starter role (its code)."""
    stems = {task.id: {stem(word.lower()) for word in TOKEN.findall(task.text)} for task in tasks}
    inferred: dict[str, InferredSkill] = {}
    for name, group, words in gazetteer().rules:
        ids = tuple(task.id for task in tasks if stems[task.id] & words)
        if ids and name not in found:
            why = f"{len(ids)} of {len(tasks)} tasks speak of it"
            inferred[name] = InferredSkill(name=name, group=group, why=why, task_ids=ids[:10])
    ranked = sorted(inferred.values(), key=lambda skill: (-len(skill.task_ids), skill.name))
    family = family_of(linked) if linked else None
    for name in family.skills if family else ():
        if name not in inferred and name not in found and family:
            why = f"usual in {family.name}, the family of the linked role"
            ranked.append(InferredSkill(name=name, group=family.name, why=why))
    return tuple(ranked[:MAX_INFERRED])
