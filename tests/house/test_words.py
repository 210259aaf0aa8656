"""What must not be in the product's texts: one machine's paths, things left for later, another spelling."""

import re
from pathlib import Path

import pytest

from .tracked import text_of, tracked

PROSE = {".py", ".sql", ".cypher", ".md", ".toml", ".rb", ".html", ".css", ".js", ".sh", ""}
HERE = Path(__file__).relative_to(Path(__file__).parents[2])


def places(pattern: str) -> list[str]:
    found = re.compile(pattern)
    own = [path for path in tracked() if not path.name.endswith(".min.js")]  # those are other people's
    texts = [path for path in own if path.suffix in PROSE and path != HERE]
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in texts
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if found.search(line)
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.])/(?:root|work|Users|home/\w+)/",  # a path of one machine
        r"\b(?:TODO|FIXME|XXX|HACK)\b",  # left for later
        r"(?i)(?<!\.)\bnormaliz",  # our words are British; a library's method may say otherwise
    ],
)
def test_it_is_nowhere(pattern: str) -> None:
    assert places(pattern) == []
