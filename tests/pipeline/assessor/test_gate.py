"""The document gate: kinds are told apart, by cues that a person can look up."""

from __future__ import annotations

import time

import pytest

from pipeline.assessor.offline.gate import gate
from pipeline.assessor.offline.split import split

from .jobs import ACCOUNTS, ELECTRICIAN, doc
from .papers import BOARD_AGENDA, JOB_DESCRIPTIONS, KINDS, OTHERS


@pytest.mark.parametrize("name", JOB_DESCRIPTIONS)
def test_a_job_description_is_taken(name: str) -> None:
    text = JOB_DESCRIPTIONS[name]
    verdict = gate(doc(text), len(split(doc(text)).spans))
    assert (verdict.is_jd, verdict.guess) == ("yes", "job_description")


@pytest.mark.parametrize("name", OTHERS)
def test_another_document_declared_a_job_description_is_refused(name: str) -> None:
    text = OTHERS[name]
    verdict = gate(doc(text), len(split(doc(text)).spans))
    assert verdict.is_jd == "no"
    assert verdict.guess == KINDS.get(name, verdict.guess) != "job_description"


def test_what_a_document_was_declared_to_be_does_not_count() -> None:
    for text in (ACCOUNTS, BOARD_AGENDA):
        assert gate(doc(text, "other"), 3).p_jd == gate(doc(text), 3).p_jd


def test_every_cue_names_the_lines_it_stands_on() -> None:
    lines = ELECTRICIAN.splitlines()
    cues = {cue.cue: cue for cue in gate(doc(ELECTRICIAN), 5).cues}
    assert [lines[a - 1] for a, _ in cues["responsibilities heading"].lines] == ["Duties"]
    assert [lines[a - 1] for a, _ in cues["requirements heading"].lines] == ["Requirements"]


def test_where_no_cue_speaks_the_user_is_asked() -> None:
    text = "- Weld steel frames\n- Grind joints\n- Paint finished parts\n" * 3
    verdict = gate(doc(text), 3)
    assert verdict.cues == ()
    assert verdict.is_jd == "ask"


@pytest.mark.parametrize("unit", ["\n", "a\n", "#a-", "1. ", "as a ", "aB"])
def test_time_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    def took(characters: int) -> float:
        paper = doc(unit * (characters // len(unit)))
        began = time.process_time()
        split(paper)
        gate(paper, 0)
        return time.process_time() - began

    took(1_000)
    # Eight times the text in less than a third of the 64-fold time that a square would take.
    assert took(40_000) < 20 * took(5_000) + 0.2
