"""Every named query can be planned as the role it is made for, says why it is there, and is used."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.house.queries import Named, every, prepared, uses
from tests.house.tracked import ROOMS, text_of, with_ending

QUERIES = every()
NAMES = [named.name for named in QUERIES]
_LOCK_KEY = re.compile(r"\b7_?011_?3\d\d\b")


def explain(conn: psycopg.Connection[object], named: Named) -> None:
    """Plan it without running it: types, tables, columns and the role's rights are all checked."""
    text, count = prepared(named.query)
    arguments = f"({', '.join(['NULL'] * count)})" if count else ""
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        conn.execute(f"SET LOCAL ROLE {named.role}".encode())
        conn.execute(f"PREPARE planned AS {text}".encode())
        conn.execute(f"EXPLAIN EXECUTE planned{arguments}".encode())
        conn.execute("DEALLOCATE planned")


def planned(url: str) -> dict[str, str]:
    """What PostgreSQL refuses, by query."""
    refused = {}
    with psycopg.connect(url, autocommit=True) as conn:
        for named in QUERIES:
            try:
                explain(conn, named)
            except psycopg.Error as exc:
                refused[f"{named.name} as {named.role}"] = str(exc).partition("\n")[0]
    return refused


def test_every_query_can_be_planned_by_the_role_it_is_made_for(db_url: str) -> None:
    assert len(QUERIES) > 60
    assert planned(db_url) == {}


def test_a_query_that_names_a_wrong_column_would_be_found(db_url: str) -> None:
    wrong = QUERIES[0]._replace(query=QUERIES[0].query._replace(text="SELECT nothing FROM role"))
    with psycopg.connect(db_url, autocommit=True) as conn, pytest.raises(psycopg.errors.UndefinedColumn):
        explain(conn, wrong)


def test_a_query_that_its_role_may_not_run_would_be_found(db_url: str) -> None:
    wrong = next(named for named in QUERIES if named.name == "pipeline.engine.leave")
    with (
        psycopg.connect(db_url, autocommit=True) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        explain(conn, wrong._replace(role="connector_api"))


@pytest.mark.parametrize("named", QUERIES, ids=NAMES)
def test_a_query_says_why_it_is_there(named: Named) -> None:
    assert re.match(r"[A-Z'\"].{10,}", named.query.why), named.query.why


@pytest.mark.parametrize("named", QUERIES, ids=NAMES)
def test_a_query_is_used_in_its_room(named: Named) -> None:
    assert f'"{named.query.name}"' in uses(named.room)


@pytest.mark.long
def test_every_query_can_be_planned_by_the_oldest_postgresql(db15_url: str) -> None:
    assert planned(db15_url) == {}


def test_no_two_locks_share_a_key() -> None:
    """Two that do would stand in each other's way for no reason that anybody finds."""
    product = [path for path in with_ending(".py", ".sql") if path.parts[0] in ROOMS]
    found = [key.replace("_", "") for path in product for key in _LOCK_KEY.findall(text_of(path))]
    assert len(found) > 4
    assert sorted(found) == sorted(set(found))
