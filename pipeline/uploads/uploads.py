"""Uploads: a file taken at once or in parts, a ZIP unpacked into files that are read one by one, and the
answer of the person who was asked whose a file is."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import get_args
from uuid import UUID

import msgspec

from adapters.files.model import Member
from adapters.model import Problem
from control import audit
from control.access import Caller
from kit import ids
from kit.apart import Apart
from kit.db import Db, Tx
from kit.errors import Action, Conflict, Invalid, NotFound, Refused, TooLarge, TooMany
from pipeline.records import documents, quality
from pipeline.uploads import naming, settling, store
from pipeline.uploads.model import Understood, UploadRow, Wish
from pipeline.uploads.store import Fresh
from pipeline.uploads.understanding import TOO_HEAVY, understood

MOST_PART = 16_777_216
MOST_OPEN = 50
MOST_WAITING = 2_000
_MOST_TRIES = 3


async def read(
    db: Db, apart: Apart, caller: Caller, name: str, content: bytes, wish: Wish
) -> Understood | list[Member] | Problem:
    """What is in a file, with no transaction open. Raises NotFound for a document to be replaced that is not
    there, TooMany, Overloaded."""
    declared = wish.kind
    if wish.replaces is not None:
        async with db.company(caller.company_id) as tx:
            declared = (await documents.get(tx, caller.company_id, wish.replaces)).kind
    return await understood(apart, name, content, declared, of=caller.company_id)


async def take(
    tx: Tx, caller: Caller, name: str, content: bytes, wish: Wish, found: Understood | list[Member] | Problem
) -> tuple[UUID, list[int]]:
    """Keep a whole file as what was found in it; its id, and the jobs to ring for. Raises as settling."""
    row = Fresh(id=ids.new(), name=name, size=len(content), status="waiting", wish=wish)
    await store.insert(tx, caller, [row])
    return row.id, await finish(tx, caller, await store.get(tx, caller.company_id, row.id), content, found)


async def finish(
    tx: Tx, caller: Caller, row: UploadRow, content: bytes, found: Understood | list[Member] | Problem
) -> list[int]:
    """Write down what became of a file that is there already; the jobs to ring for. Raises Invalid for a ZIP
    in the place of one document."""
    if isinstance(found, list):
        _check_zip(row)
        await _unpack(tx, caller, row, content, found)
        return []
    if isinstance(found, Problem):
        await store.settle(tx, row, content, found, None)
        return []
    settled = await settling.settle(tx, caller, row.name, row.wish, found)
    await store.settle(tx, row, content, found, settled)
    return settled.jobs


def _check_zip(row: UploadRow) -> None:
    if row.parent_id is not None:
        said = "A ZIP inside a ZIP is not opened. Send it by itself, or unpack it first."
        raise Invalid(said, code="nested_zip")
    if row.wish.replaces is not None:
        raise Invalid("A ZIP cannot replace one document. Send the document itself.", code="zip_replaces")


async def begin(tx: Tx, caller: Caller, name: str, wish: Wish) -> UUID:
    """A file that will come in parts. Raises TooMany when the company has MOST_OPEN of them."""
    if (await store.open_ones(tx, caller.company_id)).receiving >= MOST_OPEN:
        raise TooMany(
            f"{MOST_OPEN} uploads are open already.",
            action=Action("Commit or delete some of them: GET /v1/uploads?status=receiving."),
            retry_after=60,
        )
    row = Fresh(id=ids.new(), name=name, size=0, status="receiving", wish=wish)
    await store.insert(tx, caller, [row])
    return row.id


async def put(tx: Tx, row: UploadRow, first: int, body: bytes, most: int) -> None:
    """Take the part that begins at byte `first` of a held upload. The same part again changes nothing. Raises
    Conflict `wrong_range` for any other part than the next one, TooLarge over `most` bytes in all."""
    if row.status != "receiving":
        raise Conflict("The upload is complete; it takes no more parts.", code="upload_complete")
    if first != row.size:
        if await store.part_of(tx, row, first) == body:
            return
        raise Conflict(
            f"The next part has to begin at byte {row.size}, this one begins at {first}.",
            code="wrong_range",
            action=Action(f"Send the file from byte {row.size} on."),
            extra={"received": row.size},
        )
    if first + len(body) > most:
        raise TooLarge(
            f"The file would be over {most} bytes, the most an upload may have.", action="Split it."
        )
    await store.add_part(tx, row, first, body)


async def link(tx: Tx, caller: Caller, id_: UUID, wish: Wish) -> list[int]:
    """A person says whose a file is that was read; the jobs to ring for. Raises NotFound, Conflict for one
    that is not asked about, Invalid when nothing was said."""
    row = await store.held(tx, caller.company_id, id_)
    texts = await store.texts(tx, row)
    if row.status != "asks" or texts is None or row.kind is None or row.format is None:
        raise Conflict(
            "Nobody is asked about this upload any more.", code="not_asked", action="Look at it again."
        )
    if not (wish.role_ids or wish.role or wish.company_wide):
        raise Invalid("Say which roles the file is about, or that it is for the whole company.")
    kind = wish.kind or row.kind
    its = await asyncio.to_thread(quality.of, kind, texts.text)
    because = "a person said so" if wish.kind else row.kind_because or ""
    known = {"same_text", *get_args(quality.Code)}  # these are found anew
    kept = tuple(one for one in row.warnings if one.code not in known)
    found = Understood(row.format, kind, because, texts.text, texts.html, its, kept)
    title = wish.title or row.wish.title
    settled = await settling.settle(tx, caller, row.name, msgspec.structs.replace(wish, title=title), found)
    if settled.status == "asks":
        raise Invalid(
            f"No role, or more than one, is meant by {(wish.role or '')[:80]!r}.", action="Name its code."
        )
    await store.settle(tx, row, None, found, settled)
    await audit.record(tx, caller, "upload.linked", ids.show("upl", id_), detail={"kind": kind})
    return settled.jobs


async def forget(tx: Tx, caller: Caller, id_: UUID) -> None:
    """Drop an upload with what was not made a document of. Raises NotFound."""
    row = await store.get(tx, caller.company_id, id_)
    await store.delete(tx, caller.company_id, id_)
    await audit.record(tx, caller, "upload.deleted", ids.show("upl", id_), detail={"name": row.name[:100]})


async def read_next(db: Db, apart: Apart) -> list[int] | None:
    """Read the file of a ZIP that has waited longest; the jobs to ring for, None when none waits. What passes
    (TooMany, Overloaded) is raised, and the file waits on."""
    async with db.engine() as tx:
        claimed = await store.claim(tx)
    if claimed is None:
        return None
    try:
        return await _read_claimed(db, apart, claimed)
    except NotFound:
        return []  # somebody dropped it meanwhile
    except Refused:
        async with db.company(claimed.company_id) as tx:
            await store.give_back(tx, claimed)
        raise


async def _read_claimed(db: Db, apart: Apart, claimed: store.Claimed) -> list[int]:
    async with db.company(claimed.company_id) as tx:
        row = await store.get(tx, claimed.company_id, claimed.id)
        content = await store.whole(tx, row)
    caller = Caller(row.by_kind, row.company_id, row.by_id, row.by_name, frozenset())
    found: Understood | list[Member] | Problem
    if row.tries > _MOST_TRIES:
        found = Problem("unreadable", "The file could not be read in three tries. Send it by itself.")
    else:
        found = await read(db, apart, caller, row.name, content, row.wish)
    if isinstance(found, Problem) and found.code == TOO_HEAVY and row.tries < _MOST_TRIES:
        return []  # the machine may have been short of memory; it is claimed again when its lease is over
    try:
        return await _finish_waiting(db, caller, row, content, found)
    except Refused as refused:
        if refused.passing:
            raise
        return await _finish_waiting(db, caller, row, content, Problem(refused.code, refused.detail))


async def _finish_waiting(
    db: Db, caller: Caller, row: UploadRow, content: bytes, found: Understood | list[Member] | Problem
) -> list[int]:
    async with db.company(row.company_id) as tx:
        held = await store.held(tx, row.company_id, row.id)
        return await finish(tx, caller, held, content, found) if held.status == "waiting" else []


async def _unpack(tx: Tx, caller: Caller, row: UploadRow, content: bytes, members: list[Member]) -> None:
    if (await store.open_ones(tx, caller.company_id)).waiting + len(members) > MOST_WAITING:
        raise TooMany(
            f"Over {MOST_WAITING} files of ZIPs would wait to be read.",
            action=Action("Send it again when those that wait are read."),
            retry_after=60,
        )
    readable = Counter(_title(member) for member in members if not member.problem)
    files = [
        Fresh(
            id=ids.new(),
            parent_id=row.id,
            name=member.name,
            size=len(member.content),
            status="refused" if member.problem else "waiting",
            problem=member.problem,
            # Files that are called the same would be versions of one document.
            wish=msgspec.structs.replace(
                row.wish, title=member.name if readable[_title(member)] > 1 else None
            ),
            body=None if member.problem else member.content,
        )
        for member in members
    ]
    await store.insert(tx, caller, files)
    await store.unpacked(tx, row, content)


def _title(member: Member) -> str:
    return naming.title_of(member.name).casefold()
