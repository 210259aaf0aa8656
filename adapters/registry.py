"""The systems we can read: one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from adapters.access import Access
from adapters.model import Page, Problem, System
from adapters.pull import Connect
from adapters.successfactors import events as successfactors_events
from adapters.successfactors import reader as successfactors
from adapters.successfactors.pull import access as successfactors_access
from adapters.successfactors.pull.client import client as successfactors_client
from adapters.workday import reader as workday
from adapters.workday.pull import access as workday_access
from adapters.workday.pull.client import client as workday_client


class Read(Protocol):
    """An adapter's entrance: bytes to a page of job profiles. Raises adapters.model.Unreadable."""

    def __call__(self, body: bytes, content_type: str | None = None, /) -> Page: ...


class Adapter(msgspec.Struct, frozen=True):
    """A system by name, what reads its payloads, the settings and the client of a connection to it, and the
    hosts that such a connection may go to unless the operator says otherwise. `answer`: what a call that wants an answer of
    its own kind (SOAP) is told once it is durable, or why it is not; None when it wants none."""

    system: System
    read: Read
    access: type[Access]
    client: Connect
    hosts: tuple[str, ...]
    answer: Callable[[bytes, Problem | None], bytes | None] | None = None


class UnknownSource(LookupError):
    """No adapter of that name; the message lists those there are."""


_ADAPTERS: dict[str, Adapter] = {
    "workday": Adapter(
        "workday", workday.read, workday_access.WorkdayAccess, workday_client, workday_access.HOSTS
    ),
    "successfactors": Adapter(
        "successfactors",
        successfactors.read,
        successfactors_access.SuccessFactorsAccess,
        successfactors_client,
        successfactors_access.HOSTS,
        answer=successfactors_events.answer,
    ),
}
SOURCES = tuple(_ADAPTERS)


def adapter_for(source: str) -> Adapter:
    """The adapter of a source as it stands in `/v1/webhooks/{source}`. Raises UnknownSource."""
    try:
        return _ADAPTERS[source]
    except KeyError:
        known = " and ".join(SOURCES)
        raise UnknownSource(f"There is no source {source[:60]!r}; {known} are known.") from None
