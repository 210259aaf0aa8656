"""Which columns are asked for, from metadata."""

from __future__ import annotations

import pytest

from adapters.pull import PullFault
from adapters.successfactors.pull.columns import Plan, plan
from adapters.successfactors.pull.links import Linked, batches, grouped
from adapters.successfactors.pull.metadata import entities
from adapters.successfactors.pull.query import IN_LENGTH, among
from kit.http import Answer

EDMX = """<?xml version="1.0" encoding="utf-8"?><!-- made by hand -->
<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>
<Schema Namespace="SFOData" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"
        xmlns:sap="http://www.successfactors.com/edm/sap">
<EntityType Name="FOJobCode"><Key><PropertyRef Name="externalCode"/></Key>
<Property Name="externalCode" Type="Edm.String" sap:label="Code"/><Property Name="startDate"/>
<Property Name="name_cnr_ME"/><Property Name="name_en_DEBUG"/><Property Name="cust_own"/>
<Property Name="secretPay"/>
<NavigationProperty Name="jobLevelNav" Relationship="SFOData.level" FromRole="a" ToRole="b"/>
<NavigationProperty Name="gradeNav" Relationship="SFOData.grade" FromRole="a" ToRole="b"/></EntityType>
<EntityType Name="JobProfile"><Property Name="externalCode"/>
<NavigationProperty Name="roleNav" Relationship="SFOData.role" FromRole="a" ToRole="b"/>
<NavigationProperty Name="skillContents" Relationship="SFOData.skills" FromRole="a" ToRole="b"/></EntityType>
<EntityType Name="RoleEntity"><Property Name="externalCode"/>
<NavigationProperty Name="jobCodeMappings" Relationship="SFOData.codes" FromRole="a" ToRole="b"/></EntityType>
<Association Name="level"><End Type="SFOData.PicklistOption" Role="b"/><End Type="SFOData.X" Role="a"/>
</Association><Association Name="role"><End Type="SFOData.RoleEntity" Role="b"/></Association>
<Association Name="skills"><End Type="SFOData.SkillContent" Role="b"/></Association>
</Schema></edmx:DataServices></edmx:Edmx>"""


def read(text: str = EDMX) -> Answer:
    return Answer(200, {}, text.encode(), 0)


def test_languages_and_a_customers_own_columns_are_asked_for_and_nothing_else() -> None:
    made, lacking = plan("FOJobCode", entities(read()))
    assert set(made.select) == {"externalCode", "startDate", "name_cnr_ME", "name_en_DEBUG", "cust_own"}
    assert set(made.expand) == {"jobLevelNav/picklistLabels", "gradeNav"}
    assert {"FOJobCode/status", "FOJobCode/jobFunctionNav"} <= set(lacking)


def test_a_path_is_followed_as_far_as_the_metadata_tells() -> None:
    made, lacking = plan("JobProfile", entities(read()))
    # What a skill's row leads to is not in the document: the answer itself will say.
    assert made.expand == ("roleNav/jobCodeMappings", "skillContents/entityNav")
    assert {"JobProfile/roleNav/familyNav", "JobProfile/shortDesciptions"} <= set(lacking)


def test_without_metadata_every_column_is_asked_for() -> None:
    made, lacking = plan("JobProfile", {})
    assert (made.select, lacking) == ((), ())
    assert "roleNav/jobCodeMappings" in made.expand


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("JobProfile/status", {"roleNav/status", "roleNav", "roleNav/familyNav"}),
        ("JobProfile/roleNav/familyNav", {"status", "roleNav/status", "roleNav"}),
        ("roleNav/familyNav", {"status", "roleNav/status", "roleNav"}),
        ("RoleEntity/familyNav", {"status", "roleNav/status", "roleNav"}),
        ("familyNav", {"status", "roleNav/status", "roleNav"}),
        ("JobProfile/roleNav", {"status"}),
        ("nothing", {"status", "roleNav/status", "roleNav", "roleNav/familyNav"}),
    ],
)
def test_what_is_refused_is_left_out_and_no_more(name: str, left: set[str]) -> None:
    whole = Plan(("status", "roleNav/status"), ("roleNav", "roleNav/familyNav"))
    made = whole.without("JobProfile", [name])
    assert {*made.select, *made.expand} == left
    assert set(whole.left_out("JobProfile", made)) == {
        f"JobProfile/{path}" for path in (*whole.select, *whole.expand) if path not in left
    }


@pytest.mark.parametrize(
    "document",
    ['<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "<edmx:Edmx>", "", "{}"],
)
def test_metadata_that_is_none_is_a_fault(document: str) -> None:
    with pytest.raises(PullFault) as fault:
        entities(read(document))
    assert fault.value.reason == "bad_answer"


def test_what_hangs_together_is_one_group() -> None:
    records = [
        Linked("JobProfile", "P1", ("B", "A"), ""),
        Linked("JobProfile", "P2", ("C", "B"), ""),
        Linked("JobProfile", "P3", (), ""),
        Linked("RoleEntity", "R1", ("D",), ""),
    ]
    found = grouped({"A", "Z", "D"}, records)
    assert [(group.codes, [one.key for one in group.records]) for group in found] == [
        (("A", "B", "C"), ["job_profile:P1", "job_profile:P2"]),
        (("D",), ["job_role:R1"]),
        (("Z",), []),
        ((), ["job_profile:P3"]),
    ]
    assert [group.key for group in found] == sorted(group.key for group in found)
    assert [[group.key for group in batch] for batch in batches(found, 3)] == [
        ["A"],
        ["D", "Z", "job_profile:P3"],
    ]


def test_many_values_become_several_conditions_that_fit_an_address() -> None:
    values = [f"{n:06}'" for n in range(1000)]
    found = list(among("externalCode", values))
    assert len(found) > 5
    assert all(len(one) < IN_LENGTH + 50 for one in found)
    asked = ",".join(one.removeprefix("externalCode in ") for one in found)
    assert asked == ",".join(f"'{n:06}'''" for n in range(1000))
