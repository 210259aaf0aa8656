"""Payloads that begin to miss a mapped field, or to bring a new one, are told of once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kit.db import Db
from kit.sql import Query
from mappings.model import Rule
from tests import make
from tests.webhooks.mapped.test_applying import DEFAULT, World
from webhooks.mapped import drift
from webhooks.mapped.drift import KNOWN, MISSED, Counts

AT = datetime.now(UTC) - timedelta(hours=1)
USUAL = {"title", "grade.code"}


def counted(*profiles: set[str], shape: str = "soap_xml", counts: Counts | None = None) -> Counts:
    counts = counts or Counts({}, {})
    for number, paths in enumerate(profiles):
        counts.count(shape, paths, AT + timedelta(seconds=number))
    return counts


def found(counts: Counts) -> list[tuple[str, str, int, int]]:
    return [(one.kind, one.path, one.times, one.of) for one in counts.drifted(DEFAULT)]


def test_a_mapped_field_that_fails_to_come_is_missing_since_then() -> None:
    counts = counted(*[USUAL] * 10, *[{"title"}] * MISSED)
    assert found(counts) == [("missing", "grade.code", MISSED, MISSED)]
    (one,) = counts.drifted(DEFAULT)
    assert (one.since, one.targets) == (AT + timedelta(seconds=10), ["grade", "grade_code"])


def test_a_few_profiles_without_a_field_are_no_drift() -> None:
    assert found(counted(*[USUAL] * 10, *[{"title"}] * (MISSED - 1))) == []


def test_a_field_that_often_failed_to_come_is_not_missed() -> None:
    assert found(counted(*[USUAL, {"title"}] * 10, *[{"title"}] * MISSED)) == []


def test_a_field_that_comes_again_is_no_longer_missing() -> None:
    counts = counted(*[USUAL] * 10, *[{"title"}] * MISSED, USUAL)
    assert found(counts) == []


def test_a_field_that_nothing_reads_is_not_missed() -> None:
    assert found(counted(*[{"title", "custom_fields.x"}] * 10, *[{"title"}] * MISSED)) == []


def test_a_field_that_comes_after_many_profiles_without_it_is_new() -> None:
    brings = {"title", "custom_fields.pay_band"}
    counts = counted(*[{"title"}] * KNOWN, brings, {"title"}, brings, brings)
    assert found(counts) == [("new", "custom_fields.pay_band", 3, 4)]
    mapped = replace(DEFAULT, role=(*DEFAULT.role, Rule("attributes.band", "custom_fields.pay_band")))
    assert counts.drifted(mapped) == []


def test_what_a_source_never_brought_at_first_is_not_new_in_the_beginning() -> None:
    assert found(counted({"title"}, *[{"title", "custom_fields.x"}] * 10)) == []


def test_each_form_of_payloads_has_fields_of_its_own() -> None:
    counts = counted(*[USUAL] * 30)
    assert found(counted(*[{"title"}] * 10, shape="report_json", counts=counts)) == []


@pytest.fixture
async def world(db: Db) -> World:
    return World(db, await make.company(db))


def report(n: int, **more: str) -> bytes:
    entry = {"Job_Profile_ID": f"R-{n}", "Job_Profile_Name": f"Analyst {n}", "Inactive": "0", **more}
    return msgspec.json.encode({"Report_Entry": [entry]})


async def send(world: World, *bodies: bytes) -> None:
    for body in bodies:
        await world.send(body)
    async with world.db.engine() as tx:  # as if they had come a minute ago
        await tx.run(
            Query("age", "", "UPDATE source_event SET received_at = received_at - interval '1 minute'")
        )


async def test_drift_is_seen_by_a_look_that_the_clock_asks_for_and_told_once(world: World) -> None:
    graded = [report(n, Compensation_Grade="B4") for n in range(6)]
    await send(world, *graded, *[report(n) for n in range(6, 6 + MISSED)])
    assert await drift.ask(world.db) == 1
    assert await drift.ask(world.db) == 0
    fresh = await drift.look(world.db, world.intake, world.company_id, "workday")
    assert [(one.kind, one.path.partition(".")[0]) for one in fresh] == [("missing", "grade")]
    assert await drift.look(world.db, world.intake, world.company_id, "workday") == []
    await send(world, report(99))
    assert await drift.look(world.db, world.intake, world.company_id, "workday") == []
    (event,) = await world.rows("SELECT data FROM event WHERE type = 'mapping.drift'")
    assert event["data"]["reason"].startswith(f"The last {MISSED} job profiles came without grade")
    async with world.db.company(world.company_id) as tx:
        (now,) = await drift.drifted(tx, world.caller, "workday")
    assert now.times == MISSED + 1


async def test_payloads_are_counted_once_however_many_look(world: World) -> None:
    await send(world, *[report(n) for n in range(3)])
    await drift.look(world.db, world.intake, world.company_id, "workday")
    await drift.look(world.db, world.intake, world.company_id, "workday")
    assert await world.rows("SELECT profiles FROM source_shape") == [{"profiles": 3}]
