"""Every screen, registered in one place, and what people see when something is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router
from litestar.di import Provide

from connector.admin.access import Clients, People
from connector.admin.callbacks import Subscriptions
from connector.admin.companies import Companies
from connector.admin.connections import Connections
from connector.admin.dashboard import Dashboard
from connector.admin.documents import Documents
from connector.admin.files import Files
from connector.admin.home import Home
from connector.admin.lists import AuditTrail, SourceEvents
from connector.admin.mapping_editor import MappingEditor
from connector.admin.mappings import Mappings
from connector.admin.oidc import Oidc
from connector.admin.page import HEADERS, bare
from connector.admin.plans import Plans
from connector.admin.reviews import Reviews
from connector.admin.role import Role
from connector.admin.roles import Roles
from connector.admin.runs import Runs
from connector.admin.settings import Settings, Usage
from connector.admin.shared import Shared
from connector.admin.sign_in import SignIn
from connector.admin.stream import Moving
from connector.admin.taxonomies import Taxonomies
from connector.admin.uploads import Uploads
from connector.admin.visit import SignInNeeded, make_visit
from connector.problems import refusal

_MOST_BYTES = 55_000_000
"""The largest file with the form around it; everything else is far below it."""
SCREENS = (
    Files,
    SignIn,
    Oidc,
    Home,
    Companies,
    Roles,
    Role,
    Runs,
    Moving,
    Documents,
    Uploads,
    Reviews,
    Mappings,
    Taxonomies,
    MappingEditor,
    Plans,
    Dashboard,
    Shared,
    SourceEvents,
    Connections,
    Subscriptions,
    Clients,
    Usage,
    AuditTrail,
    People,
    Settings,
)


def _refused(request: Request[Any, Any, Any], exc: Exception) -> Response[Any]:
    """Refusals as a page, or as the one part of it that says what is wrong."""
    refused = refusal(exc)
    partial = "hx-request" in request.headers
    if isinstance(refused, SignInNeeded):
        path = f"/admin/sign-in?next={quote(request.url.path)}"
        if partial:
            return Response("", status_code=204, headers={**HEADERS, "HX-Redirect": path})
        return Response("", status_code=303, headers={**HEADERS, "Location": path})
    template = "part/problem.html" if partial else "refused.html"
    request_id = request.scope["state"]["request_id"]
    answer = bare(template, refused.status, problem=refused, request_id=request_id)
    if refused.retry_after:
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def screens() -> Router:
    """The page, at /admin."""
    return Router(
        path="/admin",
        route_handlers=list(SCREENS),
        dependencies={"visit": Provide(make_visit)},
        exception_handlers={Exception: _refused},
        request_max_body_size=_MOST_BYTES,
        include_in_schema=False,
    )
