"""Whom PostgreSQL runs as: it refuses root, so root's server runs as an ordinary user of the machine."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from connector.embedded import faults

_UNPRIVILEGED = ("postgres", "nobody")


class RunAs(NamedTuple):
    """The user id that the data belongs to (None: ours), and the words that go before a command."""

    uid: int | None
    words: list[str]


def ordinary_user(places: Iterable[Path]) -> RunAs:
    """How to run a server that needs `places`. Raises PartsFault where root has no way to step down."""
    if os.geteuid() != 0:
        return RunAs(None, [])
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next((known[name] for name in _UNPRIVILEGED if name in known), None)
    setpriv = shutil.which("setpriv")
    if entry is None or setpriv is None:
        raise faults.only_root()
    words = [setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    # Changing the user drops the death signal that the child was given, so it is given again.
    words.append("--pdeathsig=INT")
    if not all(map(_open_to_all, places)):
        # The checkout or the data stands in root's own home, say: the server may pass through, as we
        # may. Without the bit, access(2) would still judge by the user alone.
        words += ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return RunAs(entry.pw_uid, words)


def _open_to_all(place: Path) -> bool:
    place = place.resolve()
    return all(step.stat().st_mode & 0o001 for step in (place, *place.parents))
