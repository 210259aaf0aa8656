"""What a worker is built with."""

from __future__ import annotations

import pytest

from connector.work import build_work
from tests.parts.front import settings_for


@pytest.mark.parametrize(
    ("changes", "name", "budgeted"),
    [
        ({}, "offline", False),
        ({"model_base_url": "http://127.0.0.1:1/v1", "model_name": "m"}, "modelled", True),
    ],
)
async def test_a_worker_keeps_budgets_where_a_model_is_paid(
    db_url: str, changes: dict[str, str], name: str, budgeted: bool
) -> None:
    work = await build_work(settings_for(db_url, **changes))
    try:
        assert work.tools.assessor.name == name
        assert (work.tools.budgets is not None) is budgeted
    finally:
        await work.close()
