"""An upload: a file as it was given, what is wished for it, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from adapters.files.model import Format
from adapters.model import Problem
from pipeline.records.quality import Quality
from pipeline.records.reading import Kind

Status = Literal["receiving", "waiting", "asks", "kept", "refused", "unpacked"]
"""Parts are coming; waits to be read; a person has to say whose it is; became documents; could not be used; a
ZIP, whose files are uploads of their own."""
Verdict = Literal["new", "new_version", "same"]


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the giver says of a file. `role` is a code or title; without roles the file's name tells them.
    `replaces` is the document whose next version it is, and then nothing else counts."""

    role_ids: tuple[UUID, ...] = ()
    role: str | None = None
    company_wide: bool = False
    kind: Kind | None = None
    title: str | None = None
    replaces: UUID | None = None


class Understood(msgspec.Struct, frozen=True):
    """A file that was read and cleaned: `kind` with the reason for it, its quality as one of that kind."""

    format: Format
    kind: Kind
    kind_because: str
    text: str
    html: str | None
    quality: Quality
    warnings: tuple[Problem, ...]


class Suggestion(msgspec.Struct, frozen=True):
    """A role that a file may be about; `likeness` 0..100, 100 where code or title is the same."""

    role_id: UUID
    title: str
    code: str | None
    likeness: int


class Outcome(msgspec.Struct, frozen=True):
    """A document that a file became, or already was (`same`). Without a role it is the company's."""

    document_id: UUID
    role_id: UUID | None
    role_title: str | None
    verdict: Verdict
    version: int


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file that was read."""

    status: Status
    documents: list[Outcome]
    suggestions: list[Suggestion]
    warnings: list[Problem]
    jobs: list[int]


class UploadRow(msgspec.Struct, frozen=True, kw_only=True):
    """An upload without its bytes; `members` counts the files of a ZIP by status."""

    id: UUID
    company_id: UUID
    parent_id: UUID | None
    name: str
    size: int
    sha256: str | None
    format: Format | None
    wish: Wish
    status: Status
    kind: Kind | None
    kind_because: str | None
    problem: Problem | None
    warnings: list[Problem]
    suggestions: list[Suggestion]
    documents: list[Outcome]
    by_kind: Literal["client", "person"]
    by_id: UUID
    by_name: str
    tries: int
    created_at: datetime
    updated_at: datetime
    members: dict[str, int]


class Texts(msgspec.Struct, frozen=True):
    """What was read of an upload that a person is asked about."""

    text: str
    html: str | None


Rows = list[dict[str, Any]]
