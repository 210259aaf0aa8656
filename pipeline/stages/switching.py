"""Which stages a company may switch off: enhancements that nothing else that is on rests on."""

from __future__ import annotations

from collections.abc import Collection

from kit.errors import FieldError, Invalid
from pipeline.stages.registry import STAGES

KEY = "stages_off"
"""Under which a company's policy keeps the keys."""


def check_off(keys: Collection[str]) -> list[str]:
    """The keys in the order of the stages. Raises Invalid for one that is no stage, is critical, or that a
    stage rests on which stays on (`settled` edges wait for a stage and do not rest on it)."""
    by_key = {stage.key: stage for stage in STAGES}
    wrong: list[str] = []
    for key in sorted(set(keys)):
        if key not in by_key:
            wrong.append(f"There is no stage {key[:60]}.")
        elif by_key[key].critical:
            wrong.append(f"{key} is critical: without it no role becomes visible.")
        elif left := [one for one in _resting_on(key) if one not in keys]:
            wrong.append(f"{', '.join(left)} needs {key}: switch that off too.")
    if wrong:
        errors = [FieldError("off", one) for one in wrong]
        raise Invalid(
            wrong[0], errors=errors, action="Correct the list; GET /v1/stages says what needs what."
        )
    return [stage.key for stage in STAGES if stage.key in keys]


def _resting_on(key: str) -> list[str]:
    return [
        stage.key
        for stage in STAGES
        if any(need.stage == key and need.edge != "settled" for need in stage.needs)
    ]
