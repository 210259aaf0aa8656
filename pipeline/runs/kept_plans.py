"""Plans that are kept: roles that a published mapping made stale, until a person pushes them at their price.

A plan begins when the mapping is published, gets its roles when the payloads were read again, and ends by
being pushed or by another version being published.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, Invalid, NotFound
from kit.sql import Queries
from pipeline.runs import plans, pushes
from pipeline.runs.plans import Plan
from pipeline.runs.pushes import Batch, Push

_sql = Queries("pipeline.runs", "kept_plans.sql")
MOST_ROLES = 10_000
_OF_A_BATCH = 1_000
PlanState = Literal["preparing", "ready", "pushed", "overtaken"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is kept: for which version of which source's mapping, of which roles, and the batches that
    it became."""

    id: UUID
    state: PlanState
    source: str
    mapping_version: str
    role_ids: list[UUID]
    batch_ids: list[UUID]
    made_by: str
    made_at: datetime
    pushed_by: str | None
    pushed_at: datetime | None

    @property
    def complete(self) -> bool:
        """False when it holds as many roles as a plan can: there may be more."""
        return len(self.role_ids) < MOST_ROLES


async def overtake(tx: Tx, company_id: UUID, source: str) -> None:
    """No plan of this source is open any more."""
    await tx.run(_sql["overtake_plans"], {"company_id": company_id, "source": source})


async def begin(tx: Tx, company_id: UUID, source: str, mapping_version: str, made_by: str) -> UUID:
    """A plan whose roles are not known yet."""
    id_ = ids.new()
    params = {"company_id": company_id, "id": id_, "source": source, "mapping_version": mapping_version}
    await tx.run(_sql["insert_plan"], params | {"made_by": made_by})
    return id_


async def fill(tx: Tx, company_id: UUID, source: str, id_: UUID | None, role_ids: list[UUID]) -> None:
    """The roles of the open plan of a source: of this one if it waits for them, or of one that has some."""
    params = {"company_id": company_id, "source": source, "id": id_, "role_ids": role_ids}
    await tx.run(_sql["fill_plan"], params)


async def get(tx: Tx, company_id: UUID, id_: UUID) -> Kept:
    """One plan. Raises NotFound."""
    found = await tx.one(_sql["get_plan"], {"company_id": company_id, "id": id_}, into=Kept)
    if found is None:
        raise NotFound(f"There is no plan with the id {ids.show('plan', id_)}.")
    return found


async def open_plans(tx: Tx, company_id: UUID) -> list[Kept]:
    """The plans that wait for a person, newest first."""
    return await tx.all(_sql["open_plans"], {"company_id": company_id}, into=Kept)


async def priced(tx: Tx, company_id: UUID, kept: Kept, wanted: Push, *, offline: bool, cap: int) -> Plan:
    """What pushing the plan would come to now. Roles that ran meanwhile are left out."""
    roles = kept.role_ids if kept.state == "ready" else []
    return await plans.make(tx, company_id, roles, wanted, offline=offline, cap=cap, stale_only=True)


async def push(tx: Tx, company_id: UUID, id_: UUID, wanted: Push, by: str) -> list[Batch]:
    """Push what the plan holds, as batches of a thousand roles at most.

    Raises NotFound, Conflict for a plan that is not ready, Invalid when none of its roles can be pushed."""
    if await tx.one(_sql["lock_plan"], {"company_id": company_id, "id": id_}) is None:
        raise NotFound(f"There is no plan with the id {ids.show('plan', id_)}.")
    kept = await get(tx, company_id, id_)
    _refuse_unless_ready(kept)
    examined = await plans.examine(tx, company_id, kept.role_ids, wanted, stale_only=True)
    fit = [role.id for role, refusal in examined if refusal is None]
    if not fit:
        raise Invalid(
            "No role of this plan can be pushed any more.",
            code="nothing_to_push",
            action=Action("Nothing has to be done; left_out says why.", link=_link(kept)),
        )
    batches = []
    for start in range(0, len(fit), _OF_A_BATCH):
        roles = {role: place for place, role in enumerate(fit[start : start + _OF_A_BATCH])}
        inputs = {"mapping": kept.mapping_version, "plan": ids.show("plan", id_)}
        batches.append(await pushes.many(tx, company_id, roles, wanted, inputs=inputs))
    made = {"batch_ids": [batch.id for batch in batches], "pushed_by": by}
    await tx.run(_sql["plan_pushed"], {"company_id": company_id, "id": id_, **made})
    return batches


def _refuse_unless_ready(kept: Kept) -> None:
    if kept.state == "ready":
        return
    says, what = {
        "preparing": ("The roles of this plan are still being read again.", "Try again in a few seconds."),
        "pushed": (f"This plan was pushed by {(kept.pushed_by or '')[:60]} already.", "Look at its batches."),
        "overtaken": (
            f"Another version of the mapping of {kept.source} was published since.",
            "Push the stale roles, or publish again and make a plan.",
        ),
    }[kept.state]
    retry = 2 if kept.state == "preparing" else None
    action = Action(what, "csm", _link(kept))
    raise Conflict(says, code=f"plan_{kept.state}", action=action, retry_after=retry)


def _link(kept: Kept) -> str:
    return f"/v1/plans/{ids.show('plan', kept.id)}"
