"""PDF: the text of its pages. One without text was scanned, and is told apart from one that is empty."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError

from adapters.files.model import MOST_PAGES, ReadFile
from adapters.files.packed import damaged
from adapters.model import Problem, Unreadable
from adapters.text import TEXT_LIMIT

_LOOKED_AT = 20
"""Pages without any text after which the rest is not looked at."""
_FEW_LETTERS = 15
_REPEATED = 3
_PAGE_NUMBER = re.compile(r"(?:page\s*)?\d{1,4}(?:\s*(?:/|of|von|de)\s*\d{1,4})?", re.IGNORECASE)
_BROKEN_WORD = re.compile(r"(?<=\w)-\n(?=[a-zà-ÿ])")


def read(content: bytes) -> ReadFile:
    """The text of a PDF. Raises Unreadable: `encrypted`, `scanned`, `too_many_pages`, `text_too_large`,
    `damaged_file`."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _encrypted()
        count = len(reader.pages)
        if count > MOST_PAGES:
            said = f"The PDF has {count:,} pages; {MOST_PAGES} are read."
            raise Unreadable("too_many_pages", said, fix="Send the pages that describe the work.")
        pages = _pages(reader, count)
    except DependencyError as exc:
        raise _encrypted() from exc
    except (Unreadable, MemoryError):
        raise
    except Exception as exc:
        # A broken PDF makes the library stumble in many ways; whatever it is, the file cannot be read.
        raise damaged() from exc
    bare = [number for number, text in enumerate(pages, 1) if len(text.strip()) < _FEW_LETTERS]
    if not pages or len(bare) == len(pages):
        raise _scanned(count)
    text = "\n\n".join(_without_margins(pages))
    return ReadFile("pdf", text=_BROKEN_WORD.sub("-", text), warnings=_missing(bare, count))


def _pages(reader: Any, count: int) -> list[str]:
    pages: list[str] = []
    size = 0
    for number in range(count):
        text = reader.pages[number].extract_text()
        size += len(text)
        if size > TEXT_LIMIT:
            said = f"The PDF has more than {TEXT_LIMIT:,} characters of text."
            raise Unreadable("text_too_large", said, fix="Send the pages that describe the work.")
        pages.append(text)
        if number + 1 == _LOOKED_AT and not any(len(one.strip()) >= _FEW_LETTERS for one in pages):
            break
    return pages


def _without_margins(pages: list[str]) -> list[str]:
    """The pages without page numbers, and without what stands first or last on most of them."""
    lines = [[line for line in page.splitlines() if line.strip()] for page in pages]
    edges = Counter(edge for page in lines for edge in {line.strip() for line in (page[:1] + page[-1:])})
    most = max(_REPEATED, len(pages) // 2 + 1)
    margins = {edge for edge, times in edges.items() if times >= most}
    for page in lines:
        while page and (page[-1].strip() in margins or _PAGE_NUMBER.fullmatch(page[-1].strip())):
            page.pop()
        while page and page[0].strip() in margins:
            page.pop(0)
    return ["\n".join(page) for page in lines]


def _missing(bare: list[int], count: int) -> tuple[Problem, ...]:
    if not bare:
        return ()
    named = ", ".join(map(str, bare[:10])) + (" ..." if len(bare) > 10 else "")
    says = f"{len(bare)} of {count} pages have no text and were left out: {named}."
    return (Problem("pages_without_text", says),)


def _encrypted() -> Unreadable:
    said = "The PDF is protected by a password, so nobody can read it without."
    return Unreadable("encrypted", said, fix="Save a copy without a password and send that.")


def _scanned(count: int) -> Unreadable:
    pages = "Its one page is" if count == 1 else f"Its {count} pages are"
    said = f"The PDF has no text: {pages} a picture, as a scanner makes them."
    return Unreadable("scanned", said, fix="Run text recognition (OCR) over it, or send the original.")
