"""What is announced about mappings."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from kit.jobs import Job


class MappingPublished(Job, frozen=True, kw_only=True):
    """Payloads of a source are read with another version than `before`: the roles that come out differently
    have to be read again. `plan_id` is the plan that gets the stale ones. The actor is whoever published."""

    kind: ClassVar[str] = "webhooks.mapping_published"
    source: str
    version: int
    before: int
    plan_id: UUID | None = None
    actor_kind: str
    actor_id: str


class SourceSent(Job, frozen=True, kw_only=True):
    """A source was sent payloads that nobody has held against the ones before."""

    kind: ClassVar[str] = "webhooks.source_sent"
    source: str
