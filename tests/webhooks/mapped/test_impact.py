"""What publishing would change, told before it happens."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from adapters.registry import adapter_for
from kit.db import Db
from kit.sql import Query
from mappings.model import Mapping, Rule
from tests import make
from tests.connector.api.sending import workday
from tests.webhooks.mapped.test_applying import DEFAULT, GRADED, World
from webhooks.mapped import trials
from webhooks.mapped.impact import Impact


@pytest.fixture
async def world(db: Db) -> World:
    world = World(db, await make.company(db))
    await world.send(workday())
    await world.ran()
    return world


async def foretold(world: World, mapping: Mapping, events: int = 500) -> Impact:
    rules = trials.Rules(mapping=make.plain(mapping))
    return await trials.foretell(world.db, world.intake, world.caller, "workday", rules, events)


async def test_a_changed_field_is_told_with_before_and_after(world: World) -> None:
    told = await foretold(world, GRADED)
    (role,) = told.roles
    (change,) = role.fields
    assert (change.field, change.before, change.after) == ("grade", None, role.title)
    assert (role.goes_stale, role.documents, role.state) == (True, [], "assessment_failed")
    assert role.stages == ["create_company_role", "role_catalog"]
    assert told.totals.fields == {"grade": 1}
    assert told.complete


async def test_what_is_told_is_what_then_happens(world: World) -> None:
    told = await foretold(world, GRADED)
    await world.publish(GRADED)
    (role,) = await world.rows("SELECT id, state, grade FROM role")
    assert [(one.role_id, one.goes_stale) for one in told.roles] == [(role["id"], True)]
    assert (role["state"], role["grade"]) == ("stale", told.roles[0].fields[0].after)
    assert (await foretold(world, GRADED)).roles == []


async def test_a_changed_document_is_told_and_makes_the_assessment_stale(world: World) -> None:
    headed = tuple(replace(rule, heading="Our words") for rule in DEFAULT.documents)
    (role,) = (await foretold(world, replace(DEFAULT, documents=headed))).roles
    (change,) = role.documents
    assert (change.kind, change.what) == ("job_description", "changed")
    assert change.after is not None
    assert change.after.startswith("Our words")
    assert "ai_assessment" in role.stages
    assert "publish_dashboard" in role.following


async def test_errors_that_appear_and_vanish_are_told(world: World) -> None:
    broken = replace(DEFAULT, role=(*DEFAULT.role, Rule("attributes.band", "abs(title)")))
    told = await foretold(world, broken)
    assert [problem.code for problem in told.roles[0].appeared] == ["rule_failed"]
    assert (told.totals.errors_appear, told.totals.errors_vanish, told.totals.go_stale) == (1, 0, 0)
    await world.publish(broken)
    back = await foretold(world, DEFAULT)
    assert (back.totals.errors_appear, back.totals.errors_vanish) == (0, 1)


async def test_a_profile_that_would_no_longer_be_taken_in_is_told(world: World) -> None:
    untitled = replace(DEFAULT, role=(Rule("title", "nothing", required=True),))
    (role,) = (await foretold(world, untitled)).roles
    assert [problem.code for problem in role.appeared] == ["required_missing"]
    assert not role.goes_stale


async def test_each_profile_counts_once_and_replays_do_not(world: World) -> None:
    await world.send(workday())
    await world.publish(GRADED)
    told = await foretold(world, DEFAULT)
    assert (told.totals.payloads, told.totals.profiles, len(told.roles)) == (2, 1, 1)
    assert (await foretold(world, DEFAULT, events=1)).totals.payloads == 1


async def test_the_price_is_what_such_stages_cost_this_company_lately(world: World) -> None:
    (run,) = [UUID(int=7)]
    spent = (
        "INSERT INTO usage (call_id, company_id, run_id, stage, model, purpose, input_tokens, output_tokens,"
        " cost_micros) VALUES ('c', %(c)s, %(run)s, 'ai_assessment', 'm', 'assess', 900, 100, 5000)"
    )
    async with world.db.engine() as tx:
        await tx.run(Query("spend", "", spent), {"c": world.company_id, "run": run})
    headed = tuple(replace(rule, heading="Our words") for rule in DEFAULT.documents)
    totals = (await foretold(world, replace(DEFAULT, documents=headed))).totals
    assert (totals.tokens, totals.cost_micros) == (1000, 5000)


@pytest.mark.long
async def test_five_hundred_profiles_take_less_than_five_seconds(db: Db) -> None:
    world = World(db, await make.company(db))
    body = b"".join(adapter_for("workday").samples.chunks("report_json", 500, 1))
    for entry in msgspec.json.decode(body)["Report_Entry"]:
        await world.send(msgspec.json.encode({"Report_Entry": [entry]}))
    coded = replace(
        DEFAULT, role=(*(one for one in DEFAULT.role if one.target != "code"), Rule("code", "title"))
    )
    told = await foretold(world, coded)
    assert (told.totals.payloads, told.totals.profiles, told.totals.changed) == (500, 500, 500)
    assert told.seconds < 5
