"""What things are called in the graph: labels and relationship names are settings, because a graph
with roles in it may already exist. Queries hold `{{placeholders}}`; only checked names are put in."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from kit.sql import Queries

QUERIES = Queries("pipeline.graph", "queries.cypher")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{\{([a-z_]+)\}\}")


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Labels first, then relationship names. Raises ValueError for a name that is not
    `[A-Za-z_][A-Za-z0-9_]*`, or when two labels are the same."""

    company: str = "Company"
    family: str = "JobFamily"
    company_role: str = "CompanyRole"
    draup_role: str = "DraupRole"
    document: str = "Document"
    skill: str = "Skill"
    catalog_entry: str = "RoleCatalogEntry"
    journal: str = "EtterWrite"

    belongs_to: str = "BELONGS_TO"
    in_family: str = "IN_FAMILY"
    has_document: str = "HAS_DOCUMENT"
    maps_to: str = "MAPS_TO"
    requires_skill: str = "REQUIRES_SKILL"
    in_catalog: str = "IN_CATALOG"

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            if not _NAME.fullmatch(getattr(self, field)):
                raise ValueError(f"The graph name {field} must be letters, digits and underscores.")
        labels = [getattr(self, label) for label in LABELS]
        if len(set(labels)) < len(labels):
            raise ValueError("Two graph labels have the same name.")

    def of(self, thing: str) -> str:
        """The name of a label or relationship, by our own word for it."""
        return str(getattr(self, thing))


LABELS = (
    "company",
    "family",
    "company_role",
    "draup_role",
    "document",
    "skill",
    "catalog_entry",
    "journal",
)


@lru_cache(maxsize=512)
def cypher(names: Names, query: str, label: str = "", link: str = "") -> str:
    """The text of a named query with the names put in; `{{label}}` and `{{link}}` are chosen by the
    caller, by our own words for them. Raises KeyError or AttributeError for an unknown one."""
    chosen = {"label": label, "link": link}

    def name(match: re.Match[str]) -> str:
        return names.of(chosen.get(match[1]) or match[1])

    return _PLACEHOLDER.sub(name, QUERIES[query].text)
