"""The systems we can read: one line each."""

from __future__ import annotations

from typing import Protocol

import msgspec

from adapters.model import Page, System
from adapters.successfactors import reader as successfactors
from adapters.workday import reader as workday


class Read(Protocol):
    """An adapter's entrance: bytes to a page of job profiles. Raises adapters.model.Unreadable."""

    def __call__(self, body: bytes, content_type: str | None = None, /) -> Page: ...


class Adapter(msgspec.Struct, frozen=True):
    """A system by name, and what reads its payloads."""

    system: System
    read: Read


class UnknownSource(LookupError):
    """No adapter of that name; the message lists those there are."""


_ADAPTERS: dict[str, Adapter] = {
    "workday": Adapter("workday", workday.read),
    "successfactors": Adapter("successfactors", successfactors.read),
}
SOURCES = tuple(_ADAPTERS)


def adapter_for(source: str) -> Adapter:
    """The adapter of a source as it stands in `/v1/webhooks/{source}`. Raises UnknownSource."""
    try:
        return _ADAPTERS[source]
    except KeyError:
        known = " and ".join(SOURCES)
        raise UnknownSource(f"There is no source {source[:60]!r}; {known} are known.") from None
