"""All pages. Each module is one room of the studio; a route translates a form, calls a use case, and shows a page."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pingxing import i18n
from pingxing.api.doors import app_of
from pingxing.errors import PingxingError, Refused, Unauthenticated
from pingxing.web.paper import page
from pingxing.web.routes import (
    account,
    appeals,
    copies,
    editing,
    forbidden,
    grid,
    labelling,
    makers,
    models,
    names,
    operator,
    people,
    pictures,
    report,
    rules,
    studio,
    training,
    uploads,
    verifying,
)
from pingxing.web.visitor import Visitor, visitor_of

PAGES = (
    studio,
    pictures,
    editing,
    copies,
    verifying,
    account,
    operator,
    models,
    report,
    rules,
    forbidden,
    names,
    people,
    training,
    uploads,
    labelling,
    grid,  # before the makers: /makers/grid is no order
    makers,
    appeals,
)
routes = [route for room in PAGES for route in room.router.routes]


def page_error(request: Request, error: PingxingError) -> Response:
    """An error as a page: what happened, and what to do next. Reading needs no JavaScript; whoever must sign in may."""
    try:
        visitor = visitor_of(request)
    except PingxingError:  # the database that says who this is may be what failed
        visitor = Visitor(i18n.choose(request.headers.get("accept-language", "")), "auto")
    partly = "hx-request" in request.headers
    if isinstance(error, Unauthenticated) and visitor.actor is None and error.reason == "session" and not partly:
        return RedirectResponse(f"/sign-in?next={request.url.path}", 303)
    title, hint = i18n.explain(error, visitor.language)
    if partly:
        if isinstance(error, Refused):
            return page("parts/refused.html", request, visitor, error=error, **_refused(request, visitor, error))
        return page("parts/trouble.html", request, visitor, title=title, hint=hint, error=error)
    if isinstance(error, Refused):
        facts = _refused(request, visitor, error)
        return page("refused.html", request, visitor, status=error.status, error=error, **facts)
    return page("error.html", request, visitor, status=error.status, title=title, hint=hint, error=error)


def _refused(request: Request, visitor: Visitor, refused: Refused) -> dict[str, Any]:
    """The words that were refused, where they are the visitor's own, and where a review of them stands."""
    if visitor.actor is None:
        return {"prompt": "", "appeal": None}
    try:
        view = app_of(request).desk.job(visitor.actor, refused.job)
    except PingxingError:  # the refusal itself must be told whatever else fails
        return {"prompt": "", "appeal": None}
    return {"prompt": view.job.request.prompt, "appeal": view.appeal}
