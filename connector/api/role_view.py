"""A role as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from kit import ids
from pipeline.records.reading import Kind, Origin, RoleRow
from pipeline.runs import view
from pipeline.runs.lifecycle import State
from pipeline.runs.view import UnitError


class HeldDocument(msgspec.Struct, frozen=True):
    """A current document of a role, without its text."""

    id: str
    kind: Kind
    title: str
    version: int
    origin: Origin


class RoleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role. `visible` says whether its last published result can be seen in the dashboard, whatever its
    state; `complete` whether it has the documents that a push needs."""

    id: str
    source: str
    source_id: str
    title: str
    code: str | None
    family: str | None
    level: str | None
    grade: str | None
    countries: list[str]
    status: Literal["active", "inactive", "unknown"]
    state: State
    visible: bool
    complete: bool
    priority: Literal["P0", "P1", "P2"]
    revision: int
    published_revision: int | None
    published_at: datetime | None
    stale_since: datetime | None
    flags: list[str]
    degraded: list[str]
    last_run_id: str | None
    error: UnitError | None
    mapping_version: str
    attributes: dict[str, Any]
    documents: list[HeldDocument]
    links: dict[str, str]
    created_at: datetime
    updated_at: datetime


class RoleList(msgspec.Struct, frozen=True):
    """A page of roles, oldest change first."""

    results: list[RoleOut]
    next_cursor: str | None
    has_more: bool


ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
_URL = f"https://connector.example.com/v1/roles/{ROLE}"
ROLE_EXAMPLE: dict[str, Any] = {
    "id": ROLE,
    "source": "api",
    "source_id": "R-1042",
    "title": "Registered Nurse",
    "code": "R-1042",
    "family": "Nursing",
    "level": None,
    "grade": None,
    "countries": ["US"],
    "status": "active",
    "state": "draft",
    "visible": False,
    "complete": True,
    "priority": "P1",
    "revision": 1,
    "published_revision": None,
    "published_at": None,
    "stale_since": None,
    "flags": [],
    "degraded": [],
    "last_run_id": None,
    "error": None,
    "mapping_version": "api@0",
    "attributes": {"union": "yes"},
    "documents": [
        {
            "id": "doc_01990a6b4c7d7e2fb1a0c3d4e5f6071b",
            "kind": "job_description",
            "title": "Job description",
            "version": 1,
            "origin": "api",
        }
    ],
    "links": {
        "self": _URL,
        "push": f"{_URL}/push",
        "runs": f"https://connector.example.com/v1/runs?role_id={ROLE}",
        "documents": f"https://connector.example.com/v1/documents?role_id={ROLE}",
        "source_events": f"https://connector.example.com/v1/source-events?role_id={ROLE}",
        "assessment": f"https://connector.example.com/v1/assessments/{ROLE}",
        "dashboard": "https://etter.example.com/dashboard",
    },
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}


def role(row: RoleRow, base: str) -> RoleOut:
    """A role as it is shown."""
    return RoleOut(
        id=ids.show("role", row.id),
        source=row.source,
        source_id=row.source_id,
        title=row.title,
        code=row.code,
        family=row.family,
        level=row.level,
        grade=row.grade,
        countries=row.record.get("countries", []),
        status=row.status,
        state=row.state,
        visible=row.visible,
        complete=row.complete,
        priority=row.priority,
        revision=row.revision,
        published_revision=row.published_revision,
        published_at=row.published_at,
        stale_since=row.stale_since if row.state == "stale" else None,
        flags=row.flags,
        degraded=row.degraded,
        last_run_id=ids.show("run", row.last_run_id) if row.last_run_id else None,
        error=view.error(row.last_error, None),
        mapping_version=row.mapping_version,
        attributes=row.record.get("attributes", {}),
        documents=[
            HeldDocument(ids.show("doc", one.id), one.kind, one.title, one.version, one.origin)
            for one in row.documents
        ],
        links=_links(row, base),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _links(row: RoleRow, base: str) -> dict[str, str]:
    id_ = ids.show("role", row.id)
    url = f"{base}/v1/roles/{id_}"
    links = {
        "self": url,
        "push": f"{url}/push",
        "runs": f"{base}/v1/runs?role_id={id_}",
        "documents": f"{base}/v1/documents?role_id={id_}",
        "source_events": f"{base}/v1/source-events?role_id={id_}",
        "assessment": f"{base}/v1/assessments/{id_}",
        "dashboard": view.dashboard(row.dashboard_url, base, row.id),
    }
    if row.last_run_id is not None:
        links["last_run"] = f"{base}/v1/runs/{ids.show('run', row.last_run_id)}"
    return links
