"""Who is asking, and whether they may. Pure: the page, the API and the command line use the same words."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from kit import ids
from kit.errors import Action, Forbidden, NotFound

SCOPES: dict[str, str] = {
    "webhooks:write": "Send job profiles",
    "roles:read": "Read roles",
    "roles:write": "Create and change roles",
    "documents:read": "Read documents",
    "documents:write": "Add and change documents",
    "runs:read": "Read runs, batches, the queue and the status",
    "pushes:write": "Push roles",
    "runs:write": "Pause, resume, cancel and retry runs",
    "assessments:read": "Read assessments",
    "reviews:read": "Read questions to people about results",
    "reviews:write": "Approve, correct and reject results",
    "events:read": "Read the event feed",
    "source_events:read": "Read what came in, byte for byte",
    "source_events:write": "Take in again what came in before",
    "connections:read": "Read connections to an HRIS, without their secrets",
    "connections:write": "Make, change, test and delete connections",
    "syncs:read": "Read syncs and their progress",
    "syncs:write": "Start and cancel syncs",
    "mappings:read": "Read mappings, their previews and their impact",
    "mappings:write": "Change and publish mappings",
    "subscriptions:read": "Read subscriptions and deliveries",
    "subscriptions:write": "Create and delete subscriptions; retry deliveries",
    "usage:read": "Read what model calls cost, and the budget",
    "settings:read": "Read the company's settings",
    "settings:write": "Change the company's settings",
    "companies:write": "Create companies",
    "clients:read": "Read the company's clients, without their secrets",
    "clients:write": "Create clients, change their secrets, end them",
    "users:read": "Read who looks after the company",
    "users:write": "Invite people, change what they may do, take them out",
    "audit:read": "Read who did what",
}
_OF_ADMINS = frozenset({"companies:write", "clients:write", "users:write"})
FOR_CLIENTS: tuple[str, ...] = tuple(scope for scope in SCOPES if scope not in _OF_ADMINS)
"""What a client gets that is made without naming scopes: letting others in has to be asked for."""
OF_ROLE: dict[str, frozenset[str]] = {
    "admin": frozenset(SCOPES),
    "csm": frozenset(FOR_CLIENTS),
    "viewer": frozenset({"roles:read", "documents:read", "runs:read", "assessments:read"}),
}
"""What a person may do in a company as admin, csm or viewer."""
Kind = Literal["client", "person", "operator", "engine", "link"]


class Caller(msgspec.Struct, frozen=True):
    """Somebody who was let in: a client or person of one company (or who holds a link to its dashboard), with
    what they may do."""

    kind: Kind
    company_id: UUID
    id: UUID
    name: str
    scopes: frozenset[str]

    @property
    def shown_id(self) -> str:
        """The id as audit rows and /v1/me show it."""
        if self.kind == "operator" or self.kind == "engine":
            return self.name
        return ids.show("user" if self.kind == "person" else self.kind, self.id)


def require(caller: Caller, scope: str, company_id: UUID | None = None) -> None:
    """Raise Forbidden when the scope is lacking, NotFound when the thing is another company's (so that
    nobody learns that it exists)."""
    if scope not in SCOPES:
        raise ValueError(f"{scope} is not a scope.")
    if company_id is not None and company_id != caller.company_id:
        raise NotFound("There is nothing with this id.")
    if scope not in caller.scopes:
        raise Forbidden(
            f"This needs the scope {scope}, which the token does not have.",
            code="scope_missing",
            action=Action(f"Ask an admin to add {scope} to the client, then get a new token.", "admin"),
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


def known_scopes(wanted: list[str]) -> list[str]:
    """The scopes in their order here; ValueError names those that do not exist."""
    unknown = sorted(set(wanted) - set(SCOPES))
    if unknown:
        raise ValueError(f"Unknown scopes: {', '.join(unknown)}. Known: {', '.join(SCOPES)}.")
    return [scope for scope in SCOPES if scope in set(wanted)]
