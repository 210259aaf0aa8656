"""What a sync is: what it shall fetch, how far it is, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from webhooks.connections.store import Scope

What = Literal["everything", "changed", "ids"]
SyncStatus = Literal["pending", "running", "success", "failed"]
Waiting = Literal["queue", "throttled", "unavailable"]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull met, each object once. `found` is `in_scope`, `out_of_scope` and `rejected` together;
    `in_scope` is `new`, `changed` and `unchanged`. Of those written, `pushed` were pushed. `repeated`
    counts objects that came on more than one page. `characters` are those of the documents of what is
    new or changed. In a dry run nothing is written: new and changed are what would be."""

    found: int = 0
    in_scope: int = 0
    out_of_scope: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pushed: int = 0
    repeated: int = 0
    characters: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        mine, more = msgspec.structs.asdict(self), msgspec.structs.asdict(other)
        return Counts(**{name: mine[name] + more[name] for name in mine})


class Sync(msgspec.Struct, frozen=True, kw_only=True):
    """A sync as it is shown. `due_at` is when one that waits goes on; `tries` how often it had to wait since
    it last got a page; `pinned_at` the moment all pages are of."""

    id: UUID
    connection_id: UUID
    source: str
    what: What
    since: datetime | None
    wanted: list[str]
    dry_run: bool
    push: bool
    actor_kind: str
    actor_id: str
    status: SyncStatus
    waiting: Waiting | None
    due_at: datetime | None
    tries: int
    cancelling: bool
    pinned_at: datetime | None
    page: int
    pages: int | None
    total: int | None
    counts: Counts
    outputs: dict[str, Any]
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A sync that a process may drive until its lease ends, with what it needs of its connection.
    `complete` says that every page was taken in, `lacking` which columns the tenant does not have; `access`
    is sealed."""

    id: UUID
    company_id: UUID
    connection_id: UUID
    source: str
    what: What
    since: datetime | None
    wanted: list[str]
    dry_run: bool
    push: bool
    actor_kind: str
    actor_id: str
    epoch: int
    pinned_at: datetime
    cursor: str | None
    complete: bool
    lacking: list[str]
    page: int
    pages: int | None
    total: int | None
    counts: Counts
    created_at: datetime
    cancelling: bool
    connection_status: str
    access: str
    scope: Scope
    excluded: list[str]
    columns: dict[str, str]
    vanish_after: int


class Seen(msgspec.Struct, frozen=True):
    """An object that a page held: its own id at the source (or its place, when it has none), its role here
    if there is one, and what became of it."""

    object: str
    outcome: Literal["here", "out_of_scope", "rejected", "not_written"]
    role_id: UUID | None = None
    reason: str | None = None


class LeftOut(msgspec.Struct, frozen=True):
    """Objects that are not here for one reason; `examples` are some of their ids at the source."""

    outcome: Literal["out_of_scope", "rejected"]
    reason: str
    count: int
    examples: list[str]
