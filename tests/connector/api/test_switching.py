"""Stages switched off by a company: which may be, and what runs make of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from connector.services import Services
from kit.errors import Invalid
from pipeline.stages.registry import STAGES
from pipeline.stages.switching import check_off
from tests.parts.front import Tenant
from tests.pipeline.runs.world import ended, execute, look, pushed


def test_an_enhancement_is_switched_off_with_all_that_rests_on_it() -> None:
    assert check_off(["reskilling", "skills_architecture"]) == ["skills_architecture", "reskilling"]
    assert check_off(["map_draup_role"]) == ["map_draup_role"], "what only waits for it does not rest on it"
    assert check_off([]) == []
    everything = [stage.key for stage in STAGES if not stage.critical]
    assert check_off(everything) == everything


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (["ai_assessment"], "ai_assessment is critical"),
        (["skills_architecture"], "reskilling needs skills_architecture"),
        (["mine_skills", "reskilling"], "skills_architecture, skills_catalog needs mine_skills"),
        (["nonsense"], "There is no stage nonsense"),
    ],
)
def test_what_others_rest_on_or_roles_need_stays_on(off: list[str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        check_off(off)


async def test_a_stage_that_is_off_is_skipped_with_its_reason_and_degrades_nothing(
    services: Services, tenant: Tenant
) -> None:
    chosen = await tenant.http.put("/v1/settings/stages", json={"off": ["reskilling"]})
    assert chosen.json() == {"off": ["reskilling"], "ignored": []}
    assert (await tenant.http.get("/v1/settings/stages")).json() == {"off": ["reskilling"]}
    run_id = await pushed(services.db, tenant.company.id)
    assert (await ended(services.db, run_id))["state"] == "ready"
    unit = await look(services.db, tenant.company.id, run_id, stages=True)
    assert unit.stages is not None
    assert {one.inputs["stage"]: one.outputs.get("skipped") for one in unit.stages}[
        "reskilling"
    ] == "switched_off"
    assert unit.outputs == {}
    audit = await execute(services.db, "SELECT action, detail FROM audit")
    assert audit == [{"action": "settings.stages_changed", "detail": {"off": ["reskilling"]}}]


async def test_stages_are_switched_by_those_who_may_and_for_their_company_only(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    mine, theirs = await make_tenant("Mine"), await make_tenant("Theirs")
    reader = await make_tenant("Reader", ["settings:read"])
    refused = await mine.http.put("/v1/settings/stages", json={"off": ["link_documents"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "off")
    assert (await reader.http.put("/v1/settings/stages", json={"off": []})).status_code == 403
    await mine.http.put("/v1/settings/stages", json={"off": ["reskilling"]})
    assert (await theirs.http.get("/v1/settings/stages")).json() == {"off": []}
