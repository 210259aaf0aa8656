"""A file that was read becomes a document of each role it is about, or of the company; or a person is
asked."""

from __future__ import annotations

import asyncio
from uuid import UUID

from adapters.model import Problem
from control import audit
from control.access import Caller
from kit import ids
from kit.db import Tx
from kit.errors import Invalid
from pipeline.records import documents, reading
from pipeline.records.documents import Text
from pipeline.uploads import naming, store
from pipeline.uploads.model import Outcome, Settled, Understood, Verdict, Wish
from pipeline.uploads.store import RoleName

MOST_ROLES = 50
_TITLE = 500
_NAMED = 3
_HEEDED = 25
"""Points that a reason takes off a document's quality to be told at once."""


async def settle(tx: Tx, caller: Caller, name: str, wish: Wish, found: Understood) -> Settled:
    """Make documents of a file. Raises what adding a document raises: NotFound, Conflict."""
    text = Text(found.kind, (wish.title or naming.title_of(name))[:_TITLE], found.text, found.html)
    same = await store.same_text(tx, caller.company_id, text.sha256)
    if wish.replaces is not None:
        made = [await _next_version(tx, caller, wish.replaces, found)]
    elif wish.company_wide:
        made = [await _of_company(tx, caller, text, found)]
    else:
        roles = await store.role_names(tx, caller.company_id)
        wanted = await asyncio.to_thread(_wanted, name, wish, roles)
        if not wanted:
            first = found.text.lstrip("# \n").partition("\n")[0]
            said = [wish.role or naming.title_of(name), first[:200]]
            offered = await asyncio.to_thread(naming.suggestions, said, roles)
            warnings = [*_heeded(found), *_said_of(same, set())]
            return Settled(status="asks", documents=[], suggestions=offered, warnings=warnings, jobs=[])
        titles = {role.id: role.title for role in roles}
        made = [await _of_role(tx, caller, id_, titles.get(id_), text, found) for id_ in wanted]
    outcomes = [outcome for outcome, _ in made]
    for one in outcomes:
        if one.verdict != "same":
            detail = {"role_id": ids.show("role", one.role_id) if one.role_id else None, "file": name[:100]}
            await audit.record(tx, caller, "document.added", ids.show("doc", one.document_id), detail=detail)
    return Settled(
        status="kept",
        documents=outcomes,
        suggestions=[],
        warnings=[*_heeded(found), *_said_of(same, {one.role_id for one in outcomes})],
        jobs=[job for _, jobs in made for job in jobs],
    )


def _wanted(name: str, wish: Wish, roles: list[RoleName]) -> list[UUID]:
    """The roles in one order for all, so that two uploads never wait for each other; none when it is not
    clear which is meant."""
    if wish.role_ids:
        return sorted(set(wish.role_ids))
    found = naming.meant(wish.role or naming.title_of(name), roles)
    return [found[0].id] if len(found) == 1 else []


async def _of_role(
    tx: Tx,
    caller: Caller,
    role_id: UUID,
    title: str | None,
    text: Text,
    found: Understood,
    replaces: UUID | None = None,
) -> tuple[Outcome, list[int]]:
    added = await documents.add(tx, caller.company_id, role_id, text, found.quality, "upload", replaces)
    return _outcome(added, role_id, title)


async def _of_company(
    tx: Tx, caller: Caller, text: Text, found: Understood, replaces: UUID | None = None
) -> tuple[Outcome, list[int]]:
    added = await documents.add_company_wide(tx, caller.company_id, text, found.quality, "upload", replaces)
    return _outcome(added, None, None)


async def _next_version(tx: Tx, caller: Caller, id_: UUID, found: Understood) -> tuple[Outcome, list[int]]:
    old = await documents.get(tx, caller.company_id, id_)
    text = Text(old.kind, old.title, found.text, found.html)
    if old.role_id is None:
        return await _of_company(tx, caller, text, found, id_)
    roles = await reading.roles(tx, caller.company_id, [old.role_id])
    return await _of_role(tx, caller, old.role_id, roles[0].title if roles else None, text, found, id_)


def _outcome(added: documents.Added, role_id: UUID | None, title: str | None) -> tuple[Outcome, list[int]]:
    verdict: Verdict = "same" if not added.new else "new" if added.version == 1 else "new_version"
    return Outcome(added.id, role_id, title, verdict, added.version), added.jobs


def _heeded(found: Understood) -> list[Problem]:
    """What of the file is missing, and what makes it a poor basis; the document has all reasons."""
    poor = [Problem(one.code, one.says) for one in found.quality.reasons if one.points >= _HEEDED]
    return [*found.warnings, *poor]


def _said_of(same: list[store.Same], own: set[UUID | None]) -> list[Problem]:
    others = [one for one in same if one.role_id not in own]
    if not others:
        return []
    named = ", ".join(one.role_title or "the company" for one in others[:_NAMED])
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return [Problem("same_text", f"The same text is already a document of {named}{more}."[:199])]


def check(wish: Wish) -> None:
    """Raises Invalid for a wish that says two things at once."""
    said = [bool(wish.role_ids), bool(wish.role), wish.company_wide, wish.replaces is not None]
    if sum(said) > 1:
        raise Invalid("Say either role_id, role, company_wide or replaces, not several of them.")
    if len(wish.role_ids) > MOST_ROLES:
        raise Invalid(f"These are {len(wish.role_ids)} roles; {MOST_ROLES} may get one file.")
