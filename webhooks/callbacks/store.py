"""Subscriptions and deliveries in PostgreSQL: one function per query of `queries.sql`, same names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kit.db import Tx, json
from kit.sql import Queries
from webhooks.callbacks.auth import AuthKind
from webhooks.callbacks.body import EventFacts

_sql = Queries("webhooks.callbacks")

SubscriptionStatus = Literal["active", "disabled"]
DeliveryStatus = Literal["pending", "sending", "delivered", "failed", "dead"]
Payload = Literal["full", "thin"]
Outcome = Literal["delivered", "failed", "dead"]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription without its secrets. While `open_until` is ahead its breaker holds deliveries back."""

    id: UUID
    client_id: UUID | None
    url: str
    events: list[str]
    description: str
    recipe_id: str | None
    status: SubscriptionStatus
    disabled_reason: str | None
    open_until: datetime | None
    failures: int
    previous_secret_until: datetime | None
    expires_at: datetime | None
    payload: Payload
    sources: list[str]
    states: list[str]
    stages: list[str]
    auth_kind: AuthKind
    auth_ends_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class Ending(msgspec.Struct, frozen=True):
    """A subscription whose certificate ends soon."""

    id: UUID
    company_id: UUID
    description: str
    auth_ends_at: datetime


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one subscription. `failed` will be tried again at `next_try_at`; `dead`
    will not, unless a person sends it again. `attempts` counts the tries of the present schedule."""

    id: UUID
    subscription_id: UUID
    event_id: int
    event_type: str
    run_id: UUID | None
    status: DeliveryStatus
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    updated_at: datetime
    body: dict[str, Any]
    subscription_status: str


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One try: `status` is the receiver's, None when no answer came; `answer` is its beginning.
    A number that is missing belongs to a try whose process died before it could say how it went."""

    attempt: int
    at: datetime
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that this process may send until its lease ends. `secrets` and `auth` are sealed;
    `simulated` is the fault that it belongs to when it is a simulation's."""

    id: UUID
    company_id: UUID
    subscription_id: UUID
    event_type: str
    body: dict[str, Any]
    epoch: int
    attempts: int
    url: str
    secrets: str
    both_secrets: bool
    payload: Payload
    auth: str
    simulated: str | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one try, for the record. `wait`, `give_up` in seconds; `milliseconds` of the call."""

    outcome: Outcome
    status: int | None
    error: str | None
    answer: str | None
    milliseconds: int
    wait: float = 0.0


async def insert_subscription(tx: Tx, **row: Any) -> Subscription:
    """The new row: every column but those that the database fills; `secrets` and `auth` sealed."""
    return (await tx.all(_sql["insert_subscription"], row, into=Subscription))[0]


async def count_subscriptions(tx: Tx, company_id: UUID) -> int:
    """How many there are that are not deleted."""
    return int(await tx.value(_sql["count_subscriptions"], {"company_id": company_id}))


async def get_subscription(tx: Tx, id_: UUID) -> Subscription | None:
    """One, unless it is deleted or another company's."""
    return await tx.one(_sql["get_subscription"], {"id": id_}, into=Subscription)


async def list_subscriptions(tx: Tx) -> list[Subscription]:
    """All of the company's."""
    return await tx.all(_sql["list_subscriptions"], into=Subscription)


async def update_subscription(tx: Tx, id_: UUID, **row: Any) -> Subscription | None:
    """What may be changed; `auth` and `auth_kind` None stay. `fresh` forgets what the breaker had counted."""
    return await tx.one(_sql["update_subscription"], {"id": id_, **row}, into=Subscription)


async def lock_subscription(tx: Tx, id_: UUID) -> str | None:
    """Its sealed secrets, the row locked; None when it is deleted."""
    sealed = await tx.value(_sql["lock_subscription"], {"id": id_})
    return None if sealed is None else str(sealed)


async def read_secrets(tx: Tx, id_: UUID) -> str | None:
    """Its sealed secrets; None when it is deleted."""
    sealed = await tx.value(_sql["read_secrets"], {"id": id_})
    return None if sealed is None else str(sealed)


async def replace_secrets(tx: Tx, id_: UUID, secrets: str, keep: float) -> Subscription | None:
    """New sealed secrets; the one before stays good for `keep` seconds."""
    params = {"id": id_, "secrets": secrets, "keep": keep}
    return await tx.one(_sql["replace_secrets"], params, into=Subscription)


async def delete_subscription(tx: Tx, id_: UUID) -> int:
    """1, or 0 when there was nothing to delete."""
    return await tx.run(_sql["delete_subscription"], {"id": id_})


async def end_deliveries(tx: Tx, company_id: UUID, id_: UUID, reason: str) -> int:
    """How many deliveries of a subscription were given up."""
    return await tx.run(_sql["end_deliveries"], {"id": id_, "company_id": company_id, "reason": reason})


async def wanted_events(
    tx: Tx, company_id: UUID, event_ids: Sequence[int], *, only: UUID | None = None
) -> list[EventFacts]:
    """Those of the events that somebody (or `only` this subscription) asked for."""
    params = {"company_id": company_id, "event_ids": list(event_ids), "only": only}
    return await tx.all(_sql["wanted_events"], params, into=EventFacts)


