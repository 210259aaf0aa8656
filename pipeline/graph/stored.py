"""Roles streamed from the store, page by page, as the graph should show them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from kit.db import Db
from pipeline.engine.dag import LEFT_OUT
from pipeline.graph import recorded
from pipeline.graph.expected import WRITERS
from pipeline.graph.marks import marks
from pipeline.graph.model import RolePicture, Wrote
from pipeline.graph.recorded import RoleRow, RunRow, Standing
from pipeline.stages.base import Given, RoleFacts, rev_of

PAGE = 100
FIRST = UUID(int=0)


async def stored_roles(db: Db, company_id: UUID) -> AsyncIterator[RolePicture]:
    """Every role of a company, in the order of their ids; no transaction stays open between pages."""
    after = FIRST
    while True:
        async with db.company(company_id) as tx:
            page = await recorded.written_roles(
                tx, company_id, after=after, limit=PAGE, stages=WRITERS, left_out=LEFT_OUT
            )
            standings = await recorded.standings(tx, company_id, [row.id for row in page])
        standing = {one.id: one for one in standings}
        for row in page:
            yield _picture(company_id, row, standing[row.id])
        if len(page) < PAGE:
            return
        after = page[-1].id


def _picture(company_id: UUID, row: RoleRow, standing: Standing) -> RolePicture:
    given = {run.id: (_given(company_id, row, run), run.revision) for run in row.runs}
    wrote = {
        one.stage: Wrote(
            given=given[one.run_id][0],
            outputs=one.outputs,
            rev=rev_of(given[one.run_id][1], one.epoch),
            run_id=one.run_id,
        )
        for one in row.wrote
    }
    return RolePicture(id=row.id, title=row.title, wrote=wrote, marks=marks(standing), busy=row.busy)


def _given(company_id: UUID, row: RoleRow, run: RunRow) -> Given:
    record = {name: value for name, value in run.record.items() if value is not None}
    about = {
        "id": row.id,
        "company_id": company_id,
        "company": row.company,
        "revision": run.revision,
        "system": row.source,
        "source_id": row.source_id,
    }
    return Given(
        role=msgspec.convert(record | about, RoleFacts), documents=run.documents, parents=run.parents
    )
