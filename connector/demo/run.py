"""The demo: the main job through the public API, on parts of its own, in well under a minute."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from connector.demo import screen
from connector.demo.cast import CAST, ONLY_PROCESS_MAP, PAYLOADS, SENT_TWICE, process_map
from connector.demo.receiver import Receiver
from connector.demo.recipe import Recipe
from connector.graphs import graph_of
from connector.stack import Stack
from kit import ids

Json = dict[str, Any]
_PATIENCE = 90.0
_LOOK = 0.4
_ENDINGS = ("run.finished", "run.degraded", "run.failed")


class Demo:
    """The state of one showing."""

    def __init__(self, recipe: Recipe, receiver: Receiver, console: Console) -> None:
        self._recipe = recipe
        self._receiver = receiver
        self._console = console
        self._run_ids: dict[str, str] = {}
        self._over: dict[str, Json] = {}
        self.faults: list[str] = []

    def send_everything(self) -> None:
        """Post the payloads as the HRIS and the recipe would, then help the role without a document."""
        for payload in PAYLOADS:
            answer = self._recipe.send(payload)
            words = ", ".join(sorted({item["verdict"] for item in answer["results"]}))
            self._console.print(
                f"  {payload.source:15} {payload.file:34} {len(answer['results'])} items: {words}"
            )
        by_code = self._roles()
        role = by_code[ONLY_PROCESS_MAP]
        self._recipe.add_document(role["id"], "process_map", "Accounts payable", process_map())
        self._recipe.push(role["id"])
        self._console.print(f"  {'recipe':15} a process map for {role['title']}, and a push")

    def watch(self) -> None:
        """Follow every run until all are over."""
        until = time.monotonic() + _PATIENCE
        with Live(console=self._console, refresh_per_second=4) as live:
            while True:
                roles = self._roles()
                runs = self._look(roles)
                live.update(screen.progress(runs, roles))
                if len(self._over) >= self._expected_runs():
                    return
                if time.monotonic() > until:
                    self.faults.append(f"Not every run was over after {_PATIENCE:.0f} s.")
                    return
                time.sleep(_LOOK)

    def _expected_runs(self) -> int:
        return sum(part.state != "validation_failed" for part in CAST)

    def _roles(self) -> dict[str, Json]:
        return {role["code"]: role for role in self._recipe.roles()}

    def _look(self, roles: dict[str, Json]) -> dict[str, Json]:
        runs: dict[str, Json] = {}
        for code, role in roles.items():
            if code in self._over:
                runs[code] = self._over[code]
            elif role["last_run_id"] is not None:
                runs[code] = self._recipe.run(role["last_run_id"])
                if runs[code]["status"] in ("success", "failed"):
                    self._over[code] = runs[code]
        return runs

    def check(self) -> dict[str, Json]:
        """Whether every role ended as it should, once, with its callback; the roles by code."""
        roles = self._roles()
        self._console.print(screen.endings(roles))
        wrong = [part.code for part in CAST if not screen.as_it_should(part, roles.get(part.code, {}))]
        if wrong:
            self.faults.append(f"These did not end as they should: {', '.join(wrong)}.")
        if len(roles) != len(CAST):
            self.faults.append(f"There are {len(roles)} roles; {len(CAST)} were sent.")
        self._check_callbacks()
        return roles

    def _check_callbacks(self) -> None:
        """Deliveries come after their events; wait for the last ones."""
        expected = {run["id"] for run in self._over.values()}
        until = time.monotonic() + 15
        while self._told() < expected and time.monotonic() < until:
            time.sleep(0.1)
        if missing := expected - self._told():
            self.faults.append(f"{len(missing)} runs ended without a callback.")
        if self._receiver.refused:
            self.faults.append(f"{len(self._receiver.refused)} callbacks had a wrong signature.")
        self._console.print(
            f"Callbacks: {len(self._receiver.events)} received, each signature verified; "
            f"{len(self._told())} runs reported as over. {SENT_TWICE} was sent twice and ran once."
        )

    def _told(self) -> set[str]:
        return {event["run_id"] for event in self._receiver.events if event["type"] in _ENDINGS}


async def dashboard(stack: Stack) -> list[Json]:
    """The dashboard contract's query, run on the graph."""
    graph = graph_of(stack.settings)
    try:
        return list(await graph.dashboard(ids.parse("company", stack.client.company_id)))
    finally:
        await graph.close()


def run(*, keep: bool = False) -> int:
    """0 when every role ended as it should; else 1, with what was wrong. Raises PartsFault."""
    console = Console(width=max(Console().width, 140))
    data = Path(tempfile.mkdtemp(prefix="etter-demo-", dir="/tmp"))
    data.chmod(0o711)
    began = time.monotonic()
    standin = f"{sys.executable} -m connector.demo.standin"
    extra = {
        "CONNECTOR_ALLOW_LOOPBACK_CALLBACKS": "true",
        "CONNECTOR_WINDOW": "4",
        "CONNECTOR_STAGE_COMMAND_RESKILLING": standin,
    }
    console.print("Starting PostgreSQL, Redis, the graph, the API, a worker and the clock ...")
    try:
        with Stack(data, port=0, short=True, extra=extra) as stack, Receiver() as receiver:
            faults = _show(console, stack, receiver)
    finally:
        if keep:
            console.print(f"The data and logs are in {data}")
        else:
            shutil.rmtree(data, ignore_errors=True)
    console.print(f"{time.monotonic() - began:.0f} s in all.")
    for fault in faults:
        console.print(f"[red]{fault}[/red]")
    console.print(
        "[red]The demo failed.[/red]" if faults else "[green]Every role ended as it should.[/green]"
    )
    return 1 if faults else 0


def _show(console: Console, stack: Stack, receiver: Receiver) -> list[str]:
    recipe = Recipe(stack.url, stack.client)
    try:
        me = recipe.me()
        console.print(f"A token for {me['name']} of {me['company']['name']}; callbacks to {receiver.url}\n")
        receiver.trust(recipe.subscribe(receiver.url))
        demo = Demo(recipe, receiver, console)
        demo.send_everything()
        console.print("\n" + screen.legend())
        demo.watch()
        demo.check()
        rows = asyncio.run(dashboard(stack))
        console.print(screen.assessments(rows))
        if len(rows) != sum(part.visible for part in CAST):
            demo.faults.append(f"The dashboard query gave {len(rows)} roles.")
        return demo.faults
    finally:
        recipe.close()
