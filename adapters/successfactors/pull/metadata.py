"""`$metadata`: which columns and navigations a tenant really has, read without any network or entity."""

from __future__ import annotations

import msgspec
from lxml import etree

from adapters import xml
from adapters.calls import mend
from adapters.model import Unreadable
from adapters.pull import PullFault
from adapters.successfactors.pull.answers import SYSTEM, good
from kit.http import Answer


class Entity(msgspec.Struct, frozen=True):
    """An entity type: its columns, and its navigations with the type that each leads to ("" if not said)."""

    columns: frozenset[str]
    navigations: dict[str, str]


def entities(answer: Answer) -> dict[str, Entity]:
    """The entity types of a metadata document by name. Raises PullFault."""
    good(answer)
    try:
        root = xml.parse(answer.body, "")
    except Unreadable as unreadable:
        raise PullFault(
            f"{SYSTEM} answered with metadata that cannot be read ({unreadable.code}).",
            reason="bad_answer",
            action=mend("bad_answer", SYSTEM),
        ) from unreadable
    ends = _ends(root)
    return {
        str(one.get("Name")): Entity(
            frozenset(str(column.get("Name")) for column in one.iterfind("{*}Property")),
            {
                str(nav.get("Name")): ends.get((_local(nav.get("Relationship")), str(nav.get("ToRole"))), "")
                for nav in one.iterfind("{*}NavigationProperty")
            },
        )
        for one in root.iter("{*}EntityType")
    }


def _ends(root: etree._Element) -> dict[tuple[str, str], str]:
    return {
        (str(association.get("Name")), str(end.get("Role"))): _local(end.get("Type"))
        for association in root.iter("{*}Association")
        for end in association.iterfind("{*}End")
    }


def _local(name: str | None) -> str:
    return (name or "").rpartition(".")[2]
