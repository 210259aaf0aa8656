"""Subscriptions: who is called back, where, and for which events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.registry import SOURCES
from control import audit
from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from kit.http import AddressRefused, AddressRules, check_address
from kit.vault import Vault
from pipeline.log.kinds import KINDS
from pipeline.runs.lifecycle import STATES
from pipeline.stages.registry import STAGES
from webhooks.callbacks import auth, store
from webhooks.callbacks.auth import Auth
from webhooks.callbacks.events import EVERYTHING, unknown
from webhooks.callbacks.secrets import KEEP_SECONDS, SecretLost, Secrets
from webhooks.callbacks.store import Payload, Subscription, SubscriptionStatus

LIMIT = 100
_WRITE = "subscriptions:write"
_FILTERS = ("sources", "states", "stages")
_CHECKED = ("url", "events", "description", "expires_at", "auth", *_FILTERS)
_CHANGEABLE = ("url", "events", "description", "expires_at", "status", "payload", *_FILTERS)
_KNOWN = {"sources": (*SOURCES, "api"), "states": STATES, "stages": tuple(one.key for one in STAGES)}


class New(msgspec.Struct, frozen=True, kw_only=True):
    """What a recipe sends to be called. Without `events` it hears of everything but single stages; without
    `expires_at` the subscription has no end. `thin` messages only say where to look. `sources` and `states`
    narrow it down to events about roles of these sources, or in these states, `stages` narrows down events of
    stages. `auth` is how the receiver lets us in."""

    url: str
    events: list[str] = []
    description: str = ""
    recipe_id: str | None = None
    expires_at: datetime | None = None
    payload: Payload = "full"
    sources: list[str] = []
    states: list[str] = []
    stages: list[str] = []
    auth: Auth = Auth()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What of a subscription is to be different; what is left out stays."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    events: list[str] | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    expires_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    status: SubscriptionStatus | msgspec.UnsetType = msgspec.UNSET
    payload: Payload | msgspec.UnsetType = msgspec.UNSET
    sources: list[str] | msgspec.UnsetType = msgspec.UNSET
    states: list[str] | msgspec.UnsetType = msgspec.UNSET
    stages: list[str] | msgspec.UnsetType = msgspec.UNSET
    auth: Auth | msgspec.UnsetType = msgspec.UNSET


async def create(
    tx: Tx, caller: Caller, vault: Vault, rules: AddressRules, new: New
) -> tuple[Subscription, str]:
    """The subscription and its secret, which is shown this once. Raises Invalid naming each wrong field,
    and Conflict at the company's limit."""
    require(caller, _WRITE)
    _check(rules, **{name: getattr(new, name) for name in _CHECKED})
    if await store.count_subscriptions(tx, caller.company_id) >= LIMIT:
        raise Conflict(
            f"The company has {LIMIT} subscriptions, which is the limit.",
            code="subscription_limit",
            action=Action("Delete subscriptions that no recipe uses any more.", link="/v1/subscriptions"),
        )
    secrets = Secrets.fresh()
    made = await store.insert_subscription(
        tx,
        id=ids.new(),
        company_id=caller.company_id,
        client_id=caller.id if caller.kind == "client" else None,
        url=new.url,
        events=_tidy(new.events),
        description=new.description,
        recipe_id=new.recipe_id and new.recipe_id[:200],
        secrets=secrets.sealed(vault),
        expires_at=_utc(new.expires_at),
        payload=new.payload,
        sources=sorted(set(new.sources)),
        states=sorted(set(new.states)),
        stages=sorted(set(new.stages)),
        auth=new.auth.sealed(vault),
        auth_kind=new.auth.kind,
        auth_ends_at=new.auth.ends_at(),
    )
    await _note(tx, caller, "created", made.id, {"events": made.events})
    return made, secrets.current


async def get(tx: Tx, caller: Caller, id_: UUID) -> Subscription:
    """One of the caller's company. Raises NotFound."""
    require(caller, "subscriptions:read")
    found = await store.get_subscription(tx, id_)
    if found is None:
        raise _absent(id_)
    return found


async def listing(tx: Tx, caller: Caller) -> list[Subscription]:
    """All of the company's, newest first."""
    require(caller, "subscriptions:read")
    return await store.list_subscriptions(tx)


