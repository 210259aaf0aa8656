"""The embedded parts together: one holder of a folder, nobody left behind, clear refusals."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from connector.embedded import folder
from connector.embedded.faults import PartsFault
from connector.embedded.folder import FolderLock
from connector.embedded.parts import Parts

_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from connector.embedded.parts import Parts
Parts(Path(sys.argv[1]), fsync=False, short=True).start()
print("ready", flush=True)
time.sleep(600)
"""


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True


def running(parts: Parts) -> list[int | None]:
    return [parts.postgres.pid, parts.redis.pid, parts.graph.pid]


@pytest.mark.graph
async def test_all_three_answer_and_a_second_holder_is_refused(data: Path) -> None:
    async with Parts(data, fsync=False, short=True) as parts:
        with psycopg.connect(parts.postgres.url()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("connector",)
        with redis.Redis.from_url(parts.redis.url) as client:
            assert client.ping()
        with pytest.raises(PartsFault, match=f"in use by process {os.getpid()}") as caught:
            Parts(data, fsync=False, short=True).start()
        assert caught.value.code == "folder_in_use"
        assert None not in running(parts)
    assert running(parts) == [None, None, None]


@pytest.mark.graph
@pytest.mark.long
def test_after_a_killed_run_nobody_is_left_and_the_next_one_takes_over(data: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", _UNTIL_KILLED, data], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    children = json.loads((data / "parts.lock").read_text())["children"]
    assert sorted(children) == ["graph", "postgres", "redis"]
    run.kill()
    run.wait()
    run.stdout.close()
    parts = Parts(data, fsync=False, short=True)
    parts.start()
    try:
        assert all(gone(pid) for pid in children.values())
        with psycopg.connect(parts.postgres.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        parts.stop()


def test_children_end_with_a_killed_parent(data: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from connector.embedded.redis import Redis
server = Redis(Path(sys.argv[1]) / "redis")
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""
    run = subprocess.Popen([sys.executable, "-c", script, data], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    pid = int(run.stdout.readline())
    assert not gone(pid)
    run.kill()
    run.wait()
    run.stdout.close()
    wait_for(lambda: gone(pid))


def test_a_recorded_orphan_is_ended_and_a_stranger_with_its_number_is_not(data: Path) -> None:
    ours = subprocess.Popen(["sleep", "600"], cwd=data)
    stranger = subprocess.Popen(["sleep", "600"], cwd="/")
    try:
        children = {"redis": ours.pid, "graph": stranger.pid}
        (data / "parts.lock").write_text(json.dumps({"pid": 1, "children": children}))
        lock = FolderLock(data)
        lock.take()
        assert ours.wait(5) != 0
        assert stranger.poll() is None
        lock.release()
    finally:
        ours.kill()
        stranger.kill()
        ours.wait()
        stranger.wait()


def test_a_lock_file_of_nonsense_is_no_obstacle(data: Path) -> None:
    (data / "parts.lock").write_text("{half")
    lock = FolderLock(data)
    lock.take()
    with pytest.raises(PartsFault):
        FolderLock(data).take()
    lock.release()


def test_a_folder_that_was_given_up_can_be_taken_again(data: Path) -> None:
    first, second = FolderLock(data), FolderLock(data)
    first.take()
    with pytest.raises(PartsFault):
        second.take()
    first.release()
    second.take()
    second.release()


@pytest.mark.parametrize("place", ["/sys/etter", "/proc/etter", "/etc/hostname/etter"])
def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(place: str) -> None:
    with pytest.raises(PartsFault, match=f"^The data folder {place} cannot be written to: .*[.]$") as caught:
        folder.make(Path(place))
    assert caught.value.action is not None
    assert "CONNECTOR_DATA_DIR" in caught.value.action.what


def test_a_full_disk_is_refused_before_anything_is_made(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2**30, 2**30, 2**20))
    with pytest.raises(PartsFault, match="has 1 MB left; 300 MB are needed"):
        Parts(data)


def test_a_fault_in_one_part_leaves_none_running(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("9")
    parts = Parts(data, fsync=False, short=True)
    with pytest.raises(PartsFault, match="PostgreSQL did not start"):
        parts.start()
    assert running(parts) == [None, None, None]
    lock = FolderLock(data)
    lock.take()
    lock.release()
