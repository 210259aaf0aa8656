"""A model's assessment, turned into ours: quotes become offsets, numbers are checked, scores computed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from pipeline.assessor.model import AssessedTask, Cue, DocumentGate, Evidence, Exposure
from pipeline.assessor.model_client import BadAnswer
from pipeline.assessor.modelled.answers import AssessAnswer, DocumentAnswer, TaskAnswer
from pipeline.assessor.modelled.citations import cited, locate, within
from pipeline.assessor.scoring import class_of, grade_of, is_jd
from pipeline.stages.base import Doc

MAX_TASKS, MAX_EVIDENCE, MAX_CUES = 80, 6, 5


def tasks_from(answer: AssessAnswer, documents: Sequence[Doc]) -> tuple[AssessedTask, ...]:
    """The tasks in the answer's order, a place that is named twice once. Raises BadAnswer."""
    tasks: dict[tuple[str, int], AssessedTask] = {}
    for one in answer.tasks[:MAX_TASKS]:
        task = _task(one, documents, f"t{len(tasks) + 1}")
        tasks.setdefault((task.document_id, task.start), task)
    return tuple(tasks.values())


def _task(one: TaskAnswer, documents: Sequence[Doc], task_id: str) -> AssessedTask:
    doc, start, end = cited(documents, one.document, one.quote)
    for name in ("p_exposed", "p_direct", "confidence"):
        within(getattr(one, name), 0, 1, name)
    within(one.automation, 0, 4, "automation")
    p_direct = min(one.p_direct, one.p_exposed)
    return AssessedTask(
        id=task_id,
        text=doc.text[start:end],
        document_id=str(doc.id),
        start=start,
        end=end,
        exposure=Exposure(
            p_exposed=round(one.p_exposed, 3),
            p_direct=round(p_direct, 3),
            class_=class_of(one.p_exposed, p_direct),
        ),
        automation=round(one.automation, 2),
        grade=grade_of(one.automation),
        confidence=round(one.confidence, 2),
        evidence=_evidence(one, doc, start, end),
    )


def _evidence(one: TaskAnswer, doc: Doc, start: int, end: int) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for cue in one.evidence[:MAX_EVIDENCE]:
        place = locate(doc.text, cue.words, start, end)
        if place is None:
            raise BadAnswer(f"The evidence {cue.words[:80]!r} does not stand in its task's quote.")
        within(cue.weight, -5, 5, "an evidence weight")
        words = doc.text[place[0] : place[1]]
        found.append(
            Evidence(words=words, start=place[0], end=place[1], weight=round(cue.weight, 2), about=cue.about)
        )
    return tuple(found)


def gates_from(answer: AssessAnswer, documents: Sequence[Doc]) -> tuple[DocumentGate, ...]:
    """One gate per document, in their order. Raises BadAnswer."""
    by_number = {one.document: one for one in answer.documents}
    if set(by_number) != set(range(1, len(documents) + 1)):
        raise BadAnswer(f"`documents` has to hold each number from 1 to {len(documents)} once.")
    return tuple(_gate(by_number[n], doc, documents) for n, doc in enumerate(documents, start=1))


def _gate(one: DocumentAnswer, doc: Doc, documents: Sequence[Doc]) -> DocumentGate:
    within(one.p_jd, 0, 1, "p_jd")
    newlines = [i for i, char in enumerate(doc.text) if char == "\n"]
    cues: list[Cue] = []
    for quote in one.quotes[:MAX_CUES]:
        _, start, end = cited(documents, one.document, quote)
        lines = (bisect_right(newlines, start - 1) + 1, bisect_right(newlines, end - 1) + 1)
        cues.append(Cue(cue=doc.text[start:end], kind=one.guess, count=1, lines=(lines,)))
    return DocumentGate(
        document_id=str(doc.id),
        declared=doc.kind,
        guess=one.guess,
        p_jd=round(one.p_jd, 2),
        is_jd=is_jd(one.p_jd),
        cues=tuple(cues),
    )
