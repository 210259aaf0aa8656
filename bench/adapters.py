"""From bytes to revision in single steps, 100 job profiles in every form, beside bare parsing and zeep."""

from __future__ import annotations

import csv
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from adapters import text
from adapters.model import JobProfile, Unreadable
from adapters.registry import SOURCES, adapter_for
from bench.report import Figure
from bench.site import PEERS, Site
from mappings.defaults import default_mapping
from mappings.normalise import normalise
from mappings.revision import revision_hash

_COUNT = 100
_ZEEP = Path(__file__).parent / "peers" / "zeep_parse.py"


class Steps(msgspec.Struct, frozen=True):
    """Median milliseconds of CPU for one payload. `read` is parse, adapt and clean; `clean` is its share,
    taken alone; `floor` is the same bytes to plain Python objects."""

    source: str
    shape: str
    megabytes: float
    profiles: int
    floor: float
    read: float
    clean: float
    map: float
    hash: float


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Every wire form of both systems, one SOAP page beside zeep, and a large report in pieces."""
    times = 2 if quick else 9
    taken = [
        steps
        for source in SOURCES
        for shape in adapter_for(source).samples.shapes
        if (steps := _steps(source, shape, times)) is not None
    ]
    figures = [_speed(one) for one in taken]
    figures += [_ratio(one) for one in taken]
    page = next(one for one in taken if one.shape == "soap_xml")
    zeep = _zeep(times)
    figures += _page(page, zeep)
    megabytes = 5 if quick else 200
    memory, seconds, rows = _streamed(megabytes)
    figures.append(
        Figure(
            name=f"adapters: memory while a report of {megabytes} MB is read in pieces",
            value=memory,
            unit="MB",
            target="< 150",
            beside=f"{rows:.0f} rows in {seconds:.0f} s of CPU",
        )
    )
    return figures, {"steps": msgspec.to_builtins(taken), "zeep": zeep, "streamed": [memory, seconds, rows]}


def _speed(one: Steps) -> Figure:
    return Figure(
        name=f"adapters: {one.source}, {one.shape}: bytes to revision, one core",
        value=1000 * one.profiles / (one.read + one.map + one.hash),
        unit="profiles/s",
        beside=f"read alone {1000 * one.megabytes / one.read:.1f} MB/s; ms: floor {one.floor:.2f}, "
        f"read {one.read:.2f} (of which clean {one.clean:.2f}), map {one.map:.2f}, hash {one.hash:.2f}",
    )


def _ratio(one: Steps) -> Figure:
    ours, floor = (1000 * ms / one.profiles for ms in (one.read - one.clean, one.floor))
    return Figure(
        name=f"adapters: {one.source}, {one.shape}: parse and adapt beside parsing to plain Python objects",
        value=ours / floor,
        unit="x",
        target="< 4",
        beside=f"{ours:.0f} beside {floor:.1f} \u00b5s a profile, cleaning of texts left out; 4x are "
        f"{4 * floor:.0f} \u00b5s",
    )


def _page(page: Steps, zeep: float) -> list[Figure]:
    name = f"adapters: a SOAP page of {page.profiles} profiles"
    return [
        Figure(
            name=f"{name}, bytes to revision",
            value=page.read + page.map + page.hash,
            unit="ms",
            target="< 100",
        ),
        Figure(name=f"{name}, read without cleaning", value=page.read - page.clean, unit="ms", target="< 40"),
        Figure(
            name=f"{name}, parse and adapt, beside zeep to plain objects",
            value=zeep / (page.read - page.clean),
            unit="x",
            target=">= 10",
            beside=f"{page.read - page.clean:.1f} beside {zeep:.1f} ms; {zeep / page.read:.1f} x with the "
            "cleaning of texts, which zeep does not do",
        ),
    ]


def _steps(source: str, shape: str, times: int) -> Steps | None:
    """None for what has no job profiles to read: events, and forms that need a company's own columns."""
    adapter, mapping = adapter_for(source), default_mapping(source)
    body = b"".join(adapter.samples.chunks(shape, _COUNT, 1))
    try:
        profiles = [item.profile for item in adapter.read(body).items if item.profile]
    except Unreadable:
        return None
    if not profiles:
        return None
    normalised = [normalise(profile, mapping) for profile in profiles]
    sources = [raw for profile in profiles for raw in _texts(profile)]

    def hashes() -> None:
        for profile, one in zip(profiles, normalised, strict=True):
            revision_hash(profile, one.role, one.documents)

    hashing = _median(hashes, times)
    return Steps(
        source,
        shape,
        len(body) / 1_000_000,
        len(profiles),
        floor=_median(lambda: _bare(body), times),
        read=_median(lambda: adapter.read(body), times),
        clean=_median(lambda: [text.rich_text(raw) for raw in sources], times),
        map=_median(lambda: [normalise(profile, mapping) for profile in profiles], times) - hashing,
        hash=hashing,
    )


def _texts(profile: JobProfile) -> list[str]:
    return [one.content.raw for one in profile.descriptions] + [one.text for one in profile.responsibilities]


def _zeep(times: int) -> float:
    body = b"".join(adapter_for("workday").samples.chunks("soap_xml", _COUNT, 1))
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(body)
        file.flush()
        command = [str(PEERS), str(_ZEEP), file.name, str(times)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _streamed(megabytes: int) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "bench.streaming", str(megabytes)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1]), float(told[2])


def _median(work: Callable[[], Any], times: int) -> float:
    """Nothing is remembered from the time before: texts are cleaned anew."""
    taken = []
    for _ in range(times):
        text._cached.cache_clear()
        began = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - began))
    return statistics.median(taken)


def _bare(body: bytes) -> Any:
    """The same bytes as plain Python objects, with nothing looked at."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return _xml(body)
    if start in (b"{", b"["):
        return msgspec.json.decode(body)
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def _xml(body: bytes) -> Any:
    def plain(node: Any) -> Any:
        return [node.tag, dict(node.attrib), node.text, [plain(child) for child in node]]

    return plain(etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True)))
