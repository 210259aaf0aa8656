"""Pulling by Get_Job_Profiles: the only door with descriptions, codes and changes since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from urllib.parse import quote

import msgspec

from adapters.calls import resumed
from adapters.line import Line
from adapters.pull import Checked, Fetched, Wanted
from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.answers import Counted, soap_page
from adapters.workday.pull.auth import Auth
from adapters.workday.pull.envelope import Question, Window, envelope, windows

CONTENT_TYPE = "text/xml;charset=UTF-8"
_HEADERS = {"Content-Type": CONTENT_TYPE, "SOAPAction": '""', "Accept": "text/xml"}
_MOST_PAGES = 100_000


class Place(msgspec.Struct, frozen=True):
    """How far a pull is: pinned to which moment, in which of its queries, the page to ask for next."""

    at: datetime
    query: int = 0
    page: int = 1
    number: int = 1


class Query(msgspec.Struct, frozen=True):
    """One question that may have many pages."""

    window: Window | None = None
    ids: tuple[str, ...] = ()


class Soap:
    """Workday's SOAP door."""

    def __init__(self, line: Line, auth: Auth) -> None:
        self._line = line
        self._auth = auth

    async def pages(self, wanted: Wanted, cursor: str | None) -> AsyncIterator[Fetched]:
        """Every page of every query. A page is asked for with the moment that the first one was pinned to."""
        place = resumed(cursor, Place) if cursor else Place(wanted.until)
        queries = _queries(wanted, place.at, self._settings.page_size)
        while place.query < len(queries):
            counted, body = await self._page(queries[place.query], place, self._settings.page_size)
            after = _after(place, counted, len(queries))
            yield Fetched(
                body=body,
                content_type=CONTENT_TYPE,
                number=place.number,
                pages=counted.pages if len(queries) == 1 else None,
                total=counted.total if len(queries) == 1 else None,
                cursor=msgspec.json.encode(after).decode() if after else None,
            )
            if after is None:
                return
            place = after

    async def check(self, at: datetime) -> Checked:
        """One profile on one page. Raises PullFault."""
        counted, _ = await self._page(Query(), Place(at), 1)
        count = counted.total if counted.total is not None else counted.profiles
        if not count:
            return Checked(
                False,
                "Workday answered, but this user sees no job profile; the company's Workday administrator "
                "has to give its security group Get on the domain Job Profile: View.",
                "permission",
                0,
            )
        return Checked(True, f"Workday answered; this user sees {count:,} job profiles.", None, count)

    @property
    def _settings(self) -> WorkdayAccess:
        return self._auth.settings

    async def _page(self, query: Query, place: Place, count: int) -> tuple[Counted, bytes]:
        version = self._settings.version
        question = Question(version, place.at, place.page, count, query.window, query.ids)
        return await self._line.ask(
            "POST",
            f"/ccx/service/{quote(self._settings.tenant, safe='')}/Human_Resources/{version}",
            partial(soap_page, access=self._settings),
            body=envelope(question, self._auth.user),
            headers=_HEADERS,
        )


def _queries(wanted: Wanted, at: datetime, size: int) -> list[Query]:
    if wanted.ids:
        return [Query(ids=wanted.ids[start : start + size]) for start in range(0, len(wanted.ids), size)]
    if wanted.since is not None:
        return [Query(window=window) for window in windows(wanted.since, at)]
    return [Query()]


def _after(place: Place, counted: Counted, queries: int) -> Place | None:
    """The next page. Without a number of pages, an empty one is the last; how full a page is says nothing."""
    more = counted.profiles > 0 if counted.pages is None else place.page < counted.pages
    if more and place.page < _MOST_PAGES:
        return Place(place.at, place.query, place.page + 1, place.number + 1)
    return Place(place.at, place.query + 1, 1, place.number + 1) if place.query + 1 < queries else None
