"""One page of a pull: read and mapped as a webhook's body is, held against the scope, and taken in."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import msgspec

from adapters.model import Problem
from adapters.pull import Fetched
from kit import ids
from kit.db import Tx
from mappings.model import RoleRecord
from pipeline.records import parts
from pipeline.records import store as records
from pipeline.records.model import Answer, Bad, Incoming, Received
from webhooks.connections.exclusion import without
from webhooks.connections.store import Scope
from webhooks.intake import Hook, Intake
from webhooks.sync import store
from webhooks.sync.model import Claimed, Counts, Seen


class Outside(msgspec.Struct, frozen=True):
    """A job profile that the scope leaves out, and which part of the scope."""

    item: Incoming
    reason: str


class Sorted(msgspec.Struct, frozen=True):
    """A page held against the scope: what is to be taken in, and what is left out."""

    received: Received
    outside: list[Outside]

    @property
    def inside(self) -> list[Incoming]:
        """The job profiles that are to be taken in."""
        return [item for item in self.received.items if isinstance(item, Incoming)]


class Written(msgspec.Struct, frozen=True):
    """What a page came to: the counts of the whole pull with it, and each object's fate."""

    counts: Counts
    seen: list[Seen]


async def read(intake: Intake, claimed: Claimed, fetched: Fetched) -> Received:
    """The page as a call into a webhook would be read, without the fields that the company excludes. Raises
    adapters.model.Unreadable."""
    hook = Hook(
        company_id=claimed.company_id,
        client_id=None,
        actor_kind="hris" if claimed.actor_kind == "clock" else claimed.actor_kind,
        actor_id=ids.show("sync", claimed.id),
        source=claimed.source,
        body=await asyncio.to_thread(without, fetched.body, claimed.excluded),
        content_type=fetched.content_type,
        drafts_only=not claimed.push,
        sync_id=claimed.id,
        columns=claimed.columns,
    )
    received = await intake.understood(hook)
    said = tuple(Problem("source_said", warning) for warning in fetched.warnings)
    return msgspec.structs.replace(received, warnings=(*received.warnings, *said))


async def sort(tx: Tx, claimed: Claimed, received: Received) -> Sorted:
    """Leave out what the company does not want. A role that is here already follows its source whatever the
    scope says, so that it is archived when it becomes inactive there."""
    reasons = {
        item.index: reason
        for item in received.items
        if isinstance(item, Incoming) and (reason := left_out(claimed.scope, item.role))
    }
    if not reasons:
        return Sorted(received, [])
    doubtful = [one for one in received.items if isinstance(one, Incoming) and one.index in reasons]
    known = await _known(tx, claimed.company_id, doubtful)
    outside = [
        Outside(item, reasons[item.index])
        for item in received.items
        if isinstance(item, Incoming) and item.index in reasons and item.index not in known
    ]
    gone = {one.item.index for one in outside}
    kept = [item for item in received.items if item.index not in gone]
    detail = f"{len(outside)} job profiles are outside the connection's scope and were left out."
    warnings = (*received.warnings, Problem("out_of_scope", detail)) if outside else received.warnings
    return Sorted(msgspec.structs.replace(received, items=kept, warnings=warnings), outside)


def left_out(scope: Scope, role: RoleRecord) -> str | None:
    """Which part of the scope leaves a role out; None when it is wanted."""
    if scope.only_active and role.status == "inactive":
        return "inactive"
    families = {name.casefold() for name in (role.family, role.family_code) if name}
    if scope.families and not families & {name.casefold() for name in scope.families}:
        return "family"
    if scope.countries and role.countries and not {*role.countries} & {*scope.countries}:
        return "country"
    return None


async def written(tx: Tx, claimed: Claimed, page: Sorted, answer: Answer) -> Written:
    """What taking the page in came to."""
    items = {item.index: item for item in page.received.items}
    seen, words = [], []
    for verdict in answer.verdicts:
        object_ = _object(claimed, verdict.index, verdict.source_id)
        if verdict.verdict == "rejected":
            seen.append(Seen(object_, "rejected", None, _reason(verdict.problem)))
        else:
            seen.append(Seen(object_, "here", verdict.role_id))
        words.append(_Word(verdict.verdict, _characters(items[verdict.index]), verdict.pushed))
    return await _counted(tx, claimed, page, seen, words)


async def compared(tx: Tx, claimed: Claimed, page: Sorted) -> Written:
    """What taking the page in would come to."""
    known = await _known(tx, claimed.company_id, page.inside)
    hashes = await store.role_hashes(tx, sorted(set(known.values())))
    received = await parts.whole(tx, page.received, known, hashes)
    seen, words = [], []
    for item in received.items:
        object_ = _object(claimed, item.index, item.source_id)
        if isinstance(item, Bad):
            seen.append(Seen(object_, "rejected", None, _reason(item.problem)))
            words.append(_Word("rejected"))
            continue
        role_id = known.get(item.index)
        same = role_id is not None and hashes.get(role_id) == item.revision_hash
        seen.append(Seen(object_, "not_written", role_id))
        word = "no_material_change" if same else "changed" if role_id else "new"
        words.append(_Word(word, _characters(item)))
    return await _counted(tx, claimed, page, seen, words)


class _Word(msgspec.Struct, frozen=True):
    """What was said of an object, and how long its documents are."""

    word: str
    characters: int = 0
    pushed: bool = False


async def _counted(tx: Tx, claimed: Claimed, page: Sorted, seen: list[Seen], words: list[_Word]) -> Written:
    """Each object counts once, on the page where it came first; its last fate is the one that is kept."""
    left = [Seen(one.item.source_id, "out_of_scope", None, one.reason) for one in page.outside]
    all_of_them = [
        *zip(left, [_Word("out_of_scope")] * len(left), strict=True),
        *zip(seen, words, strict=True),
    ]
    met = await store.seen_before(tx, claimed, [one.object for one, _ in all_of_them])
    tally: Counter[str] = Counter()
    fates: dict[str, Seen] = {}
    for one, word in all_of_them:
        first = one.object not in met and word.word != "duplicate"
        _count(tally, word, first=first)
        if first:
            met.add(one.object)
        if word.word != "duplicate":
            fates[one.object] = one
    return Written(claimed.counts.plus(Counts(**tally)), list(fates.values()))


def _count(tally: Counter[str], word: _Word, *, first: bool) -> None:
    if not first:
        tally["repeated"] += 1
        return
    tally["found"] += 1
    tally["in_scope"] += word.word not in ("out_of_scope", "rejected")
    tally["unchanged" if word.word == "no_material_change" else word.word] += 1
    tally["pushed"] += word.pushed
    tally["characters"] += word.characters if word.word in ("new", "changed") else 0


def _reason(problem: Problem | None) -> str:
    return problem.code if problem else "rejected"


def _object(claimed: Claimed, index: int, source_id: str | None) -> str:
    """The object's own id; its place when it has none."""
    return source_id or f"(page {claimed.page + 1}, item {index + 1})"


def _characters(item: Incoming | Bad) -> int:
    return sum(len(one.text) for one in item.documents) if isinstance(item, Incoming) else 0


async def _known(tx: Tx, company_id: UUID, items: list[Incoming]) -> dict[int, UUID]:
    """Which of the items belong to a role that is here: index -> role."""
    identities = [
        {"source": item.source, "kind": kind, "value": value}
        for item in items
        for kind, value in item.identities.items()
    ]
    owners = await records.roles_of_identities(tx, company_id, identities) if identities else {}
    return {
        item.index: next(owners[key] for key in item.keys if key in owners)
        for item in items
        if any(key in owners for key in item.keys)
    }
