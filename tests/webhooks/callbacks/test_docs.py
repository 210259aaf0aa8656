"""What `docs/callbacks.md` promises is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from kit.settings import Settings
from pipeline.log.kinds import KINDS
from tests.webhooks.callbacks.test_body import FACTS
from webhooks.callbacks import subscriptions
from webhooks.callbacks.body import compose
from webhooks.callbacks.schedule import Policy, verdict

TEXT = (Path(__file__).parents[3] / "docs" / "callbacks.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    part = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_table_of_events_is_the_one_in_the_code() -> None:
    written = [[kind.strip("`"), status, display, says] for kind, status, display, says in _rows("Events")]
    assert written == [[kind, m.status, m.display, m.says] for kind, m in KINDS.items()]


def test_every_field_of_the_body_is_described_and_no_other() -> None:
    body = compose(FACTS)
    table = {row[0]: row[-1] for row in _rows("Body")}
    assert set(re.findall(r"`(\w+)`", " ".join(table))) == set(body)
    assert set(re.findall(r"`(\w+)`", table["`error`"])) == set(body["error"])


def test_the_statuses_that_are_final_are_the_documented_ones() -> None:
    final = next(first for first, *_ in _rows("What your answer means") if first.startswith("400"))
    documented = {int(status) for status in final.split(", ")}
    assert documented == {status for status in range(200, 600) if verdict(status) == "final"}


def test_the_numbers_are_the_defaults() -> None:
    policy = Policy.from_settings(Settings(database_url="x", secret_key="x"))
    assert list(policy.waits) == [5, 30, 120, 600, 3600]
    assert policy.give_up == 24 * 3600
    assert f"no answer within {policy.timeout:g} seconds" in TEXT
    assert (policy.breaker_failures, policy.breaker_wait, policy.per_subscription) == (5, 60, 4)
    assert (policy.rate, policy.disable_after) == (20, 3 * 24 * 3600)
    assert f"A company may have {subscriptions.LIMIT} subscriptions" in TEXT
