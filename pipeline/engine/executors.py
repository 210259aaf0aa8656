"""Who executes a stage: our own code, or a command that the operator put in its place.

A command (an existing script of a customer, say) gets the stage's `given` as JSON on stdin and answers
an outcome as JSON on stdout. Exit code 75 (EX_TEMPFAIL, sysexits.h) asks for another try.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from typing import Protocol

import msgspec

from pipeline.stages.base import Given, Outcome, Stage, StageFault, Work

_MOST_OUTPUT = 4_000_000
_TEMPORARY = 75


class Executor(Protocol):
    """Runs one attempt of a stage; raises StageFault."""

    async def execute(self, stage: Stage, given: Given, work: Work) -> Outcome:
        """The outcome of one attempt."""
        ...


class OwnCode:
    """The stage's own code, in this process."""

    async def execute(self, stage: Stage, given: Given, work: Work) -> Outcome:
        """Call the stage."""
        return await stage.execute(given, work)


class Command:
    """A command in a process of its own; it is ended when the attempt is cancelled or out of time."""

    def __init__(self, command: str) -> None:
        self._arguments = shlex.split(command)

    async def execute(self, stage: Stage, given: Given, work: Work) -> Outcome:
        """Feed the command and read its answer. Raises StageFault `stage_command`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_MOST_OUTPUT,
            )
        except OSError as exc:
            raise StageFault(
                f"The command for {stage.key} does not start: {exc}.", code="stage_command"
            ) from exc
        question = msgspec.json.encode({"stage": stage.key, "run_id": work.run_id, "given": given})
        try:
            out, err = await process.communicate(question)
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            words = err.decode(errors="replace").strip()[-300:]
            raise StageFault(
                f"The command for {stage.key} ended with {process.returncode}: {words}",
                code="stage_command",
                retry=process.returncode == _TEMPORARY,
            )
        return _answer(stage, out)


def _answer(stage: Stage, out: bytes) -> Outcome:
    if len(out) > _MOST_OUTPUT:
        raise StageFault(f"The command for {stage.key} answered more than 4 MB.", code="stage_command")
    try:
        return msgspec.json.decode(out, type=Outcome)
    except msgspec.DecodeError as exc:
        raise StageFault(
            f"The command for {stage.key} gave no outcome: {exc}.", code="stage_command"
        ) from exc


class Executors:
    """The executor of each stage, as the operator set it."""

    def __init__(self, commands: Mapping[str, str]) -> None:
        self._own = OwnCode()
        self._commands = {key: Command(command) for key, command in commands.items()}

    def of(self, stage: Stage) -> Executor:
        """The command set for the stage, else our own code."""
        return self._commands.get(stage.key, self._own)
