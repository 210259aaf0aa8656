"""Runs: looked at, listed, paused, resumed, cancelled and tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.events import EVENT
from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from connector.api.units import (
    CANCELLED,
    HEADERS,
    LONGEST_WAIT,
    NOT_MODIFIED,
    PAUSED,
    ROLE,
    RUN,
    example,
    lens,
    patiently,
    polled,
)
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, NotFound
from pipeline.log import feed
from pipeline.log.event import Event
from pipeline.runs import bundle, pausing, runs
from pipeline.runs.bundle import Bundle
from pipeline.runs.lifecycle import State
from pipeline.runs.runs import Filters, Steered
from pipeline.runs.store import Status
from pipeline.runs.view import Unit
from webhooks.callbacks import traces
from webhooks.callbacks.traces import Trace
from webhooks.simulations import made_up, simulations

_PARAMS = {"run_id": RUN}
Limit = Annotated[int, Meta(ge=1, le=1000)]


class RunDetail(msgspec.Struct):
    """`detail=stages` adds the stages. `wait` holds the answer back until the run is over, for so many
    seconds at most."""

    detail: Literal["stages"] | None = None
    wait: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 0


class RunQuery(msgspec.Struct, kw_only=True):
    """Which runs, and which page of them. `state` is the role's; `updated_since` is inclusive and reaches
    back five seconds more."""

    cursor: str = ""
    limit: Limit = 100
    status: list[Status] = []
    state: list[State] = []
    role_id: str = ""
    batch_id: str = ""
    updated_since: datetime | None = None


class RunEventQuery(msgspec.Struct):
    """Events after a sequence number."""

    cursor: Annotated[int, Meta(ge=-1, le=2_000_000_000)] = -1
    limit: Limit = 100


class RunList(msgspec.Struct, frozen=True):
    """A page of runs."""

    results: list[Unit]
    next_cursor: str | None
    has_more: bool


class RunEvents(msgspec.Struct, frozen=True):
    """A page of one run's events."""

    results: list[Event]
    next_cursor: str | None
    has_more: bool


class SupportBundle(Bundle, frozen=True, kw_only=True):
    """All that is known of a run, to be attached to a question to the operator."""

    deliveries: list[Trace]


_BUNDLE: dict[str, Any] = {
    "run": CANCELLED,
    "origin": None,
    "documents": [],
    "attempts": [],
    "timeline": [EVENT],
    "calls": [],
    "taken_at": "2026-11-22T09:40:00Z",
    "deliveries": [],
}


