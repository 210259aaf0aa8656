"""The mapping editor without a browser: its form says what a mapping says, and nothing written is lost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from lxml import html

from connector.admin import mapping_form
from connector.admin.mapping_form import Row, boxes
from connector.admin.mapping_moves import moved
from connector.admin.source_tree import tree
from kit.errors import FieldError
from mappings.defaults import default_mapping
from mappings.vocabulary import vocabulary
from tests.connector.api.sending import workday

from .people import Person

AT = "/mappings/workday"


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the editor's form."""
    form = next(one for one in html.fromstring(page).forms if one.get("id") == "rules")
    return dict(form.form_values())


def row_of(fields: dict[str, Any], target: str) -> str:
    """The name of the row that fills a target (`r10`)."""
    return next(name for name, value in fields.items() if value == target and "-target" in name).partition(
        "-"
    )[0]


async def begun(person: Person) -> dict[str, Any]:
    """The form of a draft that was just begun."""
    await person.send(f"{AT}/begin")
    return fields_of(await person.see(AT))


async def drafted(person: Person) -> dict[str, Any]:
    """The rules of the draft as they are saved."""
    file = (await person.http.get(f"{person.home}{AT}/1/file")).json()
    return {"role": file["role"], "documents": file["documents"]}


@pytest.mark.parametrize("source", ["workday", "successfactors"])
async def test_a_form_that_nobody_touched_says_what_the_mapping_said(admin: Person, source: str) -> None:
    await admin.send(f"/mappings/{source}/begin")
    await admin.send(f"/mappings/{source}", **fields_of(await admin.see(f"/mappings/{source}")))
    saved = (await admin.http.get(f"{admin.home}/mappings/{source}/1/file")).json()
    default = msgspec.json.decode(msgspec.json.encode(default_mapping(source)))
    assert (saved["role"], saved["documents"]) == (default["role"], default["documents"])


async def test_a_mapping_is_edited_previewed_weighed_published_and_taken_back(admin: Person) -> None:
    fields = await begun(admin)
    fields[f"{row_of(fields, 'grade')}-source"] = "code"
    assert "The role" in (await admin.send(f"{AT}/preview", 200, **fields)).text
    assert "What publishing would change" in (await admin.send(f"{AT}/impact", 200, **fields)).text
    assert "Proposed rules" in (await admin.send(f"{AT}/propose", 200, **fields)).text
    answer = await admin.send(f"{AT}/publish", **fields, then="")
    assert answer.headers["location"].endswith("/mappings")
    assert "Version 1 is in use" in await admin.see("/mappings")
    await admin.send(f"{AT}/take-back", version="0")
    assert "Version 0 is in use" in await admin.see("/mappings")


async def test_publishing_with_a_plan_leads_to_the_plan_which_the_mappings_name_too(admin: Person) -> None:
    answer = await admin.send(f"{AT}/publish", **await begun(admin), then="plan")
    page = await admin.http.get(answer.headers["location"])
    assert "The roles are being read again" in page.text
    assert answer.headers["location"] in await admin.see("/mappings")


async def test_what_is_wrong_stands_beside_its_rule_and_nothing_written_is_lost(admin: Person) -> None:
    fields = await begun(admin)
    row = row_of(fields, "grade")
    fields[f"{row}-source"] = "grade["
    place = row[1:]
    told = (await admin.send(f"{AT}/preview", 200, **fields)).text
    fault = re.search(rf'id="fault-{place}"[^>]*>(.*?)</div>', told)
    assert fault is not None
    assert "Not a JMESPath expression at character" in fault[1]
    kept = (await admin.send(AT, 200, **fields)).text
    assert "are not saved yet" in kept
    assert fields_of(kept)[f"{row}-source"] == "grade["


async def test_a_button_is_about_the_section_it_stands_at(admin: Person) -> None:
    fields = await begun(admin)
    gone = next(name for name, value in fields.items() if value == "Skills" and name.endswith("-heading"))
    place = gone[1:].partition("-")[0]
    shown = (await admin.send(f"{AT}/rules", 200, **fields, do=f"remove {place}")).text
    left = fields_of(f'<form id="rules">{shown}</form>')
    headings = [value for name, value in fields.items() if name.endswith("-heading")]
    headings.remove("Skills")
    assert [value for name, value in left.items() if name.endswith("-heading")] == headings
    fields[gone.replace("heading", "source")] = "skills["
    told = (await admin.send(f"{AT}/preview", 200, **fields)).text
    fault = re.search(rf'id="fault-{place}"[^>]*>(.*?)</div>', told)
    assert fault is not None
    assert "Not a JMESPath expression at character" in fault[1]


async def test_a_row_without_its_other_half_is_not_saved_and_says_what_it_needs(admin: Person) -> None:
    fields = await begun(admin)
    blank = next(name for name, value in fields.items() if name.endswith("-target") and not value)
    fields[blank.replace("target", "source")] = "custom_fields.Pay_Band"
    assert "Choose what it becomes." in (await admin.send(AT, 200, **fields)).text
    assert len((await drafted(admin))["role"]) == len(default_mapping("workday").role)


