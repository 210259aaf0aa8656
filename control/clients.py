"""OAuth clients. A secret is 256 random bits, shown once; its SHA-256 is kept (a slow hash would guard
nothing here, since nobody can guess 256 bits)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from control import store
from control.access import known_scopes
from control.store import Client, Login
from kit import ids
from kit.db import Tx
from kit.errors import NotFound

PREFIX = "ecs_"


def _make_secret() -> tuple[str, bytes]:
    secret = PREFIX + secrets.token_urlsafe(32)
    return secret, hashlib.sha256(secret.encode()).digest()


def fits(login: Login, secret: str) -> bool:
    """Whether this is the client's secret, or its old one while that still counts."""
    given = hashlib.sha256(secret.encode()).digest()
    kept = [known for known in (login.secret_hash, login.old_secret_hash) if known]
    return any(hmac.compare_digest(given, known) for known in kept)


async def create(tx: Tx, company_id: UUID, name: str, scopes: list[str]) -> tuple[Client, str]:
    """A client and its secret, which nobody can read again (auth or engine transaction).
    ValueError names unknown scopes."""
    secret, hashed = _make_secret()
    client = await store.add_client(
        tx,
        id=ids.new(),
        company_id=company_id,
        name=name,
        secret_hash=hashed,
        scopes=known_scopes(scopes),
    )
    return client, secret


async def all_of(tx: Tx, company_id: UUID) -> list[Client]:
    """The clients of a company."""
    return await store.list_clients(tx, company_id)


async def login(tx: Tx, client_id: UUID) -> Login | None:
    """A client for the token endpoint (auth transaction)."""
    return await store.get_login(tx, client_id)


async def rotate(tx: Tx, company_id: UUID, client_id: UUID, *, grace_hours: float = 24) -> str:
    """A new secret. The old one and its tokens work on for the grace time; NotFound."""
    secret, hashed = _make_secret()
    old_until = datetime.now(UTC) + timedelta(hours=grace_hours)
    changed = await store.change_secret(
        tx, id=client_id, company_id=company_id, secret_hash=hashed, old_until=old_until
    )
    if not changed:
        raise NotFound("There is no such client.")
    return secret


async def disable(tx: Tx, company_id: UUID, client_id: UUID) -> None:
    """End the client and all its tokens at once; NotFound."""
    await _bar(tx, company_id, client_id, disable=True)


async def end_tokens(tx: Tx, company_id: UUID, client_id: UUID) -> None:
    """End all tokens issued until now, and an old secret; the client may get new ones. NotFound."""
    await _bar(tx, company_id, client_id, disable=False)


async def _bar(tx: Tx, company_id: UUID, client_id: UUID, *, disable: bool) -> None:
    if not await store.bar_client(tx, client_id, company_id, disable=disable):
        raise NotFound("There is no such client.")
    await store.bump_change(tx)


async def mark_used(tx: Tx, login: Login) -> None:
    """Note that the client was here (to the minute)."""
    await store.mark_used(tx, login.id, login.company_id)
