"""`python -m bench [NAME ...] [--quick]`: measure, print, write to bench/results/."""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from bench import adapters, callbacks, engine, idle, intake, mapping, page, peers_venv, reading, serving
from bench.report import load, report, write_table
from bench.site import opened

MEASURES = {
    "engine": engine.run,
    "intake": intake.run,
    "latency": serving.latency,
    "fairness": serving.fairness,
    "push": serving.push,
    "status": reading.run,
    "callbacks": callbacks.run,
    "page": page.run,
    "recovery": serving.recovery,
    "idle": idle.run,
    "adapters": adapters.run,
    "mapping": mapping.run,
}


def main() -> int:
    """0 when everything could be measured, whatever it was."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="a smoke run: its numbers say nothing")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in MEASURES]:
        parser.error(f"no measure is called {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    peers_venv.ensure()
    failed = False
    with opened() as site:
        for name in given.names or MEASURES:
            print(f"{name} ...", flush=True)
            before, began = load(), time.monotonic()
            try:
                figures, readings = MEASURES[name](site, given.quick)
            except Exception:
                traceback.print_exc()
                failed = True
                continue
            seconds = time.monotonic() - began
            report(name, figures, readings, seconds=seconds, load_before=before, quick=given.quick)
    if not given.quick:
        write_table(MEASURES)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
