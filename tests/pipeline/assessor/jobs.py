"""Documents of our own, and the `Given` of a role that has them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from pipeline.assessor.model import Assessor
from pipeline.stages.base import Doc, Given, RoleFacts

ACCOUNTS = """Purpose
The Accounts Payable Specialist looks after supplier invoices.

Responsibilities:
- Enter supplier invoices into SAP and match them with purchase orders
- Reconcile vendor statements and resolve discrepancies
- Prepare weekly payment runs and post payments to the general ledger
- Answer vendor enquiries by email and telephone
- Compile month-end accruals and reports in Excel

Qualifications:
- Bachelor's degree in accounting
- 2+ years of experience
"""
ELECTRICIAN = """Duties
- Install electrical wiring, fixtures and conduits in buildings
- Repair or replace faulty circuit breakers and motors
- Inspect electrical systems with test instruments to find hazards
- Read blueprints to determine the location of wiring
- Supervise apprentices on site

Requirements
- Valid licence
"""
AGENDA = """Marketing Weekly Meeting
Agenda
Attendees: Anna, Ben, Chris
10:00 Welcome and introductions
10:05 Approval of minutes
10:15 Review campaign budget
10:30 Discuss launch plan
Action items: Ben to update the roadmap
Next meeting: 12 May
"""
PROCESS = """Process map: Purchase to pay
Trigger: purchase request
1. Requester submits purchase request -> Clerk checks budget -> Manager approves request
2. Clerk creates purchase order in SAP Ariba
3. Clerk matches invoice with order and receipt
End: payment
"""
RUN_TOGETHER = (
    "Pick and pack customer orders using RF scanners • Load and unload trucks • Operate forklifts safely "
    "• Count stock and record quantities in the WMS • Keep the work area clean and safe"
)
STEPS = (
    "top_tasks",
    "standardise_tasks",
    "task_feasibility",
    "mine_skills",
    "skills_architecture",
    "reskilling",
)


def doc(text: str, kind: str = "job_description", number: int = 1) -> Doc:
    """A document with an id of its own number."""
    digest = sha256(text.encode()).hexdigest()
    return Doc(id=UUID(int=number), kind=kind, title=kind, text=text, sha256=digest)


def given(title: str, *documents: Doc, parents: Mapping[str, dict[str, Any]] | None = None) -> Given:
    """A role with documents and what earlier stages recorded."""
    role = RoleFacts(
        id=UUID(int=11),
        company_id=UUID(int=12),
        company="Acme",
        revision=1,
        system="workday",
        source_id="JP-1",
        title=title,
    )
    return Given(role=role, documents=list(documents), parents=parents or {})


def soon() -> float:
    """A deadline far enough for any test."""
    return time.monotonic() + 30


async def judged(assessor: Assessor, title: str, *documents: Doc) -> dict[str, dict[str, Any]]:
    """The outputs of all eight questions, as stages record them."""
    parents: dict[str, dict[str, Any]] = {}
    base = given(title, *documents)
    mapping = await assessor.map_role(base, [], deadline=soon())
    parents["map_draup_role"] = msgspec.to_builtins(mapping.value)
    assessment = await assessor.assess(msgspec.structs.replace(base, parents=parents), deadline=soon())
    parents["ai_assessment"] = msgspec.to_builtins(assessment.value)
    for step in STEPS:
        now = msgspec.structs.replace(base, parents=dict(parents))
        parents[step] = msgspec.to_builtins((await getattr(assessor, step)(now, deadline=soon())).value)
    return parents
