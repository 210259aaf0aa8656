"""Connections: a company's own say over how we get into its HRIS, what we take there and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from adapters.model import Unreadable
from adapters.registry import adapter_for
from control import audit
from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from kit.http import CompanyHttp
from kit.vault import Vault
from pipeline.records import store as records
from pipeline.runs.status import Part
from webhooks.connections import access, store
from webhooks.connections.exclusion import bad_names
from webhooks.connections.store import Connection, Scope
from webhooks.connections.vendors import Vendor, Vendors

WARN_DAYS = 14
"""How long before its end the end of a credential is announced."""

_READ, _WRITE = "connections:read", "connections:write"
_PLAIN = (
    "name",
    "scope",
    "excluded",
    "columns",
    "every_minutes",
    "full_every_hours",
    "vanish_after",
    "status",
)
Minutes = Annotated[int, Meta(ge=5, le=7 * 24 * 60)]
Hours = Annotated[int, Meta(ge=1, le=90 * 24)]
Times = Annotated[int, Meta(ge=1, le=10)]


class Means(msgspec.Struct, frozen=True):
    """What connections need besides the database."""

    vendors: Vendors
    vault: Vault
    http: CompanyHttp


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to be made. `access` is what lets us in, by the system. `excluded` names fields as the
    source calls them: they are dropped before anything is stored. `columns` says which field of a job profile
    a column of the company's own report or JSON means. Each `every_minutes` what changed is
    fetched, each `full_every_hours` everything; without them only by request. A role is archived when
    `vanish_after` complete pulls in a row did not meet it. `expires_at` is the end of the credential."""

    source: str
    access: dict[str, Any]
    name: str = ""
    scope: Scope = Scope()
    excluded: list[str] = []
    columns: dict[str, str] = {}
    every_minutes: Minutes | None = None
    full_every_hours: Hours | None = None
    vanish_after: Times = 2
    expires_at: datetime | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What of a connection is to be different; what is left out stays. Secrets that are left out of
    `access` stay too, unless its address changes."""

    access: dict[str, Any] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    excluded: list[str] | UnsetType = UNSET
    columns: dict[str, str] | UnsetType = UNSET
    every_minutes: Minutes | UnsetType | None = UNSET
    full_every_hours: Hours | UnsetType | None = UNSET
    vanish_after: Times | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    status: Literal["active", "off"] | UnsetType = UNSET


class Warned(msgspec.Struct, frozen=True):
    """Something about a connection that a person has to look at."""

    code: str
    detail: str


async def create(tx: Tx, caller: Caller, means: Means, new: New) -> Connection:
    """The connection, active and not yet tested. Raises Invalid naming each wrong field, and Conflict when
    the company has one to this source already."""
    require(caller, _WRITE)
    vendor = vendor_of(means.vendors, new.source)
    _check(new.excluded, new.expires_at, new.name)
    _check_columns(new.source, new.columns)
    lets_in = access.read(vendor.access, new.access, means.http.rules)
    made = await store.insert_connection(
        tx,
        id=ids.new(),
        company_id=caller.company_id,
        source=new.source,
        name=new.name,
        access=access.seal(means.vault, lets_in),
        shown=lets_in.shown(),
        scope=new.scope,
        excluded=_tidy(new.excluded),
        columns=new.columns,
        every_minutes=new.every_minutes,
        full_every_hours=new.full_every_hours,
        vanish_after=new.vanish_after,
        expires_at=_utc(new.expires_at),
    )
    if made is None:
        raise await _there_already(tx, caller, new.source)
    await store.revive_fetches(tx, caller.company_id, made.source)
    if made.excluded:
        await records.forget_parts(tx, caller.company_id, made.source)
    await _note(tx, caller, "created", made.id, {"source": made.source})
    return made


async def get(tx: Tx, caller: Caller, id_: UUID) -> Connection:
    """One of the caller's company. Raises NotFound."""
    require(caller, _READ)
    return await held(tx, id_)


async def held(tx: Tx, id_: UUID) -> Connection:
    """One of the transaction's company, whoever asks. Raises NotFound."""
    found = await store.get_connection(tx, id_)
    if found is None:
        raise NotFound(f"There is no connection {ids.show('conn', id_)}.", action="It may have been deleted.")
    return found


async def listing(tx: Tx, caller: Caller) -> list[Connection]:
    """All of the company's, by source."""
    require(caller, _READ)
    return await store.list_connections(tx)


