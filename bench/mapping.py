"""Mapping with the default rules, one core: map and hash, the cleaning of HTML apart, and one preview."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec

from adapters import text
from adapters.model import JobProfile
from adapters.registry import adapter_for
from bench.report import Figure
from bench.site import Site
from mappings.defaults import default_mapping
from mappings.model import Preferences
from mappings.normalise import normalise
from webhooks.mapped.preview import preview

_SHAPES = {"workday": "soap_xml", "successfactors": "joined"}
_COUNT = 500


class Taken(msgspec.Struct, frozen=True):
    """Medians of CPU seconds for all profiles (map with hash, cleaning) and for one preview."""

    source: str
    shape: str
    profiles: int
    mapped: float
    cleaned: float
    previewed: float


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Both sources in the form they send by themselves; nothing is remembered from one time to the next."""
    taken = [_taken(source, shape, 3 if quick else 15) for source, shape in _SHAPES.items()]
    figures = []
    for one in taken:
        figures.append(
            Figure(
                name=f"mapping: {one.source}: map and hash with the default mapping, one core",
                value=one.profiles / one.mapped,
                unit="profiles/s",
                target="> 5000",
                beside=f"cleaning of their HTML alone: {one.profiles / one.cleaned:.0f} profiles/s",
            )
        )
        figures.append(
            Figure(
                name=f"mapping: {one.source}: one preview with its source tree",
                value=1000 * one.previewed,
                unit="ms",
                target="< 100",
            )
        )
    return figures, msgspec.to_builtins(taken)


def _taken(source: str, shape: str, times: int) -> Taken:
    adapter, mapping = adapter_for(source), default_mapping(source)
    page = adapter.read(b"".join(adapter.samples.chunks(shape, _COUNT, 1)))
    profiles = [item.profile for item in page.items if item.profile]
    raw = [one.content.raw for profile in profiles for one in profile.descriptions]
    return Taken(
        source,
        shape,
        len(profiles),
        mapped=_median(lambda: _mapped(profiles, source), times),
        cleaned=_median(lambda: [text.rich_text(one) for one in raw], times),
        previewed=_median(lambda: preview(source, page, mapping, Preferences()), times),
    )


def _mapped(profiles: list[JobProfile], source: str) -> None:
    mapping = default_mapping(source)
    for profile in profiles:
        normalise(profile, mapping)


def _median(work: Callable[[], Any], times: int) -> float:
    taken = []
    for _ in range(times):
        text._cached.cache_clear()
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)
