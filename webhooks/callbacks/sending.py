"""Sending one delivery: claim (in a transaction), act (in none), record (in another).

Who claims a delivery holds it by owner and epoch until the lease ends. When a process dies in between,
the next one sends the same message again under the same id: at least once, and the receiver drops the
second by `webhook-id` or `X-Workato-Dedup`.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec

from kit import ids, jobs, log, signing
from kit.db import Db, Tx
from kit.errors import Fault
from kit.http import Answer, CompanyHttp, HttpFault
from kit.vault import Vault
from pipeline.jobs import EventsLogged
from webhooks.callbacks import auth, store
from webhooks.callbacks.auth import Auth, AuthFault, Passes
from webhooks.callbacks.body import MAX_BODY, with_links
from webhooks.callbacks.schedule import Policy, retry_after, verdict
from webhooks.callbacks.secrets import SecretLost, Secrets
from webhooks.callbacks.store import Claimed, Made

_EXCERPT = 500
_GONE = "The receiver answered 410: it is gone for good."
_FAILING = "The receiver has taken nothing for days."
_UNAUTHORISED = 401
_WARN_DAYS = 14
_log = log.get("webhooks.callbacks")


class Means(msgspec.Struct, frozen=True):
    """What sending needs besides the delivery."""

    http: CompanyHttp
    vault: Vault
    public_url: str
    policy: Policy = Policy()
    passes: Passes = msgspec.field(default_factory=Passes)


class Told(msgspec.Struct, frozen=True):
    """What came of one try: for the record, and for the subscription's breaker."""

    made: Made
    healthy: bool | None = None
    gone: bool = False


async def claim_due(db: Db, owner: UUID, policy: Policy, limit: int) -> list[Claimed]:
    """Up to `limit` due deliveries, now this owner's for the policy's lease."""
    async with db.engine() as tx:
        await store.lock_claims(tx)
        return await store.claim_deliveries(
            tx,
            owner,
            limit=limit,
            lease=policy.lease,
            breaker=policy.breaker_failures,
            per_subscription=policy.per_subscription,
            rate=policy.rate,
        )


async def act(means: Means, claimed: Claimed) -> Told:
    """Send it once. Whatever goes wrong is told, not raised."""
    told = await _sent(means, claimed)
    return told if claimed.simulated is None else _once(told)


def _once(told: Told) -> Told:
    """A simulation's message is not tried again, and says nothing about its receiver."""
    made = told.made
    over = msgspec.structs.replace(made, outcome="delivered" if made.outcome == "delivered" else "dead")
    return Told(over)


async def _sent(means: Means, claimed: Claimed) -> Told:
    started = time.monotonic()
    try:
        body, headers = _message(means, claimed)
        lets_in = auth.opened(means.vault, claimed.auth)
        headers |= await means.passes.headers(means.http, lets_in, means.policy.timeout)
        answer = await means.http.post(
            claimed.url,
            body,
            headers,
            seconds=means.policy.timeout,
            tls=await asyncio.to_thread(lets_in.tls),
        )
        if answer.status == _UNAUTHORISED:
            means.passes.refused(lets_in)
        return _judged(means.policy, claimed, answer, _excerpt(answer, claimed, headers, lets_in))
    except (HttpFault, SecretLost, MessageTooLarge, AuthFault) as fault:
        return _failed(means.policy, claimed, fault, started)
    except Exception:
        # A message that breaks us must count its tries too, or it would be sent for ever.
        _log.exception("delivery.broke", delivery=ids.show("dlv", claimed.id))
        return _failed(means.policy, claimed, Fault("The message could not be sent."), started)


class MessageTooLarge(Fault):
    """A body over the limit; it is never sent."""

    code = "body_too_large"


def _message(means: Means, claimed: Claimed) -> tuple[bytes, dict[str, str]]:
    body = with_links(claimed.body, means.public_url, thin=claimed.payload == "thin")
    if len(body) > MAX_BODY:
        raise MessageTooLarge(f"The message is larger than {MAX_BODY} bytes.")
    secrets = Secrets.opened(means.vault, claimed.secrets).usable(both=claimed.both_secrets)
    if claimed.simulated is not None and claimed.simulated.endswith(":forged"):
        secrets = [signing.new_secret()]
    message_id = str(claimed.body["id"])
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "X-Workato-Dedup": message_id,
        **signing.headers(message_id, datetime.now(UTC), body, secrets),
    }


def _failed(policy: Policy, claimed: Claimed, fault: Fault, started: float) -> Told:
    made = Made(
        outcome="dead" if isinstance(fault, MessageTooLarge) else "failed",
        status=None,
        error=fault.message,
        answer=None,
        milliseconds=round((time.monotonic() - started) * 1000),
        wait=policy.wait(claimed.attempts + 1, None),
    )
    return Told(made, healthy=False if isinstance(fault, HttpFault | AuthFault) else None)


