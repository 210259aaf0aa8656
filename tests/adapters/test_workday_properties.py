"""Whatever a job profile holds, it comes out of every wire form the same; whatever bytes come, they are read
or refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.model import JobProfile, Provenance, Qualification, Ref, Unreadable
from adapters.workday import generate
from adapters.workday.reader import read
from kit.errors import DETAIL_LIMIT
from tests.adapters.examples import tries
from tests.adapters.wd import normalised, profiles
from tests.adapters.wd_profiles import profiles as random_profiles

WHOLE = (
    *(shape for shape in generate.SHAPES if shape.startswith("soap_")),
    *("report_json", "report_xml", "flat_json"),
)
NOT_IN_REST = ("family_groups", "classifications", "responsibilities", "requirements", "skills")
REST_FLAGS = ("public_job", "critical_job", "work_shift_required")


def back(shape: str, given: JobProfile) -> JobProfile:
    """The profile after a journey in one form."""
    (made,) = profiles(generate.render(shape, [given]))
    return made


def same(left: JobProfile, right: JobProfile) -> None:
    one, other = normalised(left), normalised(right)
    assert one.role == other.role
    assert [doc.text for doc in one.documents] == [doc.text for doc in other.documents]
    assert one.revision_hash == other.revision_hash


SPACED = JobProfile(
    "workday",
    "0" * 32,
    Provenance("random"),
    {"WID": "0" * 32},
    title="Nurse",
    requirements=[Qualification("competency", "Care", level="3  high")],
)


@pytest.mark.parametrize("shape", WHOLE)
@tries(5)
@example(given=SPACED)
@given(given=random_profiles())
def test_a_profile_is_one_role_and_one_revision_in_every_form(shape: str, given: JobProfile) -> None:
    reference = back("soap_xml", given)
    assert (reference.source_id, reference.title) == (given.source_id, given.title)
    assert [one.text for one in reference.requirements] == [one.text for one in given.requirements]
    assert reference.attributes == given.attributes
    same(back(shape, given), reference)


@tries(6)
@given(random_profiles())
def test_rest_says_the_same_apart_from_codes_and_requirements(given: JobProfile) -> None:
    def uncoded(one: Ref | None) -> Ref | None:
        return Ref(None, one.name) if one and one.name else None

    def sayable(made: JobProfile) -> JobProfile:
        return msgspec.structs.replace(
            made,
            attributes={name: value for name, value in made.attributes.items() if name in REST_FLAGS},
            families=[one for one in map(uncoded, made.families) if one],
            management_level=uncoded(made.management_level),
            level=uncoded(made.level),
            category=uncoded(made.category),
        )

    made, reference = back("rest_json", given), back("soap_xml", given)
    unsaid: dict[str, Any] = {name: [] for name in NOT_IN_REST}
    same(sayable(made), sayable(msgspec.structs.replace(reference, code=None, grade=None, **unsaid)))
    assert made.ids == {"WID": given.source_id}
    assert len(made.attributes.get("exempt", [])) == len(reference.attributes.get("exempt", []))


@tries(6)
@given(random_profiles(most=1))
def test_csv_says_the_same_apart_from_what_needs_rows_of_its_own(given: JobProfile) -> None:
    def bare(asked: list[Qualification]) -> list[Qualification]:
        return [Qualification(one.kind, one.text) for one in asked]

    made, reference = back("report_csv", given), back("soap_xml", given)
    facts: dict[str, Any] = {
        name: value for name, value in reference.attributes.items() if name not in ("pay_rates", "exempt")
    }
    held = {name: bare(getattr(reference, name)) for name in ("responsibilities", "requirements", "skills")}
    same(made, msgspec.structs.replace(reference, attributes=facts, **held))


def outcome(body: bytes, **options: Any) -> None:
    """Either is whole: a page can be encoded and each item is used or explained; a refusal has its words."""
    try:
        page = read(body, **options)
    except Unreadable as refused:
        assert refused.code
        assert refused.detail.endswith(".")
        assert len(refused.detail) <= DETAIL_LIMIT
        return
    assert msgspec.json.encode(page)
    assert all((item.profile is None) != (item.problem is None) for item in page.items)


SEEDS = {shape: generate.payload(shape, 2, 3) for shape in generate.SHAPES}


@pytest.mark.parametrize("shape", generate.SHAPES)
@tries(5)
@given(data=st.data())
def test_a_payload_cut_short_or_with_flipped_bytes_is_read_or_refused(
    shape: str, data: st.DataObject
) -> None:
    damaged = bytearray(SEEDS[shape])
    for _ in range(data.draw(st.integers(0, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    outcome(bytes(damaged[: data.draw(st.integers(len(damaged) // 3, len(damaged)))]))


CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "ID", "name", "code", "@type", "Country", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
COLUMNS = st.sampled_from(
    [
        *("workdayID", "id", "Job_Code", "title", "Job_Profile", "Job_Families_group", "Inactive", "Skills"),
        *(
            "Restrict_to_Country",
            "Pay_Rates",
            "Public_Job",
            "Job_Exempts",
            "Responsibilities",
            "CF_x",
            "eventId",
        ),
        *("Management_Level", "Management_Level_ID", "Job_Description", "Effective_Date"),
    ]
)
WRAPPINGS = st.sampled_from(["list", "report", "rest", "one"])


@tries(40)
@given(st.lists(st.dictionaries(COLUMNS, CELLS, max_size=8), max_size=3), WRAPPINGS)
def test_any_value_in_any_column_is_read_or_refused(rows: list[dict[str, Any]], wrapping: str) -> None:
    wrapped: dict[str, Any] = {
        "list": rows,
        "report": {"Report_Entry": rows},
        "rest": {"data": rows, "total": len(rows)},
        "one": rows[0] if rows else {},
    }
    outcome(msgspec.json.encode(wrapped[wrapping]))
