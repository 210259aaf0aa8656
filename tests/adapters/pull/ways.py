"""What the tests of the clients share: an impatient client, and a pull read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from adapters.calls import Patience
from adapters.pull import Fetched, Puller, PullFault, Wanted
from adapters.registry import adapter_for
from kit.http import AddressRules

LOCAL = AddressRules((), loopback=True)
QUICK = Patience(calls=4, first=0.001, longest=0.05)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ALL = Wanted(until=NOW)


async def every(pages: AsyncIterator[Fetched]) -> list[Fetched]:
    """All pages."""
    return [page async for page in pages]


async def ended(pages: AsyncIterator[Fetched]) -> tuple[list[Fetched], PullFault]:
    """The pages of a pull that has to end with a fault, and the fault."""
    got: list[Fetched] = []
    try:
        async for page in pages:
            got.append(page)  # noqa: PERF401 - those before the fault are wanted
    except PullFault as fault:
        return got, fault
    raise AssertionError("the pull came to its end")


def titles(source: str, pages: list[Fetched]) -> list[str | None]:
    """The titles of the job profiles on the pages, as the source's own reader finds them."""
    read = adapter_for(source).read
    found: list[Any] = [
        item.profile for page in pages for item in read(page.body, page.content_type).items if item.profile
    ]
    return [profile.title for profile in found]


async def ids(source: str, puller: Puller, wanted: Wanted = ALL) -> list[str]:
    """The source ids that a pull brings."""
    read = adapter_for(source).read
    pages = await every(puller.pages(wanted))
    return [item.profile.source_id for page in pages for item in read(page.body).items if item.profile]
