"""What the pipeline announces to the rooms above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self
from uuid import UUID

import msgspec

from kit.jobs import Job


class EventsLogged(Job, frozen=True, kw_only=True):
    """Events were appended to a company's log; `event_ids` are rows of the event table. The engine
    writes this job in SQL, beside the events themselves."""

    kind: ClassVar[str] = "pipeline.events_logged"
    event_ids: list[int]

    def merged(self, others: Sequence[Self]) -> Self:
        ids = [id_ for job in (self, *others) for id_ in job.event_ids]
        return msgspec.structs.replace(self, event_ids=ids)


class MarkRoles(Job, frozen=True, kw_only=True):
    """The flags of roles may have changed outside their runs: the graph has to say so too."""

    kind: ClassVar[str] = "pipeline.mark_roles"
    role_ids: list[UUID]


class CompareRoles(Job, frozen=True, kw_only=True):
    """Somebody wants roles compared: rows of compared_role wait for the model."""

    kind: ClassVar[str] = "pipeline.compare_roles"

    def merged(self, others: Sequence[Self]) -> Self:
        return self
