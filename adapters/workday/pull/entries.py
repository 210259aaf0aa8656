"""The entries of a report, one by one out of JSON that is still arriving, each byte for byte.

A report is one answer however large it is. Only quotes, brackets and backslashes matter for finding where an
entry ends; whether it is good JSON is for the reader to say.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

LONGEST = 16 * 1024 * 1024  # bytes of one entry
_HEAD = re.compile(rb'"Report_Entry"\s*:\s*\[')
_LONGEST_HEAD = 64 * 1024
_MARKS = re.compile(rb'["\\{}\[\]]')
_IN_TEXT = re.compile(rb'["\\]')


class NoEntries(ValueError):
    """The answer has no list `Report_Entry`, or ends within it."""


async def entries(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The objects of the list `Report_Entry`. Raises NoEntries."""
    buffer = await _from_list(chunks)
    scan = _Scan()
    while not scan.over:
        if scan.whole(buffer):
            yield bytes(buffer[scan.start : scan.place])
            del buffer[: scan.place]
            scan = _Scan()
        elif not scan.over:
            if len(buffer) > LONGEST:
                raise NoEntries(f"an entry of the report is longer than {LONGEST:,} bytes")
            piece = await anext(chunks, b"")
            if not piece:
                raise NoEntries("the report ends within its entries")
            buffer += piece


async def _from_list(chunks: AsyncIterator[bytes]) -> bytearray:
    """What comes after `"Report_Entry": [`."""
    buffer = bytearray()
    async for piece in chunks:
        buffer += piece
        found = _HEAD.search(buffer)
        if found:
            return buffer[found.end() :]
        if len(buffer) > _LONGEST_HEAD:
            break
    raise NoEntries("the report has no Report_Entry")


class _Scan:
    """The search for the end of one entry. It goes on where it stopped when more has come."""

    def __init__(self) -> None:
        self.start = 0
        self.place = 0
        self.over = False
        self._depth = 0
        self._in_text = False

    def whole(self, buffer: bytearray) -> bool:
        """Whether an entry stands between `start` and `place`. `over`: the list ended before one began."""
        while (found := (_IN_TEXT if self._in_text else _MARKS).search(buffer, self.place)) is not None:
            mark, self.place = found[0], found.end()
            if mark == b"\\":
                self.place += 1  # what follows stands for itself
            elif mark == b'"':
                self._in_text = not self._in_text
            elif mark in (b"{", b"["):
                self.start = self.start if self._depth else found.start()
                self._depth += 1
            elif self._depth == 0:
                self.over = True
                return False
            else:
                self._depth -= 1
                if self._depth == 0:
                    return True
        self.place = max(self.place, len(buffer))
        return False
