"""Looking after documents: their quality, the warnings a person has seen, the price of a new version."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from control.access import Caller
from kit.db import Db, Tx, json
from kit.errors import FieldError, Invalid
from kit.sql import Queries
from pipeline.records import documents, quality
from pipeline.records.quality import Quality
from pipeline.runs import pricing
from pipeline.runs.pricing import Price
from pipeline.stages.registry import STAGES, dependants

_sql = Queries("pipeline.records", "care.sql")
READERS = ("link_documents", "ai_assessment", "mine_skills")
"""The stages that read documents: what depends on them is what a new version makes to be done again."""


class Unchecked(msgspec.Struct, frozen=True):
    """A document that nobody has looked at."""

    id: UUID
    company_id: UUID
    kind: str
    text: str


class Acknowledged(msgspec.Struct, frozen=True):
    """A warning that a person has seen, with who and when."""

    code: str
    note: str | None
    by_id: str
    by_name: str
    at: datetime


class Cared(msgspec.Struct, frozen=True, kw_only=True):
    """A document's quality as it stands now, the warnings that were seen, and what a new version of it would
    cost: the stages that would run again, and their price."""

    quality: Quality
    acknowledged: list[Acknowledged]
    stages: list[str]
    price: Price


async def check_some(db: Db, most: int = 10) -> int:
    """Look at documents that came by webhooks and syncs; how many were looked at (the clock's)."""
    async with db.engine() as tx:
        found = await tx.all(_sql["unchecked"], {"limit": most}, into=Unchecked)
    if found:
        seen = await asyncio.to_thread(lambda: [quality.of(one.kind, one.text) for one in found])
        rows = [
            {"id": one.id, "company_id": one.company_id, "quality": msgspec.to_builtins(its)}
            for one, its in zip(found, seen, strict=True)
        ]
        async with db.engine() as tx:
            await tx.run(_sql["keep_quality"], {"rows": json(rows)})
    return len(found)


async def look(tx: Tx, company_id: UUID, id_: UUID, *, asks_model: bool) -> Cared:
    """All that is known of a document's quality. Raises NotFound."""
    row = await documents.get(tx, company_id, id_)
    known = row.quality
    if known is None:
        known = await asyncio.to_thread(quality.of, row.kind, row.text or "")
    params = {"company_id": company_id, "document_id": id_}
    return Cared(
        quality=quality.aged(known, row.created_at, datetime.now(UTC)),
        acknowledged=await tx.all(_sql["acknowledged"], params, into=Acknowledged),
        stages=rerun_stages(),
        price=await pricing.price(tx, company_id, READERS[0], 1, asks_model=asks_model),
    )


async def acknowledge(tx: Tx, caller: Caller, id_: UUID, codes: Sequence[str], note: str | None) -> None:
    """A person has seen these warnings. Done again it changes nothing. Raises NotFound, Invalid for one that
    the document does not have."""
    cared = await look(tx, caller.company_id, id_, asks_model=False)
    known = {reason.code for reason in cared.quality.reasons}
    unknown = [code for code in codes if code not in known]
    if unknown or not codes:
        message = f"The document has no warning {unknown[0][:40]!r}." if unknown else "Name the warnings."
        raise Invalid(message, errors=[FieldError("codes", message)], action="Take codes from its quality.")
    params = {
        "company_id": caller.company_id,
        "document_id": id_,
        "codes": list(codes),
        "note": note,
        "kind": caller.kind,
        "by": caller.shown_id,
        "name": caller.name,
    }
    await tx.run(_sql["acknowledge"], params)


def rerun_stages() -> list[str]:
    """The stages that a new version of a document makes to be done again, in their order."""
    again = {*READERS, *(key for reader in READERS for key in dependants(reader))}
    return [stage.key for stage in STAGES if stage.key in again]
