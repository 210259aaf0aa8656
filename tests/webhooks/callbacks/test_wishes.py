"""What a subscription may want: less of an event, some events only, a locked door, its own pace."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from kit.errors import Conflict, Invalid, NotFound
from pipeline.log.kinds import KINDS
from tests.fakes.receiver import Reply, receiving
from tests.webhooks.callbacks.test_body import FACTS
from tests.webhooks.callbacks.world import World, eventually, sql
from webhooks.callbacks import deliveries, sending
from webhooks.callbacks.auth import Auth
from webhooks.callbacks.body import THIN, compose, with_links
from webhooks.callbacks.deliveries import Replayed
from webhooks.callbacks.sample import filled
from webhooks.callbacks.schedule import Policy

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def replay(world: World, id_: UUID, *, missing: bool = True, since: datetime = LONG_AGO) -> Replayed:
    async with world.db.company(world.company.id) as tx:
        return await deliveries.replay(tx, world.caller, id_, since, missing=missing)


async def test_a_thin_message_says_only_where_to_look(world: World) -> None:
    async with receiving() as receiver, world.delivering() as deliverer:
        await world.subscribe(receiver.url, payload="thin")
        await world.happen("role.ready")
        deliverer.nudge()
        (got,) = await receiver.wait_for(1)
        assert set(got.json()) == set(THIN)
        assert got.json()["links"]["role"].startswith("https://")


@pytest.mark.parametrize(
    ("wanted", "planned"),
    [
        ({"sources": ["workday"]}, 1),
        ({"sources": ["successfactors"]}, 0),
        ({"states": ["draft", "ready"]}, 1),
        ({"states": ["archived"]}, 0),
        ({"sources": ["workday"], "states": ["archived"]}, 0),
    ],
)
async def test_a_subscription_hears_of_its_sources_and_states_only(
    world: World, wanted: dict[str, Any], planned: int
) -> None:
    await world.subscribe("https://hooks.workato.com/x", **wanted)
    assert await world.plan(await world.log("role.ready")) == planned


@pytest.mark.parametrize(
    ("wanted", "planned"),
    [
        ({"events": ["*"]}, 0),
        ({"events": ["run.*", "role.ready"]}, 0),
        ({"events": ["stage.*"]}, 1),
        ({"events": ["*", "stage.finished"]}, 1),
        ({"events": ["stage.failed"]}, 0),
        ({"events": ["stage.finished"], "stages": ["ai_assessment"]}, 1),
        ({"events": ["stage.finished"], "stages": ["reskilling"]}, 0),
        ({"events": ["stage.finished"], "sources": ["successfactors"]}, 0),
    ],
)
async def test_events_of_single_stages_go_only_to_who_names_them(
    world: World, wanted: dict[str, Any], planned: int
) -> None:
    events = wanted.pop("events")
    await world.subscribe("https://hooks.workato.com/x", *events, **wanted)
    assert await world.plan(await world.log("stage.finished", stage="ai_assessment")) == planned
    for one in await world.log_book():
        assert (one.body["stage"], one.body["status"]) == ("ai_assessment", "success")


async def test_a_filter_of_stages_leaves_other_events_alone_and_names_a_stage_there_is_not(
    world: World,
) -> None:
    await world.subscribe("https://hooks.workato.com/x", "role.ready", stages=["reskilling"])
    assert await world.plan(await world.log("role.ready")) == 1
    with pytest.raises(Invalid, match="There is no ai_asessment; known are create_company_role"):
        await world.subscribe("https://hooks.workato.com/x", "stage.*", stages=["ai_asessment"])


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Auth(kind="header", name="api-token", value="t0k3n"), "api-token", "t0k3n"),
        (
            Auth(kind="basic", username="etter", password="geheim"),
            *("authorization", "Basic " + base64.b64encode(b"etter:geheim").decode()),
        ),
    ],
)
async def test_a_receiver_is_given_what_lets_us_in(world: World, auth: Auth, header: str, value: str) -> None:
    async with receiving(Reply(200, b"hello t0k3n geheim")) as receiver, world.delivering() as deliverer:
        made, _ = await world.subscribe(receiver.url, auth=auth)
        await world.happen()
        deliverer.nudge()
        (got,) = await receiver.wait_for(1)
        assert got.headers[header] == value
        assert got.headers["webhook-signature"]
        await world.until("delivered")
        _, (attempt,) = await world.delivery()
        assert auth.secrets()[0] not in str(attempt.answer)
    async with world.db.engine() as tx:
        (row,) = await sql(tx, "SELECT s::text AS text FROM subscription s")
    assert made.auth_kind == auth.kind
    assert auth.secrets()[0] not in row["text"]


async def test_a_token_is_fetched_once_and_again_when_it_is_refused(world: World) -> None:
    token = Reply(200, b'{"access_token": "at-1", "expires_in": 3600}')
    async with (
        receiving(token) as desk,
        receiving(Reply(200), Reply(200), Reply(401), Reply(200)) as receiver,
    ):
        auth = Auth(kind="oauth2", token_url=desk.url, client_id="c", client_secret="s3cret", scope="x")
        await world.subscribe(receiver.url, auth=auth)
        async with world.delivering(per_subscription=1) as deliverer:
            for _ in range(3):
                await world.happen()
            deliverer.nudge()
            await receiver.wait_for(4)
            await world.until("delivered", 3)
        assert {got.headers["authorization"] for got in receiver.got} == {"Bearer at-1"}
        assert [got.body for got in desk.got] == [
            b"grant_type=client_credentials&client_id=c&client_secret=s3cret&scope=x"
        ] * 2


async def test_without_a_token_nothing_is_sent_and_it_is_tried_again(world: World) -> None:
    async with receiving(Reply(400, b"{}")) as desk, receiving() as receiver, world.delivering() as deliverer:
        auth = Auth(kind="oauth2", token_url=desk.url, client_id="c", client_secret="s3cret")
        await world.subscribe(receiver.url, auth=auth)
        await world.happen()
        deliverer.nudge()
        (failed, *_) = await world.until("failed")
        assert failed.last_error == "The token address answered 400 and gave no token."
        assert receiver.got == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"auth": Auth(kind="basic", username="x")}, "The kind basic needs password."),
        ({"auth": Auth(kind="header", name="Webhook-Id", value="x")}, "cannot be set"),
        ({"auth": Auth(kind="header", name="a:b", value="x")}, "cannot be set"),
        ({"auth": Auth(kind="header", name="a", value="x\r\nb: c")}, "printable"),
        (
            {"auth": Auth(kind="oauth2", token_url="https://10.1.1.1", client_id="c", client_secret="s")},
            "name a host",
        ),
        ({"sources": ["sap"]}, "There is no sap"),
        ({"states": ["done"]}, "There is no done"),
    ],
)
async def test_wishes_that_cannot_be_met_are_named(world: World, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        await world.subscribe("https://hooks.workato.com/x", **wrong)


async def test_a_subscription_is_called_at_its_pace_by_all_processes_together(world: World) -> None:
    async with receiving() as receiver:
        await world.subscribe(receiver.url)
        await world.plan(*[await world.log("role.ready") for _ in range(12)])
        began = time.monotonic()
        async with world.delivering(rate=5), world.delivering(rate=5):
            await world.until("delivered", 12)
        assert time.monotonic() - began >= 2
        assert len(receiver.got) == 12


def test_at_its_pace_a_receiver_never_gets_more_bytes_than_workato_takes() -> None:
    longest: dict[str, Any] = {"code": "x" * 9000, "message": "ü" * 9000, "stage": "x" * 9000}
    longest |= {"action": {"what": "ü" * 9000, "who": "x" * 90}, "retry_at": "x" * 900}
    names = ["x" * 900] * 900
    facts = filled("run.failed", UUID(int=1))
    assert set(facts) >= set(THIN)
    body = compose(_facts(longest, names))
    thirty_megabytes_a_minute = 30_000_000 / 60
    assert len(with_links(body, "https://connector.example")) * Policy().rate < thirty_megabytes_a_minute


def _facts(error: dict[str, Any], names: list[str]) -> Any:
    data = {"error": error, "degraded": names, "flags": names, "reason": "ü" * 9000}
    return msgspec.structs.replace(FACTS, data=data, company_name="ü" * 900, role_title="ü" * 900)


async def test_a_receiver_that_takes_nothing_for_days_is_switched_off_and_the_log_says_so(
    world: World,
) -> None:
    async with receiving(Reply(503)) as receiver:
        made, _ = await world.subscribe(receiver.url)
        await world.happen()
        async with world.delivering():
            await world.until("failed")
        await sending.disable_failing(world.db, Policy())
        failing = await world.subscription(made.id)
        assert (failing.status, failing.failing_since is None) == ("active", False)
        async with world.db.engine() as tx:
            await sql(tx, "UPDATE subscription SET failing_since = now() - interval '73 hours'")
        await sending.disable_failing(world.db, Policy())
        off = await world.subscription(made.id)
        assert (off.status, off.disabled_reason) == ("disabled", "failing")
        async with world.db.engine() as tx:
            told = await sql(tx, "SELECT data FROM event WHERE type = 'subscription.disabled'")
        assert told[0]["data"]["reason"] == "The receiver has taken nothing for days."
        assert [one.status for one in await world.log_book()] == ["dead"]


async def test_one_success_ends_the_time_of_failing(world: World) -> None:
    async with receiving(Reply(503), Reply(200)) as receiver, world.delivering():
        made, _ = await world.subscribe(receiver.url)
        await world.happen()
        await world.until("delivered")
        assert (await world.subscription(made.id)).failing_since is None


async def test_a_replay_of_what_is_missing_sends_what_never_came_and_what_is_dead(world: World) -> None:
    before = await world.log("role.ready")
    async with receiving(Reply(200), Reply(422), Reply(200)) as receiver, world.delivering():
        made, _ = await world.subscribe(receiver.url, "role.ready")
        await world.happen("role.ready")
        await world.until("delivered")
        await world.happen("role.ready")
        await world.until("dead")
        await world.log("run.finished")
        assert await replay(world, made.id) == Replayed(new=1, again=1, next_since=None)
        await world.until("delivered", 3)
        assert await replay(world, made.id) == Replayed(new=0, again=0, next_since=None)
        sent = [got.json()["version"] for got in receiver.got]
        assert min(sent) == before
        assert len(sent) == 4


async def test_a_replay_of_everything_sends_it_again_under_the_same_ids(world: World) -> None:
    async with receiving() as receiver, world.delivering():
        made, _ = await world.subscribe(receiver.url)
        await world.happen()
        await world.until("delivered")
        assert (await replay(world, made.id, missing=False)).again == 1
        first, second = await receiver.wait_for(2)
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        later = datetime.now(UTC) + timedelta(hours=1)
        assert (await replay(world, made.id, missing=False, since=later)).again == 0


async def test_a_replay_needs_a_subscription_that_is_on_and_ones_own(world: World) -> None:
    made, _ = await world.subscribe("https://hooks.workato.com/x")
    with pytest.raises(NotFound):
        await replay(await world.neighbour(), made.id)
    await world.change(made.id, status="disabled")
    with pytest.raises(Conflict):
        await replay(world, made.id)


async def test_a_test_event_has_every_field_filled_and_is_no_event(world: World) -> None:
    async with receiving() as receiver, world.delivering():
        made, _ = await world.subscribe(receiver.url, "run.failed")
        async with world.db.company(world.company.id) as tx:
            await deliveries.send_test(tx, world.caller, made.id, "run.failed")
        (got,) = await receiver.wait_for(1)
        body = got.json()
        empty = [name for name, value in body.items() if value in (None, [], {}, "")]
        assert (empty, body["type"], body["id"].startswith("evt_test_")) == ([], "run.failed", True)
        assert None not in body["error"].values()
    async with world.db.engine() as tx:
        assert await sql(tx, "SELECT id FROM event") == []


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_full_sample_of_every_event(kind: str) -> None:
    body = filled(kind, UUID(int=1))
    assert [name for name, value in body.items() if value in (None, [], {}, "")] == []


async def test_a_receiver_that_ends_in_the_middle_or_never_ends_harms_nothing(world: World) -> None:
    endless = Reply(200, b"x" * 5_000_000, {"content-length": "1000000000"})
    replies = (Reply(200, b"x" * 500, cut=20), Reply(0), endless)
    async with receiving(*replies) as receiver, world.delivering():
        await world.subscribe(receiver.url)
        await world.happen()

        async def delivered() -> bool:
            return (await world.delivery())[0].status == "delivered"

        await eventually(delivered)
        _, tries = await world.delivery()
        assert len(receiver.got) >= len(tries)
        assert all(len(one.answer or "") <= 500 for one in tries)
