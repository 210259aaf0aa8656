"""The walls between companies: what the database enforces whatever our code forgets."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
import pytest

from kit.db import Db
from tests import make
from tests.house.queries import API, every, prepared
from tests.house.tracked import ROOMS, tree_of, with_ending
from tests.house.walls import Anything, fill, snapshot

ROLES = ("connector_api", "connector_auth", "connector_engine")
WITHOUT_ROWS_OF_COMPANIES = {
    "company": "is the company",
    "person": "a person may be a member of several companies; membership says of which",
    "session": "a person signs in once, for every company of theirs",
    "invitation": "lets a person choose their password; a person belongs to no company",
    "sign_in_failure": "counts tries before anybody knows who it is",
    "signing_key": "signs for the whole service",
    "auth_change": "one counter for the whole service",
    "process": "workers and clocks serve every company",
    "store": "names the database",
}
FOR_EVERYBODY = {"taxonomy", "taxonomy_role"}
"""Where the operator puts what every company may read, under a company of zeros."""
NO_TABLE_OF_THE_PRODUCT = {"migration": "which files were applied; no role of the product may touch it"}
KEYS_WITHOUT_COMPANY = {
    "event_pkey": "the number of an event orders the feeds of all companies; it is made by the database",
    "job_pkey": "a doorbell names a job by its number alone; it is made by the database",
    "membership_person_id_fkey": "a person belongs to no company",
}
STATEMENTS = {
    "kit/db.py": "the one place",
    "kit/migrate.py": "makes the tables, as their owner, before there are roles",
    "kit/presence.py": "locks of a session that is no transaction",
}
_ON = ("conn", "self.conn", "self._conn", "tx.conn", "cursor", "connection")
RUNS_STATEMENTS = {f"{on}.{do}" for on in _ON for do in ("execute", "executemany", "copy", "stream")}
CONNECTS = {"psycopg.connect", "psycopg.AsyncConnection.connect", "AsyncConnectionPool", "ConnectionPool"}
SAVEPOINTS = {"pipeline/records/take.py", "pipeline/runs/runs.py"}
"""Who touches a transaction's connection: to try something out inside a savepoint."""


@pytest.fixture
def admin(db_url: str) -> Any:
    with psycopg.connect(db_url, autocommit=True) as conn:
        yield conn


def tables(admin: Any) -> set[str]:
    found = admin.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    return {name for (name,) in found} - set(NO_TABLE_OF_THE_PRODUCT)


def test_every_table_forces_row_security(admin: Any) -> None:
    forced = admin.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relrowsecurity AND relforcerowsecurity"
    )
    assert tables(admin) - {name for (name,) in forced} == set()
    assert len(tables(admin)) > 20


def test_every_role_that_may_use_a_table_has_a_policy_there(admin: Any) -> None:
    granted = set(
        admin.execute(
            "SELECT table_name, grantee FROM information_schema.role_table_grants "
            "WHERE table_schema = 'public' AND grantee = ANY(%s)",
            [list(ROLES)],
        )
    )
    policies = set(
        admin.execute("SELECT tablename, r FROM pg_policies, unnest(roles) AS r WHERE schemaname = 'public'")
    )
    assert {pair for pair in granted if pair not in policies} == set()
    assert {name for name, _ in granted} == tables(admin)


def test_the_api_is_held_to_one_company_in_reading_and_in_writing(admin: Any) -> None:
    found = admin.execute(
        "SELECT tablename, cmd, qual, with_check, policyname FROM pg_policies "
        "WHERE schemaname = 'public' AND 'connector_api' = ANY(roles)"
    ).fetchall()
    own = "company_id = ( SELECT (NULLIF(current_setting('app.company'::text, true), ''::text))::uuid"
    for table, cmd, qual, check, policy in found:
        if policy == "everybodys":
            assert (table in FOR_EVERYBODY, cmd) == (True, "SELECT"), table
        elif table == "company":
            assert own.removeprefix("company_") in qual
        elif table in ("store", "process"):
            assert cmd == "SELECT"
        else:
            assert own in qual, table
            assert own in check, table


def test_no_role_of_the_product_could_step_over_the_walls(admin: Any) -> None:
    found = admin.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles "
        "WHERE rolname = ANY(%s) OR rolname = current_user",
        [list(ROLES)],
    ).fetchall()
    assert sorted(found) == [
        ("connector", False, False, True),
        *[(role, False, False, False) for role in ROLES],
    ]
    owners = admin.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [("connector",)]


