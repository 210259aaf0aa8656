"""A published version, applied to the roles there are: each is read again from the payload it came in.

Whoever comes out differently gets a revision and becomes stale; the others are left as they are, which
takes no write. A plan that was asked for gets the stale ones. All of it may be done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from adapters.model import Unreadable
from kit import ids, log
from kit.db import Db
from kit.errors import NotFound
from mappings.defaults import default_mapping
from mappings.model import Mapping, RoleRecord
from mappings.revision import regrouped
from pipeline.records import source_events
from pipeline.records.model import Bad, Incoming
from pipeline.runs import kept_plans
from webhooks.intake import Hook, Intake
from webhooks.mapped import reading, store
from webhooks.mapped.jobs import MappingPublished
from webhooks.mapped.store import Payload
from webhooks.understand import mapped

_log = log.get("webhooks.mapped")
_REASON = "the mapping changed"


async def apply(db: Db, intake: Intake, company_id: UUID, job: MappingPublished) -> int:
    """How many payloads were taken in again: with what is published by now, since the job of a later version
    only takes in what that one changed."""
    intake.forget(company_id)
    async with db.company(company_id) as tx:
        found = await store.get_mapping(tx, company_id, job.source, job.before)
        payloads = await store.latest_events(tx, company_id, job.source)
    before = found.rules if found else default_mapping(job.source)
    taken = 0
    for payload in payloads:
        taken += await _again(db, intake, company_id, job, before, payload)
    await _fill(db, company_id, job)
    _log.info("mapping.applied", company=ids.show("company", company_id), source=job.source, payloads=taken)
    return taken


def affected(before: Sequence[Incoming | Bad], after: Sequence[Incoming | Bad]) -> list[Incoming]:
    """The items that one reading has otherwise than the one before, with what it no longer says."""
    was = {item.source_id: item for item in before if isinstance(item, Incoming)}
    return [
        replace(item, erases=erased(was[item.source_id], item))
        for item in after
        if isinstance(item, Incoming) and item.source_id in was and _differ(was[item.source_id], item)
    ]


def _differ(before: Incoming, after: Incoming) -> bool:
    return before.revision_hash != after.revision_hash or regrouped(before.role, after.role)


def erased(before: Incoming, after: Incoming) -> tuple[str, ...]:
    """What one reading said and the other does not. A role keeps its title: it needs a name."""
    nothing = RoleRecord()
    fields = [
        name
        for name in RoleRecord.__struct_fields__
        if name != "title"
        and getattr(before.role, name) not in (None, "", [], {}, getattr(nothing, name))
        and getattr(after.role, name) in (None, "", [], {})
    ]
    kinds = {document.kind for document in before.documents} - {document.kind for document in after.documents}
    return (*fields, *(f"documents.{kind}" for kind in sorted(kinds)))


async def _again(
    db: Db, intake: Intake, company_id: UUID, job: MappingPublished, before: Mapping, payload: Payload
) -> int:
    """1 when something in it comes out differently and was taken in."""
    try:
        async with db.company(company_id) as tx:
            kept = await source_events.raw(tx, company_id, payload.id)
        ways = await intake.ways(company_id, job.source)
        page = await reading.read(job.source, reading.Payload(kept.body or b"", kept.content_type), ways)
    except (Unreadable, NotFound):
        return 0  # its bytes went meanwhile, or a reader of today refuses what one of then took
    hook = Hook(
        company_id=company_id,
        client_id=None,
        actor_kind=job.actor_kind,
        actor_id=job.actor_id,
        source=job.source,
        body=kept.body or b"",
        content_type=kept.content_type,
        replay_of=payload.id,
        drafts_only=True,
    )
    received = await intake.understood(await intake.pared(hook))
    was = await asyncio.to_thread(mapped, job.source, page, before, ways.preferences)
    items = [item for item in affected(was.items, received.items) if item.source_id in payload.source_ids]
    if not items:
        return 0
    async with db.company(company_id) as tx:
        taken = await intake.take(
            tx, company_id, replace(received, items=[*items], named=(), drafts_reason=_REASON)
        )
    await intake.rung(taken)
    return 1


async def _fill(db: Db, company_id: UUID, job: MappingPublished) -> None:
    """The open plan of the source gets what is stale by now, also from the job of a version it overtook."""
    async with db.company(company_id) as tx:
        version = (await store.published_version(tx, company_id)).get(job.source, 0)
        roles = await store.stale_roles(tx, company_id, job.source, version, limit=kept_plans.MOST_ROLES)
        await kept_plans.fill(tx, company_id, job.source, job.plan_id, roles)
