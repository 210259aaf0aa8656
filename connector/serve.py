"""The API process: uvicorn with uvloop and httptools."""

from __future__ import annotations

import uvicorn

from connector.app import create_app
from connector.running import settle
from connector.services import Services, build
from kit import log
from kit.settings import Settings

_GRACE = 25
_KEEP_ALIVE = 75  # longer than a load balancer keeps an idle connection, or it sends into one that is closed


def server(services: Services) -> uvicorn.Server:
    """A server for these parts. It ends what it has begun after SIGTERM, for up to 25 s."""
    settings = services.settings
    return uvicorn.Server(
        uvicorn.Config(
            create_app(services),
            host=settings.host,
            port=settings.port,
            loop="auto",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
            timeout_keep_alive=_KEEP_ALIVE,
            h11_max_incomplete_event_size=64_000,
        )
    )


def run(settings: Settings) -> None:
    """Serve until a signal comes."""
    log.configure(settings.log_level, json=settings.log_json)
    ready = server(build(settings))
    settle()
    ready.run()
