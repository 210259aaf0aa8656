from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from kit import ids
from pipeline.log.kinds import KINDS
from webhooks.callbacks.body import EventFacts, compose, with_links

FACTS = EventFacts(
    id=77,
    type="run.failed",
    at=datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC),
    sequence=12,
    data={},
    store_id=ids.new(),
    company_id=ids.new(),
    company_name="Nordwind",
    dashboard_url="https://dash.example/nordwind",
    run_id=ids.new(),
    role_id=ids.new(),
    batch_id=None,
    role_title="Pflegefachkraft",
    role_code="0042",
    role_source="workday",
    role_source_id="JP-7",
    run_error={"code": "graph_down", "message": "Away.", "action": {"what": "Wait.", "who": "nobody"}},
    run_degraded=["skills"],
    subscriptions=[],
)


def test_a_recipe_finds_routing_ids_and_times_at_the_top() -> None:
    body = compose(FACTS)
    assert body["tenant"] == body["company"] == ids.show("company", FACTS.company_id)
    assert body["occurred_at"] == "2026-11-22T09:30:00.123456+00:00"
    assert (body["version"], body["sequence"], body["batch_id"]) == (77, 12, None)


def test_a_failed_runs_error_says_what_to_do() -> None:
    error = compose(FACTS)["error"]
    assert (error["code"], error["action"], error["who"]) == ("graph_down", "Wait.", "nobody")


def test_an_event_tells_only_what_was_true_of_it() -> None:
    body = compose(replace(FACTS, type="run.started"))
    assert (body["error"], body["degraded"]) == (None, [])
    assert compose(replace(FACTS, type="run.degraded"))["degraded"] == ["skills"]


def test_what_the_event_itself_says_wins_over_the_run() -> None:
    body = compose(replace(FACTS, data={"status": "failed", "error": {"code": "other"}, "degraded": ["x"]}))
    assert (body["error"]["code"], body["degraded"]) == ("other", ["x"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_reads_in_the_four_words(kind: str) -> None:
    body = compose(replace(FACTS, type=kind))
    assert body["status"] in ("pending", "running", "success", "failed")
    assert body["display"] in ("waiting", "running", "done", "error")


def test_links_become_addresses_when_sent_and_the_companys_own_stays() -> None:
    links = msgspec.json.decode(with_links(compose(FACTS), "https://c.example/"))["links"]
    assert links["run"] == f"https://c.example/v1/runs/{ids.show('run', FACTS.run_id or ids.new())}"
    assert links["dashboard"] == "https://dash.example/nordwind"


@pytest.mark.parametrize(
    "data",
    [
        {"error": {"message": "x" * 2_000_000, "action": "y" * 2_000_000, "code": "z" * 9_999}},
        {"degraded": ["k" * 100_000] * 1000, "reason": "r" * 1_000_000, "status": "s" * 10_000},
        {"error": "text", "degraded": "text", "display": 7},
    ],
)
def test_whatever_an_event_holds_the_body_stays_small(data: dict[str, Any]) -> None:
    huge = replace(FACTS, data=data, role_title="t" * 1_000_000, role_source_id="s" * 1_000_000)
    assert len(with_links(compose(huge), "https://c.example")) < 20_000
