"""A slice that begins on a day to come becomes current on that day, although nothing is sent then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.webhooks.sync.world import World
from webhooks.intake import Hook
from webhooks.sync import recompute, schedule
from webhooks.sync.jobs import DayCame

TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LONG_AGO, OPEN = date(2020, 1, 1), date(9999, 12, 31)


def job_code(*slices: tuple[str, date, date], code: str = "FUTCHG") -> dict[str, Any]:
    """The records of a job code with these slices: name, begin, end."""
    return {
        "results": [
            {
                "__metadata": {"type": "SFOData.FOJobCode"},
                "externalCode": code,
                "name": name,
                "startDate": _date(begin),
                "endDate": _date(end),
                "status": "A",
                "description": "Reads what customers say and writes a report of it each month.",
            }
            for name, begin, end in slices
        ]
    }


def _date(day: date) -> str:
    return f"/Date({(day - date(1970, 1, 1)).days * 86_400_000})/"


def bytes_of(*codes: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"d": {"results": [row for code in codes for row in code["results"]]}})


async def send(world: World, *codes: dict[str, Any]) -> UUID:
    """A payload that comes in now; its source event."""
    hook = Hook(
        company_id=world.company_id,
        client_id=None,
        actor_kind="hris",
        actor_id="recipe",
        source="successfactors",
        body=bytes_of(*codes),
        content_type="application/json",
    )
    return (await world.intake().receive(hook)).id


async def titles(world: World) -> dict[str, str]:
    return {row["source_id"]: row["title"] for row in await world.rows("SELECT source_id, title FROM role")}


async def received_yesterday(world: World, event: UUID, *codes: dict[str, Any]) -> None:
    """What came in was this, and its slice of today was still to come."""
    await world.rows(
        "UPDATE source_event SET body = %(body)s WHERE id = %(id)s RETURNING 1",
        body=bytes_of(*codes),
        id=event,
    )
    await world.rows(
        """INSERT INTO object_fetch (id, company_id, source, object, from_day)
        VALUES (gen_random_uuid(), %(c)s, 'successfactors', 'FUTCHG', %(day)s) RETURNING 1""",
        c=world.company_id,
        day=TODAY,
    )


async def day_comes(world: World) -> None:
    """The clock looks, and a worker does what it left."""
    await schedule.start_fetches(world.db)
    for job in await world.rows("DELETE FROM job WHERE kind = 'webhooks.day_came' RETURNING payload"):
        came = msgspec.convert(job["payload"], DayCame)
        await recompute.day_came(world.db, world.intake(), world.company_id, came.fetches)


BEFORE = job_code(("Analyst", LONG_AGO, OPEN))
CHANGES_TODAY = job_code(("Analyst", LONG_AGO, YESTERDAY), ("Insight Analyst", TODAY, OPEN))
CHANGES_TOMORROW = job_code(("Analyst", LONG_AGO, TODAY), ("Insight Analyst", TOMORROW, OPEN))


async def test_a_slice_to_come_is_looked_at_on_its_day(world: World) -> None:
    await send(world, CHANGES_TOMORROW)
    assert await titles(world) == {"FUTCHG": "Analyst"}
    (waits,) = await world.rows("SELECT object, from_day, due_at, status FROM object_fetch")
    assert (waits["object"], waits["from_day"], waits["status"]) == ("FUTCHG", TOMORROW, "waiting")
    assert waits["due_at"].date() == TOMORROW
    assert await schedule.start_fetches(world.db) == 0


async def test_on_its_day_the_slice_becomes_current_without_a_connection(world: World) -> None:
    event = await send(world, BEFORE)
    await received_yesterday(world, event, CHANGES_TODAY)
    await day_comes(world)
    assert await titles(world) == {"FUTCHG": "Insight Analyst"}
    (fetch,) = await world.rows("SELECT status FROM object_fetch")
    assert fetch["status"] == "fetched"
    (again,) = await world.rows("SELECT replay_of FROM source_event WHERE replay_of IS NOT NULL")
    assert again["replay_of"] == event


async def test_of_a_payload_with_several_profiles_only_that_one_is_read_again(world: World) -> None:
    older = job_code(("Older title", LONG_AGO, OPEN), code="OTHER")
    event = await send(world, BEFORE, older)
    await send(world, job_code(("Newer title", LONG_AGO, OPEN), code="OTHER"))
    await received_yesterday(world, event, CHANGES_TODAY, older)
    await day_comes(world)
    assert await titles(world) == {"FUTCHG": "Insight Analyst", "OTHER": "Newer title"}


async def test_what_came_since_is_not_undone(world: World) -> None:
    event = await send(world, BEFORE)
    await received_yesterday(world, event, CHANGES_TODAY)
    await send(world, job_code(("Another plan", LONG_AGO, OPEN)))
    await day_comes(world)
    assert await titles(world) == {"FUTCHG": "Another plan"}


async def test_done_twice_it_changes_nothing_more(world: World) -> None:
    event = await send(world, BEFORE)
    await received_yesterday(world, event, CHANGES_TODAY)
    await schedule.start_fetches(world.db)
    (job,) = await world.rows("SELECT payload FROM job WHERE kind = 'webhooks.day_came'")
    came = msgspec.convert(job["payload"], DayCame)
    for _ in range(2):
        await recompute.day_came(world.db, world.intake(), world.company_id, came.fetches)
    (role,) = await world.rows("SELECT revision FROM role")
    assert role["revision"] == 2


async def test_bytes_that_are_no_longer_kept_are_told(world: World) -> None:
    event = await send(world, BEFORE)
    await received_yesterday(world, event, CHANGES_TODAY)
    await world.rows("UPDATE source_event SET body = NULL RETURNING 1")
    await day_comes(world)
    (fetch,) = await world.rows("SELECT status, detail FROM object_fetch")
    assert fetch["status"] == "no_connection"
    assert fetch["detail"].startswith("Nothing of it is kept")
