"""Ids: UUIDv7 inside, with their kind in front outside (`run_0199...`), parsed in this one place."""

from __future__ import annotations

import os
import time
from typing import Literal
from uuid import UUID

from kit.errors import NotFound

Kind = Literal[
    "company", "client", "user", "src", "role", "doc", "batch", "run", "sub", "dlv", "evt", "req", "tok", "job"
]

_NAMES: dict[str, str] = {
    "company": "company",
    "client": "client",
    "user": "user",
    "src": "source event",
    "role": "role",
    "doc": "document",
    "batch": "batch",
    "run": "run",
    "sub": "subscription",
    "dlv": "delivery",
    "evt": "event",
    "req": "request",
    "tok": "token",
    "job": "job",
}


def new() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


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
