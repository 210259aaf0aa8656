"""What a mapping makes of one job profile, made by the very function that production uses.

Beside the result stands what a person needs to judge it: the source tree with what goes where, problems by
field, source fields that nothing reads, and targets that nothing fills.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec.structs import replace

from adapters.model import Page, Problem
from kit.errors import NotFound
from mappings.loading import ROLE_TARGETS
from mappings.model import DocumentRecord, Mapping, Preferences, RoleRecord
from mappings.paths import leaves, readers, targets_of
from pipeline.records.model import Bad, Incoming
from webhooks.understand import mapped

_NAMES_ONLY = re.compile(r"(^|\.)ids\.|^slices\[\]|^valid_|^source_updated_at$")
"""Source fields that name the record or say when it holds: nobody has to map them."""


class Field(msgspec.Struct, frozen=True):
    """A value of the source: its path, the expression that gets it, the value, the targets it goes into."""

    path: str
    expression: str
    value: Any
    targets: list[str]


class Target(msgspec.Struct, frozen=True):
    """A field of the role: what the rules give (None: nothing), and what is wrong with it."""

    target: str
    value: Any
    problems: list[Problem]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """One job profile of a payload that holds `items`. `rejected` says why production would not take it in.
    `unmapped` are paths of the source that no rule reads, `unfilled` targets that got no value."""

    item: int
    items: int
    source_id: str | None
    tree: list[Field]
    role: RoleRecord | None
    targets: list[Target]
    documents: tuple[DocumentRecord, ...]
    problems: list[Problem]
    warnings: list[Problem]
    rejected: Problem | None
    unmapped: list[str]
    unfilled: list[str]
    revision_hash: str | None


def preview(source: str, page: Page, mapping: Mapping, preferences: Preferences, item: int = 0) -> Preview:
    """What `mapping` makes of the item at this place of a payload that was read. Raises NotFound."""
    if not 0 <= item < len(page.items):
        raise NotFound(f"The payload holds {len(page.items)} job profiles; there is none at place {item}.")
    chosen = page.items[item]
    (made,) = mapped(source, replace(page, items=[chosen]), mapping, preferences).items
    record = msgspec.to_builtins(chosen.profile) if chosen.profile else {}
    by_path = readers(mapping)
    tree = [
        Field(leaf.path, leaf.expression, leaf.value, targets_of(leaf.path, by_path))
        for leaf in leaves(record)
    ]
    taken = made if isinstance(made, Incoming) else None
    warned = list(chosen.warnings)
    problems = [problem for problem in taken.warnings if problem not in warned] if taken else []
    return Preview(
        item=item,
        items=len(page.items),
        source_id=made.source_id,
        tree=tree,
        role=taken.role if taken else None,
        targets=_targets(mapping, taken, problems),
        documents=taken.documents if taken else (),
        problems=problems,
        warnings=warned,
        rejected=made.problem if isinstance(made, Bad) else None,
        unmapped=unmapped(tree),
        unfilled=_unfilled(mapping, taken),
        revision_hash=taken.revision_hash if taken else None,
    )


def unmapped(tree: list[Field]) -> list[str]:
    """The paths that no rule reads, without those that only name the record or say when it holds."""
    paths = dict.fromkeys(field.path for field in tree if not field.targets)
    return [path for path in paths if not names_only(path)]


def names_only(path: str) -> bool:
    """Whether a source field only names the record or says when it holds."""
    return bool(_NAMES_ONLY.search(path))


def _targets(mapping: Mapping, taken: Incoming | None, problems: list[Problem]) -> list[Target]:
    """The targets of the mapping's rules in their order, then the role's fields without a rule."""
    names = dict.fromkeys([*(rule.target for rule in mapping.role), *ROLE_TARGETS])
    return [
        Target(
            name, _said(taken.role, name) if taken else None, [one for one in problems if one.field == name]
        )
        for name in names
    ]


def _said(role: RoleRecord, target: str) -> Any:
    if target.startswith("attributes."):
        return role.attributes.get(target.partition(".")[2])
    value = getattr(role, target)
    return None if value in ("", [], {}) else value


def _unfilled(mapping: Mapping, taken: Incoming | None) -> list[str]:
    if taken is None:
        return []
    kinds = {document.kind for document in taken.documents}
    wanted = dict.fromkeys(rule.target for rule in mapping.documents)
    names = dict.fromkeys([*ROLE_TARGETS, *(rule.target for rule in mapping.role)])
    empty = [name for name in names if _said(taken.role, name) in (None, "unknown")]
    return empty + [f"documents.{kind}" for kind in wanted if kind not in kinds]