async def change(
    tx: Tx, caller: Caller, vault: Vault, rules: AddressRules, id_: UUID, wanted: Change
) -> Subscription:
    """The subscription as it then is. A new address, or `status: active`, also closes the breaker;
    `status: disabled` gives up what is on its way. Raises NotFound, Invalid."""
    require(caller, _WRITE)
    await store.lock_subscription(tx, id_)
    now = await store.get_subscription(tx, id_)
    if now is None:
        raise _absent(id_)
    asked = _asked(wanted)
    _check(rules, **asked)
    row: dict[str, Any] = {name: asked.get(name, getattr(now, name)) for name in _CHANGEABLE}
    lets_in = asked.get("auth")
    row |= {"auth": lets_in and lets_in.sealed(vault), "auth_kind": lets_in and lets_in.kind}
    row |= {"auth_ends_at": lets_in and lets_in.ends_at()}
    row |= {"events": _tidy(row["events"]), "expires_at": _utc(row["expires_at"])}
    fresh = row["status"] == "active" and (row["url"] != now.url or asked.get("status") == "active")
    changed = await store.update_subscription(tx, id_, **row, fresh=fresh)
    if changed is None:
        raise _absent(id_)
    if changed.status == "disabled" and now.status == "active":
        await store.end_deliveries(tx, caller.company_id, id_, "The subscription was disabled by request.")
    await _note(tx, caller, "changed", id_, {"fields": sorted(asked)})
    return changed


async def rotate_secret(tx: Tx, caller: Caller, vault: Vault, id_: UUID) -> tuple[Subscription, str]:
    """A new secret, shown this once; for 24 hours each message carries a signature by the old one too.
    Raises NotFound."""
    require(caller, _WRITE)
    sealed = await store.lock_subscription(tx, id_)
    if sealed is None:
        raise _absent(id_)
    try:
        secrets = Secrets.opened(vault, sealed).replaced()
    except SecretLost:
        secrets = Secrets.fresh()
    changed = await store.replace_secrets(tx, id_, secrets.sealed(vault), KEEP_SECONDS)
    if changed is None:
        raise _absent(id_)
    await _note(tx, caller, "secret_rotated", id_, {})
    return changed, secrets.current


async def secret_of(tx: Tx, caller: Caller, vault: Vault, id_: UUID) -> str:
    """The present secret, for the answer to the request that made it and to repeats of that request.
    Raises NotFound."""
    require(caller, _WRITE)
    sealed = await store.read_secrets(tx, id_)
    if sealed is None:
        raise _absent(id_)
    return Secrets.opened(vault, sealed).current


async def delete(tx: Tx, caller: Caller, id_: UUID) -> None:
    """Gone, whether or not it was there: a recipe may stop twice. What is on its way is given up."""
    require(caller, _WRITE)
    if await store.delete_subscription(tx, id_):
        await store.end_deliveries(tx, caller.company_id, id_, "The subscription was deleted.")
        await _note(tx, caller, "deleted", id_, {})


def _asked(wanted: Change) -> dict[str, Any]:
    """What is to change. Recipes send blanks for what is not filled in, and an address cannot be blank."""
    given = msgspec.structs.asdict(wanted).items()
    return {
        name: value for name, value in given if value is not msgspec.UNSET and (name, value) != ("url", "")
    }


def _check(rules: AddressRules, **asked: Any) -> None:
    """Everything that is wrong at once; people who build recipes see only the sentence."""
    errors = [
        FieldError(name, fault) for name, value in asked.items() for fault in _faults(rules, name, value)
    ]
    if errors:
        raise Invalid(
            " ".join(f"{error.field}: {error.message}" for error in errors)[:190],
            code="subscription_invalid",
            action=f"Correct the fields that are named. The events are {', '.join(KINDS)}.",
            errors=errors,
        )


def _faults(rules: AddressRules, name: str, value: Any) -> list[str]:
    if name == "url":
        return _address_faults(rules, value)
    if name == "events":
        return _event_faults(value)
    if name == "auth":
        return auth.faults(value, rules)
    if name in _KNOWN:
        return [
            f"There is no {one[:40]}; known are {', '.join(_KNOWN[name])}."
            for one in value
            if one not in _KNOWN[name]
        ]
    if name == "description" and len(value) > 500:
        return ["It is longer than 500 characters."]
    if name == "expires_at" and value is not None and _later(value) <= datetime.now(UTC):
        return ["It is in the past."]
    return []


def _address_faults(rules: AddressRules, url: str) -> list[str]:
    try:
        check_address(url, rules)
    except AddressRefused as refused:
        return [refused.message]
    return []


def _event_faults(asked: Sequence[str]) -> list[str]:
    if wrong := unknown(asked):
        shown = ", ".join(pattern[:40] for pattern in wrong[:5])
        return [f"There is no event {shown}; names look like role.ready, run.failed, run.* or *."]
    return []


def _tidy(events: Sequence[str]) -> list[str]:
    """Each once and in order; everything, when nothing is named."""
    return sorted(set(events)) or [EVERYTHING]


def _later(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _utc(at: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    return None if at is None else _later(at).astimezone(UTC)


def _absent(id_: UUID) -> NotFound:
    return NotFound(f"There is no subscription {ids.show('sub', id_)}.", action="It may have been deleted.")


async def _note(tx: Tx, caller: Caller, what: str, id_: UUID, detail: dict[str, Any]) -> None:
    await audit.record(tx, caller, f"subscription.{what}", ids.show("sub", id_), detail=detail)
