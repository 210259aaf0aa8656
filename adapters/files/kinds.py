"""What a file is: told by its first bytes, then held against the ending of its name."""

from __future__ import annotations

import codecs
import re

from adapters.files import packed
from adapters.files.model import LABELS, READABLE, Format
from adapters.model import Unreadable

ENDINGS: dict[str, Format] = {
    **dict.fromkeys(("docx", "docm", "dotx", "dotm"), "docx"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx"), "xlsx"),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "potx"), "pptx"),
    **dict.fromkeys(("html", "htm", "xhtml"), "html"),
    **dict.fromkeys(("md", "markdown"), "md"),
    **dict.fromkeys(("txt", "text"), "txt"),
    **dict.fromkeys(("bpmn", "bpmn2", "xml"), "bpmn"),
    "pdf": "pdf",
    "zip": "zip",
}
ZIP_SIGNS = (b"PK\x03\x04", b"PK\x05\x06")
_TEXTS = ("html", "md", "txt", "bpmn")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what Office wrote before 2007, and what it wraps secrets in
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"{\\rtf", "an RTF text", "Open it in Word and save it as DOCX."),
    (b"\x89PNG", "a picture", "Send the document itself, or a PDF with text in it."),
    (b"\xff\xd8\xff", "a picture", "Send the document itself, or a PDF with text in it."),
    (b"GIF8", "a picture", "Send the document itself, or a PDF with text in it."),
    (b"II*\0", "a picture", "Send the document itself, or a PDF with text in it."),
    (b"MM\0*", "a picture", "Send the document itself, or a PDF with text in it."),
    (b"\x1f\x8b", "a GZIP archive", "Unpack it, or send a ZIP."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it, or send a ZIP."),
    (b"Rar!", "a RAR archive", "Unpack it, or send a ZIP."),
)
_HTML = re.compile(
    r"\s*+(?:(?><!--.*?-->)\s*+)*+<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_BPMN = re.compile(r"<(?:\w+:)?definitions\b[^>]{0,4000}omg\.org/spec/BPMN", re.DOTALL)
_LOOKED_AT = 20_000


def format_of(name: str, content: bytes) -> Format:
    """The format. Raises Unreadable: `empty_file`, `encrypted`, `unsupported_format`, `not_what_it_says`,
    and what opening a ZIP raises."""
    if not content.strip(b" \t\r\n\0"):
        raise Unreadable("empty_file", "The file is empty.", fix="Send it again; it may not have been saved.")
    ending = ending_of(name)
    declared = ENDINGS.get(ending)
    found = _told(content)
    if declared is None or declared == found:
        return found
    if declared in _TEXTS and found in _TEXTS and declared != "bpmn":
        return declared if found == "txt" else found
    said = f"The name ends in .{ending}, but the file is a {LABELS[found]}."
    raise Unreadable("not_what_it_says", said, fix="Name it as what it is, or send the right file.")


def ending_of(name: str) -> str:
    """The ending of a file's name in small letters, without the dot; empty when there is none."""
    return name.rpartition(".")[2].lower()[:10] if "." in name else ""


def decoded(content: bytes) -> tuple[str, bool]:
    """A text in UTF-8, in UTF-16 with its mark, or in Windows-1252; the latter is a guess (True). Raises
    Unreadable for what is no text."""
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text, guessed = content.decode("utf-16"), False
        else:
            text, guessed = content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        try:
            text, guessed = content.decode("cp1252"), True
        except UnicodeDecodeError:
            raise _no_text() from None
    if "\0" in text or sum(sign < " " and sign not in "\t\r\n\f\v" for sign in text[:_LOOKED_AT]) > 5:
        raise _no_text()
    return text, guessed


def _told(content: bytes) -> Format:
    if content.startswith(ZIP_SIGNS):
        return packed.office_format(content) or "zip"
    if b"%PDF-" in content[:1024]:  # some programs put lines of their own before it
        return "pdf"
    if content.startswith(_COMPOUND):
        raise _compound(content)
    for sign, what, fix in _OTHERS:
        if content.startswith(sign):
            raise Unreadable("unsupported_format", f"The file is {what}, which is not read here.", fix=fix)
    text, _ = decoded(content)
    if _BPMN.search(text[:_LOOKED_AT]):
        return "bpmn"
    return "html" if _HTML.match(text[:_LOOKED_AT]) else "txt"


def _compound(content: bytes) -> Unreadable:
    if "EncryptedPackage".encode("utf-16-le") in content:
        said = "The file is protected by a password, so nobody can read it without."
        return Unreadable("encrypted", said, fix="Take the password off in Office and send it again.")
    said = "The file was written by an Office from before 2007 (DOC, XLS, PPT), which is not read here."
    return Unreadable("unsupported_format", said, fix="Open it and save it as DOCX, XLSX or PPTX.")


def _no_text() -> Unreadable:
    return Unreadable(
        "unsupported_format", "The file is of no kind that is read here.", fix=f"Send {READABLE}."
    )
