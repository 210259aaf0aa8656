"""`connector corrections`: what people decided, as training pairs."""

from __future__ import annotations

import asyncio
from typing import IO, TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from connector.operator import Desk


@click.group()
def corrections() -> None:
    """What people decided in reviews."""


@corrections.command("export")
@click.argument("company_id")
@click.option("--file", "target", type=click.File("wb"), default="-", help="Default: standard output.")
def export(company_id: str, target: IO[bytes]) -> None:
    """Write a company's corrections as lines of JSON: mappings, labels of tasks, scores."""

    async def work(desk: Desk) -> int:
        from kit import ids
        from pipeline.reviews import pairs

        count = 0
        async for pair in pairs.every(desk.db, ids.parse("company", company_id)):
            target.write(msgspec.json.encode(pair) + b"\n")
            count += 1
        return count

    from connector.configured import load
    from connector.operator import at_desk

    count = asyncio.run(at_desk(load(), work))
    click.echo(f"{count} pairs", err=True)
