"""A preview says what production does, for every bundled payload and any rules."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.registry import SOURCES, adapter_for
from mappings.defaults import default_mapping
from mappings.loading import load
from mappings.model import Mapping, Preferences, Rule
from pipeline.records.model import Bad, Incoming
from tests import make
from webhooks.intake import Ways
from webhooks.mapped import reading
from webhooks.mapped.preview import Preview, preview
from webhooks.understand import understand

WORKDAY = default_mapping("workday")


def drafts(source: str) -> list[Mapping]:
    """The default, and a draft that fails where it can."""
    default = default_mapping(source)
    rules = (
        Rule("title", "title"),
        Rule("code", "code", required=True),
        Rule("grade", "families"),
        Rule("attributes.band", "abs(title)"),
    )
    return [default, load(make.plain(replace(default, role=rules)))]


@pytest.mark.parametrize("source", SOURCES)
def test_a_draft_previewed_is_what_production_makes_of_every_sample(source: str) -> None:
    compared = 0
    for name in reading.sample_names(source):
        payload = reading.sample(source, name)
        page = adapter_for(source).read(payload.body, payload.content_type)
        for mapping in drafts(source):
            made = understand(source, payload.body, payload.content_type, mapping, Preferences()).items
            for place in range(min(3, len(made))):
                compare(preview(source, page, mapping, Preferences(), place), made[place])
                compared += 1
    assert compared > 30


def compare(shown: Preview, made: Incoming | Bad) -> None:
    assert shown.source_id == made.source_id
    if isinstance(made, Bad):
        assert (shown.rejected, shown.role, shown.documents) == (made.problem, None, ())
        return
    assert (shown.role, shown.documents, shown.revision_hash) == (
        made.role,
        made.documents,
        made.revision_hash,
    )
    assert sorted(shown.problems + shown.warnings, key=repr) == sorted(made.warnings, key=repr)


def of_sample(mapping: Mapping = WORKDAY, name: str = "one_profile.xml") -> Preview:
    payload = reading.sample("workday", name)
    page = adapter_for("workday").read(payload.body, payload.content_type)
    return preview("workday", page, mapping, Preferences())


def test_a_source_value_says_where_it_goes_and_how_it_is_named() -> None:
    tree = {field.path: field for field in of_sample().tree}
    assert tree["families[].name"].targets == ["family"]
    assert tree["families[].name"].expression == "families[0].name"
    text = tree["descriptions[field='Job_Description']"]
    assert text.expression == "descriptions[?field=='Job_Description']"
    assert text.targets == ["job_description"]


def test_the_offered_expression_of_each_value_reads_it() -> None:
    shown = of_sample(name="full_every_optional.xml")
    rules = tuple(Rule(f"attributes.f{n}", field.expression) for n, field in enumerate(shown.tree[:150]))
    again = of_sample(replace(WORKDAY, role=(Rule("title", "title"), *rules)), "full_every_optional.xml")
    assert again.role is not None
    assert len(again.role.attributes) == len(rules) > 50


def test_what_no_rule_reads_and_what_nothing_fills_is_listed() -> None:
    less = replace(WORKDAY, role=(Rule("title", "title"), Rule("grade", "custom_fields.band")), documents=())
    shown = of_sample(less)
    assert "code" in shown.unmapped
    assert "descriptions[field='Job_Description']" in shown.unmapped
    assert not [path for path in shown.unmapped if "ids." in path]
    assert {"grade", "family"} <= set(shown.unfilled)
    assert "title" not in shown.unfilled


def test_a_problem_stands_beside_its_field() -> None:
    wrong = replace(WORKDAY, role=(Rule("title", "title"), Rule("level", "families")))
    targets = {one.target: one for one in of_sample(wrong).targets}
    assert [problem.code for problem in targets["level"].problems] == ["wrong_type"]
    assert targets["title"].problems == []


def test_why_production_would_not_take_it_in_is_said() -> None:
    shown = of_sample(replace(WORKDAY, role=(Rule("title", "nothing", required=True),)))
    assert shown.rejected is not None
    assert shown.rejected.code == "required_missing"


async def test_a_payload_that_was_read_lately_is_still_read_in_each_companys_own_way() -> None:
    payload = reading.sample("workday", "one_profile.xml")
    whole = Ways(WORKDAY, Preferences(), {}, [])
    pages = [
        await reading.read_or_refuse("workday", payload, ways) for ways in (whole, replace(whole), whole)
    ]
    assert pages[0] is pages[1] is pages[2]
    pared = replace(whole, excluded=["Job_Profile_Summary"])
    (item,) = (await reading.read_or_refuse("workday", payload, pared)).items
    assert item.profile is not None
    assert item.profile.summary is None
    assert pages[0].items[0].profile is not None
    assert pages[0].items[0].profile.summary is not None


def test_a_sample_that_is_not_bundled_is_not_found() -> None:
    with pytest.raises(Exception, match="no bundled sample"):
        reading.sample("workday", "../reader.py")
