"""A client that holds every answer against the OpenAPI document, so that the contract cannot drift."""

from __future__ import annotations

import re
from typing import Any

import httpx
import msgspec
from openapi_schema_validator import OAS30Validator

PROBLEM = "application/problem+json"
_CHECKED = ("/v1", "/oauth")


class Contract:
    """One document, ready to judge answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[bytes, Any] = {}
        self._paths = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "/?$"), operations)
            for path, operations in sorted(document["paths"].items(), key=lambda item: item[0].count("{"))
        ]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation at an address, if it is documented. Slashes that follow one another are served as
        one."""
        method = "get" if method == "HEAD" else method.lower()
        path = re.sub("/+", "/", path)
        for pattern, operations in self._paths:
            if pattern.match(path) and method in operations:
                found: dict[str, Any] = operations[method]
                return found
        return None

    def check(self, response: httpx.Response) -> None:
        """AssertionError when an answer is not what the document says."""
        request = response.request
        where = f"{request.method} {request.url.path} answered {response.status_code}"
        kind = response.headers.get("content-type", "").partition(";")[0]
        assert response.headers.get("x-request-id"), f"{where} without X-Request-Id"
        assert response.status_code not in range(301, 304), f"{where}: no redirects"
        if kind == PROBLEM:
            self._check_problem(response, where)
        operation = self.operation(request.method, request.url.path)
        if operation is None:
            assert response.status_code in (401, 404, 405, 429, 503), f"{where}: not in the document"
            return
        declared = operation["responses"].get(str(response.status_code))
        assert declared is not None, (
            f"{where}: {operation['operationId']} does not declare it: {response.text[:300]}"
        )
        self._check_body(response, self._resolved(declared), kind, where)

    def _check_body(self, response: httpx.Response, declared: dict[str, Any], kind: str, where: str) -> None:
        content = declared.get("content", {})
        if not content or response.request.method == "HEAD":
            assert not response.content, f"{where}: a body where none is declared"
            return
        assert kind in content or "*/*" in content, f"{where} with {kind}; declared are {list(content)}"
        if kind not in content:
            return
        if response.request.url.path.startswith(_CHECKED) and kind.endswith("json"):
            self.validate(content[kind]["schema"], msgspec.json.decode(response.content), where)

    def _check_problem(self, response: httpx.Response, where: str) -> None:
        if response.request.method == "HEAD":
            return
        problem = msgspec.json.decode(response.content)
        self.validate({"$ref": "#/components/schemas/Problem"}, problem, where)
        assert problem["status"] == response.status_code, where
        assert problem["request_id"] == response.headers["x-request-id"], where
        assert len(problem["detail"]) < 200, where
        assert len(response.content) <= 2048, where

    def validate(self, schema: dict[str, Any], value: Any, where: str) -> None:
        """AssertionError when a value does not fit a schema of the document."""
        found = [
            f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in self._validator(schema).iter_errors(value)
        ]
        assert not found, f"{where}: {found}"

    def _validator(self, schema: dict[str, Any]) -> Any:
        """One for each schema: making it reads all components."""
        key = msgspec.json.encode(schema)
        if key not in self._validators:
            self._validators[key] = OAS30Validator({**schema, "components": self.document["components"]})
        return self._validators[key]

    def _resolved(self, declared: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in declared:
            return declared
        found: dict[str, Any] = self.document["components"]["responses"][declared["$ref"].rsplit("/", 1)[1]]
        return found


class ContractTransport(httpx.AsyncBaseTransport):
    """Any transport, with every answer checked on its way back."""

    def __init__(self, inner: httpx.AsyncBaseTransport, contract: Contract) -> None:
        self._inner = inner
        self._contract = contract

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, read, check."""
        response = await self._inner.handle_async_request(request)
        response.request = request
        await response.aread()
        self._contract.check(response)
        return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


def client(app: Any, contract: Contract, **headers: str) -> httpx.AsyncClient:
    """A client of an ASGI app (no server in between)."""
    inner = httpx.ASGITransport(app=app, client=("203.0.113.7", 4242))
    return httpx.AsyncClient(
        transport=ContractTransport(inner, contract),
        base_url="http://connector.test",
        headers=headers,
    )
