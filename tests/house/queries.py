"""The named queries of every room, and which database role each one is made for."""

from __future__ import annotations

import re
from typing import NamedTuple

from kit.sql import Queries, Query

from .tracked import ROOT, tracked

API, AUTH, ENGINE = "connector_api", "connector_auth", "connector_engine"
SCRIPTS = {"connector/embedded/cluster.sql"}
"""Not queries of the product: psql runs this when a cluster is made."""

OF_ROOM = {"pipeline.engine": ENGINE, "kit": ENGINE}
OF_FILE = {
    "pipeline/runs/retention.sql": ENGINE,
    "pipeline/runs/follow_up.sql": ENGINE,
    "pipeline/assessor/asking/queries.sql": ENGINE,
    "control/people.sql": AUTH,
    "control/sessions.sql": AUTH,
}
OF_QUERY = {
    # The operator's desk and the clock see every company.
    "control.add_company": ENGINE,
    "control.change_company": ENGINE,
    "control.list_companies": ENGINE,
    "control.sweep_answers": ENGINE,
    "control.add_calls": ENGINE,
    "control.forget_bodies": ENGINE,
    "control.forget_body": ENGINE,
    # The deliverer serves every company.
    "webhooks.callbacks.wanted_events": ENGINE,
    "webhooks.callbacks.insert_deliveries": ENGINE,
    "webhooks.callbacks.lock_claims": ENGINE,
    "webhooks.callbacks.failing_subscriptions": ENGINE,
    "webhooks.callbacks.claim_deliveries": ENGINE,
    "webhooks.callbacks.record_try": ENGINE,
    "webhooks.callbacks.note_success": ENGINE,
    "webhooks.callbacks.note_failure": ENGINE,
    "webhooks.callbacks.disable_subscription": ENGINE,
    "webhooks.callbacks.log_event": ENGINE,
    "webhooks.callbacks.end_overdue": ENGINE,
    "webhooks.callbacks.take_ending": ENGINE,
    # So does the resumer.
    "webhooks.waits.claim_waits": ENGINE,
    "webhooks.waits.record_wait_try": ENGINE,
    "webhooks.waits.stop_workspace": ENGINE,
    "webhooks.waits.log_event": ENGINE,
    "webhooks.waits.expire_waits": ENGINE,
    # The syncer and the clock serve every company.
    "webhooks.connections.take_expiring": ENGINE,
    "webhooks.mapped.ask_for_looks": ENGINE,
    "webhooks.sync.claim_syncs": ENGINE,
    "webhooks.sync.renew_lease": ENGINE,
    "webhooks.sync.due_connections": ENGINE,
    "webhooks.sync.plan_next": ENGINE,
    "webhooks.sync.due_fetches": ENGINE,
    "webhooks.sync.begin_fetches": ENGINE,
    "webhooks.sync.refuse_fetches": ENGINE,
    "webhooks.sync.forget_fetches": ENGINE,
    "webhooks.sync.forget_syncs": ENGINE,
    "webhooks.sync.measure_syncs": ENGINE,
    # The clock looks at every company's documents.
    "pipeline.records.unchecked": ENGINE,
    "pipeline.records.keep_quality": ENGINE,
    # The reader reads every company's files, the clock forgets them.
    "pipeline.uploads.claim_upload": ENGINE,
    "pipeline.uploads.forget_uploads": ENGINE,
    # Taxonomies are imported at the operator's desk.
    "pipeline.taxonomies.same": ENGINE,
    "pipeline.taxonomies.begin": ENGINE,
    "pipeline.taxonomies.add_roles": ENGINE,
    "pipeline.taxonomies.replace": ENGINE,
    "pipeline.taxonomies.activate": ENGINE,
    "pipeline.taxonomies.forget": ENGINE,
    # Letting clients in.
    "control.get_login": AUTH,
    "control.mark_used": AUTH,
    "control.change_secret": AUTH,
    "control.bar_client": AUTH,
    "control.add_client": AUTH,
    # Who comes by a link to a dashboard says no company.
    "control.open_link": AUTH,
    "control.touch_link": AUTH,
    "control.revoke_token": AUTH,
    "control.sweep_revoked": AUTH,
    "control.bump_change": AUTH,
    "control.get_change": AUTH,
    "control.list_revoked": AUTH,
    "control.list_barred": AUTH,
    "control.lock_keys": AUTH,
    "control.list_keys": AUTH,
    "control.add_key": AUTH,
    "control.retire_keys": AUTH,
    "control.activate_key": AUTH,
}


class Named(NamedTuple):
    """A query with its room, the file it stands in and the role it runs as."""

    room: str
    file: str
    query: Query
    role: str

    @property
    def name(self) -> str:
        return f"{self.room}.{self.query.name}"


def every() -> list[Named]:
    """Every named SQL query of the product."""
    found: list[Named] = []
    for path in sorted(tracked()):
        if path.suffix != ".sql" or path.parts[0] in ("migrations", "tests", "bench") or str(path) in SCRIPTS:
            continue
        room = ".".join(path.parent.parts)
        found += [
            Named(room, str(path), query, _role(room, str(path), query.name))
            for query in Queries(room, path.name).values()
        ]
    return found


def _role(room: str, file: str, name: str) -> str:
    return OF_QUERY.get(f"{room}.{name}") or OF_FILE.get(file) or OF_ROOM.get(room) or API


def prepared(query: Query) -> tuple[str, int]:
    """The text with numbered parameters, and how many there are."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}"

    text = re.sub(r"%\((\w+)\)[sb]", number, query.text)
    return text.replace("%%", "%"), len(names)


def uses(room: str) -> str:
    """All Python of a room's folder."""
    folder = ROOT.joinpath(*room.split("."))
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
