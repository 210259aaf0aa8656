"""Rows of roles, documents and source events as the deciding code sees them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.model import Part
from kit.db import Tx, json
from kit.ids import new as new_id
from kit.sql import Queries
from pipeline.records.model import REQUIRED, Received

sql = Queries("pipeline.records")


class Held(msgspec.Struct, frozen=True):
    """A current document of a role, without its text."""

    id: UUID
    kind: str
    origin: str
    sha256: str
    version: int
    title: str = ""


class Standing(msgspec.Struct, frozen=True):
    """Where a role stands before something is decided about it."""

    id: UUID
    source: str
    source_id: str
    title: str
    code: str | None
    state: str
    status: str
    visible: bool
    published: bool
    revision: int
    revision_hash: str
    mapping_version: str
    record: dict[str, Any]
    priority: str
    family: str | None
    last_run_id: UUID | None
    identities: dict[str, str]
    documents: list[Held]
    active_id: UUID | None
    active_started: bool
    active_stages: list[str] | None
    follower_id: UUID | None
    follower_stages: list[str] | None
    last_status: str | None
    last_error: str | None


class Policy(msgspec.Struct, frozen=True):
    """When profiles of a source push themselves; the default for webhooks is `new`."""

    mode: str = "new"
    filters: dict[str, Any] = {}
    daily_cap: int | None = None
    pushed_today: int = 0
    required: list[str] | None = None

    def complete(self, documents: Iterable[Held]) -> bool:
        """Whether a role with these documents may be pushed."""
        required = self.required or REQUIRED
        return any(document.kind in required for document in documents)


class Seen(msgspec.Struct, frozen=True):
    """A source event that was recorded before under the same event key."""

    id: UUID
    status: str
    shape: str | None
    items: list[dict[str, Any]]
    warnings: list[Any]
    accepted: int
    rejected: int
    received_at: datetime
    body_sha256: str


async def lock_identities(tx: Tx, company_id: UUID, keys: list[str]) -> None:
    """Hold the identities (`source:kind:value`) until the transaction ends."""
    await tx.run(sql["lock_identities"], {"company_id": str(company_id), "keys": keys})


async def lock_roles(tx: Tx, ids: list[UUID]) -> None:
    """Hold the role rows, then those of their runs that have not started, until the transaction ends."""
    await tx.run(sql["lock_roles"], {"ids": ids})
    await tx.run(sql["lock_waiting_runs"], {"ids": ids})


async def roles_of_identities(tx: Tx, company_id: UUID, identities: list[dict[str, str]]) -> dict[str, UUID]:
    """`source:kind:value` -> role."""
    params = {"company_id": company_id, "identities": json(identities)}
    rows = await tx.all(sql["roles_of_identities"], params)
    return {row["key"]: row["role_id"] for row in rows}


async def standings(tx: Tx, ids: list[UUID]) -> dict[UUID, Standing]:
    """Role -> where it stands."""
    return {row.id: row for row in await tx.all(sql["standings"], {"ids": ids}, into=Standing)}


async def forget_parts(tx: Tx, company_id: UUID, source: str) -> int:
    """How many roles have no parts any more; the next ones to come are taken as they are."""
    return await tx.run(sql["forget_parts"], {"company_id": company_id, "source": source})


async def parts(tx: Tx, ids: list[UUID]) -> dict[UUID, tuple[Part, ...]]:
    """Role -> what each record of its source said last, for roles that are made of several."""
    rows = await tx.all(sql["parts"], {"ids": ids})
    return {row["id"]: msgspec.convert(row["parts"], tuple[Part, ...]) for row in rows}


async def policy(tx: Tx, company_id: UUID, source: str) -> Policy:
    """The company's policy for a source."""
    params = {"company_id": company_id, "source": source}
    return await tx.one(sql["policy"], params, into=Policy) or Policy()


async def required_documents(tx: Tx, company_id: UUID) -> tuple[str, ...]:
    """Kinds of documents of which a role needs at least one."""
    found = await tx.value(sql["required_documents"], {"company_id": company_id})
    return tuple(found or REQUIRED)


async def company_wide(tx: Tx, company_id: UUID) -> list[Held]:
    """The current documents of the company as a whole."""
    return await tx.all(sql["company_wide"], {"company_id": company_id}, into=Held)


async def seen_event(tx: Tx, source: str, event_key: str) -> Seen | None:
    """The first source event with this key."""
    return await tx.one(sql["seen_event"], {"source": source, "event_key": event_key}, into=Seen)


async def write(tx: Tx, company_id: UUID, rows: dict[str, Any], bodies: list[bytes | None]) -> list[int]:
    """Write everything; returns the ids of jobs to ring for after the commit."""
    params = {"company_id": company_id, "rows": json(rows), "bodies": bodies}
    jobs: list[int] = await tx.value(sql["write"], params)
    return jobs


async def queue_fetches(tx: Tx, company_id: UUID, call: Received) -> None:
    """Remember what the call named without its content; what waits already is only asked for once more."""
    named = [{"id": new_id(), "object": one.object, "day": one.day} for one in call.named]
    params = {
        "company_id": company_id,
        "source_event_id": call.id,
        "source": call.source,
        "named": json(named),
    }
    await tx.run(sql["queue_fetches"], params)


async def cancel_waiting(tx: Tx, role_ids: list[UUID], error: dict[str, Any]) -> list[int]:
    """End the runs of archived roles that nobody owns; the ids of jobs to ring for."""
    jobs: list[int] = await tx.value(sql["cancel_waiting"], {"role_ids": role_ids, "error": json(error)})
    return jobs
