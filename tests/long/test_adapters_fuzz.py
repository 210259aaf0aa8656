"""Damaged payloads of every wire shape are read or refused, soon, and nothing else.

It goes on for CONNECTOR_TEST_FUZZ_SECONDS (default 60, shared by the adapters). A failure names the seed
(CONNECTOR_TEST_FUZZ_SEED) and the payload's number, which make the same payload again.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import msgspec
import pytest

from adapters.model import Page, Unreadable
from adapters.registry import SOURCES, adapter_for
from adapters.workday.stream import stream
from kit.errors import DETAIL_LIMIT

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("CONNECTOR_TEST_FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("CONNECTOR_TEST_FUZZ_SEED", "0")) or random.randrange(1, 2**32)
TOKENS = (
    *(
        b"<",
        b"</a>",
        b"<![CDATA[",
        b"]]>",
        b"&amp;",
        b"&#0;",
        b"&x;",
        b"<!DOCTYPE a>",
        b"<!--",
        b"\x00",
        b"\xff\xfe",
    ),
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"1e999",
        b"\\ud800",
        b"\\u0000",
        b":",
        b",",
        b'{"id":',
        b"9" * 400,
    ),
    *(b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r\n", b";", b"\t", b"2024-02-30", b"0000-01-01", b"-", b" " * 50),
)
SLOWEST = 20.0  # seconds of one read; a payload of some kilobytes takes milliseconds


def flip(body: bytearray, chance: random.Random) -> None:
    body[chance.randrange(len(body))] = chance.randrange(256)


def cut(body: bytearray, chance: random.Random) -> None:
    del body[chance.randrange(1, len(body) + 1) :]


def drop(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body))
    del body[start : start + chance.randrange(1, 60)]


def repeat(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body))
    body[start:start] = body[start : start + chance.randrange(1, 200)] * chance.choice((1, 1, 2, 50))


def insert(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body))
    body[start:start] = chance.choice(TOKENS)


def move(body: bytearray, chance: random.Random) -> None:
    start, to = chance.randrange(len(body)), chance.randrange(len(body))
    part = body[start : start + chance.randrange(1, 100)]
    body[to : to + len(part)] = part


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, cut, drop, repeat, insert, move)


def damaged(source: str, chance: random.Random) -> bytes:
    samples = adapter_for(source).samples
    whole = b"".join(
        samples.chunks(chance.choice(samples.shapes), chance.randrange(1, 4), chance.randrange(50))
    )
    body = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if body:
            chance.choice(DAMAGES)(body, chance)
    return bytes(body)


def holds(page: Page) -> None:
    assert msgspec.json.decode(msgspec.json.encode(page))
    assert all((item.profile is None) != (item.problem is None) for item in page.items)
    assert all(item.profile is None or item.profile.source_id for item in page.items)


@pytest.mark.parametrize("source", SOURCES)
def test_damaged_payloads_are_read_or_refused_and_nothing_else(source: str) -> None:
    ends = time.monotonic() + SECONDS / len(SOURCES)
    tried = 0
    while time.monotonic() < ends:
        body = damaged(source, random.Random(f"{SEED}:{tried}"))
        began = time.process_time()
        try:
            holds(adapter_for(source).read(body))
        except Unreadable as refused:
            assert refused.code
            assert refused.detail.endswith(".")
            assert len(refused.detail) <= DETAIL_LIMIT
        except Exception as exc:
            pytest.fail(f"{exc!r} (CONNECTOR_TEST_FUZZ_SEED={SEED}, payload {tried})")
        assert time.process_time() - began < SLOWEST, f"CONNECTOR_TEST_FUZZ_SEED={SEED}, payload {tried}"
        if source == "workday":
            streamed(body, tried)
        tried += 1
    assert tried > SECONDS / len(SOURCES)


def streamed(body: bytes, number: int) -> None:
    try:
        for item in stream(body[at : at + 997] for at in range(0, len(body), 997)):
            assert (item.profile is None) != (item.problem is None)
    except Unreadable as refused:
        assert refused.detail
    except Exception as exc:
        pytest.fail(f"{exc!r} (CONNECTOR_TEST_FUZZ_SEED={SEED}, payload {number}, streamed)")
