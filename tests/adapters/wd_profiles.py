"""Random job profiles that Workday could hold, for tests of every form they travel in."""

from __future__ import annotations

import html
from typing import Any

from hypothesis import strategies as st

from adapters.model import Description, JobProfile, Provenance, Qualification, Ref, RichText
from adapters.text import plain

_LETTERS = "abcXYZ019 .,'\"&<>/()-–•éßŁ漢字עबি👩"
words = st.text(_LETTERS, min_size=1, max_size=24).map(lambda text: plain(text) or "").filter(bool)
codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _.&<-]{0,10}[A-Za-z0-9]", fullmatch=True)
wids = st.text("0123456789abcdef", min_size=32, max_size=32)
countries = st.sampled_from(["DE", "FR", "GB", "US", "IN", "JP"])
_flags = st.none() | st.booleans()
_named = ("experience", "education", "language", "competency", "certification", "training")


def refs(text: st.SearchStrategy[str]) -> st.SearchStrategy[Ref]:
    """Things with a code, a name or both."""
    return st.builds(Ref, codes, text) | st.builds(Ref, codes, st.none()) | st.builds(Ref, st.none(), text)


@st.composite
def profiles(draw: st.DrawFn, most: int = 3) -> JobProfile:
    """A job profile with up to `most` of everything there may be many of."""
    code = draw(codes)
    ids = draw(
        st.sampled_from([{}, {"Job_Profile_ID": draw(codes)}, {"Job_Profile_ID": code, "Job_Code": code}])
    )
    own = draw(wids)
    return JobProfile(
        system="workday",
        source_id=own,
        provenance=Provenance("random"),
        ids={"WID": own, **ids},
        title=draw(words),
        default_job_title=draw(st.none() | words),
        summary=draw(st.none() | words),
        status=draw(st.sampled_from(["active", "inactive", "unknown"])),
        families=draw(st.lists(refs(words), max_size=most)),
        family_groups=draw(st.lists(st.builds(Ref, codes, words), max_size=most)),
        management_level=draw(st.none() | refs(words)),
        level=draw(st.none() | refs(words)),
        category=draw(st.none() | refs(words)),
        grade=draw(st.none() | refs(words)),
        classifications=draw(st.lists(st.builds(Ref, codes, words), max_size=most)),
        countries=draw(st.lists(countries, max_size=most, unique=True).map(sorted)),
        descriptions=draw(_descriptions()),
        responsibilities=draw(st.lists(_qualification("responsibility", st.none()), max_size=min(most, 2))),
        requirements=[one for kind in _named for one in draw(st.lists(_asked(kind), max_size=min(most, 2)))],
        skills=draw(st.lists(_asked("skill"), max_size=most)),
        attributes=draw(_attributes(most)),
        as_of_date=draw(st.sampled_from([None, "2024-05-17"])),
    )


def _asked(kind: str) -> st.SearchStrategy[Qualification]:
    level: st.SearchStrategy[str | None] = st.none()
    if kind == "language":
        level = st.none() | st.builds("{}: {}".format, codes, codes)
    elif kind in ("competency", "experience"):
        level = st.none() | codes
    return _qualification(kind, level)


def _qualification(kind: str, level: st.SearchStrategy[str | None]) -> st.SearchStrategy[Qualification]:
    code = st.none() if kind == "responsibility" else st.none() | codes
    return st.builds(Qualification, st.just(kind), words, code, level, _flags)


@st.composite
def _descriptions(draw: st.DrawFn) -> list[Description]:
    fields = draw(
        st.sampled_from([[], ["Job_Description"], ["Job_Description", "Additional_Job_Description"]])
    )
    return [Description(field, RichText(raw, raw, raw)) for field in fields for raw in [draw(_html())]]


@st.composite
def _html(draw: st.DrawFn) -> str:
    texts = [html.escape(one) for one in draw(st.lists(words, min_size=1, max_size=4))]
    forms = ("<p>{}</p>", "<ul><li>{}</li></ul>", "<h3>{}</h3>", "<span><b>{}</b></span>", "{}<br>")
    return "".join(draw(st.sampled_from(forms)).format(text) for text in texts)


@st.composite
def _attributes(draw: st.DrawFn, most: int) -> dict[str, Any]:
    names = ("public_job", "critical_job", "work_shift_required", "include_job_code_in_name")
    said: dict[str, Any] = {name: draw(_flags) for name in names}
    said["difficulty_to_fill"] = draw(st.none() | codes)
    rate = st.fixed_dictionaries({"country": countries, "type": codes})
    exempt = st.fixed_dictionaries({"country": countries, "exempt": st.booleans()})
    said["pay_rates"] = draw(st.lists(rate, max_size=most))
    said["exempt"] = draw(st.lists(exempt, max_size=most))
    return {name: value for name, value in said.items() if value not in (None, [])}
