from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connector.embedded.postgres import Postgres
from kit import ids
from kit.errors import Conflict, NotFound
from kit.http import AddressRules, CompanyHttp
from tests.fakes.receiver import Reply, receiving
from tests.webhooks.callbacks.world import PUBLIC_URL, World, eventually, sql
from webhooks.callbacks import deliveries, sending
from webhooks.callbacks.store import Claimed


async def test_an_event_reaches_its_subscriber_and_the_signature_holds(world: World) -> None:
    async with receiving() as receiver, world.delivering():
        _, secret = await world.subscribe(receiver.url)
        await world.happen("role.ready")
        got = (await receiver.wait_for(1))[0]
        body = Webhook(secret).verify(got.body, got.headers)
        assert got.headers["content-type"] == "application/json; charset=utf-8"
        assert got.headers["x-workato-dedup"] == got.headers["webhook-id"] == body["id"]
        assert body["links"]["role"] == f"{PUBLIC_URL}/v1/roles/{body['role_id']}"
        assert (body["type"], body["status"], body["role_code"]) == ("role.ready", "running", "0042")
        assert (await world.until("delivered"))[0].attempts == 1


async def test_after_failures_it_is_sent_again_under_the_same_id_until_it_arrives(world: World) -> None:
    replies = [Reply(500), Reply(0), Reply(404), Reply(204)]
    async with receiving(*replies) as receiver, world.delivering():
        await world.subscribe(receiver.url)
        await world.happen()
        await world.until("delivered")
        delivery, tries = await world.delivery()
        assert [one.status for one in tries] == [500, None, 404, 204]
        assert delivery.attempts == 4
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


async def test_each_try_is_signed_at_its_own_time(world: World) -> None:
    async with receiving(Reply(500), Reply(200)) as receiver, world.delivering(waits=(1.1,)):
        _, secret = await world.subscribe(receiver.url)
        await world.happen()
        first, second = await receiver.wait_for(2)
        assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
        for got in (first, second):
            Webhook(secret).verify(got.body, got.headers)


async def test_the_receivers_retry_after_wins_over_the_schedule(world: World) -> None:
    async with receiving(Reply(429, headers={"retry-after": "3000"})) as receiver, world.delivering():
        await world.subscribe(receiver.url)
        await world.happen()
        (delivery,) = await world.until("failed")
        assert delivery.next_try_at is not None
        assert 2900 < (delivery.next_try_at - delivery.updated_at).total_seconds() < 3100


async def test_410_switches_the_subscription_off_and_the_log_says_so(world: World) -> None:
    async with receiving(Reply(410)) as gone, receiving() as other, world.delivering():
        off, _ = await world.subscribe(gone.url, "role.ready")
        await world.subscribe(other.url, "subscription.disabled")
        await world.happen("role.ready")
        await world.until("dead")
        found = await world.subscription(off.id)
        assert (found.status, found.disabled_reason) == ("disabled", "gone")
        async with world.db.engine() as tx:
            (job,) = await sql(tx, "SELECT payload FROM job WHERE kind = 'pipeline.events_logged'")
        await world.plan(*job["payload"]["event_ids"])
        (told,) = await other.wait_for(1)
        assert told.json()["type"] == "subscription.disabled"
        assert "410" in told.json()["reason"]
        assert await world.happen("role.ready")
        assert len(await world.log_book(subscription_id=off.id)) == 1


async def test_410_ends_everything_that_was_on_its_way_there(world: World) -> None:
    async with receiving(Reply(410)) as receiver:
        await world.subscribe(receiver.url)
        for _ in range(3):
            await world.happen()
        async with world.delivering(per_subscription=1):
            dead = await world.until("dead", 3)
        assert len(receiver.got) == 1
        assert {delivery.last_error for delivery in dead} == {
            "The receiver answered 410: it is gone for good."
        }


@pytest.mark.parametrize("status", [400, 405, 413, 415, 422])
async def test_a_message_that_is_not_taken_is_dead_at_once(world: World, status: int) -> None:
    async with receiving(Reply(status, b"no field x")) as receiver, world.delivering():
        subscription, _ = await world.subscribe(receiver.url)
        await world.happen()
        (delivery,) = await world.until("dead")
        _, tries = await world.delivery()
        assert (delivery.last_status, [one.answer for one in tries]) == (status, ["no field x"])
        assert (await world.subscription(subscription.id)).failures == 0


async def test_a_redirect_is_a_failure_and_is_not_followed(world: World) -> None:
    async with receiving() as aim, receiving(Reply(307, headers={"location": aim.url})) as receiver:
        await world.subscribe(receiver.url)
        await world.happen()
        async with world.delivering(waits=(60,)):
            (delivery,) = await world.until("failed")
        assert aim.got == []
        assert delivery.last_error is not None
        assert "redirect" in delivery.last_error


async def test_when_the_time_is_over_the_delivery_is_dead(world: World) -> None:
    async with receiving(Reply(503)) as receiver, world.delivering(give_up=0.05):
        await world.subscribe(receiver.url)
        await world.happen()
        (delivery,) = await world.until("dead")
        assert delivery.last_status == 503


