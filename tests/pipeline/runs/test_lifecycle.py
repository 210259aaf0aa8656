"""The one table of a role's life: the page draws it, the code knows it, and real work keeps to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest

from kit.db import Db
from mappings.model import RoleRecord
from pipeline.runs.lifecycle import STATES, TRANSITIONS, State, legal
from pipeline.stages.base import Finding, StageFault
from tests import make
from tests.pipeline.engine.rig import FakeStage, Rig, line
from tests.pipeline.runs.world import execute

PAGE = Path(__file__).parents[3] / "docs" / "lifecycle.md"


def drawn() -> dict[str, set[str]]:
    """The table of the page."""
    section = PAGE.read_text("utf-8").partition("| from | to |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| (\w+) \| (.+) \|$", section, re.MULTILINE)
    return {state: set(to.split(", ")) for state, to in found}


def test_the_page_draws_the_table_of_the_code() -> None:
    assert drawn() == {state: set(to) for state, to in TRANSITIONS.items()}


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_every_drawn_step_is_legal_and_every_other_is_refused(before: State, after: State) -> None:
    assert legal(before, after) is (before == after or after in drawn()[before])


def test_every_state_can_be_entered_and_left() -> None:
    assert set(TRANSITIONS) == set(get_args(State))
    assert all(TRANSITIONS[state] for state in STATES)
    assert {after for to in TRANSITIONS.values() for after in to} == set(STATES)


def refuse(_given: Any, _work: Any) -> None:
    raise StageFault("No.", code="refused")


class Life:
    """One role through everything that can happen to it."""

    def __init__(self, db: Db, company_id: UUID) -> None:
        self.db = db
        self.company_id = company_id
        self._revision = 0

    async def sent(self, *, policy: str = "new_and_changed", status: Any = "active") -> None:
        """Its job profile comes again, different from before."""
        await execute(
            self.db,
            "INSERT INTO push_policy (company_id, source, mode) VALUES (%(c)s, 'workday', %(p)s) "
            "ON CONFLICT (company_id, source) DO UPDATE SET mode = %(p)s",
            c=self.company_id,
            p=policy,
        )
        self._revision += 1
        role = RoleRecord(title=f"Analyst {self._revision}", code="R-0", family="Data", status=status)
        item = make.incoming(revision_hash=f"{self._revision:064x}", role=role)
        await make.take(self.db, self.company_id, item)

    async def again(self) -> None:
        """Its job profile comes again, the same as before."""
        self._revision -= 1
        await self.sent()

    async def run(self, stages: list[FakeStage] | None = None) -> None:
        """Whatever waits is run to its end."""
        rig = Rig(self.db, stages or line())
        rig.engine()
        await rig.until(
            "SELECT 1 AS ok FROM run HAVING bool_and(status IN ('success', 'failed'))", seconds=60
        )
        await rig.stop()

    async def steps(self) -> list[tuple[str, str]]:
        """Every step so far, in order."""
        rows = await execute(self.db, "SELECT before, after FROM watch.moved ORDER BY n")
        return [(row["before"], row["after"]) for row in rows]


async def test_a_long_life_takes_legal_steps_only(db: Db) -> None:
    life = Life(db, await make.company(db))
    unusable = line()
    unusable[2].findings = [Finding(code="unusable", message="It is empty.", hard=True)]
    await life.sent(policy="off")
    await life.sent()
    await life.run()
    await life.sent(policy="new")
    await life.sent()
    await life.run(line(assess=refuse))
    await life.again()
    await life.run(line(catalog=refuse))
    await life.sent()
    await life.run(unusable)
    await life.sent()
    await life.run()
    await life.sent(status="inactive")
    await life.sent()
    await life.run()
    assert await life.steps() == [
        ("draft", "queued"),
        ("queued", "processing"),
        ("processing", "ready"),
        ("ready", "stale"),
        ("stale", "queued"),
        ("queued", "processing"),
        ("processing", "assessment_failed"),
        ("assessment_failed", "queued"),
        ("queued", "processing"),
        ("processing", "ready"),
        ("ready", "workflow_failed"),
        ("workflow_failed", "queued"),
        ("queued", "processing"),
        ("processing", "validation_failed"),
        ("validation_failed", "queued"),
        ("queued", "processing"),
        ("processing", "ready"),
        ("ready", "archived"),
        ("archived", "queued"),
        ("queued", "processing"),
        ("processing", "ready"),
    ]
