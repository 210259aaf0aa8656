"""Invented job profiles that look like a company's: always the same for a seed, none like another."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from adapters.model import Description, JobProfile, Provenance, Qualification, Ref, RichText

_DAY = "2026-01-01"


def profiles(count: int, seed: int) -> Iterator[JobProfile]:
    """`count` job profiles with WIDs, codes, names, texts and facts by country."""
    for number in range(count):
        yield _profile(number, seed)


def wid(*of: object) -> str:
    """A WID that belongs to these words: 32 hex digits."""
    return hashlib.sha256(":".join(map(str, of)).encode()).hexdigest()[:32]


def _profile(number: int, seed: int) -> JobProfile:
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 (samples, not secrets)
    words = _words()
    family, level = chance.choice(words["families"]), chance.choice(words["levels"])
    own, code = wid(seed, number), f"R-{number:05d}"
    title = f"{level['prefix']} {chance.choice(family['titles'])} {_place(number)}".strip()
    return JobProfile(
        system="workday",
        source_id=own,
        provenance=Provenance("invented"),
        ids={"WID": own, "Job_Profile_ID": code, "Job_Code": code},
        code=code,
        title=title,
        default_job_title=title.rsplit(" ", 1)[0],
        summary=f"{title}: does the work of the {family['name']} family.",
        status=chance.choices(("active", "inactive"), (19, 1))[0],
        families=[Ref(family["code"], family["name"])],
        management_level=Ref(level["management"], level["management"].replace("_", " ")),
        level=Ref(level["code"], level["name"]),
        category=Ref(family["category"], family["category"]),
        grade=Ref(level["grade"], f"Grade {level['grade'][1:]}"),
        countries=sorted(chance.sample(words["countries"], chance.choice((0, 0, 1, 2)))),
        descriptions=[_description(title, family["duties"], chance)],
        responsibilities=[Qualification("responsibility", chance.choice(family["duties"]), None, None, True)],
        requirements=_required(family, level),
        skills=[Qualification("skill", name, None, None, chance.random() < 0.5) for name in family["skills"]],
        attributes=_facts(chance, words["countries"]),
        as_of_date=_DAY,
    )


def _required(family: dict[str, Any], level: dict[str, Any]) -> list[Qualification]:
    rating = str(1 + int(level["code"][1]) // 2)
    code = family["competency"].replace(" ", "_")
    requirements = [Qualification("competency", family["competency"], code, rating, True)]
    if family["education"]:
        education = family["education"]
        requirements.insert(0, Qualification("education", education, education.split("'")[0].upper()))
    if family["certification"]:
        name = family["certification"]
        requirements.append(Qualification("certification", name, name.replace(" ", "_"), None, True))
    return requirements


def _facts(chance: random.Random, countries: list[str]) -> dict[str, Any]:
    home = chance.choice(countries)
    return {
        "public_job": chance.random() < 0.9,
        "critical_job": chance.random() < 0.1,
        "work_shift_required": chance.random() < 0.2,
        "include_job_code_in_name": False,
        "pay_rates": [{"country": home, "type": chance.choice(("Salary", "Hourly"))}],
        "exempt": [{"country": home, "exempt": chance.random() < 0.6}],
    }


def _description(title: str, duties: list[str], chance: random.Random) -> Description:
    """HTML as Workday's editor leaves it: spans around blocks, empty paragraphs, bullets typed by hand."""
    chosen = chance.sample(duties, len(duties) - 1)
    listed = "".join(f"<li>{_escaped(duty)}</li>" for duty in chosen)
    raw = (
        f"<span><span><p>Responsible for the work of a {_escaped(title)}.</p><p></p><h3>Job Duties:</h3>"
        f"<ul>{listed}</ul><p></p><p>• Up to {5 * chance.randint(1, 6)}% travel&nbsp;</p>"
        "<p>Qualifications/Requi\u200brements:\u200b</p></span></span>"
    )
    return Description("Job_Description", RichText(raw, raw, raw))


def _place(number: int) -> str:
    return f"{('North', 'South', 'East', 'West')[number % 4]} {number // 4 + 1}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@cache
def _words() -> dict[str, Any]:
    read = resources.files("adapters.workday").joinpath("vocabulary.json").read_bytes()
    return msgspec.json.decode(read, type=dict[str, Any])
