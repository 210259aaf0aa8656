"""A published mapping and the roles there are: who becomes stale, who runs again, what is erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from control.access import SCOPES, Caller
from kit import ids
from kit.db import Db
from kit.gate import Gate
from kit.sql import Query
from mappings.defaults import default_mapping
from mappings.model import Mapping, Rule
from pipeline.runs import pushes
from pipeline.runs.pushes import Push
from tests import make
from tests.connector.api.sending import workday
from webhooks.intake import Hook, Intake
from webhooks.mapped import applying, versions
from webhooks.mapped.jobs import MappingPublished

DEFAULT = default_mapping("workday")
GRADED = replace(
    DEFAULT,
    role=(*(rule for rule in DEFAULT.role if rule.target != "grade"), Rule("grade", "title")),
)


class World:
    """A company whose roles came from a webhook, and what happens to them."""

    def __init__(self, db: Db, company_id: UUID) -> None:
        self.db = db
        self.company_id = company_id
        self.queued = 0
        self.plan_id: UUID | None = None
        self.intake = Intake(db, self._ring, Gate(4, 4), most_items=1000)
        self.caller = Caller("client", company_id, ids.new(), "Workato", frozenset(SCOPES))

    async def _ring(self, jobs: Sequence[int], queued: int) -> None:
        self.queued += queued

    async def send(self, body: bytes) -> None:
        hook = Hook(
            company_id=self.company_id,
            client_id=None,
            actor_kind="hris",
            actor_id="recipe",
            source="workday",
            body=body,
            content_type="text/xml",
            drafts_only=True,
        )
        await self.intake.receive(hook)

    async def ran(self) -> None:
        """As if every role had run, without success."""
        for state in ("queued", "processing", "assessment_failed"):
            async with self.db.engine() as tx:
                await tx.run(Query("step", "", "UPDATE role SET state = %(state)s"), {"state": state})

    async def publish(self, mapping: Mapping, *, plan: bool = False) -> int:
        """Publish and apply; how many payloads were taken in again."""
        return await self.apply(*await self.announce(mapping, plan=plan))

    async def announce(self, mapping: Mapping, *, plan: bool = False) -> tuple[int, int]:
        """Publish; the version and the one before it. The plan is kept in `self.plan_id`."""
        async with self.db.company(self.company_id) as tx:
            rules = {"role": mapping.role, "documents": mapping.documents}
            draft = await versions.save(tx, self.caller, "workday", make.plain(rules))
            made = await versions.publish(
                tx, self.caller, "workday", draft.version, edit=draft.edit, plan=plan
            )
        self.plan_id = made.plan_id
        return draft.version, made.before

    async def apply(self, version: int, before: int) -> int:
        job = MappingPublished(
            source="workday",
            version=version,
            before=before,
            plan_id=self.plan_id,
            actor_kind="csm",
            actor_id="mia",
        )
        return await applying.apply(self.db, self.intake, self.company_id, job)

    async def rows(self, text: str) -> list[dict[str, Any]]:
        async with self.db.engine() as tx:
            found: list[dict[str, Any]] = await tx.all(Query("look", "", text))
        return found


@pytest.fixture
async def world(db: Db) -> World:
    world = World(db, await make.company(db))
    await world.send(workday())
    await world.ran()
    return world


async def test_a_role_that_comes_out_differently_becomes_stale(world: World) -> None:
    assert await world.publish(GRADED) == 1
    (role,) = await world.rows("SELECT state, revision, mapping_version, title, grade FROM role")
    assert (role["state"], role["revision"], role["mapping_version"]) == ("stale", 2, "workday@1")
    assert role["grade"] == role["title"]
    (event,) = await world.rows("SELECT data FROM event WHERE type = 'role.stale'")
    assert event["data"]["reason"] == "the mapping changed"
    assert await world.rows("SELECT id FROM run") == []


async def test_a_role_that_comes_out_the_same_is_left_alone(world: World) -> None:
    same = replace(DEFAULT, role=tuple(replace(rule, note="looked at") for rule in DEFAULT.role))
    assert await world.publish(same) == 0
    (role,) = await world.rows("SELECT state, revision FROM role")
    assert role == {"state": "assessment_failed", "revision": 1}
    assert len(await world.rows("SELECT id FROM source_event")) == 1


async def test_publishing_with_a_plan_makes_a_plan_of_the_affected_roles_and_runs_nothing(
    world: World,
) -> None:
    await world.publish(GRADED, plan=True)
    await world.apply(1, 0)  # a job may be done twice
    (role,) = await world.rows("SELECT id FROM role")
    (plan,) = await world.rows("SELECT state, role_ids, mapping_version, made_by FROM plan")
    assert plan == {
        "state": "ready",
        "role_ids": [role["id"]],
        "mapping_version": "workday@1",
        "made_by": "Workato",
    }
    assert await world.rows("SELECT id FROM run") == []


async def test_publishing_again_overtakes_the_plan_that_nobody_pushed(world: World) -> None:
    await world.publish(GRADED, plan=True)
    await world.publish(DEFAULT)
    assert await world.rows("SELECT state FROM plan") == [{"state": "overtaken"}]


@pytest.mark.parametrize("late", [False, True], ids=["applied before", "applied late"])
async def test_a_plan_has_the_roles_of_the_one_it_overtook(world: World, late: bool) -> None:
    one = await world.announce(GRADED, plan=True)
    if not late:
        await world.apply(*one)
    same = replace(GRADED, role=tuple(replace(rule, note="looked at") for rule in GRADED.role))
    two = await world.announce(same, plan=True)
    await world.apply(*two)
    if late:
        world.plan_id = None
        await world.apply(*one)
    (role,) = await world.rows("SELECT id, state FROM role")
    (plan,) = await world.rows("SELECT role_ids, mapping_version FROM plan WHERE state = 'ready'")
    assert (role["state"], plan) == ("stale", {"role_ids": [role["id"]], "mapping_version": "workday@2"})


async def test_a_plan_has_the_roles_whose_run_goes_on_still(world: World) -> None:
    async with world.db.company(world.company_id) as tx:
        (role,) = await world.rows("SELECT id FROM role")
        await pushes.one(tx, world.company_id, role["id"], Push(actor_kind="csm", actor_id="mia"))
    async with world.db.engine() as tx:
        await tx.run(Query("start", "", "UPDATE run SET status = 'running', started_at = now()"))
        await tx.run(Query("step", "", "UPDATE role SET state = 'processing'"))
    await world.publish(GRADED, plan=True)
    assert await world.rows("SELECT state FROM role") == [{"state": "processing"}]
    assert await world.rows("SELECT role_ids FROM plan") == [{"role_ids": [role["id"]]}]


async def test_what_the_mapping_no_longer_reads_is_erased(world: World) -> None:
    (before,) = await world.rows("SELECT family, level FROM role")
    assert before["family"]
    await world.publish(LESS)
    (role,) = await world.rows("SELECT family, level, record ? 'family_code' AS coded FROM role")
    assert role == {"family": None, "level": before["level"], "coded": False}
    assert await world.rows("SELECT id FROM document WHERE current") == []


LESS = replace(
    GRADED,
    role=tuple(rule for rule in GRADED.role if not rule.target.startswith("family")),
    documents=(),
)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "the later one first"])
async def test_what_an_overtaken_version_changed_is_applied_by_its_own_job(
    world: World, order: tuple[int, int]
) -> None:
    levelled = replace(
        LESS, role=(*(rule for rule in LESS.role if rule.target != "level"), Rule("level", "title"))
    )
    jobs = [await world.announce(mapping) for mapping in (LESS, levelled)]
    for place in order:
        await world.apply(*jobs[place])
    (role,) = await world.rows("SELECT state, mapping_version, title, grade, family, level FROM role")
    assert (role["state"], role["mapping_version"]) == ("stale", "workday@2")
    assert (role["grade"], role["family"], role["level"]) == (role["title"], None, role["title"])
    assert await world.rows("SELECT id FROM document WHERE current") == []


async def test_what_came_again_before_a_version_was_applied_is_erased_all_the_same(world: World) -> None:
    job = await world.announce(LESS)
    world.intake.forget(world.company_id)  # as in a process that has read nothing for some seconds
    await world.send(workday())
    await world.apply(*job)
    await world.apply(*job)  # a job may be done twice
    (role,) = await world.rows("SELECT family, revision FROM role")
    assert role == {"family": None, "revision": 3}
    assert await world.rows("SELECT id FROM document WHERE current") == []


async def test_another_group_of_a_family_is_taken_over_without_a_revision(world: World) -> None:
    others = (rule for rule in DEFAULT.role if rule.target != "attributes.family_group")
    grouped = replace(DEFAULT, role=(*others, Rule("attributes.family_group", "title")))
    await world.publish(grouped)
    (role,) = await world.rows(
        "SELECT state, revision, title, record #>> '{attributes,family_group}' AS group FROM role"
    )
    assert (role["state"], role["revision"], role["group"]) == ("assessment_failed", 1, role["title"])


def test_a_publication_that_was_announced_before_there_were_plans_is_understood() -> None:
    old = {
        "source": "workday",
        "version": 1,
        "before": 0,
        "push": True,
        "actor_kind": "csm",
        "actor_id": "mia",
    }
    assert msgspec.convert(old, MappingPublished).plan_id is None


async def test_a_version_that_was_taken_back_before_it_was_applied_changes_nothing(world: World) -> None:
    jobs = [await world.announce(mapping) for mapping in (GRADED, DEFAULT)]
    for job in jobs:
        await world.apply(*job)
    (role,) = await world.rows("SELECT state, revision FROM role")
    assert role == {"state": "assessment_failed", "revision": 1}


async def test_each_role_is_read_from_the_last_payload_it_came_in(world: World) -> None:
    await world.send(workday())
    (first, last) = await world.rows("SELECT id FROM source_event ORDER BY received_at")
    await world.publish(GRADED)
    replayed = await world.rows("SELECT replay_of FROM source_event WHERE replay_of IS NOT NULL")
    assert replayed == [{"replay_of": last["id"]}]
    assert first != last
