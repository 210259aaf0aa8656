"""A company with people who decide: the real stages, a real graph, and the API they answer through."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Db
from mappings.model import DocumentRecord
from pipeline.engine.drive import Tools
from pipeline.graph.writer import Graph
from pipeline.records.model import Incoming
from pipeline.reviews import opening
from pipeline.taxonomies.shelf import Shelf
from tests import make
from tests.flows.real import RealRig, profile
from tests.parts.front import Tenant


class ReviewRig(RealRig):
    """An engine that knows what people confirmed; `shelf` looks anew each time."""

    def tools(self) -> Tools:
        return msgspec.structs.replace(super().tools(), shelf=Shelf(self.db, fresh=0))


class Office(NamedTuple):
    """A company, its roles and its reviewers."""

    db: Db
    graph: Graph
    rig: ReviewRig
    tenant: Tenant

    @property
    def company(self) -> UUID:
        return self.tenant.company.id

    async def assessed(self, item: Incoming) -> UUID:
        """The role of a profile after its run."""
        (verdict,) = (await make.take(self.db, self.company, item)).verdicts
        assert verdict.run_id is not None
        assert verdict.role_id is not None
        await self.ended(verdict.run_id)
        return verdict.role_id

    async def ended(self, run_id: UUID | str) -> dict[str, Any]:
        """The run once it is over, its events heard."""
        id_ = ids.parse("run", run_id) if isinstance(run_id, str) else run_id
        run = await self.rig.settled(id_, seconds=60)
        assert run["status"] == "success", run["error"]
        await self.hear()
        return run

    async def hear(self) -> None:
        """What a worker does with events: here only the part that asks people."""
        rows = await self.rig.rows("DELETE FROM job RETURNING payload -> 'event_ids' AS events")
        heard = [id_ for row in rows for id_ in row["events"] or []]
        async with self.db.engine() as tx:
            await opening.look_at(tx, self.company, heard)

    async def push(self, role_id: UUID) -> None:
        """Run all stages of the role again."""
        answer = await self.tenant.http.post(f"/v1/roles/{ids.show('role', role_id)}/push", json={})
        assert answer.status_code == 202, answer.text
        await self.ended(answer.json()["id"])

    async def reviews(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.tenant.http.get("/v1/reviews", params=query)).json()[
            "results"
        ]
        return found

    async def decide(self, review: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
        """The answered review, once it has reached the dashboard."""
        answer = await self.tenant.http.post(f"/v1/reviews/{review['id']}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        await self.ended(found["pushed_run_id"])
        return found

    async def shown(self, role_id: UUID) -> Any:
        """The role as the dashboard has it; None when it is hidden."""
        rows = await self.graph.dashboard(self.company, role_id=role_id)
        return rows[0] if rows else None


def wizard(n: int = 0, **over: Any) -> Incoming:
    """A clear description under a title that no taxonomy has."""
    return profile(n, title="Money Wizard", **over)


def vague(n: int, text: str, title: str = "Accounts Payable Specialist") -> Incoming:
    """A known title above a text that says little."""
    return profile(
        n, title=title, documents=(DocumentRecord("job_description", "Job description", "<p>x</p>", text),)
    )
