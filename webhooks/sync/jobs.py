"""What the clock announces about syncs."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from kit.jobs import Job


class DayCame(Job, frozen=True, kw_only=True):
    """The day came from which a slice holds, of objects that no connection can fetch; `fetches` are rows of
    object_fetch."""

    kind: ClassVar[str] = "webhooks.day_came"
    fetches: list[UUID]
