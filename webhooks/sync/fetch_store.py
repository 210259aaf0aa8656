"""Objects that events named and that wait to be fetched, in PostgreSQL: one function per query of
`fetches.sql`, same names."""

from __future__ import annotations

from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries

_sql = Queries("webhooks.sync", "fetches.sql")


class Waiting(msgspec.Struct, frozen=True):
    """Fetches of one company and source that are due, and the connection there is for them. `dated` are those
    of a slice that begins today."""

    company_id: UUID
    source: str
    fetches: list[UUID]
    objects: list[str]
    dated: list[UUID]
    connection_id: UUID | None
    connection_status: str | None


class Kept(msgspec.Struct, frozen=True):
    """A payload that can be read again for one object."""

    id: UUID
    object: str
    source_event_id: UUID
    source: str
    content_type: str | None
    body: bytes


async def due_fetches(tx: Tx, limit: int) -> list[Waiting]:
    """Locked until the transaction ends; without those whose connection is fetching others just now."""
    return await tx.all(_sql["due_fetches"], {"limit": limit}, into=Waiting)


async def begin_fetches(tx: Tx, company_id: UUID, fetches: list[UUID], sync_id: UUID | None) -> None:
    """They are what this sync fetches, or what is read again."""
    params = {"company_id": company_id, "fetches": fetches, "sync_id": sync_id}
    await tx.run(_sql["begin_fetches"], params)


async def slice_sources(tx: Tx, fetches: list[UUID]) -> list[Kept]:
    """What can be read again for them."""
    return await tx.all(_sql["slice_sources"], {"fetches": fetches}, into=Kept)


async def end_fetch(tx: Tx, id_: UUID, detail: str | None) -> None:
    """Without a detail it was read again."""
    await tx.run(_sql["end_fetch"], {"id": id_, "detail": detail})


async def end_fetches(tx: Tx, company_id: UUID, sync_id: UUID, error: str | None) -> None:
    """The sync that fetched them is over; without an error each was met or was not."""
    await tx.run(_sql["end_fetches"], {"company_id": company_id, "sync_id": sync_id, "error": error})


async def refuse_fetches(tx: Tx, company_id: UUID, fetches: list[UUID], detail: str) -> None:
    """Nobody can fetch them."""
    params = {"company_id": company_id, "fetches": fetches, "detail": detail}
    await tx.run(_sql["refuse_fetches"], params)


async def forget_fetches(tx: Tx, days: int, limit: int) -> int:
    """How many were forgotten."""
    return await tx.run(_sql["forget_fetches"], {"days": days, "limit": limit})
