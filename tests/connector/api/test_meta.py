"""What a recipe editor is told: fields in Workato's schema form, samples, pick lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from connector.api.meta import PICK_LISTS
from connector.api.objects import OBJECTS
from kit import wire
from tests.connector.api.sending import create
from tests.parts.front import Tenant

TYPES = {"string", "integer", "number", "boolean", "date_time", "date", "object", "array"}
FORM = {
    "name",
    "label",
    "type",
    "of",
    "properties",
    "optional",
    "hint",
    "control_type",
    "pick_list",
    "custom",
}


def every(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for field in fields:
        yield field
        yield from every(field.get("properties", []))


async def test_every_object_has_fields_that_workato_can_read(tenant: Tenant) -> None:
    listed = (await tenant.http.get("/v1/meta/objects")).json()["results"]
    assert [one["name"] for one in listed] == list(OBJECTS)
    for name in OBJECTS:
        found = (await tenant.http.get(f"/v1/meta/objects/{name}/fields")).json()
        for field in every(found["fields"]):
            assert re.fullmatch(r"[A-Za-z0-9_]+", field["name"]), field
            assert set(field) <= FORM, field
            assert field["type"] in TYPES, field
            assert (field["type"] == "array") == ("of" in field), field


@pytest.mark.parametrize("name", OBJECTS)
def test_the_sample_of_an_object_is_one(name: str) -> None:
    kind = OBJECTS[name]
    _, ignored = wire.read(msgspec.json.encode(kind.sample), kind.struct)
    assert ignored == []


@pytest.mark.parametrize("name", ["workday_job_profile", "successfactors_job_code"])
async def test_the_sample_of_a_job_profile_is_taken_in(tenant: Tenant, name: str) -> None:
    kind = OBJECTS[name]
    wrapper = "FOJobCode" if kind.source == "successfactors" else "items"
    answer = await tenant.http.post(f"/v1/webhooks/{kind.source}", json={wrapper: [kind.sample]})
    (item,) = answer.json()["results"]
    assert (item["verdict"], item["code"]) == ("new", None)
    role = (await tenant.http.get(f"/v1/roles/{item['role_id']}")).json()
    assert (role["title"], role["complete"]) == ("Registered Nurse", True)


async def test_columns_of_a_companys_own_are_fields(tenant: Tenant, make_tenant: Any) -> None:
    access = {
        "address": "https://wd2-impl-services1.workday.com",
        "tenant": "acme",
        "auth": {"kind": "username_token", "username": "a@acme", "password": "b"},
    }
    body = {"source": "workday", "access": access, "columns": {"CF_Job_Title_Long": "title"}}
    assert (await tenant.http.post("/v1/connections", json=body)).status_code == 201
    path = "/v1/meta/objects/workday_job_profile/fields"
    own = [one for one in (await tenant.http.get(path)).json()["fields"] if one.get("custom")]
    assert [one["name"] for one in own] == ["CF_Job_Title_Long"]
    other = await make_tenant("Other")
    assert not [one for one in (await other.http.get(path)).json()["fields"] if one.get("custom")]


async def test_pick_lists_can_be_searched(tenant: Tenant) -> None:
    for name in PICK_LISTS:
        assert (await tenant.http.get(f"/v1/meta/picklists/{name}")).json()["data"]
    found = await tenant.http.get("/v1/meta/picklists/stages?q=reskill")
    assert [one["value"] for one in found.json()["data"]] == ["reskilling"]
    role = await create(tenant.http, title="Pilot", code="P-1")
    roles = await tenant.http.get("/v1/meta/picklists/roles?q=pilot")
    assert roles.json()["data"] == [{"label": "Pilot (P-1)", "value": role["id"]}]


async def test_what_does_not_exist_is_answered_with_what_does(tenant: Tenant) -> None:
    for path in ("objects/unicorn/fields", "picklists/unicorn"):
        answer = await tenant.http.get(f"/v1/meta/{path}")
        assert answer.status_code == 404
        assert "There are " in answer.json()["action"]["what"]


async def test_the_kit_can_be_had_from_the_service(tenant: Tenant) -> None:
    kit = (await tenant.http.get("/v1/meta/kit")).json()
    assert re.fullmatch(r"\d+\.\d+\.\d+", kit["version"])
    assert "connector.rb" in [one["name"] for one in kit["files"]]
    got = await tenant.http.get("/v1/meta/kit/connector.rb")
    assert (got.headers["x-kit-version"], "title: 'Etter Connector'" in got.text) == (kit["version"], True)
    assert (await tenant.http.get("/v1/meta/kit/secrets.txt")).status_code == 404
