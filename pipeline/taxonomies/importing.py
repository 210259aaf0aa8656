"""Importing a taxonomy: rows go to the store in pieces, and it is used only once it is whole."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Db
from kit.errors import Invalid
from pipeline.taxonomies import files, store
from pipeline.taxonomies.files import Kind, Skipped, Standard
from pipeline.taxonomies.store import TaxonomyRow

EVERYBODY = UUID(int=0)
_TOGETHER = 500
_BLOCK = 1 << 20


class New(msgspec.Struct, frozen=True, kw_only=True):
    """What is imported, for whom (`EVERYBODY`, or one company), under which name and version; without a
    version the file's digest serves."""

    kind: Kind
    path: Path
    name: str
    version: str = ""
    company_id: UUID = EVERYBODY
    by: str


def called(kind: Kind, name: str) -> str:
    """What a taxonomy is called: as somebody says, else after its kind."""
    return name or ("Draup" if kind == "draup-csv" else kind)


async def take_in(db: Db, new: New) -> TaxonomyRow:
    """The taxonomy in use from now on; the same file again changes nothing. An earlier one of the same name
    is replaced, and its versions stay. Raises Invalid when the file cannot be read or holds no role."""
    digest = await asyncio.to_thread(_digest, new.kind, new.path)
    async with db.engine() as tx:
        known = await store.same(tx, new.company_id, new.name, digest)
        if known is not None:
            return known
        id_ = ids.new()
        await store.begin(
            tx,
            id_=id_,
            company_id=new.company_id,
            name=new.name,
            version=new.version or digest[:12],
            kind=new.kind,
            sha256=digest,
            notice=files.NOTICES[new.kind],
            by=new.by,
        )
    try:
        roles, skipped = await _load(db, new, id_)
        if not roles:
            raise Invalid("The file holds no role.", code="not_a_taxonomy", action="Check the file.")
    except BaseException:
        async with db.engine() as tx:
            await store.forget(tx, new.company_id, id_)
        raise
    async with db.engine() as tx:
        return await store.activate(tx, new.company_id, id_, skipped=skipped)


async def _load(db: Db, new: New, id_: UUID) -> tuple[int, int]:
    """How many roles were written, and how many rows were none."""
    rows = files.read(new.kind, new.path)
    roles = skipped = 0
    while piece := await asyncio.to_thread(_piece, rows):
        found = {one.code: one for one in reversed(piece) if isinstance(one, Standard)}
        skipped += sum(isinstance(one, Skipped) for one in piece)
        async with db.engine() as tx:
            roles += await store.add_roles(tx, new.company_id, id_, list(found.values()))
    return roles, skipped


def _piece(rows: Iterator[Standard | Skipped]) -> list[Standard | Skipped]:
    return list(itertools.islice(rows, _TOGETHER))


def _digest(kind: Kind, path: Path) -> str:
    """SHA-256 of all that is read. Raises Invalid when there is nothing."""
    names = files.sources(kind, path)
    if not all(name.is_file() for name in names):
        raise Invalid(f"There is no file {path.name[:80]}.", code="not_a_taxonomy", action="Check the path.")
    digest = hashlib.sha256()
    for name in names:
        with name.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()
