"""What a run leaves behind, in a form in which two ways to the same end compare equal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import Any

import msgspec

from kit.db import Db
from pipeline.engine import store
from tests.house.tracked import ROOT
from tests.pipeline.engine.rig import Rig


class End(msgspec.Struct, frozen=True):
    """The end of everything in a database: runs, roles, the results of stages, the log without its stages,
    and what is planned for it."""

    runs: list[dict[str, Any]]
    roles: list[dict[str, Any]]
    results: list[dict[str, Any]]
    log: list[str]
    announced: int
    paid: int


async def end_of(rig: Rig) -> End:
    """Read it."""
    announced = await rig.rows(
        "SELECT id FROM event WHERE type NOT LIKE 'stage.%%' AND id IN "
        "(SELECT jsonb_array_elements_text(payload -> 'event_ids')::bigint FROM job)"
    )
    return End(
        runs=await rig.rows("SELECT status, error, outputs, done, owner, slot, waiting FROM run ORDER BY id"),
        roles=await rig.rows(
            "SELECT state, visible, flags, degraded, published_revision FROM role ORDER BY id"
        ),
        results=await rig.rows(
            "SELECT stage, status, outputs, skipped FROM stage_run WHERE status = 'success' ORDER BY stage"
        ),
        log=[
            row["type"]
            for row in await rig.rows("SELECT type FROM event WHERE type NOT LIKE 'stage.%%' ORDER BY id")
        ],
        announced=len(announced),
        paid=len(await rig.rows("SELECT call_id FROM usage")),
    )


async def killed(db_url: str, point: str, *more: str) -> asyncio.subprocess.Process:
    """A victim that was started."""
    command = [sys.executable, "-m", "tests.crash.victim", db_url, point, *more]
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def dead(victim: asyncio.subprocess.Process, seconds: float = 120) -> None:
    """Returns when the victim has killed itself; a victim that ended otherwise shows its last words."""
    try:
        out, _ = await asyncio.wait_for(victim.communicate(), seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            victim.kill()
    assert victim.returncode == -signal.SIGKILL, out.decode(errors="replace")[-2000:]


async def finished(db: Db, rig: Rig) -> End:
    """Drive everything to its end with an engine that lives."""
    engine = rig.engine()
    async with db.engine() as tx:
        await store.enrol(tx, id_=engine.owner, kind="worker", lock_key=engine.owner.int % 2**62, host="here")
    await rig.until("SELECT 1 AS ok FROM run HAVING bool_and(status IN ('success', 'failed'))", seconds=120)
    await rig.stop()
    return await end_of(rig)
