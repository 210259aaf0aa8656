"""Mappings: versions of the rules by which a company's job profiles become roles and documents."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.mapping_view import (
    DRIFT_EXAMPLE,
    LIVE_EXAMPLE,
    MAPPING_EXAMPLE,
    RULES_EXAMPLE,
    STATE_EXAMPLE,
    DriftList,
    DriftOut,
    MappingOut,
    PublishedOut,
    SourceList,
    SourceOut,
    mapping_out,
    state_out,
)
from connector.api.operation import Answer, Body, operation
from kit import ids
from kit.db import Tx
from kit.errors import Conflict, NotFound
from mappings.loading import LARGEST
from mappings.vocabulary import Vocabulary, vocabulary
from webhooks.mapped import drift, versions
from webhooks.mapped.store import Ruled

_SOURCE = {"source": "workday"}
_VERSION = {**_SOURCE, "version": "3"}


class AgainstQuery(msgspec.Struct, kw_only=True):
    """The version that `differences` are told against; 0 is the default of the source."""

    against: Annotated[int, Meta(ge=0)] = 0


class EditQuery(msgspec.Struct, kw_only=True):
    """The change of the draft that the caller saw last."""

    edit: int = 0


class ImportQuery(EditQuery, kw_only=True):
    """The change of the draft that the caller saw last (0: there is none), and a note on the import."""

    note: str = ""


class DraftIn(msgspec.Struct, kw_only=True):
    """A draft to save. `edit` is that of the draft it builds on, 0 begins one; without `mapping` it begins
    as `based_on` (by default the published version)."""

    edit: int = 0
    mapping: dict[str, Any] | None = None
    based_on: int | None = None
    note: str = ""


class PublishIn(msgspec.Struct, kw_only=True):
    """Which version payloads are read with from now on. A draft needs its `edit`. Roles that come out
    differently become stale; with `plan` they become a plan, too, that waits to be pushed."""

    version: int
    edit: int | None = None
    plan: bool = False


_IGNORED: dict[str, list[str]] = {"ignored": []}


class Mappings(Controller):
    """Versions of mappings."""

    path = "/v1/mappings"
    tags = ["Mappings"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "searchMappings",
            "How the mapping of each source stands",
            scope="mappings:read",
            answers={
                200: Answer(
                    kind=SourceList,
                    example={"results": [STATE_EXAMPLE], "next_cursor": None, "has_more": False},
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Every source, whether or not the company uses it; without rules."""
        async with call.tx() as tx:
            found = await versions.overview(tx, call.caller)
        return Reply(SourceList([state_out(one) for one in found], None, has_more=False))

    @get(
        "/vocabulary",
        **operation(
            "getMappingVocabulary",
            "What rules can be made of",
            scope="mappings:read",
            answers={200: Answer(kind=Vocabulary, example=msgspec.to_builtins(vocabulary()))},
        ),
    )
    async def words(self, call: NamedDependency[Call]) -> Reply:
        """Targets, kinds of documents, transforms with their arguments, and limits."""
        return Reply(vocabulary())

    @get(
        "/{source:str}",
        **operation(
            "getMappingState",
            "How the mapping of one source stands",
            scope="mappings:read",
            params=_SOURCE,
            answers={200: Answer(kind=SourceOut, example=STATE_EXAMPLE)},
        ),
    )
    async def state(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """All versions, newest first, without rules."""
        async with call.tx() as tx:
            return Reply(state_out(await versions.state(tx, call.caller, source)))

    @get(
        "/{source:str}/versions/{version:int}",
        **operation(
            "getMapping",
            "One version with its rules",
            scope="mappings:read",
            params=_VERSION,
            query=AgainstQuery,
            answers={200: Answer(kind=MappingOut, example=MAPPING_EXAMPLE)},
        ),
    )
    async def show(self, call: NamedDependency[Call], source: FromPath[str], version: FromPath[int]) -> Reply:
        """With what it changes against the default, or another version."""
        against = call.query(AgainstQuery).against
        async with call.tx() as tx:
            found = await versions.get(tx, call.caller, source, version)
            return Reply(await _shown(tx, call, found, against))

    @get(
        "/{source:str}/versions/{version:int}/file",
        **operation(
            "exportMapping",
            "One version as a file",
            scope="mappings:read",
            params=_VERSION,
            answers={
                200: Answer(
                    kind=dict[str, Any],
                    example=RULES_EXAMPLE,
                    says="The mapping as JSON that can be imported.",
                    headers={"Content-Disposition": "Always an attachment."},
                )
            },
        ),
    )
    async def export(
        self, call: NamedDependency[Call], source: FromPath[str], version: FromPath[int]
    ) -> Response[bytes]:
        """Indented, to be kept, compared and edited."""
        async with call.tx() as tx:
            found = await versions.get(tx, call.caller, source, version)
        name = f'attachment; filename="{source}-mapping-{version}.json"'
        headers = {"Content-Disposition": name}
        return Response(versions.exported(found.rules), media_type="application/json", headers=headers)

    @get(
        "/{source:str}/drift",
        **operation(
            "getMappingDrift",
            "Fields that payloads began to miss or to bring",
            scope="mappings:read",
            params=_SOURCE,
            answers={200: Answer(kind=DriftList, example=DRIFT_EXAMPLE)},
            notes="A mapped field is missing when nine of ten job profiles of the same form brought it and "
            "the last five did not; a field is new when it came first after twenty others. The event "
            "`mapping.drift` says so once.",
        ),
    )
    async def drift(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """What came within the last minutes may not be counted yet."""
        async with call.tx() as tx:
            found = await drift.drifted(tx, call.caller, source)
        shown = [msgspec.convert(one, DriftOut, from_attributes=True) for one in found]
        return Reply(DriftList(shown, None, has_more=False))

    @get(
        "/{source:str}/draft",
        **operation(
            "getMappingDraft",
            "The draft with its rules",
            scope="mappings:read",
            params=_SOURCE,
            query=AgainstQuery,
            answers={200: Answer(kind=MappingOut, example=MAPPING_EXAMPLE)},
        ),
    )
    async def draft(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """404 with the code `no_draft` when there is none."""
        against = call.query(AgainstQuery).against
        async with call.tx() as tx:
            return Reply(await _shown(tx, call, await versions.draft(tx, call.caller, source), against))

    @put(
        "/{source:str}/draft",
        **operation(
            "saveMappingDraft",
            "Begin or change the draft",
            scope="mappings:write",
            params=_SOURCE,
            body=Body(
                kind=DraftIn,
                examples={
                    "begin": {},
                    "change": {"edit": 3, "mapping": RULES_EXAMPLE, "note": "Pay bands are the grade"},
                },
                required=False,
            ),
            answers={200: Answer(kind=MappingOut, example={**MAPPING_EXAMPLE, **_IGNORED})},
            errors=(Conflict, NotFound),
            notes="Rules that cannot work are refused with the place and the reason of each fault. Whoever "
            "saves over a change they have not seen gets a 409 with `difference`, and nothing is lost.",
        ),
    )
    async def save(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """Saving does not change how payloads are read."""
        given, ignored = await call.body(DraftIn)
        async with call.tx() as tx:
            saved = await versions.save(
                tx,
                call.caller,
                source,
                given.mapping,
                edit=given.edit,
                note=given.note,
                based_on=given.based_on,
            )
            return Reply(await _shown(tx, call, saved), ignored=ignored)

    @post(
        "/{source:str}/import",
        **operation(
            "importMapping",
            "A file becomes the draft",
            scope="mappings:write",
            params=_SOURCE,
            query=ImportQuery,
            body=Body(kind=None, examples={"file": RULES_EXAMPLE}),
            answers={200: Answer(kind=MappingOut, example=MAPPING_EXAMPLE)},
            errors=(Conflict, NotFound),
        ),
    )
    async def bring(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """The body is the file. Keys that a mapping does not have are refused."""
        given = call.query(ImportQuery)
        rules = versions.imported(await call.raw(LARGEST))
        async with call.tx() as tx:
            saved = await versions.save(tx, call.caller, source, rules, edit=given.edit, note=given.note)
            return Reply(await _shown(tx, call, saved))

    @delete(
        "/{source:str}/draft",
        **operation(
            "discardMappingDraft",
            "Throw the draft away",
            scope="mappings:write",
            params=_SOURCE,
            query=EditQuery,
            answers={204: Answer(kind=None, says="Gone; published versions stay.")},
            errors=(Conflict,),
        ),
    )
    async def discard(self, call: NamedDependency[Call], source: FromPath[str]) -> None:
        """`edit` must be that of its last change."""
        async with call.tx() as tx:
            await versions.discard(tx, call.caller, source, call.query(EditQuery).edit)

    @post(
        "/{source:str}/publish",
        **operation(
            "publishMapping",
            "Read payloads with this version from now on",
            scope="mappings:write",
            params=_SOURCE,
            body=Body(
                kind=PublishIn,
                examples={
                    "publish": {"version": 3, "edit": 4},
                    "publish and plan": {"version": 3, "edit": 4, "plan": True},
                    "take back": {"version": 2},
                },
            ),
            answers={
                200: Answer(
                    kind=PublishedOut,
                    example={**MAPPING_EXAMPLE, **LIVE_EXAMPLE, "before": 2, "plan_id": None, **_IGNORED},
                )
            },
            errors=(Conflict, NotFound),
            idempotent=True,
            notes="An older version takes a change back, 0 is the default. Other processes read with it "
            "within five seconds. Roles that come out differently get a revision and are stale; with `plan` "
            "the answer names a plan (`getPlan`): once they were read again it has them with their price, "
            "and `pushPlan` runs them, as batches with the reason `mapping`.",
        ),
    )
    async def publish(self, call: NamedDependency[Call], source: FromPath[str]) -> Reply:
        """Look at the impact first."""
        given, ignored = await call.body(PublishIn)
        rung: list[int] = []

        async def work(tx: Tx) -> Reply:
            made = await versions.publish(
                tx, call.caller, source, given.version, edit=given.edit, plan=given.plan
            )
            rung.extend(made.jobs)
            shown = await _shown(tx, call, made.now)
            more = {"before": made.before, "plan_id": made.plan_id and ids.show("plan", made.plan_id)}
            return Reply({**msgspec.to_builtins(shown), **more}, ignored=ignored)

        reply = await call.once(work)
        call.services.intake.forget(call.caller.company_id)
        await call.services.ring(rung, 0)
        return reply


async def _shown(tx: Tx, call: Call, found: Ruled, against: int = 0) -> MappingOut:
    changes = await versions.differences(tx, call.caller, found.source, found.version, against)
    return mapping_out(found, changes)
