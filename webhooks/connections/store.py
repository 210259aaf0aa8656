"""Connections in PostgreSQL: one function per query of `queries.sql`, same names."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from mappings.model import Mapping

_sql = Queries("webhooks.connections")

_JSON = ("shown", "scope", "columns")
ConnectionStatus = Literal["active", "off", "stopped"]


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which job profiles a company wants: of these families (names or codes) and countries (ISO codes),
    `only_active`. What is empty leaves nothing out."""

    families: list[str] = []
    countries: list[str] = []
    only_active: bool = False


class Stopped(msgspec.Struct, frozen=True):
    """Why a connection was stopped: the kind of thing that is wrong, one sentence, and when."""

    reason: str
    detail: str
    at: datetime


class Tested(msgspec.Struct, frozen=True):
    """What a test said, and when; `count` is how many job profiles can be seen."""

    ok: bool
    detail: str
    reason: str | None
    count: int | None
    at: datetime


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection without its secrets: `shown` is what lets us in, with `[hidden]` in their place."""

    id: UUID
    source: str
    name: str
    status: ConnectionStatus
    stopped: Stopped | None
    shown: dict[str, Any]
    scope: Scope
    excluded: list[str]
    columns: dict[str, str]
    every_minutes: int | None
    full_every_hours: int | None
    next_sync_at: datetime | None
    next_full_at: datetime | None
    vanish_after: int
    expires_at: datetime | None
    watermark: datetime | None
    checked: Tested | None
    created_at: datetime
    updated_at: datetime


class Wish(msgspec.Struct, frozen=True):
    """How a company wants payloads of a source read: what is dropped, what its own columns mean, and the
    mapping it has published (None: the default)."""

    excluded: list[str] = []
    columns: dict[str, str] = {}
    mapping: Mapping | None = None


class Expiring(msgspec.Struct, frozen=True):
    """A connection whose credential ends soon."""

    id: UUID
    company_id: UUID
    source: str
    expires_at: datetime


async def insert_connection(tx: Tx, **row: Any) -> Connection | None:
    """The new row; None when the company has a connection to this source already."""
    params = row | {name: json(row[name]) for name in _JSON}
    return await tx.one(_sql["insert_connection"], params, into=Connection)


async def get_connection(tx: Tx, id_: UUID) -> Connection | None:
    """One, unless it is deleted or another company's."""
    return await tx.one(_sql["get_connection"], {"id": id_}, into=Connection)


async def connection_of(tx: Tx, company_id: UUID, source: str) -> Connection | None:
    """The company's connection to a source."""
    params = {"company_id": company_id, "source": source}
    return await tx.one(_sql["connection_of"], params, into=Connection)


async def list_connections(tx: Tx) -> list[Connection]:
    """All of the company's."""
    return await tx.all(_sql["list_connections"], into=Connection)


async def list_wishes(tx: Tx, company_id: UUID) -> dict[str, Wish]:
    """Source -> how the company wants its payloads read."""
    rows = await tx.all(_sql["list_wishes"], {"company_id": company_id})
    return {row["source"]: Wish(row["excluded"], row["columns"]) for row in rows}


async def lock_access(tx: Tx, id_: UUID) -> str | None:
    """What lets us in, sealed, and the row locked; None when there is no such connection."""
    sealed = await tx.value(_sql["lock_access"], {"id": id_})
    return None if sealed is None else str(sealed)


async def read_access(tx: Tx, id_: UUID) -> str | None:
    """What lets us in, sealed; None when there is no such connection."""
    sealed = await tx.value(_sql["read_access"], {"id": id_})
    return None if sealed is None else str(sealed)


async def keep_access(tx: Tx, id_: UUID, sealed: str) -> None:
    """Sealed settings in place of those before."""
    await tx.run(_sql["keep_access"], {"id": id_, "access": sealed})


async def update_connection(tx: Tx, id_: UUID, **row: Any) -> Connection | None:
    """The connection as it then is."""
    params = row | {"id": id_} | {name: json(row[name]) for name in _JSON}
    return await tx.one(_sql["update_connection"], params, into=Connection)


async def delete_connection(tx: Tx, id_: UUID) -> bool:
    """Whether there was one to delete."""
    return await tx.run(_sql["delete_connection"], {"id": id_}) == 1


async def end_syncs(tx: Tx, company_id: UUID, id_: UUID) -> int:
    """How many syncs of a connection shall end."""
    return await tx.run(_sql["end_syncs"], {"company_id": company_id, "id": id_})


async def revive_fetches(tx: Tx, company_id: UUID, source: str) -> int:
    """How many objects wait to be fetched again."""
    return await tx.run(_sql["revive_fetches"], {"company_id": company_id, "source": source})


async def note_check(tx: Tx, id_: UUID, checked: Tested) -> None:
    """Keep what a test said."""
    await tx.run(_sql["note_check"], {"id": id_, "checked": json(checked)})


async def stop_connection(tx: Tx, company_id: UUID, id_: UUID, stopped: Stopped) -> bool:
    """Whether it was active until now."""
    params = {"company_id": company_id, "id": id_, "stopped": json(stopped)}
    return await tx.run(_sql["stop_connection"], params) == 1


async def take_expiring(tx: Tx, days: int) -> list[Expiring]:
    """Those to be announced; each comes once."""
    return await tx.all(_sql["take_expiring"], {"days": days}, into=Expiring)


async def log_event(tx: Tx, company_id: UUID, type_: str, data: dict[str, Any]) -> int:
    """The number of the event."""
    params = {"company_id": company_id, "type": type_, "data": json(data)}
    return int(await tx.value(_sql["log_event"], params))
