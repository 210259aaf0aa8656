"""Measures the offline assessor on labelled data.

    python -m tools.evaluate DATA      (make eval DATA=../shared/eval)

DATA holds `exposure_tasks.csv` (O*NET tasks with human labels), `automation_human100.csv`, `titles.csv`,
`jds/*.json` and `nonjd/*.txt` with its `index.csv`. None of it is part of this repository. Agreement with
one team's labels of 2023 on sentences of O*NET is what is measured, not truth; `majority` and, where the
data has it, `GPT-4` are taken on the same rows.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

from pipeline.assessor.model import TaxonomyRole
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.assessor.offline.gate import gate
from pipeline.assessor.offline.lexicon import lexicon
from pipeline.assessor.offline.rubric import Rubric, load_weights
from pipeline.assessor.offline.split import split
from pipeline.assessor.offline.taxonomy import TitleIndex
from pipeline.stages.base import Doc

Row = dict[str, str]
GRADES = {"T0": "human", "T1": "augment", "T2": "augment", "T3": "automate", "T4": "automate"}
TITLES_ASKED = 300


def main(data: Path) -> None:
    """Prints one table a subject."""
    rubric = Rubric(load_weights(), lexicon().verbs)
    print(f"offline assessor {OfflineAssessor().version}\n")
    _exposure(rubric, _rows(data / "exposure_tasks.csv"))
    _automation(rubric, _rows(data / "automation_human100.csv"))
    _gate(data)
    _titles(_rows(data / "titles.csv"))


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(title: str, columns: Sequence[str], lines: Iterable[tuple[str, Sequence[float | None]]]) -> None:
    print(title)
    print(f"  {'':<30}" + "".join(f"{name:>16}" for name in columns))
    for name, values in lines:
        print(f"  {name:<30}" + "".join(f"{'-' if v is None else f'{v:.3f}':>16}" for v in values))
    print()


def _share(pairs: Iterable[tuple[Any, Any]]) -> float:
    """How many of the pairs are equal."""
    found = list(pairs)
    return sum(1 for one, other in found if one == other) / len(found)


def _exposure(rubric: Rubric, rows: list[Row]) -> None:
    judged = [rubric.judge(row["task"]) for row in rows]
    human = [row["human_label"] for row in rows]
    ours: list[str] = [one.class_ for one in judged]
    gpt4 = [row["gpt4_label"] for row in rows]
    most = Counter(human).most_common(1)[0][0]

    def accuracies(labels: Sequence[str]) -> list[float]:
        yes_no = _share(((a != "E0"), (b != "E0")) for a, b in zip(labels, human, strict=True))
        return [_share(zip(labels, human, strict=True)), yes_no]

    def ranked(values: Callable[[int], float]) -> float:
        return _occupations(rows, values)

    _table(
        f"Exposure: {len(rows)} tasks, {len({row['soc'] for row in rows})} occupations",
        ("E0/E1/E2", "exposed y/n", "occ. Spearman"),
        [
            ("majority", [*accuracies([most] * len(rows)), None]),
            ("verb rubric (as published)", [0.629, 0.739, 0.872]),
            (
                "offline assessor",
                [*accuracies(ours), ranked(lambda n: 0.5 * (judged[n].p_exposed + judged[n].p_direct))],
            ),
            ("GPT-4", [*accuracies(gpt4), ranked(lambda n: float(rows[n]["gpt4_beta"]))]),
        ],
    )


def _occupations(rows: list[Row], values: Callable[[int], float]) -> float:
    """Rank correlation of mean scores of occupations with the human ones."""
    ours, theirs = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for number, row in enumerate(rows):
        ours[row["soc"]].append(values(number))
        theirs[row["soc"]].append(float(row["human_beta"]))
    means = [(sum(ours[soc]) / len(ours[soc]), sum(theirs[soc]) / len(theirs[soc])) for soc in ours]
    return _pearson(_ranks([one for one, _ in means]), _ranks([other for _, other in means]))


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks, equal values sharing their mean."""
    places = defaultdict[float, list[int]](list)
    for place, value in enumerate(sorted(values)):
        places[value].append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def _pearson(xs: Sequence[float], ys: Sequence[float]) -> float:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread = sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys)
    return float(both / spread**0.5)


