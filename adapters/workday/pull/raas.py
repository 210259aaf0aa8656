"""Pulling a custom report (RaaS): one answer, read as it comes and handed on some entries at a time.

A report is neither paged nor pinned to a moment, so a pull that broke off begins again from its start; what
came twice is the same and does nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from functools import partial
from urllib.parse import quote

from adapters.calls import is_page, mend, of_http, web_page
from adapters.line import Line
from adapters.pull import Checked, Fetched, PullFault, Wanted
from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.answers import SYSTEM, json_object
from adapters.workday.pull.entries import NoEntries, entries
from kit.http import HttpFault

CONTENT_TYPE = "application/json"
_HEADERS = {"Accept": CONTENT_TYPE}
AGAIN = "again"


class Raas:
    """A report of Workday's."""

    def __init__(self, line: Line, settings: WorkdayAccess) -> None:
        self._line = line
        self._settings = settings

    async def pages(self, wanted: Wanted, cursor: str | None) -> AsyncIterator[Fetched]:
        """The entries of the report: `{"Report_Entry": [..]}`, each entry as it came."""
        warnings = _warnings(wanted)
        number, some = 1, list[bytes]()
        async with aclosing(self._entries()) as found:
            async for entry in found:
                if len(some) == self._settings.page_size:
                    yield _page(some, number, AGAIN, warnings)
                    number, some, warnings = number + 1, [], ()
                some.append(entry)
        yield _page(some, number, None, warnings)

    async def check(self, at: datetime) -> Checked:
        """The beginning of the report. Raises PullFault."""
        async with aclosing(self._entries()) as found:
            first = await anext(found, None)
        if first is None:
            return Checked(True, f"{SYSTEM} answered; the report has no entries at the moment.", None, 0)
        return Checked(True, f"{SYSTEM} answered; the report has entries.")

    async def _entries(self) -> AsyncGenerator[bytes, None]:
        if self._settings.report is None:
            raise PullFault(
                "The connection names no report.", reason="bad_request", action=mend("bad_request", SYSTEM)
            )
        read = partial(json_object, access=self._settings)
        try:
            async with self._line.stream(self._where(self._settings.report), read, _HEADERS) as answer:
                async for entry in entries(_data(answer.chunks())):
                    yield entry
        except HttpFault as fault:
            raise of_http(fault) from fault
        except NoEntries as exc:
            raise PullFault(
                f"{SYSTEM} did not answer with a whole report: {exc}.",
                reason="bad_answer",
                action=mend("bad_answer", SYSTEM),
            ) from exc

    def _where(self, report: str) -> str:
        owner, _, name = report.partition("/")
        parts = (self._settings.tenant, owner, name)
        path = "/".join(quote(part, safe="") for part in parts)
        return f"/ccx/service/customreport2/{path}?format=json"


async def _data(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, unless they are a page for people. Raises PullFault."""
    first = await anext(chunks, b"")
    if is_page(first):
        raise web_page(SYSTEM)
    yield first
    async for piece in chunks:
        yield piece


def _warnings(wanted: Wanted) -> tuple[str, ...]:
    if wanted.ids or wanted.since is not None:
        return ("A report cannot be asked for single profiles or for changes, so all of it was fetched.",)
    return ()


def _page(some: list[bytes], number: int, cursor: str | None, warnings: tuple[str, ...]) -> Fetched:
    body = b'{"Report_Entry":[%s]}' % b",".join(some)
    return Fetched(body=body, content_type=CONTENT_TYPE, number=number, cursor=cursor, warnings=warnings)
