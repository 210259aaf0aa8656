"""What an assessor is asked and what it answers: one interface, two implementations.

`offline` (no network, deterministic) and `modelled` (any OpenAI-compatible endpoint) return the same
Structs. Every result says who made it (`assessor`, `version`), whether it was made without a model
(`offline`), and how to read it (`basis`). Offsets count characters of the document's text, end
exclusive. Probabilities and confidences are 0..1, role scores 0..100.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Literal, Protocol, TypedDict, TypeVar

import msgspec

from pipeline.stages.base import Call, Given

T = TypeVar("T")

BASIS = "Exposure is potential, not observed use."

ExposureClass = Literal["E0", "E1", "E2"]
Grade = Literal["human", "augment", "automate"]
TGrade = Literal["T0", "T1", "T2", "T3", "T4"]
MappingStatus = Literal["exact_single", "exact_multiple", "suggested", "confirmed", "none"]
DocumentGuess = Literal["job_description", "process_map", "sop", "meeting", "other"]


class TaxonomyRole(msgspec.Struct, frozen=True, kw_only=True):
    """A standard role that a company's role can be mapped to. `alternates` are other titles of it. `rank`:
    an exact title in a taxonomy of lower rank wins (0 the graph's, 1 imported). A `learned` one is known
    from confirmed mappings alone, and does not make the company one with a taxonomy of its own."""

    code: str
    title: str
    taxonomy: str
    alternates: tuple[str, ...] = ()
    rank: int = 0
    learned: bool = False


class Judged(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A result, the model calls it cost, and warnings in plain sentences. A `provisional` one was made
    in another's place and is not reused."""

    value: T
    calls: tuple[Call, ...] = ()
    warnings: tuple[str, ...] = ()
    provisional: bool = False


class Origin(TypedDict):
    """Who judged: the first three fields of every Result."""

    assessor: str
    version: str
    offline: bool


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word on a result: approved as it was, corrected, or rejected; by whom, when (ISO 8601)."""

    outcome: Literal["approved", "corrected", "rejected"]
    by: str
    at: str
    review_id: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What every result says about its origin. `versions` names what it rests on: `mapping` (the role's
    field rules), `taxonomy` where titles are looked up, `weights`, or `model` and `prompt`. `decided` is set
    where a person had the last word."""

    assessor: str
    version: str
    offline: bool
    basis: str = BASIS
    versions: dict[str, str] = {}
    decided: Decided | None = None


class RoleCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A standard role this one may be, with the titles it was recognised by. `score` orders the
    candidates of one answer; it is no probability."""

    code: str
    title: str
    taxonomy: str
    score: float
    matched: tuple[str, ...] = ()


class RoleMapping(Result, frozen=True, kw_only=True):
    """At most five candidates, best first. `margin` is the relative lead of the best one. `linked` is
    set only for an exact and unambiguous title, or one that a person confirmed earlier (`confirmed`);
    otherwise a person has to confirm (`review`)."""

    candidates: tuple[RoleCandidate, ...]
    margin: float
    status: MappingStatus
    linked: RoleCandidate | None
    review: bool


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a document that speaks for a kind: how often, and on which lines (from 1)."""

    cue: str
    kind: str
    count: int
    lines: tuple[tuple[int, int], ...]


class DocumentGate(msgspec.Struct, frozen=True, kw_only=True):
    """What a document seems to be. `is_jd` is `ask` when the cues do not decide; `p_jd` is the score
    it rests on."""

    document_id: str
    declared: str
    guess: DocumentGuess
    p_jd: float
    is_jd: Literal["yes", "no", "ask"]
    cues: tuple[Cue, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Words of the document that a judgement rests on; `weight` is signed: up or down."""

    words: str
    start: int
    end: int
    weight: float
    about: Literal["exposure", "automation"] = "exposure"


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """Could AI save at least half the time at equal quality? E1 directly with a language model, E2 with
    software built on one, E0 no."""

    p_exposed: float
    p_direct: float
    class_: ExposureClass = msgspec.field(name="class")


class AssessedTask(msgspec.Struct, frozen=True, kw_only=True):
    """One task found in a document. `automation` is the T grade as a number 0..4; `grade` is read
    from it and never from the exposure class."""

    id: str
    text: str
    document_id: str
    start: int
    end: int
    exposure: Exposure
    automation: float
    grade: Grade
    confidence: float
    evidence: tuple[Evidence, ...] = ()


class SplitQuality(msgspec.Struct, frozen=True, kw_only=True):
    """How well the texts could be cut into tasks."""

    tasks: int
    section_found: bool
    fallback_used: bool
    dropped: int


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """0..100. `ai_exposure` is the mean exposure of the tasks (E1 counts 1, E2 counts half);
    `automation`, `augmentation` and `human` are shares of the tasks and add up to 100."""

    ai_exposure: float
    automation: float
    augmentation: float
    human: float


class RoleScore(msgspec.Struct, frozen=True, kw_only=True):
    """The exposure of a role, 0..100: from the text (`tasks` of them), from its occupation as people
    judged it (`prior`, with the range of the candidates when none is linked), and both blended."""

    text: float
    tasks: int
    prior: float
    prior_from: Literal["linked_role", "candidates", "all_occupations"]
    prior_range: tuple[float, float]
    blend: float


class RoleAssessment(Result, frozen=True, kw_only=True):
    """The assessment of a role from its documents. `scores` and `role_score` are None when no task was
    found."""

    documents: tuple[DocumentGate, ...]
    tasks: tuple[AssessedTask, ...]
    split_quality: SplitQuality
    scores: Scores | None
    confidence: float
    summary: str
    flags: tuple[str, ...] = ()
    role_score: RoleScore | None = None


class TopTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task that matters most for the role's score, and why."""

    rank: int
    task_id: str
    text: str
    score: float
    why: str


class TopTasks(Result, frozen=True, kw_only=True):
    """At most ten tasks, most telling first."""

    tasks: tuple[TopTask, ...]


class StandardTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task in canonical wording (verb first, no subject), and the tasks it stands for."""

    text: str
    verb: str
    task_ids: tuple[str, ...]


class StandardisedTasks(Result, frozen=True, kw_only=True):
    """The role's tasks in canonical wording, duplicates merged."""

    tasks: tuple[StandardTask, ...]


class FeasibilityCue(msgspec.Struct, frozen=True, kw_only=True):
    """Words that make automating a task easier (`effect` > 0) or stand in its way (< 0)."""

    words: str
    meaning: str
    effect: float


class TaskFeasibility(msgspec.Struct, frozen=True, kw_only=True):
    """How far a task can be automated: T0 not at all .. T4 wholly."""

    task_id: str
    text: str
    grade: TGrade
    cues: tuple[FeasibilityCue, ...]


class Feasibility(Result, frozen=True, kw_only=True):
    """Feasibility of the top tasks. There is no public ground truth, hence the tag."""

    tasks: tuple[TaskFeasibility, ...]
    tag: Literal["heuristic"] = "heuristic"


class FoundSkill(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that stands in a document, word for word, at its first place; `count` in all."""

    name: str
    group: str
    words: str
    document_id: str
    start: int
    end: int
    count: int = 1


class InferredSkill(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that no document names: concluded from tasks or from the kind of role."""

    name: str
    group: str
    why: str
    task_ids: tuple[str, ...] = ()


class MinedSkills(Result, frozen=True, kw_only=True):
    """Skills found literally and skills inferred, never mixed."""

    found: tuple[FoundSkill, ...]
    inferred: tuple[InferredSkill, ...]


class PlacedSkill(msgspec.Struct, frozen=True, kw_only=True):
    """A skill's place in the role: `core` carries it, `supporting` helps, `emerging` is on the rise."""

    name: str
    group: str
    tier: Literal["core", "supporting", "emerging"]
    origin: Literal["found", "inferred"]
    why: str


class SkillGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A family of skills of the role."""

    name: str
    skills: tuple[str, ...]


class SkillsArchitecture(Result, frozen=True, kw_only=True):
    """Every mined skill with its tier, and the groups they form."""

    skills: tuple[PlacedSkill, ...]
    groups: tuple[SkillGroup, ...]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A step of reskilling: from work that AI takes over to a skill worth building."""

    from_: str = msgspec.field(name="from")
    to: str
    gap: Literal["missing", "partly", "present"]
    reason: str
    cues: tuple[str, ...] = ()


class Reskilling(Result, frozen=True, kw_only=True):
    """Reskilling moves. There is no public ground truth, hence the tag."""

    moves: tuple[Move, ...]
    tag: Literal["heuristic"] = "heuristic"


class Assessor(Protocol):
    """Judges a role. `deadline` is in `time.monotonic()` seconds; every method raises StageFault when
    it cannot answer by then. `name` and `version` are part of each model stage's input hash: `version`
    changes with the weights, prompts or bundled data."""

    name: str
    version: str

    async def map_role(
        self, given: Given, taxonomy: Sequence[TaxonomyRole], *, deadline: float
    ) -> Judged[RoleMapping]:
        """Which standard role this is. `taxonomy` is the company's own; the bundled one is added."""
        ...

    async def assess(self, given: Given, *, deadline: float) -> Judged[RoleAssessment]:
        """Tasks, exposure, grades and scores from the documents."""
        ...

    async def top_tasks(self, given: Given, *, deadline: float) -> Judged[TopTasks]:
        """Reads ai_assessment."""
        ...

    async def standardise_tasks(self, given: Given, *, deadline: float) -> Judged[StandardisedTasks]:
        """Reads ai_assessment and top_tasks."""
        ...

    async def task_feasibility(self, given: Given, *, deadline: float) -> Judged[Feasibility]:
        """Reads ai_assessment and top_tasks."""
        ...

    async def mine_skills(self, given: Given, *, deadline: float) -> Judged[MinedSkills]:
        """Reads the documents, ai_assessment and map_draup_role."""
        ...

    async def skills_architecture(self, given: Given, *, deadline: float) -> Judged[SkillsArchitecture]:
        """Reads mine_skills."""
        ...

    async def reskilling(self, given: Given, *, deadline: float) -> Judged[Reskilling]:
        """Reads ai_assessment, mine_skills and skills_architecture."""
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...
