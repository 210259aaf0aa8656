"""A suspended job is woken once, at the workspace's pace, and every answer means what the docs say."""

from __future__ import annotations

import asyncio
import time

import pytest

from kit import ids
from tests.fakes.receiver import Receiver, Reply, receiving
from tests.pipeline.runs.world import execute, pushed
from tests.webhooks.waits.world import ACCESS, TOKEN, World
from webhooks.waits.resuming import Policy, verdict

pytestmark = pytest.mark.half_done("runs are ended by hand, without their stages")


def place(receiver: Receiver) -> str:
    return receiver.url.removesuffix("/hook")


async def test_a_job_is_resumed_when_its_run_is_over_with_the_run(world: World) -> None:
    async with receiving(Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        await asyncio.sleep(0.1)
        assert workato.got == []  # the run is not over
        await world.end()
        done, tries = await world.until(wait.id, "resumed")
        (got,) = workato.got
        body = got.json()
        assert (got.method, got.path) == ("POST", "/api/job/resume")
        assert got.headers["authorization"] == f"Bearer {ACCESS}"
        assert (body["token"], body["resume_token"]) == (TOKEN, TOKEN)
        assert (body["data"]["id"], body["data"]["status"]) == (ids.show("run", world.run_id), "success")
        assert (done.attempts, done.last_status, [one.status for one in tries]) == (1, 204, [204])


async def test_a_job_of_a_run_that_is_over_is_resumed_at_once(world: World) -> None:
    await world.end(status="failed")
    async with receiving(Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        await world.until(wait.id, "resumed")
        assert workato.got[0].json()["data"]["status"] == "failed"


async def test_a_job_that_waits_for_several_runs_wakes_after_the_last(world: World) -> None:
    other = await pushed(world.db, world.company_id, 1)
    async with receiving(Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend(runs=[world.run_id, other])
        await world.end()
        await asyncio.sleep(0.1)
        assert workato.got == []
        await world.end(other, "failed")
        await world.until(wait.id, "resumed")
        data = workato.got[0].json()["data"]
        assert (data["status"], data["failed"], len(data["results"])) == ("failed", 1, 2)


@pytest.mark.parametrize("status", [429, 503])
async def test_what_passes_is_tried_again_until_it_works(world: World, status: int) -> None:
    await world.end()
    async with receiving(Reply(status), Reply(0), Reply(204)) as workato, world.resuming(unknown_for=0.0):
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        done, tries = await world.until(wait.id, "resumed")
        assert ([one.status for one in tries], done.attempts) == ([status, None, 204], 3)


@pytest.mark.parametrize("status", [404, 302])
async def test_a_token_that_workato_does_not_know_is_tried_for_a_while_and_then_dead(
    world: World, status: int
) -> None:
    await world.end()
    async with receiving(Reply(status, b"no such job")) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        done, tries = await world.until(wait.id, "dead")
        assert len(tries) > 1
        assert (done.last_status, tries[-1].answer) == (status, "no such job")


async def test_a_job_that_was_not_asleep_yet_is_resumed_by_the_next_try(world: World) -> None:
    await world.end()
    async with receiving(Reply(404), Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        _, tries = await world.until(wait.id, "resumed")
        assert [one.status for one in tries] == [404, 204]


async def test_a_refused_api_token_stops_the_workspace_until_it_is_replaced(world: World) -> None:
    await world.end()
    async with receiving(Reply(401), Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        await world.until(wait.id, "failed")
        await asyncio.sleep(0.2)
        held, tries = await world.look(wait.id)
        assert (held.workspace_status, len(tries)) == ("stopped", 1)
        told = await execute(world.db, "SELECT data FROM event WHERE type = 'workspace.stopped'")
        assert [row["data"]["error"]["code"] for row in told] == ["token_refused"]
        await world.workspace(place(workato), token="a-new-one")
        await world.until(wait.id, "resumed")
        assert workato.got[-1].headers["authorization"] == "Bearer a-new-one"


async def test_nobody_is_called_after_the_job_has_expired(world: World) -> None:
    async with receiving(Reply(204)) as workato:
        await world.workspace(place(workato))
        wait, _ = await world.suspend(seconds=0.05)
        await world.end()
        await asyncio.sleep(0.06)
        async with world.resuming():
            done, tries = await world.until(wait.id, "expired")
        assert (workato.got, tries, done.last_error) == (
            [],
            [],
            "The job was not resumed before its time ran out.",
        )


async def test_a_workspace_is_called_at_its_pace_by_all_processes_together(world: World) -> None:
    await world.end()
    async with receiving(Reply(204)) as workato:
        await world.workspace(place(workato))
        waits = [(await world.suspend(f"{TOKEN}-{n}"))[0] for n in range(4)]
        began = time.monotonic()
        async with world.resuming(pace=0.2), world.resuming(pace=0.2):
            for wait in waits:
                await world.until(wait.id, "resumed")
        assert time.monotonic() - began >= 3 * 0.2
        assert len(workato.got) == 4


async def test_a_workspace_is_called_once_in_a_second_unless_a_test_hurries() -> None:
    assert Policy().pace >= 1.0


async def test_a_resumed_job_is_never_resumed_again(world: World) -> None:
    await world.end()
    async with receiving(Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        await world.until(wait.id, "resumed")
        again, new = await world.suspend()
        await asyncio.sleep(0.1)
        assert (again.id, new, len(workato.got)) == (wait.id, False, 1)


async def test_tokens_are_kept_sealed_and_forgotten_at_the_end(world: World) -> None:
    async with receiving(Reply(204)) as workato:
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        rows = await execute(world.db, "SELECT w::text || s::text AS text FROM wait w, workspace s")
        assert TOKEN not in rows[0]["text"]
        assert ACCESS not in rows[0]["text"]
        await world.end()
        async with world.resuming():
            await world.until(wait.id, "resumed")
        assert await execute(world.db, "SELECT token FROM wait") == [{"token": ""}]


async def test_what_workato_says_is_kept_without_tokens(world: World) -> None:
    await world.end()
    said = f"unknown {TOKEN} for {ACCESS}".encode()
    async with receiving(Reply(404, said)) as workato, world.resuming(unknown_for=0.0):
        await world.workspace(place(workato))
        wait, _ = await world.suspend()
        _, tries = await world.until(wait.id, "dead")
        assert tries[-1].answer == "unknown [hidden] for [hidden]"


async def test_a_body_of_ones_own_is_sent_as_it_is_written(world: World) -> None:
    await world.end()
    async with receiving(Reply(204)) as workato, world.resuming():
        await world.workspace(place(workato), body={"job": {"key": "$token"}, "list": ["$data", 7]})
        wait, _ = await world.suspend()
        await world.until(wait.id, "resumed")
        body = workato.got[0].json()
        assert (body["job"], body["list"][0]["kind"], body["list"][1]) == ({"key": TOKEN}, "run", 7)


def test_every_status_means_something() -> None:
    meanings = {status: verdict(status) for status in range(200, 600)}
    assert {meanings[408], meanings[425], meanings[429]} == {"again"}
    assert {meanings[200], meanings[204]} == {"resumed"}
    assert [status for status, meaning in meanings.items() if meaning == "refused"] == [401, 403]
    assert {meanings[status] for status in range(500, 600)} == {"again"}
    assert {meanings[301], meanings[400], meanings[404], meanings[410], meanings[422]} == {"unknown"}
