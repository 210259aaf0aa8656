"""The embedded PostgreSQL: its logins, its data, its crashes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from connector.embedded.faults import PartsFault
from connector.embedded.postgres import Postgres
from connector.embedded.user import ordinary_user
from tests.parts.servers import data_folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    with data_folder() as folder:
        server = Postgres(folder / "postgres", fsync=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def postgres(cluster: Postgres) -> Postgres:
    """A server that the test may stop and kill; it runs when the test begins."""
    if cluster.pid is None:
        cluster.start()
    do(cluster, "DROP TABLE IF EXISTS kept")
    return cluster


def one(server: Postgres, query: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def do(server: Postgres, statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement)


def test_the_login_owns_its_database_may_make_roles_and_is_no_superuser(postgres_server: Postgres) -> None:
    rights = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
    mine = one(postgres_server, f"SELECT ARRAY[{rights}] FROM pg_roles WHERE rolname = current_user")
    assert mine == [False, False, True, False]
    owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
    assert one(postgres_server, owner) == "connector"


def test_the_superuser_has_an_address_of_its_own(postgres_server: Postgres) -> None:
    with psycopg.connect(postgres_server.admin_url) as connection:
        assert connection.execute("SELECT current_setting('is_superuser')").fetchone() == ("on",)


def test_it_listens_on_no_network_address(postgres_server: Postgres) -> None:
    assert one(postgres_server, "SHOW listen_addresses") == ""


def test_it_never_runs_as_root(postgres_server: Postgres) -> None:
    status = Path(f"/proc/{postgres_server.pid}/status").read_text()
    user = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1]
    assert user != "0"


def test_letters_of_all_languages_have_their_lower_case(postgres_server: Postgres) -> None:
    assert one(postgres_server, "SELECT lower('ÄÖÜ ŁÓDŹ')") == "äöü łódź"


def test_settings_reach_the_server(postgres: Postgres) -> None:
    postgres.stop()
    server = Postgres(postgres.place, fsync=False, settings={"max_connections": "33"})
    server.start()
    try:
        assert one(server, "SHOW max_connections") == "33"
    finally:
        server.stop()


def test_a_second_start_keeps_the_data(postgres: Postgres) -> None:
    do(postgres, "CREATE TABLE kept AS SELECT 42 AS n")
    postgres.stop()
    assert postgres.pid is None
    postgres.start()
    assert one(postgres, "SELECT n FROM kept") == 42


def test_what_was_committed_before_a_crash_is_there_after_it(postgres: Postgres) -> None:
    do(postgres, "CREATE TABLE kept AS SELECT 42 AS n")
    postgres.kill()
    assert postgres.pid is None
    with pytest.raises(psycopg.OperationalError):
        one(postgres, "SELECT 1")
    postgres.start()
    assert one(postgres, "SELECT n FROM kept") == 42


def test_a_dead_servers_number_that_now_belongs_to_a_stranger_is_no_obstacle(postgres: Postgres) -> None:
    postgres.stop()
    stale = postgres.place / "postmaster.pid"
    # We are the stranger: alive, and no PostgreSQL of this folder.
    stale.write_text(f"{os.getpid()}\n{postgres.place}\n1700000000\n5432\n\n\n")
    postgres.start()
    assert one(postgres, "SELECT 1") == 1


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(data: Path) -> None:
    deep = data / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    server = Postgres(deep / "postgres", fsync=False)
    server.start()
    try:
        assert one(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_half_a_cluster_of_a_killed_first_start_is_made_anew(data: Path) -> None:
    half = data / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    server = Postgres(data / "postgres", fsync=False)
    server.start()
    try:
        assert one(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_server_that_ends_at_once_is_reported_in_its_own_words(postgres: Postgres) -> None:
    postgres.stop()
    server = Postgres(postgres.place, fsync=False, settings={"shared_buffers": "none"})
    with pytest.raises(PartsFault, match="shared_buffers") as caught:
        server.start()
    assert caught.value.action is not None
    assert str(server.log) in caught.value.action.what


def test_a_folder_that_only_we_may_enter_serves_as_well(data: Path) -> None:
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres", fsync=False)
    server.start()
    try:
        assert one(server, "SELECT 1") == 1
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_a_program_that_only_root_may_reach_can_be_run_as_somebody_else(data: Path) -> None:
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    shutil.copy("/bin/true", closed / "program")
    # test(1) asks with access(2), as initdb does when it looks for its postgres.
    words = ordinary_user((closed,)).words
    assert subprocess.run([*words, "test", "-x", closed / "program"], check=False).returncode == 0
    said = subprocess.run([*words, "id", "-u"], capture_output=True, text=True, check=True).stdout
    assert said.strip() != "0"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_root_without_a_way_to_step_down_is_told_so(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PartsFault, match="refuses to run as root") as caught:
        Postgres(data / "postgres").start()
    assert caught.value.code == "only_root"


def test_the_oldest_supported_version_starts_the_same_way(postgres15_server: Postgres) -> None:
    assert str(one(postgres15_server, "SHOW server_version")).startswith("15.")
    assert one(postgres15_server, "SELECT lower('ÄÖÜ')") == "äöü"
