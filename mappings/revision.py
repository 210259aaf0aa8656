"""The revision hash: what makes two readings of a job profile the same.

It covers the identity, what the role says and the texts of its documents. It leaves out what changes
without the job changing: echoes of the question asked, who changed it when, display names of things
that have a code, markup, the order of ids, and the group that a role's family is listed under.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from adapters.model import JobProfile
from mappings.model import DocumentRecord, RoleRecord

FORM = 1  # raise it when the projection changes: every hash changes with it

FAMILY_GROUP = "family_group"
"""The attribute that families are grouped by in lists. No run reads it, so that it counts for no revision:
roles from before it was read are not changed by it, nor is a role whose family is moved to another group."""


def revision_hash(profile: JobProfile, role: RoleRecord, documents: tuple[DocumentRecord, ...]) -> str:
    """64 hex digits of SHA-256 over the canonical JSON of identity, role and document texts."""
    said: dict[str, Any] = {
        "form": FORM,
        "identity": [profile.system, profile.source_id],
        "title": role.title,
        "titles": role.titles,
        "code": role.code,
        "family": role.family_code or role.family,
        "level": role.level_code or role.level,
        "grade": role.grade_code or role.grade,
        "status": role.status,
        "countries": sorted(role.countries),
        "attributes": {name: value for name, value in role.attributes.items() if name != FAMILY_GROUP},
        "documents": [[document.kind, document.text] for document in documents],
    }
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def regrouped(before: RoleRecord, after: RoleRecord) -> bool:
    """Whether a role gets another group, of which the hash says nothing."""
    group = after.attributes.get(FAMILY_GROUP)
    return bool(group) and group != before.attributes.get(FAMILY_GROUP)
