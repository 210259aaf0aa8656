"""The rubric: how words speak for exposure and for automation, with each word's signed contribution.

`weights.json` holds three linear models over stemmed words: P(exposed), P(direct | the words) and the
automation grade 0..4. Words marked `^` count only as leading verbs, where they share one vote. The file
can be replaced by fitted weights of the same shape without a change here.
"""

from __future__ import annotations

from importlib.resources import files
from math import exp

import msgspec

from pipeline.assessor.model import Evidence, ExposureClass, Grade
from pipeline.assessor.offline.words import Word, stem, words_of
from pipeline.assessor.scoring import class_of, grade_of

_EVIDENCE_PER_MODEL = 3


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of one weight, separated by blanks."""

    weight: float
    words: str


class Linear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One linear model as it stands in the file."""

    bias: float
    groups: list[Group]


class WeightsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`weights.json`."""

    version: str
    origin: str
    exposed: Linear
    direct: Linear
    automation: Linear


class Judgement(msgspec.Struct, frozen=True):
    """What the rubric says about one task text; evidence offsets count from the text's start."""

    p_exposed: float
    p_direct: float
    class_: ExposureClass
    automation: float
    grade: Grade
    confidence: float
    evidence: tuple[Evidence, ...]


class _Model:
    """Bias, weights of leading verbs and of all other words, by stem."""

    def __init__(self, linear: Linear) -> None:
        self.bias = linear.bias
        self.leading: dict[str, float] = {}
        self.plain: dict[str, float] = {}
        for group in linear.groups:
            for word in group.words.split():
                table = self.leading if word.startswith("^") else self.plain
                table.setdefault(stem(word.removeprefix("^")), group.weight)

    def weigh(self, words: list[Word]) -> tuple[float, list[tuple[float, Word]]]:
        """The score, and what each word contributed to it. A repeated word counts once."""
        leading = [(self.leading[w.stem], w) for w in words if w.leads and w.stem in self.leading]
        parts = [(weight / len(leading), w) for weight, w in leading]
        seen: set[str] = set()
        for w in words:
            weight = None if w.leads else self.plain.get(w.stem)
            if weight is not None and w.stem not in seen:
                seen.add(w.stem)
                parts.append((weight, w))
        return self.bias + sum(weight for weight, _ in parts), parts


class Rubric:
    """Judges task texts. Pure, deterministic, and made once per process."""

    def __init__(self, weights: WeightsFile, extra_verbs: frozenset[str] = frozenset()) -> None:
        self.version = weights.version
        self._exposed, self._direct = _Model(weights.exposed), _Model(weights.direct)
        self._automation = _Model(weights.automation)
        known = (self._exposed, self._direct, self._automation)
        self.verbs = extra_verbs.union(*(model.leading for model in known))

    def judge(self, text: str) -> Judgement:
        """Exposure, automation grade, confidence 0..1 and the words behind them."""
        words = words_of(text, self.verbs)
        exposed, about_exposure = self._exposed.weigh(words)
        direct, _ = self._direct.weigh(words)
        automation, about_automation = self._automation.weigh(words)
        p_exposed, t = _probability(exposed), min(4.0, max(0.0, automation))
        p_direct = p_exposed * _probability(direct)
        return Judgement(
            round(p_exposed, 3),
            round(p_direct, 3),
            class_of(p_exposed, p_direct),
            round(t, 2),
            grade_of(t),
            _confidence(p_exposed, len(about_exposure)),
            (*_evidence(text, about_exposure, "exposure"), *_evidence(text, about_automation, "automation")),
        )


def load_weights() -> WeightsFile:
    """The bundled weights."""
    raw = files("pipeline.assessor.offline").joinpath("weights.json").read_bytes()
    return msgspec.json.decode(raw, type=WeightsFile)


def _probability(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def _confidence(p_exposed: float, known_words: int) -> float:
    """Distance from undecided, halved when no word was known at all."""
    sure = 0.35 + abs(p_exposed - 0.5)
    return round(min(0.85, sure) * (1.0 if known_words else 0.5), 2)


def _evidence(text: str, parts: list[tuple[float, Word]], about: str) -> list[Evidence]:
    parts = sorted(parts, key=lambda part: (-abs(part[0]), part[1].start))[:_EVIDENCE_PER_MODEL]
    return [
        Evidence(
            words=text[w.start : w.end],
            start=w.start,
            end=w.end,
            weight=round(weight, 2),
            about="automation" if about == "automation" else "exposure",
        )
        for weight, w in parts
    ]
