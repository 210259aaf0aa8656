"""When the endpoint fails again and again it is left alone for a while; then one call tries it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from kit import metrics
from pipeline.stages.base import StageFault

_OPEN = metrics.gauge("connector_model_breaker_open", "1 while this process leaves the model alone.")
_PROBE_WAIT = 2.0


class Breaker:
    """Opens after `failures` in a row, for `pause` seconds, doubled up to `longest` when the probe fails."""

    def __init__(
        self,
        *,
        failures: int = 5,
        pause: float = 10.0,
        longest: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._first, self._longest, self._clock = failures, pause, longest, clock
        self._failed = 0
        self._pause = pause
        self._until = 0.0
        self._probing = False

    @property
    def state(self) -> Literal["closed", "open", "half_open"]:
        """Where it stands now."""
        if self._failed < self._most:
            return "closed"
        return "open" if self._clock() < self._until else "half_open"

    def enter(self) -> bool:
        """Before a call; True when it is the probe. Raises StageFault `model_unavailable` while open."""
        state = self.state
        if state == "closed":
            return False
        if state == "half_open" and not self._probing:
            self._probing = True
            return True
        wait = self._until - self._clock() if state == "open" else _PROBE_WAIT
        raise StageFault(
            "The model failed several times in a row and is left alone for a moment.",
            code="model_unavailable",
            retry=True,
            retry_after=max(0.1, wait),
            patient=True,
        )

    def leave(self, *, probe: bool, failed: bool | None) -> None:
        """After a call: it failed, it was answered (False), or nobody knows (None: it was cut short)."""
        if probe:
            self._probing = False
        if failed is None:
            return
        if not failed:
            self._failed, self._pause = 0, self._first
            _OPEN.set(0)
            return
        self._failed += 1
        if probe:
            self._pause = min(self._longest, self._pause * 2)
        if self._failed == self._most or probe:
            self._until = self._clock() + self._pause
            _OPEN.set(1)
