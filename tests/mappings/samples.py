"""What the mapping tests share: profiles of both systems and short ways to make rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import adapters
from adapters.model import Description, JobProfile, Provenance
from adapters.successfactors import reader as successfactors
from adapters.text import rich_text
from adapters.workday import reader as workday
from mappings.loading import load
from mappings.model import Mapping, Normalised, Preferences
from mappings.normalise import normalise

ROOT = Path(adapters.__file__).parent
TODAY = date(2026, 11, 22)


def workday_profiles(name: str) -> list[JobProfile]:
    """The profiles of one Workday sample."""
    page = workday.read((ROOT / "workday" / "samples" / name).read_bytes())
    return [item.profile for item in page.items if item.profile]


def successfactors_profiles(name: str) -> list[JobProfile]:
    """The profiles of one SuccessFactors sample."""
    page = successfactors.read((ROOT / "successfactors" / "samples" / name).read_bytes(), today=TODAY)
    return [item.profile for item in page.items if item.profile]


def profile(**fields: Any) -> JobProfile:
    """A small job profile."""
    base: dict[str, Any] = {
        "system": "workday",
        "source_id": "W1",
        "provenance": Provenance("test"),
        "title": "Clerk",
    }
    return JobProfile(**base | fields)


def described(raw: str, locale: str | None = None, field: str = "Job_Description") -> Description:
    """A description as an adapter makes it."""
    content = rich_text(raw)
    assert content is not None
    return Description(field, content, locale)


def mapping(*role: dict[str, Any], documents: tuple[dict[str, Any], ...] = ()) -> Mapping:
    """A mapping of a few rules."""
    return load({"source": "workday", "version": 7, "name": "test", "role": role, "documents": documents})


def through(name: str, value: Any, locales: tuple[str, ...] = ("en_US",), /, **args: Any) -> Normalised:
    """A value, kept in a custom field, through one transform into `attributes.x`."""
    rule = {
        "target": "attributes.x",
        "source": "custom_fields.v",
        "transforms": [{"name": name, "args": args}],
    }
    return normalise(profile(custom_fields={"v": value}), mapping(rule), Preferences(locales))
