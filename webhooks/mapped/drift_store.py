"""What payloads hold, in PostgreSQL: one function per query of `drift.sql`, same names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from webhooks.mapped.store import Kept

_sql = Queries("webhooks.mapped", "drift.sql")


class Asked(msgspec.Struct, frozen=True):
    """A source of a company that has to be looked at."""

    company_id: UUID
    source: str


class Mark(msgspec.Struct, frozen=True):
    """The last payload that was looked at; None before the first."""

    looked_at: datetime | None
    looked_id: UUID | None


class FieldCount(msgspec.Struct, kw_only=True):
    """What is known of a field in one form of payloads: the number of the job profile it came in first, and
    when; in how many it came; how many in a row have missed it, and since when."""

    shape: str
    path: str
    first_profile: int
    first_seen_at: datetime
    seen: int = 0
    missed: int = 0
    missing_since: datetime | None = None


async def ask_for_looks(tx: Tx, sources: list[str], limit: int) -> list[Asked]:
    """Sources with payloads that nobody looked at."""
    return await tx.all(_sql["ask_for_looks"], {"sources": sources, "limit": limit}, into=Asked)


async def look_from(tx: Tx, company_id: UUID, source: str) -> Mark:
    """Where a look begins; nobody else looks until the transaction ends."""
    found = await tx.one(_sql["look_from"], {"company_id": company_id, "source": source}, into=Mark)
    return found or Mark(None, None)


async def unlooked_events(tx: Tx, company_id: UUID, source: str, mark: Mark, limit: int) -> list[Kept]:
    """The payloads that follow, oldest first."""
    params = {
        "company_id": company_id,
        "source": source,
        "looked_at": mark.looked_at,
        "looked_id": mark.looked_id,
        "limit": limit,
    }
    return await tx.all(_sql["unlooked_events"], params, into=Kept)


async def looked_up_to(tx: Tx, company_id: UUID, source: str, last: Kept) -> None:
    """The next look begins after this payload."""
    params = {
        "company_id": company_id,
        "source": source,
        "looked_at": last.received_at,
        "looked_id": last.id,
    }
    await tx.run(_sql["looked_up_to"], params)


async def list_shapes(tx: Tx, company_id: UUID, source: str) -> dict[str, int]:
    """Form of payloads -> job profiles that came in it."""
    rows = await tx.all(_sql["list_shapes"], {"company_id": company_id, "source": source})
    return {row["shape"]: row["profiles"] for row in rows}


async def list_fields(tx: Tx, company_id: UUID, source: str) -> dict[tuple[str, str], FieldCount]:
    """Form and path -> what is known of the field."""
    params = {"company_id": company_id, "source": source}
    rows = await tx.all(_sql["list_fields"], params, into=FieldCount)
    return {(row.shape, row.path): row for row in rows}


async def keep_shapes(tx: Tx, company_id: UUID, source: str, shapes: dict[str, int]) -> None:
    """Write the counts down."""
    rows = [{"shape": shape, "profiles": profiles} for shape, profiles in shapes.items()]
    await tx.run(_sql["keep_shapes"], {"company_id": company_id, "source": source, "shapes": json(rows)})


async def keep_fields(tx: Tx, company_id: UUID, source: str, fields: list[FieldCount]) -> None:
    """Write down what is known of fields."""
    await tx.run(_sql["keep_fields"], {"company_id": company_id, "source": source, "fields": json(fields)})
