"""How many acts of a class (graph, model) go on at once in a process, and whose turn it is.

A company that pushes a thousand roles fills every place within seconds; what another company pushes after
that must not wait behind all of it. So the next free place goes to the company with the fewest acts inside;
among equals, to the one that was given a place longest ago.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from uuid import UUID


class FairGate:
    """At most `places` acts at once. Whoever entered must leave."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._inside: Counter[UUID] = Counter()
        self._waiting: dict[UUID, deque[asyncio.Future[None]]] = {}

    async def enter(self, company_id: UUID) -> None:
        """Wait for a place. Cancelled while waiting, none was taken."""
        if self._free:
            self._free -= 1
            self._inside[company_id] += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(company_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(company_id)
            raise

    def leave(self, company_id: UUID) -> None:
        """Give the place to whoever is next."""
        self._inside[company_id] -= 1
        if not self._inside[company_id]:
            del self._inside[company_id]
        while self._waiting:
            company_id = min(self._waiting, key=self._inside.__getitem__)
            turns = self._waiting.pop(company_id)
            turn = turns.popleft()
            if turns:
                self._waiting[company_id] = turns
            if not turn.done():
                self._inside[company_id] += 1
                turn.set_result(None)
                return
        self._free += 1
