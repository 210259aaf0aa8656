"""When an HRIS is asked again, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.calls import Patience, checked, patiently, wish
from adapters.pull import PullFault
from kit.http import AddressRefused, HttpFault

pytestmark = pytest.mark.asyncio(loop_scope="function")
QUICK = Patience(calls=3, first=0.001, longest=0.01)
BUSY = PullFault("Busy.", reason="unavailable", retry=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("7", 7), ("0.5", 0.5), ("1e9", 3600), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600)),
        *((none, None) for none in ("0", "-3", "soon", "nan", "", None, "Sun, 06 Nov 1994 08:49:37 GMT")),
    ],
)
async def test_a_wish_is_seconds_or_a_date_within_an_hour(header: str | None, seconds: float | None) -> None:
    assert wish(header) == seconds


async def test_a_wish_may_be_a_moment() -> None:
    told = wish(format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True))
    assert told is not None
    assert 95 < told <= 100


async def test_waits_grow_and_are_drawn_at_random_below_a_bound() -> None:
    patience = Patience(calls=9, first=1, longest=30)
    for made, most in ((1, 1), (2, 3), (3, 9), (4, 27), (5, 30), (8, 30)):
        drawn = {patience.wait(BUSY, made) for _ in range(40)}
        assert len(drawn) > 30
        assert all(one is not None and 0 <= one <= most for one in drawn)
    assert patience.wait(BUSY, 9) is None


async def test_the_other_sides_wish_comes_first_up_to_a_bound() -> None:
    patience = Patience(calls=9, first=1, longest=30)
    for asked in (5.0, 30.0):
        fault = PullFault("Busy.", reason="throttled", retry=True, retry_after=asked)
        wait = patience.wait(fault, 1)
        assert wait is not None
        assert asked <= wait <= asked + 1
    too_long = PullFault("Busy.", reason="throttled", retry=True, retry_after=31)
    assert patience.wait(too_long, 1) is None


@pytest.mark.parametrize(
    ("raised", "calls", "reason"),
    [
        (BUSY, 3, "unavailable"),
        (PullFault("No.", reason="permission"), 1, "permission"),
        (HttpFault("gone"), 3, "unavailable"),
        (HttpFault("large", code="too_large", retry=False), 1, "bad_answer"),
        (AddressRefused("no"), 1, "host"),
        (AddressRefused("no", code="certificate"), 1, "credential"),
    ],
)
async def test_only_what_may_pass_is_asked_again(raised: Exception, calls: int, reason: str) -> None:
    made = 0

    async def call() -> None:
        nonlocal made
        made += 1
        raise raised

    with pytest.raises(PullFault) as fault:
        await patiently(QUICK, call)
    assert (made, fault.value.reason) == (calls, reason)


async def test_what_a_person_reads_is_one_sentence() -> None:
    told = checked(PullFault("Workday is away.", reason="unavailable"))
    assert (told.ok, told.reason) == (False, "unavailable")
    assert told.detail == (
        "Workday is away; check the connection's address, and test it again in some minutes."
    )