async def test_the_second_of_two_editors_sees_both_and_an_early_word(admin: Person) -> None:
    fields = await begun(admin)
    row = row_of(fields, "grade")
    await admin.send(AT, **{**fields, f"{row}-source": "code"})
    assert "saved this draft" in (await admin.send(f"{AT}/preview", 200, **fields)).text
    late = (await admin.send(AT, 200, **{**fields, f"{row}-source": "title"})).text
    assert "changed the draft of the mapping of workday after you looked at it" in late
    both = re.search(r"<td><code>(\w+)</code> </td><td><code>(\w+)</code> </td>", late)
    assert both is not None
    assert both.groups() == ("code", "title")
    await admin.send(AT, **fields_of(late))
    rule = next(one for one in (await drafted(admin))["role"] if one["target"] == "grade")
    assert rule["source"] == "title"


async def test_a_draft_that_is_gone_is_begun_again_with_what_was_written(admin: Person) -> None:
    fields = await begun(admin)
    await admin.send(f"{AT}/discard?edit=1")
    gone = (await admin.send(AT, 200, **fields)).text
    assert "was published or thrown away meanwhile" in gone
    await admin.send(AT, **fields_of(gone))
    assert len((await drafted(admin))["role"]) == len(default_mapping("workday").role)


async def test_without_a_draft_the_editor_leads_to_where_one_is_begun(admin: Person) -> None:
    answer = await admin.http.get(f"{admin.home}{AT}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{admin.home}/mappings")
    await admin.see("/mappings/nothing", 404)


async def test_what_the_rules_are_tried_on_stays_chosen(admin: Person) -> None:
    fields = {**await begun(admin), "on": "sample:qualifications.xml", "item": "2"}
    saved = await admin.send(AT, **fields)
    again = fields_of((await admin.http.get(saved.headers["location"])).text)
    assert (again["on"], again["item"]) == ("sample:qualifications.xml", "2")
    late = fields_of((await admin.send(AT, 200, **{**fields, "payload": "<x/>"})).text)
    assert (late["on"], late["payload"]) == ("sample:qualifications.xml", "<x/>")


async def test_a_payload_that_cannot_be_read_is_told_beside_it(admin: Person) -> None:
    fields = {**await begun(admin), "payload": "no payload"}
    told = (await admin.send(f"{AT}/preview", 200, **fields)).text
    fault = re.search(r'id="payload-fault"[^>]*>(.*?)</div>', told)
    assert fault is not None
    assert "Paste a payload as workday sends it" in fault[1]
    few = {**fields, "payload": workday().decode(), "item": "7"}
    assert "there is none at place" in (await admin.send(f"{AT}/preview", 200, **few)).text


async def test_a_viewer_tries_nothing_and_publishes_nothing(
    admin: Person, welcome: Callable[..., Awaitable[Person]]
) -> None:
    fields = await begun(admin)
    viewer = await welcome("viewer", company=admin.company, email="eve@example.com")
    for path in ("", "/publish"):
        await viewer.send(f"{AT}{path}", 403, **{**fields, "csrf": viewer.csrf})
    await viewer.send(f"{AT}/discard?edit=1", 403)


def test_every_argument_of_every_step_can_be_written_without_json() -> None:
    written = {
        "text": (" / ", " / "),
        "number": ("2", 2),
        "yes_no": ("yes", True),
        "table": ("USA = US\r\nDEU = DE", {"USA": "US", "DEU": "DE"}),
        "expressions": ("title\r\ntitles.default", ["title", "titles.default"]),
        "value": ("none", "none"),
    }
    for transform in vocabulary().transforms:
        form = {"r0-part": "role", "r0-target": "title", "r0-source": "", "r0-s0-name": transform.name}
        form |= {f"r0-s0-a-{one.name}": written[one.kind][0] for one in transform.arguments}
        (row,) = mapping_form.read(form)
        wanted = {one.name: written[one.kind][1] for one in transform.arguments}
        args = {name: value for name, value in wanted.items() if value is not True or name == "strict"}
        assert row.steps[0].get("args", {}) == args, transform.name


@pytest.mark.parametrize(
    "step",
    [
        {"name": "constant", "args": {"value": ["US", 1]}},
        {"name": "constant", "args": {"value": "two\nlines"}},
        {"name": "lookup", "args": {"table": {"a = b": "c", "d": 1}, "keep_unknown": False}},
        {"name": "join", "args": {"separator": "\n"}},
        {"name": "locale_choice", "args": {"strict": True}},
        {"name": "lookup", "args": {"table": {"A": "", "B": "c=d", " e": "f"}}},
        {"name": "regex_extract", "args": {"pattern": " (\\d+)", "group": 1}},
        {"name": "regex_extract", "args": {"pattern": "(\\d+)", "group": 10**16}},
    ],
    ids=lambda step: step["name"],
)
def test_whatever_a_file_brought_goes_through_the_form_unchanged(step: dict[str, Any]) -> None:
    form = {"r0-part": "role", "r0-target": "title", "r0-s0-name": step["name"]}
    for box in boxes(step):
        if box.kind != "yes_no" or box.text:
            form[f"r0-s0-{'j' if box.kind == 'json' else 'a'}-{box.name}"] = box.text
    assert mapping_form.read(form)[0].steps == [step]


