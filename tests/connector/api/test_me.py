from __future__ import annotations

from tests.parts.front import Tenant


async def test_a_client_sees_its_name_company_and_scopes(tenant: Tenant) -> None:
    answer = (await tenant.http.get("/v1/me")).json()
    assert answer["name"] == "Workato"
    assert answer["company"] == {"id": f"company_{tenant.company.id.hex}", "name": "Liberty"}
    assert answer["environment"] == "test"
    assert "runs:read" in answer["scopes"]
