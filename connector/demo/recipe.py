"""What a Workato recipe does, over the public HTTP API and nothing else."""

from __future__ import annotations

import time
from typing import Any

import httpx

from connector.demo.cast import Payload
from connector.stack import DemoClient

Json = dict[str, Any]
EVENTS = ["role.ready", "role.invalid", "run.finished", "run.degraded", "run.failed"]


class Recipe:
    """A client with a token. Raises httpx.HTTPStatusError for an answer that it did not expect."""

    def __init__(self, url: str, client: DemoClient) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        answer = self._http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(client.client_id, client.client_secret),
        )
        token = answer.raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> Json:
        """The client's own card."""
        return self._get("/v1/me")

    def subscribe(self, url: str) -> str:
        """Ask for callbacks; the secret to verify them with."""
        answer = self._http.post(
            "/v1/subscriptions", json={"url": url, "events": EVENTS, "recipe_id": "demo"}
        )
        return str(answer.raise_for_status().json()["secret"])

    def send(self, payload: Payload) -> Json:
        """Hand an HRIS payload on, as it came."""
        answer = self._http.post(
            f"/v1/webhooks/{payload.source}",
            content=payload.body,
            headers={"Content-Type": payload.content_type},
        )
        return self._object(answer)

    def add_document(self, role_id: str, kind: str, title: str, text: str) -> Json:
        """Give a role a document."""
        body = {"role_id": role_id, "kind": kind, "title": title, "text": text}
        return self._object(self._http.post("/v1/documents", json=body))

    def push(self, role_id: str) -> Json:
        """Run a role's stages."""
        return self._object(self._http.post(f"/v1/roles/{role_id}/push", json={}))

    def run(self, run_id: str) -> Json:
        """A run with its stages; waits as long as a 429 asks for."""
        while True:
            answer = self._http.get(f"/v1/runs/{run_id}", params={"detail": "stages"})
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return self._object(answer)
            time.sleep(float(answer.headers.get("retry-after", "1")))

    def roles(self) -> list[Json]:
        """All roles."""
        return list(self._get("/v1/roles?limit=1000")["results"])

    def assessments(self) -> list[Json]:
        """What was published."""
        return list(self._get("/v1/assessments?limit=1000")["results"])

    def _get(self, path: str) -> Json:
        return self._object(self._http.get(path))

    def _object(self, answer: httpx.Response) -> Json:
        if answer.is_error:
            raise httpx.HTTPStatusError(
                f"{answer.request.method} {answer.request.url.path}: {answer.text[:400]}",
                request=answer.request,
                response=answer,
            )
        found: Json = answer.json()
        return found
