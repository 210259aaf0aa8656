"""`connector up`: the product for a person, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import click

from connector.stack import Stack

_FOLDER = Path(".data")
_PORT = 8400


def data_folder() -> Path:
    """Where the data is: `CONNECTOR_DATA_DIR`, else `.data` in this folder."""
    return Path(os.environ.get("CONNECTOR_DATA_DIR") or _FOLDER)


def run() -> None:
    """Start, print what a person needs, wait for a signal, stop everything. Raises PartsFault."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    stack = Stack(data_folder(), port=int(os.environ.get("CONNECTOR_PORT") or _PORT))
    click.echo("Starting PostgreSQL, Redis, the graph, the API, a worker and the clock ...")
    with stack:
        click.echo(_card(stack))
        stop.wait()
        click.echo("\nStopping ...")
    click.echo("Stopped. The data stays in " + str(stack.parts.data))


def _card(stack: Stack) -> str:
    graph = stack.parts.graph
    return f"""
  API            {stack.url}        openapi: {stack.url}/openapi.json
  health         {stack.url}/health/ready
  client id      {stack.client.client_id}
  client secret  {stack.client.client_secret}
  graph          {graph.uri}   user {graph.user}   password in {stack.parts.data}/graph
  data and logs  {stack.parts.data}

  A token:  curl -s {stack.url}/oauth/token -d grant_type=client_credentials \\
              -d client_id={stack.client.client_id} -d client_secret=...

  Ctrl-C stops everything; the data stays."""
