"""The skills that imported standard roles usually need: read, kept apart by company, inferred."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from kit.db import Db
from kit.errors import Invalid
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.stages.base import Work
from pipeline.stages.mine_skills import MOST_USUAL, MineSkills
from pipeline.taxonomies.files import Kind, Standard, read
from pipeline.taxonomies.importing import EVERYBODY, New, take_in
from pipeline.taxonomies.shelf import Shelf
from pipeline.taxonomies.skills import MOST, Usual
from tests import make
from tests.pipeline.assessor.jobs import ACCOUNTS, doc, given, judged, soon

OCCUPATIONS = "O*NET-SOC Code\tTitle\n15-1252.00\tSoftware Developers\n29-1141.00\tRegistered Nurses\n"
RATED = "O*NET-SOC Code\tElement Name\tScale ID\tData Value\n"
SKILLS = (
    RATED + "15-1252.00\tWriting\tIM\t3.00\n15-1252.00\tProgramming\tIM\t4.75\n"
    "15-1252.00\tProgramming\tLV\t5.12\n15-1252.00\tRepairing\tIM\t1.25\n15-1252.00\tOdd\tIM\tn/a\n"
)
TOOLS = (
    "O*NET-SOC Code\tExample\tCommodity Code\tCommodity Title\tHot Technology\n"
    "15-1252.00\tMUMPS\t1\tDevelopment software\tN\n15-1252.00\tPython\t1\tDevelopment software\tY\n"
)
ESCO = "conceptUri,preferredLabel,altLabels,code\nocc/1,baker,,7512.1\nocc/2,smith,,7221.1\n"
ESCO_SKILLS = (
    "conceptType,conceptUri,skillType,preferredLabel\n"
    "Skill,skill/1,skill/competence,decorate cakes\nSkill,skill/2,knowledge,food safety\n"
)
ESCO_RELATIONS = (
    "occupationUri,relationType,skillType,skillUri\n"
    "occ/1,optional,skill/competence,skill/1\nocc/1,essential,knowledge,skill/2\nocc/1,essential,knowledge,gone\n"
)


def onet(folder: Path) -> Path:
    (folder / "Occupation Data.txt").write_text(OCCUPATIONS)
    (folder / "Skills.txt").write_text(SKILLS)
    (folder / "Technology_Skills.txt.gz").write_bytes(gzip.compress(TOOLS.encode()))
    return folder


def esco(folder: Path) -> Path:
    (folder / "skills_en.csv").write_text(ESCO_SKILLS)
    (folder / "occupationSkillRelations_en.csv").write_text(ESCO_RELATIONS)
    (folder / "occupations_en.csv").write_text(ESCO)
    return folder / "occupations_en.csv"


def draup(folder: Path, rows: str = "D-1,Treasury Analyst,Forecasting | Cash pooling|Forecasting") -> Path:
    (folder / "roles.csv").write_text(f"code,title,skills\n{rows}\n")
    return folder / "roles.csv"


def skills_of(kind: Kind, path: Path) -> list[tuple[Usual, ...]]:
    return [one.skills for one in read(kind, path) if isinstance(one, Standard)]


def test_onets_important_skills_come_first_and_then_its_hot_technologies(tmp_path: Path) -> None:
    developer, nurse = skills_of("onet", onet(tmp_path))
    assert developer == (
        Usual("Programming", "Skills"),
        Usual("Writing", "Skills"),
        Usual("Python", "Development software"),
        Usual("MUMPS", "Development software"),
    )
    assert nurse == ()


def test_escos_essential_skills_come_before_optional_ones(tmp_path: Path) -> None:
    baker, smith = skills_of("esco", esco(tmp_path))
    assert baker == (Usual("food safety", "Knowledge"), Usual("decorate cakes", "Skills"))
    assert smith == ()
    (tmp_path / "skills_en.csv").unlink()
    assert skills_of("esco", tmp_path / "occupations_en.csv") == [(), ()]


def test_draups_skills_are_read_once_each_and_not_without_end(tmp_path: Path) -> None:
    assert skills_of("draup-csv", draup(tmp_path)) == [(Usual("Forecasting"), Usual("Cash pooling"))]
    many = "|".join(f"Skill {n}" for n in range(500))
    assert len(skills_of("draup-csv", draup(tmp_path, f"D-1,One,{many}"))[0]) == MOST


def test_a_file_of_skills_that_is_none_is_told(tmp_path: Path) -> None:
    (onet(tmp_path) / "Skills.txt").write_text("a\tb\n1\t2\n")
    with pytest.raises(Invalid, match="file of skills"):
        list(read("onet", tmp_path))


async def test_another_file_of_skills_beside_the_same_occupations_is_another_version(
    db: Db, tmp_path: Path
) -> None:
    new = New(kind="esco", path=esco(tmp_path), name="esco", by="op")
    first = await take_in(db, new)
    assert (await take_in(db, new)).id == first.id
    (tmp_path / "skills_en.csv").write_text(ESCO_SKILLS.replace("food safety", "hygiene"))
    assert (await take_in(db, new)).id != first.id


async def test_a_companys_own_taxonomy_says_what_its_roles_need_and_nobody_elses(
    db: Db, tmp_path: Path
) -> None:
    mine, other = await make.company(db), await make.company(db, "Other")
    shelf = Shelf(db)
    for owner, skill in ((EVERYBODY, "Common"), (mine, "Own")):
        path = draup(tmp_path, f"D-1,One,{skill}")
        await take_in(db, New(kind="draup-csv", path=path, name="Draup", company_id=owner, by="op"))
    assert await shelf.skills(mine, "Draup", "D-1") == (Usual("Own"),)
    assert await shelf.skills(other, "Draup", "D-1") == (Usual("Common"),)
    assert await shelf.skills(other, "Draup", "D-2") == ()


async def mined(db: Db, company: UUID, linked: dict[str, Any] | None) -> dict[str, Any]:
    """What mine_skills records of a role that is linked so."""
    parents = await judged(OfflineAssessor(), "Money Wizard", doc(ACCOUNTS))
    parents["map_draup_role"]["linked"] = linked
    role = given("Money Wizard", doc(ACCOUNTS), parents=parents)
    role = msgspec.structs.replace(role, role=msgspec.structs.replace(role.role, company_id=company))
    work = Work(
        run_id=UUID(int=21),
        epoch=1,
        rev=1,
        deadline=soon(),
        graph=cast(Any, None),
        assessor=OfflineAssessor(),
        shelf=Shelf(db),
    )
    return (await MineSkills().execute(role, work)).outputs


async def test_what_a_linked_role_usually_needs_is_inferred_where_nothing_else_said_so(
    db: Db, tmp_path: Path
) -> None:
    company = await make.company(db)
    many = "|".join(f"Skill {n}" for n in range(30))
    path = draup(tmp_path, f"D-1,Treasury Analyst,sap|{many}")
    await take_in(db, New(kind="draup-csv", path=path, name="Draup", company_id=company, by="op"))
    linked = {"taxonomy": "Draup", "code": "D-1", "title": "Treasury Analyst", "score": 1.0, "matched": ()}
    without, found = await mined(db, company, None), await mined(db, company, linked)
    assert "SAP" in {skill["name"] for skill in found["found"]}
    assert found["found"] == without["found"]
    added = found["inferred"][len(without["inferred"]) :]
    assert [skill["name"] for skill in added] == [f"Skill {n}" for n in range(MOST_USUAL)]
    assert all("usual for Treasury Analyst" in skill["why"] for skill in added)
    assert await mined(db, company, linked | {"code": "none"}) == without
