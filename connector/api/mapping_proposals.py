"""Mappings proposed from samples, for a person who accepts them or not."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from kit.errors import NotFound
from webhooks.mapped import proposing, trials, versions
from webhooks.mapped.proposing import Proposed


class ProposeIn(msgspec.Struct, kw_only=True):
    """The payload to propose from: a bundled `sample`, a pasted `payload` (also JSON of a system that is not
    known yet), or a stored `source_event_id`."""

    sample: str | None = None
    payload: str | None = None
    content_type: str | None = None
    source_event_id: str | None = None


class ProposalOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule for the role or for a section of a document, how sure it is (0 to 1) and why. `current` is the
    rule that the draft, or what is published, has for it; `same` when they agree."""

    where: Literal["role", "documents"]
    rule: dict[str, Any]
    confidence: float
    reason: str
    examples: list[Any]
    current: dict[str, Any] | None
    same: bool


class ProposalList(msgspec.Struct, frozen=True):
    """What was proposed from so many samples. `read_as` records: no adapter reads this payload yet."""

    read_as: Literal["job_profiles", "records"]
    samples: int
    results: list[ProposalOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "read_as": "job_profiles",
    "samples": 100,
    "results": [
        {
            "where": "role",
            "rule": {"target": "grade", "source": "custom_fields.pay_band"},
            "confidence": 0.94,
            "reason": "custom_fields.pay_band is named like 'pay band' and holds 'B4'; in 96 of 100 samples.",
            "examples": ["B4", "B5"],
            "current": {"target": "grade", "source": "grade.name || grade.code"},
            "same": False,
        }
    ],
    "next_cursor": None,
    "has_more": False,
}


class MappingProposals(Controller):
    """Proposals."""

    path = "/v1/mappings"
    tags = ["Mappings"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/{source:str}/propose",
        **operation(
            "proposeMapping",
            "Propose rules from a payload",
            scope="mappings:read",
            params={"source": "workday"},
            body=Body(kind=ProposeIn, examples={"a sample": {"sample": "page_100.xml"}}, required=False),
            answers={200: Answer(kind=ProposalList, example={**_EXAMPLE, "ignored": []})},
            errors=(NotFound,),
            notes="By how fields are named and what they hold. To accept proposals, put their rules into the "
            "draft. Rules for `records` are for whoever writes an adapter for that system.",
        ),
    )
    async def propose(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """Nothing is saved."""
        given, ignored = await call.body(ProposeIn)
        versions.known_source(source)
        chosen = trials.Chosen(
            sample=given.sample,
            payload=given.payload,
            content_type=given.content_type,
            source_event_id=given.source_event_id,
        )
        services = call.services
        found = await proposing.proposed(services.db, services.intake, call.caller, source, chosen)
        results = [_shown(one) for one in found.proposals]
        return Reply(
            ProposalList(found.read_as, found.samples, results, None, has_more=False), ignored=ignored
        )


def _shown(one: Proposed) -> ProposalOut:
    proposal = one.proposal
    return ProposalOut(
        where="role" if proposal.where == "role" else "documents",
        rule=msgspec.to_builtins(proposal.rule),
        confidence=proposal.confidence,
        reason=proposal.reason,
        examples=proposal.examples,
        current=msgspec.to_builtins(one.current) if one.current else None,
        same=one.same,
    )
