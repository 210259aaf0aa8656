"""Weights are fitted the same way every time, and learn what the labels say."""

from __future__ import annotations

import pytest

from bench.examples import Labelled, examples
from bench.fitting import fitted
from bench.folds import by_activity, by_occupation, spearman
from bench.linear import Row, fit, logistic, squared
from pipeline.assessor.offline.fitted import Judge, WeightsFile, packed

WRITING = ["Write weekly reports", "Write letters to clients", "Edit monthly reports", "Draft letters"]
LIFTING = ["Lift heavy crates", "Load heavy trucks", "Lift boxes onto trucks", "Move crates and boxes"]


def labelled() -> list[Labelled]:
    def row(place: int, task: str, label: str, level: str) -> Labelled:
        return {
            "task": task,
            "human_label": label,
            "gpt4_label": label,
            "gpt4_label_rubric2": label,
            "gpt4_automation_a": level,
            "gpt4_automation_b": level,
            "soc": f"soc-{place % 7}",
            "dwa_ids": f"d{place % 9}|d{place % 4}",
        }

    texts = [(task, "E1" if place % 2 else "E2", "T3") for place, task in enumerate(WRITING)]
    texts += [(task, "E0", "T0") for task in LIFTING]
    return [row(place, *one) for place, one in enumerate(texts * 5)]


def weights() -> WeightsFile:
    rows = labelled()
    bias, found = fitted(examples(rows, {"d1": "Write reports", "d2": "Move things"}))
    return WeightsFile("test", "", "", len(rows), bias, found)


def test_the_same_data_gives_the_same_bytes() -> None:
    assert packed(weights()) == packed(weights())


def test_what_the_labels_say_is_learnt() -> None:
    judge = Judge(weights()).judge
    office, hands = judge("Write reports to clients"), judge("Lift heavy boxes")
    assert office.p_exposed > 0.6 > 0.4 > hands.p_exposed
    assert office.automation > hands.automation + 0.3
    assert max(e.weight for e in office.evidence) > 0 > min(e.weight for e in hands.evidence)


def test_a_fit_finds_the_least_loss() -> None:
    rows = [Row([0], 1.0), Row([0, 1], 1.0), Row([1], 1.0), Row([], 1.0)] * 50
    targets = [1.0, 3.0, 2.0, 0.0] * 50
    for reach in ([1.0, 1.0], [0.5, 2.0]):
        found = fit(rows, targets, reach, loss=squared, strength=100.0, rounds=50)
        assert found == pytest.approx([1, 2, 0], abs=0.02)


def test_a_feature_with_little_reach_stays_near_nothing() -> None:
    rows, targets = [Row([0, 1], 1.0), Row([], 1.0)] * 5, [1.0, 0.0] * 5
    near, far, _ = fit(rows, targets, [0.1, 1.0], loss=squared, strength=1.0, rounds=50)
    assert far > 10 * near > 0


def test_an_activity_is_a_text_with_the_mean_of_its_tasks_labels() -> None:
    rows = labelled()
    found = examples(rows, {"d1": "Write reports"})
    (activity,) = found[len(rows) :]
    tasks = [one for row, one in zip(rows, found, strict=False) if "d1" in row["dwa_ids"].split("|")]
    assert "^writ" in activity.grams
    assert activity.exposed == pytest.approx(sum(task.exposed for task in tasks) / len(tasks))


@pytest.mark.parametrize(("score", "target"), [(0.3, 1.0), (-2.0, 0.2), (800.0, 0.0), (-800.0, 1.0)])
def test_the_slope_is_that_of_the_loss(score: float, target: float) -> None:
    step = 1e-4
    rise = (logistic(score + step, target)[0] - logistic(score - step, target)[0]) / (2 * step)
    assert logistic(score, target)[1] == pytest.approx(rise, abs=1e-3)


def test_no_occupation_is_in_both_halves_and_every_row_is_tested_once() -> None:
    rows = labelled()
    tested: list[int] = []
    for train, test in by_occupation(rows):
        assert not {rows[i]["soc"] for i in train} & {rows[i]["soc"] for i in test}
        tested += test
    assert sorted(tested) == list(range(len(rows)))


def test_no_activity_is_in_both_halves() -> None:
    rows = labelled()
    halves = list(by_activity(rows))
    assert any(test for _, test in halves)
    for train, test in halves:
        seen = {one for i in train for one in rows[i]["dwa_ids"].split("|")}
        assert not seen & {one for i in test for one in rows[i]["dwa_ids"].split("|")}


def test_equal_values_share_a_rank() -> None:
    assert spearman([1, 1, 2], [5, 5, 9]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
