"""How mappings are shown: versions, rules, differences."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from mappings.difference import Change
from webhooks.mapped.store import MappingStatus, Ruled, Version
from webhooks.mapped.versions import State


class VersionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a mapping. 0 is the default of the source, which has no times. `edit` counts the changes
    of a draft; `based_on` is the version it began from."""

    source: str
    version: int
    status: MappingStatus
    edit: int
    based_on: int
    note: str
    changed_by: str
    published_by: str | None
    created_at: datetime | None
    updated_at: datetime | None
    published_at: datetime | None


class MappingOut(VersionOut, frozen=True, kw_only=True):
    """One version with its rules and what it changes against another version (by default the default)."""

    mapping: dict[str, Any]
    differences: list[ChangeOut]


class ChangeOut(msgspec.Struct, frozen=True):
    """One rule that differs: added, removed, changed, or (a section of a document) moved."""

    what: str
    where: str
    target: str
    heading: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class SourceOut(msgspec.Struct, frozen=True):
    """How the mapping of one source stands: what payloads are read with, the draft, all versions."""

    source: str
    published: VersionOut
    draft: VersionOut | None
    versions: list[VersionOut]


class SourceList(msgspec.Struct, frozen=True):
    """Every source there is."""

    results: list[SourceOut]
    next_cursor: str | None
    has_more: bool


class PublishedOut(MappingOut, frozen=True, kw_only=True):
    """The version that payloads are read with now, the one before it, and the plan that was asked for."""

    before: int
    plan_id: str | None


class DriftOut(msgspec.Struct, frozen=True):
    """A field that payloads of one form miss (`missing`, with the targets it is read for), or bring while no
    rule reads it (`new`): since when, and in how many (`times`) of the job profiles since then (`of`)."""

    kind: Literal["missing", "new"]
    path: str
    shape: str
    targets: list[str]
    since: datetime
    times: int
    of: int


class DriftList(msgspec.Struct, frozen=True):
    """What drifted, the latest first."""

    results: list[DriftOut]
    next_cursor: str | None
    has_more: bool


DRIFT_EXAMPLE: dict[str, Any] = {
    "results": [
        {
            "kind": "missing",
            "path": "grade.code",
            "shape": "soap_xml",
            "targets": ["grade", "grade_code"],
            "since": "2026-11-20T06:12:44Z",
            "times": 38,
            "of": 38,
        }
    ],
    "next_cursor": None,
    "has_more": False,
}
_RULE = {"target": "grade", "source": "grade.code || custom_fields.pay_band"}
RULES_EXAMPLE: dict[str, Any] = {
    "source": "workday",
    "version": 3,
    "name": "Liberty",
    "role": [{"target": "title", "source": "title", "required": True}, _RULE],
    "documents": [{"target": "job_description", "source": "descriptions", "heading": "Description"}],
}
_PLAIN: dict[str, Any] = {
    "source": "workday",
    "version": 3,
    "status": "draft",
    "edit": 4,
    "based_on": 2,
    "note": "Pay bands are the grade",
    "changed_by": "Mia Torres",
    "published_by": None,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:41:10Z",
    "published_at": None,
}
_CHANGE = {
    "what": "changed",
    "where": "role",
    "target": "grade",
    "heading": "",
    "before": {"target": "grade", "source": "grade.name || grade.code"},
    "after": _RULE,
}
MAPPING_EXAMPLE: dict[str, Any] = {**_PLAIN, "mapping": RULES_EXAMPLE, "differences": [_CHANGE]}
LIVE_EXAMPLE: dict[str, Any] = {
    **_PLAIN,
    "status": "published",
    "published_by": "Mia Torres",
    "published_at": "2026-11-22T10:00:00Z",
}
STATE_EXAMPLE: dict[str, Any] = {
    "source": "workday",
    "published": LIVE_EXAMPLE,
    "draft": None,
    "versions": [LIVE_EXAMPLE],
}


def state_out(state: State) -> SourceOut:
    """How the mapping of a source stands."""
    return SourceOut(
        state.source,
        _version(state.published),
        _version(state.draft) if state.draft else None,
        [_version(one) for one in state.versions],
    )


def _version(version: Version) -> VersionOut:
    return msgspec.convert(version, VersionOut, from_attributes=True)


def mapping_out(found: Ruled, changes: list[Change]) -> MappingOut:
    """One version with its rules, as files hold them, and its differences."""
    fields = msgspec.structs.asdict(_version(found))
    return MappingOut(
        **fields,
        mapping=msgspec.to_builtins(found.rules),
        differences=[msgspec.convert(msgspec.to_builtins(one), ChangeOut) for one in changes],
    )
