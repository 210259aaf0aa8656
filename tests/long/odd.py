"""Odd values: what a careless or hostile sender makes of what is asked for; the same for the same seed."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any

import msgspec

_STRINGS = (
    "",
    " ",
    "\0",
    "a\0b",
    "null",
    "0",
    "-1",
    "1e999",
    "true",
    "NaN",
    "\ud7ff\U0010ffff",
    "\u202e\u200b\ufeff",
    "é" * 300,
    "x" * 70_000,
    "../../etc/passwd",
    "%00%2f..",
    "'; DROP TABLE role; --",
    "<script>alert(1)</script>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "{{7*7}}${7*7}",
    "http://127.0.0.1:1/",
    "http://[::1]/x",
    "file:///etc/passwd",
    "2026-02-30T25:61:00Z",
    "9999-12-31T23:59:59.999999+14:00",
    "role_",
    "run_00000000000000000000000000000000",
    "*",
    "role.ready",
)
_NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, 10**40, -(10**40), 0.1, -0.0, 1e308, 5e-324)
_BYTES = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    b"&b;",
    b"&#0;",
    b"]]>",
    b"<![CDATA[",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"\\u0000",
    b"\\ud800",
    b"1e400",
    b"[" * 3_000,
    b"<a>" * 3_000,
    b'{"a":' * 1_500,
    b'"',
    b"}",
)
_DEEP = 200


class Odd:
    """A source of odd values with a seed of its own."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)

    def often(self, chance: float) -> bool:
        """True in this share of the calls."""
        return self.dice.random() < chance

    def text(self) -> str:
        """A string nobody asked for."""
        if self.often(0.3):
            return "".join(self.dice.choices(string.printable + "äß漢😀\u0301", k=self.dice.randrange(40)))
        return self.dice.choice(_STRINGS)

    def header(self) -> str:
        """An odd value that a header may have at all."""
        return "".join(sign for sign in self.text()[:300] if " " < sign < "\x7f")

    def anything(self, depth: int = 0) -> Any:
        """Any JSON value."""
        makers: list[Callable[[], Any]] = [
            self.text,
            lambda: self.dice.choice(_NUMBERS),
            lambda: self.dice.choice((None, True, False)),
        ]
        if depth < 3:
            makers += [
                lambda: [self.anything(depth + 1) for _ in range(self.dice.randrange(4))],
                lambda: {self.text()[:50]: self.anything(depth + 1) for _ in range(self.dice.randrange(4))},
            ]
        return self.dice.choice(makers)()

    def spoiled(self, value: Any) -> Any:
        """A JSON value with one of its places changed, left out, doubled or nested deep."""
        if isinstance(value, dict) and value and self.often(0.85):
            key = self.dice.choice(sorted(value))
            return self._spoiled_member(value, key)
        if isinstance(value, list) and value and self.often(0.85):
            place = self.dice.randrange(len(value))
            changed = [self.spoiled(value[place])] * self.dice.choice((0, 1, 1, 2))
            return [*value[:place], *changed, *value[place + 1 :]]
        return self.anything() if self.often(0.95) else self.deep(value)

    def _spoiled_member(self, value: dict[str, Any], key: str) -> dict[str, Any]:
        rest = {name: one for name, one in value.items() if name != key}
        if self.often(0.1):
            return rest
        if self.often(0.1):
            return {**rest, self.text()[:100]: value[key]}
        return {**rest, key: self.spoiled(value[key])}

    def deep(self, value: Any) -> Any:
        """The value inside many lists."""
        for _ in range(_DEEP):
            value = [value]
        return value

    def garbled(self, body: bytes) -> bytes:
        """Bytes with some of them lost, doubled, turned, or with odd ones put between."""
        for _ in range(self.dice.choice((1, 1, 1, 2, 5))):
            start = self.dice.randrange(len(body) + 1)
            end = min(len(body), start + self.dice.choice((0, 0, 1, 3, 40, 2_000)))
            between = self.dice.choice((b"", b"", body[start:end] * 2, self.dice.choice(_BYTES)))
            body = body[:start] + between + body[end:]
        if self.often(0.03):
            return body[: self.dice.randrange(len(body) + 1)]
        return body

    def json(self, body: bytes) -> bytes:
        """A JSON document with one to three of its places spoiled."""
        value = msgspec.json.decode(body)
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            value = self.spoiled(value)
        return msgspec.json.encode(value)
