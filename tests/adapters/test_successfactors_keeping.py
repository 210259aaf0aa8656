"""Records of one job that come one after the other: what one does not say stays as another said it."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adapters.model import JobProfile, Part
from adapters.successfactors.jobs import Job, Skill, job_codes, job_profile, role
from adapters.successfactors.keeping import merge
from mappings.defaults import default_mapping
from mappings.normalise import normalise
from tests.adapters import sf
from tests.adapters.examples import tries
from tests.adapters.sf import TODAY, page

JOB = Job(
    code="C1",
    title="Nurse",
    titles={"en_US": "Nurse", "de_DE": "Pflegekraft"},
    grade="G1",
    description="Cares.",
    short="<p>Short.</p>",
    long="<p>Long.</p>",
    responsibilities=("Plan.", "Check."),
    skills=(Skill("S1", "SQL", "3"),),
    competencies=("Teamwork",),
    family=("F1", "Care"),
    profile="P1",
    role="R1",
)
CODES, PROFILE, ROLE = job_codes(JOB), job_profile(JOB), role(JOB)
BARE_PROFILE = PROFILE | {"roleNav": {"externalCode": "R1", "jobCodeMappings": [{"jobCode": "C1"}]}}


def parts(*records: dict[str, Any]) -> tuple[Part, ...]:
    """The parts of the only item of a body."""
    (item,) = page(list(records)).items
    assert item.profile is not None
    return item.parts


def after(*bodies: tuple[dict[str, Any], ...], today: date = TODAY) -> JobProfile:
    """The profile after bodies that came one after the other, kept as JSON between them."""
    kept: tuple[Part, ...] = ()
    profile: JobProfile | None = None
    for body in bodies:
        kept, profile = merge(kept, parts(*body), today)
        kept = tuple(msgspec.json.decode(msgspec.json.encode(kept), type=list[Part]))
    assert profile is not None
    return profile


def revision(profile: JobProfile) -> str:
    """What decides whether something changed."""
    return normalise(profile, default_mapping("successfactors")).revision_hash


WHOLE = revision(after((*CODES, PROFILE)))


def test_the_parts_of_a_profile_are_its_records() -> None:
    assert [(part.name, part.under) for part in parts(*CODES, PROFILE)] == [
        ("job_code", None),
        ("job_profile:P1", "job_role:R1"),
        ("job_role:R1", None),
    ]


def test_a_job_code_and_its_profile_apart_are_the_same_role_as_together() -> None:
    assert revision(after(tuple(CODES), (PROFILE,))) == WHOLE
    assert revision(after((PROFILE,), tuple(CODES))) == WHOLE
    assert revision(after((BARE_PROFILE,), (ROLE,), tuple(CODES))) == WHOLE


@tries(10)
@given(st.lists(st.sampled_from([tuple(CODES), (PROFILE,), (ROLE,), (BARE_PROFILE,)]), max_size=5))
def test_the_same_records_again_in_any_order_never_alternate(
    bodies: list[tuple[dict[str, Any], ...]],
) -> None:
    assert revision(after((*CODES, PROFILE), *bodies)) == WHOLE


def test_fewer_columns_erase_nothing() -> None:
    selected = {key: CODES[0][key] for key in ("__metadata", "externalCode", "name_en_US", "startDate")}
    assert revision(after((*CODES, PROFILE), (selected,))) == WHOLE
    lean = {key: BARE_PROFILE[key] for key in ("__metadata", "externalCode", "roleNav", "status")}
    assert revision(after((*CODES, PROFILE), (lean,))) == WHOLE


def test_a_null_erases_nothing_and_a_new_value_counts() -> None:
    assert after(tuple(CODES), (CODES[0] | {"grade": None},)).grade == after(tuple(CODES)).grade
    changed = after(tuple(CODES), (CODES[0] | {"grade": "G2"},))
    assert changed.grade is not None
    assert changed.grade.code == "G2"
    assert after(tuple(CODES), (CODES[0] | {"status": "I"},)).status == "inactive"


def test_a_navigation_expanded_and_empty_clears_and_one_not_expanded_does_not() -> None:
    empties: list[Any] = [{"results": []}, []]
    for empty in empties:
        cleared = after((PROFILE,), (PROFILE | {"skillContents": empty, "longDesciptions": empty},))
        assert cleared.skills == []
        assert [text.field for text in cleared.descriptions] == ["shortDesc"]
    for silent in (None, {"__deferred": {"uri": "x"}}):
        assert revision(after((*CODES, PROFILE), (PROFILE | {"skillContents": silent},))) == WHOLE


def test_a_description_whose_columns_came_empty_is_cleared() -> None:
    blank = {key: None for key in CODES[0] if key.startswith("description") and not key.endswith("Nav")}
    assert after(tuple(CODES), (CODES[0] | blank,)).descriptions == []
    without = {key: value for key, value in CODES[0].items() if not key.startswith("description")}
    assert [text.content.text for text in after(tuple(CODES), (without,)).descriptions] == ["Cares."]


def test_a_page_with_slices_of_other_days_leaves_today_alone() -> None:
    rows = sf.rows("fojobcode_all_slices_fromDate_1900")
    past, present = [row for row in rows if row["externalCode"] == "GAP1"]
    whole = after((past, present))
    assert [after((present,), (past,)), after((past,), (present,))] == [whole, whole]
    assert (whole.title, len(whole.slices)) == ("After the gap", 2)


def test_a_slice_that_was_ended_or_moved_is_not_kept_beside_its_successor() -> None:
    first = sf.job_code(startDate="2020-01-01", endDate="9999-12-31", name="First")
    ended = after((first,), (first | {"endDate": "2024-12-31"},))
    assert (ended.status, ended.valid_to) == ("inactive", "2024-12-31")
    moved = sf.job_code(startDate="2019-06-01", endDate="9999-12-31", name="Moved")
    assert [part.title for part in after((first,), (moved,)).slices] == ["Moved"]
    assert after((first,), (moved,)).title == "Moved"


def test_two_profiles_of_one_code_sent_apart_are_as_together() -> None:
    second = PROFILE | {"externalCode": "P2", "longDesciptions": [{"desc_defaultValue": "Rival"}]}
    together = revision(after((*CODES, PROFILE, second)))
    assert revision(after(tuple(CODES), (second,), (PROFILE,))) == together
    assert together != WHOLE
    assert revision(after((*CODES, PROFILE, second), (second | {"status": "I"},))) == WHOLE
