"""Workspaces and waits in PostgreSQL: one function per query of `queries.sql`, same names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries

_sql = Queries("webhooks.waits")

WaitStatus = Literal["waiting", "sending", "failed", "resumed", "dead", "expired"]
WorkspaceStatus = Literal["active", "stopped", "deleted"]
Outcome = Literal["resumed", "failed", "dead"]


class Stopped(msgspec.Struct, frozen=True):
    """Why and since when a workspace is not called any more; `status` is what Workato answered."""

    status: int
    detail: str
    at: datetime


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """How the jobs of a Workato workspace are resumed; its token stays where it is."""

    data_centre: str
    address: str
    body: dict[str, Any]
    status: WorkspaceStatus
    stopped: Stopped | None
    created_at: datetime
    updated_at: datetime


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A suspended job. `failed` will be tried again at `next_try_at`; resumed, dead and expired are over."""

    id: UUID
    run_ids: list[UUID]
    batch_id: UUID | None
    data_centre: str
    status: WaitStatus
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    expires_at: datetime
    created_at: datetime
    finished_at: datetime | None
    updated_at: datetime
    workspace_status: WorkspaceStatus


class WaitTry(msgspec.Struct, frozen=True, kw_only=True):
    """One call to Workato: its answer's status (None: none came) and beginning."""

    wait_id: UUID
    attempt: int
    at: datetime
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A wait that this process may resume until its lease ends. `token` and `access` are sealed."""

    id: UUID
    company_id: UUID
    data_centre: str
    run_ids: list[UUID]
    batch_id: UUID | None
    token: str
    expires_at: datetime
    tried_since: datetime
    attempts: int
    epoch: int
    address: str
    access: str
    body: dict[str, Any]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one try, for the record. `wait` in seconds, `milliseconds` of the call."""

    outcome: Outcome
    status: int | None
    error: str | None
    answer: str | None
    milliseconds: int
    wait: float = 0.0


async def put_workspace(tx: Tx, **row: Any) -> Workspace:
    """The workspace as it is now: company_id, data_centre, address, token (sealed), body."""
    row |= {"body": json(row["body"])}
    return (await tx.all(_sql["put_workspace"], row, into=Workspace))[0]


async def list_workspaces(tx: Tx, company_id: UUID) -> list[Workspace]:
    """All of the company's."""
    return await tx.all(_sql["list_workspaces"], {"company_id": company_id}, into=Workspace)


async def delete_workspace(tx: Tx, company_id: UUID, data_centre: str) -> int:
    """1, or 0 when there was none."""
    return await tx.run(_sql["delete_workspace"], {"company_id": company_id, "data_centre": data_centre})


async def end_waits(tx: Tx, company_id: UUID, data_centre: str, reason: str) -> int:
    """How many waits of a workspace were given up."""
    params = {"company_id": company_id, "data_centre": data_centre, "reason": reason}
    return await tx.run(_sql["end_waits"], params)


async def insert_wait(tx: Tx, **row: Any) -> bool:
    """Whether the token is new: id, company_id, run_ids, batch_id, data_centre, token (sealed), token_hash,
    expires_at."""
    return await tx.run(_sql["insert_wait"], row) == 1


async def wait_of_token(tx: Tx, company_id: UUID, token_hash: bytes) -> UUID | None:
    """The wait that a token was registered with."""
    found = await tx.value(_sql["wait_of_token"], {"company_id": company_id, "token_hash": token_hash})
    return None if found is None else UUID(str(found))


async def runs_of_batch(tx: Tx, company_id: UUID, batch_id: UUID) -> list[UUID]:
    """The runs that serve a batch; none when there is no such batch."""
    rows = await tx.all(_sql["runs_of_batch"], {"company_id": company_id, "batch_id": batch_id})
    return [row["id"] for row in rows]


async def known_runs(tx: Tx, company_id: UUID, run_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these runs are the company's."""
    rows = await tx.all(_sql["known_runs"], {"company_id": company_id, "run_ids": list(run_ids)})
    return {row["id"] for row in rows}


async def count_waits(tx: Tx, company_id: UUID) -> int:
    """How many are open."""
    return int(await tx.value(_sql["count_waits"], {"company_id": company_id}))


async def list_waits(
    tx: Tx,
    company_id: UUID,
    *,
    limit: int = 100,
    id_: UUID | None = None,
    run_id: UUID | None = None,
    status: Sequence[str] = (),
    before: UUID | None = None,
) -> list[Wait]:
    """Newest first, those older than `before`."""
    params = {
        "company_id": company_id,
        "limit": limit,
        "id": id_,
        "run_id": run_id,
        "status": list(status),
        "before": before,
    }
    return await tx.all(_sql["list_waits"], params, into=Wait)


async def list_tries(tx: Tx, company_id: UUID, wait_ids: Sequence[UUID]) -> list[WaitTry]:
    """In order, wait by wait."""
    params = {"company_id": company_id, "wait_ids": list(wait_ids)}
    return await tx.all(_sql["list_tries"], params, into=WaitTry)


async def claim_waits(
    tx: Tx, owner: UUID, *, limit: int, lease: float, pace: float, margin: float
) -> list[Claimed]:
    """At most one wait of each workspace, now this owner's for `lease` seconds; the workspace is called by
    nobody else for `pace` seconds. Nothing that expires within `margin` seconds is taken."""
    params = {"owner": owner, "limit": limit, "lease": lease, "pace": pace, "margin": margin}
    return await tx.all(_sql["claim_waits"], params, into=Claimed)


async def record_wait_try(tx: Tx, owner: UUID, claimed: Claimed, made: Made) -> str | None:
    """The wait's status after the try; None when it is no longer this owner's."""
    params = msgspec.structs.asdict(made) | {
        "id": claimed.id,
        "company_id": claimed.company_id,
        "epoch": claimed.epoch,
        "owner": owner,
    }
    status = await tx.value(_sql["record_wait_try"], params)
    return None if status is None else str(status)


async def stop_workspace(tx: Tx, claimed: Claimed, stopped: Stopped) -> bool:
    """Whether it was active until now, with the token that was tried."""
    params = {
        "company_id": claimed.company_id,
        "data_centre": claimed.data_centre,
        "access": claimed.access,
        "stopped": json(stopped),
    }
    return await tx.run(_sql["stop_workspace"], params) == 1


async def log_event(tx: Tx, company_id: UUID, kind: str, data: dict[str, Any]) -> int:
    """The number of the event."""
    params = {"company_id": company_id, "type": kind, "data": json(data)}
    return int(await tx.value(_sql["log_event"], params))


async def expire_waits(tx: Tx) -> int:
    """How many waits ended because their time ran out."""
    return await tx.run(_sql["expire_waits"])
