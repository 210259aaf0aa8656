"""How a company lets us into its HRIS: settings of a connection, with secrets that show nowhere.

A vendor's settings are one Struct below `Access`. As JSON (`msgspec.json.encode`) it holds its secrets and
is kept sealed; as text, in a log or in an answer it holds `[hidden]` in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args

import msgspec

HIDDEN = "[hidden]"
_SECRET = {"secret": True}
_END_OF_HOST = re.compile(r"[/?#]")

Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=4096, extra=_SECRET)]
"""A password, a client secret, a token."""
PrivateKey = Annotated[str, msgspec.Meta(min_length=1, max_length=16_384, extra=_SECRET)]
"""A private key in PEM, without a passphrase."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
"""The beginning of an address, `https://host`; a bare host means the same."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, or a part of them, whose fields of the kinds Secret and PrivateKey are never shown."""

    def addresses(self) -> tuple[str, ...]:
        """Every origin (`https://host`) that will be called."""
        return ()

    def shown(self) -> dict[str, Any]:
        """The settings for a person: every field by its name, secrets as `[hidden]`."""
        tag = self.__struct_config__.tag
        kind = {"kind": tag} if isinstance(tag, str) else {}
        return kind | dict(self._pairs())

    def masked(self, text: str) -> str:
        """A text of the other side without our secrets, should it repeat one."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def _secrets(self) -> Iterator[str]:
        for name, hidden in _fields(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, Access):
                yield from value._secrets()
            elif hidden and value:
                yield value

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        for name, hidden in _fields(type(self)).items():
            value = getattr(self, name)
            if hidden and value is not None:
                value = HIDDEN
            yield name, value.shown() if isinstance(value, Access) else value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._pairs())})"

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # msgspec has no types for it
        return self._pairs()


def origin(address: str) -> str:
    """`https://host` of what somebody typed: a scheme is added, a path and slashes at the end are cut off."""
    whole = address.strip() if "://" in address else f"https://{address.strip()}"
    scheme, _, rest = whole.partition("://")
    return f"{scheme}://{_END_OF_HOST.split(rest, maxsplit=1)[0]}"


@cache
def _fields(kind: type[Access]) -> dict[str, bool]:
    return {field.name: _is_secret(field.type) for field in msgspec.structs.fields(kind)}


def _is_secret(annotation: Any) -> bool:
    parts = (annotation, *get_args(annotation))
    return any(isinstance(part, msgspec.Meta) and part.extra == _SECRET for part in parts) or any(
        _is_secret(part) for part in get_args(annotation)
    )
