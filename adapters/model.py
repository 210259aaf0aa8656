"""The job profile: what an HRIS holds about a job, in one shape for every system.

Adapters turn bytes into `Page`s of `JobProfile`s and nothing else: no database, no framework, no
guess from position. `None` or an empty list means that the source did not say.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from kit.errors import DETAIL_LIMIT

System = Literal["workday", "successfactors"]
Status = Literal["active", "inactive", "unknown"]


class Ref(msgspec.Struct, frozen=True, omit_defaults=True):
    """A named thing the profile points at (a family, a level, a grade): the source's own ids by type,
    the business code and the display name. Display names never count as a change."""

    code: str | None = None
    name: str | None = None
    ids: dict[str, str] = {}


class RichText(msgspec.Struct, frozen=True, omit_defaults=True):
    """One text as received (`raw`), safe to display (`html`) and readable (`text`, lists kept)."""

    raw: str
    html: str
    text: str


class Description(msgspec.Struct, frozen=True, omit_defaults=True):
    """One description of the job: the source's field name, its locale if it says one, the text."""

    field: str
    content: RichText
    locale: str | None = None


class Qualification(msgspec.Struct, frozen=True, omit_defaults=True):
    """A responsibility or requirement: kind is responsibility, skill, competency, education,
    language, certification, experience, training, condition or other."""

    kind: str
    text: str
    code: str | None = None
    level: str | None = None
    required: bool | None = None
    locale: str | None = None


class Slice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One validity slice of an effective-dated record; dates are `YYYY-MM-DD`, `valid_to` inclusive."""

    valid_from: str | None = None
    valid_to: str | None = None
    title: str | None = None
    status: Status = "unknown"


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the record came from: the wire shape, its version, and what we did not understand."""

    shape: str
    version: str | None = None
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class JobProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A job profile.

    Identity is `(company, system, source_id)`; `ids` holds every identifier by its type.
    Texts are NFC; codes are text exactly as sent; dates are calendar dates without a time zone.
    `as_of_date` is an echo of the question asked and is never part of a revision.
    """

    system: System
    source_id: str
    provenance: Provenance
    ids: dict[str, str] = {}
    code: str | None = None
    title: str | None = None
    titles: dict[str, str] = {}
    default_job_title: str | None = None
    summary: str | None = None
    status: Status = "unknown"
    families: list[Ref] = []
    family_groups: list[Ref] = []
    function: Ref | None = None
    management_level: Ref | None = None
    level: Ref | None = None
    category: Ref | None = None
    grade: Ref | None = None
    classifications: list[Ref] = []
    countries: list[str] = []
    descriptions: list[Description] = []
    responsibilities: list[Qualification] = []
    requirements: list[Qualification] = []
    skills: list[Qualification] = []
    parent: Ref | None = None
    organisation: Ref | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    slices: list[Slice] = []
    attributes: dict[str, Any] = {}
    custom_fields: dict[str, Any] = {}
    as_of_date: str | None = None
    source_updated_at: str | None = None


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something cannot be used, or only with care: a stable code, the field, one sentence. What it
    quotes of a payload may hold NUL characters, which nothing can store: they are shown as U+FFFD."""

    code: str
    detail: str
    field: str | None = None

    def __post_init__(self) -> None:
        if "\0" in self.detail or (self.field and "\0" in self.field):
            msgspec.structs.force_setattr(self, "detail", self.detail.replace("\0", "\ufffd"))
            msgspec.structs.force_setattr(self, "field", self.field and self.field.replace("\0", "\ufffd"))


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one record of the source says about a job profile that several records make up.

    `name` is the record's own (`job_code`, `job_profile:1021600`), `under` that of the record it hangs on,
    `empty` the fields that it says are empty, where an empty value alone would say nothing.
    """

    name: str
    profile: JobProfile
    under: str | None = None
    empty: tuple[str, ...] = ()


class Item(msgspec.Struct, frozen=True):
    """One record of a payload, in its order: a profile, or the reason why there is none. `source_id` names
    the record also when it cannot be used, as far as it says who it is. `parts`: what the profile was made
    of, for a source that may send one part without the others."""

    index: int
    profile: JobProfile | None = None
    problem: Problem | None = None
    warnings: tuple[Problem, ...] = ()
    source_id: str | None = None
    parts: tuple[Part, ...] = ()


class Hint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word that an object changed, without the object: its identifiers by type, and what the event says
    of itself. It is a reason to fetch the object, never a source of its content. `effective_from` is the
    day from which the change holds; a question about today would not show a later one."""

    ids: dict[str, str]
    event_id: str | None = None
    event_type: str | None = None
    occurred_at: str | None = None
    entity: str | None = None
    effective_from: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A whole payload, understood: its wire shape, its items, the objects it only names (`hints`), and what
    was odd about it as a whole. `event_id` is the source's own id of the call, if it gives one."""

    shape: str
    items: list[Item]
    warnings: tuple[Problem, ...] = ()
    hints: tuple[Hint, ...] = ()
    event_id: str | None = None


class Unreadable(Exception):
    """A payload that is not job profiles at all (a fault, an upsert answer, broken XML, a DTD).

    `code` is stable, `detail` says what was found (`said`, a sentence) and what to do (`fix`, another one),
    within DETAIL_LIMIT: what was found is cut, never what to do.
    """

    def __init__(self, code: str, said: str, status: int = 400, fix: str = "") -> None:
        super().__init__(code, said, status, fix)  # all of it, so that it comes whole from another process
        self.code = code
        self.status = status
        room = DETAIL_LIMIT - len(fix) - 1
        shown = said if len(said) <= room else f"{said[: room - 1].rstrip()}\u2026"
        self.detail = f"{shown} {fix}".rstrip()

    def __str__(self) -> str:
        return self.detail
