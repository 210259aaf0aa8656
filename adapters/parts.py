"""What adapters share about keeping parts of job profiles."""

from __future__ import annotations

from typing import Any

from msgspec.structs import fields, replace

from adapters.model import JobProfile, Part

UNSAID: tuple[Any, ...] = (None, "", "unknown", [], {}, ())
"""Values by which a job profile says nothing about a field."""


def slim(part: Part) -> Part:
    """The part as it is kept: its texts without their raw form, which no rule reads."""
    texts = [replace(one, content=replace(one.content, raw="")) for one in part.profile.descriptions]
    return replace(part, profile=replace(part.profile, descriptions=texts)) if texts else part


def said(profile: JobProfile) -> dict[str, Any]:
    """The fields that a job profile says something about."""
    every = {field.name: getattr(profile, field.name) for field in fields(JobProfile)}
    return {name: value for name, value in every.items() if value not in UNSAID}
