"""All pages. Each module is one room of the studio; a route translates a form, calls a use case, and shows a page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import i18n
from pingxing.errors import PingxingError, Refused, Unauthenticated
from pingxing.web.paper import page
from pingxing.web.routes import account, copies, editing, operator, pictures, studio, verifying
from pingxing.web.visitor import Visitor, visitor_of

router = APIRouter()
for room in (studio, pictures, editing, copies, verifying, account, operator):
    router.include_router(room.router)


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
        refused = error if isinstance(error, Refused) else None
        template = "parts/refused.html" if refused else "parts/trouble.html"
        return page(template, request, visitor, title=title, hint=hint, error=error, prompt=None)
    return page("error.html", request, visitor, status=error.status, title=title, hint=hint, error=error)
