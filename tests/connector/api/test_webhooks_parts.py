"""A job code in one call, its job profile in the next: two parts of one role, not two versions of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.successfactors.jobs import Job, Skill, job_codes, job_profile
from adapters.successfactors.rendering import RENDERINGS
from adapters.workday.generate import payload
from tests.connector.api.sending import send
from tests.parts.front import Tenant

JOB = Job(
    code="50000001",
    title="Registered Nurse",
    description="Works shifts.",
    long="<p>Cares for patients.</p>",
    responsibilities=("Plan the shift.",),
    skills=(Skill("S1", "First Aid"),),
    profile="1021600",
    role="1921600",
)
WORKDAY = {shape: payload(shape, 1, 1) for shape in ("soap_xml", "rest_json", "rest_list_json", "report_csv")}
CODE, PROFILE = msgspec.json.encode(job_codes(JOB)), msgspec.json.encode([job_profile(JOB)])


async def item(tenant: Tenant, body: bytes) -> dict[str, Any]:
    """What is answered about the only item of a call."""
    (one,) = (await send(tenant.http, body, "successfactors")).json()["results"]
    found: dict[str, Any] = one
    return found


async def description(tenant: Tenant, role_id: str) -> str:
    """The text of the role's job description."""
    role = (await tenant.http.get(f"/v1/roles/{role_id}")).json()
    (document,) = role["documents"]
    text: str = (await tenant.http.get(f"/v1/documents/{document['id']}")).json()["text"]
    return text


async def test_a_workday_profile_by_a_poorer_door_is_no_change(tenant: Tenant) -> None:
    verdicts = []
    for shape in ("soap_xml", "rest_json", "rest_list_json", "report_csv", "soap_xml", "rest_json"):
        (one,) = (await send(tenant.http, WORKDAY[shape], "workday")).json()["results"]
        verdicts.append(one["verdict"])
    assert verdicts == ["new", *["no_material_change"] * 5]


async def test_a_part_that_comes_alone_keeps_what_the_other_said(tenant: Tenant) -> None:
    first = await item(tenant, CODE)
    second = await item(tenant, PROFILE)
    assert (first["verdict"], second["verdict"]) == ("new", "changed")
    assert first["role_id"] == second["role_id"]
    text = await description(tenant, first["role_id"])
    assert all(
        said in text for said in ("Works shifts.", "Cares for patients.", "Plan the shift.", "First Aid")
    )


async def test_parts_that_come_in_turn_never_alternate(tenant: Tenant) -> None:
    await item(tenant, CODE)
    await item(tenant, PROFILE)
    again = [(await item(tenant, body))["verdict"] for body in (CODE, PROFILE, CODE)]
    assert again == ["no_material_change"] * 3


async def test_a_change_of_one_part_changes_that_part_only(tenant: Tenant) -> None:
    await item(tenant, PROFILE)
    await item(tenant, CODE)
    later = CODE.replace(b"Works shifts.", b"Works nights.")
    changed = await item(tenant, later)
    assert changed["verdict"] == "changed"
    text = await description(tenant, changed["role_id"])
    assert "Works nights." in text
    assert "Works shifts." not in text
    assert "Cares for patients." in text


@pytest.mark.parametrize("name", sorted(RENDERINGS))
async def test_the_same_job_in_another_wire_format_is_no_change(tenant: Tenant, name: str) -> None:
    records = [*job_codes(JOB), job_profile(JOB)]
    assert (await item(tenant, RENDERINGS["results"](records)))["verdict"] == "new"
    assert (await item(tenant, RENDERINGS[name](records)))["verdict"] == "no_material_change"
