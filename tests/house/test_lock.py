"""The lock: every package pinned by hash, from wherever the machine gets its packages."""

import re
import tomllib
from pathlib import Path

from .tracked import text_of

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==", re.MULTILINE)


def lock() -> str:
    return text_of(Path("requirements.lock"))


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_it_names_no_place_that_packages_come_from() -> None:
    place = r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host"
    # The first lines say how the file was made; `--no-emit-index-url` is one of the words there.
    made_by, pins = lock().split("\n", 2)[:2], lock().split("\n", 2)[2]
    assert re.findall(place, pins) == []
    assert [line for line in made_by if "://" in line] == []


def test_every_package_has_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9])", lock(), flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_dependency_we_declare_is_in_it() -> None:
    project = tomllib.loads(text_of(Path("pyproject.toml")))["project"]
    extras = project["optional-dependencies"].values()
    declared = {name_of(one) for group in (project["dependencies"], *extras) for one in group}
    assert declared - {name_of(name) for name in PINNED.findall(lock())} == set()
