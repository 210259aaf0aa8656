"""Labelled texts to learn from: tasks, and the work activities that they are examples of.

People partly labelled whole activities, so an activity's own wording is a text whose labels are the mean of
its tasks': it says in few words, as descriptions do, what many tasks have in common.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from pipeline.assessor.offline.fitted import scale_of
from pipeline.assessor.offline.grams import Reader, every
from pipeline.assessor.offline.lexicon import lexicon

Labelled = dict[str, str]
Titles = Mapping[str, str]
OPINIONS = {"human_label": 0.7, "gpt4_label": 0.15, "gpt4_label_rubric2": 0.15}
"""How much each word counts on whether a task is exposed: people's, and GPT-4's with two rubrics."""


class Example(NamedTuple):
    """A text: its grams, each once, and the value each has in it; how exposed 0..1, how direct of what people
    call exposed (None: nothing), the automation level 0..4."""

    grams: list[str]
    scale: float
    exposed: float
    direct: float | None
    level: float


def read(path: Path) -> list[Labelled]:
    """The rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def activity_titles(data: Path) -> dict[str, str]:
    """The wording of O*NET's detailed work activities by their id."""
    path = data / "onet27" / "DWA_Reference.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {row["DWA ID"]: row["DWA Title"] for row in rows}


def examples(rows: Sequence[Labelled], titles: Titles) -> list[Example]:
    """These tasks, and the activities that they alone are examples of."""
    tasks = [of_task(row) for row in rows]
    return [*tasks, *_of_activities(rows, tasks, titles)]


def of_task(row: Labelled) -> Example:
    """A task as its labels have it."""
    grams, scale = _grams(row["task"])
    exposed = sum(weight for name, weight in OPINIONS.items() if row[name] != "E0")
    direct = None if row["human_label"] == "E0" else float(row["human_label"] == "E1")
    level = (int(row["gpt4_automation_a"][1]) + int(row["gpt4_automation_b"][1])) / 2
    return Example(grams, scale, exposed, direct, level)


def activities(row: Labelled) -> list[str]:
    """The ids of a task's activities."""
    return list(dict.fromkeys(row["dwa_ids"].split("|"))) if row["dwa_ids"] else []


def _of_activities(rows: Sequence[Labelled], tasks: Sequence[Example], titles: Titles) -> Iterator[Example]:
    members = defaultdict[str, list[Example]](list)
    for row, task in zip(rows, tasks, strict=True):
        for activity in activities(row):
            members[activity].append(task)
    for activity, some in sorted(members.items()):
        if activity in titles:
            grams, scale = _grams(titles[activity])
            direct = [task.direct for task in some if task.direct is not None]
            yield Example(
                grams,
                scale,
                fmean(task.exposed for task in some),
                fmean(direct) if direct else None,
                fmean(task.level for task in some),
            )


@cache
def _reader() -> Reader[str]:
    return Reader(every, lexicon().verbs)


def _grams(text: str) -> tuple[list[str], float]:
    found, words, _ = _reader().read(text)
    return list(found), scale_of(words)
