"""Pushing roles: one, or up to a thousand together as a batch, each leading to the one run that serves it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, NoReturn
from uuid import UUID

import msgspec

from kit import ids
from kit.db import Tx
from kit.errors import Action, Conflict, FieldError, Invalid, NotFound, Refused
from kit.sql import Queries
from pipeline.records import store
from pipeline.records.rows import Rows
from pipeline.records.store import Standing
from pipeline.runs.wish import Granted, Wish, enqueue
from pipeline.stages.registry import STAGES

_sql = Queries("pipeline.runs", "pushes.sql")
_KEYS = tuple(stage.key for stage in STAGES)


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: all stages (None) or the named ones, with what depends on them forced (`cascade`),
    at a priority (None: the role's own), by whom, and why (None: as the role stands)."""

    actor_kind: str
    actor_id: str
    stages: tuple[str, ...] | None = None
    cascade: bool = False
    priority: str | None = None
    reason: Literal["mapping"] | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A role that cannot be pushed: its place in the request, why, and what to do."""

    index: int
    role_id: str
    code: str
    detail: str
    action: Action | None = None


class Pushed(msgspec.Struct, frozen=True):
    """One role pushed; `merged` when a run that had not started serves it. What to ring for."""

    run_id: UUID
    merged: bool
    jobs: list[int]
    queued: int


class Batch(msgspec.Struct, frozen=True):
    """Roles pushed together, what was refused, and what to ring for."""

    id: UUID
    refused: list[Refusal]
    jobs: list[int]
    queued: int


def known_stages(keys: Collection[str] | None) -> tuple[str, ...] | None:
    """The named stages in their order, None for all. Raises Invalid naming what is not a stage."""
    if not keys:
        return None
    unknown = [key for key in keys if key not in _KEYS]
    if unknown:
        message = f"There is no stage {unknown[0][:60]!r}; the stages are {', '.join(_KEYS)}."
        raise Invalid(
            f"There is no stage {unknown[0][:60]!r}.",
            code="unknown_stage",
            errors=[FieldError("stages", message)],
            action=Action("Name stages by their keys.", link="/v1/stages"),
        )
    return tuple(key for key in _KEYS if key in keys)


async def one(tx: Tx, company_id: UUID, role_id: UUID, push: Push) -> Pushed:
    """Push one role. Raises NotFound, Conflict for an archived one, Invalid for one that lacks what the
    push needs (a document, or results of stages that were not named)."""
    board = await _board(tx, company_id, [role_id], push)
    role = board.roles.get(role_id)
    if role is None:
        raise NotFound(f"There is no role with the id {ids.show('role', role_id)}.")
    refused = board.refusal(role, push)
    if refused is not None:
        raise refused
    rows = Rows()
    granted = _grant(role, push, None, rows)
    jobs = await rows.write(tx, company_id)
    return Pushed(granted.run_id, granted.merged, jobs, rows.queued)


async def many(
    tx: Tx,
    company_id: UUID,
    roles: Mapping[UUID, int],
    push: Push,
    *,
    inputs: dict[str, Any],
    refused: Sequence[Refusal] = (),
) -> Batch:
    """Push roles (with their places in the request) as a batch, in one transaction whatever their number.
    `refused` are those that were refused before. Raises Invalid when none of them can be pushed."""
    board = await _board(tx, company_id, list(roles), push)
    rows = Rows()
    batch_id = ids.new()
    refusals = list(refused)
    granted: list[Granted] = []
    for role_id, index in roles.items():
        role = board.roles.get(role_id)
        problem = board.refusal(role, push) if role else NotFound("There is no role with this id.")
        if problem is not None:
            refusals.append(refusal(index, ids.show("role", role_id), problem))
        elif role is not None:
            granted.append(_grant(role, push, batch_id, rows))
    refusals.sort(key=lambda one: one.index)
    if refusals and not granted:
        _nothing(refusals)
    rows.add(
        "batches",
        id=batch_id,
        actor_kind=push.actor_kind,
        actor_id=push.actor_id,
        inputs=inputs,
        size=len(granted),
        refused=refusals,
        merged=[one.run_id for one in granted if one.merged],
    )
    return Batch(batch_id, refusals, await rows.write(tx, company_id), rows.queued)


async def examine(
    tx: Tx, company_id: UUID, role_ids: list[UUID], push: Push
) -> list[tuple[Standing, Refused | None]]:
    """The roles that are there, each with why a push would not run it; nothing is changed or locked."""
    board = await _board(tx, company_id, role_ids, push, lock=False)
    found = [board.roles[role_id] for role_id in role_ids if role_id in board.roles]
    return [(role, board.refusal(role, push)) for role in found]


def refusal(index: int, role_id: str, problem: Refused) -> Refusal:
    """Why the role at a place of the request is not pushed."""
    return Refusal(index, role_id, problem.code, problem.detail, problem.action)


class _Board(msgspec.Struct, frozen=True):
    """What is known of the roles of a push: where they stand, and which stages have usable results (True:
    degraded)."""

    roles: dict[UUID, Standing]
    results: dict[UUID, dict[str, bool]]
    required: tuple[str, ...]

    def refusal(self, role: Standing, push: Push) -> Refused | None:
        """Why a role cannot be pushed."""
        link = f"/v1/roles/{ids.show('role', role.id)}"
        if role.state == "archived":
            action = Action("Restore the role, then push it.", link=f"{link}/restore")
            return Conflict("The role is archived.", code="role_archived", action=action)
        if not any(document.kind in self.required for document in role.documents):
            kinds = " or a ".join(kind.replace("_", " ") for kind in self.required)
            action = Action(f"Add a {kinds} to the role, then push it.", "csm", "/v1/documents")
            return Invalid(f"The role has no {kinds}.", code="validation_failed", action=action)
        missing = self._missing(role, push)
        if not missing:
            return None
        names = ", ".join(missing)
        return Invalid(
            "The named stages need results that the role does not have yet.",
            code="stages_missing",
            action=Action(f"Add these stages to the push, or push without stages: {names}."),
            errors=[FieldError("stages", f"add {key}") for key in missing],
        )

    def _missing(self, role: Standing, push: Push) -> list[str]:
        """The stages to add, with what those need in turn. What a run that is not over will do counts."""
        if push.stages is None:
            return []
        coming: set[str] = set()
        for run_id, stages in (
            (role.active_id, role.active_stages),
            (role.follower_id, role.follower_stages),
        ):
            if run_id is not None:
                coming.update(_KEYS if stages is None else stages)
        return stages_to_add(push.stages, self.results.get(role.id, {}), coming)


def stages_to_add(
    named: Collection[str], results: Mapping[str, bool], coming: Collection[str] = ()
) -> list[str]:
    """The stages that have to run before the named ones can, in order: those without a usable result
    (`results`: stage -> degraded) that an edge to a named one, or to one added, asks for."""
    wanted = set(named)
    for stage in reversed(STAGES):
        if stage.key not in wanted:
            continue
        for need in stage.needs:
            degraded = results.get(need.stage)
            usable = degraded is not None and not (degraded and need.edge == "success")
            if need.edge != "settled" and not usable and need.stage not in coming:
                wanted.add(need.stage)
    return [key for key in _KEYS if key in wanted and key not in named]


async def _board(tx: Tx, company_id: UUID, role_ids: list[UUID], push: Push, *, lock: bool = True) -> _Board:
    if lock:
        await store.lock_roles(tx, role_ids)
    roles = await store.standings(tx, role_ids)
    results: dict[UUID, dict[str, bool]] = {}
    if push.stages is not None:
        params = {"company_id": company_id, "role_ids": role_ids}
        results = {row["role_id"]: row["stages"] for row in await tx.all(_sql["usable_results"], params)}
    return _Board(roles, results, await store.required_documents(tx, company_id))


def _grant(role: Standing, push: Push, batch_id: UUID | None, rows: Rows) -> Granted:
    wish = Wish(
        actor_kind=push.actor_kind,
        actor_id=push.actor_id,
        reason=push.reason or _reason(role, push),
        stages=None if push.stages is None else list(push.stages),
        cascade=push.cascade,
        priority=push.priority or role.priority,
        batch_id=batch_id,
        retry_of=role.last_run_id if role.active_id is None and role.last_status == "failed" else None,
    )
    granted = enqueue(role, wish, rows, revision=role.revision, mapping_version=role.mapping_version)
    if not granted.merged:
        state = "queued" if role.active_id is None else role.state
        rows.change(role, state=state, last_run_id=granted.run_id)
    return granted


def _reason(role: Standing, push: Push) -> str:
    if push.stages is not None:
        return "selected"
    if role.last_run_id is None:
        return "first"
    return "retry" if role.last_status == "failed" else "changed"


def _nothing(refusals: list[Refusal]) -> NoReturn:
    raise Invalid(
        f"None of the {len(refusals)} roles can be pushed; the first: {refusals[0].detail}"[:190],
        code="nothing_to_push",
        errors=[FieldError(f"ids[{one.index}]", f"{one.code}: {one.detail}") for one in refusals[:50]],
        action=Action("Mend what errors says of each role, then push again."),
    )
