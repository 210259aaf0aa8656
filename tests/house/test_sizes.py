"""No file and no function is longer than a person reads in one go."""

import ast
from collections.abc import Iterator

from .tracked import text_of, tree_of, with_ending

FILE_LINES, FUNCTION_LINES = 400, 60


def functions(source: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_over_its_limit() -> None:
    lengths = {str(path): len(text_of(path).splitlines()) for path in with_ending(".py", ".sql", ".cypher")}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_over_its_limit() -> None:
    found = [(path, *function) for path in with_ending(".py") for function in functions(tree_of(path))]
    too_long = [f"{path}: {name} has {lines} lines" for path, name, lines in found if lines > FUNCTION_LINES]
    assert too_long == []


def test_the_measure_counts_a_function_of_61_lines_as_61() -> None:
    source = "async def long():\n" + "    x = 1\n" * 60
    assert list(functions(ast.parse(source))) == [("long", 61)]
