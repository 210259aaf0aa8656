"""The model's recorded judgement is held against the offline assessor's, on the same documents."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.services import Services
from mappings.model import DocumentRecord, RoleRecord
from pipeline.assessor.model import RoleCandidate, RoleMapping
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.stages.base import Outcome
from tests import make
from tests.parts.front import Tenant
from tests.pipeline.assessor.jobs import ACCOUNTS, soon
from tests.pipeline.runs.world import ended

PAPER = (DocumentRecord("job_description", "Job description", "<p>x</p>", ACCOUNTS),)


async def as_the_model(given: Any, _work: Any) -> Outcome:
    """Like the offline assessor, but for the first task, and under another name."""
    judged = (await OfflineAssessor().assess(given, deadline=soon())).value
    first, *rest = judged.tasks
    other = msgspec.structs.replace(first, grade="human" if first.grade != "human" else "augment")
    model = msgspec.structs.replace(judged, assessor="modelled", offline=False, tasks=(other, *rest))
    return Outcome(outputs=msgspec.to_builtins(model))


async def test_agreement_is_counted_task_by_task(services: Services, tenant: Tenant) -> None:
    nothing = (await tenant.http.get("/v1/comparison")).json()
    assert (nothing["agreement"]["roles"], nothing["agreement"]["same_class"]) == (0, None)
    role = RoleRecord(title="Accounts Payable Specialist", code="R-0", family="Finance", status="active")
    taken = await make.take(services.db, tenant.company.id, make.incoming(role=role, documents=PAPER))
    run_id = taken.verdicts[0].run_id
    assert run_id is not None
    other = RoleCandidate(code="no such", title="x", taxonomy="starter", score=1.0)
    mapping = RoleMapping(
        assessor="modelled",
        version="1",
        offline=False,
        candidates=(other,),
        margin=1.0,
        status="exact_single",
        linked=other,
        review=False,
    )
    mapped = Outcome(outputs=msgspec.to_builtins(mapping))
    await ended(services.db, run_id, ai_assessment=as_the_model, map_draup_role=lambda _g, _w: mapped)
    seen = (await tenant.http.get("/v1/comparison?limit=10")).json()
    (one,) = seen["results"]
    assert (one["model_tasks"], one["offline_tasks"], one["matched"]) == (5, 5, 5)
    assert (one["same_class"], one["same_grade"], one["same_standard_role"]) == (5, 4, False)
    assert seen["agreement"]["same_grade"] == 0.8
    assert seen["agreement"]["mean_difference"] == 0.0
