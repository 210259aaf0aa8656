"""Passwords of local accounts: argon2id, with the library's own parameters (RFC 9106, low memory)."""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.errors import FieldError, Invalid

SHORTEST, LONGEST = 12, 200
_hasher = PasswordHasher()


def _made_up() -> str:
    """A hash in form and costs, made without the work of one: no password fits it."""
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    return f"$argon2id$v=19${costs}${salt}${digest}"


_NOBODYS = _made_up()


def make() -> str:
    """A password that nobody can guess, for an account that is made at the command line."""
    return secrets.token_urlsafe(12)


def check(password: str) -> None:
    """Raises Invalid for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Invalid(message, errors=[FieldError("password", message)], action="Choose a longer one.")


async def hashed(password: str) -> str:
    """The hash to be kept; takes some 50 ms, off the event loop."""
    return await asyncio.to_thread(_hasher.hash, password)


async def fits(kept: str | None, password: str) -> bool:
    """Whether this is the password. An account without one takes as long as any other, so that nobody
    learns which accounts exist."""
    matches = await asyncio.to_thread(_verify, kept or _NOBODYS, password[: LONGEST + 1])
    return matches and kept is not None


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
