from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec
import pytest

from kit import log


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(capsys.readouterr().err.strip().splitlines()[-1])
    return found


def test_a_line_is_json_with_the_ids_around_it(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    with log.bound(request_id="req_1", company="company_2"):
        log.get("t").info("run_started", run="run_3")
    line = _line(capsys)
    assert (line["event"], line["request_id"], line["company"], line["run"]) == (
        "run_started",
        "req_1",
        "company_2",
        "run_3",
    )


def test_no_secret_reaches_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    try:
        raise ValueError("postgresql://user:hunter22@host/db")
    except ValueError:
        log.get("t").exception(
            "failed",
            client_secret="ecs_abcdefghijklmnop",
            body={"resume_token": "r-1234"},
            text=f"Bearer {token}",
        )
    text = capsys.readouterr().err
    for secret in ("hunter22", "ecs_abcdefghijklmnop", "r-1234", token, "c2lnbmF0dXJl"):
        assert secret not in text


def test_counts_of_tokens_are_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    log.get("t").info("model_called", tokens=12, tokens_in=7)
    line = _line(capsys)
    assert (line["tokens"], line["tokens_in"]) == (12, 7)


def test_lines_of_libraries_have_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    logging.getLogger("somelib").warning("hello %s", "there")
    assert _line(capsys)["event"] == "hello there"
