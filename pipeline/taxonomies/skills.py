"""The skills that standard roles usually need, as taxonomies publish them.

O*NET rates skills and knowledge by importance from 1 to 5 (scale `IM`; 3 is "important") and lists
technologies, some of them `Hot`; ESCO says whether a skill is essential for an occupation or optional.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import msgspec

from pipeline.taxonomies import tables

MOST, _MOST_OF_A_KIND = 40, 20
_IMPORTANT = 3.0
_TECHNOLOGIES, _RATED = "Technology Skills", ("Skills", "Knowledge")
ONET = (_TECHNOLOGIES, *_RATED)
_ESCO_SKILLS = ("concepturi", "preferredlabel", "skilltype")
_ESCO_RELATIONS = ("occupationuri", "skilluri", "relationtype")
_ESCO_KINDS = {"knowledge": "Knowledge", "skill/competence": "Skills"}


class Usual(msgspec.Struct, frozen=True):
    """A skill that a standard role usually needs, and the group it belongs to."""

    name: str
    group: str = "Skills"


def kept(found: Iterable[Usual]) -> tuple[Usual, ...]:
    """The first MOST of them, each name once."""
    names: dict[str, Usual] = {}
    for one in found:
        name = tables.clean(one.name)
        if name:
            names.setdefault(name.casefold(), Usual(name, tables.clean(one.group)))
    return tuple(names.values())[:MOST]


def of_onet(files: Mapping[str, IO[str]]) -> dict[str, tuple[Usual, ...]]:
    """By occupation: the most important skills and knowledge, then technologies, hot ones first. Raises
    Invalid."""
    rated = defaultdict[str, list[tuple[float, Usual]]](list)
    for name in _RATED:
        rows = _rows(files.get(name), "Element Name", "Scale ID", "Data Value")
        for code, skill, scale, value in rows:
            if scale == "IM" and _number(value) >= _IMPORTANT:
                rated[code].append((-_number(value), Usual(skill, name)))
    tools = defaultdict[str, list[tuple[float, Usual]]](list)
    rows = _rows(files.get(_TECHNOLOGIES), "Example", "Commodity Title", "Hot Technology")
    for code, tool, group, hot in rows:
        tools[code].append((hot != "Y", Usual(tool, group)))
    return {
        code: kept(one for kind in (rated, tools) for one in _first(kind[code])[:_MOST_OF_A_KIND])
        for code in {*rated, *tools}
    }


def beside_esco(occupations: Path) -> list[Path]:
    """ESCO's files of skills and of relations beside its occupations, when both are there."""
    end = occupations.name.removeprefix("occupations")
    found = [occupations.with_name(f"{one}{end}") for one in ("skills", "occupationSkillRelations")]
    return found if end != occupations.name and all(file.is_file() for file in found) else []


def of_esco(occupations: Path) -> dict[str, tuple[Usual, ...]]:
    """By the URI of the occupation: essential skills, then optional ones. Raises Invalid."""
    files = beside_esco(occupations)
    if not files:
        return {}
    names, relations = files
    skills: dict[str, Usual] = {}
    needed = defaultdict[str, list[tuple[float, Usual]]](list)
    with ExitStack() as stack:
        for uri, label, kind in _columns(stack.enter_context(tables.text(names)), _ESCO_SKILLS, ","):
            skills[uri] = Usual(label, _ESCO_KINDS.get(kind, "Skills"))
        pairs = _columns(stack.enter_context(tables.text(relations)), _ESCO_RELATIONS, ",")
        for occupation, skill, how in pairs:
            if skill in skills:
                needed[occupation].append((how != "essential", skills[skill]))
    return {uri: kept(_first(found)) for uri, found in needed.items()}


def _first(found: Iterable[tuple[float, Usual]]) -> list[Usual]:
    """In their order; a stable one."""
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _rows(file: IO[str] | None, *names: str) -> Iterator[list[str]]:
    """The code and these columns of an O*NET file, if it is there."""
    if file is not None:
        yield from _columns(file, ("o*net-soc code", *(name.lower() for name in names)), "\t")


def _columns(file: IO[str], names: tuple[str, ...], delimiter: str) -> Iterator[list[str]]:
    rows = tables.table(file, delimiter)
    header = next(rows, [])
    at = [tables.column(header, (name,)) for name in names]
    if None in at:
        raise tables.unreadable(f"A file of skills lacks the column `{names[at.index(None)]}`.")
    for row in rows:
        yield [tables.cell(row, place).strip() for place in at]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
