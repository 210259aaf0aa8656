"""Roles by hand: made once, changed by revisions, listed without a gap, archived without loss."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kit.ids import parse
from kit.sql import Query
from tests.connector.api.sending import create, send, workday
from tests.parts.front import Tenant

SHEET = (
    "Title;CODE;Job_Family;Country;job description;Shoe size\r\n"
    '"Registered Nurse";R-1;Nursing;US|CA;"Cares for patients;\r\nkeeps records";43\r\n'
    ";R-2;Nursing;US;Cares;1\r\n"
    "Porter;;Logistics;US;;2\r\n"
)


async def events_of(tenant: Tenant, services: Any, role_id: str) -> list[str]:
    async with services.db.engine() as tx:
        query = Query("events", "", "SELECT type FROM event WHERE role_id = %(id)s ORDER BY id")
        return [row["type"] for row in await tx.all(query, {"id": parse("role", role_id)})]


async def test_a_role_by_hand_is_a_draft_with_its_document(tenant: Tenant, services: Any) -> None:
    role = await create(tenant.http, "  Registered\u200b Nurse ", code="R-1", countries=["us"], moon="full")
    assert (role["title"], role["source"], role["source_id"], role["state"]) == (
        "Registered Nurse",
        "api",
        "R-1",
        "draft",
    )
    assert (role["countries"], role["complete"], role["ignored"]) == (["US"], True, ["moon"])
    assert await events_of(tenant, services, role["id"]) == ["role.drafted"]


async def test_a_role_without_usable_document_says_what_it_lacks(tenant: Tenant) -> None:
    role = await create(tenant.http, documents=[{"kind": "sop", "text": "Wash your hands."}])
    assert (role["state"], role["complete"]) == ("validation_failed", False)


async def test_a_second_role_with_the_same_code_is_refused_with_the_first(tenant: Tenant) -> None:
    first = await create(tenant.http, code="R-1")
    again = await tenant.http.post("/v1/roles", json={"title": "Other", "code": "R-1"})
    assert (again.status_code, again.json()["code"]) == (409, "role_exists")
    assert again.json()["role_id"] == first["id"]


async def test_the_same_key_makes_one_role(tenant: Tenant) -> None:
    body = {"title": "Nurse"}
    made = [
        await tenant.http.post("/v1/roles", json=body, headers={"idempotency-key": "k"}) for _ in range(2)
    ]
    assert made[0].json() == made[1].json()
    assert len((await tenant.http.get("/v1/roles")).json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": " \u200b "}, "title"),
        ({"title": "Nurse", "priority": "P9"}, "priority"),
        ({"title": "Nurse", "documents": [{"kind": "job_description"}]}, "documents[0].text"),
        ({"title": "Nurse", "documents": [{"text": "a", "html": "<p>a</p>"}]}, "documents[0].text"),
        ({"title": "Nurse", "documents": [{"html": "<script>x</script>"}]}, "documents[0].html"),
        ({"title": "Nurse", "documents": [{"text": "a"}, {"text": "b"}]}, "documents"),
        ({"title": "x" * 501}, "title"),
    ],
)
async def test_what_is_wrong_is_named(tenant: Tenant, body: Any, field: str) -> None:
    answer = await tenant.http.post("/v1/roles", json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_change_makes_a_revision_and_no_change_makes_none(tenant: Tenant) -> None:
    role = await create(tenant.http, code="R-1", grade="7", attributes={"union": "yes", "shift": "night"})
    change = {"title": "Senior Nurse", "grade": None, "level": "", "attributes": {"shift": None, "x": 1}}
    after = (await tenant.http.patch(f"/v1/roles/{role['id']}", json=change)).json()
    assert (after["title"], after["grade"], after["code"], after["revision"]) == (
        "Senior Nurse",
        None,
        "R-1",
        2,
    )
    assert after["attributes"] == {"union": "yes", "x": 1}
    same = (
        await tenant.http.patch(f"/v1/roles/{role['id']}", json={"title": "Senior Nurse", "priority": "P0"})
    ).json()
    assert (same["revision"], same["priority"]) == (2, "P0")


async def test_a_change_by_hand_makes_the_hris_saying_the_same_no_change(tenant: Tenant) -> None:
    item = (await send(tenant.http, workday(), query="?drafts=true")).json()["results"][0]
    await tenant.http.patch(f"/v1/roles/{item['role_id']}", json={"title": "By hand"})
    again = (await send(tenant.http, workday())).json()["results"][0]
    assert again["verdict"] == "no_material_change"
    assert (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()["title"] == "By hand"


async def test_the_list_is_walked_without_gap_or_repeat(tenant: Tenant) -> None:
    made = [(await create(tenant.http, f"Nurse {n}"))["id"] for n in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await tenant.http.get("/v1/roles", params={"limit": 2, "cursor": cursor})).json()
        seen += [role["id"] for role in page["results"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert seen == made
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("state=draft", ["Nurse_A", "Cook"]),
        ("state=validation_failed,archived", ["Porter"]),
        ("family=nursing", ["Nurse_A"]),
        ("country=ca", ["Nurse_A"]),
        ("complete=false", ["Porter"]),
        ("priority=P0", ["Cook"]),
        ("q=e_a", ["Nurse_A"]),
        ("q=C-", ["Cook"]),
        ("source=workday", []),
        ("updated_since=2000-01-01", ["Nurse_A", "Porter", "Cook"]),
        ("updated_since=2100-01-01T00:00:00Z", []),
    ],
)
async def test_the_list_is_filtered(tenant: Tenant, query: str, titles: list[str]) -> None:
    await create(tenant.http, "Nurse_A", family="Nursing", countries=["CA"])
    await create(tenant.http, "Porter", documents=[])
    await create(tenant.http, "Cook", priority="P0", code="C-7")
    found = (await tenant.http.get(f"/v1/roles?{query}")).json()["results"]
    assert [role["title"] for role in found] == titles


async def test_archiving_ends_what_waits_and_deletes_nothing(tenant: Tenant, services: Any) -> None:
    role = await create(tenant.http)
    url = f"/v1/roles/{role['id']}"
    await tenant.http.post(f"{url}/push", json={})
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.get(url)).json()["state"] == "archived"
    assert await events_of(tenant, services, role["id"]) == [
        "role.drafted",
        "run.queued",
        "role.archived",
        "run.cancelled",
    ]
    refused = await tenant.http.patch(url, json={"title": "Other"})
    assert (refused.status_code, refused.json()["code"]) == (409, "role_archived")
    back = (await tenant.http.post(f"{url}/restore")).json()
    assert (back["state"], back["documents"]) == ("draft", role["documents"])
    assert (await tenant.http.post(f"{url}/archive")).json()["state"] == "archived"


async def test_a_role_archived_by_hand_stays_so_when_the_hris_changes_it(tenant: Tenant) -> None:
    item = (await send(tenant.http, workday(), query="?drafts=true")).json()["results"][0]
    await tenant.http.delete(f"/v1/roles/{item['role_id']}")
    changed = workday().replace(b"Associate Data Analyst", b"Senior Data Analyst")
    again = (await send(tenant.http, changed)).json()["results"][0]
    assert (again["verdict"], again["pushed"]) == ("changed", False)
    assert "restore" in again["reason"]
    assert (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()["state"] == "archived"


async def import_(tenant: Tenant, text: str | bytes, query: str = "", **headers: str) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return await tenant.http.post(
        f"/v1/roles/import{query}", content=content, headers={"content-type": "text/csv", **headers}
    )


async def test_a_sheet_gets_a_verdict_for_each_row(tenant: Tenant) -> None:
    answer = (await import_(tenant, "\ufeff" + SHEET)).json()
    assert (answer["accepted"], answer["rejected"]) == (2, 1)
    assert [item["verdict"] for item in answer["results"]] == ["new", "rejected", "new"]
    assert answer["results"][1]["field"] == "title"
    assert [warning["field"] for warning in answer["warnings"]] == ["Shoe size"]
    nurse = (await tenant.http.get(f"/v1/roles/{answer['results'][0]['role_id']}")).json()
    assert (nurse["title"], nurse["source_id"], nurse["family"], nurse["countries"], nurse["state"]) == (
        *("Registered Nurse", "R-1", "Nursing"),
        ["US", "CA"],
        "draft",
    )
    assert [(one["kind"], one["origin"]) for one in nurse["documents"]] == [("job_description", "csv")]
    porter = (await tenant.http.get(f"/v1/roles/{answer['results'][2]['role_id']}")).json()
    assert porter["state"] == "validation_failed"


async def test_the_same_sheet_again_changes_nothing_and_never_pushes(tenant: Tenant) -> None:
    first = (await import_(tenant, SHEET)).json()["results"]
    again = (await import_(tenant, SHEET)).json()["results"]
    assert [item["verdict"] for item in again] == ["no_material_change", "rejected", "no_material_change"]
    assert [item["role_id"] for item in again] == [item["role_id"] for item in first]
    assert {item["pushed"] for item in first + again} == {False}


async def test_a_sheet_changes_the_role_with_its_code(tenant: Tenant) -> None:
    role = await create(tenant.http, "Nurse", code="R-1", grade="7")
    item = (await import_(tenant, "title,code\nSenior Nurse,R-1\n")).json()["results"][0]
    assert (item["verdict"], item["role_id"]) == ("changed", role["id"])
    after = (await tenant.http.get(f"/v1/roles/{role['id']}")).json()
    assert (after["title"], after["grade"], len(after["documents"])) == ("Senior Nurse", "7", 1)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty_body"),
        (b"code,family\nR-1,x\n", 400, "no_title_column"),
        (b"title,Title\nA,B\n", 400, "column_twice"),
        ("title\nBürokraft\n".encode("latin-1"), 400, "bad_charset"),
        (b"title\nNur\x00se\n", 400, "nul_character"),
        (b'title\n"Nurse', 400, "bad_csv"),
        (b"title\n" + b"Nurse\n" * 1001, 413, "too_many_rows"),
        (b"title\n" + b"x" * 5_000_001, 413, "too_large"),
        (b"title,code\n,R-1\n", 422, "items_rejected"),
    ],
)
async def test_a_sheet_that_cannot_be_read_is_told(
    tenant: Tenant, content: bytes, status: int, code: str
) -> None:
    answer = await import_(tenant, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await tenant.http.get("/v1/roles")).json()["results"] == []


async def test_a_strict_sheet_is_all_or_none(tenant: Tenant) -> None:
    answer = await import_(tenant, SHEET, "?strict=true")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "items[1]")
    assert (await tenant.http.get("/v1/roles")).json()["results"] == []


async def test_a_company_sees_and_changes_its_own_roles_only(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    one, two = await make_tenant("Liberty"), await make_tenant("Acme")
    role = await create(one.http, code="R-1")
    url = f"/v1/roles/{role['id']}"
    assert (await two.http.get("/v1/roles")).json()["results"] == []
    for answer in (
        await two.http.get(url),
        await two.http.patch(url, json={"title": "Mine"}),
        await two.http.delete(url),
        await two.http.post(f"{url}/push", json={}),
        await two.http.post(f"{url}/restore"),
        await two.http.post("/v1/documents", json={"role_id": role["id"], "text": "Mine."}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    await create(two.http, code="R-1")
    assert (await one.http.get(url)).json() == {k: v for k, v in role.items() if k != "ignored"}
