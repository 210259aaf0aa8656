"""What was measured, as JSON for programs and as one table for people."""

from __future__ import annotations

import operator
import os
import platform
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench import machine

RESULTS = Path(__file__).parent / "results"
_HOLDS: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, ">": operator.gt, ">=": operator.ge}
_HEAD = """# Figures

Written by `make bench`; how each is taken and how to read them is in `bench/README.md`. A figure that missed
its target says so.

| figure | value | target | beside it, from the same run |
|---|---|---|---|
"""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number. `target` is a comparison and a number (`< 500`); `beside` is what to hold it against:
    a floor, a peer or a second reading, in words."""

    name: str
    value: float
    unit: str
    target: str = ""
    beside: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None without one."""
        if not self.target:
            return None
        sign, _, number = self.target.partition(" ")
        return _HOLDS[sign](self.value, float(number))


class Report(msgspec.Struct, kw_only=True):
    """The figures of one measure, with everything that was read on the way."""

    measure: str
    at: str
    seconds: float
    machine: str
    load_before: list[float]
    figures: list[Figure]
    readings: Any


def report(
    measure: str,
    figures: list[Figure],
    readings: Any,
    *,
    seconds: float,
    load_before: list[float],
    quick: bool,
) -> None:
    """Put together, printed and, unless it is a smoke run, written."""
    made = Report(
        measure=measure,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        machine=f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}",
        load_before=load_before,
        figures=figures,
        readings=readings,
    )
    for one in figures:
        print(f"  {one.name}: {_number(one)}  {_verdict(one)}  {one.beside}", flush=True)
    if not quick:
        text = msgspec.json.format(msgspec.json.encode(made), indent=1)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{measure}.json").write_bytes(text + b"\n")


def write_table(order: Iterable[str]) -> None:
    """The table of all that has been measured so far, the newest of each."""
    lines = [_HEAD]
    notes = []
    for name in order:
        path = RESULTS / f"{name}.json"
        if not path.exists():
            continue
        one = msgspec.json.decode(path.read_bytes(), type=Report)
        lines += [
            f"| {f.name} | {_number(f)} | {_verdict(f) or '-'} | {f.beside or '-'} |\n" for f in one.figures
        ]
        notes.append(f"- {name}: {one.at}, {one.machine}, {one.seconds} s, load before {one.load_before}\n")
    (RESULTS / "README.md").write_text("".join([*lines, "\n", *notes]), encoding="utf-8")


def _number(one: Figure) -> str:
    shown = f"{one.value:,.0f}" if abs(one.value) >= 100 else f"{one.value:.3g}"
    return f"{shown} {one.unit}"


def _verdict(one: Figure) -> str:
    if one.met is None:
        return ""
    return f"{one.target}: {'met' if one.met else 'MISSED'}"


def load() -> list[float]:
    """The machine's load now."""
    return machine.load()
