"""What every test may ask for, and what a test with a long value is called."""

from __future__ import annotations

pytest_plugins = ["tests.parts.servers", "tests.parts.database", "tests.parts.front", "tests.parts.live_api"]

_LONGEST = 100


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A value of megabytes is no name: it would travel between processes and stand in the environment."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST:
        return f"{argname} of {len(val)}"
    return None
