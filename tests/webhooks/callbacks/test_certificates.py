"""Receivers that let us in by a client certificate: shown to them, kept sealed, its end announced."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from kit.errors import Invalid
from kit.host import tls
from tests.adapters.pull.keys import pair
from tests.fakes.receiver import Receiver
from tests.webhooks.callbacks.world import World, sql
from webhooks.callbacks import sending
from webhooks.callbacks.auth import Auth


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The authority of these receivers is one that the world outside does not know."""
    usual = httpx.create_ssl_context

    def known(*, trust_env: bool) -> ssl.SSLContext:
        context = usual(trust_env=trust_env)
        context.load_verify_locations(cadata=pair("receiver").certificate)
        return context

    monkeypatch.setattr(httpx, "create_ssl_context", known)
    tls.cache_clear()
    yield
    tls.cache_clear()


def ours(name: str = "ours") -> Auth:
    return Auth(kind="mtls", certificate=pair(name).certificate, private_key=pair(name).private)


@asynccontextmanager
async def demanding() -> AsyncIterator[Receiver]:
    """A receiver over TLS that takes nobody but who shows the certificate `ours`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{pair('receiver').private}{pair('receiver').certificate}")
        file.flush()
        context.load_cert_chain(file.name)
    context.load_verify_locations(cadata=pair("ours").certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    receiver.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()


async def test_a_receiver_that_demands_a_certificate_is_shown_it(world: World) -> None:
    async with demanding() as receiver, world.delivering():
        made, _ = await world.subscribe(receiver.url, auth=ours())
        await world.happen("role.ready")
        await world.until("delivered")
        assert len(receiver.got) == 1
    assert (made.auth_kind, made.auth_ends_at is not None) == ("mtls", True)


async def test_without_it_or_with_anothers_nothing_is_delivered(world: World) -> None:
    async with demanding() as receiver, world.delivering(waits=(60,)):
        await world.subscribe(receiver.url, auth=ours("stranger"))
        await world.happen("role.ready")
        (failed,) = await world.until("failed")
        assert receiver.got == []
        assert failed.last_status is None
        assert failed.last_error


async def test_certificate_and_key_are_sealed_at_rest(world: World) -> None:
    await world.subscribe("https://hooks.workato.com/x", auth=ours())
    async with world.db.engine() as tx:
        (row,) = await sql(tx, "SELECT s::text AS row FROM subscription s")
    for secret in (pair("ours").private, pair("ours").certificate):
        assert secret.splitlines()[1] not in row["row"]
    assert pair("ours").private not in repr(ours())


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        (Auth(kind="mtls"), "needs certificate and private_key"),
        (Auth(kind="mtls", certificate="x", private_key="y"), "no PEM"),
        (
            Auth(kind="mtls", certificate=pair("ours").certificate, private_key=pair("stranger").private),
            "do not belong together",
        ),
        (Auth(kind="mtls", certificate="x" * 70_000, private_key="y"), "at most 65536"),
    ],
)
async def test_what_is_no_certificate_is_refused_in_one_sentence(world: World, auth: Auth, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        await world.subscribe("https://hooks.workato.com/x", auth=auth)
    assert "PRIVATE KEY" not in refused.value.detail


async def test_a_certificate_is_checked_without_reading_whom_the_world_trusts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bool] = []
    usual = httpx.create_ssl_context

    def slow(*, trust_env: bool) -> ssl.SSLContext:
        read.append(trust_env)
        return usual(trust_env=trust_env)

    monkeypatch.setattr(httpx, "create_ssl_context", slow)
    made, _ = await world.subscribe("https://hooks.workato.com/x", auth=ours())
    await world.change(made.id, auth=ours("stranger"))
    assert read == []


async def test_the_end_of_a_certificate_is_announced_once_and_again_for_a_new_one(world: World) -> None:
    soon, _ = await world.subscribe("https://hooks.workato.com/x", auth=ours(), description="Nightly load")
    later, _ = await world.subscribe("https://hooks.workato.com/y", auth=ours())
    async with world.db.engine() as tx:
        await sql(
            tx,
            "UPDATE subscription SET auth_ends_at = %(at)s WHERE id = %(id)s",
            at=datetime.now(UTC) + timedelta(days=90),
            id=later.id,
        )
    assert [await sending.announce_ending(world.db) for _ in range(2)] == [1, 0]
    async with world.db.engine() as tx:
        (told,) = await sql(tx, "SELECT company_id, data FROM event WHERE type = 'subscription.expiring'")
    assert told["company_id"] == world.company.id
    assert told["data"]["reason"].startswith("The certificate of the subscription Nightly load ends on 20")
    await world.change(soon.id, auth=ours())
    assert await sending.announce_ending(world.db) == 1
    changed = await world.change(soon.id, auth=Auth())
    assert (changed.auth_kind, changed.auth_ends_at) == ("none", None)
