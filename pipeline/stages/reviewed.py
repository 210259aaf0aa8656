"""The stages whose results a person may be asked about. What the person decided wins over the assessor for as
long as what the result rests on stays the same; then nobody is asked again and nothing is paid."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from pipeline.assessor.model import Result
from pipeline.stages.base import Decision, Given, Outcome, Work
from pipeline.stages.model_stage import ModelStage

R = TypeVar("R", bound=Result)
_encoder = msgspec.json.Encoder(order="deterministic")


def asked_about(flags: Iterable[str]) -> list[str]:
    """Those of a result's flags for which a person is asked."""
    return [flag for flag in flags if flag == "low_confidence" or flag.startswith("review:")]


class ReviewedStage(ModelStage[R]):
    """A stage whose result a person can approve, correct or reject."""

    @abstractmethod
    def facts(self, given: Given) -> dict[str, Any]:
        """What a person's decision about the result holds for."""

    def judged_on(self, given: Given) -> str:
        """Digest of the facts (64 hex digits)."""
        return sha256(_encoder.encode([self.key, self.facts(given)])).hexdigest()

    def decision(self, given: Given) -> Decision | None:
        """What a person decided about this very question, if anybody did."""
        found = given.decisions.get(self.key)
        return found if found is not None and found.judged_on == self.judged_on(given) else None

    def decided(self, given: Given) -> dict[str, str]:
        """What a decision adds to the inputs of this stage."""
        found = self.decision(given)
        return {"decision": found.review_id} if found is not None else {}

    async def execute(self, given: Given, work: Work) -> Outcome:
        found = self.decision(given)
        if found is None:
            done = await super().execute(given, work)
        else:
            done = Outcome(outputs=dict(found.result), flags=tuple(found.result.get("flags") or ()))
        done.outputs["judged_on"] = self.judged_on(given)
        return done