async def test_an_address_that_is_no_longer_allowed_is_not_called(world: World) -> None:
    async with receiving() as receiver:
        await world.subscribe(receiver.url)
        await world.happen()
        async with CompanyHttp(AddressRules(("*.workato.com",))) as strict:
            world.http = strict
            async with world.delivering(waits=(60,)):
                (delivery,) = await world.until("failed")
        assert receiver.got == []
        assert delivery.last_error == "The address has to begin with https://, not with http://."


async def test_a_dead_senders_delivery_is_sent_again_with_the_same_id(world: World) -> None:
    async with receiving() as receiver:
        await world.subscribe(receiver.url)
        await world.happen()
        means = world.means(lease=0.1)
        (claimed,) = await sending.claim_due(world.db, ids.new(), means.policy, 10)
        await sending.act(means, claimed)  # it arrives, and then its process dies
        assert await sending.claim_due(world.db, ids.new(), means.policy, 10) == []
        async with world.delivering():
            await world.until("delivered")
        first, second = receiver.got
        assert first.headers["x-workato-dedup"] == second.headers["x-workato-dedup"]
        assert [one.attempt for one in (await world.delivery())[1]] == [2]


async def test_who_was_overtaken_records_nothing(world: World) -> None:
    async with receiving(Reply(500), Reply(200)) as receiver:
        await world.subscribe(receiver.url)
        await world.happen()
        slow, quick, means = ids.new(), ids.new(), world.means(lease=0.05)
        (held,) = await sending.claim_due(world.db, slow, means.policy, 10)
        late = await sending.act(means, held)

        async def overtaken() -> list[Claimed]:
            return await sending.claim_due(world.db, quick, means.policy, 10)

        (again,) = await eventually(overtaken)
        done = await sending.act(means, again)
        assert await sending.record(world.db, quick, means, again, done) == "delivered"
        assert await sending.record(world.db, slow, means, held, late) is None
        delivery, tries = await world.delivery()
        assert (delivery.status, delivery.attempts, len(tries)) == ("delivered", 1, 1)


async def test_two_processes_share_the_work_and_send_nothing_twice(world: World) -> None:
    async with receiving() as receiver:
        await world.subscribe(receiver.url)
        for _ in range(30):
            await world.happen()
        async with world.delivering(), world.delivering():
            await world.until("delivered", 30)
        assert len({got.headers["webhook-id"] for got in receiver.got}) == len(receiver.got) == 30


async def test_the_breaker_leaves_a_sick_receiver_alone_and_then_tries_once(world: World) -> None:
    async with receiving(Reply(500)) as receiver:
        subscription, _ = await world.subscribe(receiver.url)
        for _ in range(6):
            await world.happen()
        async with world.delivering(breaker_failures=5, breaker_wait=600, per_subscription=1, waits=(60,)):
            await world.until("failed", 5)
            found = await world.subscription(subscription.id)
            assert found.open_until is not None
            assert found.failures == 5
            assert [delivery.status for delivery in await world.log_book()].count("pending") == 1
            assert len(receiver.got) == 5
        receiver.replies = [Reply(200)]
        await _let_the_breaker_test(world, subscription.id)
        async with world.delivering(breaker_failures=5, per_subscription=4):
            await world.until("delivered")
        found = await world.subscription(subscription.id)
        assert (found.open_until, found.failures) == (None, 0)


async def _let_the_breaker_test(world: World, id_: UUID) -> None:
    async with world.db.engine() as tx:
        await sql(tx, "UPDATE subscription SET open_until = now() WHERE id = %(id)s", id=id_)


async def test_a_breaker_that_tests_lets_one_delivery_through(world: World) -> None:
    async with receiving() as receiver:
        subscription, _ = await world.subscribe(receiver.url)
        for _ in range(3):
            await world.happen()
        async with world.db.engine() as tx:
            await sql(tx, "UPDATE subscription SET failures = 5")
        policy = world.means(breaker_failures=5).policy
        assert len(await sending.claim_due(world.db, ids.new(), policy, 10)) == 1
        assert await sending.claim_due(world.db, ids.new(), policy, 10) == []
        assert (await world.subscription(subscription.id)).failures == 5


async def test_a_hanging_receiver_does_not_hold_up_another(world: World) -> None:
    never = asyncio.Event()
    async with receiving(Reply(after=never)) as hanging, receiving() as well:
        await world.subscribe(hanging.url, "run.*")
        await world.subscribe(well.url, "role.*")
        for _ in range(8):
            await world.happen("run.started")
        await world.happen("role.ready")
        async with world.delivering(parallel=5, per_subscription=4):
            await well.wait_for(1)
            assert len(hanging.got) <= 4
            never.set()