async def insert_deliveries(tx: Tx, company_id: UUID, deliveries: list[dict[str, Any]]) -> int:
    """How many were new."""
    params = {"company_id": company_id, "deliveries": json(deliveries)}
    return await tx.run(_sql["insert_deliveries"], params)


async def events_since(tx: Tx, company_id: UUID, since: datetime, limit: int) -> list[tuple[int, datetime]]:
    """Numbers and times of what happened since then, oldest first."""
    params = {"company_id": company_id, "since": since, "limit": limit}
    return [(row["id"], row["at"]) for row in await tx.all(_sql["events_since"], params)]


async def send_again(
    tx: Tx, company_id: UUID, subscription_id: UUID, event_ids: Sequence[int], statuses: Sequence[str]
) -> int:
    """How many deliveries that were over begin anew."""
    params = {
        "company_id": company_id,
        "subscription_id": subscription_id,
        "event_ids": list(event_ids),
        "statuses": list(statuses),
    }
    return await tx.run(_sql["send_again"], params)


async def lock_claims(tx: Tx) -> None:
    """Wait until no other process takes deliveries; held to the end of the transaction."""
    await tx.value(_sql["lock_claims"])


async def failing_subscriptions(tx: Tx, disable_after: float) -> list[tuple[UUID, UUID]]:
    """(id, company) of active ones that have failed for so many seconds."""
    rows = await tx.all(_sql["failing_subscriptions"], {"disable_after": disable_after})
    return [(row["id"], row["company_id"]) for row in rows]


async def claim_deliveries(
    tx: Tx, owner: UUID, *, limit: int, lease: float, breaker: int, per_subscription: int, rate: int
) -> list[Claimed]:
    """Due deliveries, now this owner's for `lease` seconds; at most `rate` of a subscription in a second."""
    params = {
        "rate": rate,
        "owner": owner,
        "limit": limit,
        "lease": lease,
        "breaker": breaker,
        "per_subscription": per_subscription,
    }
    return await tx.all(_sql["claim_deliveries"], params, into=Claimed)


async def record_try(tx: Tx, owner: UUID, claimed: Claimed, made: Made, give_up: float) -> str | None:
    """The delivery's status after the try; None when the delivery is no longer this owner's."""
    params = msgspec.structs.asdict(made) | {
        "id": claimed.id,
        "company_id": claimed.company_id,
        "epoch": claimed.epoch,
        "owner": owner,
        "give_up": give_up,
    }
    status = await tx.value(_sql["record_try"], params)
    return None if status is None else str(status)


async def note_success(tx: Tx, company_id: UUID, id_: UUID) -> None:
    """Closes the breaker."""
    await tx.run(_sql["note_success"], {"company_id": company_id, "id": id_})


async def note_failure(tx: Tx, company_id: UUID, id_: UUID, breaker: int, breaker_wait: float) -> None:
    """Counts for the breaker, and opens it at `breaker` failures for `breaker_wait` seconds."""
    params = {"company_id": company_id, "id": id_, "breaker": breaker, "breaker_wait": breaker_wait}
    await tx.run(_sql["note_failure"], params)


async def disable_subscription(tx: Tx, company_id: UUID, id_: UUID, reason: str) -> bool:
    """Whether it was active until now."""
    params = {"company_id": company_id, "id": id_, "reason": reason}
    return await tx.run(_sql["disable_subscription"], params) == 1


async def take_ending(tx: Tx, days: int) -> list[Ending]:
    """Certificates that end within so many days, each once: they count as announced now."""
    return await tx.all(_sql["take_ending"], {"days": days}, into=Ending)


async def log_event(tx: Tx, company_id: UUID, kind: str, data: dict[str, Any]) -> int:
    """The number of the event."""
    params = {"company_id": company_id, "type": kind, "data": json(data)}
    return int(await tx.value(_sql["log_event"], params))


async def end_overdue(tx: Tx, give_up: float) -> int:
    """How many deliveries were given up without another try."""
    return await tx.run(_sql["end_overdue"], {"give_up": give_up})


async def retry_delivery(tx: Tx, id_: UUID) -> bool:
    """Whether it will be sent again; False while it is waiting or being sent anyway."""
    return await tx.run(_sql["retry_delivery"], {"id": id_}) == 1


async def get_delivery(tx: Tx, id_: UUID) -> Delivery | None:
    """One of the company's."""
    return await tx.one(_sql["get_delivery"], {"id": id_}, into=Delivery)


async def list_deliveries(
    tx: Tx,
    *,
    limit: int,
    status: Sequence[str] = (),
    subscription_id: UUID | None = None,
    run_id: UUID | None = None,
    before: UUID | None = None,
) -> list[Delivery]:
    """Newest first, those older than the given one."""
    params = {
        "limit": limit,
        "status": list(status),
        "subscription_id": subscription_id,
        "run_id": run_id,
        "before": before,
    }
    return await tx.all(_sql["list_deliveries"], params, into=Delivery)


async def list_tries(tx: Tx, id_: UUID) -> list[Try]:
    """In order."""
    return await tx.all(_sql["list_tries"], {"id": id_}, into=Try)
