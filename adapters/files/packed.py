"""A ZIP, opened with suspicion: its entries and the bytes that come out of them are counted."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from typing import IO

from adapters.files.model import MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED, RATIO_FROM, Format
from adapters.model import Unreadable

_PIECE = 1_000_000
_ENCRYPTED = 0x1
_TYPES = "[Content_Types].xml"
_MAIN: dict[bytes, Format] = {
    b"wordprocessingml": "docx",
    b"ms-word": "docx",
    b"spreadsheetml": "xlsx",
    b"ms-excel": "xlsx",
    b"presentationml": "pptx",
    b"ms-powerpoint": "pptx",
}
_FIRST = re.compile(
    rb"ContentType\s*=\s*[\"']application/vnd\.(?:openxmlformats-officedocument\.)?"
    rb"(" + b"|".join(_MAIN) + rb")\.[\w.]{1,80}\.main(?:\+xml)?[\"']"
)
"""The content type of the part that the file begins with. Files of other programs may be embedded in it: the
data of a chart is a workbook."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, RuntimeError, NotImplementedError),
)


class Package:
    """An open ZIP. `names` are its files in their order; `read` unpacks one within what is left of
    MOST_UNPACKED for all of them. Raises Unreadable: `damaged_file`, `too_many_entries`, `encrypted`,
    `bomb`."""

    def __init__(self, content: bytes) -> None:
        self._left = MOST_UNPACKED
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except _BROKEN as exc:
            raise damaged() from exc
        if len(entries) > MOST_ENTRIES:
            said = f"The file holds {len(entries):,} entries; {MOST_ENTRIES:,} are opened."
            raise Unreadable("too_many_entries", said, fix="Split it.")
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}

    @property
    def names(self) -> list[str]:
        """The files inside."""
        return list(self._entries)

    def has(self, name: str) -> bool:
        """Whether a file is inside."""
        return name in self._entries

    def read(self, name: str) -> bytes:
        """One file's bytes."""
        entry = self._entries.get(name)
        if entry is None:
            raise damaged()
        if entry.flag_bits & _ENCRYPTED:
            said = "The file is protected by a password, so nobody can read it without."
            raise Unreadable("encrypted", said, fix="Take the password off and send it again.")
        try:
            with self._zip.open(entry) as stream:
                return self._unpacked(stream, max(1, entry.compress_size))
        except _BROKEN as exc:
            raise damaged() from exc

    def _unpacked(self, stream: IO[bytes], packed: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            self._left -= len(piece)
            if self._left < 0 or (size > RATIO_FROM and size / packed > MOST_RATIO):
                raise _bomb()
            pieces.append(piece)
        return b"".join(pieces)


def office_format(content: bytes) -> Format | None:
    """The Office format that a ZIP is; None when it is a plain ZIP. Raises as Package does."""
    package = Package(content)
    if not package.has(_TYPES):
        if package.has("mimetype") and package.has("content.xml"):
            said = "The file is an OpenDocument (ODT, ODS, ODP), which is not read here."
            raise Unreadable("unsupported_format", said, fix="Save it as DOCX, XLSX, PPTX or PDF.")
        return None
    first = _FIRST.search(package.read(_TYPES))
    return _MAIN[first[1]] if first else None


def damaged() -> Unreadable:
    """The refusal of a file that ends early or whose parts do not fit together."""
    said = "The file is damaged or incomplete, so it cannot be read."
    return Unreadable("damaged_file", said, fix="Open it yourself, save it anew and send that.")


def _bomb() -> Unreadable:
    limits = f"{MOST_UNPACKED // 1_000_000} MB, or {MOST_RATIO} times its size"
    said = f"The file unpacks to more than is opened here ({limits})."
    return Unreadable("bomb", said, fix="Send the documents by themselves.")
