"""Structured logs: an event name that never changes, ids as fields, and no secret in any of them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar, Token
from typing import Any

import msgspec
import structlog

_HIDDEN = "[hidden]"
_SECRET_KEY = re.compile(
    r"(^|_|-)(secret|password|passwd|authorization|api_key|secret_key|private_jwk|private_key|token|cookie"
    r"|client_assertion|signature|credentials?)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"(?P<jwt>\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?)"
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[\w.~+/=-]{6,}"
    r"|(?P<url>://[^\s:/@]*:)[^\s@/]+(?=@)"
    r"|(?P<ours>\b(?:ecs|whsec)_)[\w+/=-]{12,}"
    r"|(?P<key>\b(?:password|client_secret|resume_token)=)[^\s&]+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with everything that looks like a secret replaced by `[hidden]`."""
    return _SECRET_TEXT.sub(
        lambda m: next((g for n, g in m.groupdict().items() if g and n != "jwt"), "") + _HIDDEN, text
    )


def _clean(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return redact(value)
    if depth < 4 and isinstance(value, dict):
        return {key: _HIDDEN if _hides(key) else _clean(item, depth + 1) for key, item in value.items()}
    if depth < 4 and isinstance(value, list | tuple):
        return [_clean(item, depth + 1) for item in value]
    return value if isinstance(value, int | float | bool | type(None)) else redact(str(value))


def _hides(key: Any) -> bool:
    return isinstance(key, str) and _SECRET_KEY.search(key) is not None


def _redacted(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in list(event.items()):
        if key != "exc_info" and not key.startswith("_"):
            event[key] = _HIDDEN if _hides(key) and value else _clean(value)
    return event


_IDS: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - never changed in place


def _with_ids(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, shown in _IDS.get().items():
        event.setdefault(name, shown)
    return event


def _json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event).decode()


def configure(level: str = "info", *, json: bool = True) -> None:
    """Set up logging for the process, the standard library's loggers included. Writes to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_ids,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        _redacted,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: Any = (
        structlog.processors.JSONRenderer(_json) if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access", "neo4j.notifications", "authlib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `log.info("run_started", run=...)`. Event names are listed in `docs/events.md`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


class bound:  # noqa: N801 - used like a function
    """Every line inside the `with` carries these ids (request_id, company, client, run ...)."""

    __slots__ = ("_ids", "_token")

    def __init__(self, **ids: str) -> None:
        self._ids = ids
        self._token: Token[Mapping[str, str]] | None = None

    def __enter__(self) -> None:
        self._token = _IDS.set({**_IDS.get(), **self._ids})

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _IDS.reset(self._token)
