"""Every screen: for an empty company, with what an HRIS may send, and for those who may not do everything."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from connector.admin.words import MENU
from connector.services import Services
from control.access import OF_ROLE
from kit import ids
from kit.db import Db
from mappings.model import DocumentRecord, RoleRecord
from pipeline.stages.base import Outcome
from tests import make
from tests.house.tracked import ROOT
from tests.pipeline.runs.world import ended, execute

from .people import BASE, Person

PATHS = [path for _, path, _ in MENU if path] + ["/activation"]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
TEMPLATES = sorted((ROOT / "connector/admin/templates").rglob("*.html"))


async def evil_role(db: Db, company_id: Any) -> tuple[str, str]:
    """A role whose every field that comes from outside is an attack, assessed; its id and its run's."""
    role = RoleRecord(
        title=f"Analyst {EVIL}",
        code=EVIL,
        family=EVIL,
        level=EVIL,
        grade=EVIL,
        status="active",
        countries=[EVIL],
        attributes={EVIL: EVIL},
    )
    documents = (DocumentRecord("job_description", EVIL, "", f"Prepare reports {EVIL}"),)
    item = make.incoming(1, role=role, documents=documents, source_id=EVIL)
    verdict = (await make.take(db, company_id, item, body=EVIL.encode(), event_key=EVIL)).verdicts[0]
    assert verdict.run_id is not None
    assert verdict.role_id is not None
    document = await execute(db, "SELECT id FROM document WHERE role_id = %(r)s", r=verdict.role_id)
    found = {
        "id": "t1",
        "text": EVIL,
        "grade": "augment",
        "start": 0,
        "end": 15,
        "document_id": str(document[0]["id"]),
        "automation": 2.0,
        "confidence": 0.9,
        "exposure": {"class": "E1", "p_direct": 0.5, "p_exposed": 0.9},
        "evidence": [{"words": EVIL, "start": 0, "end": 7, "weight": 1.0, "about": EVIL}],
    }
    outputs = {
        "tasks": [found],
        "scores": {"ai_exposure": 40.0, "automation": 20.0, "augmentation": 50.0, "human": 30.0},
        "summary": EVIL,
        "confidence": 0.5,
        "assessor": EVIL,
        "version": EVIL,
        "offline": True,
        "basis": EVIL,
        "warnings": [EVIL],
    }
    skills = {"skills": [{"name": EVIL, "tier": "core", "origin": "inferred"}]}
    moves = {"moves": [{"from": EVIL, "to": EVIL, "gap": "partly", "reason": EVIL}]}
    await ended(
        db,
        verdict.run_id,
        ai_assessment=lambda _given, _work: Outcome(outputs=outputs, flags=("low_confidence",)),
        skills_architecture=lambda _given, _work: Outcome(outputs=skills),
        reskilling=lambda _given, _work: Outcome(outputs=moves),
        map_draup_role=lambda _given, _work: Outcome(outputs={"linked": {"title": EVIL, "taxonomy": EVIL}}),
    )
    return ids.show("role", verdict.role_id), ids.show("run", verdict.run_id)


async def test_every_screen_of_an_empty_company_says_what_there_is_to_do(admin: Person) -> None:
    for path in PATHS:
        html = await admin.see(path if path != "/" else "")
        assert "Liberty" in html, path
        assert html.count("<h1>") == 1, path


@pytest.mark.half_done("its assessment is the test's own")
async def test_what_comes_from_outside_is_never_markup(services: Services, admin: Person) -> None:
    role, run = await evil_role(services.db, admin.company.id)
    documents = re.findall(r"/documents/(doc_\w+)", await admin.see("/documents"))
    events = re.findall(r"/source-events/(src_\w+)", await admin.see("/source-events"))
    own = [f"/roles/{role}", f"/runs/{run}", f"/documents/{documents[0]}", f"/source-events/{events[0]}"]
    seen = 0
    for path in [*PATHS, *own, "/runs/live", f"/runs/{run}/live"]:
        html = await admin.see(path if path != "/" else "")
        assert "<script>alert" not in html, path
        assert "<img" not in html, path
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(..)", html), path
        seen += "&lt;script&gt;alert(1)" in html
    assert seen >= 8


async def test_only_our_own_files_may_run(admin: Person) -> None:
    answer = await admin.http.get(admin.home)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["cache-control"] == "no-store"
    for address in re.findall(r'(?:src|href)="(/admin/static/[^"]+)"', answer.text):
        assert (await admin.http.get(address)).headers["cache-control"].endswith("immutable")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_script_or_style_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    foreign = r"<script(?! src=\"\{\{ asset)|<style|\son[a-z]+=|\sstyle=|(?:src|href|action)=\"https?:"
    assert re.findall(foreign, text) == []


