"""The same job profile by several of Workday's doors: what one cannot say stays as another said it.

SOAP says everything but a report's own columns. A list of REST says names only, its objects have no codes, a
report has the columns that somebody chose. So a role keeps what each door said last; they are laid over one
another in the order in which they came. What a door leaves out now and said before is gone, unless another
door says it too; what SOAP leaves out is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec.structs import replace

from adapters.model import JobProfile, Part, Qualification, Ref
from adapters.parts import said, slim
from adapters.workday.references import is_wid

_SOAP = "soap"
_BY_KEY = ("ids", "titles", "custom_fields")
_REFS = ("management_level", "level", "category", "grade")
_REF_LISTS = ("families", "family_groups", "classifications")
_QUALIFICATIONS = ("responsibilities", "requirements", "skills")


def part_of(profile: JobProfile) -> Part:
    """What a payload says of a job profile, under the door that it came by."""
    shape = profile.provenance.shape
    door = "rest_list" if shape.startswith("rest_list") else shape.split("_", 1)[0]
    return slim(Part(door, profile))


def merge(kept: Iterable[Part], came: Iterable[Part], today: date) -> tuple[tuple[Part, ...], JobProfile]:
    """The parts there are after `came`, in the order in which they came, and the profile they make."""
    new = tuple(came)
    doors = {part.name for part in new}
    ordered = tuple(part for part in kept if part.name not in doors) + new
    first, *others = ordered
    made = first.profile
    for part in others:
        made = _soap_over(made, part.profile) if part.name == _SOAP else _over(made, part.profile)
    return ordered, made


def _soap_over(old: JobProfile, new: JobProfile) -> JobProfile:
    """SOAP is whole, but for a report's own columns, other locales and when something changed."""
    return replace(
        new,
        titles=old.titles | new.titles,
        custom_fields=old.custom_fields | new.custom_fields,
        source_updated_at=old.source_updated_at,
    )


def _over(old: JobProfile, new: JobProfile) -> JobProfile:
    over = said(new)
    over |= {name: getattr(old, name) | over[name] for name in _BY_KEY if name in over}
    over |= {name: _same_ref(over[name], [getattr(old, name)]) for name in _REFS if name in over}
    for name in _REF_LISTS:
        if name in over:
            over[name] = [_same_ref(one, getattr(old, name)) for one in over[name]]
    for name in _QUALIFICATIONS:
        if name in over:
            over[name] = [_same_qualification(one, getattr(old, name)) for one in over[name]]
    if "descriptions" in over:
        told = {one.field for one in new.descriptions}
        over["descriptions"] = [
            *new.descriptions,
            *(one for one in old.descriptions if one.field not in told),
        ]
    over["attributes"] = old.attributes | {
        name: value
        for name, value in new.attributes.items()
        if name not in old.attributes or not _by_wid(value)
    }
    over["source_id"], over["code"] = old.source_id, _code(old, new)
    return replace(old, **over)


def _code(old: JobProfile, new: JobProfile) -> str | None:
    """A Job_Code says more than the Job_Profile_ID that stands in for one."""
    return new.code if new.code and ("Job_Code" in new.ids or "Job_Code" not in old.ids) else old.code


def _same_ref(new: Ref, known: list[Ref | None]) -> Ref:
    """The thing with what is known of it besides: REST names it by its WID, a text column by its name."""
    for old in known:
        if old is not None and _same(old, new):
            return Ref(new.code or old.code, new.name or old.name, old.ids | new.ids)
    return new


def _same(old: Ref, new: Ref) -> bool:
    shared = old.ids.keys() & new.ids.keys()
    if shared:
        return any(old.ids[kind] == new.ids[kind] for kind in shared)
    if new.code and old.code:
        return new.code == old.code
    return new.name is not None and new.name == old.name


def _same_qualification(new: Qualification, known: list[Qualification]) -> Qualification:
    for old in known:
        if (old.kind, old.text) == (new.kind, new.text):
            return replace(
                new,
                code=new.code or old.code,
                level=new.level or old.level,
                required=old.required if new.required is None else new.required,
            )
    return new


def _by_wid(value: Any) -> bool:
    """Whether a fact is told by WIDs, as REST does: it is another's fact without its code."""
    if isinstance(value, list):
        return any(map(_by_wid, value))
    if isinstance(value, dict):
        return any(map(_by_wid, value.values()))
    return isinstance(value, str) and is_wid(value)
