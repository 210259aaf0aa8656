"""The client of a connection to SAP SuccessFactors."""

from __future__ import annotations

from collections.abc import AsyncIterator

from adapters.calls import Patience, checked
from adapters.line import Line
from adapters.pull import Checked, Fetched, Keep, PullFault, Wanted
from adapters.successfactors.pull.access import SuccessFactorsAccess
from adapters.successfactors.pull.auth import Auth
from adapters.successfactors.pull.pulling import Pulling
from kit.http import CompanyHttp

USUAL = Patience()


class SuccessFactorsPuller:
    """adapters.pull.Puller over OData v2."""

    def __init__(self, settings: SuccessFactorsAccess, http: CompanyHttp, patience: Patience) -> None:
        self._auth = Auth(settings, http, patience)
        self._line = Line(self._auth.host, self._auth)
        self._pulling = Pulling(settings, self._line)

    def pages(self, wanted: Wanted, cursor: str | None = None) -> AsyncIterator[Fetched]:
        """The pages of `wanted`, from the start or from after `cursor`. Raises PullFault."""
        return self._pulling.pages(wanted, cursor)

    async def check(self) -> Checked:
        """Try the connection with the smallest question there is."""
        try:
            with self._line.hurried():
                return await self._pulling.check()
        except PullFault as fault:
            return checked(fault)

    async def close(self) -> None:
        """Close the connections."""
        await self._auth.close()


def client(
    settings: SuccessFactorsAccess,
    http: CompanyHttp,
    *,
    keep: Keep | None = None,
    patience: Patience = USUAL,
) -> SuccessFactorsPuller:
    """The client over a connection's settings. SuccessFactors replaces no credential, so `keep` is never
    called."""
    return SuccessFactorsPuller(settings, http, patience)
