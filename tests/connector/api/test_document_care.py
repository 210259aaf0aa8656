"""Documents show what they are worth; a person's word on a warning is kept."""

from __future__ import annotations

from connector.services import Services
from pipeline.records import care
from tests import make
from tests.connector.api.sending import create
from tests.parts.front import Tenant
from tests.pipeline.assessor.jobs import ACCOUNTS, AGENDA


async def test_an_upload_is_looked_at_at_once_and_a_warning_can_be_acknowledged(tenant: Tenant) -> None:
    role = await create(tenant.http)
    made = await tenant.http.post("/v1/documents", json={"role_id": role["id"], "text": AGENDA})
    assert made.json()["quality"]["guess"] == "meeting"
    url = f"/v1/documents/{made.json()['id']}"
    before = (await tenant.http.get(f"{url}/quality")).json()
    codes = [one["code"] for one in before["reasons"]]
    assert "kind" in codes
    assert before["open_warnings"] == len(codes)
    assert before["stages"][:2] == ["link_documents", "ai_assessment"]
    assert "map_draup_role" not in before["stages"]
    assert before["price"]["cost_micros"] == 0
    seen = {"codes": ["kind"], "note": "All we have."}
    await tenant.http.post(f"{url}/acknowledge", json=seen)
    after = (await tenant.http.post(f"{url}/acknowledge", json={"codes": ["kind"]})).json()
    (kind,) = [one for one in after["reasons"] if one["code"] == "kind"]
    assert (kind["acknowledged_by"], kind["note"]) == ("Workato", "All we have.")
    assert (after["open_warnings"], after["score"]) == (len(codes) - 1, before["score"])
    for codes in (["smell"], []):
        wrong = await tenant.http.post(f"{url}/acknowledge", json={"codes": codes})
        assert wrong.status_code == 422


async def test_what_came_by_a_webhook_is_looked_at_by_the_clock(services: Services, tenant: Tenant) -> None:
    documents = make.incoming().documents
    text = documents[0].__class__("job_description", "Job description", "<p>x</p>", ACCOUNTS)
    await make.take(services.db, tenant.company.id, make.incoming(documents=(text,)))
    (shown,) = (await tenant.http.get("/v1/documents")).json()["results"]
    assert shown["quality"] is None
    assert (await tenant.http.get(f"/v1/documents/{shown['id']}/quality")).json()["tasks"] == 5
    assert await care.check_some(services.db) == 1
    (shown,) = (await tenant.http.get("/v1/documents")).json()["results"]
    assert shown["quality"]["tasks"] == 5
    assert await care.check_some(services.db) == 0
