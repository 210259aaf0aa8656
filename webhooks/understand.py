"""From bytes to normalised items: pure work with no transaction open, fit for a thread or another process."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from adapters.model import Item, JobProfile, Page, Problem
from adapters.registry import adapter_for
from mappings.model import Mapping, Preferences
from mappings.normalise import normalise
from pipeline.records.model import Bad, Incoming, Named, Reading
from webhooks.sync.hints import named

_IDENTITY_KINDS = {
    "workday": ("WID", "Job_Profile_ID"),
    "successfactors": ("job_code", "entity_uuid"),
}
_SERIOUS = ("required_missing",)


class Understood(msgspec.Struct, frozen=True):
    """A payload after adapter and mapping: its wire shape, its items in order, what was odd as a whole, and
    what is to be fetched: what was only named, and what changes by itself on a day to come."""

    shape: str
    items: list[Incoming | Bad]
    warnings: tuple[Problem, ...]
    reading: Reading | None = None
    named: tuple[Named, ...] = ()
    event_id: str | None = None


def understand(
    source: str,
    body: bytes,
    content_type: str | None,
    mapping: Mapping,
    preferences: Preferences,
    columns: dict[str, str] | None = None,
) -> Understood:
    """Read and map a payload; `columns` says what a company's own columns mean. Raises
    adapters.model.Unreadable when it is not job profiles at all."""
    return mapped(source, adapter_for(source).read(body, content_type, fields=columns), mapping, preferences)


def mapped(source: str, page: Page, mapping: Mapping, preferences: Preferences) -> Understood:
    """What a mapping makes of a payload that was read; the one function of the intake, of a preview and of
    an impact."""
    items = [_item(item, mapping, preferences) for item in page.items]
    reading = Reading(mapping, preferences)
    later = named(source, page, datetime.now(UTC).date())
    return Understood(page.shape, items, page.warnings, reading, later, page.event_id)


def _item(item: Item, mapping: Mapping, preferences: Preferences) -> Incoming | Bad:
    if item.profile is None:
        problem = item.problem or Problem("unreadable_item", "The item cannot be read.")
        return Bad(item.index, problem, item.source_id)
    normalised = normalise(item.profile, mapping, preferences)
    missing = next((problem for problem in normalised.problems if problem.code in _SERIOUS), None)
    if missing is not None and missing.field == "title":
        return Bad(item.index, missing, item.profile.source_id)
    return Incoming(
        index=item.index,
        source=item.profile.system,
        source_id=item.profile.source_id,
        identities=identities(item.profile),
        role=normalised.role,
        documents=normalised.documents,
        revision_hash=normalised.revision_hash,
        mapping_version=version_of(mapping),
        warnings=item.warnings + normalised.problems,
        parts=item.parts,
    )


def identities(profile: JobProfile) -> dict[str, str]:
    """The identifiers that name this role alone in its system; its source id is always among them."""
    kinds = _IDENTITY_KINDS[profile.system]
    found = {kind: profile.ids[kind] for kind in kinds if profile.ids.get(kind)}
    if profile.source_id not in found.values():
        found["source_id"] = profile.source_id
    return found


def version_of(mapping: Mapping) -> str:
    """A mapping as it is pinned on revisions and runs: `workday@0`."""
    return f"{mapping.source}@{mapping.version}"
