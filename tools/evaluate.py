"""Measures the offline assessor on labelled data.

    python -m tools.evaluate DATA      (make eval DATA=../shared/eval)

DATA holds some of `exposure_tasks.csv` (O*NET tasks with human labels), `automation_human100.csv`,
`titles.csv`, `jds/*.json` and `nonjd/*.txt` with its `index.csv`; what is not there is left out. None of it
is part of this repository. Agreement with one team's labels of 2023 on sentences of O*NET is what is
measured, not truth; `majority` and, where the data has it, `GPT-4` are taken on the same rows. On the very
rows that the weights were fitted on, the honest figures are those of cross-validation, which
`python -m bench.train_assessor --data DATA --folds` takes; they are shown beside.

The figures go to bench/results/assessor.json.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID
from zlib import crc32

from bench.folds import calibration, figures, share
from bench.splitting import compared, cuts, marked
from bench.train_assessor import FOLDS
from pipeline.assessor.model import TaxonomyRole
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.assessor.offline.fitted import Judge, WeightsFile, load_weights
from pipeline.assessor.offline.gate import gate
from pipeline.assessor.offline.split import split
from pipeline.assessor.offline.titles import TitleIndex
from pipeline.assessor.scoring import FEW_TASKS, grade_of
from pipeline.stages.base import Doc

Row = dict[str, str]
RESULTS = Path(__file__).parents[1] / "bench" / "results" / "assessor.json"
TITLES_ASKED, _PASSES = 300, 5


def main(data: Path) -> None:
    """Prints one table a subject and writes all figures."""
    weights = load_weights()
    judge = Judge(weights)
    found: dict[str, Any] = {"version": OfflineAssessor().version}
    print(f"offline assessor {found['version']}\n")
    if (data / "exposure_tasks.csv").is_file():
        found["exposure"] = _exposure(weights, judge, data / "exposure_tasks.csv")
    if (data / "automation_human100.csv").is_file():
        found["automation"] = _automation(judge, _rows(data / "automation_human100.csv"))
    if (data / "nonjd" / "index.csv").is_file():
        found["gate"] = _gate(data)
    found["splitting"] = _splitting(data)
    if (data / "titles.csv").is_file():
        found["titles"] = _titles(_rows(data / "titles.csv"))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(title: str, columns: Sequence[str], lines: Iterable[tuple[str, Sequence[float | None]]]) -> None:
    print(title)
    print(f"  {'':<30}" + "".join(f"{name:>16}" for name in columns))
    for name, values in lines:
        print(f"  {name:<30}" + "".join(f"{'-' if v is None else f'{v:.3f}':>16}" for v in values))
    print()


def _exposure(weights: WeightsFile, judge: Judge, table: Path) -> dict[str, Any]:
    rows = _rows(table)
    digest = sha256(table.read_bytes()).hexdigest()
    judged, speeds = [judge.judge(row["task"]) for row in rows], []
    for _ in range(_PASSES):
        began = time.process_time()
        for row in rows:
            judge.judge(row["task"])
        speeds.append(len(rows) / (time.process_time() - began))
    speed = median(speeds)
    pairs = list(zip(rows, judged, strict=True))
    ours = figures(rows, [(one.class_, 0.5 * (one.p_exposed + one.p_direct)) for one in judged])
    found: dict[str, Any] = {
        "majority": figures(rows, [("E0", 0.0)] * len(rows)),
        "offline": {**ours, "calibration": calibration(pairs)},
        "GPT-4": figures(rows, [(row["gpt4_label"], float(row["gpt4_beta"])) for row in rows]),
    }
    seen = digest == weights.trained_on
    lines: list[tuple[str, dict[str, float]]] = [
        ("majority", found["majority"]),
        (
            "verb rubric (as published)",
            {"classes": 0.629, "exposed": 0.739, "pearson": 0.514, "occupations": 0.872},
        ),
        ("weights on rows they saw" if seen else "offline assessor", found["offline"]),
        ("GPT-4", found["GPT-4"]),
    ]
    if seen and FOLDS.is_file():
        stored = json.loads(FOLDS.read_text("utf-8"))
        if stored["data"] == digest:
            found["cross-validated"] = stored["folds"]
            for name, one in stored["folds"].items():
                lines += [(f"{name}: {who}", one[who]) for who in ("ours", "GPT-4")]
    keys = ("classes", "exposed", "pearson", "occupations", "calibration")
    _table(
        f"Exposure: {len(rows)} tasks, {len({row['soc'] for row in rows})} occupations; "
        f"{speed:,.0f} tasks a second of CPU time, evidence included",
        ("E0/E1/E2", "exposed y/n", "Pearson", "occ. Spearman", "calib. error"),
        [(name, [one.get(key) for key in keys]) for name, one in lines],
    )
    return {**found, "tasks_per_cpu_second": round(speed)}


def _automation(judge: Judge, rows: list[Row]) -> dict[str, Any]:
    human = [int(row["human_automation"][1]) for row in rows]
    most = Counter(human).most_common(1)[0][0]
    ours = [judge.judge(row["task"]).automation for row in rows]
    gpt4 = [int(row["gpt4_automation_a"][1]) for row in rows]

    def agreement(levels: Sequence[float]) -> list[float]:
        near = share([abs(int(a + 0.5) - b) <= 1 for a, b in zip(levels, human, strict=True)])
        return [near, share([grade_of(a) == grade_of(b) for a, b in zip(levels, human, strict=True)])]

    lines = [
        ("majority", agreement([most] * len(rows))),
        ("offline assessor", agreement(ours)),
        ("GPT-4", agreement(gpt4)),
    ]
    _table(
        f"Automation level 0 to 4: {len(rows)} tasks, so few that 0.1 may be chance",
        ("within one", "three grades"),
        lines,
    )
    return {name: {"within_one": a, "three_grades": b} for name, (a, b) in lines}


def _gate(data: Path) -> dict[str, Any]:
    jds = [json.loads(path.read_text("utf-8"))["text"] for path in sorted((data / "jds").glob("*.json"))]
    kinds = {row["file"]: row["doc_type"] for row in _rows(data / "nonjd" / "index.csv")}
    others = [(kinds[path.name], path.read_text("utf-8")) for path in sorted((data / "nonjd").glob("*.txt"))]
    verdicts = [("jd", _verdict(text)) for text in jds] + [(kind, _verdict(text)) for kind, text in others]
    decided = [(kind == "jd", verdict == "yes") for kind, verdict in verdicts if verdict != "ask"]
    rightly = share([a == b for a, b in decided])
    kinds_seen = ["jd", *sorted({kind for kind, _ in others})]
    lines = [
        (
            f"{kind} ({sum(counts.values())} documents)",
            [counts[verdict] / sum(counts.values()) for verdict in ("yes", "ask", "no")],
        )
        for kind in kinds_seen
        for counts in [Counter(verdict for seen, verdict in verdicts if seen == kind)]
    ]
    _table(
        f"Document gate, every document declared a job description: {len(jds)} are, {len(others)} are not; "
        f"{len(decided) / len(verdicts):.0%} decided, {rightly:.3f} of those rightly\n"
        f"  (published reference: 82 % decided, .966 of those rightly)",
        ("taken", "asked", "refused"),
        lines,
    )
    return {name: dict(zip(("taken", "asked", "refused"), shares, strict=True)) for name, shares in lines}


def _splitting(data: Path) -> dict[str, Any]:
    """Our own marked descriptions, and the real ones with their line breaks taken away."""
    texts = marked()
    listed = compared([(cuts(one.text), one.tasks) for one in texts])
    real = [json.loads(path.read_text("utf-8"))["text"] for path in sorted((data / "jds").glob("*.json"))]
    joined = {"by a space": " ", "by nothing": ""}
    enough = {
        how: share([len(cuts(gap.join(text.splitlines()))) >= FEW_TASKS for text in real])
        for how, gap in joined.items()
        if real
    }
    marks = sum(len(one.tasks) for one in texts)
    _table(
        f"Cutting into tasks: {len(texts)} descriptions of our own, {marks} tasks marked by hand;\n"
        f"  {len(real)} real ones without their line breaks: the share with three tasks or more",
        ("precision", "recall", "F1"),
        [
            ("with lists", listed),
            *((f"run together {how}", (None, None, one)) for how, one in enough.items()),
        ],
    )
    return {"marked": len(texts), **listed._asdict(), "run_together_with_three_tasks": enough}


def _verdict(text: str) -> str:
    doc = Doc(id=UUID(int=0), kind="job_description", title="", text=text, sha256="")
    return gate(doc, len(split(doc).spans)).is_jd


def _titles(rows: list[Row]) -> dict[str, Any]:
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
    return {"asked": len(asked), "top_1": first / len(asked), "top_5": among_five / len(asked)}


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: make eval DATA=<folder with exposure_tasks.csv and others>")
    main(Path(sys.argv[1]))
