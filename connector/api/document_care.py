"""The quality of a document: its reasons, the warnings a person has seen, the price of a new version."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from control import audit
from kit import ids
from pipeline.assessor.configured import uses_model
from pipeline.assessor.model import DocumentGuess
from pipeline.records import care
from pipeline.records.care import Cared
from pipeline.runs.pricing import Price

_DOC = "doc_01990a6b4c7d7e2fb1a0c3d4e5f6071b"


class AcknowledgeIn(msgspec.Struct, kw_only=True):
    """The warnings that were seen, by their codes, and why the document is fine all the same."""

    codes: Annotated[list[str], Meta(max_length=20)]
    note: Annotated[str, Meta(max_length=2000)] | None = None


class ReasonOut(msgspec.Struct, frozen=True, kw_only=True):
    """A warning: points it takes off 100, and who has seen it when."""

    code: str
    says: str
    points: int
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None


class CareOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is worth as a basis (0 to 100, a rule of thumb). `stages` are those that a new version
    of it makes to be done again with the next push, at this estimated price."""

    document_id: str
    score: int
    guess: DocumentGuess
    p_jd: float
    tasks: int
    words: int
    reasons: list[ReasonOut]
    open_warnings: int
    stages: list[str]
    price: Price


_EXAMPLE: dict[str, Any] = {
    "document_id": _DOC,
    "score": 60,
    "guess": "meeting",
    "p_jd": 0.04,
    "tasks": 5,
    "words": 240,
    "reasons": [
        {
            "code": "kind",
            "says": "It was given as a job description and reads like a meeting.",
            "points": 40,
            "acknowledged_by": "Workato",
            "acknowledged_at": "2026-11-22T09:40:00Z",
            "note": "These minutes are all we have.",
        }
    ],
    "open_warnings": 0,
    "stages": ["link_documents", "ai_assessment", "publish_dashboard"],
    "price": {
        "roles": 1,
        "stages": ["ai_assessment", "top_tasks"],
        "asks_model": True,
        "calls": 7,
        "tokens": 4_940,
        "cost_micros": 1_890,
        "unpriced": False,
        "runs_seen": 120,
    },
}
_PARAMS = {"document_id": _DOC}


class DocumentCare(Controller):
    """What people should know about a document."""

    path = "/v1/documents"
    tags = ["Documents"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/{document_id:str}/quality",
        **operation(
            "getDocumentQuality",
            "The quality of a document, with reasons",
            scope="documents:read",
            params=_PARAMS,
            answers={200: Answer(kind=CareOut, example=_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], document_id: FromPath[str]) -> Reply:
        """Of any version."""
        id_ = ids.parse("doc", document_id)
        async with call.tx() as tx:
            model = uses_model(call.services.settings)
            cared = await care.look(tx, call.caller.company_id, id_, asks_model=model)
        return Reply(_shown(document_id, cared))

    @post(
        "/{document_id:str}/acknowledge",
        **operation(
            "acknowledgeDocument",
            "Say that warnings about a document were seen",
            scope="documents:write",
            params=_PARAMS,
            body=Body(
                kind=AcknowledgeIn,
                examples={"seen": {"codes": ["kind"], "note": "These minutes are all we have."}},
            ),
            answers={200: Answer(kind=CareOut, example={**_EXAMPLE, "ignored": []})},
            notes="Kept with who and when. The score stays, and so does what the assessment says.",
        ),
    )
    async def acknowledge(self, call: NamedDependency[Call], document_id: FromPath[str]) -> Reply:
        """Done again it changes nothing."""
        given, ignored = await call.body(AcknowledgeIn)
        id_ = ids.parse("doc", document_id)
        async with call.tx() as tx:
            await care.acknowledge(tx, call.caller, id_, given.codes, given.note)
            detail = {"codes": given.codes}
            await audit.record(tx, call.caller, "document.acknowledged", document_id, detail=detail)
            model = uses_model(call.services.settings)
            cared = await care.look(tx, call.caller.company_id, id_, asks_model=model)
        return Reply(_shown(document_id, cared), ignored=ignored)


def _shown(document_id: str, cared: Cared) -> CareOut:
    seen = {one.code: one for one in cared.acknowledged}
    reasons = [
        ReasonOut(
            code=reason.code,
            says=reason.says,
            points=reason.points,
            acknowledged_by=seen[reason.code].by_name if reason.code in seen else None,
            acknowledged_at=seen[reason.code].at if reason.code in seen else None,
            note=seen[reason.code].note if reason.code in seen else None,
        )
        for reason in cared.quality.reasons
    ]
    its = cared.quality
    return CareOut(
        document_id=document_id,
        score=its.score,
        guess=its.guess,
        p_jd=its.p_jd,
        tasks=its.tasks,
        words=its.words,
        reasons=reasons,
        open_warnings=sum(one.acknowledged_at is None for one in reasons),
        stages=cared.stages,
        price=cared.price,
    )
