"""Named queries: a room keeps them in its `queries.sql` (or `.cypher`), each with a line saying why.

-- get_run --
-- The run page and every poll.
SELECT ...
"""

from __future__ import annotations

import re
from importlib import resources
from typing import LiteralString, NamedTuple, cast

_SECTION = re.compile(r"^(?:--|//) ([a-z][a-z0-9_]*) (?:--|//)\n", re.MULTILINE)


class Query(NamedTuple):
    """One named query; `text` never holds values, only placeholders."""

    name: str
    why: str
    text: LiteralString


class Queries(dict[str, Query]):
    """The queries of one room by name."""

    def __init__(self, package: str, filename: str = "queries.sql") -> None:
        self.package = package
        text = resources.files(package).joinpath(filename).read_text(encoding="utf-8")
        parts = _SECTION.split(text)
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in self:
                raise ValueError(f"{package}/{filename} has two queries named {name}.")
            why, _, query = body.partition("\n")
            self[name] = Query(name, why.lstrip("-/ "), cast(LiteralString, query.strip()))
