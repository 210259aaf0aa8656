"""The whole product on one machine: embedded parts, then migrate, then API, worker and clock as children."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import msgspec

from connector import configured, operator
from connector.embedded import child
from connector.embedded.faults import PartsFault
from connector.embedded.graph import take_port, write_secret
from connector.embedded.parts import Parts
from kit.migrate import migrate
from kit.settings import Settings
from kit.vault import make_key

# A busy machine takes its time; a process that ended is noticed at once.
_READY_SECONDS = 180
_HOST = "127.0.0.1"
_EMAIL = "admin@example.com"
_PROCESSES = ("api", "worker", "clock")


class DemoClient(msgspec.Struct, frozen=True):
    """The client and the user that are made with a new data folder, so that a person can start at once."""

    company_id: str
    client_id: str
    client_secret: str
    email: str
    password: str


class Stack:
    """Everything in `data`, listening on `port` (0: any free one). `extra` settings win over ours.
    Raises PartsFault with one sentence and a way out."""

    def __init__(
        self, data: Path, *, port: int, short: bool = False, extra: Mapping[str, str] | None = None
    ) -> None:
        self.parts = Parts(data, fsync=not short, short=short)
        self._wanted_port = port
        self._extra = dict(extra or {})
        self._children: list[child.Child] = []
        self.settings: Settings
        self.client: DemoClient

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.settings.public_url

    @property
    def pids(self) -> dict[str, int]:
        """The product's own processes by name."""
        return {one.part: one.pid for one in self._children}

    def start(self) -> None:
        """Returns when the API is ready. On a fault nothing is left running."""
        port = take_port("API", self._wanted_port)
        self.parts.start()
        try:
            env = self._environment(port)
            self.settings = configured.load(env)
            asyncio.run(migrate(self.settings.direct_url))
            self.client = asyncio.run(self._demo_client())
            logs = self.parts.data / "logs"
            logs.mkdir(exist_ok=True)
            for name in _PROCESSES:
                self._children.append(self._launch(name, env, logs / f"{name}.log"))
            self._wait_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends our processes first, then the parts they stand on."""
        for one in self._children:
            one.stop()
        self._children.clear()
        self.parts.stop()

    def _launch(self, name: str, env: Mapping[str, str], log: Path) -> child.Child:
        return child.start(name, [sys.executable, "-m", "connector", name], log=log, env=env)

    def _environment(self, port: int) -> dict[str, str]:
        """The environment of the children: the caller's, with the parts' addresses put in."""
        key = self.parts.data / "secret.key"
        if not key.exists():
            write_secret(key, make_key())
        graph = self.parts.graph
        ours = {
            "DATABASE_URL": self.parts.postgres.url(),
            "REDIS_URL": self.parts.redis.url,
            "NEO4J_URI": graph.uri,
            "NEO4J_USER": graph.user or "",
            "NEO4J_PASSWORD": graph.password,
            "NEO4J_DATABASE": graph.database,
            "SECRET_KEY_FILE": str(key),
            "HOST": _HOST,
            "PORT": str(port),
            "PUBLIC_URL": f"http://{_HOST}:{port}",
            "ENVIRONMENT_NAME": "demo",
            "LOG_JSON": "false",
        }
        given = {f"CONNECTOR_{name}": value for name, value in ours.items()}
        return {**os.environ, **given, **self._extra}

    async def _demo_client(self) -> DemoClient:
        """Made once with the folder; its secret stays in a file that only the owner may read."""
        kept = self.parts.data / "client.json"
        if kept.exists():
            return msgspec.json.decode(kept.read_bytes(), type=DemoClient)

        async def make(desk: operator.Desk) -> DemoClient:
            company_id = await operator.create_company(desk, "Demo Company")
            client_id, secret = await operator.create_client(desk, company_id, "Demo recipe")
            password = await operator.add_user(desk, company_id, _EMAIL, "admin")
            return DemoClient(company_id, client_id, secret, _EMAIL, password or "")

        made = await operator.at_desk(self.settings, make)
        write_secret(kept, msgspec.json.encode(made).decode())
        return made

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        with httpx.Client(base_url=self.url, timeout=5) as http:
            while not self._ready(http):
                gone = next((one for one in self._children if not one.alive), None)
                if gone is not None:
                    raise PartsFault(
                        f"The {gone.part} process ended; its log is {gone.log}.", code="process_ended"
                    )
                if time.monotonic() > deadline:
                    raise PartsFault(
                        f"The API did not become ready within {_READY_SECONDS} s; the logs are in "
                        f"{self.parts.data / 'logs'}.",
                        code="not_ready",
                    )
                time.sleep(0.05)

    def _ready(self, http: httpx.Client) -> bool:
        try:
            return http.get("/health/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