def _automation(rubric: Rubric, rows: list[Row]) -> None:
    human = [GRADES[row["human_automation"]] for row in rows]
    most = Counter(human).most_common(1)[0][0]
    _table(
        f"Automation, human / augment / automate: {len(rows)} tasks, so few that 0.1 may be chance",
        ("three-way",),
        [
            ("majority", [_share((most, one) for one in human)]),
            (
                "offline assessor",
                [_share((rubric.judge(r["task"]).grade, h) for r, h in zip(rows, human, strict=True))],
            ),
            (
                "GPT-4",
                [_share((GRADES[r["gpt4_automation_a"]], h) for r, h in zip(rows, human, strict=True))],
            ),
        ],
    )


def _gate(data: Path) -> None:
    jds = [json.loads(path.read_text("utf-8"))["text"] for path in sorted((data / "jds").glob("*.json"))]
    kinds = {row["file"]: row["doc_type"] for row in _rows(data / "nonjd" / "index.csv")}
    others = [(kinds[path.name], path.read_text("utf-8")) for path in sorted((data / "nonjd").glob("*.txt"))]
    verdicts = [("jd", _verdict(text)) for text in jds] + [(kind, _verdict(text)) for kind, text in others]
    decided = [(kind == "jd", verdict == "yes") for kind, verdict in verdicts if verdict != "ask"]
    kinds_seen = ["jd", *sorted({kind for kind, _ in others})]
    _table(
        f"Document gate, every document declared a job description: {len(jds)} are, {len(others)} are not; "
        f"{len(decided) / len(verdicts):.0%} decided, {_share(decided):.3f} of those rightly\n"
        f"  (published reference: 82 % decided, .966 of those rightly)",
        ("taken", "asked", "refused"),
        [
            (
                f"{kind} ({sum(counts.values())} documents)",
                [counts[verdict] / sum(counts.values()) for verdict in ("yes", "ask", "no")],
            )
            for kind in kinds_seen
            for counts in [Counter(verdict for seen, verdict in verdicts if seen == kind)]
        ],
    )


def _verdict(text: str) -> str:
    doc = Doc(id=UUID(int=0), kind="job_description", title="", text=text, sha256="")
    return gate(doc, len(split(doc).spans)).is_jd


def _titles(rows: list[Row]) -> None:
    """The bundled list has codes of its own, so its method is tried with O*NET's titles as a company's
    roles: a fifth of the alternate titles is kept aside and asked for."""
    aside = [
        row for row in rows if row["kind"] == "alternate" and crc32(row["alternate_title"].encode()) % 5 == 0
    ]
    kept = {row["alternate_title"] for row in aside}
    titles = defaultdict[str, list[str]](list)
    for row in rows:
        if row["alternate_title"] not in kept:
            for code in row["soc_codes"].split("|"):
                titles[code].append(row["alternate_title"])
    index = TitleIndex(
        tuple(
            TaxonomyRole(code=c, title=t[0], taxonomy="onet", alternates=tuple(t[1:]))
            for c, t in sorted(titles.items())
        )
    )
    asked = sorted(aside, key=lambda row: crc32(row["alternate_title"].encode()))[:TITLES_ASKED]
    first, among_five = 0, 0
    for row in asked:
        right = set(row["soc_codes"].split("|"))
        codes = [candidate.code for candidate in index.suggest(row["alternate_title"])]
        first += bool(codes and codes[0] in right)
        among_five += bool(right.intersection(codes))
    _table(
        f"Titles to standard roles: {len(asked)} of {len(aside)} unseen titles, {len(titles)} occupations",
        ("top 1", "top 5"),
        [
            ("token_set_ratio (as published)", [0.205, 0.523]),
            ("same method (as published)", [0.464, 0.747]),
            ("offline assessor", [first / len(asked), among_five / len(asked)]),
        ],
    )


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "exposure_tasks.csv").is_file():
        sys.exit("usage: make eval DATA=<folder with exposure_tasks.csv and the others>")
    main(Path(sys.argv[1]))
