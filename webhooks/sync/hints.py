"""Which objects a payload asks us to look at, under the names that a connection can fetch them by. Pure."""

from __future__ import annotations

from datetime import date

from adapters.model import Hint, Page
from pipeline.records.model import Named

# Best name first, and what stands before it among the source's own ids.
_NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "workday": (("WID", ""), ("Job_Profile_ID", "")),
    "successfactors": (
        ("job_code", ""),
        ("job_profile", "job_profile:"),
        ("job_role", "job_role:"),
    ),
}


def named(source: str, page: Page, today: date) -> tuple[Named, ...]:
    """Each object that a payload only names, to be looked at now; and on the day from which its change holds,
    if that is still to come, because a question about today would not show it. So are profiles whose next
    slice begins on a day to come: nothing is sent on that day."""
    found: dict[Named, None] = {}
    for item in page.items:
        for part in item.profile.slices if item.profile else ():
            if item.profile and part.valid_from and part.valid_from > today.isoformat():
                found[Named(item.profile.source_id, part.valid_from)] = None
    for hint in page.hints:
        name = _name(source, hint)
        if name is None:
            continue
        found[Named(name)] = None
        if hint.effective_from and hint.effective_from > today.isoformat():
            found[Named(name, hint.effective_from)] = None
    return tuple(found)


def _name(source: str, hint: Hint) -> str | None:
    for kind, before in _NAMES.get(source, ()):
        if value := hint.ids.get(kind):
            return before + value
    return None