def test_a_table_is_read_with_and_without_blanks_around_its_signs() -> None:
    form = {"r0-part": "role", "r0-target": "title", "r0-s0-name": "lookup"}
    form["r0-s0-a-table"] = "A=B\nC = D\nE ="
    assert mapping_form.read(form)[0].steps[0]["args"]["table"] == {"A": "B", "C": "D", "E": ""}


async def test_a_number_without_end_is_told_like_any_other_fault(admin: Person) -> None:
    fields, endless = await begun(admin), "9" * 5_000
    far = await admin.send(f"{AT}/preview", 200, **{**fields, "item": endless})
    assert "there is none at place" in far.text
    row = row_of(fields, "grade")
    fields |= {f"{row}-s0-name": "regex_extract", f"{row}-s0-a-pattern": "x", f"{row}-s0-a-group": endless}
    told = (await admin.send(f"{AT}/preview", 200, **fields)).text
    fault = re.search(rf'id="fault-{row[1:]}"[^>]*>(.*?)</div>', told)
    assert fault is not None
    assert "Expected `int`" in fault[1]
    assert moved(SECTIONS, f"remove {endless}", {}) == (SECTIONS, "")


def test_an_attribute_is_named_in_a_field_of_its_own() -> None:
    form = {
        "r0-part": "role",
        "r0-target": "attributes.",
        "r0-own": " shift ",
        "r0-source": "custom_fields.Shift",
    }
    assert mapping_form.rules(mapping_form.read(form))["role"][0]["target"] == "attributes.shift"


def test_a_fault_is_told_at_its_row_though_blank_rows_stand_between() -> None:
    rows = [
        Row(part="role", target="title", source="t"),
        Row(part="role"),
        Row(part="role", target="code", source="["),
    ]
    found, others = mapping_form.by_row(
        rows, [FieldError("role[1].source", "Wrong."), FieldError("role", "Many.")]
    )
    assert (found, others) == ({2: ["Wrong."]}, ["Many."])


SECTIONS = [
    Row(part="role", target="title", source="title"),
    Row(part="documents", target="job_description", heading="A", source="a"),
    Row(part="documents", target="sop", heading="S", source="s"),
    Row(part="documents", target="job_description", heading="B", source="b"),
]


@pytest.mark.parametrize(
    ("do", "form", "order"),
    [
        ("up 3", {}, ["title", "B", "S", "A"]),
        ("up 1", {}, ["title", "A", "S", "B"]),
        ("down 1", {}, ["title", "B", "S", "A"]),
        ("remove 2", {}, ["title", "A", "B"]),
        ("add documents sop", {}, ["title", "A", "S", "", "B"]),
        ("add documents", {"new-kind": "other"}, ["title", "A", "S", "B", ""]),
        ("add role grade", {}, ["title", "grade", "A", "S", "B"]),
        ('take {"where": "role", "target": "title", "source": "name"}', {}, ["title", "A", "S", "B"]),
        ("remove 9", {}, ["title", "A", "S", "B"]),
        ("take {oops", {}, ["title", "A", "S", "B"]),
        ("nonsense", {}, ["title", "A", "S", "B"]),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_a_button_moves_sections_within_their_document(
    do: str, form: dict[str, str], order: list[str]
) -> None:
    rows, _ = moved(SECTIONS, do, form)
    assert [row.heading if row.part == "documents" else row.target for row in rows] == order


def test_a_step_is_added_and_left_out_again() -> None:
    rows, focus = moved(SECTIONS, "step 0", {"r0-new": "trim"})
    assert (rows[0].steps, focus) == ([{"name": "trim"}], "r0-s0")
    assert moved(rows, "unstep 0 0", {})[0][0].steps == []


def test_the_source_is_a_tree_in_which_every_value_and_whole_list_can_be_chosen() -> None:
    fields = [
        {"path": "title", "expression": "title", "value": "Nurse", "targets": ["title"]},
        {"path": "families[].name", "expression": "families[0].name", "value": "Care", "targets": []},
        {"path": "families[].name", "expression": "families[1].name", "value": "Health", "targets": []},
        {"path": 'ids."Job Code"', "expression": 'ids."Job Code"', "value": "7", "targets": []},
        {
            "path": "descriptions[field='JD']",
            "expression": "descriptions[?field=='JD']",
            "value": "x",
            "targets": [],
        },
    ]
    title, families, ids, descriptions = tree(fields)
    assert (title.leaf, title.targets) == (True, ["title"])
    assert [child.expression for child in families.children] == ["families[0]", "families[1]"]
    assert families.every == ["families[].name"]
    assert ids.children[0].label == "Job Code"
    assert (descriptions.expression, descriptions.children[0].label) == ("descriptions", "JD")
