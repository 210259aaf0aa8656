"""An imported taxonomy is used once it is whole, by its company or by everybody, and replaced by the next."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from kit.db import Db
from kit.errors import Invalid
from pipeline.assessor.model import Origin
from pipeline.assessor.offline.mapping import map_title
from pipeline.taxonomies import store
from pipeline.taxonomies.importing import EVERYBODY, New, take_in
from pipeline.taxonomies.shelf import Shelf, taught
from pipeline.taxonomies.store import TaxonomyRow
from tests import make

ORIGIN: Origin = {"assessor": "offline", "version": "1", "offline": True}


async def load(db: Db, folder: Path, rows: str, owner: UUID = EVERYBODY, name: str = "Draup") -> TaxonomyRow:
    file = folder / "roles.csv"
    file.write_text("code,title,alternates\n" + rows, encoding="utf-8")
    return await take_in(db, New(kind="draup-csv", path=file, name=name, company_id=owner, by="op"))


async def test_an_exact_title_of_an_imported_taxonomy_is_linked_and_the_bundled_list_only_suggests(
    db: Db, tmp_path: Path
) -> None:
    company = await make.company(db)
    row = await load(db, tmp_path, "D-1,Treasury Wizard,Money Wizard\n,none,\nD-1,again,\n")
    assert (row.roles, row.titles, row.skipped, row.status) == (1, 2, 1, "current")
    shelf = Shelf(db, fresh=0)
    roles = taught((), await shelf.of(company))
    linked = map_title("money wizard", roles, ORIGIN).linked
    assert linked is not None
    assert (linked.taxonomy, linked.code) == ("Draup", "D-1")
    assert map_title("Electrician", roles, ORIGIN).linked is None
    assert map_title("Electrician", (), ORIGIN).linked is not None


async def test_the_next_version_replaces_the_one_before_and_the_same_file_changes_nothing(
    db: Db, tmp_path: Path
) -> None:
    company = await make.company(db)
    shelf = Shelf(db, fresh=0)
    first = await load(db, tmp_path, "D-1,One,\n")
    assert (await load(db, tmp_path, "D-1,One,\n")).id == first.id
    assert [role.title for role in (await shelf.of(company)).roles] == ["One"]
    await load(db, tmp_path, "D-1,Two,\n")
    assert [role.title for role in (await shelf.of(company)).roles] == ["Two"]
    async with db.company(company) as tx:
        assert [row.status for row in await store.listing(tx, company)] == ["current", "replaced"]


async def test_a_companys_own_taxonomy_is_its_own_and_hides_everybodys_of_that_name(
    db: Db, tmp_path: Path
) -> None:
    mine, other = await make.company(db), await make.company(db, "Other")
    await load(db, tmp_path, "D-1,Everybodys,\n")
    await load(db, tmp_path, "D-2,Mine,\n", mine)
    shelf = Shelf(db, fresh=0)
    assert [role.title for role in (await shelf.of(mine)).roles] == ["Mine"]
    assert [role.title for role in (await shelf.of(other)).roles] == ["Everybodys"]


async def test_an_import_that_fails_leaves_what_was_there(db: Db, tmp_path: Path) -> None:
    company = await make.company(db)
    await load(db, tmp_path, "D-1,One,\n")
    for rows in ("", ",x,\n"):
        with pytest.raises(Invalid):
            await load(db, tmp_path, rows)
    async with db.engine() as tx:
        assert [row.roles for row in await store.listing(tx, company)] == [1]
    assert [role.title for role in (await Shelf(db, fresh=0).of(company)).roles] == ["One"]
