"""Honest figures for fitted weights: every task is judged by weights that never saw its kind.

Two ways to keep rows apart, five folds each, seed fixed: by occupation, and by work activity (a task is
tested only when all its activities are unseen, and trained on only when none is), which is stricter because
people partly labelled whole activities.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.examples import Labelled, Titles, activities, examples
from bench.fitting import fitted
from pipeline.assessor.offline.fitted import Judge, Judgement, WeightsFile

SEED, FOLDS = 20260101, 5
Part = tuple[list[int], list[int]]


def by_occupation(rows: Sequence[Labelled]) -> Iterator[Part]:
    """Training and test rows; no occupation is in both."""
    fold = _dealt({row["soc"] for row in rows})
    for k in range(FOLDS):
        test = [i for i, row in enumerate(rows) if fold[row["soc"]] == k]
        yield [i for i, row in enumerate(rows) if fold[row["soc"]] != k], test


def by_activity(rows: Sequence[Labelled]) -> Iterator[Part]:
    """Training and test rows; no work activity is in both. Rows with some on both sides are left out."""
    of_rows = [activities(row) for row in rows]
    fold = _dealt({one for some in of_rows for one in some})
    for k in range(FOLDS):
        sides = [{fold[one] == k for one in some} for some in of_rows]
        yield (
            [i for i, side in enumerate(sides) if side == {False}],
            [i for i, side in enumerate(sides) if side == {True}],
        )


def judged(
    rows: Sequence[Labelled], titles: Titles, parts: Iterator[Part]
) -> list[tuple[Labelled, Judgement]]:
    """Every tested row with what weights say that were fitted without it."""
    pairs: list[tuple[Labelled, Judgement]] = []
    for train, test in parts:
        bias, weights = fitted(examples([rows[i] for i in train], titles))
        judge = Judge(WeightsFile("fold", "", "", len(train), bias, weights)).judge
        pairs += [(rows[i], judge(rows[i]["task"])) for i in test]
    return pairs


def figures(rows: Sequence[Labelled], said: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Agreement with people of labels and scores (E1 1, E2 .5, E0 0): shares, Pearson over tasks, Spearman
    over the core-weighted means of occupations with five tasks or more."""
    human = [row["human_label"] for row in rows]
    labels, scores = [label for label, _ in said], [score for _, score in said]
    people = [float(row["human_beta"]) for row in rows]
    return {
        "classes": share((a == b for a, b in zip(labels, human, strict=True))),
        "exposed": share(((a != "E0") == (b != "E0") for a, b in zip(labels, human, strict=True))),
        "pearson": pearson(scores, people) if len(set(scores)) > 1 else 0.0,
        "occupations": spearman(*_means(rows, scores, people)) if len(set(scores)) > 1 else 0.0,
    }


def calibration(pairs: Sequence[tuple[Labelled, Judgement]]) -> float:
    """Expected calibration error of P(exposed) over ten bins."""
    bins = defaultdict[int, list[float]](list)
    for row, one in pairs:
        bins[min(9, int(one.p_exposed * 10))].append(one.p_exposed - (row["human_label"] != "E0"))
    return sum(abs(sum(gaps)) for gaps in bins.values()) / len(pairs)


def _dealt(names: set[str]) -> dict[str, int]:
    ordered = sorted(names)
    random.Random(SEED).shuffle(ordered)
    return {name: place % FOLDS for place, name in enumerate(ordered)}


def _means(
    rows: Sequence[Labelled], scores: Sequence[float], people: Sequence[float]
) -> tuple[list[float], list[float]]:
    by_soc = defaultdict[str, list[tuple[float, float, float]]](list)
    for row, score, human in zip(rows, scores, people, strict=True):
        by_soc[row["soc"]].append((1.0 if row["task_type"] == "Core" else 0.5, score, human))
    many = [some for some in by_soc.values() if len(some) >= 5]
    ours = [sum(w * s for w, s, _ in some) / sum(w for w, _, _ in some) for some in many]
    return ours, [sum(w * h for w, _, h in some) / sum(w for w, _, _ in some) for some in many]


def share(hits: Iterator[bool] | Sequence[bool]) -> float:
    """How many are true, of all."""
    found = list(hits)
    return sum(found) / len(found)


def spearman(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Rank correlation."""
    return pearson(_ranks(xs), _ranks(ys))


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks, equal values sharing their mean."""
    places = defaultdict[float, list[int]](list)
    for place, value in enumerate(sorted(values)):
        places[value].append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Linear correlation."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread = sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys)
    return float(both / spread**0.5)


Splits = dict[str, Callable[[Sequence[Labelled]], Iterator[Part]]]
SPLITS: Splits = {"unseen occupations": by_occupation, "unseen activities": by_activity}


def cross_validated(rows: Sequence[Labelled], titles: Titles) -> dict[str, dict[str, Any]]:
    """By split: how many rows, our figures, and on the same rows those of the majority and of GPT-4."""
    found: dict[str, dict[str, Any]] = {}
    for name, split in SPLITS.items():
        pairs = judged(rows, titles, split(rows))
        tested = [row for row, _ in pairs]
        ours = figures(tested, [(one.class_, 0.5 * (one.p_exposed + one.p_direct)) for _, one in pairs])
        found[name] = {
            "tasks": len(pairs),
            "ours": {**ours, "calibration": calibration(pairs)},
            "majority": figures(tested, [("E0", 0.0)] * len(tested)),
            "GPT-4": figures(tested, [(row["gpt4_label"], float(row["gpt4_beta"])) for row in tested]),
        }
    return found
