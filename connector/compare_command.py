"""`connector compare`: how far both assessors agree on a company's roles, and asking the model about some."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from connector.operator import Desk
    from pipeline.assessments.asking import Asking
    from pipeline.assessments.comparison import Compared


@click.command("compare")
@click.argument("company_id")
@click.option("--roles", "limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--ask", is_flag=True, help="Have the model judge more roles; says the price first.")
@click.option("--yes", is_flag=True, help="With --ask: the price needs no confirmation.")
def compare(company_id: str, limit: int, ask: bool, yes: bool) -> None:
    """Hold the offline assessor against the model's recorded answers, on the roles of a company that the
    model judged. Asks no model without --ask."""
    from connector.configured import load
    from connector.operator import at_desk
    from kit import ids

    company, settings = ids.parse("company", company_id), load()
    if not ask:
        click.echo(asyncio.run(at_desk(settings, lambda desk: _shown(desk, company, limit))))
        return
    plan = asyncio.run(at_desk(settings, lambda desk: _asked(desk, company, limit, really=False)))
    click.echo(_price(plan))
    if plan.asked and (yes or click.confirm("Ask?")):
        asyncio.run(at_desk(settings, lambda desk: _asked(desk, company, limit, really=True)))
        click.echo("A worker asks from now on; run this again without --ask to see.")


async def _asked(desk: Desk, company: UUID, limit: int, *, really: bool) -> Asking:
    import getpass

    from connector.configured import load
    from control import audit
    from control.access import Caller
    from kit.jobs import put
    from pipeline.assessments import asking
    from pipeline.jobs import CompareRoles

    async with desk.db.company(company) as tx:
        roles = await asking.comparable(tx, company, limit=limit)
        plan = asking.plan(load(), roles)
        by = getpass.getuser()
        if really and await asking.ask(tx, company, roles, kind="operator", by=by):
            await put(tx, company, CompareRoles())
            caller = Caller("operator", company, UUID(int=0), by, frozenset())
            await audit.record(tx, caller, "comparison.asked", detail={"roles": plan.asked})
    return plan


async def _shown(desk: Desk, company: UUID, limit: int) -> str:
    from pipeline.assessments import asking, comparison

    async with desk.db.company(company) as tx:
        outstanding = await asking.outstanding(tx, company)
        roles = await comparison.judged_roles(tx, company, limit)
    notes = [f"{one.status}: {(one.error or {}).get('message', 'to be asked')}" for one in outstanding]
    if not roles:
        return "\n".join(["no role of this company was judged by a model", *notes])
    compared = await asyncio.to_thread(comparison.compare, company, roles)
    both = comparison.agreement(compared)
    lines = [f"{'model':>7} {'offline':>8} {'tasks':>9} {'classes':>8}  role"]
    lines += [_line(one) for one in compared]
    named = {name: getattr(both, name) for name in both.__struct_fields__}
    return "\n".join([*lines, "", *(f"{name:<20} {_number(value)}" for name, value in named.items()), *notes])


def _price(plan: Asking) -> str:
    cost = "no price is known" if plan.cost_micros is None else f"about {plan.cost_micros / 1_000_000:.4f}"
    return (
        f"{plan.roles} roles: {plan.recorded} judged already, {plan.without_text} without text, "
        f"{plan.asked} to ask about: {plan.calls} calls, about {plan.tokens:,} tokens, {cost}"
    )


def _line(one: Compared) -> str:
    exposures = f"{_number(one.model_exposure):>7} {_number(one.offline_exposure):>8}"
    tasks = f"{one.model_tasks:>4} {one.offline_tasks:>4} {one.same_class:>4}/{one.matched:<3}"
    return f"{exposures} {tasks}  {one.title[:60]}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
