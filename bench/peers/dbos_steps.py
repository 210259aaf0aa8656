"""DBOS: an async workflow of thirteen steps on a queue.

`work URL CONCURRENCY POLL_MS` serves the queue until it is ended (0: DBOS' own poll interval);
`enqueue URL N` puts N workflows on it.
"""

from __future__ import annotations

import sys
import threading

from dbos import DBOS, DBOSClient, DBOSConfig

QUEUE = "bench"


@DBOS.step()
async def step(number: int) -> dict[str, int]:
    return {"did": number}


@DBOS.workflow()
async def thirteen(number: int) -> int:
    for n in range(13):
        await step(n)
    return number


def work(url: str, concurrency: int, poll_ms: int) -> None:
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": url,
        "application_version": "1",
        "log_level": "WARNING",
        "run_admin_server": False,
    }
    DBOS(config=config)
    DBOS.launch()
    poll = {"polling_interval_sec": poll_ms / 1000} if poll_ms else {}
    DBOS.register_queue(QUEUE, worker_concurrency=concurrency, **poll)
    threading.Event().wait()


def enqueue(url: str, count: int) -> None:
    client = DBOSClient(system_database_url=url)
    for number in range(count):
        client.enqueue(
            {"queue_name": QUEUE, "workflow_name": thirteen.__qualname__, "app_version": "1"}, number
        )


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        enqueue(sys.argv[2], int(sys.argv[3]))