def _judged(policy: Policy, claimed: Claimed, answer: Answer, excerpt: str) -> Told:
    meaning = verdict(answer.status)
    wait = policy.wait(claimed.attempts + 1, retry_after(answer.headers)) if meaning == "again" else 0.0

    def made(outcome: store.Outcome, error: str | None) -> Made:
        return Made(
            outcome=outcome,
            status=answer.status,
            error=error,
            answer=excerpt,
            milliseconds=answer.milliseconds,
            wait=wait,
        )

    if meaning == "delivered":
        return Told(made("delivered", None), healthy=True)
    if meaning == "gone":
        return Told(made("dead", _GONE), gone=True)
    if meaning == "final":
        return Told(made("dead", f"The receiver answered {answer.status}: it does not take this message."))
    return Told(made("failed", _again(answer.status)), healthy=False)


def _again(status: int) -> str:
    if 300 <= status < 400:
        return f"The receiver answered {status}, a redirect; redirects are not followed."
    return f"The receiver answered {status}."


def _excerpt(answer: Answer, claimed: Claimed, headers: dict[str, str], lets_in: Auth) -> str:
    """The beginning of the answer as text, without what we must not keep: the address (it lets anyone
    call the recipe), signatures, tokens. NUL cannot be stored."""
    text = answer.body[: 8 * _EXCERPT].decode("utf-8", "replace").replace("\x00", "")
    hidden = [claimed.url, httpx.URL(claimed.url).raw_path.decode("ascii")]
    hidden += headers["webhook-signature"].split(" ") + lets_in.secrets()
    hidden += [headers["Authorization"].partition(" ")[2]] if "Authorization" in headers else []
    for secret in hidden:
        text = text.replace(secret, "[hidden]") if len(secret) > 1 else text
    return log.redact(text)[:_EXCERPT]


async def record(db: Db, owner: UUID, means: Means, claimed: Claimed, told: Told) -> str | None:
    """Write down what came of a try, in one transaction; the delivery's new status, or None when another
    process had taken it over (then nothing is written)."""
    async with db.engine() as tx:
        await store.lock_subscription(tx, claimed.subscription_id)
        status = await store.record_try(tx, owner, claimed, told.made, means.policy.give_up)
        if status is not None:
            await _note(tx, means.policy, claimed, told)
    _say(claimed, told, status)
    return status


async def _note(tx: Tx, policy: Policy, claimed: Claimed, told: Told) -> None:
    company_id, subscription_id = claimed.company_id, claimed.subscription_id
    if told.gone:
        await _disable(tx, company_id, subscription_id, "gone", _GONE)
    elif told.healthy:
        await store.note_success(tx, company_id, subscription_id)
    elif told.healthy is False:
        await store.note_failure(
            tx, company_id, subscription_id, policy.breaker_failures, policy.breaker_wait
        )


async def disable_failing(db: Db, policy: Policy) -> None:
    """Switch off what has taken nothing for long, and say so."""
    async with db.engine() as tx:
        for subscription_id, company_id in await store.failing_subscriptions(tx, policy.disable_after):
            await store.lock_subscription(tx, subscription_id)
            await _disable(tx, company_id, subscription_id, "failing", _FAILING)


async def _disable(tx: Tx, company_id: UUID, subscription_id: UUID, reason: str, says: str) -> None:
    if not await store.disable_subscription(tx, company_id, subscription_id, reason):
        return
    await store.end_deliveries(tx, company_id, subscription_id, says)
    data: dict[str, Any] = {"subscription_id": ids.show("sub", subscription_id), "reason": says}
    await announce(tx, company_id, "subscription.disabled", data)


async def announce_ending(db: Db) -> int:
    """Tell companies once of each certificate that ends within two weeks; how many."""
    async with db.engine() as tx:
        ending = await store.take_ending(tx, _WARN_DAYS)
        for one in ending:
            shown = ids.show("sub", one.id)
            says = f"The certificate of the subscription {one.description[:100] or shown} ends on "
            says += f"{one.auth_ends_at:%Y-%m-%d}; set a new one before."
            data = {"subscription_id": shown, "reason": says}
            await announce(tx, one.company_id, "subscription.expiring", data)
    return len(ending)


async def announce(tx: Tx, company_id: UUID, kind: str, data: dict[str, Any]) -> None:
    """Log an event in the caller's transaction (of the engine), on its way to who wants it."""
    event_id = await store.log_event(tx, company_id, kind, data)
    await jobs.put(tx, company_id, EventsLogged(event_ids=[event_id]))


def _say(claimed: Claimed, told: Told, status: str | None) -> None:
    line = _log.error if status == "dead" else _log.info
    line(
        "delivery.fenced" if status is None else f"delivery.{status}",
        delivery=ids.show("dlv", claimed.id),
        company=ids.show("company", claimed.company_id),
        message=claimed.body["id"],
        status=told.made.status,
        ms=told.made.milliseconds,
        error=told.made.error,
    )
