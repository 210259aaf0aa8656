"""`workato/connector.rb`, every lambda of it, against a running service."""

from __future__ import annotations

from typing import Any

import pytest

from connector.api.meta import PICK_LISTS
from connector.api.objects import OBJECTS
from tests.fakes.receiver import Reply, receiving
from tests.webhooks.callbacks.world import eventually
from tests.workato.place import Place
from tests.workato.sdk import Failed, Sdk, connected

NURSE = OBJECTS["workday_job_profile"].sample
CODE = OBJECTS["successfactors_job_code"].sample
TYPES = {"string", "integer", "number", "boolean", "date_time", "timestamp", "date", "object", "array", None}


async def test_a_connection_is_made_tested_and_named(sdk: Sdk, place: Place) -> None:
    assert (await sdk.ask("test"))["company"]["name"] == "Liberty"
    assert await sdk.ask("identity") == "Liberty (test)"
    first = (await sdk.ask("token"))["token"]
    await sdk.ask("spoil_token", token="no.such.token")
    assert (await sdk.ask("test"))["company"]["name"] == "Liberty"
    assert (await sdk.ask("token"))["token"] not in (first, "no.such.token")
    async with connected(base_url=place.live.url, client_id=place.client_id, client_secret="wrong") as other:
        with pytest.raises(Failed, match="invalid_client"):
            await other.ask("test")


async def test_the_recipe_editor_gets_fields_samples_and_pick_lists(sdk: Sdk) -> None:
    shape = await sdk.ask("shape")
    editor = await sdk.ask("editor", config={"source": "workday"})
    assert set(editor["fields"]) == {*shape["actions"], *shape["triggers"]}
    for name, fields in editor["fields"].items():
        assert fields["output"], name
        assert all(field["name"].isidentifier() for field in fields["input"]), name
        assert {field.get("type") for field in fields["output"]} <= TYPES, name
    assert set(editor["pick_lists"]) <= set(PICK_LISTS)
    assert all(all(len(pair) == 2 for pair in pairs) for pairs in editor["pick_lists"].values())
    (profiles,) = [one for one in editor["fields"]["push_job_profiles"]["input"] if one["name"] == "profiles"]
    assert {one["name"] for one in profiles["properties"]} == set(NURSE)
    assert all(sample["id"] or sample["role_id"] for sample in editor["samples"].values())


@pytest.mark.parametrize(("source", "sample"), [("workday", NURSE), ("successfactors", CODE)])
async def test_job_profiles_are_pushed_and_read_again(
    sdk: Sdk, place: Place, source: str, sample: dict[str, Any]
) -> None:
    given = {"source": source, "profiles": [sample], "strict": "", "event_id": ""}
    receipt = await sdk.ask("execute", action="push_job_profiles", input=given)
    again = await sdk.ask("execute", action="push_job_profiles", input=given)
    (item,) = receipt["results"]
    assert (item["verdict"], again["results"][0]["verdict"]) == ("new", "no_material_change")
    run = await sdk.ask("execute", action="get_run", input={"run_id": item["run_id"]})
    assert run["status"] == "pending"
    found = await sdk.ask("execute", action="search_roles", input={"q": "nurse", "limit": "5", "family": ""})
    assert [role["id"] for role in found["results"]] == [item["role_id"]]
    cancelled = await sdk.ask("execute", action="cancel_run", input={"run_id": item["run_id"]})
    assert cancelled["error"]["code"] == "cancelled"
    retried = await sdk.ask("execute", action="retry_run", input={"run_id": item["run_id"]})
    assert retried["inputs"]["reason"] == "retry"
    some = {"role_id": item["role_id"], "stages": "", "cascade": "false"}
    assert (await sdk.ask("execute", action="rerun_stages", input=some))["id"] == retried["id"]
    batch = await sdk.ask("execute", action="push_roles", input={"ids": [item["role_id"]]})
    assert batch["outputs"]["runs"] == 1
    document = {"role_id": item["role_id"], "kind": "process_map", "text": "1. Admit\n2. Treat", "html": ""}
    made = await sdk.ask("execute", action="upload_document", input=document)
    assert (made["kind"], made["role_id"]) == ("process_map", item["role_id"])


async def test_an_error_reads_as_one_sentence_with_what_to_do(sdk: Sdk) -> None:
    with pytest.raises(Failed, match=r"There is no run with the id run_x.*\(not_found, request req_"):
        await sdk.ask("execute", action="get_run", input={"run_id": "run_x"})
    given = {"source": "workday", "profiles": [NURSE]}
    with pytest.raises(Failed, match="no Workato workspace"):
        await sdk.ask("execute", action="push_and_wait", input=given)


