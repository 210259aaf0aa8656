"""What a company chose: which profiles push themselves, and selections of roles that were saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Tx, json
from kit.errors import Action, Conflict, NotFound
from kit.sql import Queries

_sql = Queries("pipeline.records", "choosing.sql")
Mode = Literal["off", "new", "new_and_changed"]


class PushPolicy(msgspec.Struct, frozen=True):
    """When profiles of a source push themselves, which of them, and how many on one day at most."""

    source: str
    mode: Mode = "new"
    filters: dict[str, list[str]] = {}
    daily_cap: int | None = None


class Selection(msgspec.Struct, frozen=True):
    """A filter of roles under a name."""

    id: UUID
    name: str
    filter: dict[str, Any]
    made_by: str
    created_at: datetime


async def push_policies(tx: Tx, company_id: UUID) -> list[PushPolicy]:
    """What was chosen, by source."""
    return await tx.all(_sql["push_policies"], {"company_id": company_id}, into=PushPolicy)


async def put_push_policy(tx: Tx, company_id: UUID, policy: PushPolicy) -> None:
    """Choose for one source; it holds from the next profile on."""
    params = {**msgspec.structs.asdict(policy), "company_id": company_id, "filters": json(policy.filters)}
    await tx.run(_sql["put_push_policy"], params)


async def selections(tx: Tx, company_id: UUID) -> list[Selection]:
    """The saved selections by name."""
    return await tx.all(_sql["selections"], {"company_id": company_id}, into=Selection)


async def save(tx: Tx, company_id: UUID, name: str, wanted: dict[str, Any], made_by: str) -> Selection:
    """Keep a selection. Raises Conflict when the name is taken."""
    params = {
        "id": ids.new(),
        "company_id": company_id,
        "name": name,
        "filter": json(wanted),
        "made_by": made_by,
    }
    made = await tx.one(_sql["add_selection"], params, into=Selection)
    if made is None:
        raise Conflict(
            "There is a selection of this name.", code="name_taken", action=Action("Choose another name.")
        )
    return made


async def drop(tx: Tx, company_id: UUID, id_: UUID) -> None:
    """Forget a selection. Raises NotFound."""
    if not await tx.run(_sql["drop_selection"], {"company_id": company_id, "id": id_}):
        raise NotFound("There is no such selection.")
