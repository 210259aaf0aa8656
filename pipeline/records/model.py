"""What the intake hands over, and what it is told."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from adapters.model import Part, Problem
from mappings.model import DocumentRecord, Mapping, Preferences, RoleRecord

VerdictWord = Literal["new", "changed", "no_material_change", "duplicate", "rejected"]
REQUIRED = ("job_description", "process_map")
"""Kinds of documents of which a role needs one, unless its company says otherwise."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One job profile after its mapping, ready to be taken in. `erases`: fields of the role, and documents
    as `documents.<kind>`, that the mapping before read from the same bytes and this one does not."""

    index: int
    source: str
    source_id: str
    identities: dict[str, str]
    role: RoleRecord
    documents: tuple[DocumentRecord, ...]
    revision_hash: str
    mapping_version: str
    warnings: tuple[Problem, ...] = ()
    parts: tuple[Part, ...] = ()
    erases: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """Its identities as `source:kind:value`."""
        return [f"{self.source}:{kind}:{value}" for kind, value in self.identities.items()]


class Named(msgspec.Struct, frozen=True):
    """An object that a call names without its content, by the name it is fetched under; `day` (`YYYY-MM-DD`)
    when it is to be looked at on that day."""

    object: str
    day: str | None = None


class Bad(msgspec.Struct, frozen=True):
    """An item that cannot be taken in, with the reason."""

    index: int
    problem: Problem
    source_id: str | None = None


class Reading(msgspec.Struct, frozen=True):
    """The rules a payload was read with, for items that have to be read again with what came before."""

    mapping: Mapping
    preferences: Preferences


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One call into a webhook, understood."""

    id: UUID
    source: str
    actor_kind: str
    actor_id: str
    client_id: UUID | None
    event_key: str | None
    content_type: str | None
    body: bytes
    body_sha256: str
    shape: str
    items: list[Incoming | Bad]
    warnings: tuple[Problem, ...] = ()
    replay_of: UUID | None = None
    drafts_only: bool = False
    drafts_reason: str = "drafts wanted"
    origin: Literal["hris", "csv"] = "hris"
    sync_id: UUID | None = None
    reading: Reading | None = None
    named: tuple[Named, ...] = ()

    @property
    def came_by(self) -> str:
        """How the call came: sent to us (`webhook`, `csv`), or fetched by a sync."""
        return "sync" if self.sync_id else "csv" if self.origin == "csv" else "webhook"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item: a verdict, whether it was pushed (else why it stays a draft), and where."""

    index: int
    verdict: VerdictWord
    pushed: bool
    reason: str | None = None
    source_id: str | None = None
    role_id: UUID | None = None
    run_id: UUID | None = None
    problem: Problem | None = None
    warnings: tuple[Problem, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a whole call. `repeated` when the same event id had come before
    and this is what was answered then."""

    id: UUID
    status: str
    verdicts: list[Verdict]
    warnings: list[Any]
    repeated: bool = False

    @property
    def accepted(self) -> int:
        """How many items were not rejected."""
        return len(self.verdicts) - self.rejected

    @property
    def rejected(self) -> int:
        """How many items were rejected."""
        return [one.verdict for one in self.verdicts].count("rejected")
