"""The graph servers: the embedded one's data, secrets and addresses; and that the reference one is real."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from connector.embedded.faults import PartsFault
from connector.embedded.graph import ArcadeGraph, bolt_answers, take_port
from pipeline.graph.driver import Driver
from tests.parts.servers import GraphServer

pytestmark = pytest.mark.graph


async def rows(server: GraphServer, text: str) -> list[dict[str, object]]:
    driver = Driver(server.uri, user=server.user, password=server.password, database=server.database)
    try:
        return await driver.write(lambda tx: tx.run(text))
    finally:
        await driver.close()


async def test_both_graphs_take_the_same_words(graph_server: GraphServer) -> None:
    made = await rows(graph_server, "MERGE (p:Probe {key: 'a'}) SET p.n = 1 RETURN p.n AS n")
    assert made == [{"n": 1}]
    assert await rows(graph_server, "MATCH (p:Probe) DETACH DELETE p RETURN count(*) AS n") == [{"n": 1}]


@pytest.mark.long
async def test_what_was_committed_before_a_crash_is_there_after_it(data: Path) -> None:
    server = ArcadeGraph(data / "graph", short=True)
    server.launch()
    try:
        await _wait(server)
        await rows(server, "CREATE (p:Kept {n: 42})")
        server.kill()
        password = server.password
        server.launch()
        await _wait(server)
        assert server.password == password
        assert await rows(server, "MATCH (p:Kept) RETURN p.n AS n") == [{"n": 42}]
    finally:
        server.stop()
    assert server.pid is None


async def _wait(server: ArcadeGraph) -> None:
    await asyncio.to_thread(server.wait)


def test_the_password_is_on_no_command_line_and_in_no_readable_file(arcadedb_server: ArcadeGraph) -> None:
    assert len(arcadedb_server.password) >= 24
    command = Path(f"/proc/{arcadedb_server.pid}/cmdline").read_bytes()
    assert arcadedb_server.password.encode() not in command
    assert arcadedb_server.password not in arcadedb_server.log.read_text()
    for name in ("password", "options"):
        assert (arcadedb_server.place / name).stat().st_mode & 0o077 == 0


def test_a_wrong_password_is_refused(arcadedb_server: ArcadeGraph) -> None:
    assert not bolt_answers(arcadedb_server.uri, "root", "wrong", arcadedb_server.database)


def test_it_listens_on_the_loopback_interface_only(arcadedb_server: ArcadeGraph) -> None:
    addresses = _listening(arcadedb_server.pid)
    assert addresses
    assert addresses <= {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1, as /proc/net writes it


def _listening(pid: int | None) -> set[str]:
    sockets = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(fd)
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in sockets:
                found.add(words[1].split(":")[0])
    return found


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PartsFault, match=f"Port {port} .* is taken") as caught:
            take_port("graph", port)
    assert caught.value.code == "port_taken"


def test_without_the_wheel_the_sentence_names_package_and_setting(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PartsFault, match="arcadedb-embedded is missing") as caught:
        ArcadeGraph(data / "graph").launch()
    assert caught.value.action is not None
    assert "CONNECTOR_NEO4J_URI" in caught.value.action.what
