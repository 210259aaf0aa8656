"""A cheap HTTP client for load: one process of its own, kept-alive connections, no parsing beyond the
status line and the length. `python -m bench.client` reads a plan (JSON) on stdin, answers JSON on stdout."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from urllib.parse import urlsplit

import msgspec
import uvloop

from bench.site import ROOT


class Plan(msgspec.Struct, kw_only=True):
    """Requests in turn from `bodies` (or `paths`), over so many connections, until `count` or `seconds`.
    `rate` a second (0: as fast as answers come): each is then due at its time, whoever still waits."""

    url: str
    method: str
    paths: list[str]
    headers: dict[str, str]
    bodies: list[str] = msgspec.field(default_factory=lambda: [""])
    connections: int = 1
    count: int = 0
    seconds: float = 0
    rate: float = 0


class Answers(msgspec.Struct, kw_only=True):
    """Milliseconds of each request (from when it was due), statuses counted, and the wall time."""

    milliseconds: list[float]
    statuses: dict[str, int]
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests kept within, in ms."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def insist(self, *statuses: int) -> None:
        """Raises RuntimeError when anything else was answered."""
        wrong = {status: n for status, n in self.statuses.items() if int(status) not in statuses}
        if wrong:
            raise RuntimeError(f"unexpected answers: {wrong}")


def run(plan: Plan) -> Answers:
    """Carry a plan out in a process of its own."""
    return finish(start(plan))


def start(plan: Plan) -> subprocess.Popen[bytes]:
    """Begin to carry a plan out."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.client"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(plan))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: subprocess.Popen[bytes]) -> Answers:
    """Wait for its answers."""
    out, _ = process.communicate()
    return msgspec.json.decode(out, type=Answers)


async def _carry_out(plan: Plan) -> Answers:
    address = urlsplit(plan.url)
    assert address.hostname
    assert address.port
    requests = [_bytes(plan, path, body) for path in plan.paths for body in plan.bodies]
    milliseconds: list[float] = []
    statuses: dict[str, int] = {}
    began = time.perf_counter()
    taken = 0

    def next_due() -> float | None:
        nonlocal taken
        due = began + taken / plan.rate if plan.rate else time.perf_counter()
        if (plan.count and taken >= plan.count) or (plan.seconds and due - began >= plan.seconds):
            return None
        taken += 1
        return due

    async def serve() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (due := next_due()) is not None:
            request = requests[(taken - 1) % len(requests)]
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            milliseconds.append(1000 * (time.perf_counter() - due))
            status = head[9:12].decode()
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(serve() for _ in range(plan.connections)))
    return Answers(milliseconds=milliseconds, statuses=statuses, seconds=time.perf_counter() - began)


def _bytes(plan: Plan, path: str, body: str) -> bytes:
    content = body.encode()
    headers = {"host": "bench", "content-length": str(len(content)), **plan.headers}
    lines = [f"{plan.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_carry_out(wanted))))
