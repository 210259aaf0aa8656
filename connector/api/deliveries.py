"""Deliveries: the log of what was sent, how each try went, and sending again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, NotFound
from webhooks.callbacks import deliveries, store

_ID = "dlv_01990a6b4c7d7e2fb1a0c3d4e5f60718"
_EVENT = "evt_0a1b2c3d0000000000000042"


class DeliveryOut(msgspec.Struct, frozen=True):
    """One event on its way to one subscription. `failed` is tried again at `next_try_at`, `dead` is not."""

    id: str
    subscription_id: str
    event_id: str
    event_type: str
    run_id: str | None
    status: store.DeliveryStatus
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    updated_at: datetime


class TryOut(msgspec.Struct, frozen=True):
    """One try: the receiver's status (null: it did not answer) and the beginning of what it said."""

    number: int
    at: datetime
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None


class DeliveryDetail(DeliveryOut, frozen=True):
    """A delivery with its body, as composed (links are still paths), and each of its tries."""

    body: dict[str, Any]
    tries: list[TryOut]


class DeliveryList(msgspec.Struct, frozen=True):
    """One page of the log."""

    results: list[DeliveryOut]
    next_cursor: str | None
    has_more: bool


class DeliveryQuery(msgspec.Struct, frozen=True):
    """What of the log to read; `status=dead` is what was given up."""

    cursor: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    status: list[store.DeliveryStatus] = []
    subscription_id: str = ""
    run_id: str = ""


_EXAMPLE = {
    "id": _ID,
    "subscription_id": "sub_01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "event_id": _EVENT,
    "event_type": "role.ready",
    "run_id": "run_01990a6b4c7d7e2fb1a0c3d4e5f60718",
    "status": "failed",
    "attempts": 1,
    "next_try_at": "2026-11-22T09:30:05Z",
    "last_status": 503,
    "last_error": "The receiver answered 503.",
    "created_at": "2026-11-22T09:30:00Z",
    "finished_at": None,
    "updated_at": "2026-11-22T09:30:00Z",
}
_TRY = {
    "number": 1,
    "at": "2026-11-22T09:30:00Z",
    "status": 503,
    "milliseconds": 84,
    "error": "The receiver answered 503.",
    "answer": "Service Unavailable",
}
_BODY = {"id": _EVENT, "type": "role.ready", "status": "running", "display": "running"}


def _fields(delivery: store.Delivery) -> dict[str, Any]:
    return {
        "id": ids.show("dlv", delivery.id),
        "subscription_id": ids.show("sub", delivery.subscription_id),
        "event_id": delivery.body["id"],
        "event_type": delivery.event_type,
        "run_id": delivery.run_id and ids.show("run", delivery.run_id),
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_try_at": delivery.next_try_at,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
        "updated_at": delivery.updated_at,
    }


def _try(one: store.Try) -> TryOut:
    return TryOut(one.attempt, one.at, one.status, one.milliseconds, one.error, one.answer)


class Deliveries(Controller):
    """What was sent to whom, and how it went."""

    path = "/v1/deliveries"
    tags = ["Callbacks"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchDeliveries",
            "The delivery log",
            scope="subscriptions:read",
            query=DeliveryQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=DeliveryList,
                    example={"results": [_EXAMPLE], "next_cursor": _ID, "has_more": True},
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """Newest first. `status=dead` lists what was given up."""
        asked = call.query(DeliveryQuery)
        async with call.tx() as tx:
            page = await deliveries.listing(
                tx,
                call.caller,
                limit=asked.limit,
                status=asked.status,
                subscription_id=ids.parse("sub", asked.subscription_id) if asked.subscription_id else None,
                run_id=ids.parse("run", asked.run_id) if asked.run_id else None,
                before=ids.parse("dlv", asked.cursor) if asked.cursor else None,
            )
        results = [DeliveryOut(**_fields(delivery)) for delivery in page.deliveries]
        cursor = None if page.next is None else ids.show("dlv", page.next)
        return Reply(DeliveryList(results, cursor, page.next is not None))

    @get(
        "/{delivery_id:str}",
        **operation(
            "getDelivery",
            "One delivery with each of its tries",
            scope="subscriptions:read",
            params={"delivery_id": _ID},
            answers={200: Answer(kind=DeliveryDetail, example={**_EXAMPLE, "body": _BODY, "tries": [_TRY]})},
        ),
    )
    async def show(self, call: NamedDependency[Call], delivery_id: FromPath[str]) -> Reply:
        """A number that is missing among the tries belongs to a process that died while sending."""
        async with call.tx() as tx:
            delivery, tries = await deliveries.get(tx, call.caller, ids.parse("dlv", delivery_id))
        shown = [_try(one) for one in tries]
        return Reply(DeliveryDetail(**_fields(delivery), body=delivery.body, tries=shown))

    @post(
        "/{delivery_id:str}/retry",
        **operation(
            "retryDelivery",
            "Send a delivery again",
            scope="subscriptions:write",
            params={"delivery_id": _ID},
            answers={
                202: Answer(
                    kind=DeliveryOut,
                    example={**_EXAMPLE, "status": "pending", "attempts": 0},
                    says="It will be sent now, under the same id.",
                )
            },
            errors=(Conflict,),
            idempotent=True,
            notes="For what is delivered, failed or dead. A receiver that remembers ids drops a repeat.",
        ),
    )
    async def retry(self, call: NamedDependency[Call], delivery_id: FromPath[str]) -> Reply:
        """Needs no body."""
        id_ = ids.parse("dlv", delivery_id)

        async def work(tx: Tx) -> Reply:
            return Reply(DeliveryOut(**_fields(await deliveries.retry(tx, call.caller, id_))), 202)

        return await call.once(work)
