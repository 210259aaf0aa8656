"""A part that comes again, alone or with fewer columns: what it does not say stays as it was said before.

A missing key never erases, nor does a null or an empty text. What clears a list or a text is its navigation,
expanded and empty (`{"results": []}`, `[]`); what clears a slice is another slice over its days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from adapters.model import Description, JobProfile, Part, Qualification, Slice
from adapters.parts import said
from adapters.successfactors.join import JOB_CODE, joined

FIELDS = ("header", "shortDesc", "longDesc", "footer", "description")
KINDS = ("competency", "certification", "education", "condition", "experience")
BY_KEY = ("titles", "attributes", "custom_fields", "ids")


def merge(kept: Iterable[Part], came: Iterable[Part], today: date) -> tuple[tuple[Part, ...], JobProfile]:
    """The parts there are after `came`, by name, and the job profile they make on `today`."""
    parts = {part.name: part for part in kept}
    for part in came:
        known = parts.get(part.name)
        parts[part.name] = part if known is None else _over(known, part, today)
    ordered = tuple(parts[name] for name in sorted(parts))
    return ordered, joined(ordered)


def _over(kept: Part, came: Part, today: date) -> Part:
    old, new = kept.profile, came.profile
    if came.name == JOB_CODE and _another_slice(old, new, today):
        return replace(kept, profile=replace(old, slices=_slices(old, new)))
    over = said(new)
    over |= {name: getattr(old, name) | getattr(new, name) for name in BY_KEY}
    over |= {
        "descriptions": _descriptions(old.descriptions, new.descriptions, came.empty),
        "requirements": _requirements(old.requirements, new.requirements, came.empty),
        "slices": _slices(old, new),
    }
    over |= {name: [] for name in ("skills", "responsibilities") if name in came.empty}
    if new.valid_from:  # an open end is None, and says something beside a start
        over["valid_to"] = new.valid_to
    return replace(came, profile=replace(old, **over), under=came.under or kept.under)


def _another_slice(old: JobProfile, new: JobProfile, today: date) -> bool:
    """Whether `new` brings only slices of other days, while the kept one still holds today."""
    day = today.isoformat()
    known = {part.valid_from for part in new.slices}
    return bool(new.slices) and _holds(old, day) and not _holds(new, day) and old.valid_from not in known


def _holds(profile: JobProfile, day: str) -> bool:
    return (profile.valid_from or "") <= day and (profile.valid_to is None or profile.valid_to >= day)


def _slices(old: JobProfile, new: JobProfile) -> list[Slice]:
    """The new slices, and those of the old ones that begin on no day that a new one covers."""
    left = [
        part
        for part in old.slices
        if not any(
            (one.valid_from or "") <= (part.valid_from or "")
            and (one.valid_to or "9") >= (part.valid_from or "")
            for one in new.slices
        )
    ]
    return sorted([*left, *new.slices], key=lambda part: part.valid_from or "")


def _descriptions(
    old: list[Description], new: list[Description], empty: tuple[str, ...]
) -> list[Description]:
    """Per field the new texts, else the old ones, in the order a job profile has the fields."""
    told = {one.field for one in new} | {name.removeprefix("descriptions.") for name in empty}
    every = [*new, *(one for one in old if one.field not in told)]
    return sorted(every, key=lambda one: FIELDS.index(one.field))


def _requirements(
    old: list[Qualification], new: list[Qualification], empty: tuple[str, ...]
) -> list[Qualification]:
    """Per kind the new ones, else the old ones, in the order a job profile lists the kinds."""
    told = {one.kind for one in new} | {name.removeprefix("requirements.") for name in empty}
    every = [*new, *(one for one in old if one.kind not in told)]
    return sorted(every, key=lambda one: KINDS.index(one.kind))
