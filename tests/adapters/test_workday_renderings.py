"""One job profile, however a recipe or a client library rendered it, is one and the same profile."""

from __future__ import annotations

import msgspec
import pytest

from adapters.workday.reader import read
from adapters.workday.renderings import DIALECTS, rendered
from tests.adapters.wd import comparable, job_profile, profile, response, sample

STORED = ["workato", "workato_stripped", "xmltodict", "zeep", "node_soap"]


@pytest.mark.parametrize("rendering", STORED)
def test_every_captured_rendering_gives_the_profile_of_the_xml(rendering: str) -> None:
    made = profile(sample(f"one_profile.{rendering}.json"))
    assert comparable(made) == comparable(profile(sample("one_profile.xml")))
    assert made.provenance.shape == f"soap_{rendering.removesuffix('_stripped')}_json"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["full_every_optional.xml", "many_families.xml", "qualifications.xml"])
def test_every_field_survives_every_rendering(name: str, dialect: str) -> None:
    from_xml = [item.profile for item in read(sample(name)).items]
    page = read(rendered(sample(name), dialect))
    assert page.shape == f"soap_{dialect.removesuffix('_stripped')}_json"
    assert [comparable(i.profile) for i in page.items if i.profile] == [comparable(p) for p in from_xml if p]
    assert not any(item.warnings for item in page.items)


def test_a_date_that_node_soap_lost_leaves_only_the_echo_empty() -> None:
    assert profile(sample("one_profile.node_soap.json")).as_of_date is None
    assert profile(sample("one_profile.zeep.json")).as_of_date == "2024-05-17"


@pytest.mark.parametrize("prefix", ["wd", "bsvc", "p1", "ns0"])
def test_the_namespace_prefix_does_not_matter(prefix: str) -> None:
    body = sample("one_profile.xml").replace(b"wd:", f"{prefix}:".encode()).replace(b"xmlns:wd", b"xmlns:p1")
    body = body.replace(b"xmlns:p1=", f"xmlns:{prefix}=".encode())
    assert comparable(profile(body)) == comparable(profile(sample("one_profile.xml")))


def test_a_response_without_envelope_and_a_bare_profile_are_taken() -> None:
    inside = response(job_profile())
    envelope = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>%b</e:Body></e:Envelope>'
    )
    bare = job_profile().replace("<Job_Profile>", '<Job_Profile xmlns:wd="urn:com.workday/bsvc">', 1).encode()
    for body in (inside, envelope % inside, bare):
        assert profile(body).title == "Nurse"


def test_a_list_of_profiles_as_a_recipe_loops_over_them_is_taken() -> None:
    record = {
        "Job_Profile_Reference": [{"ID": [{"@type": "WID", "content!": "a" * 32}]}],
        "Job_Profile_Data": [],
    }
    page = read(msgspec.json.encode([record, {}]))
    assert [item.profile.source_id if item.profile else None for item in page.items] == ["a" * 32, None]
    assert read(msgspec.json.encode({"payload": {"records": [record, record]}})).items[1].profile


def test_one_child_and_many_give_lists_alike() -> None:
    reference = '<Job_Family_Reference><ID wd:type="Job_Family_ID">A</ID></Job_Family_Reference>'
    one = f"<Job_Family_Data>{reference}</Job_Family_Data>"
    for count in (1, 3):
        body = response(job_profile(one * count))
        for dialect in DIALECTS:
            assert [ref.code for ref in profile(rendered(body, dialect)).families] == ["A"] * count


def test_an_empty_element_a_null_and_a_missing_one_are_equal() -> None:
    missing = response(job_profile())
    empty = response(job_profile("<Job_Title>Nurse</Job_Title><Job_Description/><Inactive/>"))
    for dialect in DIALECTS:
        assert comparable(profile(rendered(empty, dialect))) == comparable(profile(missing))


def test_a_hundred_profiles_arrive_in_order_each_once() -> None:
    page = read(sample("page_100.xml"))
    assert [item.index for item in page.items] == list(range(100))
    assert len({item.profile.source_id for item in page.items if item.profile}) == 100
    assert page.items[0].profile is not None
    assert page.items[0].profile.provenance.version == "v30.0"
