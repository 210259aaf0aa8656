"""An operation that is to go says so in the contract and with every answer, good or bad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.contract import document
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Going, operation
from kit.errors import NotFound
from tests.parts.front import Tenant, routes_of


class Said(msgspec.Struct):
    """Something."""

    word: str


class Leaving(Controller):
    """An operation that is to go."""

    path = "/v1/leaving"

    @get(
        "/{name:str}",
        **operation(
            "getLeaving",
            "Leaving",
            scope="runs:read",
            params={"name": "x"},
            answers={200: Answer(kind=Said, example={"word": "x"})},
            errors=(NotFound,),
            going=Going(date(2026, 11, 1), date(2027, 6, 1)),
        ),
    )
    async def show(self, call: NamedDependency[Call], name: FromPath[str]) -> Reply:
        """Says its name."""
        if name == "nobody":
            raise NotFound("There is nobody.")
        return Reply(Said(name))


@pytest.fixture
def controllers() -> Sequence[type[Controller]]:
    return (Leaving,)


async def test_what_is_to_go_says_since_when_and_until_when(tenant: Tenant, make_tenant: Any) -> None:
    poor = await make_tenant("Poor", scopes=["roles:read"])
    for who, path, status in ((tenant, "x", 200), (tenant, "nobody", 404), (poor, "x", 403)):
        answer = await who.http.get(f"/v1/leaving/{path}")
        assert answer.status_code == status
        assert answer.headers["deprecation"] == "@1793491200"
        assert answer.headers["sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    stays = await tenant.http.get("/v1/me")
    assert not {"deprecation", "sunset"} & set(stays.headers)


def test_the_contract_marks_it() -> None:
    paths = document(routes_of((Leaving,)))["paths"]
    assert paths["/v1/leaving/{name}"]["get"]["deprecated"] is True
    assert "deprecated" not in paths["/v1/me"]["get"]
