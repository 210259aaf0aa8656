"""Reading taxonomies as others publish them: row by row, whatever their size.

draup-csv   a table with a code, a title and, in one cell, other titles (`|` or `;` between them)
onet        O*NET's text files (tab-separated, one header line): `Occupation Data.txt`, and beside it
            `Alternate Titles.txt` and `Sample of Reported Titles.txt` if they are there; a folder, a zip
            of it, or the first file itself; each may be packed (`.gz`). Format: O*NET 27.0.
esco        ESCO's `occupations_en.csv` (conceptUri, code, preferredLabel, altLabels ...), version 1.1.1
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from kit.errors import Action, Invalid

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
MOST_ROLES, MOST_TITLES, LONGEST = 100_000, 500, 300
_MOST_BYTES = 500_000_000
"""Of an archive's files together, unpacked."""
_FIELD = 1_000_000
_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "role_code", "draup_code", "id", "role_id"),
    "title": ("title", "role", "name", "role_title", "draup_role"),
    "alternates": ("alternates", "alternate_titles", "synonyms", "other_titles", "aliases"),
}
_ONET = "Occupation Data"
_ONET_TITLES = {"Alternate Titles": "Alternate Title", "Sample of Reported Titles": "Reported Job Title"}


class Standard(msgspec.Struct, frozen=True):
    """A standard role as it stands in a file."""

    code: str
    title: str
    alternates: tuple[str, ...] = ()


class Skipped(msgspec.Struct, frozen=True):
    """A row that is no role: no code or no title in it."""

    row: int


def read(kind: Kind, path: Path) -> Iterator[Standard | Skipped]:
    """The roles of a file in its order. Raises Invalid when it is not of this kind, or too large."""
    found = {"draup-csv": _draup, "onet": _onet, "esco": _esco}[kind](path)
    for number, one in enumerate(found):
        if number >= MOST_ROLES:
            raise _unreadable(f"It has more than {MOST_ROLES:,} roles, which is the most.")
        yield one


def _draup(path: Path) -> Iterator[Standard | Skipped]:
    with ExitStack() as stack:
        rows = _table(stack.enter_context(_text(path)), None)
        header = next(rows, [])
        at = {field: _column(header, names) for field, names in _COLUMNS.items()}
        if at["code"] is None or at["title"] is None:
            raise _unreadable("Its first line has to name a column `code` and a column `title`.")
        for number, row in enumerate(rows, 2):
            others = _cell(row, at["alternates"]).replace(";", "|").split("|")
            yield _standard(number, _cell(row, at["code"]), _cell(row, at["title"]), others)


def _esco(path: Path) -> Iterator[Standard | Skipped]:
    with ExitStack() as stack:
        rows = _table(stack.enter_context(_text(path)), ",")
        header = next(rows, [])
        title, code = _column(header, ("preferredlabel",)), _column(header, ("code", "concepturi"))
        others = _column(header, ("altlabels",))
        if title is None or code is None:
            raise _unreadable("It lacks the columns `preferredLabel` and `code` of ESCO's occupations.")
        for number, row in enumerate(rows, 2):
            yield _standard(number, _cell(row, code), _cell(row, title), _cell(row, others).split("\n"))


def _onet(path: Path) -> Iterator[Standard | Skipped]:
    """The occupations file is small; titles are gathered first, because each file has its own order."""
    with ExitStack() as stack:
        files = _onet_files(path, stack)
        if _ONET not in files:
            raise _unreadable(f"There is no `{_ONET}.txt` in it.")
        titles: defaultdict[str, list[str]] = defaultdict(list)
        for name, column in _ONET_TITLES.items():
            if name in files:
                for code, title in _pairs(files[name], column):
                    if len(titles[code]) < MOST_TITLES:
                        titles[code].append(title)
        for number, (code, title) in enumerate(_pairs(files[_ONET], "Title"), 2):
            yield _standard(number, code, title, titles.get(code, ()))


def _pairs(file: IO[str], column: str) -> Iterator[tuple[str, str]]:
    rows = _table(file, "\t")
    header = next(rows, [])
    code, value = _column(header, ("o*net-soc code",)), _column(header, (column.lower(),))
    if code is None or value is None:
        raise _unreadable(f"It lacks the columns `O*NET-SOC Code` and `{column}`.")
    for row in rows:
        yield _cell(row, code), _cell(row, value)


def _onet_files(path: Path, stack: ExitStack) -> dict[str, IO[str]]:
    if zipfile.is_zipfile(path):
        try:
            return _unzipped(path, stack)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as exc:
            raise _unreadable("Its archive is damaged, encrypted, or packed in an unusual way.") from exc
    folder = path if path.is_dir() else path.parent
    found: dict[str, IO[str]] = {}
    for want in (_ONET, *_ONET_TITLES):
        spellings = [f"{stem}.txt{end}" for stem in (want, want.replace(" ", "_")) for end in ("", ".gz")]
        file = next((folder / name for name in spellings if (folder / name).is_file()), None)
        if file is not None:
            found[want] = stack.enter_context(_text(file))
    return found


def _unzipped(path: Path, stack: ExitStack) -> dict[str, IO[str]]:
    """The texts of an archive. What it says of their sizes holds: no more than that is ever unpacked."""
    archive = stack.enter_context(zipfile.ZipFile(path))
    inside = {Path(one.filename).name: one for one in archive.infolist()}
    found = {want: inside[f"{want}.txt"] for want in (_ONET, *_ONET_TITLES) if f"{want}.txt" in inside}
    if sum(one.file_size for one in found.values()) > _MOST_BYTES:
        raise _unreadable(f"Unpacked it has more than {_MOST_BYTES // 1_000_000} MB.")
    return {
        want: io.TextIOWrapper(stack.enter_context(archive.open(one)), "utf-8-sig")
        for want, one in found.items()
    }


def _text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _table(file: IO[str], delimiter: str | None) -> Iterator[list[str]]:
    """Rows of cells; without a delimiter the first line shows which it is. Raises Invalid."""
    csv.field_size_limit(_FIELD)
    lines: Iterable[str] = file
    try:
        if delimiter is None:
            first = file.readline()
            delimiter = max(",;\t", key=first.count)
            lines = itertools.chain((first,), file)
        quoting: dict[str, Any] = {"quoting": csv.QUOTE_NONE} if delimiter == "\t" else {}
        yield from csv.reader(lines, delimiter=delimiter, **quoting)
    except (csv.Error, UnicodeDecodeError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as exc:
        raise _unreadable(f"It cannot be read as a table in UTF-8: {exc}"[:150]) from exc


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    plain = [cell.strip().lower() for cell in header]
    spelled = [cell.replace(" ", "_") for cell in plain]
    found = [row.index(name) for name in names for row in (plain, spelled) if name in row]
    return found[0] if found else None


def _cell(row: list[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""


def _standard(number: int, code: str, title: str, others: Iterable[str]) -> Standard | Skipped:
    code, title = _clean(code), _clean(title)
    if not code or not title:
        return Skipped(number)
    titles = dict.fromkeys(clean for other in others if (clean := _clean(other)) and clean != title)
    return Standard(code, title, tuple(titles)[:MOST_TITLES])


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:LONGEST]


def _unreadable(why: str) -> Invalid:
    return Invalid(
        f"The file is no taxonomy of this kind. {why}"[:199],
        code="not_a_taxonomy",
        action=Action(
            "Check the file and the kind (draup-csv, onet or esco), then import it again.", "operator"
        ),
    )