@pytest.mark.parametrize(("path", "scope"), [(path, scope) for _, path, scope in MENU if path])
async def test_a_viewer_is_offered_and_given_what_a_viewer_may_see(
    welcome: Callable[..., Awaitable[Person]], path: str, scope: str
) -> None:
    viewer = await welcome("viewer")
    may = scope in OF_ROLE["viewer"]
    below = path if path != "/" else ""
    await viewer.see(below, 200 if may else 403)
    assert (f'href="{viewer.home}{below}"' in await viewer.see("/dashboard")) is may


async def test_a_viewer_changes_nothing_by_sending_forms_by_hand(
    services: Services, welcome: Callable[..., Awaitable[Person]]
) -> None:
    viewer = await welcome("viewer")
    verdict = (await make.take(services.db, viewer.company.id, make.incoming())).verdicts[0]
    assert verdict.role_id is not None
    role = ids.show("role", verdict.role_id)
    for path in (f"/roles/{role}/push", f"/roles/{role}/archive", "/roles/new", "/clients", "/people"):
        await viewer.send(path, 403, title="x", name="x", email="x@example.com")
    assert "x@example.com" not in str(await execute(services.db, "SELECT email FROM person"))


async def test_a_csm_lets_nobody_in(welcome: Callable[..., Awaitable[Person]]) -> None:
    csm = await welcome("csm")
    await csm.send("/clients", 403, name="Mine")
    await csm.send("/people", 403, email="x@example.com", role="admin")
    assert "Create a client" not in await csm.see("/clients")


async def test_what_a_person_does_is_recorded_as_theirs(services: Services, admin: Person) -> None:
    await admin.send("/roles/new", title="Registered Nurse", code="R-1", text="- Cares for patients")
    await admin.send("/settings/push/workday", mode="off", families="Nursing, Care", countries="us")
    rows = await execute(services.db, "SELECT actor_kind, action FROM audit ORDER BY at")
    assert [tuple(row.values()) for row in rows] == [
        ("person", "role.created"),
        ("person", "settings.push_changed"),
    ]
    html = await admin.see("/audit")
    assert "ada@example.com" in html
    assert "settings.push_changed" in html


async def test_a_clients_secret_is_shown_once_and_opens_the_api(admin: Person) -> None:
    html = (await admin.send("/clients", 200, name="Workato")).text
    secret = html.partition('id="secret">')[2].partition("<")[0]
    client_id = re.findall(r"client_\w{32}", html)[0]
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    assert (await admin.http.post("/oauth/token", data=form)).status_code == 200
    assert secret not in await admin.see("/clients")
    rotated = (await admin.send(f"/clients/{client_id}/rotate", 200)).text
    assert rotated.partition('id="secret">')[2].partition("<")[0] != secret
    assert (await admin.http.post("/oauth/token", data=form)).status_code == 200
    await admin.send(f"/clients/{client_id}/end")
    assert (await admin.http.post("/oauth/token", data=form)).status_code == 401


async def test_a_selection_is_planned_and_what_was_planned_is_pushed(
    services: Services, admin: Person
) -> None:
    await admin.send("/settings/push/workday", mode="off")
    good = [make.incoming(n) for n in range(3)]
    await make.take(services.db, admin.company.id, *good, make.incoming(3, documents=()))
    plan = (await admin.send("/roles/plan", 200, all="1", state=["draft", "validation_failed"])).text
    assert "Push 3 roles" in plan
    assert "The role has no job description" in plan
    planned = re.findall(r'name="id" value="(role_\w+)"', plan)
    answer = await admin.send("/roles/push", id=planned)
    batch = await admin.http.get(answer.headers["location"])
    assert "Push of 3 roles" in batch.text


async def test_a_saved_selection_can_be_used_and_forgotten(services: Services, admin: Person) -> None:
    await make.take(services.db, admin.company.id, make.incoming(), make.incoming(1))
    await admin.send("/roles/selections", name="Pilot 50", family="Data", q="Analyst 1")
    html = await admin.see("/roles")
    link = re.search(r'href="[^"]*/roles(\?[^"]+)">Pilot 50', html)
    assert link
    chosen = await admin.see("/roles" + link[1].replace("&amp;", "&"))
    assert ("Analyst 1" in chosen, "Analyst 0" in chosen) == (True, False)
    selection = re.findall(r"selections/(sel_\w+)/delete", html)[0]
    await admin.send(f"/roles/selections/{selection}/delete")
    assert "Pilot 50" not in await admin.see("/roles")


