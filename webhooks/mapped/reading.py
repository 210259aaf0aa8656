"""A payload as production reads it, with nothing kept: bundled, pasted, or stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from uuid import UUID

import msgspec

from adapters.model import Page, Unreadable
from adapters.registry import adapter_for
from kit.errors import FieldError, Invalid, NotFound
from webhooks.connections.exclusion import without
from webhooks.intake import Ways

_TYPES = {".xml": "application/xml", ".json": "application/json", ".csv": "text/csv"}
_LARGEST_SAMPLE = 150_000  # bytes
_LARGEST_KEPT = 2_000_000  # bytes


class Payload(msgspec.Struct, frozen=True):
    """Bytes with the content type they came with, and the source event they are kept as, if they are."""

    body: bytes
    content_type: str | None
    source_event_id: UUID | None = None


class Unusable(Invalid):
    """A payload that holds no job profiles."""

    code, title = "payload_unreadable", "Payload not readable"


async def read(source: str, payload: Payload, ways: Ways) -> Page:
    """The payload without excluded fields, with what the company's own columns mean. Raises Unreadable."""
    return await asyncio.to_thread(read_now, source, payload, ways)


def read_now(source: str, payload: Payload, ways: Ways) -> Page:
    """The same, for whoever is in a thread of their own already."""
    return _read(source, payload.body, payload.content_type, ways.excluded, ways.columns)


def _read(
    source: str,
    body: bytes,
    content_type: str | None,
    excluded: Sequence[str],
    columns: Mapping[str, str],
) -> Page:
    return adapter_for(source).read(without(body, excluded), content_type, fields=columns)


@lru_cache(maxsize=4)
def _lately(
    source: str,
    body: bytes,
    content_type: str | None,
    excluded: tuple[str, ...],
    columns: tuple[tuple[str, str], ...],
) -> Page:
    return _read(source, body, content_type, excluded, dict(columns))


async def read_or_refuse(source: str, payload: Payload, ways: Ways) -> Page:
    """The same for a person who tries something, and tries again with other rules: the payloads that were
    read last are not read again. Raises Unusable with what was found in it."""
    look = _lately if len(payload.body) <= _LARGEST_KEPT else _lately.__wrapped__
    columns = tuple(ways.columns.items())
    try:
        page = await asyncio.to_thread(
            look, source, payload.body, payload.content_type, tuple(ways.excluded), columns
        )
    except Unreadable as exc:
        errors = [FieldError("payload", exc.detail)]
        action = f"Paste a payload as {source} sends it, or choose a bundled sample."
        raise Unusable(exc.detail[:199], errors=errors, action=action) from exc
    if not page.items:
        raise Unusable("The payload holds no job profile.", action="Choose another payload.")
    return page


@cache
def sample_names(source: str) -> tuple[str, ...]:
    """The bundled payloads of a source that hold job profiles, by name; the first is a plain one."""
    folder = resources.files("adapters").joinpath(source, "samples")
    names = sorted(one.name for one in folder.iterdir() if _type(one.name))
    good = [name for name in names if _holds_profiles(source, name)]
    return tuple(sorted(good, key=lambda name: not name.startswith(("one_profile.xml", "joined_jobcodes"))))


def sample(source: str, name: str) -> Payload:
    """A bundled payload. Raises NotFound."""
    if name not in sample_names(source):
        raise NotFound(f"There is no bundled sample {name[:60]!r} of {source}.")
    return _file(source, name)


def _file(source: str, name: str) -> Payload:
    file = resources.files("adapters").joinpath(source, "samples", name)
    return Payload(file.read_bytes(), _type(name))


def _type(name: str) -> str | None:
    return _TYPES.get("." + name.rpartition(".")[2])


def _holds_profiles(source: str, name: str) -> bool:
    payload = _file(source, name)
    if len(payload.body) > _LARGEST_SAMPLE:
        return False
    try:
        page = adapter_for(source).read(payload.body, payload.content_type)
    except Unreadable:
        return False
    return any(item.profile for item in page.items)
