"""Pages from templates: the words, dates and numbers of the reader's language, and nothing unescaped."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pingxing import __version__, i18n
from pingxing.api.doors import app_of
from pingxing.errors import by_code
from pingxing.sentry import on_duty
from pingxing.types import Language
from pingxing.web.visitor import LANGUAGE_COOKIE, YEAR_S, Visitor


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pingxing.web", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(short=_short, bytesize=_bytesize, marked=_marked)
    art = {entry.name for entry in (files("pingxing.web") / "static" / "art").iterdir()}
    environment.globals.update(icon=_icon, version=__version__, art=art)
    return environment


def render(template: str, request: Request, visitor: Visitor, **facts: Any) -> str:
    """A page or a part of one. `t(key, ...)` in templates says the words; a missing word or fact is an error."""

    def t(key: str, /, **blanks: object) -> str:
        return i18n.say(visitor.language, key, **blanks)

    return (
        _environment()
        .get_template(template)
        .render(
            t=t,
            visitor=visitor,
            lang=visitor.language,
            when=lambda moment: _when(moment, visitor.language),
            ago=lambda moment: _ago(moment, app_of(request).clock(), visitor.language),
            explain=lambda code: i18n.explain(by_code(code or ""), visitor.language),
            named=lambda kind, name: _named(kind, name, visitor.language),
            own=lambda pack: pack in on_duty(app_of(request)).own,
            studio=app_of(request).settings.name,
            path=request.url.path,
            **facts,
        )
    )


def page(template: str, request: Request, visitor: Visitor, *, status: int = 200, **facts: Any) -> HTMLResponse:
    headers = {"Content-Language": visitor.language, "Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
    answer = HTMLResponse(render(template, request, visitor, **facts), status, headers)
    if request.query_params.get("lang") == visitor.language:
        # What the page fetches later does not carry its address, and must not answer in the other language.
        answer.set_cookie(LANGUAGE_COOKIE, visitor.language, max_age=YEAR_S, samesite="lax")
    return answer


def _named(kind: str, name: str, language: Language) -> str:
    """The words for a style or setting of an engine, or for a rule's category; its own name where there are none."""
    known = (key for key in (f"scene.{kind}.{name}", f"{kind}.{name}") if i18n.knows(language, key))
    return next((i18n.say(language, key) for key in known), name)


def _icon(name: str, size: int = 20) -> Markup:
    """A line icon; decoration only, so screen readers pass it over."""
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true"><use href="/static/icons.svg#{1}"/></svg>'
    ).format(size, name)


def _short(text: str, length: int = 12) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _bytesize(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _when(moment: datetime, language: Language) -> str:
    local = moment.astimezone()
    return local.strftime("%Y-%m-%d %H:%M")


def _ago(moment: datetime, now: datetime, language: Language) -> str:
    seconds = max(0, int((now - moment.astimezone(UTC)).total_seconds()))
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return i18n.say(language, f"web.ago.{unit}", count=seconds // size)
    return i18n.say(language, "web.ago.now")


def _marked(text: str, spans: list[tuple[int, int]]) -> Markup:
    """The text with the spans marked; overlapping ones are joined."""
    out, at = Markup(), 0
    for start, end in sorted(spans):
        start = max(start, at)
        if end > start:
            out += Markup("{}<mark>{}</mark>").format(text[at:start], text[start:end])
            at = end
    return out + Markup("{}").format(text[at:])
