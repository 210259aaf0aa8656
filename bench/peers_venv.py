"""The peers' own environment, built once from their lock."""

from __future__ import annotations

import subprocess
import sys

from bench.site import PEERS, ROOT

_LOCK = ROOT / "bench" / "peers.lock"


def ensure() -> None:
    """Build it unless it is there and of this lock."""
    venv = PEERS.parent.parent
    stamp = venv / "lock"
    if stamp.exists() and stamp.read_bytes() == _LOCK.read_bytes():
        return
    print("Installing the peers that we compare with (half a minute, once) ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
    quiet = "-q", "--disable-pip-version-check", "--require-hashes"
    subprocess.run([str(PEERS), "-m", "pip", "install", *quiet, "-r", str(_LOCK)], check=True)
    stamp.write_bytes(_LOCK.read_bytes())
