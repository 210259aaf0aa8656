"""A model's assessment, turned into ours: quotes become offsets, numbers are checked, and the answers about
the pieces of a role's documents become one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from pipeline.assessor.asking.forms import BadAnswer
from pipeline.assessor.model import AssessedTask, Cue, DocumentGate, Evidence, Exposure
from pipeline.assessor.modelled.answers import AssessAnswer, DocumentAnswer, TaskAnswer
from pipeline.assessor.modelled.citations import cited, locate, within
from pipeline.assessor.modelled.pieces import Piece
from pipeline.assessor.scoring import class_of, grade_of, is_jd
from pipeline.stages.base import Doc

MAX_TASKS, MAX_EVIDENCE, MAX_CUES = 80, 6, 5
MOST_TASKS_OF_ROLE = 200


class Judgement(msgspec.Struct, frozen=True):
    """What one answer says: a gate for each piece that was shown, and the tasks found in them."""

    gates: tuple[DocumentGate, ...]
    tasks: tuple[AssessedTask, ...]
    summary: str
    instructions_found: bool


def judgement(answer: AssessAnswer, pieces: Sequence[Piece]) -> Judgement:
    """The answer about these pieces. Raises BadAnswer."""
    gates, tasks = gates_from(answer, pieces), tasks_from(answer, pieces)
    return Judgement(gates, tasks, answer.summary, answer.instructions_found)


def merged(found: Sequence[Judgement]) -> tuple[tuple[DocumentGate, ...], tuple[AssessedTask, ...], bool]:
    """One gate per document (its beginning decides what it is; cues of all its pieces), the tasks numbered
    through, and whether some were left off."""
    gates: dict[str, DocumentGate] = {}
    tasks: list[AssessedTask] = []
    for one in found:
        for gate in one.gates:
            first = gates.setdefault(gate.document_id, gate)
            cues = tuple(dict.fromkeys((*first.cues, *gate.cues)))[:MAX_CUES]
            gates[gate.document_id] = msgspec.structs.replace(first, cues=cues)
        tasks += one.tasks
    kept = tasks[:MOST_TASKS_OF_ROLE]
    numbered = tuple(msgspec.structs.replace(task, id=f"t{n}") for n, task in enumerate(kept, start=1))
    return tuple(gates.values()), numbered, len(tasks) > len(kept)


def tasks_from(answer: AssessAnswer, pieces: Sequence[Piece]) -> tuple[AssessedTask, ...]:
    """The tasks in the answer's order, a place that is named twice once. Raises BadAnswer."""
    tasks: dict[tuple[str, int], AssessedTask] = {}
    for one in answer.tasks[:MAX_TASKS]:
        task = _task(one, pieces, f"t{len(tasks) + 1}")
        tasks.setdefault((task.document_id, task.start), task)
    return tuple(tasks.values())


def _task(one: TaskAnswer, pieces: Sequence[Piece], task_id: str) -> AssessedTask:
    doc, start, end = cited(pieces, one.document, one.quote)
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


def gates_from(answer: AssessAnswer, pieces: Sequence[Piece]) -> tuple[DocumentGate, ...]:
    """One gate per piece, in their order. Raises BadAnswer."""
    by_number = {one.document: one for one in answer.documents}
    if set(by_number) != set(range(1, len(pieces) + 1)):
        raise BadAnswer(f"`documents` has to hold each number from 1 to {len(pieces)} once.")
    return tuple(_gate(by_number[n], piece, pieces) for n, piece in enumerate(pieces, start=1))


def _gate(one: DocumentAnswer, piece: Piece, pieces: Sequence[Piece]) -> DocumentGate:
    within(one.p_jd, 0, 1, "p_jd")
    text = piece.doc.text
    newlines = [i for i, char in enumerate(text) if char == "\n"]
    cues: list[Cue] = []
    for quote in one.quotes[:MAX_CUES]:
        _, start, end = cited(pieces, one.document, quote)
        lines = (bisect_right(newlines, start - 1) + 1, bisect_right(newlines, end - 1) + 1)
        cues.append(Cue(cue=text[start:end], kind=one.guess, count=1, lines=(lines,)))
    return DocumentGate(
        document_id=str(piece.doc.id),
        declared=piece.doc.kind,
        guess=one.guess,
        p_jd=round(one.p_jd, 2),
        is_jd=is_jd(one.p_jd),
        cues=tuple(cues),
    )
