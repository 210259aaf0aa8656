"""Job profiles taken in: whose they are, what changed, what is pushed, and what cannot be kept."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from adapters.model import Problem
from kit.db import Db
from kit.sql import Query
from mappings.model import DocumentRecord, RoleRecord
from pipeline.records.model import Bad
from pipeline.records.take import take_safely
from tests import make

OTHER = (DocumentRecord("job_description", "Job description", "<p>y</p>", "Does something else entirely."),)


async def rows(db: Db, text: Any, **params: Any) -> list[dict[str, Any]]:
    async with db.engine() as tx:
        found: list[dict[str, Any]] = await tx.all(Query("test", "", text), params)
        return found


async def role(db: Db, role_id: UUID | None) -> dict[str, Any]:
    found = await rows(db, "SELECT * FROM role WHERE id = %(id)s", id=role_id)
    return found[0]


async def published(db: Db) -> None:
    await rows(
        db,
        """WITH over AS (
          UPDATE run SET status = 'success', planned = 0, finished_at = now(), waiting = NULL
          RETURNING role_id)
        UPDATE role SET state = 'ready', visible = true, published_at = now() FROM over WHERE id = role_id
        RETURNING id""",
    )


async def test_a_payload_with_only_one_identifier_meets_the_role_that_has_both(db: Db) -> None:
    company = await make.company(db)
    first = (await make.take(db, company, make.incoming(1))).verdicts[0]
    by_code = make.incoming(1, source_id="R-1", identities={"Job_Profile_ID": "R-1"})
    assert (await make.take(db, company, by_code)).verdicts[0].role_id == first.role_id


async def test_a_code_learnt_later_is_linked(db: Db) -> None:
    company = await make.company(db)
    bare = make.incoming(1, identities={"WID": "wid-1"})
    first = (await make.take(db, company, bare)).verdicts[0]
    await make.take(db, company, make.incoming(1))
    by_code = make.incoming(1, source_id="R-1", identities={"Job_Profile_ID": "R-1"})
    assert (await make.take(db, company, by_code)).verdicts[0].role_id == first.role_id
    assert len(await rows(db, "SELECT id FROM role")) == 1


async def test_a_code_that_moved_to_another_profile_makes_no_mix(db: Db) -> None:
    company = await make.company(db)
    first = (await make.take(db, company, make.incoming(1))).verdicts[0]
    moved = make.incoming(2, identities={"WID": "wid-2", "Job_Profile_ID": "R-1"})
    second = (await make.take(db, company, moved)).verdicts[0]
    assert (second.verdict, second.role_id == first.role_id) == ("new", False)
    again = (await make.take(db, company, make.incoming(1))).verdicts[0]
    assert (again.verdict, again.role_id) == ("no_material_change", first.role_id)


async def test_a_partial_payload_never_erases(db: Db) -> None:
    company = await make.company(db)
    first = (await make.take(db, company, make.incoming(1, role=full()))).verdicts[0]
    partial = make.changed(make.incoming(1), role=RoleRecord(title="Lead Analyst"), documents=())
    second = (await make.take(db, company, partial)).verdicts[0]
    after = await role(db, first.role_id)
    assert second.verdict == "changed"
    assert (after["title"], after["family"], after["level"], after["code"], after["status"]) == (
        *("Lead Analyst", "Data", "IC3", "R-1"),
        "active",
    )
    assert after["record"]["attributes"] == {"union": "yes"}
    assert len(await rows(db, "SELECT id FROM document WHERE current")) == 1


def full() -> RoleRecord:
    return RoleRecord(
        title="Analyst", code="R-1", family="Data", level="IC3", status="active", attributes={"union": "yes"}
    )


async def test_a_new_text_is_a_new_version_of_the_document(db: Db) -> None:
    company = await make.company(db)
    await make.take(db, company, make.incoming(1))
    await make.take(db, company, make.changed(make.incoming(1), documents=OTHER))
    found = await rows(
        db, "SELECT version, current, replaces IS NOT NULL AS r FROM document ORDER BY version"
    )
    assert [(one["version"], one["current"], one["r"]) for one in found] == [
        (1, False, False),
        (2, True, True),
    ]
    revisions = await rows(db, "SELECT documents FROM role_revision ORDER BY revision")
    assert [len(one["documents"]) for one in revisions] == [1, 1]
    assert revisions[0] != revisions[1]


async def test_inactive_at_the_source_archives_and_ends_what_waits(db: Db) -> None:
    company = await make.company(db)
    first = (await make.take(db, company, make.incoming(1))).verdicts[0]
    gone = make.changed(make.incoming(1), role=RoleRecord(title="Analyst", status="inactive"))
    verdict = (await make.take(db, company, gone)).verdicts[0]
    assert (verdict.pushed, verdict.reason) == (False, "inactive at the source")
    assert (await role(db, first.role_id))["state"] == "archived"
    runs = await rows(db, "SELECT status, error ->> 'code' AS code FROM run")
    assert runs == [{"status": "failed", "code": "cancelled"}]
    told = await rows(db, "SELECT payload FROM job ORDER BY id")
    events = await rows(db, "SELECT id FROM event ORDER BY id")
    assert sorted(n for job in told for n in job["payload"]["event_ids"]) == [event["id"] for event in events]


async def test_active_again_at_the_source_comes_back(db: Db) -> None:
    company = await make.company(db)
    await make.take(db, company, make.incoming(1, role=RoleRecord(title="Analyst", status="inactive")))
    verdict = (await make.take(db, company, make.changed(make.incoming(1)))).verdicts[0]
    assert (verdict.verdict, verdict.pushed) == ("changed", True)
    assert (await role(db, verdict.role_id))["state"] == "queued"


async def test_twice_in_one_page_the_last_one_counts(db: Db) -> None:
    company = await make.company(db)
    early = make.incoming(0, role=RoleRecord(title="Early", status="active"))
    late = make.incoming(0, index=1, role=RoleRecord(title="Late", status="active"), revision_hash="ee" * 32)
    answer = await make.take(db, company, early, late)
    assert [verdict.verdict for verdict in answer.verdicts] == ["duplicate", "new"]
    assert answer.verdicts[0].role_id == answer.verdicts[1].role_id
    assert (await role(db, answer.verdicts[1].role_id))["title"] == "Late"


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("code_first", [False, True])
async def test_one_profile_named_in_two_ways_in_one_page_is_one_role(
    db: Db, known: bool, code_first: bool
) -> None:
    company = await make.company(db)
    whole = make.incoming(1, index=0, revision_hash="aa" * 32)
    code = make.incoming(
        1, index=1, source_id="R-1", identities={"Job_Profile_ID": "R-1"}, revision_hash="bb" * 32
    )
    if known:
        await make.take(db, company, make.incoming(1))
    answer = await make.take(db, company, *([code, whole] if code_first else [whole, code]))
    words = {verdict.index: verdict.verdict for verdict in answer.verdicts}
    assert words[0 if code_first else 1] == ("changed" if known else "new")
    assert words[1 if code_first else 0] == "duplicate"
    assert len(await rows(db, "SELECT id FROM role")) == 1
    assert len(await rows(db, "SELECT value FROM role_identity")) == 2


async def test_a_code_that_two_profiles_of_a_page_claim_does_not_make_them_one(db: Db) -> None:
    company = await make.company(db)
    other = make.incoming(2, identities={"WID": "wid-2", "Job_Profile_ID": "R-1"})
    await make.take(db, company, make.incoming(1), other)
    assert len(await rows(db, "SELECT id FROM role")) == 2


async def test_calls_that_are_taken_in_together_share_the_cap_of_the_day(db: Db) -> None:
    company = await make.company(db)
    await rows(
        db,
        "INSERT INTO push_policy (company_id, source, daily_cap) VALUES (%(c)s, 'workday', 3) RETURNING mode",
        c=company,
    )
    await make.take(db, company, make.incoming(0))
    taken = await take_safely(db, company, [make.received([make.incoming(n)]) for n in (1, 2, 3, 4)])
    assert [answer.verdicts[0].pushed for answer in taken.answers] == [True, True, False, False]


async def test_what_another_source_pushed_is_not_in_the_cap(db: Db) -> None:
    company = await make.company(db)
    await rows(
        db,
        "INSERT INTO push_policy (company_id, source, daily_cap) VALUES (%(c)s, 'workday', 1) RETURNING mode",
        c=company,
    )
    await make.take(db, company, make.incoming(1, source="successfactors"), source="successfactors")
    assert (await make.take(db, company, make.incoming(2))).verdicts[0].pushed


async def test_an_item_that_cannot_be_stored_does_not_stop_the_others(db: Db) -> None:
    company = await make.company(db)
    items = [make.incoming(n) for n in range(7)]
    items[4] = make.incoming(4, role=RoleRecord(title="Ana\x00lyst", status="active"))
    answer = await make.take(db, company, *items)
    assert [verdict.verdict for verdict in answer.verdicts] == ["new"] * 4 + ["rejected"] + ["new"] * 2
    assert answer.verdicts[4].problem is not None
    assert answer.verdicts[4].problem.code == "not_storable"
    assert len(await rows(db, "SELECT id FROM role")) == 6


async def test_a_call_with_a_poisoned_item_does_not_stop_its_group(db: Db) -> None:
    company = await make.company(db)
    bad = make.received([make.incoming(1, role=RoleRecord(title="\x00", status="active"))])
    taken = await take_safely(db, company, [bad, make.received([make.incoming(2)])])
    assert [answer.verdicts[0].verdict for answer in taken.answers] == ["rejected", "new"]


async def test_a_bad_item_keeps_its_place_and_its_reason(db: Db) -> None:
    company = await make.company(db)
    problem = Problem("unreadable_item", "The item cannot be read.", "x")
    taken = await take_safely(db, company, [make.received([Bad(0, problem), make.incoming(1)])])
    assert taken.answers[0].status == "partly_accepted"
    assert taken.answers[0].verdicts[0].problem == problem


async def test_a_changed_profile_that_is_not_pushed_makes_a_ready_role_stale(db: Db) -> None:
    company = await make.company(db)
    first = (await make.take(db, company, make.incoming(1))).verdicts[0]
    await published(db)
    verdict = (await make.take(db, company, make.changed(make.incoming(1)))).verdicts[0]
    assert (verdict.pushed, verdict.reason) == (False, "push policy pushes new job profiles only")
    after = await role(db, first.role_id)
    assert (after["state"], after["visible"], after["revision"]) == ("stale", True, 2)


async def test_an_sop_alone_does_not_make_a_role_complete(db: Db) -> None:
    company = await make.company(db)
    sop = (DocumentRecord("sop", "SOP", "<p>x</p>", "Wash your hands."),)
    verdict = (await make.take(db, company, make.incoming(1, documents=sop))).verdicts[0]
    assert verdict.pushed is False
    assert (await role(db, verdict.role_id))["state"] == "validation_failed"


async def test_a_company_may_be_content_with_other_documents(db: Db) -> None:
    company = await make.company(db, policy={"required_documents": ["sop"]})
    sop = (DocumentRecord("sop", "SOP", "<p>x</p>", "Wash your hands."),)
    assert (await make.take(db, company, make.incoming(1, documents=sop))).verdicts[0].pushed is True
    assert (await make.take(db, company, make.incoming(2))).verdicts[0].pushed is False


async def test_two_calls_at_once_about_one_new_profile_make_one_role(db: Db) -> None:
    company = await make.company(db)
    answers = await asyncio.gather(*(make.take(db, company, make.incoming(1)) for _ in range(4)))
    verdicts = [answer.verdicts[0] for answer in answers]
    assert sorted(verdict.verdict for verdict in verdicts) == ["new"] + ["no_material_change"] * 3
    assert len({verdict.role_id for verdict in verdicts}) == 1


async def test_two_companies_with_the_same_profile_have_a_role_each(db: Db) -> None:
    one, two = await make.company(db), await make.company(db, "Acme")
    mine = (await make.take(db, one, make.incoming(1))).verdicts[0]
    theirs = (await make.take(db, two, make.incoming(1))).verdicts[0]
    assert (theirs.verdict, theirs.role_id == mine.role_id) == ("new", False)


async def test_a_change_while_a_run_acts_waits_behind_it(db: Db) -> None:
    company = await make.company(db)
    await rows(
        db,
        """INSERT INTO push_policy (company_id, source, mode) VALUES (%(c)s, 'workday', 'new_and_changed')
        RETURNING mode""",
        c=company,
    )
    first = (await make.take(db, company, make.incoming(1))).verdicts[0]
    await rows(
        db, "UPDATE run SET status = 'running', started_at = now(), waiting = NULL, slot = true RETURNING id"
    )
    second = (await make.take(db, company, make.changed(make.incoming(1)))).verdicts[0]
    third = make.changed(make.incoming(1), revision_hash="dd" * 32)
    merged = (await make.take(db, company, third)).verdicts[0]
    assert second.run_id not in (None, first.run_id)
    assert merged.run_id == second.run_id
    follower = await rows(
        db, "SELECT waiting, follows, role_revision FROM run WHERE id = %(i)s", i=second.run_id
    )
    assert follower == [{"waiting": "earlier_run", "follows": first.run_id, "role_revision": 3}]


def test_an_incoming_profile_is_what_its_keys_say() -> None:
    item = msgspec.structs.replace(make.incoming(1), identities={"WID": "a:b"})
    assert item.keys == ["workday:WID:a:b"]
