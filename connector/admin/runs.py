"""Runs and the queue: what waits, what acts, what failed and what to do about it. They move by themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.desk import Query
from connector.admin.page import draw, go
from connector.admin.role import file
from connector.admin.visit import Visit

_PAGE = 50


class Runs(Controller):
    """Runs of a company, its queue and its batches."""

    path = "/c/{company:str}"

    @get("/runs")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The list, newest change first, with the queue above it."""
        return draw(visit, "runs.html", **await _listed(visit))

    @get("/runs/live")
    async def live(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """The part of it that moves."""
        return draw(visit, "part/runs_live.html", **await _listed(visit))

    @get("/runs/{run_id:str}")
    async def run(self, visit: NamedDependency[Visit], run_id: FromPath[str]) -> Response[Any]:
        """One run by stage."""
        return draw(visit, "run.html", **await _one(visit, run_id))

    @get("/runs/{run_id:str}/live")
    async def run_live(self, visit: NamedDependency[Visit], run_id: FromPath[str]) -> Response[Any]:
        """The part of it that moves, for as long as it does."""
        return draw(visit, "part/run_live.html", **await _one(visit, run_id))

    @get("/runs/{run_id:str}/bundle")
    async def bundle(self, visit: NamedDependency[Visit], run_id: FromPath[str]) -> Response[bytes]:
        """All that support needs, in one file."""
        found = await visit.desk.get(f"/runs/{run_id}/bundle")
        return file(msgspec.json.encode(found), f"{run_id}.bundle.json", "application/json")

    @post("/runs/{run_id:str}/{act:str}")
    async def steer(
        self, visit: NamedDependency[Visit], run_id: FromPath[str], act: FromPath[str]
    ) -> Response[Any]:
        """Pause, resume or cancel it, or try it again; the API says which acts there are."""
        run = await visit.desk.send("POST", f"/runs/{run_id}/{act}")
        return go(visit, f"{visit.home}/runs/{run['id']}")

    @get("/batches/{batch_id:str}")
    async def batch(self, visit: NamedDependency[Visit], batch_id: FromPath[str]) -> Response[Any]:
        """The runs of one push."""
        return draw(visit, "batch.html", **await _batch(visit, batch_id))

    @get("/batches/{batch_id:str}/live")
    async def batch_live(self, visit: NamedDependency[Visit], batch_id: FromPath[str]) -> Response[Any]:
        """The part of it that moves."""
        return draw(visit, "part/batch_live.html", **await _batch(visit, batch_id))


async def _listed(visit: Visit) -> dict[str, Any]:
    wanted: Query = {"status": visit.asked_all("status"), "state": visit.asked_all("state")}
    found = await visit.desk.get("/runs", {**wanted, "limit": _PAGE, "cursor": visit.asked("cursor")})
    chosen = {key: value for key, value in wanted.items() if value}
    return {
        "runs": found["results"],
        "next": found["next_cursor"],
        "queue": await visit.desk.get("/queue"),
        "status": await visit.desk.get("/status"),
        "wanted": chosen,
        "query": urlencode(chosen, doseq=True),
        "first": not visit.asked("cursor"),
    }


async def _one(visit: Visit, run_id: str) -> dict[str, Any]:
    run = await visit.desk.get(f"/runs/{run_id}", {"detail": "stages"})
    events = (await visit.desk.get(f"/runs/{run_id}/events", {"limit": 200}))["results"]
    return {"run": run, "events": events}


async def _batch(visit: Visit, batch_id: str) -> dict[str, Any]:
    batch = await visit.desk.get(f"/batches/{batch_id}")
    found = await visit.desk.get("/runs", {"batch_id": batch_id, "limit": _PAGE})
    return {"batch": batch, "runs": found["results"]}
