"""What reading a file gives, and what it may cost."""

from __future__ import annotations

from typing import Literal

import msgspec

from adapters.model import Problem

Format = Literal["pdf", "docx", "xlsx", "pptx", "html", "md", "txt", "bpmn", "zip"]
LABELS: dict[Format, str] = {
    "pdf": "PDF",
    "docx": "Word document (DOCX)",
    "xlsx": "Excel workbook (XLSX)",
    "pptx": "PowerPoint presentation (PPTX)",
    "html": "HTML page",
    "md": "Markdown text",
    "txt": "plain text",
    "bpmn": "BPMN process",
    "zip": "ZIP",
}
READABLE = "PDF, DOCX, XLSX, PPTX, HTML, MD, TXT, BPMN or a ZIP of them"
MOST_PAGES = 500
MOST_CELLS = 100_000
MOST_MEMBERS = 500
MOST_ENTRIES = 10_000
"""Entries in the directory of a ZIP or of an Office file, pictures and all."""
MOST_UNPACKED = 100_000_000
"""Bytes that one file may unpack to, in all that is read of it."""
MOST_RATIO = 200
"""How many times larger than packed an entry over RATIO_FROM bytes may become; texts reach twenty."""
RATIO_FROM = 5_000_000


class ReadFile(msgspec.Struct, frozen=True):
    """A file that was read: either `html` (not cleaned yet) or `text`; `warnings` say what is missing."""

    format: Format
    text: str | None = None
    html: str | None = None
    warnings: tuple[Problem, ...] = ()


class Member(msgspec.Struct, frozen=True):
    """A file inside a ZIP: its name, and its bytes or the reason why there are none."""

    name: str
    content: bytes = b""
    problem: Problem | None = None
