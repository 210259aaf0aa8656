"""Where a role's state goes when what we know of it changes, and what the log says about that."""

from __future__ import annotations

from pipeline.records.rows import Rows
from pipeline.records.store import Standing

ONCE_RUN = ("ready", "workflow_failed", "stale", "assessment_failed")


def state_after(role: Standing, why: str | None, *, inactive: bool, held: bool) -> str:
    """The state of a role that changed. `why` says why it is not pushed (None: it is), `held` whether it
    has a document it can be assessed by."""
    if inactive:
        return "archived"
    if role.active_id is not None:
        return role.state if role.state != "archived" else "queued"
    if why is None:
        return "queued"
    if role.published or role.state in ONCE_RUN:
        return "stale"
    return "draft" if held else "validation_failed"


def announce(role: Standing, state: str, why: str | None, rows: Rows) -> None:
    """Log the move, if it is one; the waiting runs of a role that is archived now are ended."""
    if state == role.state:
        return
    if state == "archived":
        rows.ended_roles.append(role.id)
        rows.event("role.archived", role.id, data={"reason": why})
    elif state == "stale":
        rows.event("role.stale", role.id, data={"reason": why})
    elif state == "validation_failed":
        rows.event("role.invalid", role.id, data={"reason": why})
    elif state == "draft":
        rows.event("role.drafted", role.id, data={"reason": why})
