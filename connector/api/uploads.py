"""Files: given whole or in parts, looked at, and given to their roles by the person who was asked."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from adapters.model import Problem
from adapters.text import plain
from connector.api.http import Call, Reply
from connector.api.operation import Answer, Body, operation
from connector.api.receipts import base_of
from connector.api.upload_view import ASKING, COMING, EXAMPLE, UPLOAD, UploadList, UploadOut, upload
from kit import ids, paging
from kit.db import Tx
from kit.errors import Action, Conflict, Invalid, NotFound, Refused, TooLarge
from pipeline.records.reading import Kind
from pipeline.uploads import settling, store, uploads
from pipeline.uploads.model import Status, UploadRow, Wish

_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(?:\*|\d{1,12})")
_PARAMS = {"upload_id": UPLOAD}
Said = Annotated[str, Meta(max_length=500)]
RoleIds = Annotated[list[str], Meta(max_length=settling.MOST_ROLES)]


class Whose(msgspec.Struct, kw_only=True):
    """Whose a file is: of the roles with these ids, of the role with this code or title, or of the company as
    a whole; without any of them the file's name tells it. Without a kind, name and content tell that."""

    role_id: RoleIds = []
    role: Said = ""
    company_wide: bool = False
    kind: Kind | None = None
    title: Said = ""


class UploadIn(Whose, kw_only=True):
    """A file that will come in parts."""

    name: Said
    replaces: str = ""


class UploadQuery(msgspec.Struct, kw_only=True):
    """Which uploads: the files of one ZIP (`parent_id`), or those with a status. `members` true: also files
    of ZIPs beside whole uploads."""

    parent_id: str = ""
    status: list[Status] = []
    members: bool = False
    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Uploads(Controller):
    """Files on their way to being documents."""

    path = "/v1/uploads"
    tags = ["Documents"]  # noqa: RUF012 - Litestar's own attribute

    @post(
        "/",
        **operation(
            "beginUpload",
            "Begin a file that comes in parts",
            scope="documents:write",
            body=Body(
                kind=UploadIn, examples={"pdf": {"name": "Manual.pdf", "role": "R-1042", "kind": "sop"}}
            ),
            answers={
                201: Answer(
                    kind=UploadOut,
                    example={**COMING, "received": 0},
                    says="Send the parts to `links.bytes`, then commit.",
                    headers={"Location": "The upload."},
                )
            },
            errors=(NotFound,),
            idempotent=True,
            notes="For files of up to 50 MB, and for recipes that stream: parts in their order, each with "
            "its `Content-Range`, then `commit`. An upload that gets no part for a day is dropped.",
        ),
    )
    async def begin(self, call: NamedDependency[Call]) -> Reply:
        """Nothing is read before the commit."""
        given, ignored = await call.body(UploadIn)
        wish = wish_of(given, given.replaces)
        name = name_of(given.name)

        async def work(tx: Tx) -> Reply:
            id_ = await uploads.begin(tx, call.caller, name, wish)
            row = await store.get(tx, call.caller.company_id, id_)
            shown = upload(row, base_of(call))
            return Reply(shown, 201, headers={"Location": shown.links["self"]}, ignored=ignored)

        return await call.once(work)

    @put(
        "/{upload_id:str}/bytes",
        **operation(
            "putUploadBytes",
            "Send the next part of a file",
            scope="documents:write",
            params=_PARAMS,
            body=Body(
                kind=None,
                examples={"part": "(bytes)"},
                media_types=("application/octet-stream",),
            ),
            answers={
                200: Answer(kind=UploadOut, example=COMING, says="Kept; `received` is where the next begins.")
            },
            errors=(Conflict,),
            notes="With `Content-Range: bytes 0-10485759/*` (from the first to the last byte of the part). "
            "At most 16 MB in a part. The same part again changes nothing; any part but the next one is "
            "refused with the byte to go on from (`received`).",
        ),
    )
    async def put_bytes(self, call: NamedDependency[Call], upload_id: FromPath[str]) -> Reply:
        """Parts come in their order."""
        body = await call.raw(uploads.MOST_PART)
        first = _first_byte(call.asked.header("content-range"), len(body))
        async with call.tx() as tx:
            row = await store.held(tx, call.caller.company_id, ids.parse("upl", upload_id))
            await uploads.put(tx, row, first, body, call.services.settings.file_bytes)
            return await _shown(call, tx, await store.get(tx, row.company_id, row.id))

    @post(
        "/{upload_id:str}/commit",
        **operation(
            "commitUpload",
            "Say that all parts are there",
            scope="documents:write",
            params=_PARAMS,
            answers={
                200: Answer(kind=UploadOut, example=EXAMPLE, says="Read; `status` says what came of it.")
            },
            errors=(Conflict, Invalid, TooLarge, Refused),
            notes="The file is read as if it had come at once. Done again it changes nothing.",
        ),
    )
    async def commit(self, call: NamedDependency[Call], upload_id: FromPath[str]) -> Reply:
        """Reads the whole."""
        id_ = ids.parse("upl", upload_id)
        async with call.tx() as tx:
            row = await store.get(tx, call.caller.company_id, id_)
            content = await store.whole(tx, row) if row.status == "receiving" else b""
            if row.status != "receiving":
                return await _shown(call, tx, row)
        found = await uploads.read(
            call.services.db, call.services.reading, call.caller, row.name, content, row.wish
        )
        try:
            async with call.services.writes.place(), call.tx() as tx:
                row = await store.held(tx, row.company_id, id_)
                if row.status != "receiving":
                    return await _shown(call, tx, row)
                jobs = await uploads.finish(tx, call.caller, row, content, found)
                reply = await _shown(call, tx, await store.get(tx, row.company_id, id_))
        except Refused as refused:
            if not refused.passing:
                await _keep_refused(call, id_, content, refused)
            raise
        if isinstance(found, Problem):
            raise refusal(found)
        await call.services.ring(jobs, 0)
        return reply

    @get(
        "/",
        **operation(
            "searchUploads",
            "List files that were given",
            scope="documents:read",
            query=UploadQuery,
            errors=(NotFound,),
            answers={
                200: Answer(
                    kind=UploadList, example={"results": [EXAMPLE], "next_cursor": None, "has_more": False}
                )
            },
        ),
    )
    async def list(self, call: NamedDependency[Call]) -> Reply:
        """Newest first, also those that were refused; kept as long as runs are."""
        given = call.query(UploadQuery)
        company_id = call.caller.company_id
        async with call.tx() as tx:
            found = await store.newest(
                tx,
                company_id,
                parent_id=ids.parse("upl", given.parent_id) if given.parent_id else None,
                members=given.members,
                status=[*given.status],
                limit=given.limit + 1,
                after=paging.place(given.cursor),
            )
            rows = await store.some(tx, company_id, found[: given.limit])
        more = len(found) > given.limit
        cursor = paging.cursor((rows[-1].created_at, rows[-1].id)) if more else None
        return Reply(UploadList([upload(row, base_of(call)) for row in rows], cursor, more))

    @get(
        "/{upload_id:str}",
        **operation(
            "getUpload",
            "One file that was given",
            scope="documents:read",
            params=_PARAMS,
            answers={200: Answer(kind=UploadOut, example=ASKING)},
        ),
    )
    async def show(self, call: NamedDependency[Call], upload_id: FromPath[str]) -> Reply:
        """With what came of it."""
        async with call.tx() as tx:
            return await _shown(
                call, tx, await store.get(tx, call.caller.company_id, ids.parse("upl", upload_id))
            )

    @post(
        "/{upload_id:str}/link",
        **operation(
            "linkUpload",
            "Say whose a file is",
            scope="documents:write",
            params=_PARAMS,
            body=Body(kind=Whose, examples={"two roles": {"role_id": ["role_0199...", "role_0199..."]}}),
            answers={200: Answer(kind=UploadOut, example={**EXAMPLE, "ignored": []})},
            errors=(Conflict,),
            notes="For an upload whose status is `asks`. Each role gets the text as a document of its own.",
        ),
    )
    async def link(self, call: NamedDependency[Call], upload_id: FromPath[str]) -> Reply:
        """One role, many, or the company."""
        given, ignored = await call.body(Whose)
        id_ = ids.parse("upl", upload_id)
        async with call.services.writes.place(), call.tx() as tx:
            jobs = await uploads.link(tx, call.caller, id_, wish_of(given))
            reply = await _shown(call, tx, await store.get(tx, call.caller.company_id, id_), ignored)
        await call.services.ring(jobs, 0)
        return reply

    @delete(
        "/{upload_id:str}",
        **operation(
            "deleteUpload",
            "Drop a file that was given",
            scope="documents:write",
            params=_PARAMS,
            answers={204: Answer(kind=None, says="Gone. Documents that were made of it stay.")},
        ),
    )
    async def drop(self, call: NamedDependency[Call], upload_id: FromPath[str]) -> None:
        """With the files of a ZIP."""
        async with call.tx() as tx:
            await uploads.forget(tx, call.caller, ids.parse("upl", upload_id))


