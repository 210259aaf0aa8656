"""Text as every adapter keeps it: titles, plain texts, rich texts, dates and truth values.

All functions are pure and bounded: no text costs more than a fixed time per character, whatever is in it.
"""

from __future__ import annotations

import datetime
import html
import re
import unicodedata
from functools import lru_cache

from adapters.markup import TAG, clean_html, html_text
from adapters.model import Problem, RichText

TEXT_LIMIT = 1_048_576  # characters, Workday's documented limit for rich text
_CACHED_LENGTH = 16_384  # longer texts hardly repeat and would make the cache heavy

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
# Joiners shape Arabic and Indic letters and emoji; beside Latin letters or spaces they are only debris.
_STRAY_JOINER = re.compile("(?:^|(?<=[\x00-\u02ff\\s]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\u02ff\\s]|$)")
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_UNMARKED = re.compile(r"[ -%'-;=?-~\n]*")  # printable ASCII without & < >: nothing to clean
_PARAGRAPH, _LINE = "\n\n", "\n"
_GAPS = re.compile(r"\n{3,}")
_DATE = re.compile(r"\s*([0-9]{4})-([0-9]{2})-([0-9]{2})(?=$|[TZ\s+-])")
_TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "y": True,
    "0": False,
    "false": False,
    "no": False,
    "n": False,
}
_ESCAPED_DOCUMENT = re.compile(
    r"\s*<(p|div|span|ul|ol|table|h[1-6]|br|b|strong|html|body)\b[^<>]*>.*</?[a-z][a-z0-9]*\s*/?>\s*",
    re.IGNORECASE | re.DOTALL,
)


class TextTooLarge(ValueError):
    """A text above TEXT_LIMIT characters; `problem(field)` is what its item is told."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"The text has {length:,} characters; at most {TEXT_LIMIT:,} are taken. Shorten it at the source."
        )

    def problem(self, field: str | None = None) -> Problem:
        """The reason as a Problem of one field."""
        return Problem("text_too_large", str(self), field)


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, which no database or UTF-8 document can hold."""
    return text if text.isascii() and text.isprintable() else _UNSTORABLE.sub("", text)


def plain(text: str | None) -> str | None:
    """A title or name on one line: NFC, no control, bidi or zero-width characters, single spaces."""
    if not text:
        return None
    cleaned = text if text.isascii() and text.isprintable() else _readable(text)
    return " ".join(cleaned.split()) or None


def lines(text: str | None) -> str | None:
    """A plain text that may have lines and paragraphs: cleaned like `plain`, its line ends kept.

    Raises TextTooLarge.
    """
    if text and len(text) > TEXT_LIMIT:
        raise TextTooLarge(len(text))
    cleaned = _tidy(_readable(text)) if text else ""
    return cleaned or None


def rich_text(raw: str | None) -> RichText | None:
    """HTML or plain text as `RichText`; None when nothing readable is in it.

    Plain text stays as it is (`2 < 3 & 5 > 4`). HTML that was escaped twice is unescaped once more, only
    when the whole text is such markup. Raises TextTooLarge.
    """
    if not raw or raw.isspace():
        return None
    if len(raw) > TEXT_LIMIT:
        raise TextTooLarge(len(raw))
    return _cached(raw) if len(raw) <= _CACHED_LENGTH else _rich(raw)


def calendar_date(text: object) -> str | None:
    """The calendar date `YYYY-MM-DD` at the start of a date or date-time; its offset never shifts the day.

    None for anything else, for days that do not exist and for the year 0.
    """
    found = _DATE.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def boolean(value: object) -> bool | None:
    """True or False for 1, 0, true, false, yes, no in any case, as text or value; else None (not said)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _TRUTH.get(value.strip().lower())
    return bool(value) if value in (0, 1) else None


def _rich(raw: str) -> RichText | None:
    lined = raw.replace("\r\n", "\n")
    if _UNMARKED.fullmatch(lined):
        text = _tidy(lined)
        safe = text.replace(_PARAGRAPH, "</p><p>").replace(_LINE, "<br>")
        return RichText(raw, f"<p>{safe}</p>", text)
    source = _visible(raw)
    if not TAG.search(source):
        source = html.unescape(source)
        if not _ESCAPED_DOCUMENT.fullmatch(source):
            return _from_plain(raw, source)
    safe = clean_html(source)
    text = _readable(html_text(safe)).strip()  # again: references such as &#8203; are characters now
    return RichText(storable(raw), unicodedata.normalize("NFC", safe), text) if text else None


def _from_plain(raw: str, source: str) -> RichText | None:
    text = _tidy(_readable(source))
    if not text:
        return None
    safe = html.escape(text, quote=False).replace(_PARAGRAPH, "</p><p>").replace(_LINE, "<br>")
    return RichText(storable(raw), f"<p>{safe}</p>", text)


_cached = lru_cache(maxsize=512)(_rich)


def _readable(text: str) -> str:
    text = _visible(text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _visible(text: str) -> str:
    if text.replace("\n", "").isprintable():  # so there is nothing of what is looked for below
        return text
    text = _OTHER_LINE_ENDS.sub("\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    if "\u200d" in text or "\u200c" in text:
        text = _STRAY_JOINER.sub("", text)
    return _REMOVED.sub("", text)


def _tidy(text: str) -> str:
    return _GAPS.sub("\n\n", "\n".join(map(_tidy_line, text.split("\n")))).strip()


def _tidy_line(line: str) -> str:
    words = " ".join(line.split())
    return " " * (len(line) - len(line.lstrip())) + words if words else ""
