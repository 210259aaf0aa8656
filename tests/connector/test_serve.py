"""The API as a process: a real socket, a real signal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from kit.vault import make_key


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_process_serves_and_ends_on_a_signal(db_url: str, tmp_path: Path) -> None:
    port = _free_port()
    env = {
        **os.environ,
        "CONNECTOR_DATABASE_URL": db_url,
        "CONNECTOR_SECRET_KEY": make_key(),
        "CONNECTOR_PORT": str(port),
        "CONNECTOR_REDIS_URL": "redis://127.0.0.1:1/0",
        "CONNECTOR_NEO4J_URI": "bolt://127.0.0.1:1",
    }
    command = [sys.executable, "-c", "from connector.cli import main; main()", "api"]
    said = tmp_path / "stderr"
    with said.open("wb") as stderr, subprocess.Popen(command, env=env, stderr=stderr) as process:
        try:
            answer = _first_answer(f"http://127.0.0.1:{port}/health/live", process, said)
            assert answer.json()["status"] == "ok"
            assert "server" not in answer.headers
            refused = httpx.get(f"http://127.0.0.1:{port}/v1/me", headers={"Authorization": "Bearer"})
            assert refused.status_code == 401
            head = httpx.head(f"http://127.0.0.1:{port}/health/ready")
            assert (head.status_code, head.content) == (200, b"")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) in (0, -signal.SIGTERM)
        finally:
            process.kill()
    assert "Traceback" not in said.read_text(encoding="utf-8")


def _first_answer(url: str, process: subprocess.Popen[bytes], said: Path) -> httpx.Response:
    until = time.monotonic() + 180
    while True:
        assert process.poll() is None, said.read_text(encoding="utf-8")
        assert time.monotonic() < until
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
