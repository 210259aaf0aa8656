"""What lets us into an HRIS: read from what a person sent, kept sealed, and shown without its secrets."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
from msgspec import inspect

from adapters.access import HIDDEN, Access
from adapters.pull import Keep
from kit.db import Db
from kit.errors import Action, FieldError, Invalid
from kit.http import AddressRefused, AddressRules, check_address
from kit.vault import Vault, VaultFault
from webhooks.connections import store

_WHERE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`$")


def read(kind: type[Access], given: dict[str, Any], rules: AddressRules) -> Access:
    """Settings as the adapter knows them, their addresses allowed. Raises Invalid naming the field; no
    value of a field is ever repeated, for it may be a secret."""
    try:
        access = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise _wrong(str(exc), kind) from None
    for address in addresses(access):
        try:
            check_address(address, rules)
        except AddressRefused as refused:
            raise _invalid("access.address", refused.message) from None
    return access


def changed(
    kind: type[Access], sealed: str, given: dict[str, Any], vault: Vault, rules: AddressRules
) -> Access:
    """The settings with what is given in place of what was. A secret that is left out, or sent back as
    `[hidden]`, stays, unless the address becomes another one: nobody may have a stored secret sent
    somewhere else. Raises Invalid."""
    try:
        stored = msgspec.json.decode(vault.open(sealed))
    except VaultFault:
        stored = {}
    access = read(kind, _merged(stored, given), rules)
    if stored and set(addresses(access)) != set(addresses(msgspec.convert(stored, kind))):
        return read(kind, _merged(_without_secrets(stored, kind), given), rules)
    return access


def unknown(shown: dict[str, Any], given: dict[str, Any], place: str = "access") -> list[str]:
    """The paths of what was given and is no setting, so that a misspelled one is noticed."""
    found = []
    for name, value in given.items():
        if name not in shown:
            found.append(f"{place}.{name}")
        elif isinstance(value, dict) and isinstance(shown[name], dict):
            found += unknown(shown[name], value, f"{place}.{name}")
    return found


def seal(vault: Vault, access: Access) -> str:
    """For the database."""
    return vault.seal(msgspec.json.encode(access).decode())


def unseal(vault: Vault, kind: type[Access], sealed: str) -> Access:
    """From the database. Raises VaultFault, also when what is kept is none of these settings any more."""
    try:
        return msgspec.json.decode(vault.open(sealed), type=kind)
    except msgspec.ValidationError:
        raise VaultFault("The connection's settings cannot be read any more; set its access again.") from None


def keeper(db: Db, vault: Vault, company_id: UUID, id_: UUID, loaded: Access) -> Keep:
    """What a client over the `loaded` settings calls when the other side has replaced a secret: it is kept
    before it is used, and whatever a person changed meanwhile stays as that person wants it."""
    before = msgspec.to_builtins(loaded)

    async def keep(access: Access) -> None:
        async with db.company(company_id) as tx:
            sealed = await store.lock_access(tx, id_)
            if sealed:
                current = msgspec.json.decode(vault.open(sealed))
                whole = _carried(before, msgspec.to_builtins(access), current)
                await store.keep_access(tx, id_, vault.seal(msgspec.json.encode(whole).decode()))

    return keep


def _carried(before: dict[str, Any], after: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    """`current` with what changed from `before` to `after`, where it is still as it was before."""
    whole = dict(current)
    for name, value in after.items():
        was, now = before.get(name), current.get(name)
        if isinstance(value, dict) and isinstance(was, dict) and isinstance(now, dict):
            whole[name] = _carried(was, value, now)
        elif now == was:
            whole[name] = value
    return whole


def addresses(access: Access) -> tuple[str, ...]:
    """Every origin that will be called."""
    found: tuple[str, ...] = getattr(access, "addresses", tuple)()
    return found


def _merged(stored: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """`given` over `stored`; a part of another kind replaces the one before as a whole."""
    whole = dict(stored)
    for name, value in given.items():
        before = stored.get(name)
        if value == HIDDEN:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            same = value.get("kind", before.get("kind")) == before.get("kind")
            whole[name] = _merged(before if same else {}, value)
        else:
            whole[name] = value
    return whole


def _without_secrets(stored: dict[str, Any], kind: type[Access]) -> dict[str, Any]:
    """What may be shown of stored settings, and nothing else."""

    def open_only(part: dict[str, Any]) -> dict[str, Any]:
        found = {k: open_only(v) if isinstance(v, dict) else v for k, v in part.items()}
        return {name: value for name, value in found.items() if value != HIDDEN}

    return open_only(msgspec.convert(stored, kind).shown())


def _wrong(message: str, kind: type[Access]) -> Invalid:
    where = _WHERE.search(message)
    steps = where["place"].split(".") if where and where["place"] else []
    choice = _choice(kind, [*steps, "kind"] if "field `kind`" in message else steps)
    plain = _WHERE.sub("", message).replace("`", "'")
    said = f"It has to be one of {', '.join(choice)}." if choice else plain
    return _invalid(".".join(["access", *steps]), said)


def _choice(kind: type[Access], steps: list[str]) -> list[str]:
    """The words that a setting has to be one of; none where there is no such choice."""
    found: inspect.Type = inspect.type_info(kind)
    for step in steps:
        options = found.types if isinstance(found, inspect.UnionType) else (found,)
        structs = [one for one in options if isinstance(one, inspect.StructType)]
        if any(one.tag_field == step for one in structs):
            return [str(one.tag) for one in structs]
        fields = [field for one in structs for field in one.fields if field.encode_name == step]
        if not fields:
            return []
        found = fields[0].type
    return [str(value) for value in found.values] if isinstance(found, inspect.LiteralType) else []


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(
        f"{field}: {message}"[:190],
        code="access_invalid",
        action=Action("Correct the field that is named; docs/sync.md lists what each system needs."),
        errors=[FieldError(field, message)],
    )