async def test_a_dead_delivery_is_sent_again_by_hand_with_its_history_kept(world: World) -> None:
    async with receiving(Reply(400), Reply(200)) as receiver, world.delivering():
        await world.subscribe(receiver.url)
        await world.happen()
        (dead,) = await world.until("dead")
        async with world.db.company(world.company.id) as tx:
            again = await deliveries.retry(tx, world.caller, dead.id)
        assert (again.status, again.attempts) == ("pending", 0)
        await world.until("delivered")
        _, tries = await world.delivery()
        assert [(one.attempt, one.status) for one in tries] == [(1, 400), (2, 200)]
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


async def test_what_is_on_its_way_or_has_nowhere_to_go_is_not_sent_by_hand(world: World) -> None:
    async with receiving() as receiver:
        subscription, _ = await world.subscribe(receiver.url)
        await world.happen()
        (waiting,) = await world.log_book()
        async with world.db.company(world.company.id) as tx:
            with pytest.raises(Conflict, match="on its way"):
                await deliveries.retry(tx, world.caller, waiting.id)
        await world.change(subscription.id, status="disabled")
        async with world.db.company(world.company.id) as tx:
            with pytest.raises(Conflict, match="disabled"):
                await deliveries.retry(tx, world.caller, waiting.id)


async def test_a_company_sees_and_retries_its_own_deliveries_only(world: World) -> None:
    async with receiving(Reply(400)) as receiver, world.delivering():
        await world.subscribe(receiver.url)
        await world.happen()
        (dead,) = await world.until("dead")
        other = await world.neighbour()
        assert await other.log_book() == []
        async with world.db.company(other.company.id) as tx:
            with pytest.raises(NotFound):
                await deliveries.get(tx, other.caller, dead.id)
            with pytest.raises(NotFound):
                await deliveries.retry(tx, other.caller, dead.id)


async def test_while_a_secret_is_replaced_old_and_new_verify_and_after_a_day_only_the_new(
    world: World,
) -> None:
    from webhooks.callbacks import subscriptions

    async with receiving() as receiver, world.delivering():
        subscription, old = await world.subscribe(receiver.url)
        async with world.db.company(world.company.id) as tx:
            _, new = await subscriptions.rotate_secret(tx, world.caller, world.vault, subscription.id)
        await world.happen()
        (got,) = await receiver.wait_for(1)
        for secret in (old, new):
            Webhook(secret).verify(got.body, got.headers)
        async with world.db.engine() as tx:
            await sql(tx, "UPDATE subscription SET previous_secret_until = now()")
        await world.happen()
        later = (await receiver.wait_for(2))[1]
        Webhook(new).verify(later.body, later.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(later.body, later.headers)


async def test_of_an_answer_only_the_beginning_is_kept_and_nothing_secret(world: World) -> None:
    async with receiving() as receiver, world.delivering():
        secret_path = receiver.url + "/s3cr3t-of-the-recipe"
        receiver.replies = [
            Reply(503, f"at {secret_path}: Bearer abcdefghijkl \x00".encode() + b"\xff" + b"x" * 900)
        ]
        await world.subscribe(secret_path)
        await world.happen()
        await world.until("failed")
        answer = (await world.delivery())[1][0].answer
        assert answer is not None
        assert len(answer) == 500
        assert "s3cr3t" not in answer
        assert "abcdefghijkl" not in answer


async def test_deliveries_that_cannot_even_be_tried_end_some_day(world: World) -> None:
    async with receiving() as receiver:
        await world.subscribe(receiver.url)
        await world.happen()
        async with world.db.engine() as tx:
            await sql(tx, "UPDATE delivery SET tried_since = now() - interval '26 hours'")
            await sql(tx, "UPDATE subscription SET open_until = now() + interval '1 hour', failures = 9")
        async with world.delivering(breaker_failures=5):
            await world.until("dead")
        assert receiver.got == []


async def test_a_secret_that_cannot_be_opened_is_a_failure_that_says_so(world: World) -> None:
    async with receiving() as receiver, world.delivering(waits=(60,)):
        await world.subscribe(receiver.url)
        async with world.db.engine() as tx:
            await sql(tx, "UPDATE subscription SET secrets = 'gAAAA'")
        await world.happen()
        (delivery,) = await world.until("failed")
        assert delivery.last_error is not None
        assert "rotate it" in delivery.last_error


async def test_a_deliverer_told_to_stop_ends_what_it_sends_and_takes_nothing_new(world: World) -> None:
    hold = asyncio.Event()
    async with receiving(Reply(after=hold)) as receiver:
        await world.subscribe(receiver.url)
        for _ in range(6):
            await world.happen()
        async with world.delivering(parallel=2):
            await receiver.wait_for(2)
            asyncio.get_running_loop().call_later(0.1, hold.set)
        statuses = sorted(delivery.status for delivery in await world.log_book())
        assert statuses == ["delivered"] * 2 + ["pending"] * 4


async def test_a_deliverer_outlives_a_database_that_breaks_its_connections(
    world: World, postgres_server: Postgres
) -> None:
    async with receiving() as receiver, world.delivering():
        await world.subscribe(receiver.url)
        async with await psycopg.AsyncConnection.connect(postgres_server.admin_url, autocommit=True) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'connector'"
            )
        await world.happen()
        await world.until("delivered")
