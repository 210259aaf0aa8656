"""Deliveries: planned from events, read as a log, sent again by hand. Sending is in `sending.py`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from control import audit
from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from pipeline.log.kinds import KINDS
from webhooks.callbacks import store
from webhooks.callbacks.body import EventFacts, compose
from webhooks.callbacks.sample import filled
from webhooks.callbacks.store import Delivery, Try

MOST_REPLAYED = 5_000


class Page(msgspec.Struct, frozen=True):
    """Deliveries, newest first, and the `before` of the next page (None on the last one)."""

    deliveries: list[Delivery]
    next: UUID | None


async def plan(tx: Tx, company_id: UUID, event_ids: Sequence[int]) -> int:
    """One delivery for each event and each active subscription that asked for it; how many are new.
    Planning the same events again adds nothing. Needs a transaction of the engine."""
    return await _planned(tx, company_id, await store.wanted_events(tx, company_id, event_ids))


async def _planned(tx: Tx, company_id: UUID, events: list[EventFacts]) -> int:
    rows = [
        {
            "id": str(ids.new()),
            "subscription_id": str(subscription_id),
            "event_id": event.id,
            "event_type": event.type,
            "run_id": event.run_id and str(event.run_id),
            "body": body,
        }
        for event, body in ((event, compose(event)) for event in events)
        for subscription_id in event.subscriptions
    ]
    return await store.insert_deliveries(tx, company_id, rows) if rows else 0


async def get(tx: Tx, caller: Caller, delivery_id: UUID) -> tuple[Delivery, list[Try]]:
    """A delivery with each of its tries. Raises NotFound."""
    require(caller, "subscriptions:read")
    return await _one(tx, delivery_id), await store.list_tries(tx, delivery_id)


async def listing(
    tx: Tx,
    caller: Caller,
    *,
    limit: int = 100,
    status: Sequence[store.DeliveryStatus] = (),
    subscription_id: UUID | None = None,
    run_id: UUID | None = None,
    before: UUID | None = None,
) -> Page:
    """The delivery log; `status=["dead"]` is the dead-letter list."""
    require(caller, "subscriptions:read")
    found = await store.list_deliveries(
        tx, limit=limit + 1, status=status, subscription_id=subscription_id, run_id=run_id, before=before
    )
    shown = found[:limit]
    more = len(found) > limit
    return Page(shown, shown[-1].id if more else None)


async def retry(tx: Tx, caller: Caller, delivery_id: UUID) -> Delivery:
    """Send it again now, with the whole schedule ahead; the message id stays the same. Raises NotFound,
    and Conflict while it is on its way anyway or when its subscription is off."""
    require(caller, "subscriptions:write")
    delivery = await _one(tx, delivery_id)
    if delivery.subscription_status != "active":
        raise _off(delivery.subscription_id, delivery.subscription_status)
    if not await store.retry_delivery(tx, delivery_id):
        raise Conflict("The delivery is on its way already.", code="on_its_way", retry_after=15)
    await audit.record(tx, caller, "delivery.retried", ids.show("dlv", delivery_id))
    return await _one(tx, delivery_id)


class Replayed(msgspec.Struct, frozen=True):
    """What a replay came to: deliveries that are new, and those that begin anew. `next_since` is where to go
    on when there was more than one replay takes (None: that was all)."""

    new: int
    again: int
    next_since: datetime | None


async def replay(
    tx: Tx, caller: Caller, subscription_id: UUID, since: datetime, *, missing: bool
) -> Replayed:
    """Send what happened since then to a subscription: everything, or (`missing`) only what it was never
    given or what did not arrive. What is on its way stays as it is. Raises NotFound, Conflict."""
    require(caller, "subscriptions:write")
    await _active(tx, subscription_id)
    company_id = caller.company_id
    found = await store.events_since(tx, company_id, since, MOST_REPLAYED + 1)
    numbers = [number for number, _ in found[:MOST_REPLAYED]]
    over = ("dead",) if missing else ("dead", "delivered")
    again = await store.send_again(tx, company_id, subscription_id, numbers, over)
    new = await _planned(
        tx, company_id, await store.wanted_events(tx, company_id, numbers, only=subscription_id)
    )
    shown = ids.show("sub", subscription_id)
    await audit.record(tx, caller, "subscription.replayed", shown, detail={"new": new, "again": again})
    return Replayed(new, again, found[-1][1] if len(found) > MOST_REPLAYED else None)


async def send_test(tx: Tx, caller: Caller, subscription_id: UUID, kind: str) -> Delivery:
    """A message of this type in which every field is filled, so that a wizard sees them all. It is no event
    of the log. Raises NotFound, Conflict, Invalid."""
    require(caller, "subscriptions:write")
    await _active(tx, subscription_id)
    if kind not in KINDS:
        raise Invalid(f"There is no event {kind[:40]}.", errors=[FieldError("type", "is no event")])
    id_ = ids.new()
    body = filled(kind, caller.company_id)
    row = {
        "id": str(id_),
        "subscription_id": str(subscription_id),
        # No event of the log: those are counted upwards from 1.
        "event_id": -time.time_ns(),
        "event_type": kind,
        "run_id": None,
        "body": body,
    }
    await store.insert_deliveries(tx, caller.company_id, [row])
    await audit.record(tx, caller, "subscription.tested", ids.show("sub", subscription_id))
    return await _one(tx, id_)


async def _active(tx: Tx, subscription_id: UUID) -> None:
    found = await store.get_subscription(tx, subscription_id)
    if found is None:
        raise NotFound(f"There is no subscription {ids.show('sub', subscription_id)}.")
    if found.status != "active":
        raise _off(subscription_id, found.status)


def _off(subscription_id: UUID, status: str) -> Conflict:
    return Conflict(
        f"The subscription is {status}.",
        code="subscription_off",
        action=Action(
            "Set the subscription's status to active, or wait for the recipe to subscribe again.",
            link=f"/v1/subscriptions/{ids.show('sub', subscription_id)}",
        ),
    )


async def _one(tx: Tx, delivery_id: UUID) -> Delivery:
    delivery = await store.get_delivery(tx, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery {ids.show('dlv', delivery_id)}.")
    return delivery
