"""Pulling by the REST staffing API: a list without descriptions, then every profile by itself.

REST knows no codes and no changes since: whoever can should use SOAP. Inactive profiles are asked for,
because the list leaves them out by itself and they would look deleted.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec

from adapters.calls import Absent, mend, resumed
from adapters.line import Line
from adapters.pull import Checked, Fetched, PullFault, Wanted
from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.answers import SYSTEM, json_object

CONTENT_TYPE = "application/json"
_HEADERS = {"Accept": CONTENT_TYPE}
_MOST_LISTED = 100  # the API's own limit
_AT_ONCE = 3  # Workday publishes no limit of requests; a few at once stay modest
_WID = re.compile(r"[0-9a-f]{32}")


class Place(msgspec.Struct, frozen=True):
    """How far a pull is: how many of the list (or of the ids) were fetched, and the next page's number."""

    offset: int = 0
    number: int = 1


class Rest:
    """Workday's REST door."""

    def __init__(self, line: Line, settings: WorkdayAccess) -> None:
        self._line = line
        self._settings = settings
        self._size = min(settings.page_size, _MOST_LISTED)
        self._root = f"/ccx/api/staffing/v6/{quote(settings.tenant, safe='')}/jobProfiles"

    async def pages(self, wanted: Wanted, cursor: str | None) -> AsyncIterator[Fetched]:
        """Every profile, some on a page: `{"total": n, "data": [..]}` with the objects as they came."""
        place = resumed(cursor, Place) if cursor else Place()
        warnings = _warnings(wanted)
        while True:
            some, total = await self._listed(wanted, place)
            found = await self._details(some)
            missing = [one for one, body in zip(some, found, strict=True) if body is None]
            after = Place(place.offset + len(some), place.number + 1)
            more = bool(some) and after.offset < total
            yield Fetched(
                body=_together([body for body in found if body is not None], total),
                content_type=CONTENT_TYPE,
                number=place.number,
                pages=-(-total // self._size) or 1,
                total=total,
                cursor=msgspec.json.encode(after).decode() if more else None,
                warnings=(*warnings, *(f"{SYSTEM} has no job profile {one} any more." for one in missing)),
            )
            if not more:
                return
            place, warnings = after, ()

    async def check(self, at: datetime) -> Checked:
        """The smallest list. Raises PullFault."""
        _, total = await self._list(0, 1)
        if not total:
            return Checked(
                False,
                f"{SYSTEM} answered, but this user sees no job profile; the company's {SYSTEM} administrator "
                "has to give the API client the scope Jobs & Positions.",
                "permission",
                0,
            )
        return Checked(True, f"{SYSTEM} answered; this user sees {total:,} job profiles.", None, total)

    async def _listed(self, wanted: Wanted, place: Place) -> tuple[Sequence[str], int]:
        if wanted.ids:
            ids = [one for one in wanted.ids if _WID.fullmatch(one)]
            return ids[place.offset : place.offset + self._size], len(ids)
        return await self._list(place.offset, self._size)

    async def _list(self, offset: int, limit: int) -> tuple[list[str], int]:
        where = f"{self._root}?includeInactive=true&limit={limit}&offset={offset}"
        found, _ = await self._ask(where)
        rows, total = found.get("data"), found.get("total")
        if not isinstance(rows, list) or not isinstance(total, int):
            raise PullFault(
                f"{SYSTEM} answered with no list of job profiles.",
                reason="bad_answer",
                action=mend("bad_answer", SYSTEM),
            )
        ids = [row.get("id") for row in rows if isinstance(row, dict)]
        return [one for one in ids if isinstance(one, str) and one], total

    async def _details(self, ids: Sequence[str]) -> list[bytes | None]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(wid: str) -> bytes | None:
            async with gate:
                return await self._detail(wid)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(wid)) for wid in ids]
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return [task.result() for task in tasks]

    async def _detail(self, wid: str) -> bytes | None:
        """One profile as it came; None when it is gone since the list was made."""
        try:
            _, body = await self._ask(f"{self._root}/{quote(wid, safe='')}")
        except Absent:
            return None
        return body

    async def _ask(self, where: str) -> tuple[dict[str, Any], bytes]:
        read = partial(json_object, access=self._settings)
        return await self._line.ask("GET", where, read, headers=_HEADERS)


def _warnings(wanted: Wanted) -> tuple[str, ...]:
    if wanted.ids and (odd := [one for one in wanted.ids if not _WID.fullmatch(one)]):
        return (f"The REST API knows profiles by WID only; {len(odd)} other ids were left out.",)
    if wanted.since is not None:
        return ("The REST API cannot tell what has changed, so every profile was fetched.",)
    return ()


def _together(bodies: list[bytes], total: int) -> bytes:
    return b'{"total":%d,"data":[%s]}' % (total, b",".join(bodies))
