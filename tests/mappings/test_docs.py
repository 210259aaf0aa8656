"""`docs/mappings.md` names every transform with its arguments and what it does, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mappings.vocabulary import vocabulary

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "mapping-a-customer.md").read_text(encoding="utf-8")


def documented() -> dict[str, tuple[list[str], str]]:
    part = PAGE.partition("## Transforms\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", part, re.MULTILINE)
    return {name: (re.findall(r"`(\w+)`", arguments), says) for name, arguments, says in rows}


def test_every_transform_is_documented_as_it_is() -> None:
    words = {one.name: ([arg.name for arg in one.arguments], one.says) for one in vocabulary().transforms}
    assert documented() == words


def test_every_target_is_documented() -> None:
    said = vocabulary()
    assert [
        target for target in (*said.role_targets, *said.document_targets) if f"`{target}`" not in PAGE
    ] == []


def test_every_operation_the_pages_name_is_in_the_contract() -> None:
    paths = json.loads((ROOT / "openapi" / "connector.json").read_text(encoding="utf-8"))["paths"]
    there = {path.removeprefix("/v1/mappings/{source}").replace("{version}", "") for path in paths}
    named = {
        re.sub(r"\{version\}", "", path)
        for path in re.findall(r"(?:`|POST |GET |PUT )\.\.\.(/[\w/{}]+)", PAGE + GUIDE)
    }
    assert len(named) > 5
    assert named - there == set()
