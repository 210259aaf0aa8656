"""The recipe kit, to be had from the running service: the connector and what lies beside it."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.api.http import Call, Reply
from connector.api.operation import Answer, operation
from kit.errors import Action, NotFound

_VERSION = re.compile(r"^# VERSION (\S+)$", re.MULTILINE)
_ENDINGS = (".rb", ".md", ".http", ".json")


class KitFile(msgspec.Struct, frozen=True):
    """A file of the kit."""

    name: str
    size: int
    url: str


class Kit(msgspec.Struct, frozen=True):
    """The files of the kit; `version` is the connector's: a newer one replaces it without harm."""

    version: str
    files: list[KitFile]


@cache
def files() -> dict[str, str]:
    """Every file of the kit by its name."""
    found = [one for one in resources.files("workato").iterdir() if one.name.endswith(_ENDINGS)]
    return {one.name: one.read_text(encoding="utf-8") for one in sorted(found, key=lambda one: one.name)}


def version() -> str:
    """The connector's version, as it stands in its head."""
    found = _VERSION.search(files()["connector.rb"])
    return found[1] if found else "0"


class KitFiles(Controller):
    """What a builder of recipes begins with."""

    path = "/v1/meta/kit"
    tags = ["Meta"]  # noqa: RUF012 - Litestar's own attribute

    @get(
        "/",
        **operation(
            "getKit",
            "The recipe kit: the Workato connector and its version, recipes, samples",
            answers={
                200: Answer(
                    kind=Kit,
                    example={
                        "version": "1.0.0",
                        "files": [
                            {"name": "connector.rb", "size": 20311, "url": "/v1/meta/kit/connector.rb"}
                        ],
                    },
                )
            },
        ),
    )
    async def listing(self, call: NamedDependency[Call]) -> Reply:
        """Names, sizes and addresses."""
        base = call.services.settings.public_url.rstrip("/")
        found = [
            KitFile(name, len(text.encode()), f"{base}/v1/meta/kit/{name}") for name, text in files().items()
        ]
        return Reply(Kit(version(), found))

    @get(
        "/{name:str}",
        **operation(
            "getKitFile",
            "A file of the recipe kit",
            params={"name": "connector.rb"},
            answers={200: Answer(kind=str, example="{ title: 'Etter Connector' }", media_type="text/plain")},
        ),
    )
    async def file(self, call: NamedDependency[Call], name: FromPath[str]) -> Response[str]:
        """As it lies in the product's own tree."""
        del call  # whoever holds a good token may read it
        if name not in files():
            shown = ", ".join(files())
            raise NotFound(f"The kit has no file {name[:60]!r}.", action=Action(f"It has {shown}."))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Kit-Version": version()}
        return Response(files()[name], media_type="text/plain; charset=utf-8", headers=headers)
