"""Waits: Workato jobs that sleep until their runs are over. Resuming them is in `resuming.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from control import audit
from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from kit.vault import Vault
from webhooks.waits import store, workspaces
from webhooks.waits.store import Wait, WaitStatus, WaitTry

MOST_OPEN = 10_000
_LONGEST_TOKEN = 4_000
_LONGEST = timedelta(days=61)


class Suspended(msgspec.Struct, frozen=True, kw_only=True):
    """What Workato gives a job that suspends itself. `data_centre` may be left out when the company has set
    one workspace only."""

    resume_token: str
    expires_at: datetime | None = None
    data_centre: str = ""


class Page(msgspec.Struct, frozen=True):
    """Waits, newest first, and the `before` of the next page (None on the last one)."""

    waits: list[Wait]
    next: UUID | None


async def register(
    tx: Tx,
    caller: Caller,
    vault: Vault,
    given: Suspended,
    *,
    run_ids: Sequence[UUID] = (),
    batch_id: UUID | None = None,
) -> tuple[Wait, bool]:
    """The wait for these runs (or those of a batch), and whether it is new: the same token again gets the
    wait that it has. Jobs whose runs are over are resumed at once. Raises NotFound, Invalid, Conflict."""
    runs = await _runs(tx, caller.company_id, run_ids, batch_id)
    expires_at = _checked(given)
    data_centre = await workspaces.meant(tx, caller.company_id, given.data_centre)
    if await store.count_waits(tx, caller.company_id) >= MOST_OPEN:
        raise TooMany(f"The company has {MOST_OPEN} open waits, which is the limit.", retry_after=60)
    token_hash = hashlib.sha256(given.resume_token.encode()).digest()
    new = await store.insert_wait(
        tx,
        id=ids.new(),
        company_id=caller.company_id,
        run_ids=runs,
        batch_id=batch_id,
        data_centre=data_centre,
        token=vault.seal(given.resume_token),
        token_hash=token_hash,
        expires_at=expires_at,
    )
    found = await store.wait_of_token(tx, caller.company_id, token_hash)
    wait = await one(tx, caller.company_id, found) if found else None
    same = wait is not None and (wait.batch_id == batch_id if batch_id else set(wait.run_ids) == set(runs))
    if wait is None or not same:
        raise Conflict(
            "This resume_token is registered with another run already.",
            code="token_in_use",
            action="Suspend the job anew for another run; a token wakes one job once.",
        )
    if new:
        await audit.record(tx, caller, "wait.registered", ids.show("wait", wait.id))
    return wait, new


async def get(tx: Tx, caller: Caller, id_: UUID) -> tuple[Wait, list[WaitTry]]:
    """A wait with each of its tries. Raises NotFound."""
    require(caller, "runs:read")
    wait = await one(tx, caller.company_id, id_)
    return wait, await store.list_tries(tx, caller.company_id, [id_])


async def listing(
    tx: Tx,
    caller: Caller,
    *,
    limit: int = 100,
    run_id: UUID | None = None,
    status: Sequence[WaitStatus] = (),
    before: UUID | None = None,
) -> Page:
    """The company's waits, or those for one run."""
    require(caller, "runs:read")
    found = await store.list_waits(
        tx, caller.company_id, limit=limit + 1, run_id=run_id, status=status, before=before
    )
    shown = found[:limit]
    return Page(shown, shown[-1].id if len(found) > limit else None)


async def one(tx: Tx, company_id: UUID, id_: UUID) -> Wait:
    """One of the company's. Raises NotFound."""
    found = await store.list_waits(tx, company_id, limit=1, id_=id_)
    if not found:
        raise NotFound(f"There is no wait {ids.show('wait', id_)}.")
    return found[0]


async def _runs(tx: Tx, company_id: UUID, run_ids: Sequence[UUID], batch_id: UUID | None) -> list[UUID]:
    if batch_id is not None:
        runs = await store.runs_of_batch(tx, company_id, batch_id)
        if not runs:
            raise NotFound(f"There is no batch with runs {ids.show('batch', batch_id)}.")
        return runs
    wanted = list(dict.fromkeys(run_ids))
    known = await store.known_runs(tx, company_id, wanted)
    for id_ in wanted:
        if id_ not in known:
            raise NotFound(f"There is no run with the id {ids.show('run', id_)}.")
    if not wanted:
        raise _invalid("run_ids", "Name the runs to wait for, or their batch.")
    return wanted


def _checked(given: Suspended) -> datetime:
    if not given.resume_token or len(given.resume_token) > _LONGEST_TOKEN:
        raise _invalid("resume_token", "resume_token is needed: what before_suspend is given.")
    if given.expires_at is None:
        raise _invalid("expires_at", "expires_at is needed: what before_suspend is given.")
    at = given.expires_at if given.expires_at.tzinfo else given.expires_at.replace(tzinfo=UTC)
    now = datetime.now(UTC)
    if not now < at <= now + _LONGEST:
        raise _invalid("expires_at", "expires_at has to be ahead, and at most 60 days from now.")
    return at.astimezone(UTC)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(
        message, code="wait_invalid", errors=[FieldError(field, message)], action=f"Correct {field}."
    )
