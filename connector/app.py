"""The HTTP application: every controller, one front door, one shape for refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Controller, Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide

from connector.api import contract, direct
from connector.api.assessments import Assessments
from connector.api.batches import Batches
from connector.api.connections import Connections
from connector.api.deliveries import Deliveries
from connector.api.documents import Documents
from connector.api.events import Events
from connector.api.health import HealthPages, Metrics
from connector.api.http import make_call
from connector.api.mappings import Mappings
from connector.api.kit_files import KitFiles
from connector.api.me import Me
from connector.api.meta import Meta
from connector.api.pushes import Pushes
from connector.api.queue import QueuePages
from connector.api.roles import Roles
from connector.api.runs import Runs
from connector.api.source_events import SourceEvents
from connector.api.stages import Stages
from connector.api.subscriptions import Subscriptions
from connector.api.syncs import Syncs
from connector.api.usage import ModelSettings, Usage
from connector.api.waits import Waits
from connector.api.webhooks import Webhooks
from connector.api.workspaces import Workspaces
from connector.door import Door
from connector.oauth.endpoints import OAuth, WellKnown
from connector.problems import MEDIA_TYPE, render
from connector.services import Services

CONTROLLERS: Sequence[type[Controller]] = (
    OAuth,
    WellKnown,
    Me,
    Webhooks,
    SourceEvents,
    Roles,
    Documents,
    Pushes,
    Runs,
    Batches,
    Events,
    QueuePages,
    Stages,
    Assessments,
    Connections,
    Syncs,
    Mappings,
    Subscriptions,
    Deliveries,
    Waits,
    Workspaces,
    Meta,
    KitFiles,
    Usage,
    ModelSettings,
    HealthPages,
    Metrics,
    contract.Document,
)


def create_app(services: Services, extra: Sequence[type[Controller]] = ()) -> Litestar:
    """The application for these parts; `extra` controllers are served beside ours (tests use it)."""
    app = Litestar(
        route_handlers=[*CONTROLLERS, *extra],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "call": Provide(make_call, sync_to_thread=False),
        },
        exception_handlers={Exception: _answer},
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=direct.PACKED_FROM, gzip_compress_level=direct.LEVEL
        ),
        request_max_body_size=max(services.settings.intake_bytes, services.settings.body_bytes) + 1,
        lifespan=[lambda _: services.running(warm=True)],
        state=State({"address": services.settings.public_url}),
        openapi_config=None,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    app.asgi_handler = Door(app.asgi_handler, services)
    return app


def addresses(extra: Sequence[type[Controller]] = ()) -> Litestar:
    """The same routes with nothing behind them: enough to write the OpenAPI document."""
    return Litestar(
        route_handlers=[*CONTROLLERS, *extra],
        dependencies={
            "services": Provide(_nothing, sync_to_thread=False),
            "call": Provide(make_call, sync_to_thread=False),
        },
        openapi_config=None,
        logging_config=None,
    )


def _nothing() -> None:
    return None


def _answer(request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
    scope = request.scope
    problem = render(exc, scope["state"]["request_id"], oauth=scope["path"].startswith("/oauth/"))
    return Response(problem.body, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
