"""The HTTP application: every controller, one front door, one shape for refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Controller, Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.di import Provide

from connector.admin.router import screens
from connector.api import contract, direct
from connector.api.assessments import Assessments
from connector.api.audit import AuditTrail
from connector.api.batches import Batches
from connector.api.calls import Calls
from connector.api.catalog import Catalog
from connector.api.choosing import PushSettings, Selections
from connector.api.clients import Clients
from connector.api.companies import Companies
from connector.api.company import CompanyPages
from connector.api.comparison import Comparison
from connector.api.connections import Connections
from connector.api.corrections import Corrections
from connector.api.dashboard_links import DashboardLinks
from connector.api.deliveries import Deliveries
from connector.api.document_care import DocumentCare
from connector.api.document_files import Files
from connector.api.documents import Documents
from connector.api.events import Events
from connector.api.families import Families
from connector.api.health import HealthPages, Metrics
from connector.api.http import make_call, services_of
from connector.api.kit_files import KitFiles
from connector.api.mapping_proposals import MappingProposals
from connector.api.mapping_trials import MappingTrials
from connector.api.mappings import Mappings
from connector.api.me import Me
from connector.api.meta import Meta
from connector.api.plans import Plans
from connector.api.pushes import Pushes
from connector.api.queue import QueuePages
from connector.api.reviews import Reviews, ReviewSettings
from connector.api.roles import Roles
from connector.api.runs import Runs
from connector.api.simulations import Simulations
from connector.api.source_events import SourceEvents
from connector.api.stages import Stages, StageSettings
from connector.api.subscriptions import Subscriptions
from connector.api.syncs import Syncs
from connector.api.taxonomies import Taxonomies
from connector.api.taxonomy_import import TaxonomyImports
from connector.api.uploads import Uploads
from connector.api.usage import ModelSettings, Usage
from connector.api.users import Users
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
    Families,
    Documents,
    DocumentCare,
    Files,
    Uploads,
    Selections,
    Plans,
    Pushes,
    Runs,
    Batches,
    Events,
    QueuePages,
    Stages,
    StageSettings,
    Assessments,
    DashboardLinks,
    Taxonomies,
    TaxonomyImports,
    Reviews,
    ReviewSettings,
    Corrections,
    Catalog,
    Comparison,
    Connections,
    Syncs,
    Mappings,
    MappingTrials,
    MappingProposals,
    Subscriptions,
    Deliveries,
    Simulations,
    Waits,
    Workspaces,
    Calls,
    Meta,
    KitFiles,
    Usage,
    ModelSettings,
    PushSettings,
    CompanyPages,
    Companies,
    Clients,
    Users,
    AuditTrail,
    HealthPages,
    Metrics,
    contract.Document,
)


def create_app(services: Services, extra: Sequence[type[Controller]] = ()) -> Door:
    """The application for these parts; `extra` controllers are served beside ours (tests use it)."""
    app = routes(extra)
    app.state.services = services
    return Door(app, services)


def routes(extra: Sequence[type[Controller]] = ()) -> Litestar:
    """Every address with nothing behind it: enough to write the OpenAPI document. The door brings the parts
    along with each request."""
    return Litestar(
        route_handlers=[*CONTROLLERS, screens(), *extra],
        dependencies={
            "services": Provide(services_of, sync_to_thread=False),
            "call": Provide(make_call, sync_to_thread=False),
        },
        exception_handlers={Exception: _answer},
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=direct.PACKED_FROM,
            gzip_compress_level=direct.LEVEL,
            exclude_opt_key="uncompressed",  # a stream would stay in the compressor until it is full
        ),
        # Bodies are counted where they are read, by each address's own limit.
        request_max_body_size=None,
        lifespan=[_living],
        openapi_config=None,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )


@asynccontextmanager
async def _living(app: Litestar) -> AsyncIterator[None]:
    async with app.state.services.running(warm=True):
        yield


def _answer(request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
    scope = request.scope
    problem = render(exc, scope["state"]["request_id"], oauth=scope["path"].startswith("/oauth/"))
    return Response(problem.body, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
