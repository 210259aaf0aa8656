"""A document's quality is a score with reasons that a person can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.records import quality
from tests.pipeline.assessor.jobs import ACCOUNTS, AGENDA, PROCESS


def codes(kind: str, text: str) -> list[str]:
    return [reason.code for reason in quality.of(kind, text).reasons]


def test_a_clear_description_is_worth_more_than_an_agenda_which_is_told() -> None:
    good, agenda = quality.of("job_description", ACCOUNTS), quality.of("job_description", AGENDA)
    assert (good.guess, good.tasks) == ("job_description", 5)
    assert good.score >= 80 > agenda.score
    (kind,) = [reason for reason in agenda.reasons if reason.code == "kind"]
    assert kind.says == "It was given as a job description and reads like a meeting."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Prepare reports.", "short"),
        ("- Prepare monthly reports\n" * 3100, "long"),
        ("The sky is blue and wide. " * 30, "few_tasks"),
        ("- Prepare monthly reports for the board\n- Check the budget of the team\n" * 20, "repetition"),
        ("Die Aufgaben umfassen Planung, Steuerung und Abrechnung aller Projekte im Werk. " * 10, "language"),
    ],
)
def test_each_weakness_is_named(text: str, code: str) -> None:
    assert code in codes("job_description", text)


def test_a_process_map_is_not_blamed_for_being_one() -> None:
    assert "kind" not in codes("process_map", PROCESS)


def test_age_takes_points_once_it_is_over_two_years() -> None:
    now, its = datetime.now(UTC), quality.of("job_description", ACCOUNTS)
    assert quality.aged(its, now - timedelta(days=700), now) == its
    old = quality.aged(its, now - timedelta(days=800), now)
    assert (old.reasons[-1].code, old.score) == ("old", its.score - 10)


def test_nothing_at_all_is_worth_nothing_and_breaks_nothing() -> None:
    for text in ("", "🙂" * 500, "lorem ipsum dolor sit amet " * 200):
        assert quality.of("job_description", text).score <= 60
