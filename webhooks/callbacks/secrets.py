"""The signing secrets of a subscription: the present one and, for a day after a change, the one before."""

from __future__ import annotations

from typing import Self

import msgspec

from kit import signing
from kit.errors import Fault
from kit.vault import Vault, VaultFault

KEEP_SECONDS = 24 * 3600.0


class SecretLost(Fault):
    """The stored secret cannot be read any more; only a new one helps."""

    code = "secret_lost"


class Secrets(msgspec.Struct, frozen=True):
    """In the open; only ever sealed in the database."""

    current: str
    previous: str | None = None

    @classmethod
    def fresh(cls) -> Self:
        """A first secret."""
        return cls(signing.new_secret())

    @classmethod
    def opened(cls, vault: Vault, sealed: str) -> Self:
        """From the database; raises SecretLost."""
        try:
            return msgspec.json.decode(vault.open(sealed), type=cls)
        except VaultFault as exc:
            raise SecretLost("The subscription's signing secret cannot be read; rotate it.") from exc

    def sealed(self, vault: Vault) -> str:
        """For the database."""
        return vault.seal(msgspec.json.encode(self).decode())

    def replaced(self) -> Secrets:
        """A new one in front; the one before the last is forgotten."""
        return Secrets(signing.new_secret(), self.current)

    def usable(self, *, both: bool) -> list[str]:
        """Those to sign with, newest first."""
        return [self.current, self.previous] if both and self.previous else [self.current]
