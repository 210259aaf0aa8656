from __future__ import annotations

from uuid import UUID

import pytest

from kit import ids
from kit.errors import NotFound

STORE = UUID("0a1b2c3d-0000-4000-8000-000000000000")
OTHER = UUID("ffffffff-0000-4000-8000-000000000000")


@pytest.mark.parametrize("number", [1, 2**62])
def test_an_event_id_comes_back_as_its_number(number: int) -> None:
    assert ids.parse_event(STORE, ids.show_event(STORE, number)) == number


def test_event_ids_of_one_store_sort_as_the_events_do() -> None:
    shown = [ids.show_event(STORE, number) for number in (9, 10, 255, 256, 70_000)]
    assert shown == sorted(shown)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ids.show_event(OTHER, 7), "other_store"),
        ("run_" + "0" * 32, "wrong_kind"),
        ("evt_12", "not_found"),
        ("evt_" + "z" * 24, "not_found"),
        ("", "not_found"),
    ],
)
def test_what_is_no_event_of_this_store_is_not_found_and_says_why(text: str, code: str) -> None:
    with pytest.raises(NotFound) as refused:
        ids.parse_event(STORE, text)
    assert refused.value.code == code
