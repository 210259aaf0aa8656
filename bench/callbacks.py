"""How soon a receiver hears of an event, and how many messages it is given in a minute."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from bench.intake import headers
from bench.report import Figure
from bench.serving import send
from bench.site import Site, product, until

_WARM = 5


class Heard:
    """A healthy receiver: when each message came, and when its event was."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        self.url = ""

    def delays(self) -> list[float]:
        """Milliseconds from event to message, in the order of their coming."""
        return [1000 * (came - was) for was, came in self.times]


@contextmanager
def hearing() -> Iterator[Heard]:
    """A receiver in this process."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            came = datetime.now(UTC).timestamp()
            heard.times.append((datetime.fromisoformat(body["occurred_at"]).timestamp(), came))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """One profile after the other, then many at once, to one subscription for `run.queued`."""
    singles, many = (5, 40) if quick else (60, 700)
    with hearing() as heard, product(site, ALLOW_LOOPBACK_CALLBACKS="true") as made:
        with httpx.Client(base_url=made.url, headers=headers(made), timeout=30) as http:
            wanted = {"url": heard.url, "events": ["run.queued"]}
            http.post("/v1/subscriptions", json=wanted).raise_for_status()
        for n in range(_WARM + singles):
            send(made, 1)
            until(lambda n=n: len(heard.times) > n, "a message")
            time.sleep(0.3)
        delays = sorted(heard.delays()[_WARM:])
        heard.times.clear()
        send(made, many)
        until(lambda: len(heard.times) >= many, "the messages", 180)
        came = [at for _, at in heard.times]
    p95 = delays[int(0.95 * (len(delays) - 1))]
    minute = 60 * (len(came) - 1) / (came[-1] - came[0])
    figures = [
        Figure(
            name="callback: from an event to the first attempt, p95",
            value=p95,
            unit="ms",
            target="< 1000",
            beside=f"p50 {delays[len(delays) // 2]:.0f} ms, longest {delays[-1]:.0f} ms",
        ),
        Figure(
            name="callback: messages to one healthy receiver in a minute",
            value=minute,
            unit="/min",
            target=">= 1000",
            beside="its pace is 20 a second, 1,200 a minute",
        ),
    ]
    return figures, {"delays_ms": delays, "messages": len(came)}