async def test_the_owner_of_the_tables_sees_no_row(db: Db, admin: Any) -> None:
    company_id = await make.company(db)
    await make.take(db, company_id, make.incoming())
    for table in tables(admin):
        seen = admin.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert seen == (0,), table


def test_every_key_of_a_companys_table_contains_the_company(admin: Any) -> None:
    found = admin.execute(
        """
        SELECT i.relname, x.indrelid::regclass::text, array_agg(a.attname::text)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY(x.indkey)
        WHERE x.indisunique AND i.relnamespace = 'public'::regnamespace GROUP BY 1, 2
        UNION ALL
        SELECT c.conname, c.conrelid::regclass::text, array_agg(a.attname::text)
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace GROUP BY 1, 2
        """
    ).fetchall()
    keys = [row for row in found if row[1] not in {*WITHOUT_ROWS_OF_COMPANIES, *NO_TABLE_OF_THE_PRODUCT}]
    assert len(keys) > 20
    without = {key for key, _, columns in keys if "company_id" not in columns}
    assert without == set(KEYS_WITHOUT_COMPANY)


def test_every_table_is_a_companys_or_says_why_not(admin: Any) -> None:
    found = admin.execute(
        "SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'company_id' AND attnotnull "
        "OR attname = 'company_id' AND attrelid = 'job'::regclass"
    )
    assert tables(admin) - {name for (name,) in found} == set(WITHOUT_ROWS_OF_COMPANIES)


QUERIES = [named for named in every() if named.role == API]


async def test_without_a_company_no_query_of_the_api_sees_or_changes_anything(db: Db, db_url: str) -> None:
    company_id = await make.company(db)
    await fill(db, company_id)
    before = await snapshot(db)
    assert asked(db_url, before, company_id, asking=None) == {}
    assert await snapshot(db) == before


async def test_another_company_sees_and_changes_nothing_either(db: Db, db_url: str) -> None:
    company_id, stranger = await make.company(db), await make.company(db, "Stranger")
    await fill(db, company_id)
    before = await snapshot(db)
    assert asked(db_url, before, company_id, asking=stranger) == {}
    assert await snapshot(db) == before


async def test_with_its_company_the_same_questions_are_answered(db: Db, db_url: str) -> None:
    """Else the two tests above would pass on an empty database."""
    company_id = await make.company(db)
    await fill(db, company_id)
    seen = asked(db_url, await snapshot(db), company_id, asking=company_id, undo=True)
    assert len(seen) > 20, sorted({named.name for named in QUERIES} - set(seen))


def asked(
    db_url: str, rows: dict[str, list[str]], company_id: UUID, *, asking: UUID | None, undo: bool = False
) -> dict[str, list[Any]]:
    """What each query of the API told whoever asks, if it told anything."""
    with psycopg.connect(db_url, autocommit=True) as conn:
        anything = Anything(conn, rows, company_id, asking=asking, undo=undo)
        answers = {named.name: anything.ask(prepared(named.query), named)[:2] for named in QUERIES}
    return {name: told for name, told in answers.items() if told}


async def test_a_company_cannot_write_a_row_of_another(db: Db) -> None:
    mine, other = await make.company(db), await make.company(db, "Other")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with db.company(mine) as tx:
            await tx.conn.execute(
                "INSERT INTO push_policy (company_id, source) VALUES (%s, 'workday')", [other]
            )


def test_statements_run_in_one_place() -> None:
    assert {path for path, call in calls() if call in RUNS_STATEMENTS} == set(STATEMENTS)


def test_connections_are_made_in_the_same_places() -> None:
    made = {path for path, call in calls() if call in CONNECTS}
    assert made == set(STATEMENTS)


def test_only_savepoints_touch_the_connection_of_a_transaction() -> None:
    touching = {path: call for path, call in calls() if call.startswith("tx.conn.")}
    assert set(touching) == SAVEPOINTS
    assert set(touching.values()) == {"tx.conn.transaction"}


@cache
def calls() -> set[tuple[str, str]]:
    """Every call of the product: its file, and what is called, as far as it has a name."""
    return {
        (str(path), dotted(node.func))
        for path in with_ending(".py")
        if path.parts[0] in ROOMS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
    }


def dotted(func: ast.expr) -> str:
    """`a.b.c` for that name; what is made on the spot has none."""
    if isinstance(func, ast.Attribute):
        return f"{dotted(func.value)}.{func.attr}"
    return func.id if isinstance(func, ast.Name) else ""
