"""Syncs in PostgreSQL: one function per query of `queries.sql`, same names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.pull import Fetched
from kit.db import Tx, json
from kit.paging import Place
from kit.sql import Queries
from webhooks.sync.model import Claimed, Counts, Seen, Sync

_sql = Queries("webhooks.sync")


class Due(msgspec.Struct, frozen=True):
    """A connection whose schedule has come: for everything (`full`), or for what changed (`part`)."""

    id: UUID
    company_id: UUID
    source: str
    watermark: datetime | None
    full: bool | None
    part: bool


class Ended(msgspec.Struct, frozen=True):
    """A sync that was settled just now."""

    id: UUID
    connection_id: UUID
    source: str
    what: str
    dry_run: bool


class Held(msgspec.Struct, frozen=True):
    """A sync that is held: whether somebody wants it cancelled, how often it had to wait since its last page,
    and when that was."""

    cancelling: bool
    tries: int
    moved_at: datetime


class Figures(msgspec.Struct, frozen=True):
    """Syncs by where they are, those that ended in the last hour, and connections that were stopped."""

    waiting: int
    owned: int
    parked: int
    success: int
    failed: int
    stopped: int


class PerRun(msgspec.Struct, frozen=True):
    """The mean of tokens over so many runs; None without any."""

    tokens: float | None
    runs: int


async def insert_sync(tx: Tx, **row: Any) -> bool:
    """Whether it was made; False while another one is going on over the same connection."""
    return await tx.value(_sql["insert_sync"], row) is not None


async def get_sync(tx: Tx, id_: UUID) -> Sync | None:
    """One of the company's."""
    return await tx.one(_sql["get_sync"], {"id": id_}, into=Sync)


async def active_sync(tx: Tx, company_id: UUID, connection_id: UUID) -> UUID | None:
    """The pull that is going on over a connection."""
    params = {"company_id": company_id, "connection_id": connection_id}
    row = await tx.one(_sql["active_sync"], params)
    return None if row is None else row["id"]


async def list_syncs(
    tx: Tx, *, connection_id: UUID | None, status: Sequence[str], after: Place | None, limit: int
) -> list[Sync]:
    """Newest first, those after a place."""
    params = {
        "connection_id": connection_id,
        "status": list(status),
        "place_at": after[0] if after else None,
        "place_id": after[1] if after else None,
        "limit": limit,
    }
    return await tx.all(_sql["list_syncs"], params, into=Sync)


async def counted_lately(tx: Tx, connection_id: UUID) -> bool:
    """Whether a dry run of everything ended well in the last week."""
    return bool(await tx.value(_sql["counted_lately"], {"connection_id": connection_id}))


async def ask_cancel(tx: Tx, id_: UUID) -> bool | None:
    """Whether nobody owns it, so that the caller has to settle it; None when it is over."""
    unowned = await tx.value(_sql["ask_cancel"], {"id": id_})
    return None if unowned is None else bool(unowned)


async def claim_syncs(tx: Tx, owner: UUID, *, limit: int, lease: float) -> list[Claimed]:
    """Due syncs, now this owner's for `lease` seconds."""
    params = {"owner": owner, "limit": limit, "lease": lease}
    return await tx.all(_sql["claim_syncs"], params, into=Claimed)


async def renew_lease(tx: Tx, claimed: Claimed, owner: UUID, lease: float) -> bool | None:
    """Whether somebody wants it cancelled; None when it is no longer this owner's."""
    cancelling = await tx.value(_sql["renew_lease"], _mine(claimed, owner) | {"lease": lease})
    return None if cancelling is None else bool(cancelling)


async def hold_sync(tx: Tx, claimed: Claimed, owner: UUID) -> Held | None:
    """How it stands, its row locked until the transaction ends; None when it is no longer this owner's."""
    return await tx.one(_sql["hold_sync"], _mine(claimed, owner), into=Held)


