"""The systems we can read: one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

import msgspec

from adapters.access import Access
from adapters.model import JobProfile, Page, Part, Problem, System
from adapters.pull import Connect
from adapters.successfactors import events as successfactors_events
from adapters.successfactors import generate as successfactors_samples
from adapters.successfactors import keeping as successfactors_keeping
from adapters.successfactors import reader as successfactors
from adapters.successfactors.pull import access as successfactors_access
from adapters.successfactors.pull.client import client as successfactors_client
from adapters.workday import generate as workday_samples
from adapters.workday import keeping as workday_keeping
from adapters.workday import reader as workday
from adapters.workday.pull import access as workday_access
from adapters.workday.pull.client import client as workday_client


class Read(Protocol):
    """An adapter's entrance: bytes to a page of job profiles. `fields` maps a company's own columns to fields
    of the job profile. Raises adapters.model.Unreadable, and ValueError for fields that there are not."""

    def __call__(
        self, body: bytes, content_type: str | None = None, /, *, fields: Mapping[str, str] | None = None
    ) -> Page: ...


class Merge(Protocol):
    """The parts there are after those that came, and the job profile they make on a day."""

    def __call__(
        self, kept: Iterable[Part], came: Iterable[Part], today: date, /
    ) -> tuple[tuple[Part, ...], JobProfile]: ...


class Samples(msgspec.Struct, frozen=True):
    """Invented payloads of a system: its wire shapes, and `chunks(shape, count, seed)`, which gives the bytes
    piece by piece, the same ones for a seed. Raises ValueError for a shape that there is not."""

    shapes: tuple[str, ...]
    chunks: Callable[[str, int, int], Iterator[bytes]]


class Adapter(msgspec.Struct, frozen=True):
    """A system by name, what reads its payloads, the settings of a connection to it, the hosts that such a
    connection may go to unless the operator says otherwise, and samples. `answer`: what a call that wants an
    answer of its own kind (SOAP) is told once it is durable, or why it is not; None when it wants none.
    `merge`: joins the kept parts of a job profile with those that came; None when a record is a whole one.
    `pulls_whole`: a pull brings every part there is of a job profile, so what was kept of it is replaced."""

    system: System
    read: Read
    access: type[Access]
    client: Connect
    hosts: tuple[str, ...]
    samples: Samples
    answer: Callable[[bytes, Problem | None], bytes | None] | None = None
    merge: Merge | None = None
    pulls_whole: bool = False


class UnknownSource(LookupError):
    """No adapter of that name; the message lists those there are."""


def _whole(payload: Callable[[str, int, int], bytes]) -> Callable[[str, int, int], Iterator[bytes]]:
    return lambda shape, count, seed: iter([payload(shape, count, seed)])


_ADAPTERS: dict[str, Adapter] = {
    "workday": Adapter(
        "workday",
        workday.read,
        workday_access.WorkdayAccess,
        workday_client,
        workday_access.HOSTS,
        Samples(workday_samples.SHAPES, workday_samples.chunks),
        merge=workday_keeping.merge,
    ),
    "successfactors": Adapter(
        "successfactors",
        successfactors.read,
        successfactors_access.SuccessFactorsAccess,
        successfactors_client,
        successfactors_access.HOSTS,
        Samples(tuple(successfactors_samples.SHAPES), _whole(successfactors_samples.payload)),
        answer=successfactors_events.answer,
        merge=successfactors_keeping.merge,
        pulls_whole=True,
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
