"""Reviews: questions to a person about one result, and the answers."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from connector.admin.page import draw, go
from connector.admin.visit import Visit

_PAGE = 50


class Reviews(Controller):
    """What a person has to look at."""

    path = "/c/{company:str}/reviews"

    @get("/")
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Open ones, unless others are asked for."""
        status = visit.asked("status", "open")
        found = await visit.desk.get(
            "/reviews", {"status": [status], "limit": _PAGE, "cursor": visit.asked("cursor")}
        )
        return draw(visit, "reviews.html", reviews=found["results"], next=found["next_cursor"], status=status)

    @get("/{review_id:str}")
    async def one(self, visit: NamedDependency[Visit], review_id: FromPath[str]) -> Response[Any]:
        """The question beside the result it is about."""
        return draw(visit, "review.html", review=await visit.desk.get(f"/reviews/{review_id}"))

    @post("/{review_id:str}/{answer:str}")
    async def decide(
        self, visit: NamedDependency[Visit], review_id: FromPath[str], answer: FromPath[str]
    ) -> Response[Any]:
        """Approve, correct or reject; the API says which answers there are."""
        body: dict[str, Any] = {"note": visit.field("note")}
        if answer == "correct":
            body |= _correction(visit)
        await visit.desk.send("POST", f"/reviews/{review_id}/{answer}", body)
        return go(visit, f"{visit.home}/reviews")


def _correction(visit: Visit) -> dict[str, Any]:
    """What is right instead: a standard role (`taxonomy/code`), or grades of tasks that were changed."""
    taxonomy, _, code = visit.field("draup").partition("/")
    if code:
        return {"draup_role": {"taxonomy": taxonomy, "code": code}}
    tasks = [
        {"task_id": name.removeprefix("grade:"), "grade": value}
        for name, value in visit.form.multi_items()
        if name.startswith("grade:") and isinstance(value, str) and value
    ]
    return {"tasks": tasks} if tasks else {}
