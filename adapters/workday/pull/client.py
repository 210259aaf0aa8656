"""The client of a connection to Workday."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from adapters.access import origin
from adapters.calls import Patience, checked
from adapters.line import Line
from adapters.pull import Checked, Fetched, Keep, PullFault, Wanted
from adapters.workday.pull.access import WorkdayAccess
from adapters.workday.pull.auth import Auth
from adapters.workday.pull.raas import Raas
from adapters.workday.pull.rest import Rest
from adapters.workday.pull.soap import Soap
from kit.host import Host
from kit.http import CompanyHttp

USUAL = Patience()


class WorkdayPuller:
    """adapters.pull.Puller over one of Workday's doors."""

    def __init__(
        self, settings: WorkdayAccess, http: CompanyHttp, keep: Keep | None, patience: Patience
    ) -> None:
        self._host = Host(http, origin(settings.address))
        auth = Auth(settings, self._host, patience, keep)
        self._line = line = Line(self._host, auth)
        self._door: Soap | Rest | Raas = Soap(line, auth)
        if settings.api == "rest":
            self._door = Rest(line, settings)
        elif settings.api == "raas":
            self._door = Raas(line, settings)

    def pages(self, wanted: Wanted, cursor: str | None = None) -> AsyncIterator[Fetched]:
        """The pages of `wanted`, from the start or from after `cursor`. Raises PullFault."""
        return self._door.pages(wanted, cursor)

    async def check(self) -> Checked:
        """Try the connection with the smallest question there is."""
        try:
            with self._line.hurried():
                return await self._door.check(datetime.now(UTC))
        except PullFault as fault:
            return checked(fault)

    async def close(self) -> None:
        """Close the connections."""
        await self._host.close()


def client(
    settings: WorkdayAccess, http: CompanyHttp, *, keep: Keep | None = None, patience: Patience = USUAL
) -> WorkdayPuller:
    """The client over a connection's settings. `keep` is told of a refresh token that Workday replaced."""
    return WorkdayPuller(settings, http, keep, patience)
