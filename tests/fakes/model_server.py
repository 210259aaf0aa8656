"""An OpenAI-compatible endpoint on 127.0.0.1 that answers as it is told and remembers what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tests.fakes.receiver import Receiver, Reply, receiving


def completion(
    content: str,
    *,
    finish: str = "stop",
    tokens: tuple[int, int] = (100, 20),
    model: str = "test-model-2026",
) -> Reply:
    """A chat completion with this text."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content},
            }
        ],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }
    return Reply(200, msgspec.json.encode(body), {"content-type": "application/json"})


def answer(value: Any) -> Reply:
    """A chat completion whose text is this value as JSON."""
    return completion(msgspec.json.encode(value).decode())


def failure(status: int, **headers: str) -> Reply:
    """An error of the endpoint; header names with `_` for `-`."""
    body = msgspec.json.encode({"error": {"message": "no", "type": "error", "code": None}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, {"content-type": "application/json", **named})


class ModelServer:
    """`base_url` for the client; `asked()` are the bodies of the requests so far."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.base_url = receiver.url.removesuffix("/hook") + "/v1"

    def asked(self) -> list[dict[str, Any]]:
        return [got.json() for got in self._receiver.got]

    def headers(self) -> list[dict[str, str]]:
        return [got.headers for got in self._receiver.got]


@asynccontextmanager
async def model_server(*replies: Reply) -> AsyncIterator[ModelServer]:
    """A model that gives these replies in order, the last one for ever."""
    async with receiving(*replies) as receiver:
        yield ModelServer(receiver)
