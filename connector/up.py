"""`connector up`: the product for a person, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from connector.stack import Stack
from kit.settings import read_one


def run() -> None:
    """Start, print what a person needs, wait for a signal, stop everything. Raises PartsFault,
    SettingsFault."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    stack = Stack(Path(read_one("data_dir")), port=read_one("port"))
    click.echo("Starting PostgreSQL, Redis, the graph, the API, a worker and the clock ...")
    with stack:
        click.echo(_card(stack))
        stop.wait()
        click.echo("\nStopping ...")
    click.echo("Stopped. The data stays in " + str(stack.parts.data))


def _card(stack: Stack) -> str:
    graph = stack.parts.graph
    return f"""
  page           {stack.url}/admin
  sign in as     {stack.client.email}
  password       {stack.client.password}

  API            {stack.url}        openapi: {stack.url}/openapi.json
  health         {stack.url}/health/ready
  client id      {stack.client.client_id}
  client secret  {stack.client.client_secret}
  graph          {graph.uri}   user {graph.user}   password in {stack.parts.data}/graph
  data and logs  {stack.parts.data}

  A token:  curl -s {stack.url}/oauth/token -d grant_type=client_credentials \\
              -d client_id={stack.client.client_id} -d client_secret=...

  Ctrl-C stops everything; the data stays."""
