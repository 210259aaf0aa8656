"""Ids: UUIDv7 inside, with their kind in front outside (`run_0199...`), parsed in this one place."""

from __future__ import annotations

import os
import time
from typing import Literal
from uuid import UUID

from kit.errors import NotFound

Kind = Literal[
    "company",
    "client",
    "user",
    "src",
    "role",
    "doc",
    "upl",
    "batch",
    "plan",
    "run",
    "sub",
    "dlv",
    "wait",
    "sim",
    "conn",
    "sync",
    "sel",
    "link",
    "review",
    "evt",
    "req",
    "tok",
    "job",
]

_NAMES: dict[str, str] = {
    "company": "company",
    "client": "client",
    "user": "user",
    "src": "source event",
    "role": "role",
    "doc": "document",
    "upl": "upload",
    "batch": "batch",
    "plan": "plan",
    "run": "run",
    "sub": "subscription",
    "dlv": "delivery",
    "wait": "wait",
    "sim": "simulation",
    "conn": "connection",
    "sync": "sync",
    "sel": "selection",
    "link": "dashboard link",
    "review": "review",
    "evt": "event",
    "req": "request",
    "tok": "token",
    "job": "job",
}


_RANDOM = (0xFFF << 64) | ((1 << 62) - 1)
_VERSION_7 = (0x7 << 76) | (0x2 << 62)


def new() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    return UUID(int=(milliseconds << 80) | int.from_bytes(os.urandom(10)) & _RANDOM | _VERSION_7)


def show(kind: Kind, value: UUID) -> str:
    """The id as people and recipes see it."""
    return f"{kind}_{value.hex}"


def parse(kind: Kind, text: str) -> UUID:
    """The UUID of a shown id; NotFound names what is wrong (another kind, or no id at all)."""
    prefix, _, digits = text.partition("_")
    if prefix in _NAMES and prefix != kind:
        raise NotFound(
            f"{text[:60]} is the id of a {_NAMES[prefix]}, not of a {_NAMES[kind]}.", code="wrong_kind"
        )
    if prefix == kind and len(digits) == 32:
        try:
            return UUID(hex=digits)
        except ValueError:
            pass
    raise NotFound(f"There is no {_NAMES[kind]} with the id {text[:60]}; ids look like {kind}_0199....")


def show_event(store_id: UUID, number: int) -> str:
    """The id of a row of the event log: `evt_`, the store's first 8 digits, 16 digits of the row's number."""
    return f"evt_{store_id.hex[:8]}{number:016x}"


def parse_event(store_id: UUID, text: str) -> int:
    """The row's number of a shown event id; NotFound when it is none, or one of another store (the
    log was restored from a copy since)."""
    prefix, _, digits = text.partition("_")
    if prefix != "evt":
        parse("evt", text)
    if len(digits) == 24 and _is_hex(digits):
        if digits[:8] == store_id.hex[:8]:
            return int(digits[8:], 16)
        raise NotFound(f"The event {text} was written before this log was restored.", code="other_store")
    raise NotFound(f"There is no event with the id {text[:60]}; ids look like evt_0199....")


def _is_hex(digits: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in digits)
