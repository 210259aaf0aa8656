"""A company at work: its HRIS and its recipes push, repeat, change, cancel, try again, look and listen."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from tests.connector.api.sending import job_codes, send

ONE = Path("adapters/workday/samples/one_profile.xml").read_bytes()
_MOST_UNFINISHED = 30


def body(source: str, n: int, title: str) -> bytes:
    """The job profile with this number."""
    if source == "workday":
        named = ONE.replace(b"R-00001", b"R-%05d" % n).replace(b"Associate Data Analyst", title.encode())
        return named.replace(b"a054037af221d2091d654b95d6018004", b"%032x" % (n + 1))
    return job_codes({"externalCode": f"C{n}", "name_en_US": title})


class Company:
    """One company with its system, its client, and what it knows of its runs and roles. Each step is one
    thing that somebody does; AssertionError when the answer is not one that can be."""

    def __init__(self, source: str, http: httpx.AsyncClient, seed: int) -> None:
        self.source = source
        self.http = http
        self.dice = random.Random(f"{source}:{seed}")
        self.roles: list[str] = []
        self.runs: list[str] = []
        self.sent: list[str] = []
        self.events: list[str] = []
        self.cursor = ""
        self.n = 0
        self.known: list[int] = []
        self.steps: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.push, 40),
            (self.repeat, 8),
            (self.repeat_by_key, 6),
            (self.change, 6),
            (self.replay, 6),
            (self.cancel, 8),
            (self.retry, 6),
            (self.new_document, 6),
            (self.push_again, 6),
            (self.look, 30),
        ]

    async def step(self) -> None:
        """Any of them, unless much is waiting already: then it only looks."""
        makers, weights = zip(*self.steps, strict=True)
        chosen = self.dice.choices(makers, weights)[0]
        await (self.look if await self.unfinished() > _MOST_UNFINISHED else chosen)()

    async def ask(self, method: str, path: str, *expected: int, **more: Any) -> Any:
        """The JSON of an answer with one of these statuses."""
        answer = await self.http.request(method, path, **more)
        assert answer.status_code in expected, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def unfinished(self) -> int:
        """How many runs of the company are not over."""
        counts = (await self.ask("GET", "/v1/status", 200))["runs"]
        return int(counts["pending"] + counts["running"])

    async def send(self, n: int, title: str, **headers: str) -> dict[str, Any]:
        """The receipt of a call with one job profile."""
        answer = await send(self.http, body(self.source, n, title), self.source, **headers)
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        self.sent.append(receipt["id"])
        for item in receipt["results"]:
            self._note(item["run_id"])
        return receipt

    def _number(self) -> int:
        self.n += 1
        return self.n

    def _remember(self, n: int, item: dict[str, Any]) -> None:
        self.known.append(n)
        self.roles.append(item["role_id"])

    def _note(self, run_id: str | None) -> None:
        if run_id is not None and run_id not in self.runs:
            self.runs.append(run_id)

    async def push(self) -> None:
        """A job profile that is new."""
        n = self._number()
        (item,) = (await self.send(n, f"Analyst {n}"))["results"]
        assert (item["verdict"], item["pushed"]) == ("new", True)
        self._remember(n, item)

    async def repeat(self) -> None:
        """The same again, by content or by event id: no second role."""
        if not self.known:
            return
        n = self.dice.choice(self.known)
        event = {"X_Event_Id": f"evt-{n}"} if self.dice.random() < 0.5 else {}
        for item in (await self.send(n, f"Analyst {n}", **event))["results"]:
            assert item["verdict"] in ("no_material_change", "changed")
            assert item["role_id"] in self.roles

    async def repeat_by_key(self) -> None:
        """Two requests with one key are answered as one."""
        n = self._number()
        key = {"Idempotency_Key": f"key-{self.source}-{n}"}
        first, second = [await self.send(n, f"Analyst {n}", **key) for _ in range(2)]
        assert first == second
        self._remember(n, first["results"][0])

    async def change(self) -> None:
        """A profile whose title changed makes its role stale, or goes into what waits."""
        if self.known:
            await self.send(self.dice.choice(self.known), f"Lead {self.dice.randrange(10**9)}")

    async def replay(self) -> None:
        """Bytes that came in before, taken in again."""
        if self.sent:
            path = f"/v1/source-events/{self.dice.choice(self.sent)}/replay"
            for item in (await self.ask("POST", path, 202))["results"]:
                self._note(item["run_id"])

    async def cancel(self) -> None:
        """End one of the newest runs, whatever it does."""
        if self.runs:
            run = self.dice.choice(self.runs[-6:])
            await self.ask("POST", f"/v1/runs/{run}/cancel", 200, 202)

    async def retry(self) -> None:
        """Run again what is over; what is not cannot be."""
        if self.runs:
            run = self.dice.choice(self.runs[-20:])
            made = await self.ask("POST", f"/v1/runs/{run}/retry", 202, 409)
            self._note(made.get("id"))

    async def new_document(self) -> None:
        """Somebody writes a process map for a role."""
        if self.roles:
            text = f"1. Open. 2. Check {self.dice.randrange(10**9)}. 3. Close the month and report."
            given = {"role_id": self.dice.choice(self.roles), "kind": "process_map", "text": text}
            await self.ask("POST", "/v1/documents", 200, 201, json=given)

    async def push_again(self) -> None:
        """A person pushes a role."""
        if self.roles:
            made = await self.ask("POST", f"/v1/roles/{self.dice.choice(self.roles)}/push", 202, json={})
            self._note(made["id"])

    async def look(self) -> None:
        """Polling: the company's status, its queue, a run with and without its stages."""
        await self.ask("GET", "/v1/status", 200)
        await self.ask("GET", "/v1/queue", 200)
        if self.runs:
            run = self.dice.choice(self.runs)
            seen = await self.http.get(f"/v1/runs/{run}?detail=stages")
            same = {"If-None-Match": seen.headers["etag"]}
            await self.ask("GET", f"/v1/runs/{run}?detail=stages", 200, 304, headers=same)

    async def listen(self) -> None:
        """The feed, from where it was left to its present end."""
        while True:
            page = await self.ask("GET", f"/v1/events?limit=500&cursor={self.cursor}", 200)
            self.cursor = page["next_cursor"]
            self.events += [event["id"] for event in page["results"]]
            if not page["has_more"]:
                return
