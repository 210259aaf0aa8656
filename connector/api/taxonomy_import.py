"""A company's own taxonomy, sent as a file."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from msgspec import Meta

from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.taxonomies import EXAMPLE, TaxonomyOut, taxonomy
from control import audit
from pipeline.taxonomies import files, importing
from pipeline.taxonomies.files import Kind
from pipeline.taxonomies.importing import New

_CSV = "code,title,alternates\nD-1,Registered Nurse,Staff Nurse|RN"
_MADE = {**EXAMPLE, "name": "Draup", "kind": "draup-csv", "scope": "company", "notice": "", "ignored": []}
Short = Annotated[str, Meta(max_length=100)]


class TaxonomyFile(msgspec.Struct, kw_only=True):
    """What the file is, what its taxonomy is called (by default Draup, onet or esco), and its version (by
    default the first digits of the file's digest)."""

    kind: Kind = "draup-csv"
    name: Short = ""
    version: Short = ""


class TaxonomyImports(Controller):
    """For one company; what is for everybody the operator imports."""

    path = "/v1/taxonomies/import"
    tags = ["Taxonomies"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "importTaxonomy",
            "Bring in a taxonomy of the company's own",
            scope="settings:write",
            query=TaxonomyFile,
            body=Body(
                kind=None,
                examples={"two titles": _CSV},
                media_types=("text/csv", "text/tab-separated-values", "application/zip"),
            ),
            answers={
                200: Answer(
                    kind=TaxonomyOut, example=_MADE, says="In use. The same file again changes nothing."
                )
            },
            notes="draup-csv: a table with the columns code, title and alternates (`|` between them). onet: "
            "a zip of O*NET's text files, or `Occupation Data.txt` alone. esco: `occupations_en.csv`. Up to "
            "20 MB. One of the same name is replaced; roles are mapped to it when they are mapped next, see "
            "planRemapping.",
        ),
    )
    async def take(self, call: NamedDependency[Call]) -> Reply:
        """Used once it is whole; a file that cannot be read changes nothing."""
        given = call.query(TaxonomyFile)
        content = await call.raw(call.services.settings.intake_bytes)
        name = importing.called(given.kind, " ".join(given.name.split()))
        with tempfile.TemporaryDirectory(prefix="etter-taxonomy-") as folder:
            path = Path(folder) / files.SINGLE[given.kind]
            await asyncio.to_thread(path.write_bytes, content)
            new = New(
                kind=given.kind,
                path=path,
                name=name,
                version=given.version.strip(),
                company_id=call.caller.company_id,
                by=call.caller.shown_id,
            )
            row = await importing.take_in(call.services.db, new)
        async with call.tx() as tx:
            detail = {"kind": given.kind, "version": row.version, "roles": row.roles}
            await audit.record(tx, call.caller, "taxonomy.imported", row.name, detail=detail)
        return Reply(taxonomy(row), ignored=[])