class Runs(Controller):
    """What became of a push."""

    path = "/v1/runs"
    tags = ["Runs"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchRuns",
            "Runs by status, role, batch or time of change",
            scope="runs:read",
            query=RunQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=RunList, example={"results": [example()], "next_cursor": None, "has_more": False}
                )
            },
            notes="Newest change first; with updated_since oldest first, five seconds further back "
            "than asked, so "
            "that runs may repeat and are never missed.",
        ),
    )
    async def search(self, call: NamedDependency[Call]) -> Reply:
        """A page."""
        wanted = call.query(RunQuery)
        filters = Filters(
            statuses=wanted.status,
            states=wanted.state,
            role_id=ids.parse("role", wanted.role_id) if wanted.role_id else None,
            batch_id=ids.parse("batch", wanted.batch_id) if wanted.batch_id else None,
            since=wanted.updated_since,
        )
        async with call.tx() as tx:
            page = await runs.listing(
                tx, call.caller, lens(call), filters, cursor=wanted.cursor, limit=wanted.limit
            )
        return Reply(RunList(page.units, page.next, page.next is not None))

    @get(
        "/{run_id:str}",
        **operation(
            "getRun",
            "One run, with its place in the queue",
            scope="runs:read",
            params=_PARAMS,
            query=RunDetail,
            answers={
                200: Answer(kind=Unit, example=example(), says="The run.", headers=HEADERS),
                304: NOT_MODIFIED,
            },
            notes="Poll it as often as Retry-After says. It is over when status is success or "
            "failed. A run with "
            "outputs.degraded is a success with parts missing; a cancelled one is failed with "
            "error.code cancelled. With wait=20 the answer comes when the run is over, or after 20 seconds.",
        ),
    )
    async def show(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """One read of the database, whatever else is down."""
        asked = call.query(RunDetail)
        id_, stages = ids.parse("run", run_id), asked.detail == "stages"

        async def look() -> Unit:
            async with call.tx() as tx:
                try:
                    return await runs.get(tx, call.caller, id_, lens(call), stages=stages)
                except NotFound:
                    made = await simulations.read(tx, call.caller, id_)
                    if made is None:
                        raise
            name, refusal = made
            if refusal is not None:
                raise refusal
            return made_up.unit(name, id_, lens(call))

        return polled(call, await patiently(look, asked.wait))

    @get(
        "/{run_id:str}/events",
        **operation(
            "getRunEvents",
            "What happened in a run, in order",
            scope="runs:read",
            params=_PARAMS,
            query=RunEventQuery,
            answers={
                200: Answer(
                    kind=RunEvents, example={"results": [EVENT], "next_cursor": "7", "has_more": True}
                )
            },
            notes="By the run's own sequence numbers, which have no gap.",
        ),
    )
    async def events(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """A page."""
        wanted = call.query(RunEventQuery)
        id_ = ids.parse("run", run_id)
        async with call.tx() as tx:
            found, more = await feed.of_run(
                tx, call.caller, id_, after=wanted.cursor, limit=wanted.limit, base=lens(call).base
            )
        return Reply(RunEvents(found, str(found[-1].sequence) if more else None, more))

    @get(
        "/{run_id:str}/bundle",
        **operation(
            "getRunBundle",
            "All that is known of a run",
            scope="runs:read",
            params=_PARAMS,
            answers={200: Answer(kind=SupportBundle, example=_BUNDLE)},
            notes="Attempts, timeline, hashes of what came in, model calls and deliveries: what "
            "support needs. It "
            "holds no secret and no words of a document.",
        ),
    )
    async def support_bundle(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """As of now."""
        id_ = ids.parse("run", run_id)
        async with call.tx() as tx:
            found = await bundle.get(tx, call.caller, id_, lens(call))
            deliveries = await traces.of_run(tx, call.caller, id_)
        return Reply(SupportBundle(**msgspec.structs.asdict(found), deliveries=deliveries))

    @post(
        "/{run_id:str}/cancel",
        **operation(
            "cancelRun",
            "Cancel a run",
            scope="runs:write",
            params=_PARAMS,
            answers={
                200: Answer(
                    kind=Unit, example=CANCELLED, says="It is over; one that was already stays as it is."
                ),
                202: Answer(
                    kind=Unit,
                    example=example(status="running", display="running", waiting=None),
                    says="Its worker was asked and ends it within seconds.",
                ),
            },
            errors=(Conflict,),
            notes="What it wrote to the dashboard stays. The role goes back to its state before the "
            "run. Cancelling "
            "twice does no harm.",
        ),
    )
    async def cancel(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """A body is not needed."""
        id_ = ids.parse("run", run_id)
        async with call.tx() as tx:
            done = await runs.cancel(tx, call.caller, id_, lens(call))
        await call.services.ring(done.jobs, int(bool(done.jobs)))  # an ended run leaves a place
        return Reply(done.unit, 202 if done.waits else 200)

    @post(
        "/{run_id:str}/pause",
        **operation(
            "pauseRun",
            "Pause a run",
            scope="runs:write",
            params=_PARAMS,
            answers={
                200: Answer(kind=Unit, example=PAUSED, says="It is paused; one that was stays as it is."),
                202: Answer(
                    kind=Unit,
                    example=example(status="running", display="running", waiting=None),
                    says="Its worker was asked: what acts is finished, then the run is paused.",
                ),
            },
            errors=(Conflict,),
            notes="It keeps what it has done, holds no place, and its time stands still. A push of its role "
            "meanwhile merges into it, or waits behind it. Pausing twice does no harm.",
        ),
    )
    async def pause(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """A body is not needed."""
        id_ = ids.parse("run", run_id)
        async with call.tx() as tx:
            done = await pausing.pause(tx, call.caller, id_, lens(call))
        await call.services.ring(done.jobs, int(bool(done.jobs)))  # a paused run leaves its place
        return Reply(done.unit, 202 if done.waits else 200)

    @post(
        "/{run_id:str}/resume",
        **operation(
            "resumeRun",
            "Let a paused run go on",
            scope="runs:write",
            params=_PARAMS,
            answers={
                200: Answer(
                    kind=Unit,
                    example=example(),
                    says="It waits for its turn again; one that was not paused stays as it is.",
                )
            },
            errors=(Conflict,),
            notes="It goes on where it stopped, before runs that never began. Resuming twice does no harm.",
        ),
    )
    async def resume(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """A body is not needed."""
        id_ = ids.parse("run", run_id)
        async with call.tx() as tx:
            done = await pausing.resume(tx, call.caller, id_, lens(call))
        await call.services.ring(done.jobs, int(bool(done.jobs)))
        return Reply(done.unit)

    @post(
        "/{run_id:str}/retry",
        **operation(
            "retryRun",
            "Run a role again as a finished run did",
            scope="runs:write",
            params=_PARAMS,
            answers={
                202: Answer(
                    kind=Unit,
                    example=example(inputs={"role_id": ROLE, "reason": "retry", "retry_of": RUN}),
                    says="The new run, or the one that waited already.",
                    headers={"Location": "The run."},
                )
            },
            errors=(Conflict,),
            idempotent=True,
            notes="Only a run that is over can be retried. Stages whose inputs have not changed are "
            "not paid again.",
        ),
    )
    async def retry(self, call: NamedDependency[Call], run_id: FromPath[str]) -> Reply:
        """A body is not needed."""
        id_ = ids.parse("run", run_id)
        done: list[Steered] = []

        async def work(tx: Tx) -> Reply:
            done.append(await runs.retry(tx, call.caller, id_, lens(call)))
            unit = done[-1].unit
            return Reply(unit, 202, headers={"Location": unit.links["self"]})

        reply = await call.once(work)
        for one in done:
            await call.services.ring(one.jobs, 1)
        return reply
