"""What a recipe did about each fault, held against what a right one does. Judged from stored rows; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from webhooks.simulations.cases import RETRY_AFTER
from webhooks.simulations.store import CaseRow, Sent

Mark = Literal["open", "passed", "failed", "not_seen"]
_SLACK = 0.5
_REFUSALS = (400, 401, 403)


class Grade(msgspec.Struct, frozen=True):
    """`open` until the simulation is over; `not_seen` when what the recipe did leaves no trace here. `yours`
    is one sentence on what the recipe did."""

    mark: Mark
    yours: str


def grade(case: CaseRow, sent: Sequence[Sent], *, over: bool, reads_elsewhere: bool) -> Grade:
    """`sent` are the case's messages in order; `reads_elsewhere`: the recipe reads runs in other cases."""
    if not over:
        return Grade("open", f"{sum(one.attempts > 0 for one in sent)} of {len(sent)} messages were sent.")
    if not sent and case.wait is None:
        return Grade("not_seen", "The subscription hears of nothing that this sends.")
    if any(one.attempts == 0 for one in sent):
        return Grade("not_seen", "A message was not sent in time; no worker of the connector was free.")
    if case.name == "bad_signature":
        return _forged(case, sent[0], reads_elsewhere=reads_elsewhere)
    if (fault := _not_taken(sent)) is not None:
        return Grade("failed", fault)
    if case.name == "too_many_requests":
        return _throttled(case)
    if case.name == "duplicate":
        return _repeated(case)
    if case.name == "suspended_then_failed":
        return _resumed(case)
    return Grade("passed", f"Answered {_statuses(sent)}.")


def _statuses(sent: Sequence[Sent]) -> str:
    return " and ".join(str(one.last_status) for one in sent)


def _not_taken(sent: Sequence[Sent]) -> str | None:
    for number, one in enumerate(sent, 1):
        if one.status != "delivered":
            which = f"message {number} of {len(sent)} ({one.event_type})" if len(sent) > 1 else "the message"
            said = "gave no answer to" if one.last_status is None else f"answered {one.last_status} to"
            return f"It {said} {which}; only 2xx ends the repeats."
    return None


def _forged(case: CaseRow, sent: Sent, *, reads_elsewhere: bool) -> Grade:
    if case.reads:
        return Grade("failed", "It read the run of a forged message, so it acted on it.")
    if sent.last_status in _REFUSALS:
        return Grade("passed", f"Refused with {sent.last_status}, and the run was not read.")
    if sent.status != "delivered":
        said = "gave no answer" if sent.last_status is None else f"answered {sent.last_status}"
        return Grade("failed", f"It {said} to a forged message; refuse it, or take it and make no job.")
    if reads_elsewhere:
        return Grade("passed", f"Answered {sent.last_status}, and the run was not read, as it is elsewhere.")
    return Grade(
        "not_seen", f"Answered {sent.last_status}; it reads no runs, so nothing shows whether it acted."
    )


def _throttled(case: CaseRow) -> Grade:
    if case.read_at is None:
        return Grade("not_seen", "It took the message and did not read the run, so it met no 429.")
    if case.read_again_at is None:
        return Grade("failed", "It read the run, was answered 429, and did not come back.")
    waited = (case.read_again_at - case.read_at).total_seconds()
    if waited < RETRY_AFTER - _SLACK:
        return Grade("failed", f"It came back after {waited:.1f} s; Retry-After said {RETRY_AFTER:g}.")
    return Grade("passed", f"It came back after {waited:.1f} s.")


def _repeated(case: CaseRow) -> Grade:
    if case.reads > 1:
        return Grade("failed", f"It read the run {case.reads} times, so the repeat made a job of its own.")
    if case.reads:
        return Grade("passed", "It took both and read the run once.")
    return Grade("not_seen", "It took both; it reads no run, so nothing shows whether it acted twice.")


def _resumed(case: CaseRow) -> Grade:
    if case.wait is None:
        return Grade("passed", "It took both messages; no job slept until this run was over.")
    if case.wait == "resumed":
        return Grade("passed", "It took both messages, and its job was resumed with the failure.")
    return Grade("failed", f"Its sleeping job could not be resumed (the wait is {case.wait}).")
