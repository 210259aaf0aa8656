"""`python -m bench.train_assessor --data DIR`: fit the offline assessor's weights and write them.

DIR holds `exposure_tasks.csv` (O*NET tasks with labels of people and of GPT-4), `titles.csv` (its titles by
occupation), `onet27/DWA_Reference.txt.gz` (the wording of its work activities) and
`automation_human100.csv`, whose tasks are left out, so that they can test the level. The same data gives the
same bytes.
"""

from __future__ import annotations

import argparse
from hashlib import sha256
from pathlib import Path

import msgspec

from bench.examples import OPINIONS, activity_titles, examples, read
from bench.fitting import fitted
from bench.folds import cross_validated
from bench.priors import priors
from pipeline.assessor.offline.fitted import WeightsFile, packed

WEIGHTS = Path(__file__).parents[1] / "pipeline" / "assessor" / "offline" / "weights.json"
FOLDS = Path(__file__).parent / "results" / "assessor_folds.json"
ORIGIN = (
    "Fitted on task labels of GPTs are GPTs (OpenAI, MIT licence, https://github.com/openai/GPTs-are-GPTs): "
    f"exposure on human labels ({OPINIONS['human_label']}) and GPT-4's, automation on GPT-4's levels. "
    "See docs/assessor-card.md."
)


def main() -> None:
    """Reads, fits, writes; with `--folds` also measures how such weights judge what they have not seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.train_assessor", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with exposure_tasks.csv")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the file to write")
    parser.add_argument("--folds", action="store_true", help="cross-validate too (some minutes)")
    given = parser.parse_args()
    raw = trained(given.data)
    given.out.write_bytes(raw)
    print(f"{given.out}: {len(raw):,} bytes, sha256 {sha256(raw).hexdigest()}", flush=True)
    if given.folds:
        table = given.data / "exposure_tasks.csv"
        made = {
            "data": sha256(table.read_bytes()).hexdigest(),
            "folds": cross_validated(read(table), activity_titles(given.data)),
        }
        FOLDS.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
        print(f"{FOLDS}: written")


def trained(data: Path) -> bytes:
    """The weights file as bytes."""
    aside = {row["task_id"] for row in read(data / "automation_human100.csv")}
    table = data / "exposure_tasks.csv"
    rows = [row for row in read(table) if row["task_id"] not in aside]
    bias, weights = fitted(examples(rows, activity_titles(data)))
    return packed(
        WeightsFile(
            version="fitted-2",
            origin=ORIGIN,
            trained_on=sha256(table.read_bytes()).hexdigest(),
            rows=len(rows),
            bias=bias,
            grams=weights,
            priors=priors(read(table), read(data / "titles.csv")),
        )
    )


if __name__ == "__main__":
    main()
