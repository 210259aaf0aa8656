"""Roles by hand: created, looked at, changed, archived and brought back. Nothing is ever deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound
from mappings.model import RoleRecord
from pipeline.records import moves, reading, store
from pipeline.records.documents import Text, place
from pipeline.records.reading import RoleRow
from pipeline.records.revising import MAPPING, SOURCE, add_revision, columns, held_role, revise
from pipeline.records.rows import Rows


class NewRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role to be made. Without a `source_id` its code names it, and without a code a name is made."""

    record: RoleRecord
    source_id: str | None = None
    priority: str = "P1"
    documents: tuple[Text, ...] = ()


class Changed(msgspec.Struct, frozen=True):
    """The role, and what to ring for after the commit."""

    id: UUID
    jobs: list[int]


async def create(tx: Tx, company_id: UUID, new: NewRole) -> Changed:
    """Make a role of source `api`: a draft, or `validation_failed` while it has no usable document.
    Raises Conflict naming the role that has this source id already, Invalid for a document given twice."""
    role_id = ids.new()
    source_id = new.source_id or new.record.code or f"role-{role_id.hex[-12:]}"
    await _must_be_new(tx, company_id, source_id)
    rows = Rows()
    places = {(text.kind, text.title.casefold()) for text in new.documents}
    if len(places) < len(new.documents):
        message = "Two documents have the same kind and title; give each a title of its own."
        raise Invalid(message, errors=[FieldError("documents", message)])
    documents = [place(role_id, text, None, rows) for text in new.documents]
    record = msgspec.to_builtins(new.record)
    digest = add_revision(rows, role_id, 1, record, documents, MAPPING)
    required = await store.required_documents(tx, company_id)
    complete = any(one.kind in required for one in documents)
    rows.add(
        "new_roles",
        id=role_id,
        source=SOURCE,
        source_id=source_id,
        **columns(record),
        state="draft" if complete else "validation_failed",
        revision=1,
        revision_hash=digest,
        mapping_version=MAPPING,
        priority=new.priority,
    )
    rows.add("identities", source=SOURCE, kind="source_id", value=source_id, role_id=role_id)
    reason = "created by hand" if complete else "no document: add a job description or a process map"
    rows.event("role.drafted" if complete else "role.invalid", role_id, data={"reason": reason})
    return Changed(role_id, await rows.write(tx, company_id))


async def _must_be_new(tx: Tx, company_id: UUID, source_id: str) -> None:
    key = f"{SOURCE}:source_id:{source_id}"
    await store.lock_identities(tx, company_id, [key])
    identity = {"source": SOURCE, "kind": "source_id", "value": source_id}
    found = (await store.roles_of_identities(tx, company_id, [identity])).get(key)
    if found is not None:
        shown = ids.show("role", found)
        raise Conflict(
            f"There is a role with the source id {source_id[:60]} already: {shown}.",
            code="role_exists",
            action=Action(
                "Change that role, or choose another source_id or code.", link=f"/v1/roles/{shown}"
            ),
            extra={"role_id": shown},
        )


async def get(tx: Tx, company_id: UUID, role_id: UUID) -> RoleRow:
    """One role. Raises NotFound."""
    found = await reading.roles(tx, company_id, [role_id])
    if not found:
        raise NotFound(f"There is no role with the id {ids.show('role', role_id)}.")
    return found[0]


async def update(
    tx: Tx, company_id: UUID, role_id: UUID, over: dict[str, Any], priority: str | None
) -> list[int]:
    """Set fields of the role's record (None clears one; attributes are merged one by one). What is the
    same already makes no revision. The jobs to ring for. Raises NotFound, Conflict."""
    role = await held_role(tx, role_id)
    record = {**role.record, **over}
    if "attributes" in over:
        record["attributes"] = {**role.record.get("attributes", {}), **(over["attributes"] or {})}
    record = _plain(record)
    rows = Rows()
    if record != _plain(role.record):
        required = await store.required_documents(tx, company_id)
        revise(role, rows, record=record, required=required, why="the role was changed by hand")
    if priority is not None and priority != role.priority:
        rows.change(role, priority=priority)
    return await rows.write(tx, company_id)


async def archive(tx: Tx, company_id: UUID, role_id: UUID) -> list[int]:
    """Take a role out of use: its waiting runs end, one that acts is left to end, nothing is deleted.
    Done again it changes nothing. The jobs to ring for. Raises NotFound."""
    role = await held_role(tx, role_id, archived=True)
    if role.state == "archived":
        return []
    rows = Rows()
    rows.ended_because = "The role was archived."
    rows.change(role, state="archived")
    moves.announce(role, "archived", "archived by hand", rows)
    return await rows.write(tx, company_id)


async def restore(tx: Tx, company_id: UUID, role_id: UUID) -> list[int]:
    """Bring an archived role back, not pushed; one that is not archived stays as it is. The jobs to ring
    for. Raises NotFound."""
    role = await held_role(tx, role_id, archived=True)
    if role.state != "archived":
        return []
    rows = Rows()
    required = await store.required_documents(tx, company_id)
    complete = any(one.kind in required for one in role.documents)
    state = moves.state_after(role, "restored by hand", inactive=False, held=complete)
    rows.change(role, state=state)
    moves.announce(role, state, "restored by hand", rows)
    return await rows.write(tx, company_id)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """A record in its one written form: nothing that says nothing."""
    kept = {name: value for name, value in record.items() if value is not None}
    if "attributes" in kept:
        kept["attributes"] = {name: value for name, value in kept["attributes"].items() if value is not None}
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.convert(kept, RoleRecord))
    return plain
