"""The recipe's side of the callbacks: a small HTTP server on loopback that verifies every signature with
the Standard Webhooks library, which shares no code with the sender."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

_MOST = 1_000_000


class Receiver:
    """Listens while it is entered. `events` holds what was verified, `refused` what was not."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self._secret = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where callbacks go."""
        return f"http://127.0.0.1:{self._server.server_port}/callbacks"

    def trust(self, secret: str) -> None:
        """Verify with this subscription's secret from now on."""
        self._secret = secret

    def hear(self, body: bytes, headers: dict[str, str]) -> int:
        """The status that one delivery is answered with."""
        try:
            Webhook(self._secret).verify(body, headers)
        except WebhookVerificationError as exc:
            self.refused.append(str(exc))
            return 401
        event = msgspec.json.decode(body)
        if event["id"] not in {one["id"] for one in self.events}:
            self.events.append(event)
        return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("content-length", "0")), _MOST)
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.hear(self.rfile.read(length), headers))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                return

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
