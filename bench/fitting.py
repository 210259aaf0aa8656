"""From labelled tasks to weights: which grams count, and how much, for each of the three questions."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.linear import Row, Vector, fit, logistic, squared
from pipeline.assessor.offline.fitted import Gram, scale_of
from pipeline.assessor.offline.grams import Everything, grams_of
from pipeline.assessor.offline.lexicon import lexicon
from pipeline.assessor.offline.words import words_of

Labelled = dict[str, str]
SEEN, KEPT = 3, 6000
STRENGTH, AUTOMATION_STRENGTH = 6.0, 0.5
SECOND_OPINION = 0.2
"""How much the labels of GPT-4 count beside the human ones, which were partly given to whole work activities
and not to texts."""
SHARPER, WIDER = 1.2, 1.15
"""The pull towards zero makes probabilities and levels timid; found by cross-validation over occupations."""
_ROUGH, _ROUNDS = 12, 25


def read(path: Path) -> list[Labelled]:
    """The rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grams(text: str) -> tuple[list[str], float]:
    """The grams of a text, each once, and their scale."""
    words = words_of(text, lexicon().verbs)
    return list(dict.fromkeys(gram for gram, _, _ in grams_of(words, Everything()))), scale_of(len(words))


def fitted(
    rows: Sequence[Labelled], texts: Sequence[tuple[list[str], float]]
) -> tuple[Gram, dict[str, Gram]]:
    """The biases and, by gram, the weights for exposed, direct and automation. `texts`: the rows' grams."""
    seen = Counter(gram for grams_, _ in texts for gram in grams_)
    names = sorted(gram for gram, n in seen.items() if n >= SEEN)
    rough = _three(rows, _numbered(names, texts), len(names), _ROUGH)
    ranked = sorted(
        range(len(names)),
        key=lambda i: (-sum(abs(one[i]) for one in rough) * seen[names[i]] ** 0.5, names[i]),
    )
    kept = sorted(names[i] for i in ranked[:KEPT])
    exposed, direct, automation = _three(rows, _numbered(kept, texts), len(kept), _ROUNDS)
    exposed = [SHARPER * weight for weight in exposed]
    middle = sum(_level(row) for row in rows) / len(rows)
    automation = [WIDER * weight for weight in automation]
    automation[-1] -= (WIDER - 1) * middle
    columns = [[round(weight, 3) for weight in one] for one in (exposed, direct, automation)]
    weights = {gram: _gram(columns, i) for i, gram in enumerate(kept)}
    return _gram(columns, -1), {gram: one for gram, one in weights.items() if any(one)}


def _gram(columns: Sequence[Vector], place: int) -> Gram:
    return columns[0][place], columns[1][place], columns[2][place]


def _numbered(names: Sequence[str], texts: Sequence[tuple[list[str], float]]) -> list[Row]:
    number = {gram: i for i, gram in enumerate(names)}
    return [Row([number[g] for g in grams_ if g in number], scale) for grams_, scale in texts]


def _three(rows: Sequence[Labelled], texts: Sequence[Row], size: int, rounds: int) -> list[Vector]:
    """Exposed or not; direct, of those that humans call exposed; the automation level."""
    exposed = [
        (1 - SECOND_OPINION) * (row["human_label"] != "E0") + SECOND_OPINION * (row["gpt4_label"] != "E0")
        for row in rows
    ]
    some = [i for i, row in enumerate(rows) if row["human_label"] != "E0"]
    direct = [float(rows[i]["human_label"] == "E1") for i in some]
    level = [_level(row) for row in rows]
    of_some = [texts[i] for i in some]
    return [
        fit(texts, exposed, size, loss=logistic, strength=STRENGTH, rounds=rounds),
        fit(of_some, direct, size, loss=logistic, strength=STRENGTH, rounds=rounds),
        fit(texts, level, size, loss=squared, strength=AUTOMATION_STRENGTH, rounds=rounds),
    ]


def _level(row: Labelled) -> float:
    """The mean of the two automation levels 0..4 that GPT-4 gave."""
    return (int(row["gpt4_automation_a"][1]) + int(row["gpt4_automation_b"][1])) / 2
