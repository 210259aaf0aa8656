"""Which stages would have to run again for a role that is read otherwise: asked of the stages themselves."""

from __future__ import annotations

import hashlib
from uuid import UUID

from pipeline.records.model import Incoming
from pipeline.stages.base import Doc, Given, RoleFacts
from pipeline.stages.registry import STAGES

_NOBODY = UUID(int=0)


def stale_stages(before: Incoming, after: Incoming) -> tuple[list[str], list[str]]:
    """The stages whose own inputs change, and those that follow from their results and may change with them,
    each in the order of the stages."""
    was, now = _given(before), _given(after)
    direct = [stage.key for stage in STAGES if stage.inputs(was) != stage.inputs(now)]
    reached = set(direct)
    for stage in STAGES:
        if any(need.stage in reached for need in stage.needs):
            reached.add(stage.key)
    return direct, [stage.key for stage in STAGES if stage.key in reached and stage.key not in direct]


def _given(item: Incoming) -> Given:
    role = item.role
    facts = RoleFacts(
        id=_NOBODY,
        company_id=_NOBODY,
        company="",
        revision=1,
        system=item.source,
        source_id=item.source_id,
        title=role.title or "",
        code=role.code,
        family=role.family,
        level=role.level,
        grade=role.grade,
        locale=role.locale,
        status=role.status,
        countries=role.countries,
        attributes=role.attributes,
    )
    documents = []
    for document in item.documents:
        digest = hashlib.sha256(document.text.encode()).digest()
        # Another text is another version with another id; which one does not matter here.
        id_ = UUID(bytes=digest[:16])
        documents.append(
            Doc(id=id_, kind=document.kind, title=document.title, text=document.text, sha256=digest.hex())
        )
    return Given(role=facts, documents=documents)
