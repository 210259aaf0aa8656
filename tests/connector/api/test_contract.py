from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from litestar import Controller, get
from openapi_spec_validator import OpenAPIV30SpecValidator

from connector.api.contract import ContractFault, document, lower
from connector.api.operation import Operation
from connector.app import routes
from connector.cli import openapi_text
from tests.contract import Contract

COMMITTED = Path(__file__, "../../../../openapi/connector.json").resolve()


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return document(routes())


@pytest.fixture(scope="module")
def declared() -> list[Operation]:
    handlers = [handler for route in routes().routes for handler in getattr(route, "route_handlers", [])]
    return [handler.opt["operation"] for handler in handlers if "operation" in handler.opt]


def test_the_committed_document_is_the_current_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_text()


def test_the_document_is_valid_openapi_3_0(written: dict[str, Any]) -> None:
    OpenAPIV30SpecValidator(written).validate()


def test_every_example_fits_its_schema(written: dict[str, Any]) -> None:
    contract = Contract(written)
    for path, operations in written["paths"].items():
        for operation in operations.values():
            media = [
                one
                for answer in operation["responses"].values()
                for one in answer.get("content", {}).values()
            ]
            for one in media:
                contract.validate(one["schema"], one["example"], path)
            for one in operation.get("requestBody", {}).get("content", {}).values():
                assert one["examples"], path
                for example in one["examples"].values():
                    if one["schema"] != {"type": "string"}:
                        contract.validate(one["schema"], example["value"], path)


def test_every_operation_says_what_it_is(written: dict[str, Any]) -> None:
    operations = [operation for path in written["paths"].values() for operation in path.values()]
    assert not [one["operationId"] for one in operations if not (one["summary"] and one.get("description"))]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))


def test_outputs_have_no_defaults(declared: list[Operation]) -> None:
    seen: set[type] = set()

    def look(kind: Any) -> None:
        info = msgspec.inspect.type_info(kind)
        stack: list[Any] = [info]
        while stack:
            one = stack.pop()
            if isinstance(one, msgspec.inspect.StructType) and one.cls not in seen:
                seen.add(one.cls)
                if one.cls.__module__.startswith("connector"):
                    optional = [field.name for field in one.fields if not field.required]
                    assert not optional, f"{one.cls.__name__}: {optional}"
                stack += [field.type for field in one.fields]
            stack += [getattr(one, name) for name in ("item_type", "value_type") if hasattr(one, name)]
            stack += list(getattr(one, "types", ()))

    for operation in declared:
        for answer in operation.answers.values():
            if answer.kind is not None:
                look(answer.kind)
    assert seen


def test_scopes_in_the_document_exist(written: dict[str, Any]) -> None:
    known = written["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["scopes"]
    for operations in written["paths"].values():
        for operation in operations.values():
            for need in operation.get("security", []):
                assert set(need["oauth"]) <= set(known)


def test_an_address_without_a_declaration_stops_the_build() -> None:
    class Silent(Controller):
        path = "/v1/silent"

        @get("/")
        async def silent(self) -> str:
            return ""

    with pytest.raises(ContractFault, match="/v1/silent has no operation"):
        document(routes((Silent,)))


class Part(msgspec.Struct):
    """A part."""

    n: Annotated[int, msgspec.Meta(gt=0)]
    kind: Literal["a", "b"] | None
    other: Part | None
    both: int | str | None


def test_newer_constructs_are_said_in_the_older_words() -> None:
    _, parts = msgspec.json.schema_components([Part], ref_template="#/components/schemas/{name}")
    low = lower(parts["Part"])["properties"]
    assert low["n"] == {"type": "integer", "minimum": 0, "exclusiveMinimum": True}
    assert low["kind"] == {"enum": ["a", "b", None], "nullable": True, "type": "string"}
    assert low["other"]["nullable"] is True
    assert {"type": "string"} in low["both"]["anyOf"]


@pytest.mark.parametrize("schema", [{"patternProperties": {}}, {"type": "null"}, {"if": {}}, True])
def test_an_unknown_construct_stops_the_build(schema: Any) -> None:
    with pytest.raises(ContractFault):
        lower(schema)
