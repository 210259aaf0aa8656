"""Rows of uploads, one typed function per named query."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from adapters.files.model import Format
from adapters.model import Problem
from control.access import Caller
from kit import ids
from kit.db import Db, Tx, json
from kit.errors import NotFound
from kit.paging import Place
from kit.sql import Queries
from pipeline.uploads.model import Settled, Status, Texts, Understood, UploadRow, Wish

_sql = Queries("pipeline.uploads")
_LEASE = 60.0


class Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """A row to be made; `body` are bytes that still have to be read."""

    id: UUID
    name: str
    size: int
    status: Status
    wish: Wish = Wish()
    parent_id: UUID | None = None
    sha256: str | None = None
    format: Format | None = None
    problem: Problem | None = None
    body: bytes | None = None


class RoleName(msgspec.Struct, frozen=True):
    """A role by its names."""

    id: UUID
    code: str | None
    title: str


class Same(msgspec.Struct, frozen=True):
    """A document with the same text; without a role it is the company's."""

    document_id: UUID
    role_id: UUID | None
    role_title: str | None


class Open(msgspec.Struct, frozen=True):
    """Files that come in parts, and files of ZIPs that are still to be read."""

    receiving: int
    waiting: int


class Claimed(msgspec.Struct, frozen=True):
    """A file that this process reads now."""

    id: UUID
    company_id: UUID


async def insert(tx: Tx, caller: Caller, rows: list[Fresh]) -> None:
    """Keep uploads, parents before their members."""
    bodies = [row.body for row in rows if row.body is not None]
    numbers = iter(range(1, len(bodies) + 1))
    shown = [
        {
            "id": row.id,
            "parent_id": row.parent_id,
            "name": row.name,
            "size": row.size,
            "sha256": row.sha256,
            "format": row.format,
            "wish": msgspec.to_builtins(row.wish),
            "status": row.status,
            "problem": msgspec.to_builtins(row.problem),
            "n": None if row.body is None else next(numbers),
        }
        for row in rows
    ]
    params = {
        "company_id": caller.company_id,
        "by_kind": caller.kind,
        "by_id": caller.id,
        "by_name": caller.name,
        "rows": json(shown),
        "bodies": bodies,
    }
    await tx.run(_sql["insert_uploads"], params)


async def settle(
    tx: Tx, row: UploadRow, content: bytes | None, found: Understood | Problem, settled: Settled | None
) -> None:
    """Write down what became of a file; its bytes are dropped. `content` None: they were dropped before."""
    read = found if isinstance(found, Understood) else None
    asks = settled is not None and settled.status == "asks"
    params = {
        "id": row.id,
        "company_id": row.company_id,
        "status": settled.status if settled else "refused",
        "size": row.size if content is None else len(content),
        "sha256": row.sha256 if content is None else digest(content),
        "format": read.format if read else row.format,
        "kind": read.kind if read else None,
        "kind_because": read.kind_because if read else None,
        "text": read.text if read and asks else None,
        "html": read.html if read and asks else None,
        "problem": None if read else json(msgspec.to_builtins(found)),
        "warnings": json(msgspec.to_builtins(settled.warnings if settled else [])),
        "suggestions": json(msgspec.to_builtins(settled.suggestions if settled else [])),
        "documents": json(msgspec.to_builtins(settled.documents if settled else [])),
    }
    await tx.run(_sql["settle_upload"], params)
    await tx.run(_sql["drop_parts"], {"company_id": row.company_id, "id": row.id})


async def unpacked(tx: Tx, row: UploadRow, content: bytes) -> None:
    """A ZIP whose files are uploads of their own now."""
    params = {"id": row.id, "company_id": row.company_id, "size": len(content), "sha256": digest(content)}
    await tx.run(_sql["unpack_upload"], params)
    await tx.run(_sql["drop_parts"], {"company_id": row.company_id, "id": row.id})


async def held(tx: Tx, company_id: UUID, id_: UUID) -> UploadRow:
    """One upload with its row locked. Raises NotFound."""
    await tx.run(_sql["lock_upload"], {"company_id": company_id, "id": id_})
    return await get(tx, company_id, id_)


