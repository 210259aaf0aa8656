"""How a page is drawn: templates that escape everything, and headers that let nothing foreign run."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import msgspec
from jinja2 import ChainableUndefined, Environment, PackageLoader
from litestar import MediaType, Response
from litestar.response import Redirect
from markupsafe import Markup

from connector.admin import words
from connector.admin.visit import Visit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def draw(visit: Visit, template: str, **shown: Any) -> Response[str]:
    """A page, or a part of one."""
    return answer(environment().get_template(template).render(visit=visit, **shown))


def bare(template: str, status: int = 200, **shown: Any) -> Response[str]:
    """A page for somebody who is not signed in."""
    return answer(environment().get_template(template).render(**shown), status)


def answer(text: str, status: int = 200) -> Response[str]:
    """HTML with the page's headers."""
    return Response(text, status_code=status, headers=HEADERS, media_type=MediaType.HTML)


def go(visit: Visit | None, path: str) -> Response[Any]:
    """Send the browser to another page, whether htmx or the browser itself asked."""
    if visit is not None and visit.partial:
        headers = {**HEADERS, "HX-Redirect": path}
        here = urlsplit(visit.request.headers.get("hx-current-url", "")).path
        if path.startswith(f"{here}#"):
            headers["HX-Refresh"] = "true"  # to another place of the same page a browser goes without asking
        return Response("", status_code=204, headers=headers)
    return Redirect(path, status_code=303, headers=HEADERS)


@cache
def environment() -> Environment:
    """The templates with what they may use."""
    env = Environment(
        loader=PackageLoader("connector.admin"),
        autoescape=True,
        undefined=ChainableUndefined,  # what the API leaves out is shown as nothing
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset"] = asset
    env.globals["words"] = words
    env.filters.update(
        moment=moment,
        span=span,
        word=word,
        term=term,
        money=money,
        count=count,
        score=score,
        pretty=pretty,
        tojson_text=as_json,
        between=between,
    )
    return env


@cache
def asset(name: str) -> str:
    """The address of a file beside the templates; it changes with the file, so browsers may keep it."""
    content = resources.files("connector.admin").joinpath("static", name).read_bytes()
    return f"/admin/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def moment(value: str | datetime | None, none: str = "–") -> Markup:
    """A moment; the browser shows it in the reader's zone."""
    if not value:
        return Markup("{}").format(none)
    text = value.isoformat() if isinstance(value, datetime) else value
    shown = f"{text[:10]} {text[11:16]} UTC"
    return Markup('<time datetime="{}">{}</time>').format(text, shown)


def between(start: str | None, end: str | None) -> str:
    """How long something took, for people."""
    if not start or not end:
        return "–"
    return span((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


def span(seconds: float | None) -> str:
    """A length of time for people."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def word(value: object) -> str:
    """A name of ours as words: `job_description` is "job description"."""
    return re.sub(r"[_]+", " ", str(value)) if value is not None else "–"


def term(name: str, shown: str | None = None) -> Markup:
    """A word of the glossary, with its meaning one tap or one hover away."""
    return Markup(
        '<span class="term" tabindex="0">{}<span class="tip" role="tooltip">{}</span></span>'
    ).format(shown or name, words.MEANINGS[name])


def money(micros: int | None, currency: str = "") -> str:
    """Millionths of a currency, for people."""
    return f"{micros / 1_000_000:,.2f} {currency}".strip() if isinstance(micros, int) else "–"


def count(value: float | None) -> str:
    """A whole number with thousands apart."""
    return f"{value:,.0f}" if isinstance(value, int | float) else "–"


def score(value: float | None) -> str:
    """A score of 0..100 without its decimals."""
    return f"{value:.0f}" if isinstance(value, int | float) else "–"


def as_json(value: object) -> str:
    """Data on one line."""
    return msgspec.json.encode(value).decode()


def pretty(value: object) -> str:
    """Data as people read it."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
