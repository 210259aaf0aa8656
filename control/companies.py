"""Companies: created by the operator, changed by their admins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from control import store
from control.store import Company
from kit import ids
from kit.db import Tx
from kit.errors import NotFound


async def create(
    tx: Tx,
    name: str,
    *,
    weight: int = 1,
    window_cap: int | None = None,
    dashboard_url: str | None = None,
    policy: dict[str, Any] | None = None,
) -> Company:
    """A new company (engine transaction)."""
    return await store.add_company(
        tx,
        id=ids.new(),
        name=name,
        weight=weight,
        window_cap=window_cap,
        dashboard_url=dashboard_url,
        policy=policy or {},
    )


async def get(tx: Tx, company_id: UUID) -> Company:
    """The company; NotFound when this transaction does not see it."""
    found = await store.get_company(tx, company_id)
    if found is None:
        raise NotFound("There is no such company.")
    return found


async def all_of_them(tx: Tx) -> list[Company]:
    """Every company by name (engine transaction)."""
    return await store.list_companies(tx)


async def change(
    tx: Tx,
    company_id: UUID,
    *,
    name: str | None = None,
    weight: int | None = None,
    window_cap: int | None = None,
    dashboard_url: str | None = None,
    policy: dict[str, Any] | None = None,
) -> Company:
    """Change what is given; a policy is merged key by key (engine transaction)."""
    found = await store.change_company(
        tx,
        id=company_id,
        name=name,
        weight=weight,
        window_cap=window_cap,
        dashboard_url=dashboard_url,
        policy=policy,
    )
    if found is None:
        raise NotFound("There is no such company.")
    return found
