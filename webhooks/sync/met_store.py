"""What a pull of everything met, and what it did not, in PostgreSQL: one function per query of
`met.sql`, same names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries
from webhooks.sync.model import Claimed, LeftOut

_sql = Queries("webhooks.sync", "met.sql")


class Missed(msgspec.Struct, frozen=True):
    """A role that was missing in so many complete pulls in a row."""

    role_id: UUID
    missed: int


async def left_out(tx: Tx, company_id: UUID, id_: UUID) -> list[LeftOut]:
    """What was found and is not here, most first."""
    return await tx.all(_sql["left_out"], {"company_id": company_id, "id": id_}, into=LeftOut)


async def count_here(tx: Tx, company_id: UUID, id_: UUID) -> int:
    """How many objects of the pull have a role."""
    return int(await tx.value(_sql["count_here"], {"company_id": company_id, "id": id_}))


async def forget_absences(tx: Tx, company_id: UUID, id_: UUID) -> int:
    """How many roles were met again."""
    return await tx.run(_sql["forget_absences"], {"company_id": company_id, "id": id_})


async def count_held(tx: Tx, claimed: Claimed) -> tuple[int, int]:
    """How many roles of the source there were when the pull began, and how many of them it did not meet."""
    row = await tx.one(_sql["count_held"], _of_pull(claimed))
    return (row["held"], row["missing"]) if row else (0, 0)


async def note_absences(tx: Tx, claimed: Claimed) -> int:
    """How many roles are missing in this pull."""
    return await tx.run(_sql["note_absences"], _of_pull(claimed))


def _of_pull(claimed: Claimed) -> dict[str, Any]:
    return {
        "company_id": claimed.company_id,
        "id": claimed.id,
        "source": claimed.source,
        "pinned_at": claimed.pinned_at,
    }


async def vanished(tx: Tx, company_id: UUID, source: str, confirmations: int) -> list[Missed]:
    """Roles that were missing often enough."""
    params = {"company_id": company_id, "source": source, "confirmations": confirmations}
    return await tx.all(_sql["vanished"], params, into=Missed)
