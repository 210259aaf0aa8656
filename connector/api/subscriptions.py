"""Subscriptions: a recipe asks to be called back, and says when it is no longer there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.sources import callback_rules
from kit import ids
from kit.db import Tx
from kit.errors import Conflict
from kit.http import AddressRules
from webhooks.callbacks import deliveries, store, subscriptions
from webhooks.callbacks.auth import AuthKind
from webhooks.callbacks.deliveries import Replayed
from webhooks.callbacks.subscriptions import Change, New

_ID = "sub_01990a6b4c7d7e2fb1a0c3d4e5f60718"
_DELIVERY = "dlv_01990a6b4c7d7e2fb1a0c3d4e5f60718"
_EVENT = "evt_01990a6b000000000000002a"
_URL = "https://webhooks.workato.com/webhooks/rest/3f1c/role-events"


class SubscriptionOut(msgspec.Struct, frozen=True):
    """A subscription. While `paused_until` is ahead its receiver is left alone after `failures` in a row."""

    id: str
    url: str
    events: list[str]
    description: str
    recipe_id: str | None
    status: store.SubscriptionStatus
    disabled_reason: str | None
    failures: int
    paused_until: datetime | None
    previous_secret_until: datetime | None
    expires_at: datetime | None
    payload: store.Payload
    sources: list[str]
    states: list[str]
    stages: list[str]
    auth_kind: AuthKind
    auth_ends_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class SubscriptionWithSecret(SubscriptionOut, frozen=True):
    """A subscription and its signing secret, which no other answer shows."""

    secret: str


class ReplayIn(msgspec.Struct):
    """From when on, and whether everything is meant or only what did not arrive."""

    since: datetime
    only: Literal["missing", "all"] = "missing"


class TestIn(msgspec.Struct):
    """The type of the event to be tried."""

    type: str = "role.ready"


class TestOut(msgspec.Struct, frozen=True):
    """The delivery that was planned."""

    delivery_id: str
    event_id: str


class SubscriptionList(msgspec.Struct, frozen=True):
    """All of a company's subscriptions; there are never more than 100."""

    results: list[SubscriptionOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE = {
    "id": _ID,
    "url": _URL,
    "events": ["role.ready", "run.*"],
    "description": "Nightly load",
    "recipe_id": "1234567",
    "status": "active",
    "disabled_reason": None,
    "failures": 0,
    "paused_until": None,
    "previous_secret_until": None,
    "expires_at": None,
    "payload": "full",
    "sources": [],
    "states": [],
    "stages": [],
    "auth_kind": "none",
    "auth_ends_at": None,
    "failing_since": None,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}
_WITH_SECRET = {**_EXAMPLE, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
_IGNORED: dict[str, list[str]] = {"ignored": []}


def shown(subscription: store.Subscription) -> SubscriptionOut:
    """As the API shows it."""
    return SubscriptionOut(
        id=ids.show("sub", subscription.id),
        url=subscription.url,
        events=subscription.events,
        description=subscription.description,
        recipe_id=subscription.recipe_id,
        status=subscription.status,
        disabled_reason=subscription.disabled_reason,
        failures=subscription.failures,
        paused_until=subscription.open_until,
        previous_secret_until=subscription.previous_secret_until,
        expires_at=subscription.expires_at,
        payload=subscription.payload,
        sources=subscription.sources,
        states=subscription.states,
        stages=subscription.stages,
        auth_kind=subscription.auth_kind,
        auth_ends_at=subscription.auth_ends_at,
        failing_since=subscription.failing_since,
        created_at=subscription.created_at,
        updated_at=subscription.updated_at,
    )


def _rules(call: Call) -> AddressRules:
    return callback_rules(call.services.settings)


async def _with_secret(call: Call, reply: Reply) -> Reply:
    """The answer with the secret in it. It is added after the answer was kept for repeats, so that the
    secret is never at rest in the open."""
    body = msgspec.json.decode(reply.content)
    async with call.tx() as tx:
        id_ = ids.parse("sub", body["id"])
        body["secret"] = await subscriptions.secret_of(tx, call.caller, call.services.vault, id_)
    return Reply(body, reply.status_code or 200, headers=reply.named)


class Subscriptions(Controller):
    """Who is called back, where, and for which events."""

    path = "/v1/subscriptions"
    tags = ["Callbacks"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "createSubscription",
            "Ask to be called back",
            scope="subscriptions:write",
            body=Body(
                kind=New,
                examples={
                    "everything": {"url": _URL, "recipe_id": "1234567"},
                    "some": {"url": _URL, "events": ["role.ready", "run.*"], "description": "Nightly load"},
                    "signal": {"url": _URL, "events": ["run.*"], "payload": "thin", "sources": ["workday"]},
                    "API platform": {
                        "url": "https://apim.workato.com/acme/roles-v1/ready",
                        "auth": {"kind": "header", "name": "api-token", "value": "..."},
                    },
                },
            ),
            answers={
                201: Answer(
                    kind=SubscriptionWithSecret,
                    example={**_WITH_SECRET, **_IGNORED},
                    says="Created. Keep the secret: it is not shown again.",
                    headers={"Location": "The subscription."},
                )
            },
            idempotent=True,
            notes="Without `events` all are sent but those of single stages, which have to be named "
            "(`stage.*`); `stages` says which. The address must be https and on an allowed host.",
        ),
    )
    async def create(self, call: NamedDependency[Call]) -> Reply:
        """What a recipe does when it starts."""
        given, ignored = await call.body(New)

        async def work(tx: Tx) -> Reply:
            made, _ = await subscriptions.create(tx, call.caller, call.services.vault, _rules(call), given)
            location = f"/v1/subscriptions/{ids.show('sub', made.id)}"
            return Reply(shown(made), 201, headers={"Location": location}, ignored=ignored)

        return await _with_secret(call, await call.once(work))

    @get(
        "/",
        **operation(
            "searchSubscriptions",
            "All subscriptions of the company",
            scope="subscriptions:read",
            answers={
                200: Answer(
                    kind=SubscriptionList,
                    example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """Newest first, in one page."""
        async with call.tx() as tx:
            found = await subscriptions.listing(tx, call.caller)
        return Reply(SubscriptionList([shown(one) for one in found], None, has_more=False))

    @get(
        "/{subscription_id:str}",
        **operation(
            "getSubscription",
            "One subscription",
            scope="subscriptions:read",
            params={"subscription_id": _ID},
            answers={200: Answer(kind=SubscriptionOut, example=_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], subscription_id: FromPath[str]) -> Reply:
        """Without its secret."""
        async with call.tx() as tx:
            return Reply(shown(await subscriptions.get(tx, call.caller, ids.parse("sub", subscription_id))))

    @patch(
        "/{subscription_id:str}",
        **operation(
            "updateSubscription",
            "Renew or correct a subscription",
            scope="subscriptions:write",
            params={"subscription_id": _ID},
            body=Body(
                kind=Change,
                examples={
                    "renew": {"expires_at": "2027-01-31T00:00:00Z"},
                    "switch on again": {"status": "active"},
                },
            ),
            answers={200: Answer(kind=SubscriptionOut, example={**_EXAMPLE, **_IGNORED})},
            notes="What is left out stays. A new address, or `status: active`, calls the receiver at once.",
        ),
    )
    async def change(self, call: NamedDependency[Call], subscription_id: FromPath[str]) -> Reply:
        """What `webhook_refresh` of a recipe does."""
        given, ignored = await call.body(Change)
        id_ = ids.parse("sub", subscription_id)
        async with call.tx() as tx:
            changed = await subscriptions.change(
                tx, call.caller, call.services.vault, _rules(call), id_, given
            )
        return Reply(shown(changed), ignored=ignored)

    @post(
        "/{subscription_id:str}/rotate-secret",
        **operation(
            "rotateSubscriptionSecret",
            "Replace the signing secret",
            scope="subscriptions:write",
            params={"subscription_id": _ID},
            answers={
                200: Answer(
                    kind=SubscriptionWithSecret,
                    example=_WITH_SECRET,
                    says="The new secret. For 24 hours messages carry a signature by the old one too.",
                )
            },
            idempotent=True,
        ),
    )
    async def rotate(self, call: NamedDependency[Call], subscription_id: FromPath[str]) -> Reply:
        """Needs no body."""
        id_ = ids.parse("sub", subscription_id)

        async def work(tx: Tx) -> Reply:
            changed, _ = await subscriptions.rotate_secret(tx, call.caller, call.services.vault, id_)
            return Reply(shown(changed))

        return await _with_secret(call, await call.once(work))

    @post(
        "/{subscription_id:str}/replay",
        **operation(
            "replaySubscription",
            "Send again what happened since a moment",
            scope="subscriptions:write",
            params={"subscription_id": _ID},
            body=Body(
                kind=ReplayIn,
                examples={
                    "what is missing": {"since": "2026-11-22T00:00:00Z"},
                    "everything": {"since": "2026-11-22T00:00:00Z", "only": "all"},
                },
            ),
            answers={202: Answer(kind=Replayed, example={"new": 3, "again": 1, "next_since": None})},
            errors=(Conflict,),
            idempotent=True,
            notes="`missing`: what the subscription was never given, also from before it was made, and what "
            "is dead. `all`: what was delivered too, under the same ids. 5,000 events at once; go on at "
            "`next_since`.",
        ),
    )
    async def replay(self, call: NamedDependency[Call], subscription_id: FromPath[str]) -> Reply:
        """The receiver's own memory of ids still counts."""
        given, ignored = await call.body(ReplayIn)
        id_ = ids.parse("sub", subscription_id)

        async def work(tx: Tx) -> Reply:
            missing = given.only == "missing"
            done = await deliveries.replay(tx, call.caller, id_, given.since, missing=missing)
            return Reply(done, 202, ignored=ignored)

        return await call.once(work)

    @post(
        "/{subscription_id:str}/test",
        **operation(
            "testSubscription",
            "Send a test event with every field filled",
            scope="subscriptions:write",
            params={"subscription_id": _ID},
            body=Body(kind=TestIn, examples={"ready": {"type": "role.ready"}}, required=False),
            answers={202: Answer(kind=TestOut, example={"delivery_id": _DELIVERY, "event_id": _EVENT})},
            errors=(Conflict,),
            idempotent=True,
            notes="For the wizard of Workato's Webhooks trigger, which learns the fields from a sample. Its "
            "ids lead nowhere. It is delivered, signed and retried like every other.",
        ),
    )
    async def test(self, call: NamedDependency[Call], subscription_id: FromPath[str]) -> Reply:
        """How it went is at /v1/deliveries/{id}."""
        given, ignored = await call.body(TestIn)
        id_ = ids.parse("sub", subscription_id)

        async def work(tx: Tx) -> Reply:
            sent = await deliveries.send_test(tx, call.caller, id_, given.type)
            return Reply(TestOut(ids.show("dlv", sent.id), sent.body["id"]), 202, ignored=ignored)

        return await call.once(work)

    @delete(
        "/{subscription_id:str}",
        **operation(
            "deleteSubscription",
            "End a subscription",
            scope="subscriptions:write",
            params={"subscription_id": _ID},
            answers={204: Answer(kind=None, says="Gone, whether or not it was there.")},
        ),
    )
    async def remove(self, call: NamedDependency[Call], subscription_id: FromPath[str]) -> None:
        """What a recipe does when it stops; doing it twice is no error."""
        async with call.tx() as tx:
            await subscriptions.delete(tx, call.caller, ids.parse("sub", subscription_id))
