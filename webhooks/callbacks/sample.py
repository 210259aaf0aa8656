"""A message in which every field is filled: what a wizard learns the fields from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kit import ids
from webhooks.callbacks.body import EventFacts, compose

_NOBODY = UUID(int=0)


def filled(kind: str, company_id: UUID) -> dict[str, Any]:
    """A body of this type. Its ids lead nowhere, and its own id begins with `evt_test_`."""
    now = datetime.now(UTC)
    error = {
        "code": "deadline_exceeded",
        "message": "The critical stages were not done in time. (This is a test.)",
        "stage": "ai_assessment",
        "action": {"what": "Push the role again.", "who": "csm"},
        "retry_at": (now + timedelta(minutes=15)).isoformat(),
    }
    data = {
        "stage": "ai_assessment",
        "connection_id": ids.show("conn", _NOBODY),
        "sync_id": ids.show("sync", _NOBODY),
        "review_id": ids.show("review", _NOBODY),
        "reason": "This is a test: every field is filled.",
        "error": error,
        "degraded": ["reskilling"],
        "flags": ["low_confidence"],
    }
    facts = EventFacts(
        id=1,
        type=kind,
        at=now,
        sequence=1,
        data=data,
        store_id=_NOBODY,
        company_id=company_id,
        company_name="Test company",
        dashboard_url="https://etter.example.com/dashboard",
        run_id=_NOBODY,
        role_id=_NOBODY,
        batch_id=_NOBODY,
        role_title="Registered Nurse",
        role_code="R-1042",
        role_source="workday",
        role_source_id="R-1042",
        run_error=None,
        run_degraded=None,
        subscriptions=[],
    )
    return compose(facts) | {"id": f"evt_test_{ids.new().hex}"}
