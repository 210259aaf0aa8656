"""What a mapping is, and what comes out of it.

A mapping is data: rules that say which part of a job profile becomes which field of a role or which
section of a document. Every Struct refuses keys it does not know, so a misspelled rule is found when
the mapping is loaded and not when a field stays empty.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.model import Problem, Status, System


class Transform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step a value takes: the name of a registered transform and its arguments."""

    name: str
    args: dict[str, Any] = {}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: `source` (JMESPath over the job profile) through `transforms` into `target`.

    In role rules the target is a field of `RoleRecord` or `attributes.<name>`. In document rules it is
    the kind of the document; rules with the same kind are its sections, in their order, under `heading`.
    `required` makes a missing value a problem; `note` is for the person who edits the mapping.
    """

    target: str
    source: str = ""
    transforms: tuple[Transform, ...] = ()
    required: bool = False
    note: str = ""
    heading: str = ""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules of one company for one source. Made by `loading.load`, which proves that it works."""

    source: System
    version: int
    name: str
    role: tuple[Rule, ...]
    documents: tuple[Rule, ...] = ()


class Preferences(msgspec.Struct, frozen=True):
    """What a company prefers, beside its rules: locales, best first (`en_US`, or a language: `en`)."""

    locales: tuple[str, ...] = ("en_US", "en_GB")


class RoleRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job profile says about a role. None or empty: the source did not say, nothing is erased.

    `family`, `level` and `grade` are for reading; their `_code`s, where there are any, decide whether
    something changed. `locale` is the locale of `title` when a preferred one was found.
    """

    title: str | None = None
    titles: dict[str, str] = {}
    code: str | None = None
    family: str | None = None
    family_code: str | None = None
    level: str | None = None
    level_code: str | None = None
    grade: str | None = None
    grade_code: str | None = None
    status: Status = "unknown"
    locale: str | None = None
    countries: list[str] = []
    attributes: dict[str, Any] = {}


class DocumentRecord(msgspec.Struct, frozen=True):
    """One document made of a job profile: `html` is safe to show, `text` is what is assessed."""

    kind: str
    title: str
    html: str
    text: str


class Normalised(msgspec.Struct, frozen=True):
    """A job profile after its mapping. `revision_hash` (64 hex digits) changes when the role does."""

    role: RoleRecord
    documents: tuple[DocumentRecord, ...]
    problems: tuple[Problem, ...]
    mapping_version: int
    revision_hash: str
