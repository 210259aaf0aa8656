"""The roles of a list and of a push by filter are the same ones, whichever comes first."""

from __future__ import annotations

from pipeline.records.store import sql


def test_both_orders_choose_the_same_roles() -> None:
    oldest, newest = sql["role_ids"].text, sql["newest_role_ids"].text
    turned = oldest.replace("(o.updated_at, o.id) >", "(o.updated_at, o.id) <")
    assert turned.replace("o.updated_at, o.id\nLIMIT", "o.updated_at DESC, o.id DESC\nLIMIT") == newest
