"""Where measurements take place: the embedded parts with full durability, a database for each, and the
product's processes as children."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from bench import machine
from connector import operator
from connector.embedded import child
from connector.embedded.graph import take_port
from connector.embedded.parts import Parts
from kit import settings as settings_of
from kit.migrate import migrate
from kit.settings import Settings
from kit.vault import make_key

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".cache" / "bench-peers" / "bin" / "python"
HOST = "127.0.0.1"


class Site:
    """The parts of one bench run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = Parts(folder / "data", fsync=True)
        self.parts.start()
        self._key = make_key()
        self._made = 0

    def stop(self) -> None:
        """End the parts."""
        self.parts.stop()

    @property
    def base_pids(self) -> list[int]:
        """PostgreSQL and Redis."""
        return [pid for pid in (self.parts.postgres.pid, self.parts.redis.pid) if pid]

    def database(self, template: str = "template1") -> str:
        """A new database's name."""
        self._made += 1
        name = f"bench_{self._made}"
        with psycopg.connect(self.parts.postgres.admin_url, autocommit=True) as conn:
            conn.execute(
                sql.SQL("CREATE DATABASE {} OWNER connector TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop(self, name: str) -> None:
        """End a database with whatever is still connected."""
        with psycopg.connect(self.parts.postgres.admin_url, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """Its address."""
        return self.parts.postgres.url(database)

    def flush_redis(self) -> None:
        """Forget every doorbell of the measurement before."""
        import redis

        redis.Redis.from_url(self.parts.redis.url).flushall()

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """The environment of the product's processes on this database; names without CONNECTOR_."""
        graph = self.parts.graph
        ours = {
            "DATABASE_URL": self.url(database),
            "REDIS_URL": self.parts.redis.url,
            "NEO4J_URI": graph.uri,
            "NEO4J_USER": graph.user or "",
            "NEO4J_PASSWORD": graph.password,
            "NEO4J_DATABASE": graph.database,
            "SECRET_KEY": self._key,
            "ENVIRONMENT_NAME": "bench",
        }
        base = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
        return {**base, **{f"CONNECTOR_{name}": value for name, value in (ours | more).items()}}


@contextmanager
def opened() -> Iterator[Site]:
    """A site in a folder that goes away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="etter-bench-", dir="/tmp"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    site = None
    try:
        site = Site(folder)
        yield site
    finally:
        if site is not None:
            site.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Crew:
    """Children of one measurement; all are ended with it."""

    def __init__(self, site: Site, env: Mapping[str, str]) -> None:
        self.site = site
        self.env = dict(env)
        self.children: list[child.Child] = []

    @property
    def pids(self) -> list[int]:
        """Those that still run."""
        return [one.pid for one in self.children if one.alive]

    def start(self, name: str, *command: str, python: Path | None = None, **env: str) -> child.Child:
        """Start a Python child; its output goes to a log in the site's folder."""
        words = [str(python or sys.executable), *command]
        log = self.site.folder / f"{name}-{time.monotonic_ns()}.log"
        started = child.start(name, words, log=log, env={**self.env, **env}, cwd=ROOT)
        self.children.append(started)
        return started

    def worker(self, *, graph: bool = False, stage_seconds: float = 0) -> child.Child:
        """The product's worker with the instant assessor."""
        env = {} if graph else {"BENCH_GRAPH": "none"}
        return self.start("worker", "-m", "bench.worker", BENCH_STAGE_SECONDS=str(stage_seconds), **env)

    def clock(self) -> child.Child:
        """The product's clock."""
        return self.start("clock", "-m", "connector", "clock")

    def api(self) -> child.Child:
        """The product's API."""
        return self.start("api", "-m", "connector", "api")

    def cpu(self) -> float:
        """CPU seconds of the children, PostgreSQL and Redis so far."""
        return machine.cpu(*self.pids, *self.site.base_pids)

    def stop(self) -> None:
        """End them all."""
        for one in self.children:
            one.stop()


@contextmanager
def crew(site: Site, env: Mapping[str, str]) -> Iterator[Crew]:
    """Children that end with the block."""
    made = Crew(site, env)
    try:
        yield made
    finally:
        made.stop()


class Product(Crew):
    """The whole product on a database of its own, with one company and one client per name."""

    def __init__(self, site: Site, database: str, companies: tuple[str, ...], **more: str) -> None:
        port = take_port("API", 0)
        self.url = f"http://{HOST}:{port}"
        super().__init__(site, site.environment(database, PORT=str(port), PUBLIC_URL=self.url, **more))
        self.database = database
        self.settings: Settings = settings_of.load(self.env)
        self.logins = asyncio.run(self._logins(companies))

    async def _logins(self, names: tuple[str, ...]) -> dict[str, tuple[str, str]]:
        async def make(desk: operator.Desk) -> dict[str, tuple[str, str]]:
            made = {}
            for name in names:
                company = await operator.create_company(desk, name)
                made[name] = await operator.create_client(desk, company, f"{name}'s recipe")
            return made

        return await operator.at_desk(self.settings, make)

    def token(self, name: str) -> str:
        """A fresh access token."""
        client_id, secret = self.logins[name]
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        answer = httpx.post(f"{self.url}/oauth/token", data=form, timeout=30)
        return str(answer.raise_for_status().json()["access_token"])

    def wait(self, workers: int, *, clock: bool = True) -> None:
        """Returns when the API answers and so many workers (and a clock) have enrolled."""
        until(lambda: httpx.get(f"{self.url}/health/live", timeout=5).is_success, "the API")
        until(lambda: enrolled(self.settings.database_url, "worker") >= workers, "workers")
        if clock:
            until(lambda: enrolled(self.settings.database_url, "clock") >= 1, "the clock")


@contextmanager
def product(
    site: Site,
    *companies: str,
    workers: int = 1,
    clock: bool = True,
    graph: bool = False,
    stage_seconds: float = 0,
    **more: str,
) -> Iterator[Product]:
    """API, workers and clock at work on a fresh database, one client with high limits for each company.
    `more` are settings without CONNECTOR_."""
    site.flush_redis()
    database = site.database()
    asyncio.run(migrate(site.url(database)))
    with ExitStack() as stack:
        stack.callback(site.drop, database)
        limits = {"CLIENT_REQUESTS_PER_SECOND": "1000000", "CLIENT_CONCURRENT": "10000"}
        made = Product(site, database, companies or ("Bench",), **(limits | more))
        stack.callback(made.stop)
        made.api()
        for _ in range(workers):
            made.worker(graph=graph, stage_seconds=stage_seconds)
        if clock:
            made.clock()
        made.wait(workers, clock=clock)
        yield made


def until(ready: Callable[[], Any], what: str, seconds: float = 60, every: float = 0.05) -> None:
    """Wait for a condition. Raises TimeoutError naming it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except (httpx.TransportError, psycopg.OperationalError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)


def rows(url: str, text: str, *params: Any) -> list[tuple[Any, ...]]:
    """What a statement of the bench finds, seen as the engine."""
    with psycopg.connect(url) as conn:
        conn.execute("SET LOCAL ROLE connector_engine")
        return conn.execute(text.encode(), params).fetchall()


def enrolled(url: str, kind: str) -> int:
    """How many living processes of a kind there are."""
    return int(rows(url, "SELECT count(*) FROM process WHERE kind = %s", kind)[0][0])
