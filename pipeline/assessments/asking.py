"""Asking the model about roles only to compare it with the offline assessor: who would be asked, what that
costs at most, and the wish itself. Nothing of it is published; an answer is kept like any other, so that a
later run of the role finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.errors import Action, Conflict
from kit.settings import Settings
from kit.sql import Queries
from pipeline.assessor.asking.forms import strict_schema
from pipeline.assessor.asking.prices import prices_from
from pipeline.assessor.configured import uses_model
from pipeline.assessor.modelled import questions
from pipeline.assessor.modelled.answers import AssessAnswer, MapAnswer
from pipeline.assessor.modelled.pieces import pieces_of
from pipeline.assessor.policy import SANDBOX
from pipeline.stages.base import Doc, Given, RoleFacts

_sql = Queries("pipeline.assessments", "comparison.sql")
_CHARS_PER_TOKEN = 4
_PER_TASK, _BESIDE, _NEAR = 300, 600, 4_000
"""Characters of an answer for each task beside its words, of its other parts; of a list of near titles."""


class Comparable(msgspec.Struct, frozen=True, kw_only=True):
    """A role with what the model would be given. `recorded`: it judged this revision, or is about to."""

    id: UUID
    source: str
    source_id: str
    company: str
    revision: int
    record: dict[str, Any]
    policy: dict[str, Any]
    documents: list[Doc]
    recorded: bool = False

    @property
    def askable(self) -> bool:
        """Whether there is anything to ask about, and nothing known yet."""
        return not self.recorded and any(doc.text.strip() for doc in self.documents)


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison would ask the model, and for about how much. It is reckoned high: four characters a
    token, every line of a document a task. What was answered before costs nothing; an answer of no use is
    asked for once more. `cost_micros` is in millionths of the price table's currency (None: no price)."""

    roles: int
    recorded: int
    asked: int
    without_text: int
    calls: int
    tokens: int
    cost_micros: int | None


class Outstanding(msgspec.Struct, frozen=True, kw_only=True):
    """A role that the model is still to judge (`waiting`), or could not (`failed`, with the error)."""

    role_id: UUID
    status: str
    asked_at: datetime
    error: dict[str, Any] | None = None


async def comparable(
    tx: Tx, company_id: UUID, *, limit: int, ids: Sequence[UUID] | None = None
) -> list[Comparable]:
    """The company's roles, those that changed last first; of `ids` only these."""
    params = {"company_id": company_id, "limit": limit, "ids": list(ids) if ids is not None else None}
    return await tx.all(_sql["comparable_roles"], params, into=Comparable)


async def ask(tx: Tx, company_id: UUID, roles: Sequence[Comparable], *, kind: str, by: str) -> int:
    """Have the model asked about those that can be; how many. Done twice it asks once."""
    ids = [role.id for role in roles if role.askable]
    params = {"company_id": company_id, "ids": ids, "kind": kind, "by": by}
    return await tx.run(_sql["ask_to_compare"], params) if ids else 0


async def outstanding(tx: Tx, company_id: UUID) -> list[Outstanding]:
    """What was asked for and is not there yet, oldest wish first."""
    return await tx.all(_sql["asked_to_compare"], {"company_id": company_id}, into=Outstanding)


def plan(settings: Settings, roles: Sequence[Comparable]) -> Asking:
    """What asking about these roles would come to. Raises Conflict where no model would be asked."""
    if not uses_model(settings):
        raise Conflict(
            "No model is configured, so there is only one assessor.",
            code="no_model",
            action=Action("Set CONNECTOR_MODEL_BASE_URL and CONNECTOR_MODEL_NAME.", "operator"),
        )
    if any(role.policy.get(SANDBOX) for role in roles):
        raise Conflict(
            "A sandbox is never judged by a model.",
            code="no_model",
            action=Action("Compare on a company that is no sandbox.", "caller"),
        )
    model, prices = settings.model_name, prices_from(settings.model_prices_path)
    asked = [role for role in roles if role.askable]
    calls = [call for role in asked for call in _calls(role, settings.model_piece_chars)]
    costs = [prices.cost(model, given, 0, made) for given, made in calls]
    known = [cost for cost in costs if cost is not None]
    return Asking(
        roles=len(roles),
        recorded=sum(role.recorded for role in roles),
        asked=len(asked),
        without_text=sum(not role.recorded and not role.askable for role in roles),
        calls=len(calls),
        tokens=sum(given + made for given, made in calls),
        cost_micros=sum(known) if len(known) == len(costs) else None,
    )


def given_of(company_id: UUID, role: Comparable) -> Given:
    """The role as an assessor is given it. Of the policy only a sandbox counts: nobody may stand in."""
    record = {name: value for name, value in role.record.items() if value is not None}
    about = {
        "id": role.id,
        "company_id": company_id,
        "company": role.company,
        "revision": role.revision,
        "system": role.source,
        "source_id": role.source_id,
    }
    policy = {SANDBOX: True} if role.policy.get(SANDBOX) else {}
    return Given(role=msgspec.convert(record | about, RoleFacts), documents=role.documents, policy=policy)


def _calls(role: Comparable, piece_chars: int) -> list[tuple[int, int]]:
    """Tokens given and made by each question: one for each piece of a document, one for the title."""
    pieces, _ = pieces_of(role.documents, piece_chars)
    told, titled = _told("assess", AssessAnswer), _told("map_role", MapAnswer)
    found = [
        (told + len(one.text), len(one.text) + _PER_TASK * len(one.text.splitlines()) + _BESIDE)
        for one in pieces
    ]
    calls = [*found, (titled + _NEAR, _BESIDE)]
    return [(given // _CHARS_PER_TOKEN, made // _CHARS_PER_TOKEN) for given, made in calls]


@cache
def _told(prompt: str, shape: type[Any]) -> int:
    """Characters of a question's instructions and of the form that its answer is to have."""
    return len(questions.instructions(prompt)) + len(msgspec.json.encode(strict_schema(shape)))
