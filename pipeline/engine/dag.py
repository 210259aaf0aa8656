"""What comes next in a run: pure functions over the stages, what has settled, and what was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import msgspec

from pipeline.stages.base import Need, Stage

Standing = Literal["wait", "go", "unmet"]

LEFT_OUT = frozenset({"parent_failed", "switched_off", "not_selected"})
"""Why the engine leaves a stage out. A stage that skips itself (nothing to do) has said so in its
outputs, which its children can read."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How a stage ended in this run. `skipped` and `reused_from` are successes without work."""

    status: Literal["success", "failed"]
    outputs: dict[str, Any] = {}
    degraded: list[str] = []
    skipped: str | None = None
    reused_from: UUID | None = None
    error: dict[str, Any] | None = None
    retryable: bool = False
    invalid: bool = False

    @property
    def usable(self) -> bool:
        """Whether a child can read its outputs."""
        return self.status == "success" and self.skipped not in LEFT_OUT


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the push asked for: the named stages (None: all) and whether dependants are forced."""

    named: frozenset[str] | None = None
    cascade: bool = False


class Run(msgspec.Struct, frozen=True):
    """Act on the stage."""


class Reuse(msgspec.Struct, frozen=True):
    """Take the recorded result."""


class Skip(msgspec.Struct, frozen=True):
    """Leave the stage out, for a reason that people read."""

    reason: str


Decision = Run | Reuse | Skip


def standing(stage: Stage, settled: Mapping[str, Settled]) -> Standing:
    """Whether a stage's edges are met, can still be met, or never will be."""
    verdicts = [_edge(need, settled.get(need.stage)) for need in stage.needs]
    if "wait" in verdicts:
        return "wait"
    return "unmet" if "unmet" in verdicts else "go"


def _edge(need: Need, parent: Settled | None) -> Standing:
    if parent is None:
        return "wait"
    if need.edge == "settled":
        return "go"
    whole = parent.usable and (need.edge == "partial" or not parent.degraded)
    return "go" if whole else "unmet"


def decide(
    stage: Stage, asked: Asked, stages: Sequence[Stage], recorded: str | None, current: str
) -> Decision:
    """What to do with a stage whose edges are met. `recorded` is the input hash of its newest earlier
    result (None: there is none), `current` the hash of its inputs now."""
    if asked.named is None:
        return Reuse() if recorded == current else Run()
    if stage.key in asked.named:
        return Run()
    if stage.key in dependants(tuple(stages), asked.named):
        return Reuse() if recorded == current and not asked.cascade else Run()
    return Reuse() if recorded else Skip("not_selected")


def dependants(stages: tuple[Stage, ...], keys: Collection[str]) -> frozenset[str]:
    """Every stage that has one of `keys` among its ancestors."""
    return _dependants(tuple((s.key, tuple(n.stage for n in s.needs)) for s in stages), frozenset(keys))


@lru_cache(maxsize=256)
def _dependants(edges: tuple[tuple[str, tuple[str, ...]], ...], keys: frozenset[str]) -> frozenset[str]:
    reached = set(keys)
    for key, parents in edges:
        if reached.intersection(parents):
            reached.add(key)
    return frozenset(reached - keys)


@lru_cache(maxsize=256)
def ancestors(stages: tuple[Stage, ...], key: str) -> frozenset[str]:
    """Every stage that `key` needs, directly or through others."""
    parents = {stage.key: [need.stage for need in stage.needs] for stage in stages}
    reached: set[str] = set()
    waiting = list(parents[key])
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting.extend(parents[one])
    return frozenset(reached)


def gates_critical(stages: Sequence[Stage]) -> frozenset[str]:
    """Enhancement stages that a critical stage waits for: they must not eat its deadline."""
    by_key = {stage.key: stage for stage in stages}
    waited = {need.stage for stage in stages if stage.critical for need in stage.needs}
    return frozenset(key for key in waited if not by_key[key].critical)
