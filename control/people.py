"""People: accounts, what they may do in which company, and invitations (rows that signing in may see)."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from control import passwords
from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from kit.sql import Queries

sql = Queries("control", "people.sql")
Role = Literal["admin", "csm", "viewer"]
INVITATION_DAYS = 7
_EMAIL = re.compile(r"[^@\s<>\"']{1,64}@[^@\s<>\"']{1,190}")


class Person(msgspec.Struct, frozen=True):
    """An account; without a `password_hash` it cannot sign in by password."""

    id: UUID
    email: str
    name: str
    password_hash: str | None
    disabled_at: datetime | None


class Membership(msgspec.Struct, frozen=True):
    """As what a person looks after a company."""

    company_id: UUID
    role: Role
    company_name: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a company; `invited` while a link to choose a password is out."""

    id: UUID
    email: str
    name: str
    role: Role
    has_password: bool
    invited: bool
    last_seen_at: datetime | None
    created_at: datetime


def known_email(text: str) -> str:
    """The address in small letters. Raises Invalid."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        message = "This is no e-mail address."
        raise Invalid(message, errors=[FieldError("email", message)], action="Correct the address.")
    return email


def digest(secret: str) -> bytes:
    """What is kept of a link or cookie: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def find(tx: Tx, email: str) -> Person | None:
    """The account of an address."""
    return await tx.one(sql["find_person"], {"email": email.strip().lower()}, into=Person)


async def add(tx: Tx, email: str, name: str = "") -> Person:
    """An account, or the one that this address has already. Raises Invalid."""
    email = known_email(email)
    await tx.run(sql["add_person"], {"id": ids.new(), "email": email, "name": " ".join(name.split())[:200]})
    found = await find(tx, email)
    if found is None or found.disabled_at is not None:
        raise Conflict("This account is closed.", action=Action("Ask the operator.", "operator"))
    return found


async def set_password(tx: Tx, person_id: UUID, password: str) -> None:
    """A new password; every session of the account ends. Raises Invalid."""
    passwords.check(password)
    await tx.run(sql["set_password"], {"id": person_id, "password_hash": await passwords.hashed(password)})


async def memberships(tx: Tx, person_id: UUID) -> list[Membership]:
    """The companies a person looks after, by name (engine or auth transaction)."""
    return await tx.all(sql["memberships"], {"person_id": person_id}, into=Membership)


async def members(tx: Tx, company_id: UUID) -> list[Member]:
    """The people of a company by address."""
    return await tx.all(sql["members"], {"company_id": company_id}, into=Member)


async def put_member(tx: Tx, company_id: UUID, person_id: UUID, role: Role) -> None:
    """Make somebody a member, or change as what. Raises Conflict when that would leave no admin."""
    rows = await tx.all(sql["lock_members"], {"company_id": company_id})
    admins = {row["person_id"] for row in rows if row["role"] == "admin"}
    if role != "admin" and admins == {person_id}:
        raise _last_admin()
    await tx.run(sql["put_member"], {"company_id": company_id, "person_id": person_id, "role": role})


async def remove_member(tx: Tx, company_id: UUID, person_id: UUID) -> None:
    """Take somebody out of a company. Raises NotFound, Conflict for the last admin."""
    rows = await tx.all(sql["lock_members"], {"company_id": company_id})
    if person_id not in {row["person_id"] for row in rows}:
        raise NotFound("This person is no member of the company.")
    if not await tx.run(sql["remove_member"], {"company_id": company_id, "person_id": person_id}):
        raise _last_admin()


async def invite(tx: Tx, person_id: UUID) -> str:
    """What the link to choose a password has to hold; nobody can read it again."""
    secret = secrets.token_urlsafe(32)
    await tx.run(
        sql["put_invitation"], {"key": digest(secret), "person_id": person_id, "days": INVITATION_DAYS}
    )
    return secret


async def invited(tx: Tx, secret: str) -> Person:
    """Whose invitation this is. Raises NotFound when it was taken up or is too old."""
    found = await tx.one(sql["invited"], {"key": digest(secret)}, into=Person)
    if found is None:
        raise NotFound(
            "This invitation does not count any more.",
            code="invitation_over",
            action=Action("Ask the person who invited you for a new link.", "admin"),
        )
    return found


def _last_admin() -> Conflict:
    return Conflict(
        "This is the company's last admin.",
        code="last_admin",
        action=Action("Make somebody else an admin first.", "admin"),
    )
