"""Uniqueness on (company_id, key) for every label of ours, before the first write: without it MERGE
doubles nodes when two writers meet, in every graph we know. Ordinary indexes serve look-ups by code."""

from __future__ import annotations

from pipeline.graph.driver import Driver
from pipeline.graph.names import LABELS, Names


def statements(names: Names) -> dict[str, str]:
    """The schema as Cypher, by the name of each constraint or index; safe to run again. The names hold
    the label, so that two sets of labels in one graph do not take each other's for done."""
    unique = {
        f"etter_key_{label}": f"CREATE CONSTRAINT etter_key_{label} IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE (n.company_id, n.key) IS UNIQUE"
        for label in map(names.of, LABELS)
    }
    indexes = {
        f"etter_{field}_{label}": f"CREATE INDEX etter_{field}_{label} IF NOT EXISTS "
        f"FOR (n:{label}) ON (n.{field})"
        for label, field in ((names.draup_role, "code"), (names.journal, "role"))
    }
    return unique | indexes


async def ensure(driver: Driver, names: Names) -> None:
    """Creates what is missing. Raises StageFault: `graph_refused` when the graph already holds two
    nodes of a label with the same company_id and key."""
    there = await driver.read("SHOW CONSTRAINTS YIELD name RETURN name")
    there += await driver.read("SHOW INDEXES YIELD name RETURN name")
    held = {row["name"] for row in there}
    for name, statement in statements(names).items():
        if name not in held:
            await driver.execute(statement)
