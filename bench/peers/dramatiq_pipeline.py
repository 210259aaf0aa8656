"""Dramatiq: a pipeline of thirteen actors that do nothing, kept nowhere but in Redis.

`work URL` waits for a word in the Redis list `bench:go`, then serves with eight threads until it is ended;
`enqueue URL N` sends N pipelines. The last actor counts in the Redis key `bench:done`.
"""

from __future__ import annotations

import os
import sys
import threading

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Pipelines

URL = sys.argv[2]
os.environ.setdefault("dramatiq_queue_prefetch", "64")
broker = RedisBroker(url=URL, middleware=[Pipelines()])
dramatiq.set_broker(broker)


def _actor(number: int) -> dramatiq.Actor[..., int | None]:
    def step(value: int) -> int | None:
        if number == 12:
            broker.client.incr("bench:done")
            return None
        return value

    return dramatiq.actor(step, actor_name=f"step_{number}")


ACTORS = [_actor(number) for number in range(13)]


def enqueue(count: int) -> None:
    for number in range(count):
        first, *rest = ACTORS
        dramatiq.pipeline([first.message(number), *[actor.message() for actor in rest]]).run()


if __name__ == "__main__":
    if sys.argv[1] == "work":
        broker.client.blpop("bench:go", 60)
        dramatiq.Worker(broker, worker_threads=8).start()
        threading.Event().wait()
    else:
        enqueue(int(sys.argv[3]))
