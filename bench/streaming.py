"""A report of Workday's of any size, read row by row in a process whose memory is nothing else's.

`python -m bench.streaming MEGABYTES` prints the process' largest memory in MB, the seconds and the rows.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from adapters.workday.generate import payload
from adapters.workday.stream import stream

_BLOCK = 200  # invented rows, over and over: what counts is the size


def report(megabytes: int) -> Iterator[bytes]:
    """The report in pieces of some hundred kilobytes."""
    start, end = b'{"Report_Entry":[', b"]}"
    rows = payload("report_json", _BLOCK, 1).removeprefix(start).removesuffix(end)
    yield start
    for number in range(megabytes * 1_000_000 // len(rows) + 1):
        yield rows if number == 0 else b"," + rows
    yield end


def main(megabytes: int) -> None:
    """Read it, keeping nothing."""
    began = time.process_time()
    rows = sum(1 for item in stream(report(megabytes)) if item.profile)
    told = re.search(r"VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    memory = int(told[1]) / 1000 if told else float("nan")
    print(f"{memory:.0f} {time.process_time() - began:.1f} {rows}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
