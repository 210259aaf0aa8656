"""From labelled texts to weights: which grams count, and how much, for each of the three questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

from bench.examples import Example
from bench.linear import Loss, Row, Vector, fit, logistic, squared
from pipeline.assessor.offline.fitted import Gram

SEEN, KEPT = 3, 9500
STRENGTH, AUTOMATION_STRENGTH = 6.0, 1.0
SHARPER, WIDER = 1.25, 1.15
"""The pull towards zero makes probabilities and levels timid."""
_ROUGH, _ROUNDS = 12, 45
_HUNDRED, _USUAL_REACH = 100, 6.0
Bias = tuple[float, float, float]


def fitted(examples: Sequence[Example]) -> tuple[Bias, dict[str, Gram]]:
    """The biases and, by gram, the weights for exposed, direct and automation in hundredths."""
    seen = Counter(gram for one in examples for gram in one.grams)
    names = sorted(gram for gram, n in seen.items() if n >= SEEN)
    rough = _three(examples, names, seen, _ROUGH)
    ranked = sorted(
        range(len(names)),
        key=lambda i: (-sum(abs(one[i]) for one in rough) * seen[names[i]] ** 0.5, names[i]),
    )
    kept = sorted(names[i] for i in ranked[:KEPT])
    exposed, direct, level = _three(examples, kept, seen, _ROUNDS)
    middle = sum(one.level for one in examples) / len(examples)
    bias = (exposed.pop(), direct.pop(), WIDER * level.pop() - (WIDER - 1) * middle)
    factors = [_HUNDRED * SHARPER, _HUNDRED, _HUNDRED * WIDER]
    columns = [[round(f * w) for w in one] for f, one in zip(factors, (exposed, direct, level), strict=True)]
    weights = dict(zip(kept, zip(*columns, strict=True), strict=True))
    return bias, {gram: (a, b, c) for gram, (a, b, c) in weights.items() if a or b or c}


def _three(
    examples: Sequence[Example], names: Sequence[str], seen: Mapping[str, int], rounds: int
) -> list[Vector]:
    """Exposed or not; direct, of those that people call exposed; the automation level. A rare gram may go
    farther than a usual one: its few texts say little, but nothing else says it."""
    number = {gram: i for i, gram in enumerate(names)}
    reach = [log(len(examples) / seen[name]) / _USUAL_REACH for name in names]
    texts = [Row([number[g] for g in one.grams if g in number], one.scale) for one in examples]
    some = [(text, one.direct) for text, one in zip(texts, examples, strict=True) if one.direct is not None]

    def ask(rows: Sequence[Row], targets: Sequence[float], loss: Loss, strength: float) -> Vector:
        return fit(rows, targets, reach, loss=loss, strength=strength, rounds=rounds)

    return [
        ask(texts, [one.exposed for one in examples], logistic, STRENGTH),
        ask([text for text, _ in some], [target for _, target in some], logistic, STRENGTH),
        ask(texts, [one.level for one in examples], squared, AUTOMATION_STRENGTH),
    ]
