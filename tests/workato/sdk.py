"""`workato/connector.rb` in a Ruby process of its own, told what to do line by line."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.parts.missing import missing

KIT = Path(__file__).parents[2] / "workato"
_LINE = 16 * 1024 * 1024


class Failed(Exception):
    """What a lambda said with `error`, or how it broke."""


class Sdk:
    """A connection of the connector, ready for commands."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, do: str, **given: Any) -> Any:
        """One command; what came of it. Raises Failed. A suspended or repeating action is told as such."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode({"do": do, **given}) + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        assert line, "the harness has ended"
        answer = msgspec.json.decode(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer.get("ok", answer)


@asynccontextmanager
async def connected(**connection: str) -> AsyncIterator[Sdk]:
    """The connector with these connection fields."""
    ruby = shutil.which("ruby")
    if ruby is None:
        missing("ruby")
    process = await asyncio.create_subprocess_exec(
        ruby,
        str(KIT / "harness.rb"),
        str(KIT / "connector.rb"),
        msgspec.json.encode(connection).decode(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
    )
    try:
        yield Sdk(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)
