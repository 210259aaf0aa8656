"""What a worker works with: the engine's tools, the jobs and their handlers, the deliverer."""

from __future__ import annotations

from uuid import UUID

import msgspec

from connector.graphs import graph_of
from connector.sources import callback_rules, means_of
from kit.apart import Apart
from kit.db import Db
from kit.gate import Gate
from kit.http import CompanyHttp
from kit.jobs import Bell, Handler, Job, Jobs, make_broker, put
from kit.redis import Redis
from kit.settings import Settings
from kit.vault import Vault
from pipeline.assessments.comparer import Comparer
from pipeline.assessor.asking.memory import Kept
from pipeline.assessor.choose import assessor_from
from pipeline.assessor.configured import uses_model
from pipeline.engine.attempt import Backoff
from pipeline.engine.budgets import Budgets
from pipeline.engine.doorbell import ring_admit
from pipeline.engine.drive import Tools
from pipeline.engine.executors import Executors
from pipeline.engine.gates import FairGate
from pipeline.graph.marks import mark_roles
from pipeline.graph.recorded import roles_to_mark
from pipeline.graph.writer import Graph
from pipeline.jobs import CompareRoles, EventsLogged, MarkRoles
from pipeline.reviews import opening
from pipeline.runs.view import Lens
from pipeline.stages.registry import STAGES
from pipeline.taxonomies.shelf import Shelf
from pipeline.uploads.reader import Reader
from pipeline.uploads.understanding import helper
from webhooks.callbacks import deliveries
from webhooks.callbacks.schedule import Policy
from webhooks.callbacks.sending import Means
from webhooks.callbacks.worker import Deliverer
from webhooks.connections import connections
from webhooks.intake import Intake
from webhooks.mapped import applying, drift
from webhooks.mapped.jobs import MappingPublished, SourceSent
from webhooks.sync import policy as sync_policy
from webhooks.sync import recompute
from webhooks.sync.jobs import DayCame
from webhooks.sync.worker import Syncer
from webhooks.waits import resuming
from webhooks.waits.worker import Resumer

_GRAPH_AT_ONCE = 32
_MODEL_AT_ONCE = 32
_SPARE = 2


class Syncing(msgspec.Struct, frozen=True):
    """What syncs have for themselves, so that a long one takes nothing away from runs."""

    db: Db
    intake: Intake
    means: connections.Means

    async def close(self) -> None:
        """Give everything back."""
        self.intake.close()
        await self.means.http.close()
        await self.db.close()


class Work(msgspec.Struct, frozen=True):
    """The parts of one worker process."""

    db: Db
    tools: Tools
    jobs: Jobs
    deliverer: Deliverer
    resumer: Resumer
    syncer: Syncer
    reader: Reader
    comparer: Comparer
    http: CompanyHttp
    syncing: Syncing
    reading: Apart
    redis: Redis

    async def close(self) -> None:
        """Give everything back."""
        self.reading.close()
        await self.tools.assessor.aclose()
        await self.tools.graph.close()
        await self.http.close()
        await self.redis.close()
        await self.syncing.close()
        await self.db.close()


def tools_of(settings: Settings, graph: Graph, db: Db | None = None, redis: Redis | None = None) -> Tools:
    """What stages act with, as the operator set it. `db` is where answers are kept and budgets looked up,
    `redis` where processes share the pace at which the model is asked."""
    return Tools(
        stages=STAGES,
        graph=graph,
        assessor=assessor_from(settings, Kept(db) if db else None, redis),
        budgets=Budgets(db) if db and uses_model(settings) else None,
        shelf=Shelf(db) if db else None,
        executors=Executors(settings.stage_commands),
        gates={"graph": FairGate(_GRAPH_AT_ONCE), "llm": FairGate(_MODEL_AT_ONCE)},
        backoff=Backoff(
            attempts=settings.retry_attempts,
            first=settings.retry_first_seconds,
            factor=settings.retry_factor,
            cap=settings.retry_cap_seconds,
        ),
        follow_up=settings.follow_up_hours * 3600,
    )


def handlers(db: Db, deliverer: Deliverer, graph: Graph) -> dict[type[Job], Handler]:
    """The jobs of the pipeline and who does them."""

    async def hear(job: EventsLogged, company_id: UUID) -> None:
        async with db.engine() as tx:
            planned = await deliveries.plan(tx, company_id, job.event_ids)
            await opening.look_at(tx, company_id, job.event_ids)
            if changed := await roles_to_mark(tx, company_id, job.event_ids):
                await put(tx, company_id, MarkRoles(role_ids=changed))
        if planned:
            deliverer.nudge()

    async def mark(job: MarkRoles, company_id: UUID) -> None:
        await mark_roles(db, graph, company_id, job.role_ids)

    return {EventsLogged: hear, MarkRoles: mark}


def sync_handlers(syncing: Syncing) -> dict[type[Job], Handler]:
    """The jobs that need to read payloads."""

    async def day_came(job: DayCame, company_id: UUID) -> None:
        await recompute.day_came(syncing.db, syncing.intake, company_id, job.fetches)

    async def mapping_published(job: MappingPublished, company_id: UUID) -> None:
        await applying.apply(syncing.db, syncing.intake, company_id, job)

    async def source_sent(job: SourceSent, company_id: UUID) -> None:
        await drift.look(syncing.db, syncing.intake, company_id, job.source)

    return {DayCame: day_came, MappingPublished: mapping_published, SourceSent: source_sent}


def compare_handlers(comparer: Comparer) -> dict[type[Job], Handler]:
    """The jobs that only tell the comparer to look."""

    async def compare(_job: CompareRoles, _company_id: UUID) -> None:
        comparer.nudge()

    return {CompareRoles: compare}


async def build_work(settings: Settings, tools: Tools | None = None) -> Work:
    """Connect to the database; the graph and the model are met when the first stage needs them. `tools`
    other than the operator's are for measurements."""
    db = Db(settings.database_url, size=settings.database_pool, name="connector-worker")
    await db.open()
    http = CompanyHttp(callback_rules(settings))
    means = Means(http, Vault(settings.secret_key), settings.public_url, Policy.from_settings(settings))
    deliverer = Deliverer(db, means)
    lens = Lens(settings.public_url.rstrip("/"), settings.company_cap)
    resumer = Resumer(db, resuming.Means(http, means.vault, lens))
    redis = Redis(settings.redis_url)
    tools = tools or tools_of(settings, graph_of(settings), db, redis)
    comparer = Comparer(db, tools.assessor, tools.budgets)
    syncing = await syncing_of(settings)
    does = handlers(db, deliverer, tools.graph) | sync_handlers(syncing) | compare_handlers(comparer)
    jobs = Jobs(db, does)
    syncer = Syncer(syncing.db, syncing.intake, syncing.means, sync_policy.Policy.from_settings(settings))
    reading = helper()
    reader = Reader(db, reading, Bell(make_broker(settings.redis_url)).jobs)
    return Work(db, tools, jobs, deliverer, resumer, syncer, reader, comparer, http, syncing, reading, redis)


async def syncing_of(settings: Settings) -> Syncing:
    """Connect what syncs need."""
    bell = Bell(make_broker(settings.redis_url))

    async def ring(ids: list[int], queued: int) -> None:
        if queued:
            await ring_admit(bell)
        await bell.jobs(ids)

    size = settings.syncs_per_process + _SPARE
    db = Db(settings.database_url, size=size, name="connector-sync")
    await db.open()
    intake = Intake(db, ring, Gate(size, size), most_items=settings.intake_items)
    return Syncing(db, intake, means_of(settings))
