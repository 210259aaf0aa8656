"""Resuming one job: claim (in a transaction), act (in none), record (in another).

204, any other 2xx              done; the token is forgotten and never used again
401, 403                        our API token is no good: the workspace stops, its company is told
408, 425, 429, 5xx, no answer   tried again until the job's time runs out
anything else                   tried again for five minutes, for a job may not be asleep yet; then dead
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit import ids, jobs, log
from kit.db import Db, Tx
from kit.http import Answer, CompanyHttp, HttpFault
from kit.vault import Vault, VaultFault
from kit.waits import seconds_after
from pipeline.jobs import EventsLogged
from pipeline.runs import batches, view
from pipeline.runs import store as runs
from pipeline.runs.view import Lens
from webhooks.callbacks.schedule import retry_after
from webhooks.simulations import made_up
from webhooks.waits import store
from webhooks.waits.store import Claimed, Made, Stopped
from webhooks.waits.workspaces import filled

_EXCERPT = 500
_RESUME = "/api/job/resume"
_log = log.get("webhooks.waits")
Verdict = Literal["resumed", "again", "refused", "unknown"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds. A workspace is called once in `pace`. A job that Workato does not know is tried again
    after `unknown_waits` for `unknown_for`; everything else after `waits` until it expires."""

    pace: float = 1.0
    waits: tuple[float, ...] = (5, 15, 60, 300, 600)
    unknown_waits: tuple[float, ...] = (2, 5, 15, 30, 60)
    unknown_for: float = 300
    jitter: float = 0.1
    retry_after_cap: float = 3600
    timeout: float = 20
    lease: float = 30
    margin: float = 1.0
    parallel: int = 20
    look: float = 0.5
    chance: Callable[[], float] = random.random

    def wait(self, meaning: Verdict, attempts: int, asked: float | None) -> float:
        """Seconds until the next try, after `attempts` of them (1 or more)."""
        return seconds_after(
            self.unknown_waits if meaning == "unknown" else self.waits,
            attempts,
            asked,
            longest=self.retry_after_cap,
            jitter=self.jitter,
            chance=self.chance,
        )


class Means(msgspec.Struct, frozen=True):
    """What resuming needs besides the wait. `lens` is how runs are shown to the job."""

    http: CompanyHttp
    vault: Vault
    lens: Lens
    policy: Policy = Policy()


class Told(msgspec.Struct, frozen=True):
    """What came of one try; `refused` is the status with which Workato refused our token."""

    made: Made
    refused: int | None = None


def verdict(status: int) -> Verdict:
    """What Workato's answer means for the wait."""
    if 200 <= status < 300:
        return "resumed"
    if status in (401, 403):
        return "refused"
    return "again" if status in (408, 425, 429) or status >= 500 else "unknown"


async def claim_due(db: Db, owner: UUID, policy: Policy, limit: int) -> list[Claimed]:
    """Waits to be resumed now, one of a workspace at most."""
    async with db.engine() as tx:
        return await store.claim_waits(
            tx, owner, limit=limit, lease=policy.lease, pace=policy.pace, margin=policy.margin
        )


async def act(db: Db, means: Means, claimed: Claimed) -> Told:
    """Call Workato once. Whatever goes wrong is told, not raised."""
    started = time.monotonic()
    left = (claimed.expires_at - datetime.now(UTC)).total_seconds()
    try:
        token, access = means.vault.open(claimed.token), means.vault.open(claimed.access)
        body = msgspec.json.encode(filled(claimed.body, token, await _data(db, means.lens, claimed)))
        headers = {"Authorization": f"Bearer {access}", "Content-Type": "application/json"}
        answer = await means.http.post(
            claimed.address + _RESUME, body, headers, seconds=max(0.1, min(means.policy.timeout, left))
        )
    except VaultFault:
        return _failed(means.policy, claimed, "The stored tokens cannot be read any more.", started)
    except HttpFault as fault:
        return _failed(means.policy, claimed, fault.message, started)
    except Exception:
        # A wait that breaks us must count its tries too, or it would be tried each second.
        _log.exception("wait.broke", wait=ids.show("wait", claimed.id))
        return _failed(means.policy, claimed, "The job could not be resumed.", started)
    return _judged(means.policy, claimed, answer, _excerpt(answer, token, access))


