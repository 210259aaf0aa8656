"""Case 7 of docs/workday.md, with a database: the company is half of a role's key."""

from __future__ import annotations

from kit.db import Db
from mappings.defaults import default_mapping
from mappings.model import Preferences
from pipeline.records.model import Incoming
from tests import make
from tests.adapters.wd import sample
from webhooks.understand import understand


async def test_07_the_same_wid_of_two_companies_is_two_roles_and_of_one_company_one(db: Db) -> None:
    understood = understand(
        "workday", sample("one_profile.xml"), None, default_mapping("workday"), Preferences()
    )
    items = [item for item in understood.items if isinstance(item, Incoming)]
    made = []
    for name in ("Liberty", "Acme"):
        company = await make.company(db, name)
        verdicts = [(await make.take(db, company, *items)).verdicts[0] for _ in range(2)]
        assert [one.verdict for one in verdicts] == ["new", "no_material_change"]
        made += [one.role_id for one in verdicts]
    assert made[0] == made[1] != made[2] == made[3]
