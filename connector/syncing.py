"""What an operator does with syncs at the command line: the same as over the API, as the operator."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Any
from uuid import UUID

from connector.operator import Desk
from control import companies
from control.access import SCOPES, Caller
from kit import ids
from webhooks.sync import syncs
from webhooks.sync.model import Sync
from webhooks.sync.syncs import New

_LINE = "{id}  {status:<8}{waiting:<14}{what:<11}{page:>5} pages {found:>7,} found  {said}"


async def start(desk: Desk, company: str, new: New) -> str:
    """Start a sync; its id. Raises NotFound, Invalid, Conflict."""
    company_id = ids.parse("company", company)
    async with desk.db.company(company_id) as tx:
        await companies.get(tx, company_id)
        made = await syncs.start(tx, operator_of(company_id), new)
    return ids.show("sync", made.id)


async def listing(desk: Desk, company: str, limit: int) -> list[str]:
    """A line for each of a company's last syncs, newest first."""
    company_id = ids.parse("company", company)
    async with desk.db.company(company_id) as tx:
        return [_line(one) for one in await syncs.listing(tx, operator_of(company_id), limit=limit)]


async def show(desk: Desk, company: str, sync: str) -> list[str]:
    """Everything there is to say about one."""
    company_id = ids.parse("company", company)
    async with desk.db.company(company_id) as tx:
        return _lines(await syncs.get(tx, operator_of(company_id), ids.parse("sync", sync)))


async def cancel(desk: Desk, company: str, sync: str) -> list[str]:
    """Cancel one; how it stands."""
    company_id = ids.parse("company", company)
    async with desk.db.company(company_id) as tx:
        found, _ = await syncs.cancel(tx, operator_of(company_id), ids.parse("sync", sync))
    return _lines(found)


def operator_of(company_id: UUID) -> Caller:
    """Whoever sits at the command line, with all rights over one company's syncs."""
    return Caller("operator", company_id, UUID(int=0), getpass.getuser(), frozenset(SCOPES))


def _line(sync: Sync) -> str:
    return _LINE.format(
        id=ids.show("sync", sync.id),
        status=sync.status,
        waiting=f"({sync.waiting})" if sync.waiting else "",
        what=sync.what,
        page=sync.page,
        found=sync.counts.found,
        said=_said(sync),
    ).rstrip()


def _lines(sync: Sync) -> list[str]:
    rows: list[tuple[str, Any]] = [
        ("sync", ids.show("sync", sync.id)),
        ("connection", f"{ids.show('conn', sync.connection_id)} ({sync.source})"),
        ("asked for", sync.what + (", dry run" if sync.dry_run else "") + (", pushed" if sync.push else "")),
        ("status", sync.status + (f", waits: {sync.waiting}" if sync.waiting else "")),
        ("goes on", sync.due_at),
        ("pages", f"{sync.page} of {sync.pages}" if sync.pages else sync.page),
        ("found", f"{sync.counts.found:,}" + (f" of {sync.total:,}" if sync.total else "")),
        (
            "written",
            f"{sync.counts.new:,} new, {sync.counts.changed:,} changed, {sync.counts.pushed:,} pushed",
        ),
        ("left out", f"{sync.counts.out_of_scope:,} out of scope, {sync.counts.rejected:,} refused"),
        ("came to", _said(sync)),
        ("started", sync.started_at),
        ("finished", sync.finished_at),
    ]
    return [f"{name:<11}{_shown(value)}" for name, value in rows if value not in (None, "")]


def _said(sync: Sync) -> str:
    error = sync.error or {}
    return str(
        sync.outputs.get("reconciliation") or sync.outputs.get("summary") or error.get("message") or ""
    )


def _shown(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
