"""Mappings of companies in PostgreSQL: one function per query of `queries.sql`, same names."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from mappings.model import Mapping

_sql = Queries("webhooks.mapped")

MappingStatus = Literal["draft", "published", "superseded"]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version without its rules. `edit` counts the changes of a draft; `based_on` is the version it
    began from (0: the default). The default has no times."""

    source: str
    version: int
    status: MappingStatus
    edit: int
    based_on: int
    note: str
    changed_by: str
    published_by: str | None
    created_at: datetime | None
    updated_at: datetime | None
    published_at: datetime | None


class Ruled(Version, frozen=True, kw_only=True):
    """One version with its rules."""

    rules: Mapping


async def published_version(tx: Tx, company_id: UUID) -> dict[str, int]:
    """The published version of each source that has one."""
    rows = await tx.all(_sql["published_version"], {"company_id": company_id})
    return {row["source"]: row["version"] for row in rows}


async def list_mappings(tx: Tx, company_id: UUID, source: str | None = None) -> list[Version]:
    """All versions, of one source or of all, the newest of each source first."""
    return await tx.all(_sql["list_mappings"], {"company_id": company_id, "source": source}, into=Version)


async def get_mapping(tx: Tx, company_id: UUID, source: str, version: int) -> Ruled | None:
    """One version with its rules."""
    params = {"company_id": company_id, "source": source, "version": version}
    return await tx.one(_sql["get_mapping"], params, into=Ruled)


async def lock_source(tx: Tx, company_id: UUID, source: str) -> None:
    """Wait until nobody else changes the mappings of this source."""
    await tx.value(_sql["lock_source"], {"company_id": company_id, "source": source})


async def insert_draft(
    tx: Tx, company_id: UUID, rules: Mapping, *, based_on: int, note: str, changed_by: str
) -> None:
    """A new draft, under the version that its rules name."""
    params = {
        "company_id": company_id,
        "source": rules.source,
        "version": rules.version,
        "rules": json(rules),
        "based_on": based_on,
        "note": note,
        "changed_by": changed_by,
    }
    await tx.run(_sql["insert_draft"], params)


async def save_draft(
    tx: Tx, company_id: UUID, rules: Mapping, *, edit: int, note: str, changed_by: str
) -> bool:
    """Whether the draft was changed; not, when somebody changed it after `edit`."""
    params = {
        "company_id": company_id,
        "source": rules.source,
        "version": rules.version,
        "rules": json(rules),
        "edit": edit,
        "note": note,
        "changed_by": changed_by,
    }
    return await tx.run(_sql["save_draft"], params) == 1


async def delete_draft(tx: Tx, company_id: UUID, source: str, edit: int) -> bool:
    """Whether the draft was thrown away; not, when somebody changed it after `edit`."""
    params = {"company_id": company_id, "source": source, "edit": edit}
    return await tx.run(_sql["delete_draft"], params) == 1


async def supersede(tx: Tx, company_id: UUID, source: str) -> None:
    """No version of the source is published any more."""
    await tx.run(_sql["supersede"], {"company_id": company_id, "source": source})


async def publish(tx: Tx, company_id: UUID, source: str, version: int, by: str) -> None:
    """This version is the published one; the one before must have been superseded."""
    params = {"company_id": company_id, "source": source, "version": version, "published_by": by}
    await tx.run(_sql["publish"], params)


class Payload(msgspec.Struct, frozen=True):
    """A source event and the source ids of the roles that came in it last."""

    id: UUID
    source_ids: list[str]


async def latest_events(tx: Tx, company_id: UUID, source: str) -> list[Payload]:
    """The payloads from which the roles of a source can be read again, each role in one, oldest first."""
    params = {"company_id": company_id, "source": source}
    return await tx.all(_sql["latest_events"], params, into=Payload)


async def stale_roles(tx: Tx, company_id: UUID, source: str, version: int, *, limit: int) -> list[UUID]:
    """Roles that are stale, or will be when their run ends, for this version or one whose plan it overtook,
    in the order of their ids."""
    params = {"company_id": company_id, "source": source, "version": version, "limit": limit}
    return [row["id"] for row in await tx.all(_sql["stale_roles"], params)]


class Kept(msgspec.Struct, frozen=True):
    """A stored payload."""

    id: UUID
    received_at: datetime
    content_type: str | None
    body: bytes


class RoleThere(msgspec.Struct, frozen=True):
    """The role of a job profile."""

    id: UUID
    source_id: str
    state: str
    visible: bool


class Price(msgspec.Struct, frozen=True):
    """What a stage costs for one role: tokens, and millionths of the price table's currency if known."""

    stage: str
    tokens: float
    cost_micros: float | None


async def recent_events(
    tx: Tx, company_id: UUID, source: str, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Kept]:
    """Stored payloads, newest first, from the place `after` on."""
    params = {
        "company_id": company_id,
        "source": source,
        "place_at": after and after[0],
        "place_id": after and after[1],
        "limit": limit,
    }
    return await tx.all(_sql["recent_events"], params, into=Kept)


async def roles_of_profiles(
    tx: Tx, company_id: UUID, source: str, source_ids: list[str]
) -> dict[str, RoleThere]:
    """Source id -> its role, for those that became one."""
    params = {"company_id": company_id, "source": source, "source_ids": source_ids}
    rows = await tx.all(_sql["roles_of_profiles"], params, into=RoleThere)
    return {row.source_id: row for row in rows}


async def price_of_stages(tx: Tx, company_id: UUID) -> dict[str, Price]:
    """Stage -> what it costs for one role, for the stages that asked a model lately."""
    rows = await tx.all(_sql["price_of_stages"], {"company_id": company_id}, into=Price)
    return {row.stage: row for row in rows}
