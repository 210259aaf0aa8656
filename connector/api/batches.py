"""Batches: one push of many roles, in the shape of a run."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.units import (
    BASE,
    BATCH,
    HEADERS,
    LONGEST_WAIT,
    NOT_MODIFIED,
    example,
    lens,
    patiently,
    polled,
)
from kit import ids
from pipeline.runs import batches
from pipeline.runs.view import Unit

EXAMPLE = example(
    id=BATCH,
    kind="batch",
    inputs={"size": 20, "actor_kind": "client"},
    status="running",
    outputs={
        "runs": 20,
        "pending": 8,
        "running": 2,
        "success": 10,
        "degraded": 1,
        "failed": 0,
        "refused": [],
    },
    waiting=None,
    progress={"done": 10, "planned": 20, "percent": 50},
    display="running",
    links={"self": f"{BASE}/batches/{BATCH}", "runs": f"{BASE}/runs?batch_id={BATCH}"},
    started_at="2026-11-22T09:30:02Z",
)


class BatchWait(msgspec.Struct):
    """`wait` holds the answer back until the batch is over, for so many seconds at most."""

    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0


class Batches(Controller):
    """Runs that were pushed together."""

    path = "/v1/batches"
    tags = ["Runs"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/{batch_id:str}",
        **operation(
            "getBatch",
            "One batch, with the counts of its runs",
            scope="runs:read",
            params={"batch_id": BATCH},
            query=BatchWait,
            answers={
                200: Answer(kind=Unit, example=EXAMPLE, says="The batch.", headers=HEADERS),
                304: NOT_MODIFIED,
            },
            notes="Over when its last run is; failed when at least one of them failed (outputs has "
            "the counts). Of a "
            "role that was tried again, the newest run counts.",
        ),
    )
    async def show(self, call: NamedDependency[Call], batch_id: FromPath[str]) -> Reply:
        """Its runs are at links.runs."""
        id_ = ids.parse("batch", batch_id)

        async def look() -> Unit:
            async with call.tx() as tx:
                return await batches.get(tx, call.caller, id_, lens(call))

        return polled(call, await patiently(look, call.query(BatchWait).wait))
