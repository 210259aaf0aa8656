"""What `docs/workato.md` says of the forty behaviours, numbers and addresses is so."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from connector.api.units import LONGEST_WAIT
from control.calls import BODY_DAYS, MOST_BODY
from kit.settings import Settings
from tools import kit_samples
from webhooks.callbacks.schedule import Policy
from webhooks.simulations.cases import CASES
from webhooks.waits.resuming import Policy as WaitPolicy
from webhooks.waits.workspaces import DATA_CENTRES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "workato.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    part = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_each_of_the_forty_is_shown_by_a_test_or_says_why_not() -> None:
    rows = _rows("The forty behaviours")
    assert [int(row[0]) for row in rows] == list(range(1, 41))
    for number, _, shown in rows:
        found = re.fullmatch(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
        if found is None:
            assert shown.startswith("Not offered: "), number
        else:
            assert f"def {found[2]}(" in (ROOT / found[1]).read_text(encoding="utf-8"), shown


def test_the_faults_of_the_page_are_those_of_the_code() -> None:
    written = [[name.strip("`"), says, right] for name, says, right in _rows("Try it against faults")]
    assert written == [[name, case.says, case.right] for name, case in CASES.items()]


def test_what_is_kept_of_refused_calls_is_what_the_page_says() -> None:
    assert f"up to {MOST_BODY // 1024} kB each, for {BODY_DAYS} days" in TEXT


def test_the_data_centres_are_those_of_the_code() -> None:
    written = {name: address for name, address in _rows("Data centres") if name != "own"}
    assert written == DATA_CENTRES


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    settings = Settings(database_url="x", secret_key="x")
    limits = {row[0]: row[1] for row in _rows("Limits")}
    assert limits["requests of a client"].startswith(
        f"{settings.client_requests_per_second} a second, {settings.client_concurrent} at once; "
        f"token requests {settings.token_requests_per_second} a second"
    )
    assert limits["an answer"].startswith(f"{settings.request_seconds} seconds")
    assert limits["`?wait=` on a run or batch"] == f"{LONGEST_WAIT} seconds"
    assert settings.request_seconds > LONGEST_WAIT
    assert limits["messages to a recipe"].startswith(f"{Policy().rate} a second")
    assert (WaitPolicy().pace, limits["resumed jobs"]) == (1.0, "one a second for each workspace")


def test_the_samples_of_the_kit_are_those_of_the_code() -> None:
    assert kit_samples.PATH.read_text(encoding="utf-8") == kit_samples.text()


def test_the_recipes_and_calls_of_the_kit_name_what_there_is() -> None:
    connector = (ROOT / "workato" / "connector.rb").read_text(encoding="utf-8")
    recipes = (ROOT / "workato" / "recipes.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\*([A-Z][a-z ]+)\*", recipes)) - {"Job profiles", "Handle errors"}
    assert len(named) >= 4
    for name in named:
        assert f"title: '{name}'" in connector, name
    served = set(msgspec.json.decode((ROOT / "openapi" / "connector.json").read_bytes())["paths"])
    calls = re.findall(
        r"^[A-Z]+ \{\{address\}\}(\S+)", (ROOT / "workato" / "calls.http").read_text(), re.MULTILINE
    )
    for path in calls:
        plain = re.sub(r"\w+_\.\.\.", "{id}", path.partition("?")[0])
        shapes = {re.sub(r"\{\w+\}", "{id}", one) for one in served}
        assert plain in shapes or re.sub(r"/(workday|eu)$", "/{id}", plain) in shapes, path
