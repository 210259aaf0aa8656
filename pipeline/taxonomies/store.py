"""Standard roles and confirmed mappings in PostgreSQL, one typed function per named query."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from kit.db import Tx
from kit.sql import Queries
from pipeline.assessor.model import TaxonomyRole

sql = Queries("pipeline.taxonomies")


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """A person said that this title means that standard role."""

    title_key: str
    title: str
    taxonomy: str
    code: str
    standard_title: str
    review_id: UUID
    confirmed_at: datetime


async def stamp(tx: Tx, company_id: UUID) -> str:
    """Another text whenever a mapping was confirmed or a taxonomy changed."""
    return str(await tx.value(sql["stamp"], {"company_id": company_id}))


async def confirmed(tx: Tx, company_id: UUID) -> list[Confirmed]:
    """All confirmed mappings of the company."""
    return await tx.all(sql["confirmed"], {"company_id": company_id}, into=Confirmed)


async def confirm(
    tx: Tx,
    company_id: UUID,
    *,
    title_key: str,
    title: str,
    taxonomy: str,
    code: str,
    standard_title: str,
    review_id: UUID,
) -> None:
    """Keep that a title means a standard role; an earlier word about the same title gives way."""
    params = {
        "company_id": company_id,
        "title_key": title_key,
        "title": title,
        "taxonomy": taxonomy,
        "code": code,
        "standard_title": standard_title,
        "review_id": review_id,
    }
    await tx.run(sql["confirm"], params)


async def standard_roles(tx: Tx, company_id: UUID) -> tuple[TaxonomyRole, ...]:
    """The roles of the taxonomies in use, the company's own before those for everybody."""
    return tuple(await tx.all(sql["standard_roles"], {"company_id": company_id}, into=TaxonomyRole))