async def get(tx: Tx, company_id: UUID, id_: UUID) -> UploadRow:
    """One upload. Raises NotFound."""
    found = await some(tx, company_id, [id_])
    if not found:
        raise NotFound(f"There is no upload with the id {ids.show('upl', id_)}.")
    return found[0]


async def some(tx: Tx, company_id: UUID, wanted: list[UUID]) -> list[UploadRow]:
    """The company's uploads among `wanted`, in their order there."""
    params = {"company_id": company_id, "ids": wanted}
    by_id = {row.id: row for row in await tx.all(_sql["uploads"], params, into=UploadRow)}
    return [by_id[id_] for id_ in wanted if id_ in by_id]


async def newest(
    tx: Tx,
    company_id: UUID,
    *,
    parent_id: UUID | None,
    members: bool,
    status: list[Status],
    limit: int,
    after: Place | None,
) -> list[UUID]:
    """The uploads that are meant, newest first; `members` takes in the files of ZIPs."""
    params = {
        "company_id": company_id,
        "parent_id": parent_id,
        "members": members,
        "status": status or None,
        "limit": limit,
        "place_at": after[0] if after else None,
        "place_id": after[1] if after else None,
    }
    return [row["id"] for row in await tx.all(_sql["upload_ids"], params)]


async def texts(tx: Tx, row: UploadRow) -> Texts | None:
    """What was read of a file that a person is asked about."""
    return await tx.one(_sql["texts"], {"company_id": row.company_id, "id": row.id}, into=Texts)


async def add_part(tx: Tx, row: UploadRow, first: int, body: bytes) -> None:
    """Keep the next part."""
    await tx.run(_sql["add_part"], {"company_id": row.company_id, "id": row.id, "first": first, "body": body})


async def part_of(tx: Tx, row: UploadRow, first: int) -> bytes | None:
    """The part that begins at a byte, if one does."""
    found = await tx.value(_sql["part_of"], {"company_id": row.company_id, "id": row.id, "first": first})
    return None if found is None else bytes(found)


async def whole(tx: Tx, row: UploadRow) -> bytes:
    """All bytes of a file that waits or came in parts."""
    found = await tx.value(_sql["whole"], {"company_id": row.company_id, "id": row.id})
    return bytes(found or b"")


async def open_ones(tx: Tx, company_id: UUID) -> Open:
    """How many files of a company are on their way."""
    found = await tx.one(_sql["open_uploads"], {"company_id": company_id}, into=Open)
    return found or Open(0, 0)


async def delete(tx: Tx, company_id: UUID, id_: UUID) -> int:
    """Forget an upload and its files; how many there were."""
    return await tx.run(_sql["delete_upload"], {"company_id": company_id, "id": id_})


async def claim(tx: Tx) -> Claimed | None:
    """The next file to be read, of any company (the reader's)."""
    return await tx.one(_sql["claim_upload"], {"lease": _LEASE}, into=Claimed)


async def give_back(tx: Tx, claimed: Claimed) -> None:
    """A file that could not be looked at, and is not to blame: any reader may take it at once."""
    await tx.run(_sql["give_back_upload"], {"company_id": claimed.company_id, "id": claimed.id})


async def forget(db: Db, days: int, step: int = 1_000) -> int:
    """Drop what is older than `days`, and after a day what nobody finished sending."""
    total = 0
    while True:
        async with db.engine() as tx:
            gone: int = await tx.run(_sql["forget_uploads"], {"days": days, "limit": step})
        total += gone
        if gone < step:
            return total


async def role_names(tx: Tx, company_id: UUID) -> list[RoleName]:
    """Every role that is in use."""
    return await tx.all(_sql["role_names"], {"company_id": company_id}, into=RoleName)


async def same_text(tx: Tx, company_id: UUID, sha256: str) -> list[Same]:
    """Current documents with this very text."""
    return await tx.all(_sql["same_text"], {"company_id": company_id, "sha256": sha256}, into=Same)


def digest(content: bytes) -> str:
    """The SHA-256 of bytes as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()
