"""Deliveries: planned from events, read as a log, sent again by hand. Sending is in `sending.py`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from control import audit
from control.access import Caller, require
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, NotFound
from webhooks.callbacks import store
from webhooks.callbacks.body import EventFacts, compose
from webhooks.callbacks.store import Delivery, Try


class Page(msgspec.Struct, frozen=True):
    """Deliveries, newest first, and the `before` of the next page (None on the last one)."""

    deliveries: list[Delivery]
    next: UUID | None


async def plan(tx: Tx, company_id: UUID, event_ids: Sequence[int]) -> int:
    """One delivery for each event and each active subscription that asked for it; how many are new.
    Planning the same events again adds nothing. Needs a transaction of the engine."""
    rows = [
        {
            "id": str(ids.new()),
            "subscription_id": str(subscription_id),
            "event_id": event.id,
            "event_type": event.type,
            "run_id": event.run_id and str(event.run_id),
            "body": body,
        }
        for event, body in _with_bodies(await store.wanted_events(tx, company_id, event_ids))
        for subscription_id in event.subscriptions
    ]
    return await store.insert_deliveries(tx, company_id, rows) if rows else 0


def _with_bodies(events: list[EventFacts]) -> list[tuple[EventFacts, dict[str, object]]]:
    return [(event, compose(event)) for event in events]


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
        raise Conflict(
            f"The subscription of this delivery is {delivery.subscription_status}.",
            code="subscription_off",
            action=Action(
                "Set the subscription's status to active, or wait for the recipe to subscribe again.",
                link=f"/v1/subscriptions/{ids.show('sub', delivery.subscription_id)}",
            ),
        )
    if not await store.retry_delivery(tx, delivery_id):
        raise Conflict("The delivery is on its way already.", code="on_its_way", retry_after=15)
    await audit.record(tx, caller, "delivery.retried", ids.show("dlv", delivery_id))
    return await _one(tx, delivery_id)


async def _one(tx: Tx, delivery_id: UUID) -> Delivery:
    delivery = await store.get_delivery(tx, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery {ids.show('dlv', delivery_id)}.")
    return delivery
