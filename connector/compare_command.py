"""`connector compare`: how far both assessors agree on a company's roles."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connector.operator import Desk
    from pipeline.assessments.comparison import Compared


@click.command("compare")
@click.argument("company_id")
@click.option("--roles", "limit", type=click.IntRange(1, 200), default=50, show_default=True)
def compare(company_id: str, limit: int) -> None:
    """Hold the offline assessor against the model's recorded answers, on the roles of a company that the
    model judged. Asks no model."""

    async def work(desk: Desk) -> str:
        from kit import ids
        from pipeline.assessments import comparison

        company = ids.parse("company", company_id)
        async with desk.db.company(company) as tx:
            roles = await comparison.judged_roles(tx, company, limit)
        if not roles:
            return "no role of this company was judged by a model"
        compared = await asyncio.to_thread(comparison.compare, company, roles)
        both = comparison.agreement(compared)
        lines = [f"{'model':>7} {'offline':>8} {'tasks':>9} {'classes':>8}  role"]
        lines += [_line(one) for one in compared]
        named = {name: getattr(both, name) for name in both.__struct_fields__}
        return "\n".join([*lines, "", *(f"{name:<20} {_number(value)}" for name, value in named.items())])

    from connector.configured import load
    from connector.operator import at_desk

    click.echo(asyncio.run(at_desk(load(), work)))


def _line(one: Compared) -> str:
    exposures = f"{_number(one.model_exposure):>7} {_number(one.offline_exposure):>8}"
    tasks = f"{one.model_tasks:>4} {one.offline_tasks:>4} {one.same_class:>4}/{one.matched:<3}"
    return f"{exposures} {tasks}  {one.title[:60]}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
