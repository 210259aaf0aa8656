"""A wire between us and PostgreSQL that can be cut at the worst moment: the COMMIT has been sent, and its
answer never arrives."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path

_COMMIT = b"COMMIT\x00"
_SOCKET = ".s.PGSQL.5432"


class Wire:
    """Forwards everything. `cut_at_commit` names how many of the next COMMITs lose their answer;
    `lost` counts those that did."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.cut_at_commit = 0
        self.before = b""
        self.lost = 0
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        theirs, to_server = await asyncio.open_unix_connection(str(self.server))
        cut = asyncio.Event()
        back = asyncio.create_task(self._back(theirs, writer, cut))
        self._open.add(back)
        back.add_done_callback(self._open.discard)
        interesting = False
        try:
            while data := await reader.read(65536):
                interesting = interesting or (bool(self.before) and self.before in data)
                if self.cut_at_commit and interesting and _COMMIT in data:
                    self.cut_at_commit -= 1
                    interesting = False
                    cut.set()
                to_server.write(data)
                await to_server.drain()
        except ConnectionError:
            pass
        finally:
            to_server.close()
            writer.close()

    async def _back(
        self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        """The answers; the one to a COMMIT that is to be lost is read, so it was done, and thrown away."""
        with contextlib.suppress(ConnectionError):
            while data := await theirs.read(65536):
                if cut.is_set():
                    self.lost += 1
                    break
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    async def close(self) -> None:
        """End what is open."""
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@contextlib.asynccontextmanager
async def wire_to(url: str, folder: Path) -> AsyncIterator[tuple[Wire, str]]:
    """A wire in `folder` to the database at `url`, and the address at its near end."""
    parts = urllib.parse.urlsplit(url)
    host = urllib.parse.parse_qs(parts.query)["host"][0]
    wire = Wire(Path(host) / _SOCKET)
    server = await asyncio.start_unix_server(wire.serve, str(folder / _SOCKET))
    query = urllib.parse.urlencode({"host": str(folder)})
    try:
        yield wire, parts._replace(query=query).geturl()
    finally:
        server.close()
        await wire.close()
