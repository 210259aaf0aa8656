"""A mapping proposed from a payload: one that an adapter reads, or JSON that none knows yet."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec

from adapters.model import JobProfile, Unreadable
from adapters.registry import adapter_for
from control.access import Caller
from kit.db import Db
from kit.errors import FieldError
from mappings.defaults import default_mapping
from mappings.measuring import Measured, measure, renamings
from mappings.model import Mapping, Rule
from mappings.proposal import Proposal, propose
from webhooks.intake import Intake
from webhooks.mapped import reading, trials
from webhooks.mapped.reading import Payload, Unusable
from webhooks.mapped.trials import Chosen, Rules

_MOST_RECORDS = 500
_MOST_DEEP = 5
_LARGEST = 2_000_000  # bytes of JSON that no adapter knows


class Proposed(msgspec.Struct, frozen=True):
    """A proposal beside the rule that the draft (or what is published) has for it; `same` when they agree."""

    proposal: Proposal
    current: Rule | None
    same: bool


class Answer(msgspec.Struct, frozen=True):
    """What was proposed from so many samples. `read_as`: job profiles of the source, or records that no
    adapter reads yet: those rules are for whoever writes one."""

    read_as: Literal["job_profiles", "records"]
    samples: int
    proposals: list[Proposed]


async def proposed(db: Db, intake: Intake, caller: Caller, source: str, chosen: Chosen) -> Answer:
    """Rules for a payload. Raises NotFound, Invalid, and Unusable for what holds no records."""
    async with db.company(caller.company_id) as tx:
        mapping = await trials.mapping_of(tx, caller, source, Rules())
        payload = await trials.payload_of(tx, caller, source, chosen)
    ways = await intake.ways(caller.company_id, source)
    try:
        page = await reading.read(source, payload, ways)
    except Unreadable as exc:
        records, read_as = _records(payload, exc), False
    else:
        records, read_as = [msgspec.to_builtins(item.profile) for item in page.items if item.profile], True
    if not records:
        raise Unusable("The payload holds no job profile.", action="Choose another payload.")
    found = await asyncio.to_thread(propose, records[:_MOST_RECORDS])
    kind: Literal["job_profiles", "records"] = "job_profiles" if read_as else "records"
    return Answer(kind, len(records), [_beside(one, mapping) for one in found])


def measured(source: str) -> list[Measured]:
    """How much of the bundled samples a proposal gets right, for each renaming of their keys."""
    profiles: list[JobProfile] = []
    for name in reading.sample_names(source):
        payload = reading.sample(source, name)
        page = adapter_for(source).read(payload.body, payload.content_type)
        profiles += [item.profile for item in page.items if item.profile]
    return [measure(profiles, default_mapping(source), renaming) for renaming in renamings()]


def _beside(proposal: Proposal, mapping: Mapping) -> Proposed:
    rule = proposal.rule
    rules = mapping.role if proposal.where == "role" else mapping.documents
    current = next(
        (
            one
            for one in rules
            if one.target == rule.target and (proposal.where == "role" or one.heading == rule.heading)
        ),
        None,
    )
    same = current is not None and (current.source, current.transforms) == (rule.source, rule.transforms)
    return Proposed(proposal, current, same)


def _records(payload: Payload, cause: Unreadable) -> list[dict[str, Any]]:
    """The records in JSON that no adapter knows: the longest list of objects in it, or itself."""
    try:
        if len(payload.body) > _LARGEST:
            raise msgspec.DecodeError("too large")
        data = msgspec.json.decode(payload.body)
    except (msgspec.DecodeError, RecursionError):
        errors = [FieldError("payload", cause.detail)]
        action = "Paste a payload of the source, or records as JSON of 2 MB at most."
        raise Unusable(cause.detail[:199], errors=errors, action=action) from None
    found = max(_lists(data, 0), key=len, default=[])
    return found or ([data] if isinstance(data, dict) and data else [])


def _lists(value: Any, deep: int) -> list[list[dict[str, Any]]]:
    if deep > _MOST_DEEP:
        return []
    if isinstance(value, list):
        objects = [part for part in value if isinstance(part, dict)]
        return [objects] if objects else []
    if isinstance(value, dict):
        return [found for part in value.values() for found in _lists(part, deep + 1)]
    return []
