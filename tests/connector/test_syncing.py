"""Syncs from the command line, driven by the worker's own parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from connector.cli import main
from connector.clock import Clock
from connector.services import Services
from connector.syncing import operator_of
from connector.work import build_work
from kit import ids
from kit.jobs import Bell, make_broker
from kit.settings import Settings
from pipeline.records import source_events
from tests import make
from tests.fakes.workday import Tenant, workday
from tests.parts.front import SECRET_KEY, settings_for
from tests.webhooks.callbacks.world import eventually
from tests.webhooks.sync.world import access_to
from webhooks.connections import connections
from webhooks.intake import Hook
from webhooks.sync import syncs


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, allow_loopback_sources=True)


@pytest.fixture
async def hris() -> AsyncIterator[Tenant]:
    async with workday() as listening:
        yield listening


@pytest.fixture
async def company(services: Services, hris: Tenant) -> UUID:
    """A company with a connection."""
    id_ = await make.company(services.db)
    new = connections.New(source="workday", access=access_to(hris))
    async with services.db.company(id_) as tx:
        await connections.create(tx, operator_of(id_), services.sources, new)
    return id_


async def run(settings: Settings, *words: str) -> Result:
    env = {"CONNECTOR_DATABASE_URL": settings.database_url, "CONNECTOR_SECRET_KEY": SECRET_KEY}
    return await asyncio.to_thread(CliRunner().invoke, main, ["sync", *words], env=env)


async def test_a_sync_is_started_listed_shown_and_cancelled(settings: Settings, company: UUID) -> None:
    shown = ids.show("company", company)
    assert (await run(settings, "list", shown)).output.strip() == "no sync yet"
    started = await run(settings, "start", shown, "workday", "--everything", "--dry-run")
    sync = started.output.strip()
    assert sync.startswith("sync_"), started.output
    (line,) = (await run(settings, "list", shown)).output.splitlines()
    assert line.split()[:4] == [sync, "pending", "(queue)", "everything"]
    assert "everything, dry run" in (await run(settings, "show", shown, sync)).output
    cancelled = await run(settings, "cancel", shown, sync)
    assert "The sync was cancelled." in cancelled.output


async def test_what_cannot_be_done_is_said_in_a_sentence(settings: Settings, company: UUID) -> None:
    shown = ids.show("company", company)
    refused = await run(settings, "start", shown, "successfactors")
    assert (refused.exit_code, "no connection to successfactors" in refused.output) == (1, True)
    pushed = await run(settings, "start", shown, "workday", "--everything", "--push")
    assert (pushed.exit_code, "needs a dry run first" in pushed.output) == (1, True)
    stranger = await run(settings, "list", ids.show("company", ids.new()))
    assert stranger.output.strip() == "no sync yet"


async def test_the_clock_starts_what_is_due_and_what_events_named(
    settings: Settings, services: Services, company: UUID
) -> None:
    body = b'{"eventType": "Job Profile Changed", "jobProfileId": "R-00005"}'
    hook = Hook(
        company_id=company,
        client_id=None,
        actor_kind="hris",
        actor_id="recipe",
        source="workday",
        body=body,
        content_type="application/json",
    )
    event = (await services.intake.receive(hook)).id
    async with services.db.engine() as tx:
        await tx.conn.execute("UPDATE connection SET every_minutes = 60, next_sync_at = now()")
    work, stop = await build_work(settings), asyncio.Event()
    clock = Clock(settings, services.db, Bell(make_broker(settings.redis_url)))
    loops = [asyncio.create_task(one.run(stop)) for one in (work.syncer, clock)]

    async def both() -> list[Any]:
        async with services.db.company(company) as tx:
            found = await syncs.listing(tx, operator_of(company))
        return [one for one in found if one.status == "success"] if len(found) == 2 else []

    async def over() -> bool:
        return len(await both()) == 2

    await eventually(over, 60)
    stop.set()
    await asyncio.gather(*loops)
    await work.close()
    assert {(one.what, one.actor_id) for one in await both()} == {
        ("everything", "schedule"),
        ("ids", "hints"),
    }
    async with services.db.company(company) as tx:
        (fetch,) = (await source_events.get(tx, company, event)).fetches
    assert fetch.status == "fetched"


async def test_the_workers_own_syncer_does_it(
    settings: Settings, services: Services, company: UUID, hris: Tenant
) -> None:
    shown = ids.show("company", company)
    sync = ids.parse("sync", (await run(settings, "start", shown, "workday", "--everything")).output.strip())
    work, stop = await build_work(settings), asyncio.Event()
    running = asyncio.create_task(work.syncer.run(stop))

    async def over() -> Any:
        async with services.db.company(company) as tx:
            found = await syncs.get(tx, operator_of(company), sync)
        return found if found.finished_at else None

    ended = await eventually(over, 30)
    stop.set()
    await running
    await work.close()
    assert (ended.status, ended.counts.new) == ("success", 100)
    listed = await run(settings, "list", shown)
    assert "Workday 100, here 100." in listed.output
