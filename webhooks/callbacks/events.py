"""What a subscription may ask for. Events of single stages are many, so they go only to who names them."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.log.kinds import KINDS

EVERYTHING = "*"
STAGES = "stage.*"


def patterns(kind: str) -> list[str]:
    """What a subscription may have written to get events of this type."""
    group = f"{kind.partition('.')[0]}.*"
    return [group, kind] if group == STAGES else [EVERYTHING, group, kind]


def unknown(asked: Iterable[str]) -> list[str]:
    """Those that match no event there is."""
    known = {pattern for kind in KINDS for pattern in patterns(kind)}
    return [pattern for pattern in asked if pattern not in known]
