"""Workspaces: where a company's Workato jobs run, and the API token that lets us resume them.

The key under which Workato expects the resume token is not confirmed, so the default body names it by both
spellings; a company that knows better sets its own body.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from control import audit
from control.access import Caller, require
from kit.db import Tx
from kit.errors import Action, FieldError, Invalid, NotFound
from kit.http import AddressRefused, AddressRules, check_address
from kit.vault import Vault
from webhooks.waits import store
from webhooks.waits.store import Workspace

DATA_CENTRES = {
    "us": "https://www.workato.com",
    "eu": "https://app.eu.workato.com",
    "jp": "https://app.jp.workato.com",
    "sg": "https://app.sg.workato.com",
    "au": "https://app.au.workato.com",
    "il": "https://app.il.workato.com",
    "kr": "https://app.kr.workato.com",
    "uk": "https://app.uk.workato.com",
    "cn": "https://app.workatoapp.cn",
    "trial": "https://app.trial.workato.com",
}
"""Where the Developer API of each data centre is."""

OWN = "own"
"""The data centre of a company that has a Workato of its own; it says the address itself."""

TOKEN, DATA = "$token", "$data"
"""What stands in a body for the resume token and for what came of the run."""

DEFAULT_BODY: dict[str, Any] = {"token": TOKEN, "resume_token": TOKEN, "data": DATA}
_LONGEST_TOKEN = 4_000
_LONGEST_BODY = 4_000


class WorkspaceIn(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is that of a Workato API client which may resume jobs. `address` is needed for the data centre
    `own` only. In `body` the texts `$token` and `$data` are replaced."""

    token: str
    address: str = ""
    body: dict[str, Any] | None = None


async def put(
    tx: Tx, caller: Caller, vault: Vault, rules: AddressRules, data_centre: str, given: WorkspaceIn
) -> Workspace:
    """Set a workspace, or replace its token; what had stopped it is over then. Raises Invalid."""
    require(caller, "connections:write")
    address = _address(rules, data_centre, given.address)
    body = given.body or DEFAULT_BODY
    if not given.token or len(given.token) > _LONGEST_TOKEN:
        raise _invalid("token", "The token of a Workato API client is needed.")
    if TOKEN not in _texts(body) or len(msgspec.json.encode(body)) > _LONGEST_BODY:
        raise _invalid("body", "The body needs $token somewhere, and at most 4,000 characters.")
    found = await store.put_workspace(
        tx,
        company_id=caller.company_id,
        data_centre=data_centre,
        address=address,
        token=vault.seal(given.token),
        body=body,
    )
    await audit.record(tx, caller, "workspace.set", data_centre, detail={"address": address})
    return found


async def listing(tx: Tx, caller: Caller) -> list[Workspace]:
    """All of the company's, by data centre."""
    require(caller, "connections:read")
    return await store.list_workspaces(tx, caller.company_id)


async def delete(tx: Tx, caller: Caller, data_centre: str) -> None:
    """Gone, whether or not it was there; its open waits are dead."""
    require(caller, "connections:write")
    if await store.delete_workspace(tx, caller.company_id, data_centre):
        await store.end_waits(tx, caller.company_id, data_centre, "The workspace was deleted.")
        await audit.record(tx, caller, "workspace.deleted", data_centre)


async def meant(tx: Tx, company_id: UUID, data_centre: str) -> str:
    """The data centre of a wait: the one that is named, or the company's only one. Raises Invalid when that
    is none or several, for a job that nobody can resume should not go to sleep."""
    known = [one.data_centre for one in await store.list_workspaces(tx, company_id)]
    if data_centre in known:
        return data_centre
    if not data_centre and len(known) == 1:
        return known[0]
    if not known:
        raise Invalid(
            "The company has no Workato workspace yet, so nobody could resume this job.",
            code="no_workspace",
            errors=[FieldError("data_centre", "has no workspace")],
            action=Action(
                "Set the workspace's API token with PUT /v1/workspaces/us (or eu, jp ...).", "admin"
            ),
        )
    raise Invalid(
        f"data_centre has to be one of {', '.join(known)}, the workspaces that are set.",
        code="unknown_workspace",
        errors=[FieldError("data_centre", f"is none of {', '.join(known)}")],
        action="Name the data centre that the recipe runs in.",
    )


def filled(body: Any, token: str, data: Any) -> Any:
    """The body with the token and the data in their places, at any depth."""
    if isinstance(body, dict):
        return {key: filled(value, token, data) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(value, token, data) for value in body]
    return {TOKEN: token, DATA: data}.get(body, body) if isinstance(body, str) else body


def _texts(body: Any) -> list[str]:
    if isinstance(body, dict | list):
        parts = body.values() if isinstance(body, dict) else body
        return [text for part in parts for text in _texts(part)]
    return [body] if isinstance(body, str) else []


def _address(rules: AddressRules, data_centre: str, given: str) -> str:
    if data_centre != OWN and data_centre not in DATA_CENTRES:
        raise NotFound(
            f"There is no data centre {data_centre[:20]!r}; they are {', '.join(DATA_CENTRES)} and {OWN}."
        )
    if data_centre == OWN and not given:
        raise _invalid("address", "The data centre own needs the address of that Workato.")
    address = (given if data_centre == OWN else DATA_CENTRES[data_centre]).rstrip("/").removesuffix("/api")
    try:
        check_address(address, rules)
    except AddressRefused as refused:
        raise _invalid("address", refused.message) from None
    return address


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(
        message[:190],
        code="workspace_invalid",
        errors=[FieldError(field, message)],
        action=f"Correct {field}.",
    )
