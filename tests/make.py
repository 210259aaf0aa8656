"""Small builders, one a thing; keywords override."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Db, json
from kit.sql import Query
from mappings.model import DocumentRecord, RoleRecord
from pipeline.records.model import Answer, Incoming, Received
from pipeline.records.take import take_safely

TEXT = (
    "Responsibilities\n- Prepare monthly reports\n- Reconcile supplier invoices\n- Answer customer questions"
)


async def company(
    db: Db, name: str = "Liberty", *, weight: int = 1, policy: dict[str, Any] | None = None
) -> UUID:
    """A company, made by the engine's role."""
    id_ = ids.new()
    insert = Query(
        "insert_company",
        "",
        "INSERT INTO company (id, name, weight, policy) VALUES (%(id)s, %(name)s, %(w)s, %(p)s)",
    )
    async with db.engine() as tx:
        await tx.run(insert, {"id": id_, "name": name, "w": weight, "p": json(policy or {})})
    return id_


def incoming(n: int = 0, **over: Any) -> Incoming:
    """A normalised job profile with a job description."""
    values: dict[str, Any] = {
        "index": n,
        "source": "workday",
        "source_id": f"wid-{n}",
        "identities": {"WID": f"wid-{n}", "Job_Profile_ID": f"R-{n}"},
        "role": RoleRecord(title=f"Analyst {n}", code=f"R-{n}", family="Data", status="active"),
        "documents": (DocumentRecord("job_description", "Job description", "<p>x</p>", TEXT),),
        "revision_hash": f"{n:064x}",
        "mapping_version": "workday@0",
    }
    return Incoming(**(values | over))


def received(items: list[Any], **over: Any) -> Received:
    """A webhook call with these items."""
    values: dict[str, Any] = {
        "id": ids.new(),
        "source": "workday",
        "actor_kind": "hris",
        "actor_id": "recipe",
        "client_id": None,
        "event_key": None,
        "content_type": "application/xml",
        "body": b"<x/>",
        "body_sha256": "00" * 32,
        "shape": "soap_xml",
        "items": items,
    }
    return Received(**(values | over))


async def take(db: Db, company_id: UUID, *items: Incoming, **over: Any) -> Answer:
    """Take these profiles in."""
    taken = await take_safely(db, company_id, [received(list(items), **over)])
    return taken.answers[0]


def changed(item: Incoming, **over: Any) -> Incoming:
    """The same profile with something else in it."""
    return msgspec.structs.replace(item, **({"revision_hash": "ff" * 32} | over))


def plain(value: Any) -> dict[str, Any]:
    """A value, Structs included, as JSON would carry it."""
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found
