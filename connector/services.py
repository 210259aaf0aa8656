"""What a process is made of, put together in one place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from connector.oauth.verify import Tokens
from control.limits import Limits
from kit import log
from kit.db import Db
from kit.redis import Redis
from kit.settings import Settings
from kit.vault import Vault

_log = log.get("connector.services")
_SHARE_SECONDS = 0.1


@dataclass(frozen=True)
class Services:
    """The parts of one process; `running` opens and closes them. `probes` are further parts that
    readiness looks at, by name."""

    settings: Settings
    db: Db
    vault: Vault
    redis: Redis
    tokens: Tokens
    limits: Limits
    probes: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the database, load who may come in, and keep both fresh until the end."""
        await self.db.open()
        try:
            await self.tokens.start()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self.tokens.watch()), group.create_task(self._share())]
                yield
                for task in tasks:
                    task.cancel()
        finally:
            await self.redis.close()
            await self.db.close()

    async def _share(self) -> None:
        while True:
            await asyncio.sleep(_SHARE_SECONDS)
            await self.limits.share()


def build(settings: Settings) -> Services:
    """The parts for these settings; nothing is connected yet."""
    db = Db(settings.database_url, size=settings.database_pool, name="connector-api")
    vault = Vault(settings.secret_key)
    redis = Redis(settings.redis_url)
    return Services(
        settings=settings,
        db=db,
        vault=vault,
        redis=redis,
        tokens=Tokens(db, vault, settings),
        limits=Limits(redis),
    )
