"""How many tokens a role costs, asked as the product asks, beside one call per task.

Both sides run the product's own assessor against an endpoint on the loopback whose answers have the right
form; it counts four characters of instructions, question, schema and answer as one token. The roles are
those of the demo's payloads that have a document. One call per task asks the same questions with the same
document, each about a single task; the questions that are not about tasks are asked once on both sides.

python -m tools.tokens_per_role
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID, uuid5

import msgspec

from connector.demo.cast import PAYLOADS
from kit.settings import Settings
from mappings.defaults import default_mapping
from mappings.model import Preferences
from pipeline.assessor.choose import assessor_from
from pipeline.assessor.model import Assessor, Judged
from pipeline.records.model import Incoming
from pipeline.stages.base import Doc, Given, RoleFacts
from tests.fakes.judging_model import judging_model
from webhooks.understand import understand

STEPS = (
    "map_draup_role",
    "ai_assessment",
    "top_tasks",
    "standardise_tasks",
    "task_feasibility",
    "mine_skills",
    "skills_architecture",
    "reskilling",
)
OF_TASKS = frozenset({"ai_assessment", "top_tasks", "standardise_tasks", "task_feasibility", "reskilling"})
_PATIENCE = 60.0
_COMPANY = UUID(int=1)


class Spent(msgspec.Struct):
    """Calls and tokens of one way of asking."""

    calls: int = 0
    given: int = 0
    made: int = 0

    @property
    def tokens(self) -> int:
        """Both ways."""
        return self.given + self.made


def roles() -> list[Given]:
    """The demo's roles with a document, each once."""
    found: dict[str, Given] = {}
    for payload in PAYLOADS:
        mapping = default_mapping(payload.source)
        items = understand(payload.source, payload.body, payload.content_type, mapping, Preferences()).items
        for item in items:
            if isinstance(item, Incoming) and item.documents:
                found[item.source_id] = _given(item)
    return list(found.values())


def _given(item: Incoming) -> Given:
    documents = [
        Doc(id=uuid5(_COMPANY, f"{item.source_id}:{n}"), kind=d.kind, title=d.title, text=d.text, sha256="")
        for n, d in enumerate(item.documents)
    ]
    role = RoleFacts(
        id=uuid5(_COMPANY, item.source_id),
        company_id=_COMPANY,
        company="Liberty",
        revision=1,
        system=item.source,
        source_id=item.source_id,
        title=item.role.title or "",
    )
    return Given(role=role, documents=documents)


async def _ask(assessor: Assessor, step: str, given: Given, spent: Spent) -> Any:
    deadline = time.monotonic() + _PATIENCE
    judged: Judged[Any]
    if step == "map_draup_role":
        judged = await assessor.map_role(given, [], deadline=deadline)
    else:
        method = "assess" if step == "ai_assessment" else step
        judged = await getattr(assessor, method)(given, deadline=deadline)
    for call in judged.calls:
        spent.calls += 1
        spent.given += call.input_tokens
        spent.made += call.output_tokens
    return msgspec.to_builtins(judged.value)


async def together(assessor: Assessor, given: Given) -> tuple[Spent, dict[str, Any]]:
    """A role as the product asks about it, and what was recorded."""
    spent, parents = Spent(), dict[str, Any]()
    for step in STEPS:
        parents[step] = await _ask(assessor, step, msgspec.structs.replace(given, parents=parents), spent)
    return spent, parents


async def apart(assessor: Assessor, given: Given, recorded: dict[str, Any]) -> Spent:
    """The same role with one call for each task."""
    spent, tasks = Spent(), recorded["ai_assessment"]["tasks"]
    for step in STEPS:
        if step not in OF_TASKS:
            await _ask(assessor, step, msgspec.structs.replace(given, parents=recorded), spent)
            continue
        for task in tasks:
            one = {**recorded, "ai_assessment": {**recorded["ai_assessment"], "tasks": [task]}}
            one["top_tasks"] = {**recorded["top_tasks"], "tasks": []}
            question = msgspec.structs.replace(
                given, parents=one if step != "task_feasibility" else _top(one)
            )
            await _ask(assessor, step, _about(question, task) if step == "ai_assessment" else question, spent)
    return spent


def _top(parents: dict[str, Any]) -> dict[str, Any]:
    """Feasibility is asked of the top tasks; here of the one task there is."""
    return {name: value for name, value in parents.items() if name != "top_tasks"}


def _about(given: Given, task: dict[str, Any]) -> Given:
    """The whole document is shown for every task, with the task named before it."""
    marked = [
        msgspec.structs.replace(doc, text=f"Judge only this task:\n- {task['text']}\n\n{_plain(doc.text)}")
        for doc in given.documents
    ]
    return msgspec.structs.replace(given, documents=marked, parents={})


def _plain(text: str) -> str:
    """Without bullets, so that the endpoint answers about the named task alone."""
    return "\n".join(line.lstrip("-*• ") for line in text.splitlines())


async def measure(most: int | None = None) -> tuple[int, int, Spent, Spent]:
    """Roles (at most so many), their tasks, and what either way of asking spent over all of them."""
    both, tasks, given = (Spent(), Spent()), 0, roles()[:most]
    async with judging_model() as (server, _):
        settings = Settings(
            database_url="", secret_key="", model_base_url=server.base_url, model_name="loopback"
        )
        assessor = assessor_from(settings)
        for role in given:
            one, recorded = await together(assessor, role)
            tasks += len(recorded["ai_assessment"]["tasks"])
            for total, part in zip(both, (one, await apart(assessor, role, recorded)), strict=True):
                total.calls += part.calls
                total.given += part.given
                total.made += part.made
        await assessor.aclose()
    return len(given), tasks, *both


def main() -> None:
    """Print the figures."""
    count, tasks, ours, single = asyncio.run(measure())
    print(f"{count} roles with {tasks} tasks, all eight questions of each role")
    print("| per role | calls | tokens given | tokens made | tokens |")
    print("|---|---|---|---|---|")
    for name, spent in (("several tasks per call", ours), ("one call per task", single)):
        shown = (spent.calls, spent.given, spent.made, spent.tokens)
        print(f"| {name} | " + " | ".join(f"{value / count:,.1f}" for value in shown) + " |")
    print(f"saved: {100 * (1 - ours.tokens / single.tokens):.0f} % of the tokens")


if __name__ == "__main__":
    main()
