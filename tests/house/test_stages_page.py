"""docs/stages.md tells the truth about the registry."""

from __future__ import annotations

import re

import msgspec

from pipeline.stages.base import Outcome
from pipeline.stages.registry import STAGES
from tools.stage_table import PAGE, parts, table


def test_the_table_is_the_one_of_the_registry() -> None:
    assert parts()[1] == table(), "python -m tools.stage_table puts this right"


def test_what_each_stage_writes_is_told_in_the_order_of_the_registry() -> None:
    told = PAGE.read_text("utf-8").partition("## What they write")[2].partition("## A command")[0]
    assert re.findall(r"^\| `(\w+)`", told, re.MULTILINE) == [stage.key for stage in STAGES]


def test_the_example_answer_of_a_command_is_an_outcome() -> None:
    examples = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    answer = next(one for one in examples if '"outputs"' in one)
    outcome = msgspec.json.decode(answer, type=Outcome)
    assert outcome.calls[0].purpose == "reskilling"
    assert set(msgspec.json.decode(answer)) == set(Outcome.__struct_fields__)
