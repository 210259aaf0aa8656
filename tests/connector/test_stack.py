"""The whole product on one machine: it comes up, keeps its data, and leaves nobody behind."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import httpx
import pytest

from connector.embedded.faults import PartsFault
from connector.stack import Stack


def alive(pid: int) -> bool:
    """Whether a process with this id still runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.long
def test_a_second_start_keeps_data_and_client_and_every_child_ends(data: Path) -> None:
    with Stack(data / "up", port=0, short=True) as stack:
        first, pids = stack.client, list(stack.pids.values())
        assert set(stack.pids) == {"api", "worker", "clock"}
        assert all(alive(pid) for pid in pids)
        for name in ("secret.key", "client.json"):
            assert os.stat(data / "up" / name).st_mode & 0o077 == 0, f"{name} is for its owner only"
    assert not any(alive(pid) for pid in pids)
    with Stack(data / "up", port=0, short=True) as stack:
        assert stack.client == first
        answer = httpx.post(
            f"{stack.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(stack.client.client_id, stack.client.client_secret),
        )
        assert answer.status_code == 200


def test_a_taken_port_is_one_sentence_with_a_way_out(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PartsFault) as fault:
            Stack(data / "up", port=port, short=True).start()
    assert fault.value.code == "port_taken"
    assert str(port) in fault.value.message
    assert fault.value.action is not None