async def change(tx: Tx, caller: Caller, means: Means, id_: UUID, wanted: Change) -> Connection:
    """The connection as it then is. Another access, or `status: active`, also ends a stop. Raises NotFound,
    Invalid."""
    require(caller, _WRITE)
    sealed = await store.lock_access(tx, id_)
    now = await held(tx, id_)
    asked = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not UNSET}
    _check(asked.get("excluded", []), asked.get("expires_at"), asked.get("name", ""))
    _check_columns(now.source, asked.get("columns", {}))
    row: dict[str, Any] = {name: asked.get(name, getattr(now, name)) for name in _PLAIN}
    row |= {"access": sealed, "shown": now.shown, "excluded": _tidy(row["excluded"])}
    row["expires_at"] = _utc(asked.get("expires_at", now.expires_at))
    if "access" in asked:
        kind = vendor_of(means.vendors, now.source).access
        lets_in = access.changed(kind, sealed or "", asked["access"], means.vault, means.http.rules)
        row |= {"access": access.seal(means.vault, lets_in), "shown": lets_in.shown()}
        if row["status"] == "stopped":
            row["status"] = "active"
    changed = await store.update_connection(tx, id_, **row)
    if changed is None:
        raise NotFound(f"There is no connection {ids.show('conn', id_)}.")
    if set(changed.excluded) - set(now.excluded):
        await records.forget_parts(tx, caller.company_id, changed.source)
    if changed.status == "active" and now.status != "active":
        await store.revive_fetches(tx, caller.company_id, changed.source)
    if changed.status == "off":
        await store.end_syncs(tx, caller.company_id, id_)
    await _note(tx, caller, "changed", id_, {"fields": sorted(asked)})
    return changed


async def delete(tx: Tx, caller: Caller, id_: UUID) -> None:
    """Gone with what let us in, whether or not it was there. Its syncs end; what came over it stays."""
    require(caller, _WRITE)
    if await store.delete_connection(tx, id_):
        await store.end_syncs(tx, caller.company_id, id_)
        await _note(tx, caller, "deleted", id_, {})


async def stopped(tx: Tx, caller: Caller) -> list[Part]:
    """Those of the company that nothing is fetched over until a person mends them, and why."""
    require(caller, "runs:read")
    return [
        Part("connection", f"Nothing is fetched from {one.source}: {one.stopped.detail}", one.stopped.at)
        for one in await store.list_connections(tx)
        if one.stopped is not None
    ]


def warnings(connection: Connection, now: datetime | None = None) -> list[Warned]:
    """What a person has to look at, most urgent first."""
    now = now or datetime.now(UTC)
    found = []
    if connection.stopped is not None:
        found.append(Warned("stopped", connection.stopped.detail))
    ends = connection.expires_at
    if ends is not None and ends <= now:
        found.append(Warned("expired", f"The credential ended on {ends:%Y-%m-%d}; set a new one."))
    elif ends is not None and ends <= now + timedelta(days=WARN_DAYS):
        found.append(Warned("expiring", f"The credential ends on {ends:%Y-%m-%d}; set a new one before."))
    if connection.checked is None:
        found.append(Warned("untested", "The connection was not tested yet with this access."))
    elif not connection.checked.ok:
        found.append(Warned("test_failed", connection.checked.detail))
    return found


def vendor_of(vendors: Vendors, source: str) -> Vendor:
    """Raises Invalid for a system that we cannot fetch from."""
    found = vendors.get(source)
    if found is None:
        message = f"{source[:60]!r} is not one of {', '.join(vendors)}."
        raise Invalid(f"source: {message}", errors=[FieldError("source", message)])
    return found


def _check(excluded: list[str], expires_at: datetime | None, name: str) -> None:
    wrong = bad_names(excluded)
    errors = [FieldError("excluded", f"{one[:60]!r} is not the name of a field.") for one in wrong]
    if len(excluded) > 100:
        errors.append(FieldError("excluded", "More than 100 fields are named."))
    if len(name) > 200:
        errors.append(FieldError("name", "It is longer than 200 characters."))
    ends = _utc(expires_at)
    if ends is not None and ends <= datetime.now(UTC):
        errors.append(FieldError("expires_at", "It is in the past."))
    if errors:
        said = " ".join(f"{error.field}: {error.message}" for error in errors)[:190]
        raise Invalid(said, code="connection_invalid", action="Correct the fields named.", errors=errors)


def _check_columns(source: str, columns: dict[str, str]) -> None:
    try:
        adapter_for(source).read(b"[]", None, fields=columns)
    except Unreadable:
        return
    except ValueError as wrong:
        error = FieldError("columns", str(wrong))
        says = f"columns: {wrong}"[:190]
        raise Invalid(
            says, code="columns_invalid", action="Correct the columns named.", errors=[error]
        ) from None


async def _there_already(tx: Tx, caller: Caller, source: str) -> Conflict:
    found = await store.connection_of(tx, caller.company_id, source)
    shown = ids.show("conn", found.id) if found else ""
    return Conflict(
        f"The company has a connection to {source} already: {shown}.",
        code="connection_exists",
        action=Action("Change that connection, or delete it first.", link=f"/v1/connections/{shown}"),
        extra={"connection_id": shown},
    )


def _tidy(names: list[str]) -> list[str]:
    return sorted({name.strip() for name in names})


def _utc(at: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


async def _note(tx: Tx, caller: Caller, what: str, id_: UUID, detail: dict[str, Any]) -> None:
    await audit.record(tx, caller, f"connection.{what}", ids.show("conn", id_), detail=detail)
