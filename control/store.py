"""The rows of this room, one typed function per named query."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries

_q = Queries("control")


class Company(msgspec.Struct, frozen=True):
    """A tenant. `weight` is its share of the queue, `window_cap` its own cap; `policy` its settings."""

    id: UUID
    name: str
    weight: int
    window_cap: int | None
    dashboard_url: str | None
    policy: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Client(msgspec.Struct, frozen=True):
    """An OAuth client as it may be shown."""

    id: UUID
    company_id: UUID
    name: str
    scopes: list[str]
    disabled_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None


class Login(msgspec.Struct, frozen=True):
    """A client as the token endpoint sees it; the hashes are SHA-256."""

    id: UUID
    company_id: UUID
    name: str
    scopes: list[str]
    disabled_at: datetime | None
    secret_hash: bytes
    old_secret_hash: bytes | None


class Barred(msgspec.Struct, frozen=True):
    """A client whose tokens issued before `not_before` (seconds since 1970) do not count."""

    id: UUID
    disabled: bool
    not_before: float


class KeyRow(msgspec.Struct, frozen=True):
    """A signing key; `private_jwk` is sealed by the vault."""

    kid: str
    private_jwk: str
    active_from: datetime
    retired_at: datetime | None


class Answer(msgspec.Struct, frozen=True):
    """What was answered under an Idempotency-Key, and to what."""

    method: str
    path: str
    body_sha256: bytes
    status: int
    answer: Any
    headers: dict[str, str]


async def add_company(tx: Tx, **values: Any) -> Company:
    """See the query."""
    params = {**values, "policy": json(values["policy"])}
    return (await tx.all(_q["add_company"], params, into=Company))[0]


async def get_company(tx: Tx, company_id: UUID) -> Company | None:
    """See the query."""
    return await tx.one(_q["get_company"], {"id": company_id}, into=Company)


async def list_companies(tx: Tx) -> list[Company]:
    """See the query."""
    return await tx.all(_q["list_companies"], into=Company)


async def change_company(tx: Tx, **values: Any) -> Company | None:
    """See the query."""
    policy = values["policy"]
    params = {**values, "policy": None if policy is None else json(policy)}
    return await tx.one(_q["change_company"], params, into=Company)


async def add_client(tx: Tx, **values: Any) -> Client:
    """See the query."""
    return (await tx.all(_q["add_client"], values, into=Client))[0]


async def list_clients(tx: Tx, company_id: UUID) -> list[Client]:
    """See the query."""
    return await tx.all(_q["list_clients"], {"company_id": company_id}, into=Client)


async def get_login(tx: Tx, client_id: UUID) -> Login | None:
    """See the query."""
    return await tx.one(_q["get_login"], {"id": client_id}, into=Login)


async def mark_used(tx: Tx, client_id: UUID, company_id: UUID) -> None:
    """See the query."""
    await tx.run(_q["mark_used"], {"id": client_id, "company_id": company_id})


async def change_secret(tx: Tx, **values: Any) -> int:
    """See the query."""
    return await tx.run(_q["change_secret"], values)


async def bar_client(tx: Tx, client_id: UUID, company_id: UUID, *, disable: bool) -> int:
    """See the query."""
    return await tx.run(_q["bar_client"], {"id": client_id, "company_id": company_id, "disable": disable})


async def revoke_token(tx: Tx, jti: str, company_id: UUID, expires_at: datetime) -> int:
    """See the query."""
    return await tx.run(_q["revoke_token"], {"jti": jti, "company_id": company_id, "expires_at": expires_at})


async def sweep_revoked(tx: Tx) -> int:
    """See the query."""
    return await tx.run(_q["sweep_revoked"])


async def bump_change(tx: Tx) -> int:
    """See the query."""
    return int(await tx.value(_q["bump_change"]))


async def get_change(tx: Tx) -> int:
    """See the query."""
    return int(await tx.value(_q["get_change"]))


async def list_revoked(tx: Tx) -> set[str]:
    """See the query."""
    return {row["jti"] for row in await tx.all(_q["list_revoked"])}


async def list_barred(tx: Tx, token_seconds: int) -> list[Barred]:
    """See the query."""
    return await tx.all(_q["list_barred"], {"token_seconds": token_seconds}, into=Barred)


async def lock_keys(tx: Tx) -> None:
    """See the query."""
    await tx.run(_q["lock_keys"])


async def list_keys(tx: Tx) -> list[KeyRow]:
    """See the query."""
    return await tx.all(_q["list_keys"], into=KeyRow)


async def add_key(tx: Tx, kid: str, private_jwk: str, active_from: datetime) -> None:
    """See the query."""
    await tx.run(_q["add_key"], {"kid": kid, "private_jwk": private_jwk, "active_from": active_from})


async def retire_keys(tx: Tx, active_from: datetime, retired_at: datetime) -> None:
    """See the query."""
    await tx.run(_q["retire_keys"], {"active_from": active_from, "retired_at": retired_at})


async def activate_key(tx: Tx, kid: str) -> None:
    """See the query."""
    await tx.run(_q["activate_key"], {"kid": kid})


async def add_audit(tx: Tx, **values: Any) -> None:
    """See the query."""
    await tx.run(_q["add_audit"], {**values, "detail": json(values["detail"])})


async def get_answer(tx: Tx, company_id: UUID, client_id: UUID, key: str, days: int) -> Answer | None:
    """See the query."""
    params = {"company_id": company_id, "client_id": client_id, "key": key, "days": days}
    return await tx.one(_q["get_answer"], params, into=Answer)


async def put_answer(tx: Tx, company_id: UUID, client_id: UUID, key: str, answer: Answer) -> None:
    """See the query."""
    params = {
        **msgspec.structs.asdict(answer),
        "company_id": company_id,
        "client_id": client_id,
        "key": key,
        "answer": json(answer.answer),
        "headers": json(answer.headers),
    }
    await tx.run(_q["put_answer"], params)


async def try_key(tx: Tx, lock: int) -> bool:
    """See the query."""
    return bool(await tx.value(_q["try_key"], {"lock": lock}))


async def sweep_answers(tx: Tx, days: int) -> int:
    """See the query."""
    return await tx.run(_q["sweep_answers"], {"days": days})
