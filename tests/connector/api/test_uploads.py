"""Files by API: whole, in a form, in a ZIP, in parts; read, refused, or asked about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from connector.services import Services
from pipeline.uploads import uploads
from tests.connector.api.sending import create
from tests.parts import files
from tests.parts.front import Tenant

OCTETS = {"content-type": "application/octet-stream"}


async def give(http: httpx.AsyncClient, name: str, content: bytes, **query: Any) -> httpx.Response:
    return await http.post(
        "/v1/documents/files", params={"name": name, **query}, content=content, headers=OCTETS
    )


async def kept(http: httpx.AsyncClient, name: str, content: bytes, **query: Any) -> Any:
    answer = await give(http, name, content, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read_all(services: Services) -> int:
    count = 0
    while await uploads.read_next(services.db, services.reading) is not None:
        count += 1
    return count


async def test_a_word_file_becomes_a_document_of_the_role_that_its_name_tells(tenant: Tenant) -> None:
    role = await create(tenant.http, "Accounts Analyst", code="R-1042", documents=[])
    made = await kept(tenant.http, "R-1042 job description.docx", files.job_description())
    assert (made["status"], made["format"], made["kind"], made["kind_because"]) == (
        "kept",
        "docx",
        "job_description",
        "its name says so",
    )
    [became] = made["documents"]
    assert (became["role_id"], became["verdict"], became["version"]) == (role["id"], "new", 1)
    document = (await tenant.http.get(f"/v1/documents/{became['document_id']}")).json()
    assert (document["origin"], document["title"]) == ("upload", "R-1042 job description")
    assert files.TASKS[0] in document["text"]
    assert document["quality"]["tasks"] == len(files.TASKS)
    assert (await tenant.http.get(f"/v1/roles/{role['id']}")).json()["state"] == "draft"


async def test_the_same_file_again_is_no_change_and_another_one_a_new_version(tenant: Tenant) -> None:
    await create(tenant.http, "Accounts Analyst", documents=[])
    name = "Accounts Analyst.docx"
    found = [
        (await kept(tenant.http, name, content))["documents"][0]
        for content in (
            files.job_description(),
            files.job_description(),
            files.job_description(files.TASKS[:3]),
        )
    ]
    assert [(one["verdict"], one["version"]) for one in found] == [
        ("new", 1),
        ("same", 1),
        ("new_version", 2),
    ]


async def test_a_file_replaces_the_document_that_is_named(tenant: Tenant) -> None:
    role = await create(tenant.http)
    old = role["documents"][0]["id"]
    [became] = (await kept(tenant.http, "whatever.docx", files.job_description(), replaces=old))["documents"]
    assert (became["verdict"], became["version"], became["role_id"]) == ("new_version", 2, role["id"])
    late = await give(tenant.http, "other.txt", b"Prepares the reports", replaces=old)
    assert (late.status_code, "replaced or retired" in late.json()["detail"]) == (409, True)


async def test_the_same_bytes_with_another_name_or_role_are_another_request(tenant: Tenant) -> None:
    for n in range(2):
        await create(tenant.http, f"Analyst {n}", code=f"R-{n}", documents=[])

    async def given(name: str, **query: str) -> httpx.Response:
        headers = {**OCTETS, "Idempotency-Key": "k1"}
        params = {"name": name, **query}
        return await tenant.http.post("/v1/documents/files", params=params, content=b"words", headers=headers)

    first, again = await given("R-0.txt"), await given("R-0.txt")
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    for other in (await given("R-1.txt"), await given("R-0.txt", role="R-1")):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_zip_replaces_no_document(tenant: Tenant) -> None:
    role = await create(tenant.http)
    old = role["documents"][0]["id"]
    answer = await give(tenant.http, "all.zip", files.packed({"a.txt": "words"}), replaces=old)
    assert (answer.status_code, answer.json()["code"]) == (422, "zip_replaces")
    assert (await tenant.http.get("/v1/uploads?status=waiting&members=true")).json()["results"] == []


async def test_files_of_a_zip_that_are_called_the_same_are_two_documents(
    tenant: Tenant, services: Services
) -> None:
    role = await create(tenant.http, documents=[])
    members = {
        "jd/Analyst.txt": "Prepares reports",
        "old/Analyst.txt": "Books invoices",
        "b.txt": "Pays bills",
    }
    await kept(tenant.http, "all.zip", files.packed(members), role_id=role["id"], kind="sop")
    await read_all(services)
    found = (await tenant.http.get(f"/v1/documents?role_id={role['id']}")).json()["results"]
    assert {one["title"]: one["version"] for one in found} == {
        "jd/Analyst.txt": 1,
        "old/Analyst.txt": 1,
        "b": 1,
    }


async def test_a_form_carries_the_file_with_its_name_and_fields(tenant: Tenant) -> None:
    roles = [(await create(tenant.http, f"Analyst {n}", documents=[]))["id"] for n in range(2)]
    answer = await tenant.http.post(
        "/v1/documents/files",
        data={"role_id": roles, "kind": "sop"},
        files={"file": ("steps.md", b"1. Open the case\n2. Answer the customer", "text/markdown")},
    )
    assert answer.status_code == 200, answer.text
    assert sorted(one["role_id"] for one in answer.json()["documents"]) == sorted(roles)
    assert (answer.json()["kind"], answer.json()["kind_because"]) == ("sop", "it was given as one")


async def test_a_file_of_nobody_is_asked_about_and_given_to_those_who_are_named(tenant: Tenant) -> None:
    nurses = [await create(tenant.http, f"Registered Nurse {n}", documents=[]) for n in range(2)]
    await create(tenant.http, "Plumber", documents=[])
    asked = await kept(tenant.http, "Registered nurses.docx", files.job_description())
    assert (asked["status"], asked["documents"]) == ("asks", [])
    assert {one["role_id"] for one in asked["suggestions"]} == {one["id"] for one in nurses}
    url = f"/v1/uploads/{asked['id']}"
    assert (await tenant.http.post(f"{url}/link", json={})).status_code == 422
    assert (await tenant.http.post(f"{url}/link", json={"role": "Astronaut"})).status_code == 422
    wish = {"role_id": [one["id"] for one in nurses], "kind": "sop"}
    linked = (await tenant.http.post(f"{url}/link", json=wish)).json()
    assert (linked["status"], linked["kind_because"], len(linked["documents"])) == (
        "kept",
        "a person said so",
        2,
    )
    again = await tenant.http.post(f"{url}/link", json=wish)
    assert (again.status_code, again.json()["code"]) == (409, "not_asked")


async def test_the_same_text_at_another_role_is_said(tenant: Tenant) -> None:
    for title in ("Accounts Analyst", "Billing Clerk"):
        await create(tenant.http, title, documents=[])
    await kept(tenant.http, "Accounts Analyst.docx", files.job_description())
    second = await kept(tenant.http, "Billing Clerk.docx", files.job_description())
    assert [one["says"] for one in second["warnings"]] == [
        "The same text is already a document of Accounts Analyst."
    ]
    assert second["status"] == "kept"


async def test_a_document_of_the_whole_company_has_versions_and_no_role(tenant: Tenant) -> None:
    body = {"kind": "sop", "title": "Travel", "company_wide": True}
    first = (await tenant.http.post("/v1/documents", json={**body, "text": "Book the train first."})).json()
    assert (first["role_id"], first["version"], "role" in first["links"]) == (None, 1, False)
    made = await kept(
        tenant.http, "Travel.txt", b"Book the train and never fly.", company_wide="true", kind="sop"
    )
    assert made["documents"][0] | {"document_id": ""} == {
        "document_id": "",
        "role_id": None,
        "role_title": None,
        "verdict": "new_version",
        "version": 2,
    }
    found = (await tenant.http.get("/v1/documents?company_wide=true")).json()["results"]
    assert [one["version"] for one in found] == [2]
    url = f"/v1/documents/{found[0]['id']}"
    assert (await tenant.http.get(f"{url}/quality")).status_code == 200
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.get("/v1/documents?company_wide=true")).json()["results"] == []


@pytest.mark.parametrize("body", [{"text": "x"}, {"text": "x", "company_wide": True, "role_id": "role_1"}])
async def test_a_document_is_of_a_role_or_of_the_company(tenant: Tenant, body: Any) -> None:
    answer = await tenant.http.post("/v1/documents", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "role_id")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("R-1.pdf", files.pdf([[]] * 30), "scanned"),
        ("R-1.pdf", files.job_description(), "not_what_it_says"),
        ("R-1.txt", b"", "empty_file"),
        ("R-1.html", b"<html><body> </body></html>", "no_words"),
        ("R-1.zip", files.packed({"z.txt": bytes(30_000_000)}), "bomb"),
        ("", b"words", "name_missing"),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_in_one_sentence_and_listed(
    tenant: Tenant, name: str, content: bytes, code: str
) -> None:
    await create(tenant.http, "Analyst", code="R-1", documents=[])
    answer = await give(tenant.http, name, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    listed = (await tenant.http.get("/v1/uploads?status=refused")).json()["results"]
    if name:
        assert [one["id"] for one in listed] == [answer.json()["upload_id"]]
        assert listed[0]["problem"] == {"code": code, "says": answer.json()["detail"]}


async def test_a_zip_is_unpacked_and_each_file_gets_its_verdict(tenant: Tenant, services: Services) -> None:
    for n in range(2):
        await create(tenant.http, f"Analyst {n}", code=f"R-{n}", documents=[])
    members = {
        "jds/R-0.docx": files.job_description(),
        "jds/R-1.pdf": files.pdf([files.TASKS]),
        "jds/nobody.txt": b"Prepares the reports of the month",
        "jds/picture.pdf": files.pdf([[]]),
        "more.zip": files.packed({"x.txt": "x"}),
    }
    whole = await kept(tenant.http, "all.zip", files.packed(members), kind="job_description")
    assert (whole["status"], whole["members"]) == ("unpacked", {"waiting": 4, "refused": 1})
    assert await read_all(services) == 4
    whole = (await tenant.http.get(f"/v1/uploads/{whole['id']}")).json()
    assert whole["members"] == {"kept": 2, "asks": 1, "refused": 2}
    found = (await tenant.http.get(f"/v1/uploads?parent_id={whole['id']}")).json()["results"]
    assert {one["name"]: one["problem"] and one["problem"]["code"] for one in found} == {
        "jds/R-0.docx": None,
        "jds/R-1.pdf": None,
        "jds/nobody.txt": None,
        "jds/picture.pdf": "scanned",
        "more.zip": "nested_zip",
    }


async def test_a_file_whose_role_was_archived_meanwhile_is_refused_and_the_next_one_read(
    tenant: Tenant, services: Services
) -> None:
    role = await create(tenant.http, "Analyst", documents=[])
    content = files.packed({"a.txt": "Prepares reports", "b.txt": "Answers customers"})
    await kept(tenant.http, "all.zip", content, role_id=role["id"])
    await tenant.http.delete(f"/v1/roles/{role['id']}")
    assert await read_all(services) == 2
    found = (await tenant.http.get("/v1/uploads?members=true&status=refused")).json()["results"]
    assert {one["problem"]["code"] for one in found} == {"role_archived"}


async def begin(http: httpx.AsyncClient, **wish: Any) -> str:
    answer = await http.post("/v1/uploads", json={"name": "R-1.docx", **wish})
    assert answer.status_code == 201, answer.text
    assert answer.json()["links"]["bytes"].endswith("/bytes")
    return f"/v1/uploads/{answer.json()['id']}"


async def put(http: httpx.AsyncClient, url: str, first: int, body: bytes, said: str = "") -> httpx.Response:
    header = said or f"bytes {first}-{first + len(body) - 1}/*"
    return await http.put(f"{url}/bytes", content=body, headers={**OCTETS, "content-range": header})


async def test_a_file_in_parts_is_read_after_the_last_one(tenant: Tenant) -> None:
    await create(tenant.http, "Analyst", code="R-1", documents=[])
    content = files.job_description()
    half = len(content) // 2
    url = await begin(tenant.http)
    first = await put(tenant.http, url, 0, content[:half])
    assert (first.json()["status"], first.json()["received"]) == ("receiving", half)
    assert (await put(tenant.http, url, 0, content[:half])).json()["received"] == half
    await put(tenant.http, url, half, content[half:])
    made = (await tenant.http.post(f"{url}/commit")).json()
    assert (made["status"], made["received"], made["documents"][0]["verdict"]) == (
        "kept",
        len(content),
        "new",
    )
    assert (await tenant.http.post(f"{url}/commit")).json() == made
    late = await put(tenant.http, url, len(content), b"x")
    assert (late.status_code, late.json()["code"]) == (409, "upload_complete")


async def test_a_part_out_of_order_is_told_where_to_go_on(tenant: Tenant) -> None:
    url = await begin(tenant.http)
    await put(tenant.http, url, 0, b"abc")
    for first, body in ((5, b"x"), (0, b"abd"), (1, b"bc")):
        answer = await put(tenant.http, url, first, body)
        assert (answer.status_code, answer.json()["code"], answer.json()["received"]) == (
            409,
            "wrong_range",
            3,
        )
    for said in ("bytes 0-9/*", "0-2", "bytes */3"):
        answer = await put(tenant.http, url, 3, b"x", said)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_range")
    assert (await tenant.http.get(url)).json()["received"] == 3


async def test_parts_that_are_no_readable_file_are_refused_at_the_commit(tenant: Tenant) -> None:
    url = await begin(tenant.http)
    await put(tenant.http, url, 0, files.pdf([["x"]]))
    answer = await tenant.http.post(f"{url}/commit")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_what_it_says")
    assert (await tenant.http.get(url)).json()["status"] == "refused"
    assert (await tenant.http.delete(url)).status_code == 204
    assert (await tenant.http.get(url)).status_code == 404


async def test_a_commit_that_found_no_place_is_made_again_and_loses_nothing(
    tenant: Tenant, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(tenant.http, "Analyst", code="R-1", documents=[])
    url = await begin(tenant.http)
    await put(tenant.http, url, 0, files.job_description())
    with monkeypatch.context() as busy:
        busy.setattr(services.writes, "_most_waiting", 0)
        assert (await tenant.http.post(f"{url}/commit")).status_code == 503
    assert (await tenant.http.get(url)).json()["status"] == "receiving"
    assert (await tenant.http.post(f"{url}/commit")).json()["status"] == "kept"


async def test_a_zip_in_parts_that_finds_no_room_to_wait_is_committed_later(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await begin(tenant.http, name="all.zip")
    await put(tenant.http, url, 0, files.packed({"a.txt": "words"}))
    with monkeypatch.context() as full:
        full.setattr("pipeline.uploads.uploads.MOST_WAITING", 0)
        assert (await tenant.http.post(f"{url}/commit")).status_code == 429
    assert (await tenant.http.post(f"{url}/commit")).json()["members"] == {"waiting": 1}


async def test_a_company_keeps_only_so_many_files_on_their_way(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.uploads.uploads.MOST_OPEN", 1)
    monkeypatch.setattr("pipeline.uploads.uploads.MOST_WAITING", 1)
    await begin(tenant.http)
    second = await tenant.http.post("/v1/uploads", json={"name": "b.txt"})
    assert (second.status_code, second.headers["retry-after"]) == (429, "60")
    full = await give(tenant.http, "all.zip", files.packed({"a.txt": "a", "b.txt": "b"}))
    assert (full.status_code, "wait to be read" in full.json()["detail"]) == (429, True)


async def test_two_wishes_at_once_and_ids_of_other_kinds_are_told(tenant: Tenant) -> None:
    role = await create(tenant.http)
    both = await give(tenant.http, "a.txt", b"words", role_id=role["id"], company_wide="true")
    assert (both.status_code, "not several" in both.json()["detail"]) == (422, True)
    assert (await give(tenant.http, "a.txt", b"words", role_id="doc_1")).status_code == 404
    assert (await tenant.http.get(f"/v1/uploads/{role['id']}")).json()["code"] == "wrong_kind"


async def test_a_body_that_is_no_form_or_holds_no_file_is_told(tenant: Tenant) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"nonsense", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'):
        answer = await tenant.http.post("/v1/documents/files", content=body, headers=kind)
        assert answer.status_code == 400, answer.text


async def test_a_company_sees_and_changes_its_own_uploads_only(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    one, two = await make_tenant("Liberty"), await make_tenant("Acme")
    url = await begin(one.http)
    await kept(one.http, "a.txt", b"Prepares the reports of the month")
    assert (await two.http.get("/v1/uploads")).json()["results"] == []
    role = await create(one.http, "Prepares", documents=[])
    for answer in (
        await two.http.get(url),
        await put(two.http, url, 0, b"x"),
        await two.http.post(f"{url}/commit"),
        await two.http.post(f"{url}/link", json={"company_wide": True}),
        await two.http.delete(url),
        await give(two.http, "a.txt", b"words of theirs", role_id=role["id"]),
    ):
        assert answer.status_code == 404, answer.text
    assert (await one.http.get(url)).json()["received"] == 0


async def test_reading_documents_is_not_enough_to_give_files(
    make_tenant: Callable[..., Awaitable[Tenant]],
) -> None:
    reader = await make_tenant(scopes=["documents:read"])
    assert (await give(reader.http, "a.txt", b"words")).json()["code"] == "scope_missing"
    assert (await reader.http.post("/v1/uploads", json={"name": "a.txt"})).status_code == 403
    assert (await reader.http.get("/v1/uploads")).status_code == 200
