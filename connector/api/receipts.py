"""What every call that brings roles is answered with: one receipt, with a verdict on each item."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from adapters.model import Problem
from connector.api.http import Call, Reply
from kit import ids
from kit.db import Tx
from pipeline.records.model import Answer, Verdict
from pipeline.records.reading import SourceStatus
from pipeline.records.take import Taken
from webhooks.intake import Hook


class Remark(msgspec.Struct, frozen=True):
    """Something odd that did not stand in the way: a stable code, a sentence, the field it is about."""

    code: str
    detail: str
    field: str | None


class ItemOut(msgspec.Struct, frozen=True):
    """What became of one item. `reason` says why it was not pushed, or why again; `code` and `detail` are
    those of a rejected one. `source_id` is its id at the source."""

    index: int
    source_id: str | None
    verdict: Literal["new", "changed", "no_material_change", "duplicate", "rejected"]
    pushed: bool
    reason: str | None
    role_id: str | None
    run_id: str | None
    code: str | None
    detail: str | None
    field: str | None
    warnings: list[Remark]


class Receipt(msgspec.Struct, frozen=True):
    """A call that is durable now. `id` is its source event; `repeated` says that the same event id had
    come before, and that this is what it was answered then. Of a `dry_run` nothing is kept, so it has no
    `id`, no `status_url`, no new roles and no runs."""

    id: str | None
    status: SourceStatus
    status_url: str | None
    accepted: int
    rejected: int
    results: list[ItemOut]
    warnings: list[Remark]
    repeated: bool
    dry_run: bool
    links: dict[str, str]


_SRC = "src_01990a6b4c7d7e2fb1a0c3d4e5f60718"
_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"
_RUN = "run_01990a6b4c7d7e2fb1a0c3d4e5f6071a"
_URL = f"https://connector.example.com/v1/source-events/{_SRC}"
ITEM_EXAMPLES: list[dict[str, Any]] = [
    {
        "index": 0,
        "source_id": "R-1042",
        "verdict": "new",
        "pushed": True,
        "reason": None,
        "role_id": _ROLE,
        "run_id": _RUN,
        "code": None,
        "detail": None,
        "field": None,
        "warnings": [],
    },
    {
        "index": 1,
        "source_id": "R-1043",
        "verdict": "rejected",
        "pushed": False,
        "reason": None,
        "role_id": None,
        "run_id": None,
        "code": "no_title",
        "detail": "The job profile has no title; a role needs a name.",
        "field": "title",
        "warnings": [],
    },
]
RECEIPT_EXAMPLE: dict[str, Any] = {
    "id": _SRC,
    "status": "partly_accepted",
    "status_url": _URL,
    "accepted": 1,
    "rejected": 1,
    "results": ITEM_EXAMPLES,
    "warnings": [],
    "repeated": False,
    "dry_run": False,
    "links": {
        "self": _URL,
        "raw": f"{_URL}/raw",
        "run": f"https://connector.example.com/v1/runs/{_RUN}",
    },
}


async def take_in(call: Call, hook: Hook, *, ignored: list[str] | None = None) -> Reply:
    """Take a call in and answer 202; with an Idempotency-Key as part of the transaction that keeps it."""
    intake = call.services.intake
    if not call.asked.header("idempotency-key").strip():
        return receipt(call, await intake.receive(hook), ignored)
    received = await intake.prepare(hook)
    taken: list[Taken] = []

    async def work(tx: Tx) -> Reply:
        taken.append(await intake.take(tx, hook.company_id, received))
        return receipt(call, taken[-1].answers[0], ignored)

    reply = await call.once(work)
    for one in taken:
        await intake.rung(one)
    return reply


def receipt(call: Call, answer: Answer, ignored: list[str] | None, *, dry_run: bool = False) -> Reply:
    """The answer to a call that was taken in, or (`dry_run`) could be."""
    base = base_of(call)
    url = f"{base}/v1/source-events/{ids.show('src', answer.id)}"
    known = answer.repeated or not dry_run
    links = {"self": url, "raw": f"{url}/raw"} if known else {}
    verdicts = answer.verdicts if known else _unmade(answer.verdicts)
    runs = {verdict.run_id for verdict in verdicts if verdict.pushed and verdict.run_id}
    if len(runs) == 1:
        links["run"] = f"{base}/v1/runs/{ids.show('run', runs.pop())}"
    shown = Receipt(
        id=ids.show("src", answer.id) if known else None,
        status=answer.status,  # type: ignore[arg-type]
        status_url=url if known else None,
        accepted=answer.accepted,
        rejected=answer.rejected,
        results=[item(verdict) for verdict in verdicts],
        warnings=[remark(msgspec.convert(one, Problem)) for one in answer.warnings],
        repeated=answer.repeated,
        dry_run=dry_run,
        links=links,
    )
    return Reply(shown, 202, headers={"Location": url} if known else None, ignored=ignored)


def _unmade(verdicts: list[Verdict]) -> list[Verdict]:
    """Verdicts without what only the real thing would have made; a duplicate names its profile's new role."""
    new = {verdict.role_id for verdict in verdicts if verdict.verdict == "new"}
    return [
        msgspec.structs.replace(
            verdict, role_id=None if verdict.role_id in new else verdict.role_id, run_id=None
        )
        for verdict in verdicts
    ]


def item(verdict: Verdict) -> ItemOut:
    """A verdict as it is shown."""
    problem = verdict.problem
    return ItemOut(
        index=verdict.index,
        source_id=verdict.source_id,
        verdict=verdict.verdict,
        pushed=verdict.pushed,
        reason=verdict.reason,
        role_id=_shown("role", verdict.role_id),
        run_id=_shown("run", verdict.run_id),
        code=problem.code if problem else None,
        detail=problem.detail if problem else None,
        field=problem.field if problem else None,
        warnings=[remark(one) for one in verdict.warnings],
    )


def remark(problem: Problem) -> Remark:
    """A warning as it is shown."""
    return Remark(problem.code, problem.detail, problem.field)


def base_of(call: Call) -> str:
    """The address that links begin with."""
    return call.services.settings.public_url.rstrip("/")


def _shown(kind: Literal["role", "run"], id_: UUID | None) -> str | None:
    return None if id_ is None else ids.show(kind, id_)
