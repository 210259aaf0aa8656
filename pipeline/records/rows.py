"""The rows of one write, gathered by the deciding code and sent as one statement."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from kit.db import Tx
from pipeline.records import store
from pipeline.records.store import Standing

_ROLE_FIELDS = ("title", "code", "family", "level", "grade", "status")


class Rows:
    """What will be written. Nothing is sent before `write`."""

    def __init__(self) -> None:
        self._tables: defaultdict[str, list[Any]] = defaultdict(list)
        self._changed: dict[UUID, dict[str, Any]] = {}
        self._bodies: list[bytes | None] = []
        self.ended_roles: list[UUID] = []
        self.ended_because = "The role became inactive at its source."
        self.queued = 0

    def add(self, table: str, **row: Any) -> None:
        """One row of one of the tables that the write statement knows."""
        self._tables[table].append(row)
        if table == "runs" and row.get("follows") is None:
            self.queued += 1

    def source_event(self, body: bytes | None, **row: Any) -> None:
        """A source event with its bytes."""
        self._bodies.append(body)
        self.add("source_events", n=len(self._bodies), **row)

    def retire(self, document_id: UUID) -> None:
        """A document version that is no longer current."""
        self._tables["retired_documents"].append(document_id)

    def event(self, type_: str, role_id: UUID | None = None, **row: Any) -> None:
        """Append to the company's log."""
        self.add("events", type=type_, role_id=role_id, **row)

    def change(self, role: Standing, **over: Any) -> None:
        """Change an existing role; several changes of one role in one write add up."""
        row = self._changed.get(role.id)
        if row is None:
            record = role.record
            row = {name: record.get(name) for name in _ROLE_FIELDS} | {
                "id": role.id,
                "title": role.title,
                "status": role.status,
                "state": role.state,
                "revision": role.revision,
                "revision_hash": role.revision_hash,
                "mapping_version": role.mapping_version,
                "record": record,
            }
            self._changed[role.id] = row
        row.update(over)

    def absorb(self, other: Rows) -> None:
        """Take over the rows of a trial that turned out to be wanted."""
        for row in other._tables.pop("source_events", []):
            self.source_event(other._bodies[row.pop("n") - 1], **row)
        for table, rows in other._tables.items():
            self._tables[table].extend(rows)
        self._changed |= other._changed
        self.ended_roles += other.ended_roles
        self.queued += other.queued

    async def write(self, tx: Tx, company_id: UUID) -> list[int]:
        """Send it; the ids of jobs to ring for after the commit."""
        tables = {**self._tables, "changed_roles": list(self._changed.values())}
        jobs = await store.write(tx, company_id, tables, self._bodies)
        if self.ended_roles:
            error = {"code": "cancelled", "message": self.ended_because, "action": None}
            jobs += await store.cancel_waiting(tx, self.ended_roles, error)
        return jobs
