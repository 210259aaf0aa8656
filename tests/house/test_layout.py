"""The tree: what the product's card names is there, and nothing else grew beside it."""

import ast
import re
from collections.abc import Iterator

from .tracked import ROOMS, tracked, tree_of, with_ending

CARD = (
    *("pyproject.toml", "connector", "webhooks", "adapters/workday", "adapters/successfactors"),
    *("pipeline", "mappings", "tests", "openapi"),
)
HOUSE = {"kit", "control", "migrations", "workato", "docs", "bench", "tools"}
SQL = re.compile(r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE|MATCH)\s", re.MULTILINE)


def test_everything_the_card_names_is_there() -> None:
    there = {str(part) for path in tracked() for part in (path, *path.parents)}
    assert set(CARD) - there == set()


def test_no_other_folder_is_at_the_top() -> None:
    folders = {path.parts[0] for path in tracked() if len(path.parts) > 1 and path.parts[0][0] != "."}
    assert folders - {name.split("/")[0] for name in CARD} - HOUSE == set()


def test_package_files_hold_no_code() -> None:
    code = {
        str(path)
        for path in with_ending(".py")
        if path.name == "__init__.py" and any(not isinstance(node, ast.Expr) for node in tree_of(path).body)
    }
    assert code == set()


def test_statements_for_a_database_stand_in_files_of_their_own() -> None:
    # kit is the plumbing: transactions, migrations and locks are made of statements.
    rooms = [path for path in with_ending(".py") if path.parts[0] in ROOMS and path.parts[0] != "kit"]
    assert [f"{path}: {text[:60]!r}" for path in rooms for text in statements(tree_of(path))] == []


def statements(source: ast.Module) -> Iterator[str]:
    for node in ast.walk(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield node.value


def test_the_search_for_statements_finds_one_and_leaves_prose() -> None:
    source = 'def f():\n    """Select what it needs."""\n    return run("SELECT 1 ")'
    assert list(statements(ast.parse(source))) == ["SELECT 1 "]
