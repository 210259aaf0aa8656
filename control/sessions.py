"""Sessions of people: made by signing in, looked at with every request, kept in the database only."""

from __future__ import annotations

import secrets
from uuid import UUID

import msgspec

from control import passwords, people
from control.people import Person, digest
from kit.db import Tx
from kit.errors import Action, TooMany, Unauthorised
from kit.sql import Queries

sql = Queries("control", "sessions.sql")
LIFE_HOURS = 12
IDLE_HOURS = 2
WINDOW_MINUTES = 15
MOST_OF_ACCOUNT = 8
MOST_OF_NETWORK = 60


class Session(msgspec.Struct, frozen=True):
    """Somebody who signed in. `csrf` has to come back with everything that changes something."""

    person_id: UUID
    email: str
    name: str
    csrf: str
    used_long_ago: bool = False


async def check_pace(tx: Tx, email: str, network: str) -> None:
    """Raises TooMany when an account or a network tried in vain too often within a quarter of an hour."""
    row = await tx.one(sql["failures"], {**_keys(email, network), "minutes": WINDOW_MINUTES})
    if row and (row["account"] >= MOST_OF_ACCOUNT or row["network"] >= MOST_OF_NETWORK):
        raise TooMany(
            "There were too many tries in vain.",
            code="sign_in_paused",
            action=Action(f"Wait {WINDOW_MINUTES} minutes, then try again, or ask an admin for a new link."),
            retry_after=WINDOW_MINUTES * 60,
        )


async def by_password(tx: Tx, email: str, password: str) -> Person:
    """The person who knows the password. Raises Unauthorised, with the same words whatever was wrong."""
    found = await people.find(tx, email)
    kept = found.password_hash if found is not None and found.disabled_at is None else None
    if not await passwords.fits(kept, password) or found is None:
        raise Unauthorised(
            "The address or the password is wrong.",
            code="sign_in_wrong",
            action=Action("Try again; an admin can send a link for a new password."),
        )
    return found


async def note_failure(tx: Tx, email: str, network: str) -> None:
    """Count a try in vain (a transaction of its own: the refusal undoes the other one)."""
    await tx.run(sql["add_failure"], _keys(email, network))


async def begin(tx: Tx, person: Person) -> str:
    """A session for a person; what the cookie holds, which nobody can read again."""
    secret = secrets.token_urlsafe(32)
    params = {
        "key": digest(secret),
        "person_id": person.id,
        "csrf": secrets.token_urlsafe(24),
        "hours": LIFE_HOURS,
    }
    await tx.run(sql["sweep_sessions"])
    await tx.run(sql["clear_failures"], {"account": digest(f"account:{person.email}")})
    await tx.run(sql["add_session"], params)
    return secret


async def find(tx: Tx, secret: str) -> Session | None:
    """Whose session a cookie is, while it lives."""
    key = digest(secret)
    found = await tx.one(sql["get_session"], {"key": key, "idle_hours": IDLE_HOURS}, into=Session)
    if found is not None and found.used_long_ago:
        await tx.run(sql["touch_session"], {"key": key})
    return found


async def end(tx: Tx, secret: str) -> None:
    """Sign out."""
    await tx.run(sql["end_session"], {"key": digest(secret)})


def _keys(email: str, network: str) -> dict[str, bytes]:
    return {
        "account": digest(f"account:{email.strip().lower()}"),
        "network": digest(f"network:{network}"),
    }