def wish_of(given: Whose, replaces: str = "") -> Wish:
    """What is wished for a file. Raises NotFound for an id of another kind, Invalid for two at once."""
    wish = Wish(
        role_ids=tuple(ids.parse("role", one) for one in given.role_id),
        role=plain(given.role),
        company_wide=given.company_wide,
        kind=given.kind,
        title=plain(given.title),
        replaces=ids.parse("doc", replaces) if replaces else None,
    )
    settling.check(wish)
    return wish


def name_of(said: str) -> str:
    """A file's name as it is kept: one line, 200 characters."""
    name = (plain(said) or "")[-200:]
    if not name:
        message = "The file has no name, and its ending says what it should be."
        raise Invalid(message, code="name_missing", action="Send it as ?name=... or as the form's filename.")
    return name


def _first_byte(header: str, size: int) -> int:
    """The first byte of a Content-Range that fits the body. Raises Invalid."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or int(found[2]) - int(found[1]) + 1 != size:
        said = f"says {header[:60]!r}" if header else "is missing"
        raise Invalid(
            f"The Content-Range {said}, which does not fit a part of {size} bytes.",
            code="wrong_range",
            action=f"Send Content-Range: bytes FIRST-LAST/*, here for example bytes 0-{max(0, size - 1)}/*.",
        )
    return int(found[1])


async def _keep_refused(call: Call, id_: UUID, content: bytes, refused: Refused) -> None:
    """A file that can be no document shows the reason, unless another commit was quicker."""
    async with call.tx() as tx:
        row = await store.held(tx, call.caller.company_id, id_)
        if row.status == "receiving":
            await uploads.finish(tx, call.caller, row, content, Problem(refused.code, refused.detail))


async def _shown(call: Call, tx: Tx, row: UploadRow, ignored: list[str] | None = None) -> Reply:
    return Reply(upload(row, base_of(call)), ignored=ignored)


def refusal(problem: Problem) -> Invalid:
    """A file that cannot be used, as it is answered."""
    return Invalid(problem.detail, code=problem.code, action=Action("Mend the file and send it again."))
