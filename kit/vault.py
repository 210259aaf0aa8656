"""Secrets at rest: encrypted by a key that is not in the database, with room to change it.

`CONNECTOR_SECRET_KEY` holds one or more Fernet keys, newest first: all of them read, the first one
writes. To change the key put a new one in front and keep the old one while anything sealed by it is left.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kit.errors import Fault


class VaultFault(Fault):
    """The keys are no keys, or none of them opens this secret."""

    code = "vault"


def make_key() -> str:
    """A new key, as text."""
    return Fernet.generate_key().decode()


class Vault:
    """Seals and opens short texts (a few kB)."""

    def __init__(self, keys: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError as exc:
            raise VaultFault(
                "CONNECTOR_SECRET_KEY must be keys of 32 bytes in URL-safe base64, with commas between."
            ) from exc
        except IndexError as exc:
            raise VaultFault("CONNECTOR_SECRET_KEY is empty.") from exc

    def seal(self, text: str) -> str:
        """The text encrypted with the newest key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again; VaultFault when no key opens it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as exc:
            raise VaultFault("No key in CONNECTOR_SECRET_KEY opens a stored secret.") from exc
