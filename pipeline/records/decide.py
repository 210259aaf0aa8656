"""What becomes of one job profile: pure decisions over the role's standing and the push policy."""

from __future__ import annotations

import hashlib
from typing import Any, Literal
from uuid import UUID

import msgspec

from adapters.model import Problem
from kit import ids
from mappings.model import DocumentRecord
from mappings.revision import FAMILY_GROUP
from pipeline.records import moves
from pipeline.records.model import Incoming, Received, Verdict
from pipeline.records.rows import Rows
from pipeline.records.store import Held, Policy, Standing
from pipeline.runs.wish import Wish, enqueue


class Budget:
    """What the push policy of a source still allows, for all calls that are taken in together."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.complete = policy.complete
        self._left = None if policy.daily_cap is None else max(0, policy.daily_cap - policy.pushed_today)

    def refusal(self, item: Incoming, why: Literal["new", "changed", "again"]) -> str | None:
        """Why the profile stays a draft, or None when it may be pushed (which uses up one place)."""
        if self._policy.mode == "off":
            return "push policy is off"
        if why == "changed" and self._policy.mode != "new_and_changed":
            return "push policy pushes new job profiles only"
        for field, allowed in self._policy.filters.items():
            values = {item.role.family} if field == "family" else set(item.role.countries)
            if field in ("family", "countries") and not values.intersection(allowed):
                return f"push policy does not cover this {field}"
        if self._left == 0:
            return "the push policy's cap for today is reached"
        if self._left is not None:
            self._left -= 1
        return None


def owner(item: Incoming, standings: dict[str, Standing]) -> Standing | None:
    """The role an item belongs to. Its own source id decides; another identifier counts only when it
    does not contradict one that the role already has (a code that moved to another job profile)."""
    found = [standings[key] for key in item.keys if key in standings]
    for role in found:
        if item.source_id in (role.source_id, *role.identities.values()):
            return role
    for role in found:
        if all(role.identities.get(kind, value) == value for kind, value in item.identities.items()):
            return role
    return None


def item(item: Incoming, call: Received, role: Standing | None, budget: Budget, rows: Rows) -> Verdict:
    """Decide one item and gather its rows."""
    if role is None:
        return _first(item, call, budget, rows)
    _link(item, role.id, rows, known=role.identities)
    if item.revision_hash == role.revision_hash and not _still_says(role, item, call):
        return _same(item, call, role, budget, rows)
    return _change(item, call, role, budget, rows)


def _still_says(role: Standing, item: Incoming, call: Received) -> bool:
    """Whether the role says what the item erases. It does when the source sent it again after another mapping
    was published and before it was applied: that reading has the same hash and erased nothing."""
    said = {name for name, value in role.record.items() if value not in (None, "", [], {})}
    said |= {f"documents.{held.kind}" for held in role.documents if held.origin == call.origin}
    return not said.isdisjoint(item.erases)


def _first(item: Incoming, call: Received, budget: Budget, rows: Rows) -> Verdict:
    if not item.role.title:
        detail = "The job profile has no title; a role needs a name."
        return Verdict(
            index=item.index,
            verdict="rejected",
            pushed=False,
            source_id=item.source_id,
            problem=Problem("no_title", detail, "title"),
        )
    role, record = _blank(item), msgspec.to_builtins(item.role)
    documents = _write_documents(role, item.documents, rows, call.origin)
    held = budget.complete(documents)
    inactive = item.role.status == "inactive"
    why = _draft_reason(call, held, inactive) or budget.refusal(item, "new")
    state = "archived" if inactive else "validation_failed" if not held else "draft" if why else "queued"
    granted = (
        None
        if why
        else enqueue(role, _wish(call, "first"), rows, revision=1, mapping_version=item.mapping_version)
    )
    rows.add(
        "new_roles",
        **_columns(record, item),
        id=role.id,
        source=item.source,
        source_id=item.source_id,
        state=state,
        revision=1,
        last_run_id=granted.run_id if granted else None,
        parts=item.parts or None,
    )
    _link(item, role.id, rows, known={})
    _revise(role.id, 1, item, record, documents, call, rows)
    if why:
        rows.event(
            "role.invalid" if state == "validation_failed" else "role.drafted", role.id, data={"reason": why}
        )
    return _verdict(item, "new", role.id, granted.run_id if granted else None, why)


def _same(item: Incoming, call: Received, role: Standing, budget: Budget, rows: Rows) -> Verdict:
    """Nothing changed: no second run, unless the last one failed or was cancelled."""
    _regroup(item, role, rows)
    over = role.active_id is None
    if over and role.last_status == "failed" and budget.complete(role.documents) and role.state != "archived":
        why = call.drafts_reason if call.drafts_only else budget.refusal(item, "again")
        if why is None:
            wish = _wish(call, "retry", retry_of=role.last_run_id)
            granted = enqueue(role, wish, rows, revision=role.revision, mapping_version=role.mapping_version)
            rows.change(role, state="queued", last_run_id=granted.run_id)
            reason = f"unchanged; its last run ended with {role.last_error or 'an error'}, so it runs again"
            return _verdict(item, "no_material_change", role.id, granted.run_id, None, reason)
    run_id = role.active_id or role.last_run_id
    return _verdict(item, "no_material_change", role.id, run_id, "nothing changed since the last time")


def _regroup(item: Incoming, role: Standing, rows: Rows) -> None:
    """The group of its family is taken over without a revision, since the hash says nothing of it."""
    group, known = item.role.attributes.get(FAMILY_GROUP), role.record.get("attributes") or {}
    if group and group != known.get(FAMILY_GROUP):
        rows.change(role, record={**role.record, "attributes": {**known, FAMILY_GROUP: group}})


def _change(item: Incoming, call: Received, role: Standing, budget: Budget, rows: Rows) -> Verdict:
    record = {
        **role.record,
        **{k: v for k, v in msgspec.to_builtins(item.role).items() if v not in (None, "", [], {})},
    }
    for name in item.erases:
        record.pop(name, None)
    if item.role.status == "unknown":
        record["status"] = role.record.get("status", "unknown")
    revision = role.revision + 1
    documents = _write_documents(role, item.documents, rows, call.origin, item.erases)
    held = budget.complete(documents)
    by_hand = role.state == "archived" and role.status != "inactive"
    inactive = record.get("status") == "inactive" or by_hand
    never_ran = role.last_run_id is None
    why = "archived by hand: restore the role, then push" if by_hand else None
    why = (
        why or _draft_reason(call, held, inactive) or budget.refusal(item, "new" if never_ran else "changed")
    )
    granted = None
    if why is None:
        wish = _wish(call, "first" if never_ran else "changed")
        granted = enqueue(role, wish, rows, revision=revision, mapping_version=item.mapping_version)
    state = moves.state_after(role, why, inactive=inactive, held=held)
    over: dict[str, Any] = _columns(record, item) | {"state": state, "revision": revision}
    if granted:
        over["last_run_id"] = granted.run_id
    if item.parts:
        over["parts"] = item.parts
    rows.change(role, **over)
    _revise(role.id, revision, item, record, documents, call, rows)
    moves.announce(role, state, why, rows)
    return _verdict(item, "changed", role.id, granted.run_id if granted else role.active_id, why)


def _draft_reason(call: Received, held: bool, inactive: bool) -> str | None:
    if inactive:
        return "inactive at the source"
    if not held:
        return "no document: add a job description or a process map, then push"
    return call.drafts_reason if call.drafts_only else None


def _blank(item: Incoming) -> Standing:
    """A role that is about to exist."""
    return Standing(
        id=ids.new(),
        source=item.source,
        source_id=item.source_id,
        title=item.role.title or "",
        code=item.role.code,
        state="draft",
        status=item.role.status,
        visible=False,
        published=False,
        revision=1,
        revision_hash=item.revision_hash,
        mapping_version=item.mapping_version,
        record={},
        priority="P1",
        family=None,
        last_run_id=None,
        identities={},
        documents=[],
        active_id=None,
        active_started=False,
        active_stages=None,
        follower_id=None,
        follower_stages=None,
        last_status=None,
        last_error=None,
    )


def _columns(record: dict[str, Any], item: Incoming) -> dict[str, Any]:
    return {
        "title": record["title"],
        "code": record.get("code"),
        "family": record.get("family"),
        "level": record.get("level"),
        "grade": record.get("grade"),
        "status": record.get("status", "unknown"),
        "revision_hash": item.revision_hash,
        "mapping_version": item.mapping_version,
        "record": record,
    }


def _write_documents(
    role: Standing,
    documents: tuple[DocumentRecord, ...],
    rows: Rows,
    origin: str,
    erases: tuple[str, ...] = (),
) -> list[Held]:
    """New versions of what changed; a kind that the source does not send stays unless it is erased."""
    kept = {held.id: held for held in role.documents}
    for held in role.documents:
        if held.origin == origin and f"documents.{held.kind}" in erases:
            rows.retire(held.id)
            del kept[held.id]
    for document in documents:
        sha256 = hashlib.sha256(document.text.encode()).hexdigest()
        old = next((h for h in kept.values() if h.kind == document.kind and h.origin == origin), None)
        if old is not None and old.sha256 == sha256:
            continue
        new_id = ids.new()
        rows.add(
            "documents",
            id=new_id,
            role_id=role.id,
            kind=document.kind,
            title=document.title,
            version=old.version + 1 if old else 1,
            origin=origin,
            text=document.text,
            html=document.html,
            sha256=sha256,
            replaces=old.id if old else None,
        )
        if old is not None:
            rows.retire(old.id)
            del kept[old.id]
        kept[new_id] = Held(new_id, document.kind, origin, sha256, 1, document.title)
    return list(kept.values())


def _link(item: Incoming, role_id: UUID, rows: Rows, *, known: dict[str, str]) -> None:
    for kind, value in item.identities.items():
        if known.get(kind) != value:
            rows.add("identities", source=item.source, kind=kind, value=value, role_id=role_id)


def _revise(
    role_id: UUID,
    revision: int,
    item: Incoming,
    record: dict[str, Any],
    documents: list[Held],
    call: Received,
    rows: Rows,
) -> None:
    rows.add(
        "revisions",
        role_id=role_id,
        revision=revision,
        hash=item.revision_hash,
        record=record,
        documents=[document.id for document in documents],
        mapping_version=item.mapping_version,
        source_event_id=call.id,
    )


def _wish(call: Received, reason: str, retry_of: UUID | None = None) -> Wish:
    return Wish(actor_kind=call.actor_kind, actor_id=call.actor_id, reason=reason, retry_of=retry_of)


def _verdict(
    item: Incoming,
    verdict: Any,
    role_id: UUID,
    run_id: UUID | None,
    why: str | None,
    reason: str | None = None,
) -> Verdict:
    return Verdict(
        index=item.index,
        verdict=verdict,
        pushed=why is None,
        reason=reason or why,
        source_id=item.source_id,
        role_id=role_id,
        run_id=run_id,
        warnings=item.warnings,
    )
