"""What a stage is. The thirteen of them are in the files beside this one; `registry.py` orders them.

A stage sees the role, its documents and its parents' outputs (`Given`), does one thing, and returns
an `Outcome`. It never touches the database: the engine records what it returns. Whatever it wants to
change outside (the graph) it does idempotently, because after a crash it is done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

import msgspec

from kit.errors import Action, Fault

if TYPE_CHECKING:
    from pipeline.assessor.model import Assessor
    from pipeline.graph.writer import Graph
    from pipeline.taxonomies.shelf import Shelf

Edge = Literal["success", "partial", "settled"]
Kind = Literal["graph", "llm"]
Priority = Literal["P0", "P1", "P2"]


class Need(msgspec.Struct, frozen=True):
    """An edge to a parent: `success` (all went well), `partial` (success, perhaps degraded) or
    `settled` (over, however it ended)."""

    stage: str
    edge: Edge = "success"


class RoleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The role revision a run is pinned to, as stages see it."""

    id: UUID
    company_id: UUID
    company: str
    revision: int
    system: str
    source_id: str
    title: str
    code: str | None = None
    family: str | None = None
    level: str | None = None
    grade: str | None = None
    locale: str | None = None
    status: str = "unknown"
    countries: list[str] = []
    attributes: dict[str, Any] = {}
    mapping_version: str = ""


class Doc(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the role: kind is job_description, process_map, sop or other."""

    id: UUID
    kind: str
    title: str
    text: str
    sha256: str
    version: int = 1


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about a stage's result: `result` are the outputs as they left it, which hold
    as long as what they rest on has the digest `judged_on`."""

    review_id: str
    judged_on: str
    result: dict[str, Any]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """All that a stage may read. `parents` maps a stage key to that stage's recorded outputs, for
    every ancestor that ended `success`, not the direct parents alone; `policy` holds the company's
    settings for stages, `decisions` the newest that a person made about a stage's result, by stage."""

    role: RoleFacts
    documents: list[Doc]
    parents: Mapping[str, dict[str, Any]] = {}
    policy: Mapping[str, Any] = {}
    decisions: Mapping[str, Decision] = {}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One model call that happened: written to the ledger even when its result is dropped. `call_id` is
    unique; `milliseconds` is wall time; `cached_tokens` are those of `input_tokens` that the endpoint
    remembered; `cost_micros` is in millionths of the price table's currency (None: no price is known)."""

    call_id: str
    model: str
    purpose: str
    input_tokens: int = 0
    output_tokens: int = 0
    milliseconds: int = 0
    cached_tokens: int = 0
    cost_micros: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage produced: JSON-able `outputs`; what is missing (`degraded`); why it did nothing
    (`skipped`); flags for the role (`low_confidence`, `review:...`); warnings in plain sentences. A
    `provisional` result stands until the stage runs again: it is never reused for equal inputs."""

    outputs: dict[str, Any]
    degraded: tuple[str, ...] = ()
    skipped: str | None = None
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    provisional: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What `validate` has to say about the inputs before a stage acts. `hard` stops the stage (the run
    gets `code` and `action`); otherwise it is a warning and the stage goes on."""

    code: str
    message: str
    hard: bool
    action: Action | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of one attempt. `rev` is (revision, run epoch) as one integer: the graph
    ignores writes older than what it holds. `deadline` is in `time.monotonic()` seconds. Without `shelf`
    there are no taxonomies but the graph's and the bundled one."""

    run_id: UUID
    epoch: int
    rev: int
    deadline: float
    graph: Graph
    assessor: Assessor
    shelf: Shelf | None = None


REV_EPOCHS = 1_000_000


def rev_of(revision: int, epoch: int) -> int:
    """A role's revision and a run's epoch as one integer that grows with either."""
    return revision * REV_EPOCHS + epoch


class StageFault(Fault):
    """A stage could not do its work. With `retry` the engine tries again inside the run's deadline; a
    `patient` one (a part outside is away) as often as the deadline allows. `calls` are model calls that
    were paid although the stage failed."""

    code = "stage_failed"

    def __init__(
        self, message: str, *, calls: tuple[Call, ...] = (), patient: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)
        self.calls = calls
        self.patient = patient


class Stage(Protocol):
    """One step of a run. The attributes are constants of the stage: `script` is what it was called
    before, `outside` names what it needs beyond the database, `timeout` is in seconds; another
    `version` means another input hash."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def script(self) -> str: ...

    @property
    def needs(self) -> tuple[Need, ...]: ...

    @property
    def critical(self) -> bool: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def priority(self) -> Priority: ...

    @property
    def outside(self) -> tuple[str, ...]: ...

    @property
    def version(self) -> str: ...

    @property
    def timeout(self) -> float: ...

    def inputs(self, given: Given) -> dict[str, Any]:
        """What this stage reads of `given`, JSON-able: the engine hashes it with `version` and the
        assessor's version to tell whether a recorded result still holds."""
        ...

    def validate(self, given: Given) -> list[Finding]:
        """What is wrong with the inputs, seen without acting: hard findings stop the stage."""
        ...

    def intent(self, given: Given) -> dict[str, Any] | None:
        """The graph nodes and edges this stage will write (keys only), recorded before it acts so
        that `rollback` can undo them. None for stages that write nothing outside."""
        ...

    async def execute(self, given: Given, work: Work) -> Outcome:
        """Do it. Raises StageFault (or any exception, which counts as `internal`, retried)."""
        ...

    async def rollback(self, intent: dict[str, Any], work: Work) -> None:
        """Leave the graph as it was before `intent`; shared nodes and other roles' edges stay."""
        ...
