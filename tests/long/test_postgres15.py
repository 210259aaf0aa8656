"""The oldest PostgreSQL that we support carries a role from its profile to its end."""

from __future__ import annotations

import pytest

from kit.db import Db
from tests import make
from tests.pipeline.engine.rig import Rig, line

pytestmark = pytest.mark.long


async def test_a_pushed_profile_becomes_a_ready_role_on_the_oldest_postgresql(db15_url: str) -> None:
    db = Db(db15_url, size=4)
    await db.open()
    rig = Rig(db, line())
    rig.engine()
    company_id = await make.company(db)
    answer = await make.take(db, company_id, *(make.incoming(n) for n in range(5)))
    for verdict in answer.verdicts:
        assert verdict.run_id is not None
        run = await rig.settled(verdict.run_id, seconds=60)
        assert (run["status"], run["state"], run["visible"]) == ("success", "ready", True)
    await rig.stop()
    await db.close()
