"""Signing what we send, by Standard Webhooks 1.0 (symmetric): the receiver can verify it with any of
that standard's libraries. Written out here so that a library can be the independent check of it.

    webhook-id         the message's id, the same on every try
    webhook-timestamp  seconds since 1970, of this try
    webhook-signature  `v1,<base64 HMAC-SHA256 of "id.timestamp.body">`, one per secret, space between
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as random
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
_KEY_BYTES = 32


def new_secret() -> str:
    """A fresh secret, `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(random.token_bytes(_KEY_BYTES)).decode()


def headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers for one try. While a secret is being replaced, pass the new one and the old
    one: a receiver that knows either accepts the message. Raises ValueError on a malformed secret."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = [f"v1,{_signature(_key(secret), signed)}" for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as exc:
        raise ValueError("A signing secret is whsec_ and base64.") from exc
    if not secret.startswith(PREFIX) or not key:
        raise ValueError("A signing secret is whsec_ and base64.")
    return key
