"""Families as a tree: groups, the families in them, and how many roles there are of each."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from pipeline.records import families
from pipeline.records.families import Group


class FamilyTree(msgspec.Struct, frozen=True):
    """Groups by name, families without a group last."""

    results: list[Group]


_GROUP: dict[str, Any] = {
    "group": "Healthcare",
    "roles": 212,
    "families": [{"family": "Nursing", "roles": 200}, {"family": "Pharmacy", "roles": 12}],
}


class Families(Controller):
    """What a list of roles is narrowed by from the large to the small."""

    path = "/v1/roles/families"
    tags = ["Roles"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "listFamilies",
            "Families of roles as a tree",
            scope="roles:read",
            answers={200: Answer(kind=FamilyTree, example={"results": [_GROUP]})},
            notes="A role's group is its attribute family_group, which the mapping of Workday fills with the "
            "job family group. Narrow a list, a plan or a push by family_group and family.",
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """All of the company's roles, archived ones too."""
        async with call.tx() as tx:
            return Reply(FamilyTree(await families.tree(tx, call.caller.company_id)))
