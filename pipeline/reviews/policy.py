"""What a company chose about results that a person should look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Publish = Literal["marked", "held"]
KEY = "reviews"


class ReviewPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`marked`: a role with an open question about its assessment is shown, and says so; `held`: it is
    hidden until a person approves or corrects the assessment. An unsure mapping never hides a role."""

    publish: Publish = "marked"


def policy_of(policy: Mapping[str, Any]) -> ReviewPolicy:
    """The company's choice, from its policy. Raises msgspec.ValidationError when that is no such choice."""
    return msgspec.convert(policy.get(KEY) or {}, ReviewPolicy)
