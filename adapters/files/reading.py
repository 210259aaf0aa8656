"""One function for every format: a file's name and bytes to its text."""

from __future__ import annotations

from adapters.files import bpmn, docx, kinds, pdf, pptx, xlsx
from adapters.files.model import MOST_MEMBERS, Format, Member, ReadFile
from adapters.files.packed import Package
from adapters.model import Problem, Unreadable

_CLUTTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_OFFICE = {"docx": docx.read, "xlsx": xlsx.read, "pptx": pptx.read}


def read(name: str, content: bytes) -> ReadFile | list[Member]:
    """The text of a file, or the files of a ZIP. CPU work of unknown length: for a process of its own.
    Raises Unreadable with one sentence and what to do."""
    format_ = kinds.format_of(name, content)
    if format_ == "zip":
        return members(content)
    if format_ == "pdf":
        return pdf.read(content)
    if format_ == "bpmn":
        return bpmn.read(content)
    if format_ in _OFFICE:
        return _OFFICE[format_](Package(content))
    return _text(format_, content)


def members(content: bytes) -> list[Member]:
    """The files of a ZIP in its order, without what file managers leave behind. What cannot be unpacked has
    a problem; a ZIP in it is not opened. Raises Unreadable for the ZIP as a whole: `bomb`, `damaged_file`,
    `empty_file`, `too_many_files`."""
    package = Package(content)
    names = [name for name in package.names if not _is_clutter(name)]
    if not names:
        raise Unreadable("empty_file", "The ZIP holds no files.", fix="Send the documents in it.")
    if len(names) > MOST_MEMBERS:
        said = f"The ZIP holds {len(names):,} files; {MOST_MEMBERS} go in one."
        raise Unreadable("too_many_files", said, fix="Split it.")
    return [_member(package, name) for name in names]


def _member(package: Package, name: str) -> Member:
    shown = name.replace("\\", "/").strip("/")[-200:]
    try:
        content = package.read(name)
        if kinds.ending_of(name) == "zip" or (
            content.startswith(kinds.ZIP_SIGNS) and kinds.format_of("", content) == "zip"
        ):
            said = "A ZIP inside a ZIP is not opened."
            raise Unreadable("nested_zip", said, fix="Send it by itself, or unpack it first.")
    except Unreadable as exc:
        if exc.code == "bomb":
            raise
        return Member(shown, problem=Problem(exc.code, exc.detail))
    return Member(shown, content)


def _is_clutter(name: str) -> bool:
    base = name.rpartition("/")[2]
    return name.startswith(_CLUTTER[0]) or base in _CLUTTER or base.startswith(("~$", "._"))


def _text(format_: Format, content: bytes) -> ReadFile:
    text, guessed = kinds.decoded(content)
    says = "The text is not in UTF-8 and was read as Windows-1252; look whether its accents are right."
    warnings = (Problem("charset_guessed", says),) if guessed else ()
    if format_ == "html":
        return ReadFile("html", html=text, warnings=warnings)
    return ReadFile(format_, text=text, warnings=warnings)
