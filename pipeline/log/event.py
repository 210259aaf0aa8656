"""One event as everybody sees it: flat fields that a recipe maps, the same names as in a callback."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kit import ids
from pipeline.log.kinds import KINDS, UNLISTED
from pipeline.log.store import EventRow
from pipeline.runs.lifecycle import Display
from pipeline.runs.store import Status
from pipeline.runs.view import dashboard


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the company's log. `version` grows with every event of the company; `sequence` counts
    the events of one run."""

    id: str
    type: str
    version: int
    sequence: int | None
    occurred_at: datetime
    updated_at: str
    company: str
    tenant: str
    company_name: str
    run_id: str | None
    role_id: str | None
    batch_id: str | None
    connection_id: str | None
    sync_id: str | None
    review_id: str | None
    role_title: str | None
    role_code: str | None
    role_source: str | None
    role_source_id: str | None
    stage: str | None
    status: Status
    display: Display
    reason: str | None
    error_code: str | None
    error_message: str | None
    action: str | None
    degraded: list[str]
    links: dict[str, str]


def shown(row: EventRow, company_id: UUID, base: str) -> Event:
    """An event from its row; links begin with `base`."""
    data, error = row.data, row.data.get("error") or {}
    meaning = KINDS.get(row.type, UNLISTED)
    company = ids.show("company", company_id)
    return Event(
        id=ids.show_event(row.store_id, row.id),
        type=row.type,
        version=row.id,
        sequence=row.sequence,
        occurred_at=row.at,
        updated_at=row.at.isoformat(timespec="microseconds"),
        company=company,
        tenant=company,
        company_name=row.company_name,
        run_id=_id("run", row.run_id),
        role_id=_id("role", row.role_id),
        batch_id=_id("batch", row.batch_id),
        connection_id=data.get("connection_id"),
        sync_id=data.get("sync_id"),
        review_id=data.get("review_id"),
        role_title=row.role_title,
        role_code=row.role_code,
        role_source=row.role_source,
        role_source_id=row.role_source_id,
        stage=data.get("stage") or error.get("stage"),
        status=data.get("status") or meaning.status,
        display=data.get("display") or meaning.display,
        reason=data.get("reason"),
        error_code=error.get("code"),
        error_message=error.get("message"),
        action=(error.get("action") or {}).get("what"),
        degraded=data.get("degraded") or [],
        links=_links(row, base),
    )


def _id(kind: ids.Kind, id_: UUID | None) -> str | None:
    return None if id_ is None else ids.show(kind, id_)


def _links(row: EventRow, base: str) -> dict[str, str]:
    links = {}
    for kind, path, id_ in (
        ("run", "runs", _id("run", row.run_id)),
        ("role", "roles", _id("role", row.role_id)),
        ("batch", "batches", _id("batch", row.batch_id)),
    ):
        if id_ is not None:
            links[kind] = f"{base}/v1/{path}/{id_}"
    for kind in ("connection", "sync", "review"):
        if shown_id := row.data.get(f"{kind}_id"):
            links[kind] = f"{base}/v1/{kind}s/{shown_id}"
    if row.role_id is not None:
        links["dashboard"] = dashboard(row.dashboard_url, base, row.role_id)
    return links
