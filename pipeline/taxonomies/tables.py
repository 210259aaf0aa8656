"""Tables as others publish them: text files, packed or in a zip, as rows of cells."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from kit.errors import Action, Invalid

LONGEST = 300
_FIELD, _MOST_BYTES = 1_000_000, 500_000_000
"""Of one cell, and of an archive's files together, unpacked."""


def named(path: Path, wanted: Sequence[str], stack: ExitStack) -> dict[str, IO[str]]:
    """Those of the wanted `.txt` files that are in a folder, a zip, or beside a file; each may be packed."""
    if zipfile.is_zipfile(path):
        try:
            return _unzipped(path, wanted, stack)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as exc:
            raise unreadable("Its archive is damaged, encrypted, or packed in an unusual way.") from exc
    return {name: stack.enter_context(text(file)) for name, file in beside(path, wanted).items()}


def _unzipped(path: Path, wanted: Sequence[str], stack: ExitStack) -> dict[str, IO[str]]:
    """The texts of an archive. What it says of their sizes holds: no more than that is ever unpacked."""
    archive = stack.enter_context(zipfile.ZipFile(path))
    inside = {Path(one.filename).name: one for one in archive.infolist()}
    found = {want: inside[f"{want}.txt"] for want in wanted if f"{want}.txt" in inside}
    if sum(one.file_size for one in found.values()) > _MOST_BYTES:
        raise unreadable(f"Unpacked it has more than {_MOST_BYTES // 1_000_000} MB.")
    return {
        want: io.TextIOWrapper(stack.enter_context(archive.open(one)), "utf-8-sig")
        for want, one in found.items()
    }


def beside(path: Path, wanted: Sequence[str]) -> dict[str, Path]:
    """Which of the wanted `.txt` files are in a folder, or beside a file, as they are spelled there."""
    folder = path if path.is_dir() else path.parent
    found: dict[str, Path] = {}
    for want in wanted:
        spellings = [f"{stem}.txt{end}" for stem in (want, want.replace(" ", "_")) for end in ("", ".gz")]
        file = next((folder / name for name in spellings if (folder / name).is_file()), None)
        if file is not None:
            found[want] = file
    return found


def text(path: Path) -> IO[str]:
    """The file, unpacked if it is packed."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def table(file: IO[str], delimiter: str | None) -> Iterator[list[str]]:
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
        raise unreadable(f"It cannot be read as a table in UTF-8: {exc}"[:150]) from exc


def column(header: Sequence[str], names: Sequence[str]) -> int | None:
    """Where the first of these names stands in the header, whatever its case and gaps."""
    plain = [cell.strip().lower() for cell in header]
    spelled = [cell.replace(" ", "_") for cell in plain]
    found = [row.index(name) for name in names for row in (plain, spelled) if name in row]
    return found[0] if found else None


def cell(row: Sequence[str], at: int | None) -> str:
    """What stands there; nothing where the row is shorter."""
    return row[at] if at is not None and at < len(row) else ""


def clean(text: str) -> str:
    """One line without gaps, cut at LONGEST characters."""
    return " ".join(text.replace("\0", " ").split())[:LONGEST]


def unreadable(why: str) -> Invalid:
    """The refusal of a file, with why."""
    return Invalid(
        f"The file is no taxonomy of this kind. {why}"[:199],
        code="not_a_taxonomy",
        action=Action(
            "Check the file and the kind (draup-csv, onet or esco), then import it again.", "operator"
        ),
    )
