"""Realistic payloads in every form SuccessFactors and its recipes send, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from adapters.successfactors import rendering
from adapters.successfactors.jobs import ALWAYS, Job, Skill, job_codes, job_profile, role
from adapters.successfactors.odata import Record

TITLES = (
    ("Registered Nurse", "Pflegefachkraft"), ("Payroll Specialist", "Lohnbuchhalter"),
    ("Data Engineer", "Dateningenieur"), ("Warehouse Supervisor", "Lagerleiter"),
    ("Tax Analyst", "Steueranalyst"), ("Service Technician", "Servicetechniker"),
    ("Category Buyer", "Einkäufer"), ("Quality Manager", "Qualitätsmanager"),
)  # fmt: skip
LEVELS = ("Junior", "", "Senior", "Lead", "Principal")
VERBS = ("Plan", "Review", "Prepare", "Coordinate", "Document", "Improve", "Check", "Explain")
THINGS = (
    "the weekly schedule of the team", "invoices of suppliers", "reports for the management",
    "requests of customers", "the handover between shifts", "deviations from the plan",
    "test results of new material", "the training of new colleagues",
)  # fmt: skip
SKILLS = ("SQL", "Negotiation", "First Aid", "SAP S/4HANA", "Root Cause Analysis", "Scheduling", "English")
COMPETENCIES = ("Teamwork", "Customer Focus", "Accountability", "Communication")
FAMILIES = (("FAM0", "Technology"), ("FAM1", "Operations"), ("FAM2", "Finance"))


def payload(shape: str, count: int, seed: int) -> bytes:
    """One body of `shape` (a key of SHAPES) about `count` jobs. Raises ValueError for another shape."""
    make = SHAPES.get(shape)
    if make is None:
        raise ValueError(f"There is no shape {shape[:60]!r}; {', '.join(SHAPES)} are known.")
    chance = random.Random(f"{seed}")  # noqa: S311 - samples, no secrets
    return make([random_job(chance, number) for number in range(count)], chance)


def random_job(chance: random.Random, number: int) -> Job:
    """A believable job; its codes count from 50000000."""
    (english, german), level = chance.choice(TITLES), chance.choice(LEVELS)
    title = f"{level} {english}".strip()
    tasks = [f"{chance.choice(VERBS)} {thing}." for thing in chance.sample(THINGS, chance.randint(3, 6))]
    sentence = f"{title} in a team of {chance.randint(3, 40)}."
    bullets = "".join(f"<li>{task}</li>" for task in tasks)
    start = ALWAYS if chance.random() < 0.4 else date(2010, 1, 1) + timedelta(chance.randrange(5_000))
    return Job(
        code=f"{50_000_000 + number}",
        title=title,
        titles={"en_US": title, "de_DE": f"{level} {german}".strip()},
        active=chance.random() < 0.95,
        valid_from=start,
        slices=((date(2030, 1, 1), f"{title} II"),) if chance.random() < 0.2 else (),
        function=chance.choice(("FIN", "IT", "HR", "MFG")),
        grade=f"GR-{chance.randint(1, 20):02}",
        level=str(chance.randint(4600, 4605)),
        hours=chance.choice(("40", "37.5")),
        full_time=chance.random() < 0.8,
        description=f"{sentence}\r\n\r\n{' '.join(tasks)}",
        short=f"<p>{sentence}</p>",
        long=f"<h2>About the role</h2><p>{sentence}</p><h2>Your tasks</h2><ul>{bullets}</ul>",
        longs={"de_DE": f"<p>Sie arbeiten als {german}.</p>"},
        responsibilities=tuple(tasks),
        skills=tuple(
            Skill(f"SK{SKILLS.index(name)}", name, str(chance.randint(1, 5)))
            for name in chance.sample(SKILLS, chance.randint(1, 4))
        ),
        competencies=tuple(chance.sample(COMPETENCIES, 2)),
        family=chance.choice(FAMILIES),
        profile=f"{1_021_600 + number}",
        role=f"{1_921_600 + number}",
        changed=1_700_000_000_000 + 1000 * chance.randrange(60_000_000),
    )


Make = Callable[[list[Job], random.Random], bytes]


def _codes(render: Callable[[list[Record]], bytes]) -> Make:
    def make(jobs: list[Job], chance: random.Random) -> bytes:
        records = [record for job in jobs for record in job_codes(job)]
        chance.shuffle(records)
        return render(records)

    return make


def _profiles(render: Callable[[list[Record]], bytes]) -> Make:
    return lambda jobs, _: render([job_profile(job) for job in jobs])


def _roles(render: Callable[[list[Record]], bytes]) -> Make:
    return lambda jobs, _: render([role(job) for job in jobs])


def _joined(render: Callable[[list[Record]], bytes]) -> Make:
    return lambda jobs, _: render([r for job in jobs for r in (*job_codes(job), job_profile(job))])


def _event(version: str) -> Make:
    return lambda jobs, _: rendering.event(version, [job.code for job in jobs], date(2026, 11, 1))


SHAPES: dict[str, Make] = {
    "fojobcode": _codes(rendering.results),
    "fojobcode_list": _codes(rendering.bare_list),
    "fojobcode_atom": _codes(rendering.atom),
    "fojobcode_recipe": _codes(rendering.flattened),
    "jobprofile": _profiles(rendering.results),
    "jobprofile_atom": _profiles(rendering.atom),
    "jobprofile_recipe": _profiles(rendering.flattened),
    "roleentity": _roles(rendering.results),
    "joined": _joined(rendering.results),
    "joined_recipe": _joined(rendering.flattened),
    "joined_half_flattened": _joined(rendering.half_flattened),
    "custom": lambda jobs, _: rendering.custom(jobs),
    "event_v1": _event("v1"),
    "event_v2": _event("v2"),
}
"""What `payload` can make. `custom` is read with `rendering.CUSTOM_FIELDS` as the company's field map."""
