"""`connector sync`: starting, watching and cancelling syncs from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import click

T = TypeVar("T")


@click.group()
def sync() -> None:
    """Pulls over a company's connections."""


@sync.command("start")
@click.argument("company_id")
@click.argument("source")
@click.option("--everything", is_flag=True, help="Fetch everything; default: what changed since the last.")
@click.option("--since", type=click.DateTime(), help="Fetch what changed since this moment (UTC).")
@click.option("--id", "objects", multiple=True, help="Fetch this object only; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Say what would be, write nothing.")
@click.option("--push", is_flag=True, help="Push what everything brings, after a dry run.")
def start(
    company_id: str,
    source: str,
    everything: bool,
    since: datetime | None,
    objects: tuple[str, ...],
    dry_run: bool,
    push: bool,
) -> None:
    """Start a sync over a company's connection to SOURCE; prints its id. A worker does it."""
    from connector import syncing
    from webhooks.sync.model import What
    from webhooks.sync.syncs import New

    what: What = "ids" if objects else "everything" if everything else "changed"
    new = New(
        source=source, what=what, since=since, ids=list(objects), dry_run=dry_run, push=True if push else None
    )
    click.echo(_run(lambda desk: syncing.start(desk, company_id, new)))


@sync.command("list")
@click.argument("company_id")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_syncs(company_id: str, limit: int) -> None:
    """A company's last syncs, newest first."""
    from connector import syncing

    lines = _run(lambda desk: syncing.listing(desk, company_id, limit))
    click.echo("\n".join(lines) or "no sync yet")


@sync.command("show")
@click.argument("company_id")
@click.argument("sync_id")
def show(company_id: str, sync_id: str) -> None:
    """One sync, as far as it is."""
    from connector import syncing

    click.echo("\n".join(_run(lambda desk: syncing.show(desk, company_id, sync_id))))


@sync.command("cancel")
@click.argument("company_id")
@click.argument("sync_id")
def cancel(company_id: str, sync_id: str) -> None:
    """Cancel a sync; what was taken in stays."""
    from connector import syncing

    click.echo("\n".join(_run(lambda desk: syncing.cancel(desk, company_id, sync_id))))


def _run(work: Callable[[Any], Awaitable[T]]) -> T:
    from connector.configured import load
    from connector.operator import at_desk

    return asyncio.run(at_desk(load(), work))
