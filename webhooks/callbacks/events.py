"""The events a subscription may ask for: all but those of single stages, which the feed has."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.log.kinds import KINDS

EVENTS = {kind: meaning for kind, meaning in KINDS.items() if not kind.startswith("stage.")}
EVERYTHING = "*"


def patterns(kind: str) -> list[str]:
    """What a subscription may have written to get events of this type."""
    return [EVERYTHING, f"{kind.partition('.')[0]}.*", kind]


def unknown(asked: Iterable[str]) -> list[str]:
    """Those that match no event there is."""
    known = {pattern for kind in EVENTS for pattern in patterns(kind)}
    return [pattern for pattern in asked if pattern not in known]
