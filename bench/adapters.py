"""From bytes to revision in single steps, a page of 100 profiles, beside bare parsing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

import adapters.workday
from adapters import text
from adapters.registry import adapter_for
from adapters.successfactors.generate import payload
from bench import payloads
from bench.report import Figure
from bench.site import Site
from mappings.defaults import default_mapping
from mappings.normalise import normalise
from mappings.revision import revision_hash

_PAGE = Path(adapters.workday.__file__).parent / "samples" / "page_100.xml"


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Both renderings of Workday; both entities of SuccessFactors in JSON, and one in Atom XML."""
    times = 2 if quick else 15
    pages = {
        "XML": ("workday", _PAGE.read_bytes(), "application/xml"),
        "JSON": ("workday", payloads.workday(100).encode(), None),
        "FOJobCode JSON": ("successfactors", payload("fojobcode", 100, 1), None),
        "FOJobCode Atom": ("successfactors", payload("fojobcode_atom", 100, 1), None),
        "JobProfile JSON": ("successfactors", payload("jobprofile", 100, 1), None),
    }
    readings = {name: _page(source, body, kind, times) for name, (source, body, kind) in pages.items()}
    figures = []
    for name, one in readings.items():
        steps = ", ".join(f"{step} {ms:.2f}" for step, ms in one.items())
        figures.append(
            Figure(
                name=f"adapters: a page of 100 profiles in {name}, bytes to revision",
                value=one["read"] + one["map"] + one["hash"],
                unit="ms",
                beside=f"ms: {steps}",
            )
        )
    return figures, readings


def _page(source: str, body: bytes, kind: str | None, times: int) -> dict[str, float]:
    """Median milliseconds of each step. `read` is parse and clean; `clean` is its share, taken alone."""
    adapter, mapping = adapter_for(source), default_mapping(source)
    bare = _xml if body.lstrip().startswith(b"<") else msgspec.json.decode
    profiles = [item.profile for item in adapter.read(body, kind).items if item.profile]
    sources = [one.content.html for profile in profiles for one in profile.descriptions]
    normalised = [normalise(profile, mapping) for profile in profiles]

    def clean() -> None:
        for one in sources:
            text.rich_text(one)

    def hashes() -> None:
        for profile, one in zip(profiles, normalised, strict=True):
            revision_hash(profile, one.role, one.documents)

    hashing = _median(hashes, times)
    return {
        "bare parse": _median(lambda: bare(body), times),
        "read": _median(lambda: adapter.read(body, kind), times),
        "clean": _median(clean, times),
        "map": _median(lambda: [normalise(profile, mapping) for profile in profiles], times) - hashing,
        "hash": hashing,
    }


def _median(work: Callable[[], Any], times: int) -> float:
    """Nothing is remembered from the time before: texts are cleaned anew."""
    taken = []
    for _ in range(times):
        text._cached.cache_clear()
        began = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - began))
    return statistics.median(taken)


def _xml(body: bytes) -> Any:
    """XML as plain lists, with nothing looked at."""

    def plain(node: Any) -> Any:
        return [node.tag, dict(node.attrib), node.text, [plain(child) for child in node]]

    return plain(etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True)))
