"""What there is to fetch: every group of records that belong together, or those in which something changed.

The index is light (codes, links, moments) and read as a whole before anything else, so that a pull can go on
after a crash by the name of the last group it brought, and no snapshot at SuccessFactors is left half read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from adapters.pull import Wanted
from adapters.successfactors.pull.collection import Collections
from adapters.successfactors.pull.columns import Plan
from adapters.successfactors.pull.links import Group, Linked, grouped, linked
from adapters.successfactors.pull.query import EVER, changed_since, holds_from
from adapters.successfactors.values import code_of

PAGE = 1000  # SuccessFactors' own most
OVERLAP = timedelta(minutes=10)
_LINKS = {
    "JobProfile": Plan(
        (
            *("externalCode", "role", "lastModifiedDateTime", "roleNav/externalCode"),
            "roleNav/lastModifiedDateTime",
        ),
        ("roleNav/jobCodeMappings",),
    ),
    "RoleEntity": Plan(("externalCode", "lastModifiedDateTime"), ("jobCodeMappings",)),
}
_CODES = Plan(("externalCode", "startDate"), ())


async def groups(collections: Collections, sets: Sequence[str], wanted: Wanted) -> list[Group]:
    """The groups that `wanted` asks for, in their order. Raises PullFault."""
    records = await _links(collections, sets)
    if wanted.ids:
        known = {name for record in records for name in (record.key, *record.codes)}
        more = [one for one in wanted.ids if one not in known and ":" not in one]
        return _holding(grouped(more, records), set(wanted.ids))
    if wanted.since is None:
        codes = await _codes(collections, paging="snapshot") if "FOJobCode" in sets else set()
        return grouped(codes, records)
    since = wanted.since - OVERLAP
    codes = await _changed_codes(collections, since, wanted.until) if "FOJobCode" in sets else set()
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A record that does not say when it changed may have changed.
    changed = {record.key for record in records if not record.changed or record.changed >= moment}
    return _holding(grouped(codes, records), codes | changed)


def _holding(all_groups: list[Group], names: set[str]) -> list[Group]:
    return [group for group in all_groups if names & group.names()]


async def _changed_codes(collections: Collections, since: datetime, until: datetime) -> set[str]:
    """Codes of which a slice was modified, or begins or ends in these days: nothing is modified on the day
    from which a change holds."""
    days = holds_from(since - timedelta(days=1), until + timedelta(days=1))
    modified = await _codes(collections, filter=changed_since(since))
    return modified | await _codes(collections, filter=days)


async def _codes(collections: Collections, **options: str) -> set[str]:
    found: set[str] = set()
    seen: set[bytes] = set()
    count: int | None = None
    pages = collections.every(
        "FOJobCode", _CODES, fromDate=EVER, inlinecount="allpages", customPageSize=PAGE, **options
    )
    async for page in pages:
        count = page.count if count is None else count
        seen |= {bytes(record) for record in page.records}
        found |= {code for record in page.records if (code := _code(record))}
    if count is not None and len(seen) < count:
        collections.warnings.append(
            f"SuccessFactors counted {count} slices of job codes and gave {len(seen)}; "
            "a later pull brings the rest."
        )
    return found


def _code(record: msgspec.Raw) -> str | None:
    held = msgspec.json.decode(record)
    return code_of(held.get("externalCode")) if isinstance(held, dict) else None


async def _links(collections: Collections, sets: Sequence[str]) -> list[Linked]:
    found: list[Linked] = []
    for entity in ("JobProfile", "RoleEntity"):
        if entity not in sets:
            continue
        # A role whose profile is there comes with it.
        with_profile = {one.role for one in found if one.role}
        for record in await collections.records(entity, _LINKS[entity], customPageSize=PAGE):
            one = linked(entity, msgspec.json.decode(record))
            if one is not None and (entity == "JobProfile" or one.code not in with_profile):
                found.append(one)
    return found
