"""Mappings over HTTP: drafts, publishing, taking back, files, and what a payload is read with."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from kit.db import Db
from kit.sql import Query
from mappings.defaults import default_mapping
from tests.connector.api.sending import send, workday
from tests.parts.front import Tenant

AT = "/v1/mappings/workday"
DEFAULT: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(default_mapping("workday")))


def graded(expression: str, mapping: dict[str, Any] = DEFAULT) -> dict[str, Any]:
    """The mapping with another source of the grade."""
    rules = [rule for rule in mapping["role"] if rule["target"] != "grade"]
    return {**mapping, "role": [*rules, {"target": "grade", "source": expression}]}


async def save(http: httpx.AsyncClient, edit: int = 0, **body: Any) -> dict[str, Any]:
    answer = await http.put(f"{AT}/draft", json={"edit": edit, **body})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    return saved


async def publish(http: httpx.AsyncClient, version: int, **body: Any) -> dict[str, Any]:
    answer = await http.post(f"{AT}/publish", json={"version": version, **body})
    assert answer.status_code == 200, answer.text
    published: dict[str, Any] = answer.json()
    return published


async def test_a_company_begins_with_the_default_as_version_0(tenant: Tenant) -> None:
    seen = (await tenant.http.get("/v1/mappings")).json()["results"]
    assert {one["source"]: one["published"]["version"] for one in seen} == {
        "workday": 0,
        "successfactors": 0,
    }
    default = (await tenant.http.get(f"{AT}/versions/0")).json()
    assert default["mapping"] == DEFAULT
    assert default["differences"] == []
    assert (await tenant.http.get(f"{AT}/draft")).json()["code"] == "no_draft"


async def test_a_draft_begins_as_what_is_published_and_shows_what_it_changes(tenant: Tenant) -> None:
    draft = await save(tenant.http)
    assert (draft["version"], draft["edit"], draft["status"], draft["based_on"]) == (1, 1, "draft", 0)
    assert draft["mapping"]["role"] == DEFAULT["role"]
    changed = await save(tenant.http, edit=1, mapping=graded("management_level.name"), note="By level")
    assert (changed["edit"], changed["note"], changed["changed_by"]) == (2, "By level", "Workato")
    (difference,) = changed["differences"]
    assert (difference["what"], difference["target"]) == ("changed", "grade")
    assert difference["after"]["source"] == "management_level.name"


async def test_the_next_payload_is_read_with_what_was_published(tenant: Tenant) -> None:
    draft = await save(tenant.http, mapping=graded("title"))
    before = (await send(tenant.http, workday())).json()["results"][0]
    await publish(tenant.http, draft["version"], edit=1)
    after = (await send(tenant.http, workday())).json()["results"][0]
    assert (before["verdict"], after["verdict"]) == ("new", "changed")
    role = (await tenant.http.get(f"/v1/roles/{after['role_id']}")).json()
    assert role["grade"] == role["title"]
    assert role["mapping_version"] == "workday@1"


async def test_publishing_an_older_version_takes_a_change_back(tenant: Tenant) -> None:
    await save(tenant.http, mapping=graded("title"))
    await publish(tenant.http, 1, edit=1)
    await save(tenant.http, mapping=graded("code"))
    await publish(tenant.http, 2, edit=1)
    back = await publish(tenant.http, 1)
    assert (back["version"], back["before"], back["status"]) == (1, 2, "published")
    state = (await tenant.http.get(AT)).json()
    assert [(one["version"], one["status"]) for one in state["versions"]] == [
        (2, "superseded"),
        (1, "published"),
        (0, "superseded"),
    ]
    assert (await publish(tenant.http, 0))["before"] == 1
    role = (await send(tenant.http, workday())).json()["results"][0]["role_id"]
    assert (await tenant.http.get(f"/v1/roles/{role}")).json()["mapping_version"] == "workday@0"


async def test_publishing_names_the_plan_that_was_asked_for(tenant: Tenant) -> None:
    await save(tenant.http, mapping=graded("title"))
    made = await publish(tenant.http, 1, edit=1, plan=True)
    plan = (await tenant.http.get(f"/v1/plans/{made['plan_id']}")).json()
    assert (plan["state"], plan["mapping_version"], plan["roles"]) == ("preparing", "workday@1", [])
    assert (await publish(tenant.http, 0))["plan_id"] is None
    assert (await tenant.http.get(f"/v1/plans/{made['plan_id']}")).json()["state"] == "overtaken"


async def test_the_second_of_two_editors_is_told_and_sees_the_difference(tenant: Tenant) -> None:
    await save(tenant.http)
    await save(tenant.http, edit=1, mapping=graded("title"))
    late = await tenant.http.put(f"{AT}/draft", json={"edit": 1, "mapping": graded("code")})
    assert (late.status_code, late.json()["code"], late.json()["edit"]) == (409, "draft_changed", 2)
    (difference,) = late.json()["difference"]
    assert [difference[side]["source"] for side in ("before", "after")] == ["title", "code"]
    kept = await save(tenant.http, edit=2, mapping=graded("code"))
    assert kept["edit"] == 3


async def test_nobody_publishes_or_throws_away_a_change_they_have_not_seen(tenant: Tenant) -> None:
    await save(tenant.http)
    await save(tenant.http, edit=1, mapping=graded("title"))
    late = await tenant.http.post(f"{AT}/publish", json={"version": 1, "edit": 1})
    assert late.json()["code"] == "draft_changed"
    assert (await tenant.http.delete(f"{AT}/draft?edit=1")).status_code == 409
    assert (await tenant.http.delete(f"{AT}/draft?edit=2")).status_code == 204
    gone = await tenant.http.put(f"{AT}/draft", json={"edit": 2, "mapping": graded("code")})
    assert gone.json()["code"] == "draft_gone"


async def test_what_was_published_once_cannot_change(tenant: Tenant, db: Db) -> None:
    await save(tenant.http, mapping=graded("title"))
    await publish(tenant.http, 1, edit=1)
    for statement in ("UPDATE mapping SET rules = '{}'", "DELETE FROM mapping"):
        with pytest.raises(psycopg.errors.RaiseException, match="was published"):
            async with db.engine() as tx:
                await tx.run(Query("tamper", "", statement))


async def test_an_exported_mapping_comes_back_as_it_was(tenant: Tenant) -> None:
    await save(tenant.http, mapping=graded("title"))
    file = await tenant.http.get(f"{AT}/versions/1/file")
    assert file.headers["content-disposition"] == 'attachment; filename="workday-mapping-1.json"'
    brought = await tenant.http.post(f"{AT}/import?edit=1&note=From%20a%20file", content=file.content)
    assert (brought.status_code, brought.json()["note"]) == (200, "From a file")
    assert brought.json()["mapping"] == msgspec.json.decode(file.content)


async def test_a_file_with_a_key_no_mapping_has_is_refused(tenant: Tenant) -> None:
    file = msgspec.json.encode({**DEFAULT, "rolle": []})
    refused = await tenant.http.post(f"{AT}/import", content=file)
    assert (refused.status_code, refused.json()["code"]) == (422, "mapping_invalid")
    assert "rolle" in refused.json()["errors"][0]["message"]


async def test_rules_that_cannot_work_are_refused_with_place_and_reason(tenant: Tenant) -> None:
    rules = [
        {"target": "title", "source": "title"},
        {"target": "grade", "source": "grade.[name"},
        {
            "target": "level",
            "source": "level",
            "transforms": [{"name": "regex_extract", "args": {"pattern": "(a+)\\1"}}],
        },
    ]
    refused = await tenant.http.put(f"{AT}/draft", json={"mapping": {"role": rules, "documents": []}})
    errors = {one["field"]: one["message"] for one in refused.json()["errors"]}
    assert set(errors) == {"role[1].source", "role[2].transforms[0].args"}
    assert "at character" in errors["role[1].source"]
    wrong = await tenant.http.put(f"{AT}/draft", json={"mapping": {"source": "successfactors", "role": []}})
    assert wrong.json()["errors"][0]["field"] == "source"


async def test_rules_may_hold_no_character_that_cannot_be_stored(tenant: Tenant) -> None:
    rules = msgspec.json.encode({**DEFAULT, "name": "a\0b"})
    refused = await tenant.http.post(f"{AT}/import", content=rules)
    assert refused.json()["errors"][0]["field"] == "mapping"


async def test_reading_does_not_allow_publishing(make_tenant: Any) -> None:
    reader = await make_tenant("Reader", scopes=["mappings:read"])
    assert (await reader.http.get(AT)).status_code == 200
    assert (await reader.http.put(f"{AT}/draft", json={})).json()["code"] == "scope_missing"
    refused = await reader.http.post(f"{AT}/publish", json={"version": 0, "plan": True})
    assert refused.json()["code"] == "scope_missing"


async def test_the_vocabulary_lists_what_rules_can_be_made_of(tenant: Tenant) -> None:
    words = (await tenant.http.get("/v1/mappings/vocabulary")).json()
    lookup = next(word for word in words["transforms"] if word["name"] == "lookup")
    assert [(one["name"], one["required"]) for one in lookup["arguments"]] == [
        ("table", True),
        ("default", False),
        ("keep_unknown", False),
    ]
    assert "title" in words["role_targets"]


async def test_an_unknown_source_or_version_is_not_found(tenant: Tenant) -> None:
    assert (await tenant.http.get("/v1/mappings/oracle")).status_code == 404
    assert (await tenant.http.get(f"{AT}/versions/9")).status_code == 404
    assert (await tenant.http.post(f"{AT}/publish", json={"version": 9})).status_code == 404


async def test_drift_is_an_empty_list_while_nothing_drifts(tenant: Tenant) -> None:
    assert (await tenant.http.get(f"{AT}/drift")).json()["results"] == []
    assert (await tenant.http.get("/v1/mappings/oracle/drift")).status_code == 404
