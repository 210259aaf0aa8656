"""Signing keys: ES256, sealed by the vault, the next one published long before it signs.

A key signs for 90 days. Its successor stands in the key set from the first day, so that whoever caches
the set never meets an unknown key; a key that has stopped signing stays for a day more.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey, KeySet

from control import store
from control.store import KeyRow
from kit import ids
from kit.db import Tx
from kit.errors import Fault
from kit.vault import Vault

SIGNS_FOR = timedelta(days=90)
STAYS_FOR = timedelta(days=1)


async def ensure(tx: Tx, vault: Vault) -> None:
    """Make the key that signs and the one after it, if they are not there (auth transaction)."""
    await store.lock_keys(tx)
    rows = await store.list_keys(tx)
    now = datetime.now(UTC)
    active = [row for row in rows if row.active_from <= now]
    waiting = [row for row in rows if row.active_from > now]
    if active and waiting:
        return
    if not active:
        await _add(tx, vault, now)
    if not waiting:
        starts = now + SIGNS_FOR
        await _add(tx, vault, starts)
        if active:
            await store.retire_keys(tx, active[-1].active_from, active[-1].active_from + STAYS_FOR)
    await store.bump_change(tx)


async def rotate(tx: Tx, vault: Vault) -> None:
    """Let the waiting key sign now (auth transaction): for a key that may have been seen by others."""
    await ensure(tx, vault)
    now = datetime.now(UTC)
    waiting = next(row for row in await store.list_keys(tx) if row.active_from > now)
    await store.activate_key(tx, waiting.kid)
    await store.retire_keys(tx, now, now + STAYS_FOR)
    await _add(tx, vault, now + SIGNS_FOR)
    await store.bump_change(tx)


async def _add(tx: Tx, vault: Vault, active_from: datetime) -> None:
    kid = ids.new().hex
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
    await store.add_key(tx, kid, vault.seal(json.dumps(key.as_dict(private=True))), active_from)


class Keys:
    """The keys of one access state, opened."""

    def __init__(self, rows: list[KeyRow], vault: Vault) -> None:
        self._keys = [
            (row.active_from, ECKey.import_key(json.loads(vault.open(row.private_jwk)))) for row in rows
        ]
        self.all = KeySet([key for _, key in self._keys])

    def signing(self) -> KeySet:
        """The newest key that may sign, as a set of one (a set makes the `kid` appear in tokens)."""
        now = datetime.now(UTC)
        active = [key for starts, key in self._keys if starts <= now]
        if not active:
            raise Fault("No signing key is active yet.", code="no_signing_key", retry=True)
        return KeySet([active[-1]])

    def public(self) -> dict[str, Any]:
        """The JWKS document."""
        return {"keys": [key.as_dict(private=False) for _, key in self._keys]}
