"""How long a request may take: the time that a body needs on a slow line is not the answer's."""

from __future__ import annotations

import asyncio

from litestar.types import Receive, ReceiveMessage

SLOWEST = 100_000
"""Bytes per second that a body has to come with."""


class Arriving:
    """The deadline of a request: `seconds` from its beginning, moved on by what arrives of its body, and
    `seconds` from the body's end. A body that stands still, or drips, moves nothing on."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self.deadline = asyncio.timeout_at(self._until)

    async def receive(self) -> ReceiveMessage:
        """The next message from the server."""
        message = await self._receive()
        if message["type"] == "http.request" and not self.deadline.expired():
            latest = asyncio.get_running_loop().time() + self._seconds
            earned = self._until + len(message.get("body", b"")) / SLOWEST
            self._until = min(earned, latest) if message.get("more_body") else latest
            self.deadline.reschedule(self._until)
        return message
