"""Standard roles and confirmed mappings in PostgreSQL, one typed function per named query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from pipeline.assessor.model import TaxonomyRole
from pipeline.taxonomies.files import Standard
from pipeline.taxonomies.skills import Usual

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


class TaxonomyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An imported taxonomy: whose (the company of zeros: everybody's), which version, how large."""

    id: UUID
    company_id: UUID
    name: str
    version: str
    kind: str
    sha256: str
    status: str
    roles: int
    titles: int
    skipped: int
    notice: str
    imported_by: str
    created_at: datetime
    updated_at: datetime


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """A role with the standard role it is linked to now (None: none); `decided`: a person said so."""

    role_id: UUID
    title: str
    taxonomy: str | None
    code: str | None
    standard_title: str | None
    decided: bool


async def listing(tx: Tx, company_id: UUID) -> list[TaxonomyRow]:
    """The company's taxonomies and everybody's, in use or replaced, newest first."""
    return await tx.all(sql["listing"], {"company_id": company_id}, into=TaxonomyRow)


async def same(tx: Tx, company_id: UUID, name: str, sha256: str) -> TaxonomyRow | None:
    """The one in use, when it is of this very file (engine transaction)."""
    params = {"company_id": company_id, "name": name, "sha256": sha256}
    return await tx.one(sql["same"], params, into=TaxonomyRow)


async def begin(
    tx: Tx,
    *,
    id_: UUID,
    company_id: UUID,
    name: str,
    version: str,
    kind: str,
    sha256: str,
    notice: str,
    by: str,
) -> None:
    """An import that is under way, used by nobody yet (engine transaction)."""
    params = {
        "id": id_,
        "company_id": company_id,
        "name": name,
        "version": version,
        "kind": kind,
        "sha256": sha256,
        "notice": notice,
        "by": by,
    }
    await tx.run(sql["begin"], params)


async def add_roles(tx: Tx, company_id: UUID, id_: UUID, roles: Sequence[Standard]) -> int:
    """A piece of its roles; how many were new: a code counts once (engine transaction)."""
    params = {"company_id": company_id, "id": id_, "rows": json([msgspec.to_builtins(one) for one in roles])}
    return await tx.run(sql["add_roles"], params)


async def activate(tx: Tx, company_id: UUID, id_: UUID, *, skipped: int) -> TaxonomyRow:
    """Use it from now on, in place of the one of the same name (engine transaction)."""
    params = {"company_id": company_id, "id": id_}
    await tx.run(sql["replace"], params)
    rows = await tx.all(sql["activate"], params | {"skipped": skipped}, into=TaxonomyRow)
    return rows[0]


async def forget(tx: Tx, company_id: UUID, id_: UUID) -> None:
    """An import that came to nothing (engine transaction)."""
    await tx.run(sql["forget"], {"company_id": company_id, "id": id_})


async def mapped_roles(tx: Tx, company_id: UUID) -> list[Mapped]:
    """The roles that were mapped, with their links."""
    return await tx.all(sql["mapped_roles"], {"company_id": company_id}, into=Mapped)


async def standard_roles(tx: Tx, company_id: UUID) -> tuple[TaxonomyRole, ...]:
    """The roles of the taxonomies in use, the company's own before those for everybody."""
    return tuple(await tx.all(sql["standard_roles"], {"company_id": company_id}, into=TaxonomyRole))


async def usual_skills(tx: Tx, company_id: UUID, taxonomy: str, code: str) -> tuple[Usual, ...]:
    """What a standard role usually needs, as its imported taxonomy says; nothing for one that is in none."""
    params = {"company_id": company_id, "taxonomy": taxonomy, "code": code}
    return msgspec.convert(await tx.value(sql["usual_skills"], params) or (), tuple[Usual, ...])
