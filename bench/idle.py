"""What the whole embedded stack takes while nothing happens."""

from __future__ import annotations

import time
from typing import Any

from bench import machine
from bench.report import Figure
from bench.serving import send
from bench.site import Site, product, rows, until


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """Some roles first, so that everything has been used; then nothing."""
    seconds = 3 if quick else 30
    with product(site, graph=True) as made:
        send(made, 20)
        url = made.settings.database_url
        until(lambda: not rows(url, "SELECT 1 FROM run WHERE finished_at IS NULL"), "the runs", 120)
        until(lambda: not rows(url, "SELECT 1 FROM job"), "the jobs", 120)
        time.sleep(1 if quick else 5)
        parts = site.parts
        pids = {one.part: one.pid for one in made.children}
        pids |= {"postgresql": parts.postgres.pid or 0, "redis": parts.redis.pid or 0}
        pids["graph"] = parts.graph.pid or 0
        before = {name: machine.cpu(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        share = {name: 100 * (machine.cpu(pid) - before[name]) / seconds for name, pid in pids.items()}
        memory = {name: machine.memory(pid) for name, pid in pids.items()}
    each = {name: f"{share[name]:.1f} % and {memory[name]:.0f} MB" for name in pids}
    figures = [
        Figure(
            name="idle: CPU of the whole stack",
            value=sum(share.values()),
            unit="% of a core",
            target="< 5",
            beside="; ".join(f"{name} {text}" for name, text in each.items()),
        ),
        Figure(
            name="idle: memory of the whole stack", value=sum(memory.values()), unit="MB", target="< 1000"
        ),
        Figure(name="idle: memory of the API process", value=memory["api"], unit="MB", target="< 200"),
    ]
    return figures, {"cpu_percent": share, "memory_mb": memory}
