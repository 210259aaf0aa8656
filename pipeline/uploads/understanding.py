"""From a file's bytes to a clean text with its kind and quality: CPU work for a process of its own."""

from __future__ import annotations

from uuid import UUID

from adapters.files.model import Member, ReadFile
from adapters.files.reading import read
from adapters.model import Problem, Unreadable
from kit import log
from kit.apart import Apart, BrokeDown, TookTooLong
from kit.errors import Invalid, Refused
from pipeline.records import documents, quality
from pipeline.records.quality import Quality
from pipeline.records.reading import Kind
from pipeline.uploads import naming
from pipeline.uploads.model import Understood

SECONDS = 15
TOO_HEAVY = "too_heavy"
_log = log.get("pipeline.uploads")
_SURE = 0.5


def understand(name: str, content: bytes, declared: Kind | None) -> Understood | list[Member]:
    """Read, clean and judge a file; `declared` is the kind that its giver says it is. Raises Unreadable."""
    found = read(name, content)
    if isinstance(found, list):
        return found
    try:
        clean = documents.read("other", None, found.text, found.html)
    except Invalid as exc:
        if "no words" in exc.detail or "with words" in exc.detail:
            fix = "Send one with text in it."
            raise Unreadable("no_words", "The file has no words in it.", fix=fix) from exc
        raise Unreadable("text_too_large", exc.detail) from exc
    kind, because, its = _kind(name, found, clean.text, declared)
    return Understood(found.format, kind, because, clean.text, clean.html, its, found.warnings)


def helper() -> Apart:
    """The process in which files are read."""
    return Apart(seconds=SECONDS, knows=__name__)


async def understood(
    apart: Apart, name: str, content: bytes, declared: Kind | None, *, of: UUID | None = None
) -> Understood | list[Member] | Problem:
    """The same in the helper process, where the company `of` takes only some of the places; what cannot be
    read is a Problem. Raises TooMany, Overloaded."""
    try:
        return await apart.do(understand, name, content, declared, of=of)
    except Unreadable as exc:
        return Problem(exc.code, exc.detail)
    except Refused:
        raise
    except TookTooLong:
        return Problem(
            "took_too_long",
            f"Reading the file took over {SECONDS} seconds. Split it, or save it as plain text.",
        )
    except BrokeDown:
        return Problem(
            TOO_HEAVY, "Reading the file takes more memory than it may. Split it, or save it as plain text."
        )
    except Exception as exc:
        return _stumbled(exc)


def _stumbled(exc: Exception) -> Problem:
    """A file that our own code cannot cope with is refused like a damaged one, and the operator is told."""
    _log.error("upload.unread", exc_info=exc)
    return Problem(
        "damaged_file", "The file could not be read. Open it yourself, save it anew and send that."
    )


def _kind(name: str, found: ReadFile, text: str, declared: Kind | None) -> tuple[Kind, str, Quality]:
    """The kind, the evidence for it, and the quality of the text as one of that kind."""
    told = naming.kind_told(name)
    if declared is not None:
        return declared, "it was given as one", quality.of(declared, text)
    if told is not None:
        return told, "its name says so", quality.of(told, text)
    if found.format == "bpmn":
        return "process_map", "it is a BPMN process", quality.of("process_map", text)
    its = quality.of("job_description", text)
    if its.guess in ("process_map", "sop") and its.p_jd < _SURE:
        kind: Kind = "process_map" if its.guess == "process_map" else "sop"
        return kind, "it reads like one", quality.of(kind, text)
    sure = its.p_jd >= _SURE
    return "job_description", "it reads like one" if sure else "nothing says otherwise", its
