from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from adapters.registry import SOURCES, adapter_for
from connector.cli import main
from connector.embedded.postgres import Postgres
from kit.vault import make_key
from tests.parts.database import create, drop


@pytest.fixture
def env(db_url: str) -> dict[str, str]:
    return {"CONNECTOR_DATABASE_URL": db_url, "CONNECTOR_SECRET_KEY": make_key()}


def _run(env: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, list(words), env=env)


def test_a_company_and_a_client_are_made_and_its_secret_is_shown_once(env: dict[str, str]) -> None:
    company = _run(env, "company", "create", "Liberty").output.strip()
    assert company.startswith("company_")
    made = _run(env, "client", "create", company, "Workato", "--scope", "runs:read")
    client_id = made.output.split()[1]
    assert "ecs_" in made.output
    listed = _run(env, "company", "list").output
    assert client_id in listed
    assert "runs:read" in listed
    assert "ecs_" not in listed
    assert "ecs_" in _run(env, "client", "rotate", company, client_id).output
    assert _run(env, "client", "disable", company, client_id).exit_code == 0
    assert "disabled" in _run(env, "company", "list").output


def test_a_sandbox_is_made_and_reset_by_one_command_each(env: dict[str, str]) -> None:
    made = _run(env, "sandbox", "create").output.split()
    again = _run(env, "sandbox", "reset", made[1]).output.split()
    assert (made[0], made[2], made[4]) == ("company", "client_id", "client_secret")
    assert again[1] != made[1]
    listed = _run(env, "company", "list").output
    assert listed.count("Sandbox") == 2
    assert listed.partition(made[3])[2].split()[:2] == ["Workato", "disabled"]
    company = _run(env, "company", "create", "Liberty").output.strip()
    assert "is no sandbox" in _run(env, "sandbox", "reset", company).output


def test_every_company_is_told_that_an_operation_is_to_go(env: dict[str, str]) -> None:
    for name in ("Liberty", "Nordwind"):
        _run(env, "company", "create", name)
    words = ("announce-deprecation", "searchCalls", "2999-01-31", "--instead", "Use /v2/calls.")
    assert _run(env, *words).output == "told 2\n"
    with psycopg.connect(env["CONNECTOR_DATABASE_URL"], autocommit=True) as conn:
        conn.execute("SET ROLE connector_engine")
        told = conn.execute("SELECT data ->> 'reason' FROM event WHERE type = 'api.deprecation'").fetchall()
        jobs = conn.execute("SELECT count(*) FROM job WHERE kind = 'pipeline.events_logged'").fetchall()
    assert told == [("searchCalls goes on 2999-01-31. Use /v2/calls.",)] * 2
    assert jobs == [(2,)]
    for name, day, says in (
        ("searchCall", "2999-01-31", "There is no operation searchCall;"),
        ("searchCalls", "2026-11-24", "at least 180 days ahead"),
    ):
        refused = _run(env, "announce-deprecation", name, day)
        assert (refused.exit_code, says in refused.output) == (1, True)


def test_what_cannot_be_done_is_one_sentence(env: dict[str, str]) -> None:
    company = _run(env, "company", "create", "Liberty").output.strip()
    for words, says in (
        (("client", "create", "company_" + "0" * 32, "x"), "There is no such company."),
        (("client", "create", "role_" + "0" * 32, "x"), "is the id of a role"),
        (("client", "create", company, "x", "--scope", "all"), "Unknown scopes: all"),
    ):
        result = _run(env, *words)
        assert result.exit_code == 1
        assert says in result.output
        assert "Traceback" not in result.output


def test_missing_settings_are_named_at_once() -> None:
    result = _run({"CONNECTOR_DATABASE_URL": "", "CONNECTOR_SECRET_KEY": ""}, "company", "list")
    assert result.exit_code == 1
    assert "CONNECTOR_DATABASE_URL is missing" in result.output
    assert "CONNECTOR_SECRET_KEY is missing" in result.output


def test_migrations_are_applied_once(postgres_server: Postgres) -> None:
    create(postgres_server, "cli_migrate")
    env = {
        "CONNECTOR_DATABASE_URL": postgres_server.url("cli_migrate"),
        "CONNECTOR_SECRET_KEY": make_key(),
    }
    assert "applied 0001_access.sql" in _run(env, "migrate").output
    assert _run(env, "migrate").output.strip() == "nothing to apply"
    drop(postgres_server, "cli_migrate")


def test_a_document_that_is_not_current_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    assert _run({}, "openapi", "--check", "--file", str(file)).exit_code == 1
    assert _run({}, "openapi", "--file", str(file)).exit_code == 0
    assert _run({}, "openapi", "--check", "--file", str(file)).exit_code == 0


def test_keys_are_changed_by_one_command(env: dict[str, str]) -> None:
    assert _run(env, "rotate-keys").output.strip() == "rotated"


def test_a_fault_says_what_to_do_about_it() -> None:
    result = _run({"CONNECTOR_DATA_DIR": "/proc/nowhere"}, "up")
    assert result.exit_code == 1
    assert "cannot be written to" in result.output
    assert "Choose another folder with CONNECTOR_DATA_DIR" in result.output.splitlines()[1]


def test_settings_for_stages_and_graph_names_that_do_not_exist_are_named_with_the_rest() -> None:
    env = {
        "CONNECTOR_DATABASE_URL": "",
        "CONNECTOR_STAGE_COMMAND_RESKILING": "true",
        "CONNECTOR_GRAPH_NAME_ROLE": "Role",
    }
    result = _run(env, "graph", "verify")
    assert result.exit_code == 1
    assert "CONNECTOR_DATABASE_URL is missing" in result.output
    assert "Did you mean CONNECTOR_STAGE_COMMAND_RESKILLING?" in result.output
    assert "CONNECTOR_GRAPH_NAME_ROLE is not a setting" in result.output


def test_one_setting_is_checked_even_where_the_others_are_not_there_yet() -> None:
    result = _run({"CONNECTOR_PORT": "eighty"}, "up")
    assert result.exit_code == 1
    assert "CONNECTOR_PORT is wrong (it is 'eighty')" in result.output


def test_samples_are_written_in_every_shape_and_the_same_for_a_seed(tmp_path: Path) -> None:
    for source in SOURCES:
        shapes = _run({}, "samples", "shapes", source).output.split()
        assert len(shapes) > 5
        for shape in shapes:
            target = tmp_path / f"{source}-{shape}"
            words = ("samples", "generate", source, "--shape", shape, "--count", "2", "--output", str(target))
            assert _run({}, *words).exit_code == 0
            assert target.read_bytes() == b"".join(adapter_for(source).samples.chunks(shape, 2, 1))
    first, again = (_run({}, "samples", "generate", "workday", "--seed", "7").output for _ in range(2))
    assert first == again != _run({}, "samples", "generate", "workday", "--seed", "8").output


def test_samples_of_an_unknown_source_or_shape_name_those_there_are() -> None:
    assert "workday and successfactors are known" in _run({}, "samples", "shapes", "oracle").output
    refused = _run({}, "samples", "generate", "workday", "--shape", "nope")
    assert refused.exit_code == 1
    assert "there are soap_xml" in refused.output
