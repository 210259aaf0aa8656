from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from kit.settings import Settings
from webhooks.callbacks.schedule import Policy, retry_after, verdict

PLAIN = Policy(jitter=0)
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def test_waits_grow_to_an_hour_and_then_stay() -> None:
    assert [PLAIN.wait(tries, None) for tries in range(1, 8)] == [5, 30, 120, 600, 3600, 3600, 3600]


def test_jitter_stays_within_its_share_both_ways() -> None:
    assert replace(PLAIN, jitter=0.1, chance=lambda: 0.0).wait(1, None) == pytest.approx(4.5)
    assert replace(PLAIN, jitter=0.1, chance=lambda: 1.0).wait(1, None) == pytest.approx(5.5)


@pytest.mark.parametrize(("asked", "waits"), [(0, 1), (7, 7), (86_400, 3600)])
def test_what_the_receiver_asks_for_is_kept_within_bounds(asked: float, waits: float) -> None:
    assert PLAIN.wait(1, asked) == waits


def test_what_the_receiver_asks_for_is_never_shortened() -> None:
    assert replace(PLAIN, jitter=0.1, chance=lambda: 0.0).wait(1, 7) >= 7


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, 999_999_999),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("statuses", "meaning"),
    [
        ((200, 201, 202, 204, 299), "delivered"),
        ((301, 302, 307, 308, 401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504, 599), "again"),
        ((400, 405, 413, 415, 422), "final"),
        ((410,), "gone"),
    ],
)
def test_every_status_has_one_meaning(statuses: tuple[int, ...], meaning: str) -> None:
    assert {verdict(status) for status in statuses} == {meaning}


def test_a_lease_outlasts_a_call() -> None:
    settings = Settings(database_url="x", secret_key="x")
    for policy in (Policy(), Policy.from_settings(settings)):
        assert policy.lease > policy.timeout


def test_the_settings_reach_the_policy() -> None:
    settings = Settings(
        database_url="x", secret_key="x", delivery_schedule=(1, 2), delivery_hours=3, delivery_timeout=60
    )
    policy = Policy.from_settings(settings)
    assert (policy.waits, policy.give_up, policy.timeout) == ((1, 2), 3 * 3600, 60)
