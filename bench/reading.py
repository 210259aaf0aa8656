"""Reading the state of runs while a hundred others do, and the engine works."""

from __future__ import annotations

from typing import Any

from bench import client
from bench.client import Plan
from bench.intake import headers
from bench.report import Figure
from bench.serving import send
from bench.site import Site, product, rows
from kit import ids

_POLLERS = 100


def run(site: Site, quick: bool) -> tuple[list[Figure], Any]:
    """A hundred pollers, each once a second, beside the cheapest request there is."""
    with product(site, stage_seconds=1) as made:
        send(made, 60 if quick else 500)
        found = rows(made.settings.database_url, "SELECT id FROM run ORDER BY id LIMIT 100")
        runs = [f"/v1/runs/{ids.show('run', id_)}" for (id_,) in found]
        plan = Plan(
            url=made.url,
            method="GET",
            paths=runs,
            headers=headers(made),
            connections=_POLLERS,
            rate=_POLLERS,
            seconds=3 if quick else 20,
        )
        status = client.run(plan)
        status.insist(200)
        plan.paths = ["/health/live"]
        floor = client.run(plan)
    figure = Figure(
        name="status: p99 of a read with 100 pollers while 500 roles are worked on",
        value=status.percentile(0.99),
        unit="ms",
        target="< 50",
        beside=f"p50 {status.percentile(0.5):.1f} ms; /health/live the same way: "
        f"p99 {floor.percentile(0.99):.1f}, p50 {floor.percentile(0.5):.1f} ms",
    )
    return [figure], {"status": status, "floor": floor}
