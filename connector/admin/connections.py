"""The ways into the HRIS, and the pulls over them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit
from kit.errors import FieldError, Invalid, Refused

# source -> way in -> fields; a field that begins with "*" is a secret
WAYS: dict[str, dict[str, tuple[str, ...]]] = {
    "workday": {
        "username_token": ("username", "*password"),
        "refresh_token": ("client_id", "*client_secret", "*refresh_token"),
        "client_credentials": ("client_id", "*client_secret"),
        "jwt_bearer": ("client_id", "username", "*private_key"),
    },
    "successfactors": {
        "oidc": ("issuer", "client_id", "*client_secret", "dependency"),
        "saml_bearer": ("client_id", "user", "*private_key"),
        "mtls": ("certificate", "*private_key"),
    },
}
TENANT = {"workday": "tenant", "successfactors": "company_id"}


class Connections(Controller):
    """Connections with their syncs."""

    path = "/c/{company:str}/connections"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Every connection, the newest syncs, and forms for another connection."""
        return draw(visit, "connections.html", **await _all(visit))

    @get("/live")
    async def live(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The syncs, as they move."""
        return draw(visit, "part/syncs.html", **await _all(visit))

    @post("/")
    async def create(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """A connection; it is tested by its button, not by this."""
        made = await visit.desk.send("POST", "/connections", _given(visit))
        return go(visit, f"{visit.home}/connections#{made['id']}")

    @post("/{connection_id:str}/test")
    async def test(self, visit: NamedDependency[Visit], connection_id: FromPath[str]) -> Response[Any]:
        """Knock, and say what was found."""
        await visit.desk.send("POST", f"/connections/{connection_id}/test")
        return go(visit, f"{visit.home}/connections#{connection_id}")

    @post("/{connection_id:str}/change")
    async def change(self, visit: NamedDependency[Visit], connection_id: FromPath[str]) -> Response[Any]:
        """How often it is asked, and whether at all."""
        given = {
            "status": visit.field("status"),
            "every_minutes": visit.field("every_minutes") or None,
            "full_every_hours": visit.field("full_every_hours") or None,
        }
        await visit.desk.send("PATCH", f"/connections/{connection_id}", given)
        return go(visit, f"{visit.home}/connections")

    @post("/{connection_id:str}/delete")
    async def remove(self, visit: NamedDependency[Visit], connection_id: FromPath[str]) -> Response[Any]:
        """Roles that came over it stay."""
        await visit.desk.send("DELETE", f"/connections/{connection_id}")
        return go(visit, f"{visit.home}/connections")

    @post("/syncs")
    async def sync(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Fetch everything or what changed; a dry run only counts and says what it would take."""
        wish = {
            "connection_id": visit.field("connection_id"),
            "what": visit.field("what", "everything"),
            "dry_run": visit.field("dry_run") == "1",
        }
        await visit.desk.send("POST", "/syncs", wish)
        return go(visit, f"{visit.home}/connections#syncs")

    @post("/syncs/{sync_id:str}/cancel")
    async def cancel(self, visit: NamedDependency[Visit], sync_id: FromPath[str]) -> Response[Any]:
        """What was fetched so far stays."""
        await visit.desk.send("POST", f"/syncs/{sync_id}/cancel")
        return go(visit, f"{visit.home}/connections#syncs")


async def _all(visit: Visit) -> dict[str, Any]:
    found = (await visit.desk.get("/connections"))["results"]
    try:
        syncs = (await visit.desk.get("/syncs", {"limit": 20}))["results"]
    except Refused:
        syncs = []
    return {
        "connections": found,
        "syncs": syncs,
        "moving": any(one["status"] in ("pending", "running") for one in syncs),
        "ways": WAYS,
        "tenant": TENANT,
    }


def _given(visit: Visit) -> dict[str, Any]:
    """A connection from the form: by its fields, or `access` as JSON for what the fields do not cover."""
    source, way = visit.field("source"), visit.field("way")
    fields = WAYS.get(source, {}).get(way, ())
    auth = {name.lstrip("*"): visit.field(name.lstrip("*")) for name in fields}
    access: dict[str, Any] = {
        "address": visit.field("address"),
        TENANT.get(source, "tenant"): visit.field("tenant"),
        "auth": {"kind": way, **auth},
    }
    if visit.field("access"):
        try:
            access = msgspec.json.decode(visit.field("access"))
        except msgspec.DecodeError as exc:
            message = "The access is no JSON."
            raise Invalid(message, errors=[FieldError("access", message)]) from exc
    scope = {
        "families": [one.strip() for one in visit.field("families").split(",") if one.strip()],
        "countries": [one.strip() for one in visit.field("countries").split(",") if one.strip()],
    }
    return {
        "source": source,
        "name": visit.field("name"),
        "access": access,
        "scope": {key: value for key, value in scope.items() if value},
        "every_minutes": visit.field("every_minutes") or None,
    }
