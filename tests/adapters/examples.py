"""How many examples a property test tries: few in the usual run, CONNECTOR_TEST_EXAMPLES times as many when
somebody asks for it (`make fuzz` does)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("CONNECTOR_TEST_EXAMPLES", "1"))


def tries(few: int) -> settings:
    """The decorator of a test that tries `few` examples in the usual run, however long one takes."""
    slow = [HealthCheck.too_slow]
    return settings(max_examples=few * _TIMES, deadline=None, suppress_health_check=slow)
