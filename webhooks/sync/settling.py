"""The end of a sync: what is missing, what it came to in one line, and who has to know."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kit.db import Tx
from pipeline.records.vanishing import archive_vanished
from webhooks.connections.announcing import announce
from webhooks.sync import fetch_store, met_store, store
from webhooks.sync.estimate import estimate
from webhooks.sync.model import Claimed, Counts, LeftOut
from webhooks.sync.store import Ended

NAMES = {"workday": "Workday", "successfactors": "SuccessFactors"}
CANCELLED: dict[str, Any] = {"code": "cancelled", "message": "The sync was cancelled.", "action": None}
_MANY_MISSING = 10
_WHY = {
    "family": "of another family than the connection's scope",
    "country": "of another country than the connection's scope",
    "inactive": "inactive, and the connection takes active ones only",
    "no_title": "without a title",
    "required_missing": "without a title",
    "no_identifier": "without an identifier",
    "draft": "still a draft at the source",
}


async def succeed(tx: Tx, claimed: Claimed) -> list[int]:
    """Settle a sync whose every page was taken in; the jobs to ring for. Its row is held by the caller."""
    outputs: dict[str, Any] = {"summary": _summary(claimed)}
    jobs: list[int] = []
    if claimed.what == "everything":
        left = await met_store.left_out(tx, claimed.company_id, claimed.id)
        outputs["left_out"] = [
            {"why": _why(one), "reason": one.reason, "count": one.count, "examples": one.examples}
            for one in left
        ]
        if claimed.dry_run:
            outputs["estimate"] = await estimate(tx, claimed.company_id, claimed.counts)
        else:
            missing, jobs = await _missing(tx, claimed)
            here = await met_store.count_here(tx, claimed.company_id, claimed.id)
            outputs |= {"missing": missing, "reconciliation": reconciliation(claimed, here, left, missing)}
    if not claimed.dry_run and claimed.what != "ids":
        await store.move_watermark(tx, claimed)
    if claimed.what == "ids":
        await fetch_store.end_fetches(tx, claimed.company_id, claimed.id, None)
    ended = await store.settle_sync(tx, claimed.company_id, claimed.id, "success", outputs, None)
    return jobs + await _tell(tx, claimed.company_id, ended, "success", outputs, None)


async def fail(tx: Tx, company_id: UUID, id_: UUID, error: dict[str, Any]) -> list[int]:
    """Settle a sync that cannot or shall not go on; the jobs to ring for. What was taken in stays, nothing
    is marked as missing, and the next pull of changes begins where this one did."""
    await store.lock_sync(tx, id_)
    await fetch_store.end_fetches(tx, company_id, id_, str(error["message"]))
    ended = await store.settle_sync(tx, company_id, id_, "failed", {}, error)
    return await _tell(tx, company_id, ended, "failed", {}, error)


def reconciliation(claimed: Claimed, here: int, left: list[LeftOut], missing: dict[str, Any]) -> str:
    """What the source has and what is here, and why these are not the same number."""
    found = claimed.counts.found
    said = f"{NAMES.get(claimed.source, claimed.source)} {found:,}, here {here:,}"
    if left:
        said += f", these {found - here:,} because: "
        said += "; ".join(f"{one.count:,} {_why(one)}" for one in left)
    said += "."
    if missing["not_checked"]:
        return f"{said} {missing['not_checked']}"
    if missing["now"]:
        said += f" {missing['now']:,} roles here were not met there"
        said += f" ({missing['archived']:,} archived for it now)." if missing["archived"] else "."
    return said


async def _missing(tx: Tx, claimed: Claimed) -> tuple[dict[str, Any], list[int]]:
    """Mark what a complete pull did not meet, and archive what was missing often enough. A pull that brought
    nothing, less than the source announced, or not even half of what is here, marks nothing."""
    doubt = _doubt(claimed) or _loss(*await met_store.count_held(tx, claimed))
    if doubt:
        return {"now": 0, "archived": 0, "not_checked": doubt}, []
    await met_store.forget_absences(tx, claimed.company_id, claimed.id)
    now = await met_store.note_absences(tx, claimed)
    gone = await met_store.vanished(tx, claimed.company_id, claimed.source, claimed.vanish_after)
    reasons = [
        (one.role_id, f"no longer at its source: missing in {one.missed} complete syncs in a row")
        for one in gone
    ]
    jobs = await archive_vanished(tx, claimed.company_id, reasons) if reasons else []
    return {"now": now, "archived": len(gone), "not_checked": None}, jobs


def _doubt(claimed: Claimed) -> str | None:
    """Why this pull says nothing about what is missing."""
    counts, total = claimed.counts, claimed.total
    if counts.found == 0:
        return "The source sent nothing, so nothing was marked as missing."
    if total is not None and counts.found < total:
        return (
            f"The source announced {total:,} job profiles and sent {counts.found:,}, "
            "so nothing was marked as missing."
        )
    return None


def _loss(held: int, missing: int) -> str | None:
    """So many do not end at once; a permission that was taken away looks like that."""
    if missing < _MANY_MISSING or 2 * missing <= held:
        return None
    return (
        f"{missing:,} of the {held:,} roles here were not met there, more than half, so nothing was marked "
        "as missing: see whether the connection's user may still read all job profiles. What really "
        "ended can be archived by hand."
    )


def _summary(claimed: Claimed) -> str:
    counts: Counts = claimed.counts
    said = f"{counts.found:,} found, {counts.in_scope:,} in scope, "
    if claimed.dry_run:
        return (
            f"{said}0 written: {counts.new:,} would be new, {counts.changed:,} changed, "
            f"{counts.unchanged:,} are the same."
        )
    pushed = f"{counts.pushed:,} pushed" if claimed.push else "all left as drafts"
    written = counts.new + counts.changed
    return f"{said}{written:,} written ({counts.new:,} new, {counts.changed:,} changed), {pushed}."


def _why(one: LeftOut) -> str:
    return _WHY.get(one.reason, f"refused ({one.reason})" if one.outcome == "rejected" else "out of scope")


async def _tell(
    tx: Tx,
    company_id: UUID,
    ended: Ended | None,
    status: str,
    outputs: dict[str, Any],
    error: dict[str, Any] | None,
) -> list[int]:
    if ended is None:
        return []
    return await announce(
        tx,
        company_id,
        "sync.finished" if status == "success" else "sync.failed",
        ended.connection_id,
        ended.id,
        status=status,
        reason=outputs.get("reconciliation") or outputs.get("summary") or (error or {}).get("message"),
        error=error,
    )
