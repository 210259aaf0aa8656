"""The graph over Bolt, by the official driver: the only module that knows it.

Transactions are begun by hand, because the driver's own retry waits a second before its first try.
Every error leaves as a StageFault: `graph_unavailable`, `graph_conflict` and `graph_timeout` may go
well when tried again, `graph_refused` will not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar

import neo4j
from neo4j import exceptions as errors

from kit.errors import Action, Who
from pipeline.stages.base import StageFault

T = TypeVar("T")
Row = dict[str, Any]

SECONDS = 30.0
_CONFLICTS = ("DeadlockDetected", "ConcurrentModification", "DuplicatedKey", "please retry")


class Tx(Protocol):
    """An open transaction."""

    async def run(self, text: str, **params: Any) -> list[Row]:
        """One statement; all its rows."""
        ...


class _Tx:
    def __init__(self, inner: neo4j.AsyncTransaction) -> None:
        self._inner = inner

    async def run(self, text: str, **params: Any) -> list[Row]:
        result = await self._inner.run(text, params)
        return [record.data() async for record in result]


class Driver:
    """Connections to one database of the graph; belongs to the event loop that first uses it."""

    def __init__(
        self, uri: str, *, user: str | None = None, password: str = "", database: str | None = None
    ) -> None:
        self._database = database
        self._driver = neo4j.AsyncGraphDatabase.driver(
            uri,
            auth=(user, password) if user else None,
            connection_timeout=5.0,
            connection_acquisition_timeout=10.0,
            max_connection_pool_size=32,
            notifications_min_severity="OFF",
        )

    async def check(self, seconds: float = 5.0) -> None:
        """Says nothing when the graph answers. Raises StageFault `graph_unavailable` otherwise."""
        await self.read("RETURN 1 AS one", seconds=seconds)

    async def close(self) -> None:
        """Give back all connections."""
        await self._driver.close()

    async def write(self, work: Callable[[Tx], Awaitable[T]], *, seconds: float = SECONDS) -> T:
        """Runs `work` in one transaction: committed when it returns, rolled back when it raises or
        takes longer than `seconds`. Raises StageFault."""
        with _translated():
            async with asyncio.timeout(seconds), self._session(neo4j.WRITE_ACCESS) as session:
                tx = await session.begin_transaction(timeout=seconds)
                async with tx:
                    done = await work(_Tx(tx))
                    await tx.commit()
                    return done

    async def read(self, text: str, *, seconds: float = SECONDS, **params: Any) -> list[Row]:
        """One reading statement; all its rows. Raises StageFault."""
        with _translated():
            async with asyncio.timeout(seconds), self._session(neo4j.READ_ACCESS) as session:
                result = await session.run(text, params)
                return [record.data() async for record in result]

    async def execute(self, text: str, *, seconds: float = SECONDS, **params: Any) -> None:
        """One changing statement in a transaction of its own (the schema). Raises StageFault."""
        with _translated():
            async with asyncio.timeout(seconds), self._session(neo4j.WRITE_ACCESS) as session:
                result = await session.run(text, params)
                await result.consume()

    @asynccontextmanager
    async def _session(self, mode: str) -> AsyncIterator[neo4j.AsyncSession]:
        async with self._driver.session(database=self._database, default_access_mode=mode) as session:
            yield session


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from error


def fault_of(error: BaseException | None) -> StageFault | None:
    """The StageFault for an error of the driver; None for anything else (it passes unchanged)."""
    if isinstance(error, TimeoutError):
        return _fault("graph_timeout", "The graph did not answer in time.", retry=True)
    if isinstance(error, errors.AuthError):
        return _fault("graph_unavailable", "The graph refused our user or password.", retry=True)
    if isinstance(error, errors.Neo4jError) and _is_conflict(error):
        return _fault("graph_conflict", "Another writer changed the same part of the graph.", retry=True)
    if isinstance(error, errors.ServiceUnavailable | errors.SessionExpired | OSError):
        return _fault("graph_unavailable", "The graph cannot be reached.", retry=True)
    if isinstance(error, errors.Neo4jError):
        detail = (error.message or "no reason given")[:300]
        return _fault("graph_refused", f"The graph refused a statement: {detail}", retry=False)
    if isinstance(error, errors.DriverError):
        return _fault("graph_unavailable", "The connection to the graph broke.", retry=True)
    return None


def _is_conflict(error: errors.Neo4jError) -> bool:
    # A uniqueness error in a MERGE is a race that the next try sees as a match.
    if isinstance(error, errors.TransientError | errors.ConstraintError):
        return True
    said = f"{error.code} {error.message}"
    return any(sign in said for sign in _CONFLICTS)


def _fault(code: str, message: str, *, retry: bool) -> StageFault:
    what = {
        "graph_unavailable": "Check that the graph runs and that address, user and password are right.",
        "graph_timeout": "Check the load of the graph; the work is tried again by itself.",
        "graph_conflict": "Nothing: the work is tried again by itself.",
    }.get(code, "Compare the graph with the store by `connector graph verify`.")
    who: Who = "nobody" if code == "graph_conflict" else "operator"
    return StageFault(message, code=code, retry=retry, action=Action(what, who))
