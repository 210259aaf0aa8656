"""A customer's own script in place of our reskilling stage: JSON in, JSON out (see docs/stages.md).

It fails for good for one role, which therefore ends degraded, and does the stage's work for the others.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any, cast
from uuid import UUID

import msgspec

from connector.demo.cast import FAILS
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.stages.base import Given, Work
from pipeline.stages.registry import by_key


class Question(msgspec.Struct):
    """What a command gets on stdin."""

    stage: str
    run_id: UUID
    given: Given


def main() -> int:
    """Answer one question; 1 is a failure for good."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    if question.given.role.code == FAILS:
        sys.stderr.write("no course catalogue covers this job family\n")
        return 1
    work = Work(
        run_id=question.run_id,
        epoch=0,
        rev=0,
        deadline=time.monotonic() + 60,
        graph=cast(Any, None),
        assessor=OfflineAssessor(),
    )
    outcome = asyncio.run(by_key(question.stage).execute(question.given, work))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
