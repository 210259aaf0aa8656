"""People of the company: who looks after it, as what, and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from control import audit, people
from control.people import Member, Role
from kit import ids
from kit.errors import Conflict, NotFound

_ID = "user_01990a6b4c7d7e2fb1a0c3d4e5f60718"
Short = Annotated[str, Meta(max_length=200)]


class UserIn(msgspec.Struct, kw_only=True):
    """A person to be invited."""

    email: Short
    name: Short = ""
    role: Role = "viewer"


class UserChange(msgspec.Struct, kw_only=True):
    """As what they look after the company from now on."""

    role: Role


class UserOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the company; `invited` while a link to choose a password is out."""

    id: str
    email: str
    name: str
    role: Role
    has_password: bool
    invited: bool
    last_seen_at: datetime | None
    created_at: datetime


class InvitedUser(UserOut, frozen=True, kw_only=True):
    """With the link that lets them choose a password; nobody can read it again. None: they have one."""

    invitation: str | None


class UserList(msgspec.Struct, frozen=True):
    """All people of the company."""

    results: list[UserOut]
    next_cursor: str | None
    has_more: bool


_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "email": "ada@example.com",
    "name": "Ada",
    "role": "csm",
    "has_password": True,
    "invited": False,
    "last_seen_at": "2026-11-22T09:30:00Z",
    "created_at": "2026-11-22T09:30:00Z",
}
_INVITED: dict[str, Any] = {
    **_EXAMPLE,
    "has_password": False,
    "invited": True,
    "invitation": "https://connector.example.com/admin/invitation/3yX",
    "ignored": [],
}


class Users(Controller):
    """Who signs in to the page for this company."""

    path = "/v1/users"
    tags = ["Access"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchUsers",
            "The company's people",
            scope="users:read",
            answers={
                200: Answer(
                    kind=UserList, example={"results": [_EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """All of them, by address."""
        async with call.services.db.auth() as tx:
            found = await people.members(tx, call.caller.company_id)
        return Reply(UserList([_shown(one) for one in found], None, False))

    @post(
        "/",
        **operation(
            "inviteUser",
            "Invite a person to the company",
            scope="users:write",
            body=Body(kind=UserIn, examples={"csm": {"email": "ada@example.com", "role": "csm"}}),
            answers={201: Answer(kind=InvitedUser, example=_INVITED)},
            errors=(Conflict,),
            notes="Somebody who has no password yet gets a link to choose one, good for seven days; it is in "
            "this answer and nowhere else. Inviting again makes a new link. An account that another company "
            "knows gets none.",
        ),
    )
    async def invite(self, call: NamedDependency[Call]) -> Reply:
        """The link has to be passed on by whoever invites."""
        given, ignored = await call.body(UserIn)
        company_id, link = call.caller.company_id, None
        async with call.services.db.auth() as tx:
            person = await people.add(tx, given.email, given.name)
            await people.put_member(tx, company_id, person.id, given.role)
            # Whoever gets the link gets the account: one that other companies know is not ours to hand out.
            known = [one for one in await people.memberships(tx, person.id) if one.company_id != company_id]
            if person.password_hash is None and not known:
                link = f"{base_of(call)}/admin/invitation/{await people.invite(tx, person.id)}"
            shown = ids.show("user", person.id)
            await audit.record(tx, call.caller, "user.invited", shown, detail={"role": given.role})
            found = await people.members(tx, company_id)
        made = next(_shown(one) for one in found if one.id == person.id)
        return Reply(InvitedUser(**msgspec.structs.asdict(made), invitation=link), 201, ignored=ignored)

    @put(
        "/{user_id:str}",
        **operation(
            "updateUser",
            "Change what a person may do",
            scope="users:write",
            params={"user_id": _ID},
            body=Body(kind=UserChange, examples={"csm": {"role": "csm"}}),
            answers={200: Answer(kind=UserOut, example={**_EXAMPLE, "ignored": []})},
            errors=(Conflict,),
        ),
    )
    async def change(self, call: NamedDependency[Call], user_id: FromPath[str]) -> Reply:
        """A company keeps at least one admin."""
        given, ignored = await call.body(UserChange)
        id_ = ids.parse("user", user_id)
        async with call.services.db.auth() as tx:
            if all(one.id != id_ for one in await people.members(tx, call.caller.company_id)):
                raise NotFound("This person is no member of the company.")
            await people.put_member(tx, call.caller.company_id, id_, given.role)
            await audit.record(tx, call.caller, "user.changed", user_id, detail={"role": given.role})
            found = await people.members(tx, call.caller.company_id)
        return Reply(next(_shown(one) for one in found if one.id == id_), ignored=ignored)

    @delete(
        "/{user_id:str}",
        **operation(
            "deleteUser",
            "Take a person out of the company",
            scope="users:write",
            params={"user_id": _ID},
            answers={204: Answer(kind=None, says="They see the company no more.")},
            errors=(Conflict,),
        ),
    )
    async def remove(self, call: NamedDependency[Call], user_id: FromPath[str]) -> None:
        """Their account stays, for other companies."""
        async with call.services.db.auth() as tx:
            await people.remove_member(tx, call.caller.company_id, ids.parse("user", user_id))
            await audit.record(tx, call.caller, "user.removed", user_id)


def _shown(member: Member) -> UserOut:
    fields = msgspec.structs.asdict(member)
    return UserOut(**{**fields, "id": ids.show("user", member.id)})
