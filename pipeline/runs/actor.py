"""Who a run is recorded to come from."""

from __future__ import annotations

from control.access import Caller

_KINDS = {"client": "client", "person": "csm", "operator": "engineer", "engine": "clock"}


def actor_of(caller: Caller) -> tuple[str, str]:
    """(kind, id) as run and batch rows hold them."""
    return _KINDS[caller.kind], caller.shown_id
