"""Linear models on sparse yes/no features, fitted by limited-memory BFGS in plain Python.

Nothing is random and nothing depends on the order of a set, so the same rows give the same weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log1p
from operator import mul
from typing import NamedTuple

Vector = list[float]
Loss = Callable[[float, float], tuple[float, float]]
_MEMORY, _HALVINGS, _FLAT = 6, 12, 1e-3


class Row(NamedTuple):
    """The numbers of the features a text has, and the value that each of them has in this text."""

    features: list[int]
    scale: float


def logistic(score: float, target: float) -> tuple[float, float]:
    """Loss and slope for a target that is a probability."""
    if score >= 0:
        small = exp(-min(score, 700.0))
        return log1p(small) + (1 - target) * score, 1 / (1 + small) - target
    small = exp(max(score, -700.0))
    return log1p(small) - target * score, small / (1 + small) - target


def squared(score: float, target: float) -> tuple[float, float]:
    """Loss and slope for a target that is a number."""
    return 0.5 * (score - target) ** 2, score - target


def fit(
    rows: Sequence[Row],
    targets: Sequence[float],
    reach: Sequence[float],
    *,
    loss: Loss,
    strength: float,
    rounds: int,
) -> Vector:
    """A weight for each feature and, last, the bias, which alone is not drawn towards zero. `strength` is how
    much a row counts beside that pull, `reach` how far it lets each feature go."""
    steps = [*reach, 1.0]
    free = _descend(rows, targets, steps, loss=loss, strength=strength, rounds=rounds)
    return [step * one for step, one in zip(steps, free, strict=True)]


def _descend(
    rows: Sequence[Row],
    targets: Sequence[float],
    reach: Sequence[float],
    *,
    loss: Loss,
    strength: float,
    rounds: int,
) -> Vector:
    weights = [0.0] * len(reach)
    value, slope = _slope(weights, rows, targets, reach, loss, strength)
    first = _dot(slope, slope)
    steps: list[tuple[Vector, Vector, float]] = []
    for _ in range(rounds):
        direction = _direction(slope, steps)
        downhill, stride = _dot(slope, direction), 1.0 if steps else 1 / max(1.0, first**0.5)
        for _ in range(_HALVINGS):
            tried = [w + stride * d for w, d in zip(weights, direction, strict=True)]
            new_value, new_slope = _slope(tried, rows, targets, reach, loss, strength)
            if new_value <= value + 1e-4 * stride * downhill:
                break
            stride /= 2
        else:
            break
        moved = [stride * d for d in direction]
        bent = [a - b for a, b in zip(new_slope, slope, strict=True)]
        curve = _dot(moved, bent)
        if curve > 0:
            steps = [*steps[1 - _MEMORY :], (moved, bent, curve)]
        weights, value, slope = tried, new_value, new_slope
        if _dot(slope, slope) < _FLAT**2 * first:
            break
    return weights


def _slope(
    weights: Vector,
    rows: Sequence[Row],
    targets: Sequence[float],
    reach: Sequence[float],
    loss: Loss,
    strength: float,
) -> tuple[float, Vector]:
    scaled = list(map(mul, weights, reach))
    bias, get = scaled[-1], scaled.__getitem__
    slope = [0.0] * len(weights)
    total, bias_slope = 0.5 * (_dot(weights, weights) - weights[-1] ** 2), 0.0
    for (features, scale), target in zip(rows, targets, strict=True):
        its_loss, its_slope = loss(bias + scale * sum(map(get, features)), target)
        total += strength * its_loss
        bias_slope += its_slope
        step = its_slope * scale
        for feature in features:
            slope[feature] += step
    slope = [strength * s * r + w for s, r, w in zip(slope, reach, weights, strict=True)]
    slope[-1] = strength * bias_slope
    return total, slope


def _direction(slope: Vector, steps: Sequence[tuple[Vector, Vector, float]]) -> Vector:
    """Downhill, bent by what the last steps told of the curvature."""
    q, parts = [-g for g in slope], []
    for moved, bent, curve in reversed(steps):
        part = _dot(moved, q) / curve
        parts.append(part)
        q = [a - part * b for a, b in zip(q, bent, strict=True)]
    if steps:
        _, bent, curve = steps[-1]
        shrink = curve / _dot(bent, bent)
        q = [shrink * a for a in q]
    for (moved, bent, curve), part in zip(steps, reversed(parts), strict=True):
        back = part - _dot(bent, q) / curve
        q = [a + back * b for a, b in zip(q, moved, strict=True)]
    return q


def _dot(one: Vector, other: Vector) -> float:
    return float(sum(map(mul, one, other)))
