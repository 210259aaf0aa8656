"""Reading taxonomies as others publish them: row by row, whatever their size.

draup-csv   a table with a code, a title and, each in one cell, other titles and skills (`|` or `;` between)
onet        O*NET's text files (tab-separated, one header line): `Occupation Data.txt`, and beside it
            `Alternate Titles.txt`, `Sample of Reported Titles.txt`, `Technology Skills.txt`, `Skills.txt` and
            `Knowledge.txt` if they are there; a folder, a zip of it, or the first file itself; each may be
            packed (`.gz`). Format: O*NET 27.0.
esco        ESCO's `occupations_en.csv` (conceptUri, code, preferredLabel, altLabels ...), and beside it
            `skills_en.csv` and `occupationSkillRelations_en.csv` if both are there; version 1.1.1
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Literal

import msgspec

from pipeline.taxonomies import skills, tables
from pipeline.taxonomies.skills import Usual

Kind = Literal["draup-csv", "onet", "esco"]
KINDS: tuple[Kind, ...] = ("draup-csv", "onet", "esco")
NOTICES: dict[Kind, str] = {
    "draup-csv": "",
    "onet": "This product includes information from the O*NET Database by the U.S. Department of Labor, "
    "Employment and Training Administration (USDOL/ETA), used under CC BY 4.0; modified. O*NET is a "
    "trademark of USDOL/ETA.",
    "esco": "This service uses the ESCO classification of the European Commission.",
}
SINGLE: dict[Kind, str] = {
    "draup-csv": "roles.csv",
    "onet": "Occupation Data.txt",
    "esco": "occupations_en.csv",
}
"""How a file is called that comes alone, without a name of its own; a zip may be called like that too."""
MOST_ROLES, MOST_TITLES = 100_000, 500
_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "role_code", "draup_code", "id", "role_id"),
    "title": ("title", "role", "name", "role_title", "draup_role"),
    "alternates": ("alternates", "alternate_titles", "synonyms", "other_titles", "aliases"),
    "skills": ("skills", "skill", "key_skills", "core_skills", "usual_skills"),
}
_ONET = "Occupation Data"
_ONET_TITLES = {"Alternate Titles": "Alternate Title", "Sample of Reported Titles": "Reported Job Title"}


class Standard(msgspec.Struct, frozen=True):
    """A standard role as it stands in a file, with the skills it usually needs, most telling first."""

    code: str
    title: str
    alternates: tuple[str, ...] = ()
    skills: tuple[Usual, ...] = ()


class Skipped(msgspec.Struct, frozen=True):
    """A row that is no role: no code or no title in it."""

    row: int


_ONET_FILES = (_ONET, *_ONET_TITLES, *skills.ONET)


def sources(kind: Kind, path: Path) -> list[Path]:
    """The files that are read; the first of them may be missing."""
    if kind == "onet" and not zipfile.is_zipfile(path):
        return list(tables.beside(path, _ONET_FILES).values()) or [path]
    return [path, *(skills.beside_esco(path) if kind == "esco" else ())]


def read(kind: Kind, path: Path) -> Iterator[Standard | Skipped]:
    """The roles of a file in its order. Raises Invalid when it is not of this kind, or too large."""
    found = {"draup-csv": _draup, "onet": _onet, "esco": _esco}[kind](path)
    for number, one in enumerate(found):
        if number >= MOST_ROLES:
            raise tables.unreadable(f"It has more than {MOST_ROLES:,} roles, which is the most.")
        yield one


def _draup(path: Path) -> Iterator[Standard | Skipped]:
    with ExitStack() as stack:
        rows = tables.table(stack.enter_context(tables.text(path)), None)
        header = next(rows, [])
        at = {field: tables.column(header, names) for field, names in _COLUMNS.items()}
        if at["code"] is None or at["title"] is None:
            raise tables.unreadable("Its first line has to name a column `code` and a column `title`.")
        for number, row in enumerate(rows, 2):
            others, needed = (_listed(tables.cell(row, at[name])) for name in ("alternates", "skills"))
            found = skills.kept(Usual(name) for name in needed)
            yield _standard(
                number, tables.cell(row, at["code"]), tables.cell(row, at["title"]), others, found
            )


def _listed(cell: str) -> list[str]:
    return cell.replace(";", "|").split("|")


def _esco(path: Path) -> Iterator[Standard | Skipped]:
    with ExitStack() as stack:
        rows = tables.table(stack.enter_context(tables.text(path)), ",")
        header = next(rows, [])
        title, code = (
            tables.column(header, ("preferredlabel",)),
            tables.column(header, ("code", "concepturi")),
        )
        others, uri = tables.column(header, ("altlabels",)), tables.column(header, ("concepturi",))
        if title is None or code is None:
            raise tables.unreadable("It lacks the columns `preferredLabel` and `code` of ESCO's occupations.")
        needed = skills.of_esco(path)
        for number, row in enumerate(rows, 2):
            titles, found = tables.cell(row, others).split("\n"), needed.get(tables.cell(row, uri), ())
            yield _standard(number, tables.cell(row, code), tables.cell(row, title), titles, found)


def _onet(path: Path) -> Iterator[Standard | Skipped]:
    """The occupations file is small; titles are gathered first, because each file has its own order."""
    with ExitStack() as stack:
        files = tables.named(path, _ONET_FILES, stack)
        if _ONET not in files:
            raise tables.unreadable(f"There is no `{_ONET}.txt` in it.")
        titles: defaultdict[str, list[str]] = defaultdict(list)
        for name, column in _ONET_TITLES.items():
            if name in files:
                for code, title in _pairs(files[name], column):
                    if len(titles[code]) < MOST_TITLES:
                        titles[code].append(title)
        needed = skills.of_onet(files)
        for number, (code, title) in enumerate(_pairs(files[_ONET], "Title"), 2):
            yield _standard(number, code, title, titles.get(code, ()), needed.get(code, ()))


def _pairs(file: IO[str], column: str) -> Iterator[tuple[str, str]]:
    rows = tables.table(file, "\t")
    header = next(rows, [])
    code, value = tables.column(header, ("o*net-soc code",)), tables.column(header, (column.lower(),))
    if code is None or value is None:
        raise tables.unreadable(f"It lacks the columns `O*NET-SOC Code` and `{column}`.")
    for row in rows:
        yield tables.cell(row, code), tables.cell(row, value)


def _standard(
    number: int, code: str, title: str, others: Iterable[str], needed: tuple[Usual, ...]
) -> Standard | Skipped:
    code, title = tables.clean(code), tables.clean(title)
    if not code or not title:
        return Skipped(number)
    titles = dict.fromkeys(clean for other in others if (clean := tables.clean(other)) and clean != title)
    return Standard(code, title, tuple(titles)[:MOST_TITLES], needed)
