"""Judging a task with fitted weights, with each gram's signed contribution.

`weights.json` holds three linear models over the same grams: P(exposed), P(direct | exposed) and the
automation level 0..4, which has a model of its own. Every gram of a text counts once, divided by the root of
the number of words, so that long texts are not surer than short ones. Weights are whole hundredths: their sum
is exact, whatever the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from math import exp, sqrt
from typing import Literal, NamedTuple

import msgspec

from pipeline.assessor.model import Evidence, ExposureClass, Grade
from pipeline.assessor.offline.grams import Place, Reader, numbered
from pipeline.assessor.offline.lexicon import lexicon, resource
from pipeline.assessor.scoring import class_of, grade_of

Gram = tuple[int, int, int]
_HUNDREDTH = 0.01
_USUAL_GRAMS_PER_WORD = 3.5
_KNOWN_ENOUGH = 0.5


class WeightsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`weights.json`: where they come from, and for each gram the weights for exposed, direct, automation
    (hundredths).
    `trained_on` is the SHA-256 of the table they were fitted on, `sha256` that of the weights themselves.
    `priors` is the mean human score 0..1 of the occupation by role of the bundled taxonomy, `*` of all."""

    version: str
    origin: str
    trained_on: str
    rows: int
    bias: tuple[float, float, float]
    grams: dict[str, Gram]
    priors: dict[str, float] = {}
    sha256: str = ""

    def digest(self) -> str:
        """SHA-256 of everything else."""
        return sha256(msgspec.json.encode(msgspec.structs.replace(self, sha256=""))).hexdigest()


class Judgement(NamedTuple):
    """What the weights say about one task text; evidence offsets count from the text's start."""

    p_exposed: float
    p_direct: float
    class_: ExposureClass
    automation: float
    grade: Grade
    confidence: float
    evidence: tuple[Evidence, ...]


def packed(weights: WeightsFile) -> bytes:
    """The file's bytes, sealed with the digest, a gram a line."""
    sealed = msgspec.structs.replace(weights, sha256=weights.digest())
    return msgspec.json.encode(sealed).replace(b'],"', b'],\n"') + b"\n"


@cache
def load_weights() -> WeightsFile:
    """The bundled weights. Raises ValueError when they are not what was sealed."""
    weights = msgspec.json.decode(resource("weights.json"), type=WeightsFile)
    if weights.sha256 != weights.digest():
        raise ValueError("weights.json was changed: its sha256 does not fit; train it again")
    return weights


def scale_of(words: int) -> float:
    """What each gram of a text with so many words counts."""
    return 1 / sqrt(1 + _USUAL_GRAMS_PER_WORD * words)


class _Column:
    """One model's weights by the number of the gram, and how strong each is."""

    def __init__(self, weights: Iterable[int], about: Literal["exposure", "automation"], shown: int) -> None:
        self._weights = list(weights)
        self._strength = [abs(weight) for weight in self._weights]
        self._about: Literal["exposure", "automation"] = about
        self._shown = shown

    def sum(self, grams: Iterable[int]) -> int:
        """What these grams come to."""
        return sum(map(self._weights.__getitem__, grams))

    def evidence(self, text: str, at: int, found: Mapping[int, Place], unit: float) -> list[Evidence]:
        """The grams that moved the sum most, strongest first."""
        strongest = sorted(found, key=self._strength.__getitem__, reverse=True)[: self._shown]
        weights, about, cents = self._weights, self._about, 100 * unit
        evidence = []
        for gram in strongest:
            start, end = found[gram]
            evidence.append(
                Evidence(
                    words=text[start:end],
                    start=at + start,
                    end=at + end,
                    weight=round(cents * weights[gram]) / 100,
                    about=about,
                )
            )
        return evidence


class Judge:
    """Judges task texts. Pure, deterministic, and made once per process."""

    def __init__(self, weights: WeightsFile) -> None:
        self.version = weights.version
        exposed, direct, level = zip(*weights.grams.values(), strict=True) if weights.grams else ((), (), ())
        self._exposed = _Column(exposed, "exposure", 5)
        self._direct = _Column(direct, "exposure", 0)
        self._level = _Column(level, "automation", 3)
        self._bias = weights.bias
        self._reader = Reader(numbered(weights.grams).get, lexicon().verbs)

    def judge(self, text: str, at: int = 0) -> Judgement:
        """Exposure, automation level, confidence and the grams behind them, whose places count from `at`."""
        found, words, known = self._reader.read(text)
        unit = _HUNDREDTH * scale_of(words)
        exposed, direct, level = self._bias
        p_exposed = _probability(exposed + unit * self._exposed.sum(found))
        p_direct = p_exposed * _probability(direct + unit * self._direct.sum(found))
        automation = min(4.0, max(0.0, level + unit * self._level.sum(found)))
        return Judgement(
            round(1000 * p_exposed) / 1000,
            round(1000 * p_direct) / 1000,
            class_of(p_exposed, p_direct),
            round(100 * automation) / 100,
            grade_of(automation),
            _confidence(p_exposed, known / max(1, words)),
            (
                *self._exposed.evidence(text, at, found, unit),
                *self._level.evidence(text, at, found, unit),
            ),
        )


def _confidence(p_exposed: float, known: float) -> float:
    """How often such a verdict, exposed or not, is right; less where most words are unknown (`known` is the
    share of those that are not)."""
    return round(50 + 100 * abs(p_exposed - 0.5) * min(1.0, known / _KNOWN_ENOUGH)) / 100


def _probability(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))