async def test_a_job_sleeps_until_its_roles_are_assessed(sdk: Sdk, place: Place) -> None:
    other = {**NURSE, "Job_Profile_ID": "R-2", "Job_Code": "R-2", "Job_Profile_Name": "Surgeon"}
    given = {"source": "workday", "profiles": [NURSE, other], "wait_hours": "2"}
    async with receiving(Reply(204)) as workato, await place.http() as http:
        body = {"token": "api-client-token", "address": workato.url.removesuffix("/hook")}
        assert (await http.put("/v1/workspaces/own", json=body)).status_code == 200
        asleep = (await sdk.ask("execute", action="push_and_wait", input=given, resume_token="rt-1"))[
            "suspended"
        ]
        async with place.working():
            (got,) = await workato.wait_for(1, 30)
        told = got.json()
        assert (got.path, told["token"]) == ("/api/job/resume", "rt-1")
        out = await sdk.ask("resume", action="push_and_wait", input=given, data=told["data"], **_with(asleep))
    assert (out["status"], out["failed"], out["timed_out"], len(out["runs"])) == ("success", 0, False, 2)
    again = await sdk.ask("time_out", action="push_and_wait", input=given, **_with(asleep))
    assert (again["status"], again["timed_out"]) == ("success", True)


def _with(asleep: dict[str, Any]) -> dict[str, Any]:
    return {"continue": asleep["continue"]}


async def test_without_a_token_for_the_platform_a_job_looks_again_and_again(sdk: Sdk, place: Place) -> None:
    given = {"source": "workday", "profiles": [NURSE]}
    step = (await sdk.ask("execute", action="push_and_poll", input=given))["reinvoke"]
    assert step["seconds"] >= 60
    step = (await sdk.ask("execute", action="push_and_poll", input=given, **_with(step)))["reinvoke"]
    assert step["continue"]["looks"] == 2
    last = step["continue"] | {"looks": 100}
    late = await sdk.ask("execute", action="push_and_poll", input=given, **_with({"continue": last}))
    assert late["timed_out"]
    run_id = step["continue"]["run_ids"][0]
    async with place.working(), await place.http() as http:

        async def over() -> bool:
            return bool((await http.get(f"/v1/runs/{run_id}")).json()["status"] == "success")

        await eventually(over, 30)
    done = await sdk.ask("execute", action="push_and_poll", input=given, **_with(step))
    assert (done["status"], done["timed_out"]) == ("success", False)


async def test_every_trigger_finds_what_happened_once(sdk: Sdk, place: Place) -> None:
    given = {"source": "workday", "profiles": [NURSE]}
    receipt = await sdk.ask("execute", action="push_job_profiles", input=given)
    run_id = receipt["results"][0]["run_id"]
    async with place.working(), await place.http() as http:

        async def over() -> bool:
            return bool((await http.get(f"/v1/runs/{run_id}")).json()["status"] == "success")

        await eventually(over, 30)
    found: dict[str, list[str]] = {}
    for trigger in ("run_finished", "role_ready", "needs_review", "event_polled", "role_changed"):
        page = await sdk.ask("poll", trigger=trigger, input={"since": "2020-01-01T00:00:00Z"})
        again = await sdk.ask("poll", trigger=trigger, input={}, closure=page["next_poll"])
        found[trigger] = [event.get("type", "") for event in page["events"]]
        assert not page["can_poll_more"]
        assert set(again["dedup"]) <= set(page["dedup"]), trigger
    assert (found["run_finished"], found["role_ready"]) == (["run.finished"], ["role.ready"])
    assert len(found["event_polled"]) > 4
    assert len(found["role_changed"]) == 1


async def test_webhooks_are_subscribed_verified_and_ended(sdk: Sdk, place: Place) -> None:
    async with receiving() as receiver:
        hook = await sdk.ask(
            "subscribe", trigger="event_received", url=receiver.url, input={"types": "run.*"}
        )
        for trigger in ("run_finished", "role_ready", "needs_review"):
            made = await sdk.ask("subscribe", trigger=trigger, url=receiver.url)
            await sdk.ask("unsubscribe", trigger=trigger, webhook=made)
        given = {"source": "workday", "profiles": [NURSE]}
        await sdk.ask("execute", action="push_job_profiles", input=given)
        assert await place.plan() == 1
        async with place.working():
            (got, *_) = await receiver.wait_for(1, 30)
        told = {"trigger": "event_received", "headers": got.headers, "webhook": hook}
        event = await sdk.ask("notify", payload=got.body.decode(), **told)
        assert (event["type"], got.headers["x-workato-dedup"]) == ("run.queued", event["id"])
        assert await sdk.ask("notify", payload=got.body.decode().replace("queued", "failed"), **told) is None
        await sdk.ask("unsubscribe", trigger="event_received", webhook=hook)
        await sdk.ask("unsubscribe", trigger="event_received", webhook=hook)
        with pytest.raises(Failed, match="not one of those that may be called"):
            await sdk.ask("subscribe", trigger="role_ready", url="https://evil.example.com/hook")
