"""Judging a task with fitted weights, with each gram's signed contribution.

`weights.json` holds three linear models over the same grams: P(exposed), P(direct | exposed) and the
automation level 0..4, which has a model of its own. Every gram of a text counts once, divided by the root of
the number of words, so that long texts are not surer than short ones.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from math import exp, sqrt
from typing import Literal, NamedTuple

import msgspec

from pipeline.assessor.model import Evidence, ExposureClass, Grade
from pipeline.assessor.offline.grams import grams_of
from pipeline.assessor.offline.lexicon import lexicon, resource
from pipeline.assessor.offline.words import Word, words_of
from pipeline.assessor.scoring import class_of, grade_of

Gram = tuple[float, float, float]
Part = tuple[Gram, int, int]
_EVIDENCE = {"exposure": 5, "automation": 3}
_USUAL_GRAMS_PER_WORD = 3.5
_KNOWN_ENOUGH = 0.5


class WeightsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`weights.json`: where they come from, and for each gram the weights for exposed, direct, automation.
    `trained_on` is the SHA-256 of the table they were fitted on, `sha256` that of the weights themselves.
    `priors` is the mean human score 0..1 of the occupation by role of the bundled taxonomy, `*` of all."""

    version: str
    origin: str
    trained_on: str
    rows: int
    bias: Gram
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


class Judge:
    """Judges task texts. Pure, deterministic, and made once per process."""

    def __init__(self, weights: WeightsFile) -> None:
        self.version = weights.version
        self._bias, self._grams = weights.bias, weights.grams
        self._verbs = lexicon().verbs

    def judge(self, text: str) -> Judgement:
        """Exposure, automation level, confidence and the grams behind them."""
        words = words_of(text, self._verbs)
        parts, scale = self._parts(words), scale_of(len(words))
        exposed, direct, level = self._bias
        for (one, other, third), _, _ in parts:
            exposed, direct, level = exposed + scale * one, direct + scale * other, level + scale * third
        p_exposed, automation = _probability(exposed), min(4.0, max(0.0, level))
        p_direct = p_exposed * _probability(direct)
        return Judgement(
            round(p_exposed, 3),
            round(p_direct, 3),
            class_of(p_exposed, p_direct),
            round(automation, 2),
            grade_of(automation),
            self._confidence(p_exposed, words),
            (*_evidence(text, parts, scale, "exposure"), *_evidence(text, parts, scale, "automation")),
        )

    def _parts(self, words: list[Word]) -> list[Part]:
        """The known grams, each once, with where they begin and end."""
        found: dict[str, Part] = {}
        known = self._grams
        for gram, first, last in grams_of(words, known):
            if gram not in found:
                found[gram] = (known[gram], first.start, last.end)
        return list(found.values())

    def _confidence(self, p_exposed: float, words: list[Word]) -> float:
        """How often such a verdict, exposed or not, is right; less where most words are unknown."""
        share = sum([word.stem in self._grams for word in words]) / max(1, len(words))
        return round(0.5 + abs(p_exposed - 0.5) * min(1.0, share / _KNOWN_ENOUGH), 2)


def _probability(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def _evidence(
    text: str, parts: list[Part], scale: float, about: Literal["exposure", "automation"]
) -> list[Evidence]:
    """The grams that moved the score most, strongest first."""
    column = 0 if about == "exposure" else 2
    strongest = sorted(parts, key=lambda part: -abs(part[0][column]))[: _EVIDENCE[about]]
    return [
        Evidence(
            words=text[start:end],
            start=start,
            end=end,
            weight=round(scale * gram[column], 2),
            about=about,
        )
        for gram, start, end in strongest
    ]
