"""One call to an OpenAI-compatible endpoint.

The only module that knows the openai package. What the endpoint lacks (structured outputs, a seed, a
temperature) is found out from its refusals and remembered for as long as the process lives. Error codes:

    model_rate_limited   429; again after the endpoint's own word (Retry-After)
    model_unavailable    no connection, too slow, half an answer, 5xx; again
    model_bad_answer     what came is no chat completion; again
    model_too_long       the question is longer than the model reads; the operator has to set smaller pieces
    model_not_allowed    401, 403; the operator has to mend the key
    model_refused        any other 4xx; the operator has to look at the endpoint and the model's name
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import openai
from openai.types.chat import ChatCompletion

from kit.errors import Action
from pipeline.assessor.asking.forms import FORMS, Form, response_format, told
from pipeline.assessor.asking.pace import retry_after
from pipeline.assessor.asking.prices import Prices
from pipeline.stages.base import Call, StageFault

SEED = 20260101
_MOST_CONNECTIONS = 100
_STEP_DOWN = (400, 404, 415, 422, 501)
_TOO_LONG = ("context_length", "context length", "context window", "maximum context", "too many tokens")
_FORM_WORDS = ("response_format", "json_schema", "json_object", "structured", "guided", "schema", "grammar")
Message = Mapping[str, str]


class Said(msgspec.Struct, frozen=True):
    """What came back: the text (empty when it was cut or refused), its cost, the answer's headers."""

    content: str
    call: Call
    headers: Mapping[str, str]


class EndpointFault(StageFault):
    """A call that came to nothing. `headers` are the answer's; `status` is 0 when there was none."""

    def __init__(
        self, message: str, *, status: int = 0, headers: Mapping[str, str] | None = None, **more: Any
    ):
        super().__init__(message, **more)
        self.status = status
        self.headers = headers or {}


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that the environment names; reading them takes a tenth of a second."""
    return httpx.create_ssl_context()


class ModelClient:
    """Keeps the connections of one endpoint, and what it was found to lack. `seconds` is the most that
    one call may take; `api_version` is Azure's (empty: no Azure address)."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        *,
        seconds: float = 120.0,
        api_version: str = "",
        prices: Prices | None = None,
    ) -> None:
        self.model = model
        self.form: Form = FORMS[0]
        self.prices = prices or Prices(currency="USD", models={})
        self._extras: dict[str, Any] = {"temperature": 0, "seed": SEED}
        self._seconds = seconds
        limits = httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=20)
        http = httpx.AsyncClient(verify=_trust(), limits=limits, follow_redirects=False)
        self._openai = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            http_client=http,  # type: ignore[arg-type]  # httpx2 is asked for; httpx serves as well
            max_retries=0,
            default_headers={"api-key": api_key} if api_version else None,
            default_query={"api-version": api_version} if api_version else None,
        )

    async def say(
        self, purpose: str, messages: Sequence[Message], shape: type[Any], *, deadline: float
    ) -> Said:
        """Sends the messages (the first one holds the instructions) and waits for one answer in `shape`.
        `deadline` in `time.monotonic()` seconds. Raises StageFault."""
        form, extras = self.form, dict(self._extras)
        while True:
            try:
                said = await self._call(purpose, messages, shape, form, extras, deadline)
            except EndpointFault as fault:
                words = str(fault.__cause__).lower()
                lacking = next((name for name in extras if name in words), None)
                if fault.status not in _STEP_DOWN or fault.code == "model_too_long":
                    raise
                if lacking and fault.status != 404:
                    del extras[lacking]
                elif form != FORMS[-1] and (fault.status != 404 or any(w in words for w in _FORM_WORDS)):
                    form = FORMS[FORMS.index(form) + 1]
                else:
                    raise
            else:
                self.form, self._extras = form, extras
                return said

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._openai.close()

    async def _call(
        self,
        purpose: str,
        messages: Sequence[Message],
        shape: type[Any],
        form: Form,
        extras: Mapping[str, Any],
        deadline: float,
    ) -> Said:
        seconds = min(self._seconds, deadline - time.monotonic())
        if seconds <= 0:
            raise StageFault("The model could not be asked in time.", code="model_unavailable", retry=True)
        first = {**messages[0], "content": told(form, shape, messages[0]["content"])}
        wanted = response_format(form, shape)
        request: dict[str, Any] = {"messages": [first, *messages[1:]], **extras}
        if wanted:
            request["response_format"] = wanted
        began = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                raw = await self._openai.chat.completions.with_raw_response.create(
                    model=self.model, timeout=seconds, **request
                )
                answer = raw.parse()
        except (openai.OpenAIError, TimeoutError) as error:
            raise _fault(error) from error
        except ValueError as error:
            raise _no_completion() from error
        if not isinstance(answer, ChatCompletion):
            raise _no_completion()
        call = self._cost(purpose, answer, time.monotonic() - began)
        choice = answer.choices[0] if answer.choices else None
        whole = choice is not None and choice.finish_reason == "stop"
        content = getattr(choice.message, "content", None) if choice and whole else None
        return Said(content or "", call, raw.headers)

    def _cost(self, purpose: str, answer: ChatCompletion, seconds: float) -> Call:
        usage, model = answer.usage, answer.model or self.model
        details = usage.prompt_tokens_details if usage else None
        given = usage.prompt_tokens if usage else 0
        cached = (details.cached_tokens or 0) if details else 0
        made = usage.completion_tokens if usage else 0
        cost = self.prices.cost(model, given, cached, made)
        return Call(
            call_id=str(uuid4()),
            model=model,
            purpose=purpose,
            input_tokens=given,
            cached_tokens=cached,
            output_tokens=made,
            milliseconds=round(seconds * 1000),
            cost_micros=self.prices.cost(self.model, given, cached, made) if cost is None else cost,
        )


def _no_completion() -> EndpointFault:
    message = "The model's endpoint answered with something that is no chat completion."
    return EndpointFault(message, code="model_bad_answer", retry=True)


def _fault(error: openai.OpenAIError | TimeoutError) -> EndpointFault:
    """What an error of the endpoint means for the stage. Bodies are not repeated: they may quote us."""
    if not isinstance(error, openai.APIStatusError):
        what = "cannot be reached"
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            what = "did not answer in time"
        return EndpointFault(f"The model {what}.", code="model_unavailable", retry=True, patient=True)
    status, headers = error.status_code, error.response.headers
    known: dict[str, Any] = {"status": status, "headers": headers}
    again = {**known, "retry": True, "retry_after": retry_after(headers), "patient": True}
    if status == 429:
        message = "The model takes no more requests for now."
        return EndpointFault(message, code="model_rate_limited", **again)
    if status >= 500 or status == 408:
        message = f"The model's endpoint failed (HTTP {status})."
        return EndpointFault(message, code="model_unavailable", **again)
    if status in (401, 403):
        message = f"The model's endpoint refuses our key (HTTP {status})."
        return EndpointFault(message, code="model_not_allowed", action=_operator("the key"), **known)
    if any(words in str(error).lower() for words in _TOO_LONG):
        message = "The question is longer than the model reads."
        action = _operator("that CONNECTOR_MODEL_PIECE_CHARS is small enough for the model")
        return EndpointFault(message, code="model_too_long", action=action, **known)
    message = f"The model's endpoint refuses the request (HTTP {status})."
    action = _operator("the model's name and the address")
    return EndpointFault(message, code="model_refused", action=action, **known)


def _operator(what: str) -> Action:
    return Action(f"Check {what} in the settings CONNECTOR_MODEL_..., then retry the run.", "operator")
