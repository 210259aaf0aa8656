"""The comparer of a process: has the model judge the roles that somebody wants compared, a few at a time and
within the company's budget. Any number of processes may run one: a role belongs to who took it last."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import psycopg
import structlog

from kit.db import Db, json
from kit.errors import Overloaded
from kit.sql import Queries
from pipeline.assessments import asking
from pipeline.assessor.model import Assessor
from pipeline.stages.base import StageFault
from pipeline.stages.model_stage import OFFLINE

if TYPE_CHECKING:
    from pipeline.engine.budgets import Budgets

_sql = Queries("pipeline.assessments", "comparison.sql")
_log = structlog.get_logger("pipeline.assessments")
_AWAY = (psycopg.Error, Overloaded, OSError)
_LOOK, _ANSWER, _LEASE = 30.0, 120.0, 150.0
_AT_ONCE, _TRIES, _PAUSE = 4, 4, 5.0
_LONGEST_HOLD = 300.0


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A role that this process took; `due_at` is the end of its lease, and tells one taking from another."""

    company_id: UUID
    role_id: UUID
    role_revision: int
    due_at: datetime
    attempts: int


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a role: `waiting` again after `wait` seconds (which `counts` as a try or not), `done`,
    or `failed` with the error."""

    status: str
    wait: float = 0.0
    counts: bool = True
    assessment: dict[str, Any] | None = None
    mapping: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class Comparer:
    """One per process. Between taking a role and recording what the model said no transaction is open.
    `look`: how often it looks by itself, in seconds; `nudge` is for what was asked just now."""

    def __init__(
        self,
        db: Db,
        assessor: Assessor,
        budgets: Budgets | None,
        *,
        look: float = _LOOK,
        pause: float = _PAUSE,
    ) -> None:
        self._db, self._assessor, self._budgets = db, assessor, budgets
        self._look, self._pause = look, pause
        self._news = asyncio.Event()

    def nudge(self) -> None:
        """There is something to do."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is being asked then is asked again by who takes it next."""
        if self._assessor.name == OFFLINE:
            await stop.wait()
            return
        stopped = asyncio.create_task(stop.wait())
        while not stop.is_set():
            self._news.clear()
            work = asyncio.create_task(self._drain())
            await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            heard = asyncio.create_task(self._news.wait())
            await asyncio.wait((heard, stopped), timeout=self._look, return_when=asyncio.FIRST_COMPLETED)
            heard.cancel()
        stopped.cancel()

    async def _drain(self) -> None:
        try:
            while claimed := await self._claim():
                await asyncio.gather(*map(self._one, claimed))
        except _AWAY as exc:
            _log.warning("comparer.database_away", error=str(exc)[:200])

    async def _claim(self) -> list[Claimed]:
        async with self._db.engine() as tx:
            params = {"most": _AT_ONCE, "lease": _LEASE}
            claimed: list[Claimed] = await tx.all(_sql["claim_compared"], params, into=Claimed)
        return claimed

    async def _one(self, claimed: Claimed) -> None:
        settled = await self._judge(claimed)
        fields = msgspec.structs.asdict(settled)
        for name in ("assessment", "mapping", "error"):
            fields[name] = json(fields[name]) if fields[name] is not None else None
        who = {"company_id": claimed.company_id, "role_id": claimed.role_id, "due_at": claimed.due_at}
        async with self._db.engine() as tx:
            await tx.run(_sql["settle_compared"], who | fields)

    async def _judge(self, claimed: Claimed) -> Settled:
        async with self._db.engine() as tx:
            roles = await asking.comparable(tx, claimed.company_id, limit=1, ids=[claimed.role_id])
        if not roles or roles[0].revision != claimed.role_revision:
            return _failed("role_changed", "The role changed since it was asked for. Ask for it again.")
        (role,) = roles
        held = await self._budgets.held(claimed.company_id, role.policy) if self._budgets else None
        if held is not None:
            return Settled(status="waiting", wait=min(held, _LONGEST_HOLD), counts=False)
        given, deadline = asking.given_of(claimed.company_id, role), time.monotonic() + _ANSWER
        try:
            mapping = (await self._assessor.map_role(given, (), deadline=deadline)).value
            known = msgspec.structs.replace(given, parents={"map_draup_role": msgspec.to_builtins(mapping)})
            assessment = (await self._assessor.assess(known, deadline=deadline)).value
        except StageFault as fault:
            return self._after(fault, claimed.attempts)
        except Exception as exc:
            _log.exception("comparer.failed", role_id=str(claimed.role_id))
            return _failed("internal", str(exc)[:200])
        if assessment.offline:
            return _failed("no_model", "No model judges this company's roles.")
        return Settled(
            status="done", assessment=msgspec.to_builtins(assessment), mapping=msgspec.to_builtins(mapping)
        )

    def _after(self, fault: StageFault, attempts: int) -> Settled:
        if not fault.retry or attempts >= _TRIES:
            return _failed(fault.code, fault.message)
        return Settled(status="waiting", wait=fault.retry_after or self._pause * 3 ** (attempts - 1))


def _failed(code: str, message: str) -> Settled:
    return Settled(status="failed", error={"code": code, "message": message})
