"""The webhooks: an HRIS, or a recipe on its behalf, sends job profiles in whatever form it has them."""

from __future__ import annotations

import msgspec
from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.model import Problem
from adapters.registry import SOURCES, adapter_for
from adapters.text import plain
from connector.api.asked import Asked
from connector.api.http import Call
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import RECEIPT_EXAMPLE, Receipt, receipt, take_in
from kit import ids
from kit.errors import Action, Invalid, NotFound, Refused, WrongType
from webhooks.intake import Hook

_WRONG = ("multipart/", "image/", "audio/", "video/", "font/", "application/pdf", "application/zip")
_LONGEST_KEY = 255
_SOAP_EXAMPLE = (
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><n:ExternalEventResponse '
    'xmlns:n="http://notification.event.successfactors.com"><n:responsePayload><n:entityId>Position'
    "</n:entityId><n:status>0</n:status></n:responsePayload></n:ExternalEventResponse></S:Body></S:Envelope>"
)
_WORKDAY = {
    "Get_Job_Profiles_Response": {
        "Response_Data": {
            "Job_Profile": [
                {
                    "Job_Profile_Reference": {"ID": [{"@type": "Job_Profile_ID", "content!": "R-1042"}]},
                    "Job_Profile_Data": {
                        "Job_Code": "R-1042",
                        "Job_Profile_Basic_Data": {
                            "Job_Title": "Registered Nurse",
                            "Job_Description": "<p>Cares for patients and keeps their records.</p>",
                        },
                    },
                }
            ]
        }
    }
}


class WebhookQuery(msgspec.Struct):
    """How a call wants to be treated: all or none (`strict`), nothing pushed (`drafts`), nothing kept
    (`dry_run`), and the source's own id of the event (the header X-Event-Id is the same)."""

    strict: bool = False
    drafts: bool = False
    dry_run: bool = False
    event_id: str = ""


class Webhooks(Controller):
    """Where job profiles come in."""

    path = "/v1/webhooks"
    tags = ["Webhooks"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/{source:str}",
        **operation(
            "receiveJobProfiles",
            "Send job profiles",
            scope="webhooks:write",
            query=WebhookQuery,
            body=Body(
                kind=None,
                examples={"workday": _WORKDAY},
                media_types=("application/json", "application/xml", "text/xml"),
            ),
            answers={
                200: Answer(
                    kind=str,
                    example=_SOAP_EXAMPLE,
                    says="To an event notification of SuccessFactors: durable (status 0), or refused (1).",
                    media_type="text/xml",
                ),
                202: Answer(
                    kind=Receipt,
                    example=RECEIPT_EXAMPLE,
                    says="Durable; what is pushed runs from now on.",
                    headers={"Location": "The source event.", "X-Request-Id": "The request's id."},
                ),
            },
            idempotent=True,
            params={"source": "workday"},
            notes="One job profile or up to 1,000 in 20 MB (also gzip): what a Workday or SuccessFactors API "
            "answers, or what a recipe makes of it. The same job profile again, by key, by event id or by "
            "content, makes no second run. A bad item is rejected and the others are taken in, unless "
            "strict=true. The header X-Event-Id names the event at its source. With dry_run=true the "
            "verdicts are the same and nothing is kept: no source event, no role, no run.",
        ),
    )
    async def receive(self, call: NamedDependency[Call], source: FromPath[str]) -> Response[bytes]:
        """Whatever is refused here is kept as a source event all the same."""
        return await receive(call, source)


async def receive(call: Call, source: str) -> Response[bytes]:
    """Take a call in; what is refused before it is read leaves a source event without bytes."""
    hook = Hook(
        company_id=call.caller.company_id,
        client_id=call.caller.id,
        actor_kind="hris",
        actor_id=call.caller.shown_id,
        source=(plain(source) or "unknown")[:60],
        body=b"",
        content_type=_printable(call.asked.header("content-type"))[:200] or None,
        # Whoever asks for a dry run gets none kept, whatever else in the query cannot be read.
        dry_run=_perhaps_dry(call.asked),
    )
    if hook.dry_run:
        call.asked.keep_nothing()
    try:
        given = call.query(WebhookQuery)
        hook = msgspec.structs.replace(hook, dry_run=given.dry_run)
        hook = await _read(call, hook, given)
    except Refused as refused:
        kept = await call.services.intake.keep_refused(hook, Problem(refused.code, refused.detail))
        if kept is not None:
            refused.extra["source_event_id"] = ids.show("src", kept)
        raise
    if hook.dry_run:
        return receipt(call, await call.services.intake.rehearse(hook), None, dry_run=True)
    try:
        reply = await take_in(call, hook)
    except Refused as exc:
        if exc.status >= 500 or (said := _spoken(hook, exc)) is None:
            raise
        return said
    return _spoken(hook, None) or reply


def _spoken(hook: Hook, refused: Refused | None) -> Response[bytes] | None:
    """The answer to a call that came as SOAP: in SOAP, and only once the call is kept."""
    answer = adapter_for(hook.source).answer
    problem = Problem(refused.code, refused.detail) if refused else None
    said = answer(hook.body, problem) if answer else None
    return Response(said, status_code=200, media_type="text/xml") if said else None


def _perhaps_dry(asked: Asked) -> bool:
    return any(
        name == "dry_run" and value.strip().lower() not in ("", "false", "0") for name, value in asked.query()
    )


async def _read(call: Call, hook: Hook, given: WebhookQuery) -> Hook:
    if hook.source not in SOURCES:
        raise NotFound(
            f"There is no source {hook.source!r}; {' and '.join(SOURCES)} are known.",
            code="unknown_source",
            action=Action(f"Send to /v1/webhooks/{SOURCES[0]} or /v1/webhooks/{SOURCES[1]}."),
        )
    kind = (hook.content_type or "").lower()
    if kind.startswith(_WRONG):
        raise WrongType(
            f"The body is {kind.partition(';')[0]}; job profiles are read from JSON and XML.",
            action="Send the job profiles themselves as JSON or XML.",
        )
    return msgspec.structs.replace(
        hook,
        body=await call.raw(call.services.settings.intake_bytes),
        event_key=_event_key(call, given),
        strict=given.strict,
        drafts_only=given.drafts,
    )


def _event_key(call: Call, given: WebhookQuery) -> str | None:
    key = (call.asked.header("x-event-id") or given.event_id).strip()
    if len(key) > _LONGEST_KEY or _printable(key) != key:
        raise Invalid(
            f"The event id must be printable and at most {_LONGEST_KEY} characters long.", code="bad_event_id"
        )
    return key or None


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(sign for sign in text if sign.isprintable())
