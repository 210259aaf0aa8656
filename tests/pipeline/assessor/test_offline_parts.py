"""The parts of the offline assessor: words, splitting, gate, titles, skills, weights."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.assessor.model import Origin, TaxonomyRole
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.assessor.offline.fitted import Judge, WeightsFile, load_weights, packed
from pipeline.assessor.offline.gate import gate
from pipeline.assessor.offline.grams import Reader, every, numbered
from pipeline.assessor.offline.lexicon import resource
from pipeline.assessor.offline.mapping import map_title
from pipeline.assessor.offline.skills import find_skills
from pipeline.assessor.offline.split import split
from pipeline.assessor.offline.taxonomy import starter_roles
from pipeline.assessor.offline.words import stem

from .jobs import ACCOUNTS, AGENDA, PROCESS, RUN_TOGETHER, doc

ORIGIN: Origin = {"assessor": "offline", "version": "1", "offline": True}


def cut(text: str, kind: str = "job_description") -> list[str]:
    return [text[start:end] for start, end in split(doc(text, kind)).spans]


@pytest.mark.parametrize(
    ("one", "other"),
    [("analysing", "analyze"), ("planning", "plans"), ("reports", "reported"), ("organise", "organizes")],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_joined_verbs_lead_and_later_words_do_not() -> None:
    verbs = frozenset(map(stem, ("plan", "direct", "coordinate", "report")))
    found = Reader(every, verbs).read("Plan, direct, or coordinate activities and report results").found
    leading = [gram for gram in found if gram.startswith("^")]
    assert leading == ["^plan", "^direct", "^coordinat"]


@pytest.mark.parametrize("text", ["", "Write", "Plan, write and edit reports; reports on plans", ACCOUNTS])
def test_what_is_known_by_number_is_what_training_knows_by_name(text: str) -> None:
    verbs = frozenset(map(stem, ("plan", "write", "edit")))
    by_name = Reader(every, verbs).read(text)
    names = list(by_name.found)
    by_number = Reader(numbered(names).get, verbs).read(text)
    assert {names[n]: place for n, place in by_number.found.items()} == by_name.found
    assert (by_number.words, by_number.known) == (by_name.words, by_name.words)


def test_only_the_duties_of_a_description_are_tasks() -> None:
    tasks = cut(ACCOUNTS)
    assert len(tasks) == 5
    assert tasks[0] == "Enter supplier invoices into SAP and match them with purchase orders"
    assert not any("degree" in task or "experience" in task for task in tasks)


def test_a_text_without_line_breaks_is_cut_too() -> None:
    assert cut(RUN_TOGETHER)[:3] == [
        "Pick and pack customer orders using RF scanners",
        "Load and unload trucks",
        "Operate forklifts safely",
    ]
    assert (
        len(cut("Write weekly reports for clientsPrepare the annual budgetReview open contracts daily")) == 3
    )


def test_the_steps_of_a_process_map_are_tasks_and_its_labels_are_not() -> None:
    tasks = cut(PROCESS, "process_map")
    assert "Clerk checks budget" in tasks
    assert "Manager approves request" in tasks
    assert not any(task.startswith(("Process map", "Trigger", "End")) for task in tasks)


def test_openers_are_left_off() -> None:
    text = "You will be responsible for managing vendor contracts. You will write monthly reports."
    assert cut(text) == ["managing vendor contracts", "write monthly reports"]


def test_a_wrapped_line_is_one_task() -> None:
    text = "Duties:\n- Prepare the monthly report for\n  the board of directors\n- Review contracts\n"
    assert cut(text)[0] == "Prepare the monthly report for\n  the board of directors"


def test_the_gate_has_a_band_in_which_it_asks() -> None:
    assert gate(doc(ACCOUNTS), 5).is_jd == "yes"
    assert gate(doc(AGENDA), 2).is_jd == "no"
    unclear = "The warehouse team moves goods between the halls every day and keeps records about all of it."
    assert gate(doc(unclear, "other"), 3).is_jd == "ask"


def test_only_an_exact_unambiguous_title_is_linked() -> None:
    assert map_title("Accounts Payable Specialist (m/f/d)", [], ORIGIN).linked
    near = map_title("Software Engineer III", [], ORIGIN)
    assert near.linked is None
    assert near.review
    assert near.candidates[0].title == "Software Engineer"
    assert "Software Engineer" in near.candidates[0].matched
    assert 0 < near.margin <= 1
    assert len(near.candidates) <= 5


def test_a_title_of_two_roles_is_not_linked() -> None:
    own = [
        TaxonomyRole(code="1", title="Analyst", taxonomy="draup", alternates=("Reporter",)),
        TaxonomyRole(code="2", title="Journalist", taxonomy="draup", alternates=("Reporter",)),
    ]
    mapped = map_title("reporter", own, ORIGIN)
    assert mapped.status == "exact_multiple"
    assert mapped.linked is None
    assert {c.code for c in mapped.candidates[:2]} == {"1", "2"}


def test_a_company_with_roles_of_its_own_is_linked_to_those_only() -> None:
    own = [TaxonomyRole(code="D-9", title="Ledger Specialist", taxonomy="draup")]
    mine = map_title("Ledger Specialist", own, ORIGIN).linked
    assert mine
    assert (mine.taxonomy, mine.code) == ("draup", "D-9")
    bundled = map_title("Electrician", own, ORIGIN)
    assert bundled.linked is None
    assert bundled.candidates[0].title == "Electrician"


@pytest.mark.parametrize("title", ["", "  ", "电工", "()", "x" * 5000])
def test_a_strange_title_has_no_link(title: str) -> None:
    assert map_title(title, [], ORIGIN).linked is None


def test_the_starter_taxonomy_has_enough_roles_and_no_title_twice() -> None:
    roles = starter_roles()
    titles = [title.casefold() for role in roles for title in (role.title, *role.alternates)]
    assert len(roles) >= 150
    assert len(titles) == len(set(titles))
    assert len({role.code for role in roles}) == len(roles)


def test_skills_stand_where_they_are_said_to_stand() -> None:
    text = "Use CI/CD, Node.js and C++. Power BI/Tableau reports; SQL and more SQL."
    found = find_skills([doc(text)])
    assert {s.name for s in found} == {"CI/CD", "Node.js", "C++", "Power BI", "Tableau", "SQL"}
    assert all(text[s.start : s.end] == s.words for s in found)
    assert found[0].name == "SQL"
    assert found[0].count == 2


def test_ordinary_words_are_no_skills() -> None:
    text = "Excel in a team. Go to market with R&D. Rust never sleeps. We go, they excel, reactive people."
    assert find_skills([doc(text)]) == ()


def test_the_weights_are_plain_data_that_is_sealed() -> None:
    weights = load_weights()
    raw = packed(weights)
    assert raw == resource("weights.json")
    assert len(raw) < 300_000
    again = msgspec.json.decode(raw, type=WeightsFile)
    assert Judge(again).judge("Write reports") == Judge(weights).judge("Write reports")
    assert msgspec.structs.replace(again, bias=(0.0, 0.0, 0.0)).digest() != again.sha256


def test_other_weights_are_another_version() -> None:
    weights = load_weights()
    other = msgspec.structs.replace(weights, version="another")
    assert OfflineAssessor(other).version.startswith("another+")
    assert OfflineAssessor(other).version != OfflineAssessor().version


@pytest.mark.parametrize(
    ("task", "exposure", "grade"),
    [
        ("Write articles and newsletters for the company's website", "E1", "automate"),
        ("Enter invoices into the computer database", "E2", "automate"),
        ("Repair hydraulic pumps using hand tools", "E0", "human"),
        ("Install electrical wiring, fixtures and conduits in buildings", "E0", "human"),
    ],
)
def test_plain_tasks_are_judged_plainly(task: str, exposure: str, grade: str) -> None:
    judged = Judge(load_weights()).judge(task)
    assert (judged.class_, judged.grade) == (exposure, grade)


def test_the_grade_is_not_read_from_the_exposure() -> None:
    judge = Judge(load_weights()).judge
    cases = ["Answer customer questions by email", "Negotiate contracts with vendors", "Sort incoming mail"]
    seen = {(judge(case).class_, judge(case).grade) for case in cases}
    assert len(seen) == 3
