"""The activation of a company: from its creation to the dashboard, step by step, with who does what next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.errors import NotFound
from kit.sql import Queries

_sql = Queries("connector", "activation.sql")
Marked = Literal["mapping_checked", "taxonomy_chosen", "dashboard_handed_over"]
_STEPS: tuple[tuple[str, str, str, str], ...] = (
    # step, what it is called, what to do for it, who does that
    ("created", "The company is here", "Nothing is left to do.", "admin"),
    ("invited", "People are invited", "Invite the people who look after it.", "admin"),
    ("connected", "The HRIS is connected", "Make a connection, or a client for the recipe.", "admin"),
    ("first_event", "The first profiles came in", "Start a sync, or let the HRIS send one profile.", "csm"),
    ("mapping_checked", "The mapping is right", "Look at some roles beside their job profiles.", "csm"),
    ("taxonomy_chosen", "The taxonomy is chosen", "Agree with the client which standard roles count.", "csm"),
    ("pilot", "A pilot was pushed", "Choose about 50 roles, plan the push, and push them.", "csm"),
    ("first_published", "The first role is published", "Look at what waits or failed, and mend it.", "csm"),
    ("dashboard_handed_over", "The dashboard is handed over", "Send the client the dashboard's link.", "csm"),
)


class Step(msgspec.Struct, frozen=True):
    """One step. `by_hand`: a person says that it is done; else it shows by itself. `next` is what to do, and
    `who` can do it."""

    step: str
    title: str
    done_at: datetime | None
    by_hand: bool
    next: str
    who: str


async def steps(tx: Tx, company_id: UUID) -> list[Step]:
    """The checklist as it stands. Raises NotFound."""
    row = await tx.one(_sql["milestones"], {"company_id": company_id})
    if row is None:
        raise NotFound("There is no such company.")
    by_hand = set(get_args(Marked))
    dates: dict[str, Any] = {**row, **(row["marked"] or {})}
    return [
        msgspec.convert(
            {
                "step": step,
                "title": title,
                "done_at": dates.get(step),
                "by_hand": step in by_hand,
                "next": what,
                "who": who,
            },
            Step,
        )
        for step, title, what, who in _STEPS
    ]


async def mark(tx: Tx, company_id: UUID, step: Marked, *, done: bool) -> None:
    """Say that a step is done, or that it is not."""
    await tx.run(_sql["mark_step" if done else "unmark_step"], {"company_id": company_id, "step": step})


async def change(
    tx: Tx,
    company_id: UUID,
    *,
    name: str | None,
    dashboard_url: str | msgspec.UnsetType | None,
    policy: dict[str, Any],
) -> None:
    """Change what is given of the company's own row; a policy is merged key by key."""
    given = dashboard_url is not msgspec.UNSET
    params = {
        "company_id": company_id,
        "name": name,
        "set_dashboard": given,
        "dashboard_url": dashboard_url if given else None,
        "policy": json(policy),
    }
    await tx.run(_sql["change_own"], params)
