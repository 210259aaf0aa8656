"""The demo is a promise of the README's first screen."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.long
def test_the_demo_ends_with_every_role_as_it_should() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "connector", "demo"], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Every role ended as it should." in done.stdout
