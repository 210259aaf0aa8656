"""What `docs/sync.md` promises is what the code does."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from adapters.pull import Reason
from adapters.registry import SOURCES, adapter_for
from adapters.successfactors.pull.access import Auth as SuccessFactorsAuth
from adapters.workday.pull.access import Auth as WorkdayAuth
from kit.settings import Settings
from pipeline.log.kinds import KINDS
from webhooks.connections.connections import WARN_DAYS, Change, New
from webhooks.connections.wishes import REMEMBERED_SECONDS
from webhooks.sync.policy import Policy

TEXT = (Path(__file__).parents[3] / "docs" / "sync.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", SOURCES)
def test_every_setting_of_every_system_is_named(source: str) -> None:
    for field in msgspec.structs.fields(adapter_for(source).access):
        assert f"`{field.name}`" in TEXT or f"`{field.name}." in TEXT, field.name


def test_every_way_in_is_named_with_what_it_needs() -> None:
    for kind in (*get_args(WorkdayAuth), *get_args(SuccessFactorsAuth)):
        assert f"`{kind.__struct_config__.tag}`" in TEXT
        for field in msgspec.structs.fields(kind):
            assert not field.required or f"`{field.name}`" in TEXT, (kind, field.name)


def test_every_setting_of_a_connection_is_named() -> None:
    for kind in (New, Change):
        for field in msgspec.structs.fields(kind):
            assert field.name == "name" or f"`{field.name}`" in TEXT, field.name


def test_every_reason_and_event_is_named() -> None:
    assert [reason for reason in get_args(Reason) if f"`{reason}`" not in TEXT] == []
    ours = [kind for kind in KINDS if kind.startswith(("sync.", "connection."))]
    assert [kind for kind in ours if f"`{kind}`" not in TEXT] == []


def test_the_numbers_are_the_defaults() -> None:
    policy = Policy.from_settings(Settings(database_url="x", secret_key="x"))
    assert policy == Policy()
    assert (policy.lease, policy.lease / 3, policy.give_up) == (30, 10, 24 * 3600)
    assert (WARN_DAYS, REMEMBERED_SECONDS, New(source="x", access={}).vanish_after) == (14, 5, 2)
