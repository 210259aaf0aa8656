"""A mapping that changed: it makes a role stale only where it reads something else in the same bytes."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from kit.db import Db
from mappings.defaults import default_mapping
from mappings.model import Mapping, Preferences
from pipeline.records.model import Incoming, Verdict
from tests import make
from tests.connector.api.sending import workday
from tests.pipeline.engine.rig import Rig, line
from webhooks.understand import understand

MAPPING = default_mapping("workday")


def without(mapping: Mapping, target: str) -> Mapping:
    """The next version of a mapping, which no longer reads one thing."""
    rules = tuple(rule for rule in mapping.role if rule.target != target)
    assert len(rules) < len(mapping.role)
    return replace(mapping, version=mapping.version + 1, role=rules)


def read(mapping: Mapping) -> Incoming:
    """The bundled job profile as a mapping reads it."""
    (item,) = understand("workday", workday(), "text/xml", mapping, Preferences()).items
    assert isinstance(item, Incoming)
    return item


@pytest.fixture
async def rig(db: Db) -> Rig:
    return Rig(db, line())


async def ready(rig: Rig, company_id: UUID) -> None:
    """The role, pushed as today's mapping reads it."""
    rig.engine()
    (verdict,) = (await make.take(rig.db, company_id, read(MAPPING))).verdicts
    assert verdict.run_id is not None
    run = await rig.settled(verdict.run_id)
    assert run["state"] == "ready"
    await rig.stop()


async def again(rig: Rig, mapping: Mapping) -> tuple[Verdict, str]:
    """The same bytes once more, as another mapping reads them; the role's state after it."""
    company_id = await make.company(rig.db)
    await ready(rig, company_id)
    (verdict,) = (await make.take(rig.db, company_id, read(mapping))).verdicts
    (role,) = await rig.rows("SELECT state FROM role")
    return verdict, role["state"]


async def test_a_mapping_that_reads_something_else_makes_a_pushed_role_stale(rig: Rig) -> None:
    verdict, state = await again(rig, without(MAPPING, "family_code"))
    assert (verdict.verdict, verdict.pushed, state) == ("changed", False, "stale")
    (role,) = await rig.rows("SELECT mapping_version, revision FROM role")
    assert role == {"mapping_version": f"workday@{MAPPING.version + 1}", "revision": 2}


async def test_a_mapping_that_reads_the_same_leaves_a_role_as_it_is(rig: Rig) -> None:
    verdict, state = await again(rig, replace(MAPPING, version=MAPPING.version + 1))
    assert (verdict.verdict, verdict.pushed, state) == ("no_material_change", False, "ready")
