"""Uploads as they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from adapters.files.model import Format
from adapters.model import Problem
from kit import ids
from pipeline.records.reading import Kind
from pipeline.uploads.model import Status, UploadRow, Verdict

UPLOAD = "upl_01990a6b4c7d7e2fb1a0c3d4e5f6071c"
_DOC = "doc_01990a6b4c7d7e2fb1a0c3d4e5f6071b"
_ROLE = "role_01990a6b4c7d7e2fb1a0c3d4e5f60719"


class NoticeOut(msgspec.Struct, frozen=True):
    """Why a file was refused, or what to look at in one that was taken."""

    code: str
    says: str


class SuggestionOut(msgspec.Struct, frozen=True):
    """A role that the file may be about, with how like its title is (0 to 100)."""

    role_id: str
    title: str
    code: str | None
    likeness: int


class BecameOut(msgspec.Struct, frozen=True):
    """A document that the file became; `same`: the role had this very text already. Without a role it is the
    company's."""

    document_id: str
    role_id: str | None
    role_title: str | None
    verdict: Verdict
    version: int


class UploadOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was given. `status`: `receiving` (parts are coming), `waiting` (to be read), `kept` (became
    documents), `asks` (say whose it is), `refused` (see `problem`), `unpacked` (a ZIP: its files are uploads
    whose `parent_id` it is, counted by status in `members`). `received` is in bytes."""

    id: str
    parent_id: str | None
    name: str
    status: Status
    received: int
    sha256: str | None
    format: Format | None
    kind: Kind | None
    kind_because: str | None
    problem: NoticeOut | None
    warnings: list[NoticeOut]
    suggestions: list[SuggestionOut]
    documents: list[BecameOut]
    members: dict[str, int]
    given_by: str
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]


class UploadList(msgspec.Struct, frozen=True):
    """A page of uploads, newest first."""

    results: list[UploadOut]
    next_cursor: str | None
    has_more: bool


EXAMPLE: dict[str, Any] = {
    "id": UPLOAD,
    "parent_id": None,
    "name": "R-1042 job description.docx",
    "status": "kept",
    "received": 24_310,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "format": "docx",
    "kind": "job_description",
    "kind_because": "its name says so",
    "problem": None,
    "warnings": [],
    "suggestions": [],
    "documents": [
        {
            "document_id": _DOC,
            "role_id": _ROLE,
            "role_title": "Registered Nurse",
            "verdict": "new",
            "version": 1,
        }
    ],
    "members": {},
    "given_by": "Workato",
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:01Z",
    "links": {"self": f"https://connector.example.com/v1/uploads/{UPLOAD}"},
}
ASKING: dict[str, Any] = {
    **EXAMPLE,
    "name": "Nurse.docx",
    "status": "asks",
    "documents": [],
    "suggestions": [
        {"role_id": _ROLE, "title": "Registered Nurse", "code": "R-1042", "likeness": 68},
    ],
}
COMING: dict[str, Any] = {
    **EXAMPLE,
    "status": "receiving",
    "received": 10_485_760,
    "sha256": None,
    "format": None,
    "kind": None,
    "kind_because": None,
    "documents": [],
}


def upload(row: UploadRow, base: str) -> UploadOut:
    """An upload as it is shown."""
    id_ = ids.show("upl", row.id)
    links = {"self": f"{base}/v1/uploads/{id_}"}
    if row.status == "receiving":
        links |= {"bytes": f"{links['self']}/bytes", "commit": f"{links['self']}/commit"}
    return UploadOut(
        id=id_,
        parent_id=ids.show("upl", row.parent_id) if row.parent_id else None,
        name=row.name,
        status=row.status,
        received=row.size,
        sha256=row.sha256,
        format=row.format,
        kind=row.kind,
        kind_because=row.kind_because,
        problem=_notice(row.problem) if row.problem else None,
        warnings=[_notice(one) for one in row.warnings],
        suggestions=[
            SuggestionOut(ids.show("role", one.role_id), one.title, one.code, one.likeness)
            for one in row.suggestions
        ],
        documents=[
            BecameOut(
                ids.show("doc", one.document_id),
                ids.show("role", one.role_id) if one.role_id else None,
                one.role_title,
                one.verdict,
                one.version,
            )
            for one in row.documents
        ],
        members=row.members,
        given_by=row.by_name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        links=links,
    )


def _notice(problem: Problem) -> NoticeOut:
    return NoticeOut(problem.code, problem.detail)