async def test_the_checklist_tells_what_happened_and_what_is_next(services: Services, admin: Person) -> None:
    assert "2 of 9 steps are done. Next, by an admin: Make a connection" in await admin.see("/activation")
    await make.take(services.db, admin.company.id, make.incoming())
    await admin.send("/activation/taxonomy_chosen", done="yes")
    html = await admin.see("/activation")
    assert "5 of 9 steps are done" in html
    await admin.send("/activation/taxonomy_chosen", done="no")
    assert "4 of 9 steps are done" in await admin.see("/activation")
    await admin.send("/activation/created", 422, done="yes")


@pytest.mark.half_done("its assessment is the test's own")
async def test_the_dashboard_is_taken_away_as_csv_and_xlsx_without_formulas(
    services: Services, admin: Person
) -> None:
    item = make.incoming(1, role=RoleRecord(title="=HYPERLINK(1)", code="R-1", status="active"))
    verdict = (await make.take(services.db, admin.company.id, item)).verdicts[0]
    assert verdict.run_id is not None
    await ended(services.db, verdict.run_id)
    rows = (
        (await admin.http.get(f"{admin.home}/dashboard/export.csv")).content.decode("utf-8-sig").splitlines()
    )
    assert rows[0].startswith("Code,Role,Family")
    assert rows[1].startswith("R-1,'=HYPERLINK(1)")
    book = (await admin.http.get(f"{admin.home}/dashboard/export.xlsx")).content
    assert book[:2] == b"PK"
    assert b"<f>" not in book


async def test_a_documents_quality_is_told_and_acknowledged(services: Services, admin: Person) -> None:
    short = (DocumentRecord("job_description", "Job description", "", "Agenda\n- Minutes of last week"),)
    await make.take(services.db, admin.company.id, make.incoming(1, documents=short))
    document = re.findall(r"/documents/(doc_\w+)", await admin.see("/documents"))[0]
    html = await admin.see(f"/documents/{document}")
    codes = re.findall(r'name="code" value="(\w+)"', html)
    assert codes
    await admin.send(f"/documents/{document}/acknowledge", code=codes, note="All we have")
    assert "All we have" in await admin.see(f"/documents/{document}")


async def test_a_run_is_paused_and_resumed_from_its_page_and_its_roles(
    services: Services, admin: Person
) -> None:
    verdict = (await make.take(services.db, admin.company.id, make.incoming())).verdicts[0]
    assert verdict.run_id is not None
    assert verdict.role_id is not None
    run, role = ids.show("run", verdict.run_id), ids.show("role", verdict.role_id)
    await admin.send(f"/runs/{run}/pause")
    for page in (f"/runs/{run}", f"/roles/{role}"):
        html = await admin.see(page)
        assert "somebody who resumes it" in html, page
        assert (f"/runs/{run}/resume" in html, f"/runs/{run}/pause" in html) == (True, False), page
    await admin.send(f"/runs/{run}/resume")
    assert f"/runs/{run}/pause" in await admin.see(f"/runs/{run}")


async def test_stages_and_reviews_are_chosen_and_the_dashboard_says_what_is_off(admin: Person) -> None:
    on = re.findall(r'name="stage" value="(\w+)"', await admin.see("/settings"))
    assert len(on) == 13
    await admin.send("/settings/stages", stage=[key for key in on if key != "reskilling"])
    await admin.send("/settings/reviews", publish="held")
    html = await admin.see("/settings")
    assert 'value="held" selected' in html
    assert re.search(r'value="reskilling">', html), "it is not ticked"
    assert "Switched off for this company: Plan reskilling." in await admin.see("/dashboard")
    refused = await admin.send("/settings/stages", 422, stage=[key for key in on if key != "mine_skills"])
    assert "needs mine_skills: switch that off too" in refused.text
    await admin.send("/settings/reviews", 422, publish="hidden")


async def test_an_admin_makes_a_company_as_the_api_does_and_a_csm_does_not(
    services: Services, welcome: Callable[..., Awaitable[Person]], admin: Person
) -> None:
    made = await admin.http.post("/admin/companies", data={"csrf": admin.csrf, "name": "North Star"})
    assert made.headers["location"].endswith("/activation")
    assert "North Star" in (await admin.http.get(made.headers["location"])).text
    csm = await welcome("csm", email="cy@example.com")
    refused = await csm.http.post("/admin/companies", data={"csrf": csm.csrf, "name": "Mine"})
    assert refused.status_code == 403
    names = await execute(
        services.db, "SELECT c.name, a.actor_kind FROM company c JOIN audit a ON a.company_id = c.id"
    )
    assert names == [{"name": "North Star", "actor_kind": "person"}]