async def seen_before(tx: Tx, claimed: Claimed, objects: Sequence[str]) -> set[str]:
    """Those of the objects that an earlier page held."""
    params = {"company_id": claimed.company_id, "id": claimed.id, "objects": list(objects)}
    return {row["object"] for row in await tx.all(_sql["seen_before"], params)}


async def role_hashes(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Role -> hash of its revision."""
    return {row["id"]: row["hash"] for row in await tx.all(_sql["role_hashes"], {"ids": list(ids)})}


async def record_page(
    tx: Tx,
    claimed: Claimed,
    seen: list[Seen],
    *,
    counts: Counts,
    fetched: Fetched | None,
) -> None:
    """One page more; without a cursor in it, or without a page at all, it was the last."""
    last = fetched or Fetched(body=b"", content_type="", number=claimed.page)
    params = {
        "company_id": claimed.company_id,
        "id": claimed.id,
        "seen": json(seen),
        "counts": json(counts),
        "cursor": last.cursor,
        "complete": last.cursor is None,
        "lacking": sorted({*claimed.lacking, *last.lacking}),
        "pages": last.pages or claimed.pages,
        "total": claimed.total if last.total is None else last.total,
    }
    await tx.run(_sql["record_page"], params)


async def park_sync(
    tx: Tx,
    claimed: Claimed,
    owner: UUID,
    *,
    waiting: str,
    wait: float,
    tries: int,
    error: dict[str, Any] | None,
) -> bool:
    """Whether it was this owner's to park."""
    params = {"waiting": waiting, "wait": wait, "tries": tries, "error": error and json(error)}
    return await tx.run(_sql["park_sync"], _mine(claimed, owner) | params) == 1


async def settle_sync(
    tx: Tx, company_id: UUID, id_: UUID, status: str, outputs: dict[str, Any], error: dict[str, Any] | None
) -> Ended | None:
    """The sync as far as others are interested; None when it was over before."""
    params = {
        "company_id": company_id,
        "id": id_,
        "status": status,
        "outputs": json(outputs),
        "error": error and json(error),
    }
    return await tx.one(_sql["settle_sync"], params, into=Ended)


async def lock_sync(tx: Tx, id_: UUID) -> bool:
    """Whether there is one that is not over; its row is locked."""
    return await tx.value(_sql["lock_sync"], {"id": id_}) is not None


async def move_watermark(tx: Tx, claimed: Claimed) -> None:
    """To the moment at which this sync began, if it is not later already."""
    params = {
        "company_id": claimed.company_id,
        "connection_id": claimed.connection_id,
        "watermark": claimed.pinned_at,
    }
    await tx.run(_sql["move_watermark"], params)


async def tokens_per_run(tx: Tx, company_id: UUID) -> PerRun:
    """What the company's runs cost lately."""
    found = await tx.one(_sql["tokens_per_run"], {"company_id": company_id}, into=PerRun)
    return found or PerRun(None, 0)


async def due_connections(tx: Tx, limit: int) -> list[Due]:
    """Locked until the transaction ends."""
    return await tx.all(_sql["due_connections"], {"limit": limit}, into=Due)


async def plan_next(tx: Tx, due: Due) -> None:
    """A pull of everything is one of what changed too."""
    params = {"company_id": due.company_id, "id": due.id, "full": bool(due.full)}
    await tx.run(_sql["plan_next"], params)


async def forget_syncs(tx: Tx, days: int, limit: int) -> int:
    """How many were forgotten."""
    return await tx.run(_sql["forget_syncs"], {"days": days, "limit": limit})


async def measure_syncs(tx: Tx) -> Figures:
    """One look at all companies'."""
    return (await tx.all(_sql["measure_syncs"], into=Figures))[0]


def _mine(claimed: Claimed, owner: UUID) -> dict[str, Any]:
    return {
        "id": claimed.id,
        "company_id": claimed.company_id,
        "owner": owner,
        "epoch": claimed.epoch,
    }
