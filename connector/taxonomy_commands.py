"""`connector taxonomy`: importing standard roles, and listing them."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.taxonomies.files import KINDS, Kind

if TYPE_CHECKING:
    from connector.operator import Desk


@click.group()
def taxonomy() -> None:
    """Standard roles that companies' roles are mapped to."""


@taxonomy.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--company", help="Id of the company it is for; default: everybody.")
@click.option("--name", help="What it is called; default: its kind (Draup, onet, esco).")
@click.option("--version", default="", help="Default: the first digits of the file's digest.")
def import_taxonomy(kind: Kind, file: Path, company: str | None, name: str | None, version: str) -> None:
    """Load a taxonomy from FILE: a CSV, O*NET's text files (a folder or zip) or ESCO's occupations. Roles
    are mapped to it when they are next mapped; `GET /v1/taxonomies/plan` says what would change."""

    async def work(desk: Desk) -> str:
        from control import audit
        from control.access import Caller
        from kit import ids
        from pipeline.taxonomies import importing

        owner = ids.parse("company", company) if company else importing.EVERYBODY
        if company:
            from control import companies

            async with desk.db.engine() as tx:
                await companies.get(tx, owner)
        by = getpass.getuser()
        new = importing.New(
            kind=kind,
            path=file,
            name=importing.called(kind, name or ""),
            version=version,
            company_id=owner,
            by=by,
        )
        row = await importing.take_in(desk.db, new)
        if company:
            async with desk.db.engine() as tx:
                caller = Caller("operator", owner, importing.EVERYBODY, by, frozenset())
                detail = {"kind": kind, "version": row.version, "roles": row.roles}
                await audit.record(tx, caller, "taxonomy.imported", row.name, detail=detail)
        lines = [f"{row.name} {row.version}: {row.roles} roles with {row.titles} titles"]
        if row.skipped:
            lines.append(f"{row.skipped} rows had no code or no title and were left out")
        return "\n".join([*lines, row.notice] if row.notice else lines)

    click.echo(_run(work))


@taxonomy.command("list")
@click.option("--company", help="Id of a company; default: those for everybody.")
def list_taxonomies(company: str | None) -> None:
    """Imported taxonomies, newest first."""

    async def work(desk: Desk) -> str:
        from kit import ids
        from pipeline.taxonomies import importing, store

        owner = ids.parse("company", company) if company else importing.EVERYBODY
        async with desk.db.engine() as tx:
            rows = await store.listing(tx, owner)
        lines = [
            f"{row.name}  {row.version}  {row.status}  {row.roles} roles  {row.titles} titles  "
            f"{'everybody' if row.company_id == importing.EVERYBODY else 'company'}"
            for row in rows
        ]
        return "\n".join(lines) or "none imported"

    click.echo(_run(work))


def _run(work: Callable[[Desk], Awaitable[str]]) -> str:
    from connector.configured import load
    from connector.operator import at_desk

    return asyncio.run(at_desk(load(), work))
