"""A document as the file it is, in one request."""

from __future__ import annotations

from litestar import Controller, post
from litestar.di import NamedDependency

from adapters.files.model import Member
from adapters.model import Problem
from connector.api import multipart
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from connector.api.upload_view import EXAMPLE, UploadOut, upload
from connector.api.uploads import Said, Whose, name_of, refusal, wish_of
from kit import ids, wire
from kit.db import Tx
from kit.errors import Conflict, NotFound, Refused
from pipeline.uploads import store, uploads
from pipeline.uploads.model import Understood, Wish


class FileQuery(Whose, kw_only=True):
    """The file's name (needed when the body is the file itself), and whose it is. `replaces`: the document
    whose next version it is."""

    name: Said = ""
    replaces: str = ""


class Files(Controller):
    """A document as the file it is."""

    path = "/v1/documents/files"
    tags = ["Documents"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "uploadDocument",
            "Give a document as a file",
            scope="documents:write",
            query=FileQuery,
            body=Body(
                kind=None,
                examples={"file": "(the bytes of R-1042 job description.docx)"},
                media_types=("application/octet-stream", "multipart/form-data"),
            ),
            answers={
                200: Answer(kind=UploadOut, example=EXAMPLE, says="Read; `status` says what came of it.")
            },
            errors=(Conflict, NotFound),
            idempotent=True,
            notes="PDF, DOCX, XLSX, PPTX, HTML, Markdown, text, BPMN or a ZIP of them, up to 20 MB (larger "
            "ones in parts: `POST /v1/uploads`). The body is the file itself, or a form with one file and "
            "the same fields. What it is, is told by its content. A ZIP is unpacked and its files are read "
            "one after the other: see `GET /v1/uploads?parent_id=`. When it is not clear whose a file is, "
            "`status` is `asks`. A file that cannot be read is refused, and is listed with the reason.",
        ),
    )
    async def give(self, call: NamedDependency[Call]) -> Reply:
        """One file, or one ZIP."""
        body = await call.raw(call.services.settings.upload_bytes)
        given, name, content = _file(call, body)
        wish = wish_of(given, given.replaces)
        found = await _read(call, name, content, wish)
        if isinstance(found, Problem):
            invalid = refusal(found)
            await _keep_refused(call, name, content, wish, invalid)
            raise invalid
        jobs: list[int] = []
        refusals: list[Refused] = []

        async def work(tx: Tx) -> Reply:
            try:
                id_, rung = await uploads.take(tx, call.caller, name, content, wish, found)
            except Refused as refused:
                refusals.append(refused)
                raise
            jobs.extend(rung)
            return Reply(upload(await store.get(tx, call.caller.company_id, id_), base_of(call)))

        try:
            reply = await call.once(work)
        finally:
            for refused in refusals:
                await _keep_refused(call, name, content, wish, refused)
        await call.services.ring(jobs, 0)
        return reply


def _file(call: Call, body: bytes) -> tuple[FileQuery, str, bytes]:
    """What is asked, the file's name and its bytes; a form's fields are read as the query's are."""
    kind = call.asked.header("content-type")
    query = call.asked.query()
    content, name = body, ""
    if kind.lower().startswith("multipart/form-data"):
        name, content, fields = multipart.file_of(body, kind)
        query = [*query, *fields]
    given = wire.read_query(query, FileQuery)
    return given, name_of(given.name or name), content


async def _read(call: Call, name: str, content: bytes, wish: Wish) -> Understood | list[Member] | Problem:
    services = call.services
    return await uploads.read(services.db, services.reading, call.caller, name, content, wish)


async def _keep_refused(call: Call, name: str, content: bytes, wish: Wish, refused: Refused) -> None:
    """A file that was refused is listed with the reason; the refusal names it."""
    if refused.passing:
        return
    problem = Problem(refused.code, refused.detail)
    async with call.tx() as tx:
        id_, _ = await uploads.take(tx, call.caller, name, content, wish, problem)
    refused.extra["upload_id"] = ids.show("upl", id_)
