"""The runs of a simulation as everybody sees them: over, well or badly, and of nobody's role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from kit import ids
from kit.db import Tx
from pipeline.runs import view
from pipeline.runs.store import Status
from pipeline.runs.view import Lens, Unit
from pipeline.stages.registry import STAGES
from webhooks.simulations import store
from webhooks.simulations.cases import Name

ERROR = {
    "code": "deadline_exceeded",
    "message": "The critical stages were not done in time. (This is a simulation.)",
    "stage": "ai_assessment",
    "action": {"what": "Push the role again.", "who": "csm"},
}


def unit(name: Name, run_id: UUID, lens: Lens) -> Unit:
    """The run that a fault was made up with."""
    failed = name == "suspended_then_failed"
    at = datetime.fromtimestamp((run_id.int >> 80) / 1000, UTC)
    status: Status = "failed" if failed else "success"
    return Unit(
        id=ids.show("run", run_id),
        kind="run",
        inputs={"role_id": None, "role_title": "Simulated role", "reason": f"Simulated: {name}."},
        status=status,
        outputs={},
        error=view.error(ERROR, None) if failed else None,
        waiting=None,
        progress=view.progress(2 if failed else len(STAGES), len(STAGES)),
        display=view.display(status, None),
        links={"self": f"{lens.base}/v1/runs/{ids.show('run', run_id)}"},
        created_at=at,
        started_at=at,
        finished_at=at,
        updated_at=at,
        stages=None,
    )


async def units(tx: Tx, company_id: UUID, run_ids: Sequence[UUID], lens: Lens) -> list[Unit]:
    """Those of these runs that were made up."""
    found = await store.made_up(tx, company_id, run_ids)
    return [unit(name, run_id, lens) for run_id, name in found.items()]
