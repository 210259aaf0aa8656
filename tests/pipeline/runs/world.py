"""Companies with runs in every state, made by the real intake and the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from control.access import SCOPES, Caller
from kit import ids
from kit.db import Db
from pipeline.engine import store as engine
from pipeline.runs import runs
from pipeline.runs.view import Lens, Unit
from pipeline.stages.registry import STAGES
from tests import make
from tests.pipeline.engine.rig import Act, FakeStage, Rig

LENS = Lens("https://connector.example.com", 50)


def caller(company_id: UUID, *scopes: str) -> Caller:
    """A client of the company, with every scope unless some are named."""
    return Caller("client", company_id, ids.new(), "Recipe", frozenset(scopes or SCOPES))


def thirteen(**acts: Act) -> list[FakeStage]:
    """Stages with the real names and edges that do what a test tells them."""
    return [FakeStage(s.key, *s.needs, critical=s.critical, kind=s.kind, act=acts.get(s.key)) for s in STAGES]


async def execute(db: Db, text: str, **params: Any) -> list[dict[str, Any]]:
    """A statement of the test's own, as the engine."""
    async with db.engine() as tx:
        cursor = await tx.conn.execute(text.encode(), params)
        return [] if cursor.description is None else _dicts(cursor, await cursor.fetchall())


async def somebody_waits(db: Db) -> None:
    """Returns when a transaction waits for a row that another one holds."""
    async with asyncio.timeout(10):
        while True:
            if await execute(db, "SELECT 1 FROM pg_locks WHERE NOT granted"):
                return
            await asyncio.sleep(0.02)


def _dicts(cursor: Any, rows: list[Any]) -> list[dict[str, Any]]:
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


async def pushed(db: Db, company_id: UUID, n: int = 0) -> UUID:
    """The run of a new profile."""
    verdict = (await make.take(db, company_id, make.incoming(n))).verdicts[0]
    assert verdict.run_id is not None
    return verdict.run_id


async def look(db: Db, company_id: UUID, run_id: UUID, *, stages: bool = False) -> Unit:
    """The run as its company sees it."""
    async with db.company(company_id) as tx:
        return await runs.get(tx, caller(company_id), run_id, LENS, stages=stages)


async def role_state(db: Db, run_id: UUID) -> str:
    """The state of the run's role."""
    rows = await execute(
        db, "SELECT o.state FROM role o JOIN run r ON r.role_id = o.id WHERE r.id = %(id)s", id=run_id
    )
    return str(rows[0]["state"])


async def draw(db: Db, *, drained: float | None = None) -> None:
    """What the clock does each second; `drained` runs per minute when given."""
    async with db.engine() as tx:
        await engine.draw_queue(tx)
    if drained is not None:
        await execute(db, "UPDATE queue_state SET drained_per_minute = %(n)s", n=drained)


@asynccontextmanager
async def running(db: Db, stages: list[FakeStage]) -> AsyncIterator[Rig]:
    """An engine at work."""
    rig = Rig(db, stages)
    rig.engine()
    yield rig
    await rig.stop()


async def ended(db: Db, run_id: UUID, **acts: Act) -> dict[str, Any]:
    """Drive the run to its end."""
    async with running(db, thirteen(**acts)) as rig:
        return await rig.settled(run_id)


def held(gate: asyncio.Event) -> Act:
    """An act that goes on until the gate opens."""

    async def wait(_given: Any, _work: Any) -> None:
        await gate.wait()

    return wait