async def _data(db: Db, lens: Lens, claimed: Claimed) -> dict[str, Any]:
    """What the job is told: its run, its batch, or its runs, as the API shows them."""
    async with db.company(claimed.company_id) as tx:
        batch = await runs.batch(tx, claimed.company_id, claimed.batch_id) if claimed.batch_id else None
        rows = [] if batch else await runs.runs(tx, claimed.company_id, claimed.run_ids)
        invented = [] if batch or rows else await made_up.units(tx, claimed.company_id, claimed.run_ids, lens)
    if batch:
        return _plain(batches.shown(batch, lens))
    units = [view.run(row, lens) for row in rows] or invented
    if len(claimed.run_ids) == 1 and units:
        return _plain(units[0])
    failed = [unit for unit in units if unit.status == "failed"]
    status = "failed" if failed or not units else "success"
    return {
        "kind": "runs",
        "status": status,
        "failed": len(failed),
        "results": [_plain(one) for one in units],
    }


def _plain(unit: view.Unit) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(unit)
    return plain


def _failed(policy: Policy, claimed: Claimed, error: str, started: float) -> Told:
    return Told(
        Made(
            outcome="failed",
            status=None,
            error=error,
            answer=None,
            milliseconds=round((time.monotonic() - started) * 1000),
            wait=policy.wait("again", claimed.attempts + 1, None),
        )
    )


def _judged(policy: Policy, claimed: Claimed, answer: Answer, excerpt: str) -> Told:
    meaning = verdict(answer.status)
    tried_for = (datetime.now(UTC) - claimed.tried_since).total_seconds()
    over = meaning == "unknown" and tried_for >= policy.unknown_for
    outcome: store.Outcome = "resumed" if meaning == "resumed" else "dead" if over else "failed"
    made = Made(
        outcome=outcome,
        status=answer.status,
        error=None if meaning == "resumed" else f"Workato answered {answer.status}.",
        answer=excerpt,
        milliseconds=answer.milliseconds,
        wait=policy.wait(meaning, claimed.attempts + 1, retry_after(answer.headers)),
    )
    return Told(made, answer.status if meaning == "refused" else None)


def _excerpt(answer: Answer, *secrets: str) -> str:
    text = answer.body[: 8 * _EXCERPT].decode("utf-8", "replace").replace("\x00", "")
    for secret in secrets:
        text = text.replace(secret, "[hidden]")
    return log.redact(text)[:_EXCERPT]


async def record(db: Db, owner: UUID, claimed: Claimed, told: Told) -> str | None:
    """Write down what came of a try; the wait's new status, or None when it is no longer ours."""
    async with db.engine() as tx:
        status = await store.record_wait_try(tx, owner, claimed, told.made)
        if status is not None and told.refused is not None:
            await _stop(tx, claimed, told.refused)
    _log.info(
        "wait.tried",
        wait=ids.show("wait", claimed.id),
        company=ids.show("company", claimed.company_id),
        outcome=status or "fenced",
        status=told.made.status,
        ms=told.made.milliseconds,
    )
    if status == "dead":
        _log.error("wait.dead", wait=ids.show("wait", claimed.id), error=told.made.error)
    return status


async def _stop(tx: Tx, claimed: Claimed, status: int) -> None:
    detail = f"Workato answered {status} to the API token of the workspace {claimed.data_centre}."
    if not await store.stop_workspace(tx, claimed, Stopped(status, detail, datetime.now(UTC))):
        return
    what = f"Set a new API token with PUT /v1/workspaces/{claimed.data_centre}; the waits then go on."
    error = {"code": "token_refused", "message": detail, "action": {"what": what, "who": "admin"}}
    event_id = await store.log_event(tx, claimed.company_id, "workspace.stopped", {"error": error})
    await jobs.put(tx, claimed.company_id, EventsLogged(event_ids=[event_id]))
