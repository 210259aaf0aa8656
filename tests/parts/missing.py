"""What only some machines have: without it a test is skipped in plain sight, or fails where all must run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skips the test with one line that the end of the run shows; fails it when CI=true."""
    line = f"this machine has no {what}; `make test-deps` installs it where it may"
    if os.environ.get("CI") == "true":
        pytest.fail(line, pytrace=False)
    pytest.skip(line)
