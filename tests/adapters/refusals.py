"""How every refusal of a payload has to read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.model import Unreadable
from kit.errors import DETAIL_LIMIT


def refusal_of(work: Callable[[], object]) -> Unreadable:
    """Why `work` refuses a payload, in whole sentences that an answer shows uncut."""
    with pytest.raises(Unreadable) as refused:
        work()
    detail = refused.value.detail
    assert len(detail) <= DETAIL_LIMIT
    assert "\u2026" not in detail
    assert detail.endswith(".")
    return refused.value
