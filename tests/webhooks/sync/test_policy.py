"""When a sync that met a fault goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.pull import PullFault
from webhooks.sync.policy import Policy

STEADY = Policy(waits=(10, 60, 300), jitter=0, give_up=1000)


def wait(fault: PullFault, tries: int = 0, stood: float = 0, policy: Policy = STEADY) -> float | None:
    return policy.wait(fault, tries=tries, moved_at=datetime.now(UTC) - timedelta(seconds=stood))


def away(retry_after: float | None = None) -> PullFault:
    return PullFault("It is away.", reason="unavailable", retry=True, retry_after=retry_after)


def test_waits_grow_and_the_last_one_repeats() -> None:
    assert [wait(away(), tries) for tries in range(5)] == [10, 60, 300, 300, 300]


def test_what_the_other_side_asks_for_is_never_shortened() -> None:
    assert wait(away(120)) == 120
    assert wait(away(120), policy=Policy(waits=(1,), jitter=1, chance=lambda: 0.5)) == 180
    assert wait(away(0)) == 1


def test_a_wish_without_bounds_is_bounded() -> None:
    assert wait(away(10**9), policy=Policy(jitter=0, longest=600)) == 600


@pytest.mark.parametrize(("stood", "goes_on"), [(0, True), (939, True), (941, False)])
def test_a_sync_that_stood_too_long_is_given_up(stood: float, goes_on: bool) -> None:
    assert (wait(away(), 1, stood) is not None) is goes_on


def test_what_time_does_not_heal_is_not_waited_for() -> None:
    assert wait(PullFault("Refused.", reason="credential")) is None
