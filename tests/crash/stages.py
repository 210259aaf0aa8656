"""Stages whose acts leave a trace outside, as the graph would, and cost something, as a model would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.stages.base import Call, Outcome
from tests.pipeline.engine.rig import FakeStage, line


def stages(on_act: Callable[[], Any] | None = None) -> list[FakeStage]:
    """The small graph; `on_act` is called when the assessment has done its work and not returned yet."""

    def assess(_given: Any, work: Any) -> Outcome:
        if on_act is not None:
            on_act()
        call = Call(call_id=f"{work.run_id}-assess-{work.epoch}", model="m", purpose="assess", input_tokens=7)
        return Outcome(outputs={"score": 41}, calls=(call,))

    return line(assess=assess)