@pytest.mark.half_done("its assessment is the test's own")
async def test_a_taxonomy_is_brought_in_and_the_roles_are_mapped_to_it(
    services: Services, admin: Person
) -> None:
    verdict = (await make.take(services.db, admin.company.id, make.incoming(1))).verdicts[0]
    assert verdict.run_id is not None
    unlinked = Outcome(outputs={"linked": None})
    await ended(services.db, verdict.run_id, map_draup_role=lambda _given, _work: unlinked)
    assert "Nothing would change" in await admin.see("/taxonomies/plan")
    form = {"csrf": admin.csrf, "kind": "draup-csv", "name": "Ours"}
    file = {"file": ("ours.csv", b"code,title\nD-1,Analyst 1\n", "text/csv")}
    answer = await admin.http.post(f"{admin.home}/taxonomies", data=form, files=file)
    assert answer.status_code == 303
    html = await admin.see("/taxonomies")
    assert ("Ours" in html, "in use" in html, "bundled" in html) == (True, True, True)
    plan = await admin.see("/taxonomies/plan")
    assert "Map 1 roles anew" in plan
    pushed = await admin.send("/taxonomies/plan", id=re.findall(r'name="id" value="(role_\w+)"', plan))
    assert "/batches/batch_" in pushed.headers["location"]
    stages = await execute(services.db, "SELECT stages FROM run ORDER BY created_at DESC LIMIT 1")
    assert stages == [{"stages": ["map_draup_role"]}]
    bad = {"file": ("bad.csv", b"x", "text/csv")}
    assert (await admin.http.post(f"{admin.home}/taxonomies", data=form, files=bad)).status_code == 422


async def test_families_are_a_tree_that_keeps_the_other_conditions(services: Services, admin: Person) -> None:
    group = {"family_group": "Care & Health"}
    nurse = RoleRecord(title="Nurse", code="N", family="Nursing", status="active", attributes=group)
    cook = RoleRecord(title="Cook", code="C", family="Kitchen", status="active")
    items = [make.incoming(n, role=one) for n, one in enumerate((nurse, cook))]
    await make.take(services.db, admin.company.id, *items)
    html = await admin.see("/roles?priority=P1")
    links = [unescape(one) for one in re.findall(r'href="[^"]*/roles(\?family[^"]+)"', html)]
    assert links == [
        "?family_group=Care%20%26%20Health&priority=P1",
        "?family_group=Care%20%26%20Health&family=Nursing&priority=P1",
        "?family=Kitchen&priority=P1",
    ]
    chosen = await admin.see(f"/roles{links[1]}")
    assert ("Choose Nurse" in chosen, "Choose Cook" in chosen) == (True, False)
    assert 'aria-current="true">Nursing</a>' in chosen
    assert '<input type="hidden" name="family_group" value="Care &amp; Health">' in chosen
    await admin.send("/roles/selections", name="Wards", family_group="Care & Health", priority="P1")
    saved = re.search(r'href="[^"]*/roles(\?[^"]+)">Wards', await admin.see("/roles"))
    assert saved
    again = await admin.see("/roles" + unescape(saved[1]))
    assert ("Choose Nurse" in again, "Choose Cook" in again) == (True, False)


async def test_a_test_event_is_sent_from_the_page_and_shown(admin: Person) -> None:
    made = await admin.send("/subscriptions", 200, url="https://webhooks.workato.com/webhooks/rest/abc/role")
    subscription = re.findall(r"/subscriptions/(sub_\w+)/test", made.text)[0]
    sent = await admin.send(f"/subscriptions/{subscription}/test")
    assert "evt_test_" in (await admin.http.get(sent.headers["location"])).text


async def test_another_place_of_the_same_page_is_loaded_anew(admin: Person) -> None:
    given = {
        "source": "workday",
        "way": "username_token",
        "address": "https://wd2-impl-services1.workday.com",
        "tenant": "acme",
        "username": "isu@acme",
        "password": "pa55word",
    }
    said = {"hx-request": "true", "hx-current-url": f"{BASE}{admin.home}/connections"}
    answer = await admin.http.post(
        f"{admin.home}/connections", data={"csrf": admin.csrf, **given}, headers=said
    )
    assert answer.status_code == 204
    assert "/connections#conn_" in answer.headers["hx-redirect"]
    assert answer.headers["hx-refresh"] == "true"
