"""Which job codes, job profiles and roles belong together: what must come in one body.

A job profile hangs on job codes through its role. The reader joins what it finds in one body, so a body
holds whole groups: a code without its profile, or a profile without one of its codes, would be read as
another role.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from adapters.successfactors.odata import Record, many, one
from adapters.successfactors.values import code_of, instant


class Linked(msgspec.Struct, frozen=True):
    """A record of the profile builder: its entity set and code, its job codes, when it or its role changed
    last (`YYYY-MM-DDTHH:MM:SSZ`, "" if that is not said)."""

    entity: str
    code: str
    codes: tuple[str, ...]
    changed: str
    role: str | None = None

    @property
    def key(self) -> str:
        """Its name among all source ids."""
        return f"{'job_role' if self.entity == 'RoleEntity' else 'job_profile'}:{self.code}"


class Group(msgspec.Struct, frozen=True):
    """Records that belong together; `key` is the first of their names and orders the groups of a pull."""

    key: str
    codes: tuple[str, ...]
    records: tuple[Linked, ...]

    def names(self) -> set[str]:
        """Every source id in it."""
        return {*self.codes, *(record.key for record in self.records)}


def linked(entity: str, record: Record) -> Linked | None:
    """What a record of the index says; None when it has no code."""
    code = code_of(record.get("externalCode"))
    role = one(record, "roleNav") if entity == "JobProfile" else record
    codes = {found for part in many(role, "jobCodeMappings") if (found := code_of(part.get("jobCode")))}
    moments = [instant(part.get("lastModifiedDateTime")) or "" for part in (record, role)]
    role_code = code_of(record.get("role")) or code_of(role.get("externalCode"))
    return Linked(entity, code, tuple(sorted(codes)), max(moments), role_code) if code else None


def grouped(codes: Iterable[str], records: Iterable[Linked]) -> list[Group]:
    """The groups of all codes and records, ordered by key."""
    held = list(records)
    above: dict[str, str] = {code: code for code in codes}
    for record in held:
        for name in (record.key, *record.codes):
            above.setdefault(name, name)
            _join(above, record.key, name)
    members: dict[str, list[str]] = {}
    for name in above:
        members.setdefault(_top(above, name), []).append(name)
    by_key = {record.key: record for record in held}
    groups = [_group(names, by_key) for names in members.values()]
    return sorted(groups, key=lambda group: group.key)


def _group(names: list[str], by_key: dict[str, Linked]) -> Group:
    return Group(
        min(names),
        tuple(sorted(name for name in names if name not in by_key)),
        tuple(by_key[name] for name in sorted(names) if name in by_key),
    )


def _join(above: dict[str, str], one_name: str, other: str) -> None:
    tops = sorted((_top(above, one_name), _top(above, other)))
    above[tops[1]] = tops[0]


def _top(above: dict[str, str], name: str) -> str:
    while above[name] != name:
        above[name] = above[above[name]]
        name = above[name]
    return name


def batches(groups: Iterable[Group], size: int) -> list[list[Group]]:
    """The groups in their order, together until they have `size` names; a large group goes alone."""
    made: list[list[Group]] = []
    room = 0
    for group in groups:
        need = max(len(group.codes), len(group.records))
        if not made or need > room:
            made.append([])
            room = size
        made[-1].append(group)
        room -= need
    return made
