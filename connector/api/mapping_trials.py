"""Trying a mapping: on one job profile, and on what the company was sent lately."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import Remark, remark
from kit import ids
from kit.errors import NotFound
from webhooks.mapped import impact, preview, reading, trials, versions
from webhooks.mapped.impact import EVENTS, MOST_EVENTS, FieldChange, RoleImpact, Totals
from webhooks.mapped.preview import Field

_SOURCE = {"source": "workday"}


class PreviewIn(msgspec.Struct, kw_only=True):
    """Rules and a payload to try them on. Rules: `mapping` as it is being edited, else a saved `version`,
    else the draft. Payload: a bundled `sample`, a pasted `payload`, or a stored `source_event_id`; `item` is
    the place of the job profile in it."""

    mapping: dict[str, Any] | None = None
    version: int | None = None
    sample: str | None = None
    payload: str | None = None
    content_type: str | None = None
    source_event_id: str | None = None
    item: Annotated[int, Meta(ge=0)] = 0


class ImpactIn(msgspec.Struct, kw_only=True):
    """Rules as in a preview, and how many of the last payloads are looked at."""

    mapping: dict[str, Any] | None = None
    version: int | None = None
    events: Annotated[int, Meta(ge=1, le=MOST_EVENTS)] = EVENTS


class SampleList(msgspec.Struct, frozen=True):
    """The bundled payloads of a source."""

    results: list[str]
    next_cursor: str | None
    has_more: bool


class TargetOut(msgspec.Struct, frozen=True):
    """A field of the role: what the rules give, and what is wrong with it."""

    target: str
    value: Any
    problems: list[Remark]


class DocumentOut(msgspec.Struct, frozen=True):
    """A document that the rules make; `html` is safe to show."""

    kind: str
    title: str
    html: str
    text: str


class PreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules make of one job profile of a payload that holds `items`. `tree` is the source with the
    targets that each value goes into; `rejected` says why it would not be taken in."""

    item: int
    items: int
    source_id: str | None
    tree: list[Field]
    targets: list[TargetOut]
    documents: list[DocumentOut]
    problems: list[Remark]
    warnings: list[Remark]
    rejected: Remark | None
    unmapped: list[str]
    unfilled: list[str]
    revision_hash: str | None


class DocumentChangeOut(msgspec.Struct, frozen=True):
    """A document that is added, removed or changed; texts are cut at 2,000 characters."""

    kind: str
    what: str
    before: str | None
    after: str | None


class RoleImpactOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role that comes out otherwise. `stages` have changed inputs, `following` build on their results."""

    source_id: str | None
    role_id: str | None
    title: str
    state: str | None
    goes_stale: bool
    fields: list[FieldChange]
    documents: list[DocumentChangeOut]
    appeared: list[Remark]
    vanished: list[Remark]
    stages: list[str]
    following: list[str]


class ImpactOut(msgspec.Struct, frozen=True):
    """What publishing would change. `complete` is false when a bound was met; `stopped` names it."""

    roles: list[RoleImpactOut]
    totals: Totals
    complete: bool
    stopped: str | None
    seconds: float


_PREVIEW: dict[str, Any] = {
    "item": 0,
    "items": 1,
    "source_id": "a054037af221d2091d654b95d6018004",
    "tree": [
        {"path": "title", "expression": "title", "value": "Data Analyst", "targets": ["title"]},
        {"path": "families[].name", "expression": "families[0].name", "value": "Data", "targets": ["family"]},
        {"path": "custom_fields.band", "expression": "custom_fields.band", "value": "B4", "targets": []},
    ],
    "targets": [
        {"target": "title", "value": "Data Analyst", "problems": []},
        {
            "target": "grade",
            "value": None,
            "problems": [
                {
                    "code": "required_missing",
                    "detail": "grade is required and the job profile says nothing for it (grade.code).",
                    "field": "grade",
                }
            ],
        },
    ],
    "documents": [
        {
            "kind": "job_description",
            "title": "Job description: Data Analyst",
            "html": "<h2>Description</h2><p>Builds reports.</p>",
            "text": "Description\n\nBuilds reports.",
        }
    ],
    "problems": [],
    "warnings": [],
    "rejected": None,
    "unmapped": ["custom_fields.band"],
    "unfilled": ["grade", "grade_code"],
    "revision_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
_IMPACT: dict[str, Any] = {
    "roles": [
        {
            "source_id": "R-1042",
            "role_id": "role_01990a6b4c7d7e2fb1a0c3d4e5f60719",
            "title": "Data Analyst",
            "state": "ready",
            "goes_stale": True,
            "fields": [{"field": "grade", "before": None, "after": "B4"}],
            "documents": [],
            "appeared": [],
            "vanished": [],
            "stages": ["create_company_role", "role_catalog"],
            "following": ["link_documents"],
        }
    ],
    "totals": {
        "payloads": 500,
        "unreadable": 0,
        "profiles": 481,
        "changed": 1,
        "go_stale": 1,
        "errors_appear": 0,
        "errors_vanish": 0,
        "fields": {"grade": 1},
        "stages": {"create_company_role": 1, "role_catalog": 1, "link_documents": 1},
        "tokens": 0,
        "cost_micros": None,
        "basis": "no run of this company has used a model yet: the offline assessor takes no tokens",
    },
    "complete": True,
    "stopped": None,
    "seconds": 0.84,
}
_IGNORED: dict[str, list[str]] = {"ignored": []}


class MappingTrials(Controller):
    """Trying a mapping."""

    path = "/v1/mappings"
    tags = ["Mappings"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/{source:str}/samples",
        **operation(
            "searchMappingSamples",
            "Bundled payloads to try a mapping on",
            scope="mappings:read",
            params=_SOURCE,
            answers={
                200: Answer(
                    kind=SampleList,
                    example={"results": ["one_profile.xml"], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def samples(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """The first is what a preview takes without a word."""
        versions.known_source(source)
        return Reply(SampleList(list(reading.sample_names(source)), None, has_more=False))

    @post(
        "/{source:str}/preview",
        **operation(
            "previewMapping",
            "What rules make of one job profile",
            scope="mappings:read",
            params=_SOURCE,
            body=Body(
                kind=PreviewIn,
                examples={
                    "the draft on a sample": {"sample": "one_profile.xml"},
                    "a version on what came": {
                        "version": 0,
                        "source_event_id": "src_01990a6b4c7d7e2fb1a0c3d4e5f60718",
                    },
                },
                required=False,
            ),
            answers={200: Answer(kind=PreviewOut, example={**_PREVIEW, **_IGNORED})},
            errors=(NotFound,),
            notes="The same function reads and maps as in production, and nothing is kept. A stored source "
            "event needs the scope source_events:read.",
        ),
    )
    async def preview(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """Rules that cannot work are refused with place and reason, as when they are saved."""
        given, ignored = await call.body(PreviewIn)
        rules = trials.Rules(mapping=given.mapping, version=given.version)
        chosen = trials.Chosen(
            sample=given.sample,
            payload=given.payload,
            content_type=given.content_type,
            source_event_id=given.source_event_id,
        )
        services = call.services
        made = await trials.try_out(
            services.db, services.intake, call.caller, source, rules, chosen, given.item
        )
        return Reply(_preview(made), ignored=ignored)

    @post(
        "/{source:str}/impact",
        **operation(
            "foretellMapping",
            "What publishing rules would change",
            scope="mappings:read",
            params=_SOURCE,
            body=Body(kind=ImpactIn, examples={"of the draft": {"events": 500}}, required=False),
            answers={200: Answer(kind=ImpactOut, example={**_IMPACT, **_IGNORED})},
            errors=(NotFound,),
            notes="The company's last stored payloads are read with the published version and with these "
            "rules. Each job profile counts once, as it came last. Totals cover all, 500 roles are shown.",
        ),
    )
    async def impact(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """Nothing is written."""
        given, ignored = await call.body(ImpactIn)
        rules = trials.Rules(mapping=given.mapping, version=given.version)
        services = call.services
        told = await trials.foretell(services.db, services.intake, call.caller, source, rules, given.events)
        return Reply(_impact(told), ignored=ignored)


def _preview(made: preview.Preview) -> PreviewOut:
    return PreviewOut(
        item=made.item,
        items=made.items,
        source_id=made.source_id,
        tree=made.tree,
        targets=[
            TargetOut(one.target, one.value, [remark(problem) for problem in one.problems])
            for one in made.targets
        ],
        documents=[DocumentOut(one.kind, one.title, one.html, one.text) for one in made.documents],
        problems=[remark(one) for one in made.problems],
        warnings=[remark(one) for one in made.warnings],
        rejected=remark(made.rejected) if made.rejected else None,
        unmapped=made.unmapped,
        unfilled=made.unfilled,
        revision_hash=made.revision_hash,
    )


def _impact(told: impact.Impact) -> ImpactOut:
    return ImpactOut(
        [_role(one) for one in told.roles], told.totals, told.complete, told.stopped, told.seconds
    )


def _role(one: RoleImpact) -> RoleImpactOut:
    return RoleImpactOut(
        source_id=one.source_id,
        role_id=ids.show("role", one.role_id) if one.role_id else None,
        title=one.title,
        state=one.state,
        goes_stale=one.goes_stale,
        fields=one.fields,
        documents=[DocumentChangeOut(d.kind, d.what, d.before, d.after) for d in one.documents],
        appeared=[remark(problem) for problem in one.appeared],
        vanished=[remark(problem) for problem in one.vanished],
        stages=one.stages,
        following=one.following,
    )
