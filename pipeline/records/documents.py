"""Documents by hand: added, replaced by a newer version, retired. Each change is a revision of the role."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from adapters.text import TextTooLarge, lines, plain, rich_text
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from pipeline.records import reading, store
from pipeline.records.quality import Quality
from pipeline.records.reading import DocumentRow, Kind, Origin
from pipeline.records.revising import held_role, revise
from pipeline.records.rows import Rows
from pipeline.records.store import Held

MOST_DOCUMENTS = 100
_TITLES: dict[Kind, str] = {
    "job_description": "Job description",
    "process_map": "Process map",
    "sop": "Standard operating procedure",
    "other": "Document",
}


class Text(msgspec.Struct, frozen=True):
    """A document that was read and cleaned, ready to be kept: `html` is safe to show, None for plain text."""

    kind: Kind
    title: str
    text: str
    html: str | None

    @property
    def sha256(self) -> str:
        """64 hex digits over the text alone: markup is no change."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Added(msgspec.Struct, frozen=True):
    """The document that holds the text now, whether it is new, and what to ring for after the commit."""

    id: UUID
    new: bool
    jobs: list[int]
    version: int


def read(kind: Kind, title: str | None, text: str | None, html: str | None, *, field: str = "") -> Text:
    """Clean a text or HTML. Raises Invalid naming the field (`field` is put before it) when there is
    nothing to read in it, or too much."""
    if bool(text and text.strip()) == bool(html and html.strip()):
        raise _wrong(f"{field}text", "A document needs either text or html, one of the two with words in it.")
    name = f"{field}html" if html and html.strip() else f"{field}text"
    try:
        if name.endswith("text"):
            shown, safe = lines(text), None
        else:
            rich = rich_text(html)
            shown, safe = (rich.text, rich.html) if rich else (None, None)
    except TextTooLarge as exc:
        raise _wrong(name, str(exc)) from exc
    if not shown:
        raise _wrong(name, "The document has no words in it.")
    return Text(kind, plain(title) or _TITLES[kind], shown, safe)


async def add(
    tx: Tx,
    company_id: UUID,
    role_id: UUID,
    text: Text,
    quality: Quality | None = None,
    origin: Origin = "api",
    replaces: UUID | None = None,
) -> Added:
    """Give a role a document; the one that `replaces` names, else one of the same kind and title, is replaced
    by it. The same text again changes nothing. Raises NotFound; Conflict also when the one named is no longer
    in use."""
    role = await held_role(tx, role_id)
    rows = Rows()
    old = _replaced(role.documents, text, replaces)
    if old is not None and old.sha256 == text.sha256:
        return Added(old.id, False, [], old.version)
    if old is None and len(role.documents) >= MOST_DOCUMENTS:
        raise Conflict(
            f"The role has {MOST_DOCUMENTS} documents, which is the most it may have.",
            action=Action("Retire one that is no longer needed."),
        )
    new = place(role_id, text, old, rows, origin, quality)
    documents = [one for one in role.documents if old is None or one.id != old.id]
    required = await store.required_documents(tx, company_id)
    revise(role, rows, documents=[*documents, new], required=required, why="a document changed")
    return Added(new.id, True, await rows.write(tx, company_id), new.version)


async def add_company_wide(
    tx: Tx,
    company_id: UUID,
    text: Text,
    quality: Quality | None = None,
    origin: Origin = "api",
    replaces: UUID | None = None,
) -> Added:
    """Keep a document of the company as a whole; it replaces as `add` does. No role is assessed by it
    until it is given to one. Raises Conflict."""
    await store.lock_identities(tx, company_id, ["company:documents:all"])
    old = _replaced(await store.company_wide(tx, company_id), text, replaces)
    if old is not None and old.sha256 == text.sha256:
        return Added(old.id, False, [], old.version)
    rows = Rows()
    new = place(None, text, old, rows, origin, quality)
    return Added(new.id, True, await rows.write(tx, company_id), new.version)


def place(
    role_id: UUID | None,
    text: Text,
    old: Held | None,
    rows: Rows,
    origin: str = "api",
    quality: Quality | None = None,
) -> Held:
    """Gather the rows of a new document, or of a new version of `old`."""
    new = Held(ids.new(), text.kind, origin, text.sha256, old.version + 1 if old else 1, text.title)
    rows.add(
        "documents",
        id=new.id,
        role_id=role_id,
        kind=new.kind,
        title=new.title,
        version=new.version,
        origin=origin,
        text=text.text,
        html=text.html,
        sha256=new.sha256,
        replaces=old.id if old else None,
        quality=quality,
    )
    if old is not None:
        rows.retire(old.id)
    return new


async def retire(tx: Tx, company_id: UUID, id_: UUID) -> list[int]:
    """Take a document away from its role; it stays readable. Done again it changes nothing. The jobs to
    ring for. Raises NotFound."""
    document = await get(tx, company_id, id_)
    if document.role_id is None:
        rows = Rows()
        rows.retire(id_)
        return await rows.write(tx, company_id)
    role = await held_role(tx, document.role_id)
    left = [one for one in role.documents if one.id != id_]
    if len(left) == len(role.documents):
        return []
    rows = Rows()
    rows.retire(id_)
    required = await store.required_documents(tx, company_id)
    revise(role, rows, documents=left, required=required, why="a document was retired")
    return await rows.write(tx, company_id)


async def get(tx: Tx, company_id: UUID, id_: UUID) -> DocumentRow:
    """One version of a document with its text. Raises NotFound."""
    found = await reading.documents(tx, company_id, [id_], texts=True)
    if not found:
        raise NotFound(f"There is no document with the id {ids.show('doc', id_)}.")
    return found[0]


def _replaced(documents: list[Held], text: Text, named: UUID | None) -> Held | None:
    if named is None:
        return _same_place(documents, text)
    old = next((one for one in documents if one.id == named), None)
    if old is None:
        raise Conflict("This version was replaced or retired already.", action="Replace the version in use.")
    return old


def _same_place(documents: list[Held], text: Text) -> Held | None:
    title = text.title.casefold()
    return next((one for one in documents if one.kind == text.kind and one.title.casefold() == title), None)


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field, message)], action="Correct the named field.")
