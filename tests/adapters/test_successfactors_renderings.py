"""The same job in every form in which it may reach us is the same role, to the revision hash."""

from __future__ import annotations

import random
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.model import JobProfile, Page, Provenance, Unreadable
from adapters.successfactors import rendering
from adapters.successfactors.generate import SHAPES, payload
from adapters.successfactors.jobs import Job, Skill, job_codes, job_profile
from adapters.successfactors.odata import line
from adapters.successfactors.reader import read
from adapters.successfactors.rendering import CUSTOM_FIELDS, RENDERINGS
from kit.errors import DETAIL_LIMIT
from mappings.defaults import default_mapping
from mappings.model import DocumentRecord, RoleRecord
from mappings.normalise import normalise
from tests.adapters.examples import tries
from tests.adapters.sf import SAMPLES, TODAY

SLOW = tries(8)

# What XML can hold; SuccessFactors' own texts have been seen in many scripts.
LETTERS = st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co"), blacklist_characters="\ufffe\uffff")
WORDS = st.text(LETTERS, min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
CODES = st.text(st.sampled_from("ABCab019-_/ '&<."), min_size=1, max_size=12).filter(
    lambda t: bool(t.strip())
)
LOCALES = st.sampled_from(["en_US", "de_DE", "fr_FR", "ja_JP", "en_DEBUG", "cnr_ME", "pt_BR"])
BY_LOCALE = st.dictionaries(LOCALES, WORDS, max_size=3)
HTML = st.builds("<p>{}</p><ul><li>{}</li></ul>".format, WORDS, WORDS)
DAYS = st.dates(date(1950, 1, 1), date(2026, 11, 1))
SKILLS = st.builds(Skill, CODES, WORDS, st.none() | st.sampled_from("12345"))
JOBS = st.builds(
    Job,
    code=CODES,
    title=WORDS,
    titles=BY_LOCALE,
    active=st.booleans(),
    valid_from=DAYS,
    slices=st.lists(st.tuples(st.dates(date(2027, 1, 1), date(2040, 1, 1)), WORDS), max_size=3).map(tuple),
    function=st.none() | CODES,
    grade=st.none() | CODES,
    level=st.none() | CODES,
    hours=st.sampled_from([None, "40", "37.5"]),
    full_time=st.sampled_from([None, True, False]),
    description=st.none() | WORDS,
    descriptions=BY_LOCALE,
    short=st.none() | HTML,
    long=st.none() | HTML,
    longs=st.dictionaries(LOCALES, HTML, max_size=2),
    responsibilities=st.lists(WORDS, max_size=4).map(tuple),
    skills=st.lists(SKILLS, max_size=4).map(tuple),
    competencies=st.lists(WORDS, max_size=3).map(tuple),
    family=st.none() | st.tuples(CODES, WORDS),
    profile=st.just("1021600"),
    role=st.just("1921600"),
    changed=st.integers(-2_208_988_800, 4_000_000_000).map(lambda seconds: seconds * 1000),
    custom=st.dictionaries(
        st.sampled_from(["cust_text", "cust_flag", "cust_day", "cust_count", "customString1"]),
        WORDS | st.booleans() | DAYS.map(lambda day: f"/Date({(day - date(1970, 1, 1)).days * 86_400_000})/"),
        max_size=2,
    ),
)  # fmt: skip


def sole(page: Page) -> JobProfile:
    """The only profile of a page, without what tells the rendering."""
    assert [item.problem for item in page.items] == [None]
    profile = page.items[0].profile
    assert profile is not None
    return replace(profile, provenance=Provenance("any"))


def found_in(body: bytes) -> dict[str, JobProfile]:
    """The profiles of a body by source id."""
    return {item.profile.source_id: item.profile for item in read(body, today=TODAY).items if item.profile}


def role_of(profile: JobProfile) -> tuple[RoleRecord, tuple[DocumentRecord, ...], str]:
    """What the default mapping makes of it."""
    made = normalise(profile, default_mapping("successfactors"))
    return made.role, made.documents, made.revision_hash


@SLOW
@given(JOBS)
def test_a_job_is_the_same_profile_and_role_in_every_wire_format(job: Job) -> None:
    records = [*job_codes(job), job_profile(job)]
    expected = sole(read(RENDERINGS["results"](records), today=TODAY))
    assert expected.code == job.code
    for name, render in RENDERINGS.items():
        found = sole(read(render(records), today=TODAY))
        assert found == expected, name
        assert role_of(found) == role_of(expected), name


def plain_job(job: Job) -> Job:
    """The job as far as the labels of `rendering.custom` can say it: entries on one line, German texts."""

    def lines(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(" ".join(text.split()) for text in texts)

    return replace(
        job,
        titles={k: v for k, v in job.titles.items() if k == "de_DE"},
        longs={k: v for k, v in job.longs.items() if k == "de_DE"},
        descriptions={},
        slices=(),
        custom={},
        responsibilities=lines(job.responsibilities),
        competencies=lines(job.competencies),
        skills=tuple(Skill("", name) for name in lines(tuple(skill.name for skill in job.skills))),
        family=(job.family[0], "") if job.family else None,
    )


@SLOW
@given(JOBS)
def test_a_job_in_a_customers_own_json_is_the_same_role(job: Job) -> None:
    job = plain_job(job)
    records = [*job_codes(job), job_profile(job)]
    custom = sole(read(rendering.custom([job]), today=TODAY, fields=CUSTOM_FIELDS))
    assert role_of(custom) == role_of(sole(read(RENDERINGS["results"](records), today=TODAY)))


@SLOW
@given(
    st.lists(JOBS, min_size=1, max_size=4, unique_by=lambda job: job.code), st.randoms(), st.integers(1, 4)
)
def test_shuffled_slices_over_several_pages_are_the_same_roles(
    jobs: list[Job], chance: random.Random, size: int
) -> None:
    records = [record for job in jobs for record in job_codes(job)]
    expected = found_in(rendering.results(records))
    chance.shuffle(records)
    bodies = [msgspec.json.decode(page) for page in rendering.pages(records, size)]
    assert found_in(msgspec.json.encode(bodies)) == expected


@SLOW
@given(JOBS, st.integers(0, 5_000))
def test_the_title_is_that_of_the_slice_that_holds_the_day(job: Job, days: int) -> None:
    day = job.valid_from + timedelta(days)
    told = {**dict(job.slices), job.valid_from: job.title}
    holds = max(start for start in told if start <= day)
    found = sole(read(rendering.results(job_codes(replace(job, titles={}))), today=day))
    assert (found.valid_from, found.title) == (holds.isoformat(), line(told[holds]))


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_generated_payload_is_read_without_a_warning_and_is_the_same_for_the_same_seed(shape: str) -> None:
    body = payload(shape, 12, 7)
    assert body == payload(shape, 12, 7)
    assert body != payload(shape, 12, 8) or shape.startswith("event")
    page = read(body, today=TODAY, fields=CUSTOM_FIELDS if shape == "custom" else None)
    if shape.startswith("event"):
        assert [hint.ids["job_code"] for hint in page.hints] == [f"{50_000_000 + n}" for n in range(12)]
    else:
        assert [item.problem for item in page.items] == [None] * 12
        assert [item.warnings for item in page.items] == [()] * 12


@tries(25)
@given(st.sampled_from(sorted(SHAPES)), st.data())
def test_cut_and_flipped_bytes_of_any_wire_format_are_a_page_or_a_refusal(
    shape: str, data: st.DataObject
) -> None:
    body = bytearray(payload(shape, 1, 3))
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(body)) | st.integers(0, len(body)))
    try:
        page = read(bytes(body[:cut]), today=TODAY, fields=CUSTOM_FIELDS)
    except Unreadable as refused:
        assert refused.code
        assert len(refused.detail) <= DETAIL_LIMIT
    else:
        assert isinstance(page, Page)


@pytest.mark.parametrize(
    ("name", "shape", "codes"),
    [
        ("fojobcode_page.atom.xml", "atom_fojobcode", ["50000000", "50000001", "50000002"]),
        ("jobprofile_page.atom.xml", "atom_jobprofile", ["50000000", "50000001"]),
        ("joined_recipe_flattened.json", "odata_joined", ["50000000", "50000001"]),
    ],
)
def test_the_bundled_samples_of_other_wire_formats_are_read(name: str, shape: str, codes: list[str]) -> None:
    page = read((SAMPLES / name).read_bytes(), today=TODAY)
    assert page.shape == shape
    assert sorted(item.profile.code or "" for item in page.items if item.profile) == codes
    assert [item.warnings for item in page.items] == [()] * len(codes)


def test_a_shape_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no shape 'csv'; fojobcode, .* are known"):
        payload("csv", 1, 1)
