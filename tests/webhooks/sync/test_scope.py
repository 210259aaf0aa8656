"""What a company does not want: profiles outside its scope, and fields that are never stored."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.pull import Puller
from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.client import client
from kit.errors import Invalid, Refused
from kit.http import CompanyHttp
from mappings.model import RoleRecord
from tests.adapters.pull.ways import QUICK
from tests.adapters.wd import sample
from tests.fakes.workday import WD
from tests.webhooks.sync.world import World
from webhooks.connections.exclusion import without
from webhooks.connections.store import Scope
from webhooks.connections.vendors import Vendor
from webhooks.intake import Hook
from webhooks.sync.page import left_out

NURSE = RoleRecord(title="Nurse", family="Nursing", family_code="JF-1", countries=["DE"], status="active")

SAMPLE = sample("one_profile.xml")


def hook(world: World, body: bytes) -> Hook:
    """A call into the webhook."""
    return Hook(
        company_id=world.company_id,
        client_id=None,
        actor_kind="hris",
        actor_id="recipe",
        source="workday",
        body=body,
        content_type="text/xml",
    )


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (Scope(), None),
        (Scope(families=["nursing"]), None),
        (Scope(families=["JF-1"]), None),
        (Scope(families=["Sales"]), "family"),
        (Scope(countries=["FR", "DE"]), None),
        (Scope(countries=["FR"]), "country"),
        (Scope(only_active=True), None),
    ],
)
def test_a_scope_leaves_out_what_it_does_not_name(scope: Scope, reason: str | None) -> None:
    assert left_out(scope, NURSE) == reason


def test_only_what_is_said_to_be_inactive_is_left_out_as_that() -> None:
    assert left_out(Scope(only_active=True), RoleRecord(status="inactive")) == "inactive"
    assert left_out(Scope(only_active=True), RoleRecord(status="unknown")) is None


def test_a_role_without_countries_is_one_of_every_country() -> None:
    assert left_out(Scope(countries=["FR"]), RoleRecord(title="Nurse")) is None


async def test_a_role_that_is_here_follows_its_source_whatever_the_scope(world: World) -> None:
    connection = await world.connect()
    for held in world.tenant.held:
        held.element.find(f".//{WD}Inactive").text = "0"
    await world.run()
    await world.change(connection.id, scope=Scope(only_active=True))
    world.tenant.held[7].element.find(f".//{WD}Inactive").text = "1"
    sync = await world.run()
    assert (sync.counts.out_of_scope, sync.counts.changed) == (0, 1)
    assert await world.states() == {"draft": 99, "archived": 1}


async def test_an_excluded_field_is_nowhere_in_what_is_stored(world: World) -> None:
    secret = "<p>Salary band 7</p>"
    for held in world.tenant.held:
        held.element.find(f".//{WD}Job_Profile_Summary").text = secret
    await world.connect(excluded=["Job_Profile_Summary"])
    sync = await world.run()
    assert sync.counts.new == 100
    for table in ("source_event", "role", "role_revision", "document"):
        (row,) = await world.rows(f"SELECT count(*) AS n FROM {table} t WHERE t::text LIKE '%%Salary band%%'")
        assert (table, row["n"]) == (table, 0)
    (event, *_) = await world.rows("SELECT body FROM source_event")
    assert b"Job_Profile_Summary" not in event["body"]
    assert b"Job_Title" in event["body"]


def test_fields_are_taken_out_of_json_wherever_they_stand() -> None:
    body = b'{"d": {"results": [{"externalCode": "7", "grade": "X", "gradeNav": {"grade": 1}}]}}'
    assert without(body, ["grade"]) == b'{"d":{"results":[{"externalCode":"7","gradeNav":{}}]}}'
    assert without(body, []) is body


async def test_a_name_that_no_field_can_have_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        await world.connect(excluded=["grade", "<script>"])


async def test_a_webhooks_payload_loses_the_same_fields_before_it_is_stored(world: World) -> None:
    await world.connect(excluded=["Job_Profile_Summary"])
    intake = world.intake()
    await intake.receive(hook(world, SAMPLE))
    (event,) = await world.rows("SELECT body FROM source_event")
    assert b"Job_Profile_Summary" in SAMPLE
    assert b"Job_Profile_Summary" not in event["body"]
    assert await world.states() == {"queued": 1}


async def test_what_was_kept_for_joining_is_forgotten_when_a_field_is_excluded(world: World) -> None:
    made = await world.connect()
    await world.intake().receive(hook(world, SAMPLE))
    kept = "SELECT count(*) AS n FROM role WHERE parts IS NOT NULL"
    assert await world.rows(kept) == [{"n": 1}]
    await world.change(made.id, name="Payroll")
    assert await world.rows(kept) == [{"n": 1}]
    await world.change(made.id, excluded=["Job_Profile_Summary"])
    assert await world.rows(kept) == [{"n": 0}]


async def test_what_they_cannot_be_taken_out_of_is_refused_and_not_kept(world: World) -> None:
    await world.connect(excluded=["Job_Profile_Summary"])
    with pytest.raises(Refused):
        await world.intake().receive(hook(world, b"<open>Salary band 7"))
    (event,) = await world.rows("SELECT body, status FROM source_event")
    assert event == {"body": None, "status": "rejected"}


async def test_a_company_that_excludes_nothing_has_its_bytes_kept_as_they_came(world: World) -> None:
    await (await world.neighbour()).connect(excluded=["Job_Profile_Summary"])
    await world.intake().receive(hook(world, SAMPLE))
    (event,) = await world.rows("SELECT body FROM source_event")
    assert event["body"] == SAMPLE


ROW = b'{"Report_Entry": [{"Job_Profile_ID": "R-7", "CF_Long_Name": "Head of Nursing"}]}'


async def test_a_companys_own_columns_are_understood_in_what_is_sent(world: World) -> None:
    await world.connect(columns={"CF_Long_Name": "title"})
    await world.intake().receive(msgspec.structs.replace(hook(world, ROW), content_type="application/json"))
    assert await world.rows("SELECT source_id, title FROM role") == [
        {"source_id": "R-7", "title": "Head of Nursing"}
    ]


async def test_a_companys_own_columns_are_understood_in_a_report_that_is_fetched(world: World) -> None:
    def with_report(settings: WorkdayAccess, http: CompanyHttp, **more: Any) -> Puller:
        report = msgspec.structs.replace(settings, api="raas", report="isu/Job Profiles")
        return client(report, http, patience=QUICK, **more)

    world.vendors = {"workday": Vendor(WorkdayAccess, with_report)}
    vars(world.tenant)["report"] = lambda: ROW
    await world.connect(columns={"CF_Long_Name": "title"})
    sync = await world.run()
    assert (sync.error, sync.counts.new) == (None, 1)
    assert await world.rows("SELECT source_id, title FROM role") == [
        {"source_id": "R-7", "title": "Head of Nursing"}
    ]


async def test_a_column_for_a_field_that_there_is_not_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await world.connect(columns={"CF_Long_Name": "headline"})
    assert refused.value.errors[0].field == "columns"
