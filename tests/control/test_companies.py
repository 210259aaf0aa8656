from __future__ import annotations

import pytest

from control import audit, clients, companies
from control.access import SCOPES, Caller, known_scopes, require
from kit import ids
from kit.db import Db
from kit.errors import Forbidden, NotFound


def _caller(*scopes: str) -> Caller:
    return Caller("client", ids.new(), ids.new(), "Workato", frozenset(scopes))


def test_a_scope_that_is_lacking_is_named() -> None:
    with pytest.raises(Forbidden, match="runs:write"):
        require(_caller("runs:read"), "runs:write")
    require(_caller("runs:write"), "runs:write")


def test_the_thing_of_another_company_does_not_exist() -> None:
    caller = _caller("runs:read")
    with pytest.raises(NotFound):
        require(caller, "runs:read", ids.new())
    require(caller, "runs:read", caller.company_id)


def test_a_scope_that_does_not_exist_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="is not a scope"):
        require(_caller(), "runs:everything")
    with pytest.raises(ValueError, match="Unknown scopes: x:y"):
        known_scopes(["x:y", "runs:read"])
    assert known_scopes(list(reversed(SCOPES))) == list(SCOPES)


async def test_a_policy_is_merged_key_by_key(db: Db) -> None:
    async with db.engine() as tx:
        company = await companies.create(tx, "Liberty", policy={"a": 1, "b": 2})
        changed = await companies.change(tx, company.id, policy={"b": 3}, window_cap=7)
        assert (changed.policy, changed.window_cap, changed.name) == ({"a": 1, "b": 3}, 7, "Liberty")
        assert await companies.all_of_them(tx) == [changed]


async def test_a_company_sees_itself_only(db: Db) -> None:
    async with db.engine() as tx:
        one, other = await companies.create(tx, "One"), await companies.create(tx, "Other")
    async with db.company(one.id) as tx:
        assert (await companies.get(tx, one.id)).name == "One"
        with pytest.raises(NotFound):
            await companies.get(tx, other.id)


async def test_a_client_of_another_company_cannot_be_touched(db: Db) -> None:
    async with db.engine() as tx:
        one, other = await companies.create(tx, "One"), await companies.create(tx, "Other")
        client, _ = await clients.create(tx, one.id, "Workato", ["runs:read"])
        for act in (clients.disable, clients.end_tokens, clients.rotate):
            with pytest.raises(NotFound):
                await act(tx, other.id, client.id)


async def test_an_audit_row_stands_or_falls_with_what_was_done(db: Db) -> None:
    async with db.engine() as tx:
        company = await companies.create(tx, "One")
    caller = Caller("client", company.id, ids.new(), "Workato", frozenset())
    with pytest.raises(RuntimeError):
        await _fail_after_audit(db, caller)
    async with db.company(company.id) as tx:
        await audit.record(tx, caller, "role.created", "role_1", detail={"n": 1})
        rows = await (
            await tx.conn.execute("SELECT action, actor_kind, target, detail FROM audit")
        ).fetchall()
    assert rows == [("role.created", "client", "role_1", {"n": 1})]


async def _fail_after_audit(db: Db, caller: Caller) -> None:
    async with db.company(caller.company_id) as tx:
        await audit.record(tx, caller, "role.lost")
        raise RuntimeError
