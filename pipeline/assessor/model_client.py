"""One question to an OpenAI-compatible endpoint, one answer in a given shape.

The only module that knows the openai package. An answer that is no JSON of the shape, is cut off, or
does not pass the caller's check is asked for once more, with the reason; then it is a StageFault. Every
call that was answered is counted, also when the answer is of no use. Error codes:

    model_rate_limited   429; again after the endpoint's own word (Retry-After)
    model_unavailable    no connection, too slow, 5xx; again
    model_bad_answer     two answers in a row of no use; again
    model_not_allowed    401, 403; the operator has to mend the key
    model_refused        any other 4xx; the operator has to look at the endpoint and the model's name
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar
from uuid import uuid4

import httpx
import msgspec
import openai
from openai.types.chat import ChatCompletion
from openai.types.shared_params.response_format_json_schema import JSONSchema

from kit.errors import Action
from pipeline.stages.base import Call, StageFault

T = TypeVar("T")

SEED = 20260101
_SHOWN = 300


class Answered(msgspec.Struct, Generic[T], frozen=True):
    """The answer and the calls it cost (two when the first was of no use)."""

    value: T
    calls: tuple[Call, ...]


class BadAnswer(Exception):
    """Raised by a check: why an answer is of no use, in words that the model can act on."""


class ModelClient:
    """Keeps the connections of one endpoint. `seconds` is the most that one call may take."""

    def __init__(self, base_url: str, api_key: str, model: str, *, seconds: float = 120.0) -> None:
        self.model = model
        self._seconds = seconds
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        http = httpx.AsyncClient(limits=limits, follow_redirects=False)
        self._openai = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            http_client=http,  # type: ignore[arg-type]  # httpx2 is asked for; httpx serves as well
            max_retries=0,
        )

    async def ask(
        self,
        purpose: str,
        instructions: str,
        question: str,
        shape: type[T],
        check: Callable[[T], None],
        *,
        deadline: float,
    ) -> Answered[T]:
        """Asks, decodes, checks; asks once more if need be. `check` raises BadAnswer; `deadline` is in
        `time.monotonic()` seconds. Raises StageFault, with the calls that were paid."""
        messages = [_message("system", instructions), _message("user", question)]
        calls: list[Call] = []
        for last in (False, True):
            content = await self._call(purpose, messages, shape, calls, deadline)
            try:
                return Answered(_useful(content, shape, check), tuple(calls))
            except BadAnswer as bad:
                if last:
                    raise _bad_answer(bad, calls) from bad
                repair = f"That answer cannot be used: {bad} Answer again, wholly, in the same form."
                messages += [_message("assistant", content), _message("user", repair)]
        raise AssertionError("unreachable")

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._openai.close()

    async def _call(
        self, purpose: str, messages: list[Any], shape: type[Any], calls: list[Call], deadline: float
    ) -> str:
        """One call; its cost is appended to `calls`. Empty text when the answer was cut or refused."""
        seconds = min(self._seconds, deadline - time.monotonic())
        if seconds <= 0:
            raise StageFault("The model could not be asked in time.", code="model_unavailable", retry=True)
        began = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                answer = await self._openai.chat.completions.create(
                    model=self.model,
                    messages=messages,
                    response_format={"type": "json_schema", "json_schema": strict_schema(shape)},
                    temperature=0,
                    seed=SEED,
                    timeout=seconds,
                )
        except (openai.OpenAIError, TimeoutError) as error:
            raise _fault(error, tuple(calls)) from error
        calls.append(_cost(purpose, self.model, answer, time.monotonic() - began))
        choice = answer.choices[0] if answer.choices else None
        return (choice.message.content or "") if choice and choice.finish_reason == "stop" else ""


def strict_schema(shape: type[Any]) -> JSONSchema:
    """The JSON schema of a Struct in the strict form of structured outputs: every field required,
    nothing besides, no defaults."""
    (root,), parts = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    name = root["$ref"].rsplit("/", 1)[-1]
    schema = {**_strict(parts.pop(name)), "$defs": {key: _strict(part) for key, part in parts.items()}}
    return {"name": name, "strict": True, "schema": schema}


def _strict(part: dict[str, Any]) -> dict[str, Any]:
    fields = part.get("properties", {})
    return {
        "type": "object",
        "properties": {name: _plain(field) for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """A field's schema; an enumeration is given the type that some endpoints insist on."""
    field = {name: value for name, value in field.items() if name not in ("default", "title")}
    if "enum" in field:
        field["type"] = "string"
    if "items" in field:
        field["items"] = _plain(field["items"])
    return field


def _useful(content: str, shape: type[T], check: Callable[[T], None]) -> T:
    if not content.strip():
        raise BadAnswer("It was empty, refused or cut off.")
    try:
        value = msgspec.json.decode(content.encode(), type=shape)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadAnswer(f"It is not JSON of the agreed form ({error}).") from error
    check(value)
    return value


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _cost(purpose: str, model: str, answer: ChatCompletion, seconds: float) -> Call:
    usage = answer.usage
    return Call(
        call_id=str(uuid4()),
        model=answer.model or model,
        purpose=purpose,
        input_tokens=usage.prompt_tokens if usage else 0,
        output_tokens=usage.completion_tokens if usage else 0,
        milliseconds=round(seconds * 1000),
    )


def _bad_answer(bad: BadAnswer, calls: list[Call]) -> StageFault:
    return StageFault(
        f"The model's answer could not be used, twice: {str(bad)[:_SHOWN]}",
        code="model_bad_answer",
        retry=True,
        calls=tuple(calls),
    )


def _fault(error: openai.OpenAIError | TimeoutError, calls: tuple[Call, ...]) -> StageFault:
    """What an error of the endpoint means for the stage. Bodies are not repeated: they may quote us."""
    if not isinstance(error, openai.APIStatusError):
        what = "cannot be reached"
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            what = "did not answer in time"
        return StageFault(f"The model {what}.", code="model_unavailable", retry=True, calls=calls)
    status, wait = error.status_code, retry_after(error.response.headers.get("retry-after"))
    if status == 429:
        message, code = "The model takes no more requests for now.", "model_rate_limited"
        return StageFault(message, code=code, retry=True, retry_after=wait, calls=calls)
    if status >= 500 or status == 408:
        message, code = f"The model's endpoint failed (HTTP {status}).", "model_unavailable"
        return StageFault(message, code=code, retry=True, retry_after=wait, calls=calls)
    if status in (401, 403):
        message, code = f"The model's endpoint refuses our key (HTTP {status}).", "model_not_allowed"
        return StageFault(message, code=code, retry=False, calls=calls, action=_operator("the key"))
    message, code = f"The model's endpoint refuses the request (HTTP {status}).", "model_refused"
    what = "the model's name and the address"
    return StageFault(message, code=code, retry=False, calls=calls, action=_operator(what))


def _operator(what: str) -> Action:
    return Action(f"Check {what} in the settings CONNECTOR_MODEL_..., then retry the run.", "operator")


def retry_after(header: str | None) -> float | None:
    """Seconds from a Retry-After header (a number or a date); None without a usable one."""
    if not header:
        return None
    with suppress(ValueError):
        return max(0.0, float(header))
    with suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    return None
