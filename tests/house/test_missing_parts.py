"""A part that only some machines have: skipped in plain sight on a person's machine, never in CI."""

import pytest

from tests.parts.missing import missing

SKIPPED: type[BaseException] = pytest.skip.Exception
FAILED: type[BaseException] = pytest.fail.Exception


def test_elsewhere_the_skip_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(SKIPPED, match=r"no Neo4j 5\.26; `make test-deps`"):
        missing("Neo4j 5.26")


def test_in_ci_it_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(FAILED, match="this machine has no Neo4j"):
        missing("Neo4j 5.26")
