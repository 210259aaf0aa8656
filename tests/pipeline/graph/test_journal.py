"""The journal, without a graph."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
from neo4j.time import Date, DateTime

from pipeline.graph.journal import KEPT, Entry, decoded, earlier_entry, is_older, next_entry, packed, unpacked
from pipeline.graph.plan import candidates
from tests.pipeline.graph.builders import CREATE, given, role

FIRST, SECOND = (uuid.UUID(f"0190000{made}-0000-7000-8000-000000000000") for made in (1, 2))


def test_many_runs_keep_the_newest_states_and_the_oldest() -> None:
    entry: Entry | None = None
    for number in range(1, 10):
        picture = CREATE.picture(given(role(title=f"T{number}")), "")
        entry = next_entry(entry, picture, {"title": "theirs"}, uuid.uuid4(), number)
    assert entry is not None
    assert [past.picture.props["title"] for past in entry.history] == ["T8", "T7", "T6", "T5", "theirs"]
    assert len(entry.history) == KEPT
    undone = 0
    while entry is not None:
        entry, undone = earlier_entry(entry), undone + 1
    assert undone == KEPT


def test_a_journal_survives_its_kept_form() -> None:
    entry = next_entry(None, CREATE.picture(given(role()), ""), None, uuid.uuid4(), 1)
    assert decoded(entry.encoded()) == entry


@pytest.mark.parametrize(
    ("run", "rev", "held", "held_rev", "older"),
    [
        (FIRST, 1, None, 0, False),
        (FIRST, 1, FIRST, 2, True),
        (FIRST, 2, FIRST, 2, False),
        (SECOND, 1, FIRST, 7, False),
        (FIRST, 7, SECOND, 1, True),
    ],
    ids=["nothing there", "fenced owner", "second try", "later run", "earlier run"],
)
def test_runs_go_by_their_making_and_tries_by_rev(
    run: uuid.UUID, rev: int, held: uuid.UUID | None, held_rev: int, older: bool
) -> None:
    assert is_older(run, rev, held, held_rev) is older


@pytest.mark.parametrize(
    ("held", "back"),
    [
        (Date(2024, 2, 29), date(2024, 2, 29)),
        (DateTime(2024, 2, 29, 12, tzinfo=UTC), datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (["a", 1, True], ["a", 1, True]),
        (None, None),
    ],
)
def test_a_property_of_somebody_else_keeps_its_type(held: Any, back: Any) -> None:
    assert unpacked(packed(held)) == back


def test_a_code_outweighs_a_name() -> None:
    picture = CREATE.picture(given(role()), "")
    rows: list[dict[str, Any]] = [
        {"id": "1", "code": "DA-1", "title": "something else"},
        {"id": "2", "code": None, "title": "data analyst"},
    ]
    assert [row["id"] for row in candidates(picture, rows)] == ["1"]
    assert [row["id"] for row in candidates(picture, rows[1:])] == ["2"]
