"""Writes workato/samples.json: a sample of every event and object, every field filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from connector.api.objects import OBJECTS
from pipeline.log.kinds import KINDS
from webhooks.callbacks.body import THIN
from webhooks.callbacks.sample import filled

PATH = Path(__file__).resolve().parents[1] / "workato" / "samples.json"
_AT = "2026-11-22T09:30:00.123456+00:00"


def samples() -> dict[str, Any]:
    """Events by type (full), one thin event, and objects by name. Times and ids are always the same ones."""
    events = {kind: _steady(filled(kind, UUID(int=0))) for kind in KINDS}
    thin = {name: events["role.ready"][name] for name in THIN}
    return {
        "events": events,
        "thin_event": thin,
        "objects": {name: kind.sample for name, kind in OBJECTS.items()},
    }


def _steady(body: dict[str, Any]) -> dict[str, Any]:
    error = {**body["error"], "retry_at": _AT}
    return {**body, "id": "evt_test_" + "0" * 32, "occurred_at": _AT, "error": error}


def text() -> str:
    """The file as it is committed."""
    return msgspec.json.format(msgspec.json.encode(samples()), indent=1).decode() + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
