"""The page's own files: style, script, htmx. Nothing comes from anywhere else."""

from __future__ import annotations

from importlib import resources

from litestar import Controller, Response, get
from litestar.params import FromPath

from kit.errors import NotFound

_KINDS = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Files(Controller):
    """Served from the package; an address changes with the file, so browsers may keep what they got."""

    path = "/static"

    @get("/{name:str}")
    async def show(self, name: FromPath[str]) -> Response[bytes]:
        """One file."""
        if name not in _KINDS:
            raise NotFound("There is no such file.")
        content = resources.files("connector.admin").joinpath("static", name).read_bytes()
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, media_type=_KINDS[name], headers=headers)
