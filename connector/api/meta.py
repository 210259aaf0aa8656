"""What a connector needs to know of us while a recipe is built: objects, their fields, pick lists."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.fields import custom, fields_of, label
from connector.api.http import Call, Reply
from connector.api.objects import OBJECTS
from connector.api.operation import Answer, operation
from control.access import require
from kit import ids
from kit.errors import Action, NotFound
from mappings.loading import DOCUMENT_KINDS
from pipeline.log.kinds import KINDS
from pipeline.records import reading
from pipeline.records.reading import RoleFilter
from pipeline.runs.lifecycle import STATES
from pipeline.stages.registry import STAGES
from webhooks.connections import store as connections
from webhooks.waits.workspaces import DATA_CENTRES, OWN

_MOST_ROLES = 100


class MetaObject(msgspec.Struct, frozen=True):
    """An object that a recipe can map."""

    name: str
    label: str


class MetaObjects(msgspec.Struct, frozen=True):
    """All objects, in one page."""

    results: list[MetaObject]
    next_cursor: str | None
    has_more: bool


class MetaFields(msgspec.Struct, frozen=True):
    """The fields of an object in Workato's schema form, with a sample in which every field is filled."""

    name: str
    label: str
    fields: list[dict[str, Any]]
    sample: dict[str, Any]


class PickListQuery(msgspec.Struct):
    """Only entries that contain `q`."""

    q: str = ""


class Choice(msgspec.Struct, frozen=True):
    """One entry of a pick list."""

    label: str
    value: str


class PickList(msgspec.Struct, frozen=True):
    """A pick list, short enough for one page."""

    name: str
    data: list[Choice]


def _plain(values: Any) -> list[Choice]:
    return [Choice(label(value), value) for value in values]


PICK_LISTS: dict[str, list[Choice]] = {
    "sources": [Choice("Workday", "workday"), Choice("SAP SuccessFactors", "successfactors")],
    "stages": [Choice(stage.title, stage.key) for stage in STAGES],
    "priorities": _plain(("P0", "P1", "P2")),
    "statuses": _plain(("pending", "running", "success", "failed")),
    "role_states": _plain(STATES),
    "event_types": [Choice(meaning.says.rstrip("."), kind) for kind, meaning in KINDS.items()],
    "document_kinds": _plain(DOCUMENT_KINDS),
    "data_centres": [Choice(name.upper(), name) for name in (*DATA_CENTRES, OWN)],
}
ROLES = "roles"
_FIELD = {"name": "id", "label": "Id", "optional": False, "type": "string"}


class Meta(Controller):
    """Schemas and pick lists, for the recipe editor."""

    path = "/v1/meta"
    tags = ["Meta"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/objects",
        **operation(
            "getMetaObjects",
            "The objects that a recipe can map",
            answers={
                200: Answer(
                    kind=MetaObjects,
                    example={
                        "results": [{"name": "run", "label": "Run"}],
                        "next_cursor": None,
                        "has_more": False,
                    },
                )
            },
        ),
    )
    async def objects(self, call: NamedDependency[Call]) -> Reply:
        """Those to send and those that come back."""
        found = [MetaObject(name, kind.label) for name, kind in OBJECTS.items()]
        return Reply(MetaObjects(found, None, has_more=False))

    @get(
        "/objects/{name:str}/fields",
        **operation(
            "getMetaFields",
            "The fields of an object, in Workato's schema form",
            params={"name": "run"},
            answers={
                200: Answer(
                    kind=MetaFields,
                    example={
                        "name": "run",
                        "label": "Run",
                        "fields": [_FIELD],
                        "sample": {"id": "run_01990a6b4c7d7e2fb1a0c3d4e5f6071a"},
                    },
                )
            },
            notes="`fields` is what `object_definitions` returns as it is. Columns that only your company "
            "has (the `columns` of its connection) are in it, with `custom: true`.",
        ),
    )
    async def fields(self, call: NamedDependency[Call], name: FromPath[str]) -> Reply:
        """Additive within v1: a field may come, none goes."""
        kind = OBJECTS.get(name)
        if kind is None:
            raise _unknown("object", name, list(OBJECTS))
        found = fields_of(kind.struct, kind.sample, kind.hints)
        if kind.source:
            async with call.tx() as tx:
                own = [one for one in await connections.list_connections(tx) if one.source == kind.source]
            known = {field["name"] for field in found}
            columns = {column: means for one in own for column, means in one.columns.items()}
            found += [custom(column, means) for column, means in columns.items() if column not in known]
        return Reply(MetaFields(name, kind.label, found, kind.sample))

    @get(
        "/picklists/{name:str}",
        **operation(
            "getMetaPickList",
            "A pick list",
            params={"name": "stages"},
            query=PickListQuery,
            answers={
                200: Answer(
                    kind=PickList,
                    example={"name": "priorities", "data": [{"label": "P0", "value": "P0"}]},
                )
            },
            notes=f"{', '.join(PICK_LISTS)}; and `{ROLES}` (the first 100 whose title or code contains `q`).",
        ),
    )
    async def pick_list(self, call: NamedDependency[Call], name: FromPath[str]) -> Reply:
        """Labels for people, values for the API."""
        text = call.query(PickListQuery).q.strip().lower()
        if name == ROLES:
            return Reply(PickList(name, await _roles(call, text)))
        if name not in PICK_LISTS:
            raise _unknown("pick list", name, [*PICK_LISTS, ROLES])
        found = [one for one in PICK_LISTS[name] if text in f"{one.label} {one.value}".lower()]
        return Reply(PickList(name, found))


async def _roles(call: Call, text: str) -> list[Choice]:
    require(call.caller, "roles:read")
    company_id = call.caller.company_id
    async with call.tx() as tx:
        found = await reading.role_ids(tx, company_id, RoleFilter(q=text), limit=_MOST_ROLES)
        rows = await reading.roles(tx, company_id, found)
    return [
        Choice(f"{row.title} ({row.code})" if row.code else row.title, ids.show("role", row.id))
        for row in rows
    ]


def _unknown(what: str, name: str, known: list[str]) -> NotFound:
    shown = ", ".join(known)
    return NotFound(f"There is no {what} {name[:40]!r}.", action=Action(f"There are {shown}."))
