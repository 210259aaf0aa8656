"""Syncs in figures, for a scrape."""

from __future__ import annotations

import msgspec

from kit.db import Tx
from kit.metrics import gauge
from webhooks.sync import store

SYNCS = gauge("connector_syncs", "Syncs that are not over, by where they are.", ("place",))
ENDED = gauge("connector_syncs_ended_last_hour", "Syncs that ended in the last hour.", ("status",))
STOPPED = gauge("connector_connections_stopped", "Connections that a person has to mend.")


async def measure(tx: Tx) -> None:
    """Read the figures and show them in this process's gauges (engine transaction)."""
    found = msgspec.structs.asdict(await store.measure_syncs(tx))
    for place in ("waiting", "owned", "parked"):
        SYNCS.labels(place).set(found[place])
    for status in ("success", "failed"):
        ENDED.labels(status).set(found[status])
    STOPPED.set(found["stopped"])
