"""The body of a delivery: flat fields that a recipe maps, each of them bounded, so that the whole stays
far below what any receiver takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from kit import ids
from pipeline.log.kinds import KINDS, UNLISTED

MAX_BODY = 1_000_000
THIN = (
    *("id", "type", "version", "sequence", "occurred_at", "company", "tenant"),
    *("run_id", "role_id", "batch_id", "status", "links"),
)
"""The fields of a thin body."""


class EventFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the event log with what it is about, and the subscriptions that asked for it."""

    id: int
    type: str
    at: datetime
    sequence: int | None
    data: dict[str, Any]
    store_id: UUID
    company_id: UUID
    company_name: str
    dashboard_url: str | None
    run_id: UUID | None
    role_id: UUID | None
    batch_id: UUID | None
    role_title: str | None
    role_code: str | None
    role_source: str | None
    role_source_id: str | None
    run_error: dict[str, Any] | None
    run_degraded: list[str] | None
    subscriptions: list[UUID]


def compose(event: EventFacts) -> dict[str, Any]:
    """The body as stored. Links are API paths; `with_links` makes addresses of them when it is sent."""
    meaning = KINDS.get(event.type, UNLISTED)
    company, error = ids.show("company", event.company_id), _error(event)
    return {
        "id": ids.show_event(event.store_id, event.id),
        "type": event.type,
        "version": event.id,
        "sequence": event.sequence,
        "occurred_at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "company": company,
        "tenant": company,
        "company_name": _text(event.company_name, 200),
        "run_id": event.run_id and ids.show("run", event.run_id),
        "role_id": event.role_id and ids.show("role", event.role_id),
        "batch_id": event.batch_id and ids.show("batch", event.batch_id),
        "connection_id": _text(event.data.get("connection_id"), 40),
        "sync_id": _text(event.data.get("sync_id"), 40),
        "review_id": _text(event.data.get("review_id"), 40),
        "role_title": _text(event.role_title, 300),
        "role_code": _text(event.role_code, 200),
        "role_source": _text(event.role_source, 100),
        "role_source_id": _text(event.role_source_id, 300),
        "stage": _text(event.data.get("stage") or (error or {}).get("stage"), 100),
        "status": _text(event.data.get("status"), 20) or meaning.status,
        "display": _text(event.data.get("display"), 20) or meaning.display,
        "reason": _text(event.data.get("reason"), 500),
        "error": error,
        "degraded": _names(event.data.get("degraded") or _of(event, "run.degraded", event.run_degraded)),
        "flags": _names(event.data.get("flags")),
        "links": _links(event),
    }


def with_links(body: Mapping[str, Any], public_url: str, *, thin: bool = False) -> bytes:
    """The body as bytes, its API paths made addresses; `thin`: only what says where to look."""
    base = public_url.rstrip("/")
    links = {name: base + link if link.startswith("/") else link for name, link in body["links"].items()}
    whole = {**body, "links": links}
    return msgspec.json.encode({name: whole[name] for name in THIN if name in whole} if thin else whole)


def _of(event: EventFacts, kind: str, value: Any) -> Any:
    """What the run says, where the event of this type does not say it itself."""
    return value if event.type == kind else None


def _error(event: EventFacts) -> dict[str, Any] | None:
    error = event.data.get("error") or _of(event, "run.failed", event.run_error)
    if not isinstance(error, dict):
        return None
    action = error.get("action")
    action = action if isinstance(action, dict) else {"what": action}
    return {
        "code": _text(error.get("code"), 100) or "internal",
        "message": _text(error.get("message"), 1000) or "",
        "stage": _text(error.get("stage"), 100),
        "action": _text(action.get("what"), 500),
        "who": _text(action.get("who"), 20),
        "retry_at": _text(error.get("retry_at"), 40),
    }


def _links(event: EventFacts) -> dict[str, str]:
    links = {}
    if event.run_id:
        links["run"] = f"/v1/runs/{ids.show('run', event.run_id)}"
    if event.role_id:
        links["role"] = f"/v1/roles/{ids.show('role', event.role_id)}"
    if event.batch_id:
        links["batch"] = f"/v1/batches/{ids.show('batch', event.batch_id)}"
    for name in ("connection", "sync", "review"):
        if id_ := _text(event.data.get(f"{name}_id"), 40):
            links[name] = f"/v1/{name}s/{id_}"
    if event.dashboard_url:
        links["dashboard"] = event.dashboard_url[:2000]
    return links


def _names(value: Any) -> list[str]:
    return [str(name)[:100] for name in value[:50]] if isinstance(value, list) else []


def _text(value: Any, limit: int) -> str | None:
    return None if value is None else str(value)[:limit]
