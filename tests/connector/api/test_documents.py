"""Documents by hand: cleaned, versioned, and each change a revision of the role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit.sql import Query
from tests.connector.api.sending import create
from tests.parts.front import Tenant

START = Query("start", "", "UPDATE role SET state = 'queued'")
MAKE_READY = Query(
    "make_ready",
    "",
    "UPDATE role SET state = 'ready', visible = true, published_at = now(), published_revision = revision",
)


async def add(tenant: Tenant, role_id: str, **fields: Any) -> Any:
    return await tenant.http.post("/v1/documents", json={"role_id": role_id, **fields})


async def test_html_is_cleaned_and_kept_beside_its_text(tenant: Tenant) -> None:
    role = await create(tenant.http, documents=[])
    html = "<p onclick='x()'>Cares for <b>patients</b></p><script>alert(1)</script>"
    made = await add(tenant, role["id"], kind="job_description", html=html)
    assert made.status_code == 201
    assert made.headers["location"] == made.json()["links"]["self"]
    found = (await tenant.http.get(f"/v1/documents/{made.json()['id']}")).json()
    assert found["text"] == "Cares for patients"
    assert "onclick" not in found["html"]
    assert "script" not in found["html"]


async def test_the_first_usable_document_makes_a_role_a_draft(tenant: Tenant) -> None:
    role = await create(tenant.http, documents=[])
    await add(tenant, role["id"], kind="sop", text="Wash your hands.")
    assert (await tenant.http.get(f"/v1/roles/{role['id']}")).json()["state"] == "validation_failed"
    await add(tenant, role["id"], kind="process_map", text="1. Admit\n2. Treat")
    after = (await tenant.http.get(f"/v1/roles/{role['id']}")).json()
    assert (after["state"], after["complete"], after["revision"]) == ("draft", True, 3)


async def test_the_same_kind_and_title_is_a_new_version(tenant: Tenant) -> None:
    role = await create(tenant.http)
    old = role["documents"][0]
    new = (await add(tenant, role["id"], kind="job_description", text="Something else.")).json()
    assert (new["version"], new["replaces"]) == (2, old["id"])
    after = (await tenant.http.get(f"/v1/roles/{role['id']}")).json()
    assert [one["id"] for one in after["documents"]] == [new["id"]]
    assert (await tenant.http.get(f"/v1/documents/{old['id']}")).json()["current"] is False
    for query, ids in (
        ("", [new["id"]]),
        ("&current=false", [old["id"]]),
        ("&all=true", [old["id"], new["id"]]),
    ):
        found = (await tenant.http.get(f"/v1/documents?role_id={role['id']}{query}")).json()["results"]
        assert sorted(one["id"] for one in found) == sorted(ids)


async def test_the_same_text_again_is_no_change(tenant: Tenant) -> None:
    role = await create(tenant.http, documents=[])
    first = await add(tenant, role["id"], kind="job_description", text="Cares for patients.")
    again = await add(tenant, role["id"], kind="job_description", html="<div>Cares for patients.</div>")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert (await tenant.http.get(f"/v1/roles/{role['id']}")).json()["revision"] == 2


async def test_another_title_is_another_document(tenant: Tenant) -> None:
    role = await create(tenant.http)
    await add(tenant, role["id"], kind="job_description", title="Night shift", text="Watches over patients.")
    assert len((await tenant.http.get(f"/v1/roles/{role['id']}")).json()["documents"]) == 2


async def test_a_change_makes_a_ready_role_stale_and_keeps_it_visible(tenant: Tenant, services: Any) -> None:
    role = await create(tenant.http)
    async with services.db.engine() as tx:
        await tx.run(START)
        await tx.run(MAKE_READY)
    await add(tenant, role["id"], kind="process_map", text="1. Admit\n2. Treat")
    after = (await tenant.http.get(f"/v1/roles/{role['id']}")).json()
    assert (after["state"], after["visible"], after["revision"]) == ("stale", True, 2)
    assert after["stale_since"] is not None
    async with services.db.engine() as tx:
        events = await tx.all(Query("events", "", "SELECT type FROM event ORDER BY id"))
    assert [row["type"] for row in events] == ["role.drafted", "role.stale"]


async def test_retiring_the_last_usable_document_is_seen(tenant: Tenant) -> None:
    role = await create(tenant.http)
    url = f"/v1/documents/{role['documents'][0]['id']}"
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.delete(url)).status_code == 204
    after = (await tenant.http.get(f"/v1/roles/{role['id']}")).json()
    assert (after["state"], after["documents"], after["revision"]) == ("validation_failed", [], 2)
    assert (await tenant.http.get(url)).json()["text"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": ""}, 422),
        ({"html": "<p> </p>"}, 422),
        ({"text": "a", "html": "b"}, 422),
        ({"text": "a", "kind": "poem"}, 422),
        ({"text": "x" * 1_048_577}, 422),
        ({"text": "x" * 2_000_001}, 413),
    ],
)
async def test_what_cannot_be_kept_is_told(tenant: Tenant, fields: Any, status: int) -> None:
    role = await create(tenant.http)
    answer = await add(tenant, role["id"], **fields)
    assert answer.status_code == status
    assert (await tenant.http.get(f"/v1/roles/{role['id']}")).json()["revision"] == 1


async def test_an_archived_role_takes_no_document(tenant: Tenant) -> None:
    role = await create(tenant.http)
    await tenant.http.delete(f"/v1/roles/{role['id']}")
    answer = await add(tenant, role["id"], text="Something else.")
    assert (answer.status_code, answer.json()["code"]) == (409, "role_archived")


async def test_an_id_of_another_kind_is_told(tenant: Tenant) -> None:
    role = await create(tenant.http)
    for address in (f"/v1/documents/{role['id']}", "/v1/documents?role_id=doc_1"):
        answer = await tenant.http.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "wrong_kind")


async def test_a_company_sees_its_own_documents_only(make_tenant: Callable[..., Awaitable[Tenant]]) -> None:
    one, two = await make_tenant("Liberty"), await make_tenant("Acme")
    document = (await create(one.http))["documents"][0]["id"]
    assert (await two.http.get("/v1/documents?all=true")).json()["results"] == []
    assert (await two.http.get(f"/v1/documents/{document}")).status_code == 404
    assert (await two.http.delete(f"/v1/documents/{document}")).status_code == 404
    assert (await one.http.get(f"/v1/documents/{document}")).json()["current"] is True
