"""The faults that a recipe is tried with: what is sent in each, and what a right recipe does about it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from pipeline.log.kinds import KINDS
from webhooks.callbacks.events import patterns

Name = Literal[
    "too_many_requests", "duplicate", "out_of_order", "late", "bad_signature", "suspended_then_failed"
]
RETRY_AFTER = 2.0
"""Seconds that a recipe is told to wait by the 429."""

HOURS_LATE = 23.0
_APART = 1.0
_OF_RUNS = ("run.", "role.", "stage.", "review.")
_END, _BEGIN, _FAILED = "run.finished", "run.started", "run.failed"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a case: sent `after` seconds, of an event that is `hours` old. `again` is the message
    before it once more; `forged` is one that is not signed with the subscription's secret."""

    kind: str
    sequence: int
    after: float = 0.0
    hours: float = 0.0
    again: bool = False
    forged: bool = False


class Case(msgspec.Struct, frozen=True):
    """`says` is what is sent, `right` what a right recipe does."""

    says: str
    right: str


CASES: dict[Name, Case] = {
    "too_many_requests": Case(
        "A run ended; who reads that run is answered 429 with Retry-After: 2, and the run afterwards.",
        "Waits as long as Retry-After says and reads the run again.",
    ),
    "duplicate": Case(
        "The same message twice, under the same id.",
        "Answers both with 2xx and acts once.",
    ),
    "out_of_order": Case(
        "The end of a run, and after it an event of the same run with a smaller sequence number.",
        "Answers both with 2xx; the smaller number is older news.",
    ),
    "late": Case(
        "The end of a run that is 23 hours old, signed now.",
        "Answers 2xx: a message may be a day old, and its signature is as old as the try.",
    ),
    "bad_signature": Case(
        "A message that is signed with another secret.",
        "Makes no job of it, whatever it answers.",
    ),
    "suspended_then_failed": Case(
        "A run waits, then fails; a job that sleeps until this run is over is resumed with the failure.",
        "Takes both messages, and when it is resumed takes status failed for what it is.",
    ),
}


def heard(kind: str, events: Collection[str]) -> bool:
    """Whether a subscription to these events hears of this kind."""
    return not set(patterns(kind)).isdisjoint(events)


def _could_be(kind: str, events: Collection[str]) -> bool:
    """Whether it can be of a run that was made up, and is heard of."""
    return kind in KINDS and kind.startswith(_OF_RUNS) and heard(kind, events)


def messages(name: Name, events: Collection[str]) -> list[Message]:
    """What a case sends to a subscription to these events; nothing when it hears of none that could be."""
    end = next((kind for kind in (_END, *events, "role.ready", *KINDS) if _could_be(kind, events)), None)
    if end is None:
        return []
    whole = Message(kind=end, sequence=9)
    if name == "duplicate":
        return [whole, msgspec.structs.replace(whole, after=_APART, again=True)]
    if name == "out_of_order":
        begin = _BEGIN if heard(_BEGIN, events) else end
        return [whole, Message(kind=begin, sequence=2, after=_APART)]
    if name == "late":
        return [msgspec.structs.replace(whole, hours=HOURS_LATE)]
    if name == "bad_signature":
        return [msgspec.structs.replace(whole, forged=True)]
    if name == "suspended_then_failed":
        pair = [Message(kind="run.waiting", sequence=5), Message(kind=_FAILED, sequence=9, after=_APART)]
        return [one for one in pair if heard(one.kind, events)]
    return [whole]
