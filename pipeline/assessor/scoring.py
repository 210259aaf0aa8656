"""From tasks to a role: scores, confidence, flags and a summary in plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from pipeline.assessor.model import AssessedTask, DocumentGate, ExposureClass, Grade, Scores

FEW_TASKS = 3
PRIOR_COUNTS_AS_TASKS = 8
"""A starting value: no labels of whole descriptions exist to fit it on."""
HUMAN_BELOW, AUTOMATE_FROM = 0.5, 2.5
YES_FROM, NO_BELOW = 0.6, 0.2
_SMALL_WORDS = frozenset(
    {"the", "and", "of", "to", "a", "in", "for", "with", "on", "is", "are", "will", "be", "or"}
)


class Foreign(msgspec.Struct, frozen=True):
    """What a text that is not English means for a result: the most confidence it may have, and why."""

    most: float
    says: str


UNREAD = Foreign(0.2, "The text does not read as English, which is all this assessor understands.")
UNMEASURED = Foreign(
    0.45, "The text does not read as English, and how well the model judges others was never measured."
)


def scores_of(tasks: Sequence[AssessedTask]) -> Scores | None:
    """Mean exposure and shares by grade, 0..100; None without tasks. The shares add up to 100."""
    if not tasks:
        return None
    n = len(tasks)
    grades = Counter(task.grade for task in tasks)
    automation, augmentation = (round(100 * grades[g] / n, 1) for g in ("automate", "augment"))
    return Scores(
        ai_exposure=round(100 * sum(beta(task) for task in tasks) / n, 1),
        automation=automation,
        augmentation=augmentation,
        human=round(100 - automation - augmentation, 1),
    )


def blend_of(text: float, tasks: int, prior: float) -> float:
    """A role's exposure 0..100 from its text (so many tasks) and from what people said of its occupation."""
    return round((tasks * text + PRIOR_COUNTS_AS_TASKS * prior) / (tasks + PRIOR_COUNTS_AS_TASKS), 1)


def class_of(p_exposed: float, p_direct: float) -> ExposureClass:
    """E0, E1 or E2. `p_direct` is the part of `p_exposed` that needs no further software."""
    if p_exposed < 0.5:
        return "E0"
    return "E1" if p_direct >= 0.5 * p_exposed else "E2"


def grade_of(automation: float) -> Grade:
    """The automation grade 0..4 in three bins."""
    if automation < HUMAN_BELOW:
        return "human"
    return "augment" if automation < AUTOMATE_FROM else "automate"


def is_jd(p_jd: float) -> Literal["yes", "no", "ask"]:
    """The verdict on a document, with a band in which a person is asked."""
    return "yes" if p_jd >= YES_FROM else "no" if p_jd < NO_BELOW else "ask"


def beta(task: AssessedTask) -> float:
    """Exposure of one task as a number: directly exposed counts whole, with software half."""
    return 0.5 * (task.exposure.p_exposed + task.exposure.p_direct)


def confidence_of(
    tasks: Sequence[AssessedTask], gates: Sequence[DocumentGate], *, linked: bool, foreign: Foreign | None
) -> float:
    """0..1. Few tasks, no standard role, a text that is no job description or not English lower it."""
    if not tasks:
        return 0.1
    n = len(tasks)
    sure = sum(task.confidence for task in tasks) / n * n / (n + 1)
    declared_jd = [gate for gate in gates if gate.declared == "job_description"]
    if not linked:
        sure *= 0.9
    if not declared_jd:
        sure *= 0.8
    elif all(gate.is_jd == "no" for gate in declared_jd):
        sure = min(0.35, sure * 0.5)
    elif all(gate.is_jd != "yes" for gate in declared_jd):
        sure *= 0.85
    if n < FEW_TASKS:
        sure = min(0.35, sure)
    return round(min(foreign.most, sure) if foreign else sure, 2)


def reads_english(text: str) -> bool:
    """Does the text have the small words of English? Short texts get the benefit of the doubt."""
    words = text[:20_000].lower().split()
    return len(words) < 30 or sum(word in _SMALL_WORDS for word in words) / len(words) > 0.06


def doubts(
    tasks: Sequence[AssessedTask], gates: Sequence[DocumentGate], *, foreign: Foreign | None
) -> tuple[list[str], list[str]]:
    """Warnings in plain sentences, and flags: what makes the result unsure."""
    warnings: list[str] = []
    flags: list[str] = []
    wrong = [g for g in gates if g.declared == "job_description" and g.is_jd == "no"]
    unsure = [g for g in gates if g.declared == "job_description" and g.is_jd == "ask"]
    if wrong:
        kind = wrong[0].guess.replace("_", " ")
        reads = "does not read like one" if kind == "other" else f"reads like a {kind} document"
        warnings.append(f"The document given as job description {reads}: check it or replace it.")
        flags.append("review:document_kind")
    elif unsure:
        warnings.append("It is not clear that the document is a job description; a person should look.")
    if not any(g.declared == "job_description" for g in gates):
        warnings.append("There is no job description; the tasks were read from other documents.")
    if not tasks:
        warnings.append("No task was found in the documents, so there is no score.")
        flags.append("review:no_tasks")
    elif len(tasks) < FEW_TASKS:
        warnings.append(f"Only {len(tasks)} task(s) found: the scores rest on very little text.")
    if foreign:
        warnings.append(foreign.says)
        flags.append("review:language")
    return warnings, flags


def summary_of(tasks: Sequence[AssessedTask], scores: Scores | None) -> str:
    """Two sentences a person can read."""
    if scores is None:
        return "No task was found, so nothing could be assessed."
    exposed = sum(task.exposure.class_ != "E0" for task in tasks)
    return (
        f"{exposed} of {len(tasks)} tasks could be done much faster with AI "
        f"(exposure {scores.ai_exposure:g} of 100). By grade {scores.automation:g} % could be automated, "
        f"{scores.augmentation:g} % augmented, {scores.human:g} % stay human."
    )
