"""Uniqueness on (company_id, key) for every label of ours, before the first write: without it MERGE
doubles nodes when two writers meet, in every graph we know. Ordinary indexes serve look-ups by code."""

from __future__ import annotations

from pipeline.graph.driver import Driver
from pipeline.graph.names import LABELS, Names


def statements(names: Names) -> list[str]:
    """The schema as Cypher, safe to run again."""
    unique = [
        f"CREATE CONSTRAINT etter_{label}_key IF NOT EXISTS "
        f"FOR (n:{names.of(label)}) REQUIRE (n.company_id, n.key) IS UNIQUE"
        for label in LABELS
    ]
    indexes = [
        f"CREATE INDEX etter_{label}_{field} IF NOT EXISTS FOR (n:{names.of(label)}) ON (n.{field})"
        for label, field in (("draup_role", "code"), ("journal", "role"))
    ]
    return unique + indexes


async def ensure(driver: Driver, names: Names) -> None:
    """Creates what is missing. Raises StageFault: `graph_refused` when the graph already holds two
    nodes of a label with the same company_id and key."""
    for statement in statements(names):
        await driver.execute(statement)
