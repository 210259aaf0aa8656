"""The one address that the load comes to, served without the framework's router, injection and response
objects, which cost more than taking a job profile in. What serves it is the controller's own function."""

from __future__ import annotations

import gzip
from typing import Any

from litestar import Response
from litestar.types import Receive, Send

from connector.api.asked import Asked
from connector.api.http import Call
from connector.api.operation import Operation
from connector.api.webhooks import Webhooks, receive
from connector.services import Services
from control.access import require

PACKED_FROM = 1_400
"""Bytes from which an answer is packed for those who accept it: less goes in one packet anyway."""
LEVEL = 5
_PATH = "/v1/webhooks/"
_OPERATION: Operation = Webhooks.receive.opt["operation"]


def source_of(scope: Any) -> str:
    """The source named by a call into a webhook; empty for every other request, which the router has."""
    if scope["method"] != "POST" or not scope["path"].startswith(_PATH):
        return ""
    source: str = scope["path"][len(_PATH) :]
    return "" if "/" in source else source


async def serve(services: Services, source: str, scope: Any, ask: Receive, send: Send) -> None:
    """Serve a call into a webhook. Raises what the controller raises; nothing was sent then."""
    scope["path_template"] = _PATH + "{source}"
    caller = scope["state"]["caller"]
    if _OPERATION.going is not None:
        scope["state"]["going"] = _OPERATION.going.headers()
    require(caller, str(_OPERATION.scope))
    asked = Asked(scope, ask)
    await _answer(await receive(Call(asked, services, caller), source), asked, send)


async def _answer(reply: Response[bytes], asked: Asked, send: Send) -> None:
    body = reply.content
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    if len(body) >= PACKED_FROM and "gzip" in asked.header("accept-encoding"):
        body = gzip.compress(body, LEVEL)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    kind = str(reply.media_type)
    headers += [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": reply.status_code or 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
