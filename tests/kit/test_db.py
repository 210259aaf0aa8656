"""Transactions: what they leave behind, and connections that died in the pool."""

from __future__ import annotations

from typing import Any

import pytest

from kit.db import Db
from kit.sql import Query
from tests import make

_WHO = Query("who", "", "SELECT current_user::text AS role, current_setting('app.company', true) AS company")
_END_OTHERS = Query(
    "end_others",
    "",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename = session_user AND pid <> pg_backend_pid()",
)


async def who(db: Db) -> dict[str, Any]:
    async with db.engine() as tx:
        row: dict[str, Any] | None = await tx.one(_WHO)
    assert row is not None
    return row


async def test_a_transaction_is_its_role_and_company_and_the_next_one_is_not(db: Db) -> None:
    company = await make.company(db)
    async with db.company(company) as tx:
        assert await tx.one(_WHO) == {"role": "connector_api", "company": str(company)}
    assert await who(db) == {"role": "connector_engine", "company": ""}


async def test_what_fails_is_rolled_back(db: Db) -> None:
    company = await make.company(db, "Before")
    rename = Query("rename", "", "UPDATE company SET name = 'After' WHERE id = %(id)s")

    async def renamed() -> None:
        async with db.engine() as tx:
            await tx.run(rename, {"id": company})
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        await renamed()
    async with db.engine() as tx:
        kept = await tx.value(
            Query("name", "", "SELECT name FROM company WHERE id = %(id)s"), {"id": company}
        )
    assert kept == "Before"


async def test_connections_that_died_in_the_pool_are_passed_over(db: Db, db_url: str) -> None:
    await who(db)
    other = Db(db_url, size=1)
    await other.open()
    async with other.engine() as tx:
        # Back to the login, which may end its own sessions.
        await tx.conn.execute("RESET ROLE")
        assert len(await tx.all(_END_OTHERS)) >= 1
    await other.close()
    assert (await who(db))["role"] == "connector_engine"


async def test_a_forgotten_transaction_is_ended_by_the_database(db: Db) -> None:
    shown = Query("shown", "", "SELECT current_setting('idle_in_transaction_session_timeout')")
    async with db.engine() as tx:
        assert await tx.value(shown) == "10s"
