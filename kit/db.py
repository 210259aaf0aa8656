"""PostgreSQL, spoken to in one way: a transaction that begins by becoming one of three roles.

`connector_api` sees one company's rows, `connector_auth` only what signing in needs, and
`connector_engine` all rows. No statement runs outside such a transaction, and only the edge (a
request, a job, the clock) opens one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, TypeVar, overload
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from kit.errors import Overloaded
from kit.sql import Query

T = TypeVar("T")
Params = Mapping[str, Any]
Role = Literal["connector_api", "connector_auth", "connector_engine"]

_encoder = msgspec.json.Encoder()
set_json_dumps(_encoder.encode)
set_json_loads(msgspec.json.decode)

# One round trip: these are sent as text, so nothing but a role's name and a UUID may stand in them. A
# transaction that somebody forgot would hold up the event feed and every clean-up of the tables.
_BEGIN = (
    "BEGIN; SELECT set_config('role', '{role}', true), set_config('app.company', '{company}', true),"
    " set_config('idle_in_transaction_session_timeout', '10s', true)"
)
# The engine's statements take whole batches as one parameter: planning them for each anew finds nothing. A
# plan made while the tables were small must not read them from end to end when they no longer are.
_PLAN_ONCE = (
    ", set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
)


def json(value: Any) -> Jsonb:
    """A value (Structs included) as one jsonb parameter. NUL characters, which jsonb cannot hold,
    must have been removed where the text came in."""
    return Jsonb(value)


class Tx:
    """One open transaction, already in its role. It is committed by whoever opened it."""

    __slots__ = ("conn",)

    def __init__(self, conn: psycopg.AsyncConnection[Any]) -> None:
        self.conn = conn

    @overload
    async def all(self, query: Query, params: Params | None = None) -> list[dict[str, Any]]: ...
    @overload
    async def all(self, query: Query, params: Params | None = None, *, into: type[T]) -> list[T]: ...
    async def all(self, query: Query, params: Params | None = None, *, into: Any = None) -> list[Any]:
        """Every row, as dicts or as Structs of the given type."""
        cursor = await self.conn.execute(query.text, params)
        return _rows(cursor, await cursor.fetchall(), into)

    @overload
    async def one(self, query: Query, params: Params | None = None) -> dict[str, Any] | None: ...
    @overload
    async def one(self, query: Query, params: Params | None = None, *, into: type[T]) -> T | None: ...
    async def one(self, query: Query, params: Params | None = None, *, into: Any = None) -> Any:
        """The first row, or None."""
        cursor = await self.conn.execute(query.text, params)
        row = await cursor.fetchone()
        return None if row is None else _rows(cursor, [row], into)[0]

    async def value(self, query: Query, params: Params | None = None) -> Any:
        """The first column of the first row, or None."""
        cursor = await self.conn.execute(query.text, params)
        row = await cursor.fetchone()
        return None if row is None else row[0]

    async def run(self, query: Query, params: Params | None = None) -> int:
        """How many rows the statement touched."""
        return (await self.conn.execute(query.text, params)).rowcount


def _rows(cursor: psycopg.AsyncCursor[Any], rows: list[Any], into: Any) -> list[Any]:
    if cursor.description is None:
        return []
    names = [column.name for column in cursor.description]
    dicts = [dict(zip(names, row, strict=True)) for row in rows]
    return dicts if into is None else msgspec.convert(dicts, list[into], strict=False)


class Db:
    """A pool of connections to one database. Open it on the event loop that will use it."""

    def __init__(self, conninfo: str, *, size: int = 8, name: str = "connector", wait: float = 5.0) -> None:
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            timeout=wait,
            open=False,
            name=name,
            # Few statements, each used for ever: they are prepared when they come for the second time.
            kwargs={"autocommit": True, "application_name": name, "prepare_threshold": 1},
        )

    async def open(self) -> None:
        """Connect; raises PoolTimeout when the database does not answer."""
        await self._pool.open(wait=True, timeout=15)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def company(self, company_id: UUID) -> Any:
        """A transaction that sees and changes the rows of one company only."""
        return self._tx("connector_api", company_id)

    def engine(self) -> Any:
        """A transaction of the engine, the clock and the jobs: every company's rows."""
        return self._tx("connector_engine", None)

    def auth(self) -> Any:
        """A transaction that sees clients, users, memberships, tokens and keys only."""
        return self._tx("connector_auth", None)

    @asynccontextmanager
    async def _tx(self, role: Role, company_id: UUID | None) -> AsyncIterator[Tx]:
        company = "" if company_id is None else UUID(int=company_id.int)
        begin = _BEGIN.format(role=role, company=company) + (_PLAN_ONCE if role == "connector_engine" else "")
        conn = await self._begun(begin.encode())
        try:
            yield Tx(conn)
            await conn.commit()
        except BaseException:
            with suppress(psycopg.Error):
                await conn.rollback()
            raise
        finally:
            await self._pool.putconn(conn)

    async def _begun(self, begin: bytes) -> psycopg.AsyncConnection[Any]:
        """A connection in its transaction. One that died in the pool (the server was restarted) shows
        here, before anything was done with it, and the next one is taken."""
        for more in reversed(range(self._pool.max_size + 1)):
            try:
                conn = await self._pool.getconn()
            except PoolTimeout as exc:
                message = "The database has no free connection at the moment."
                raise Overloaded(message, retry_after=2) from exc
            try:
                await conn.execute(begin, prepare=False)
            except BaseException as exc:
                await self._pool.putconn(conn)
                if not more or not isinstance(exc, psycopg.OperationalError):
                    raise
            else:
                return conn
        raise AssertionError("the last try returns or raises")
