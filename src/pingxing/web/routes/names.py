"""Who one is: how one's account stands, a form that leads into the vault, and the way out of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import enrolment, i18n
from pingxing.api.doors import AppDep
from pingxing.api.names import told, turns
from pingxing.bootstrap import App
from pingxing.errors import Conflict, InvalidRequest, Overloaded, PingxingError, ServiceDown
from pingxing.identity.vault import MAX_NAME, MAX_NUMBER
from pingxing.papers import PAPERS
from pingxing.types import Actor
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)


@router.get("/settings/name")
def own_name(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    return _page(app, request, visitor, actor)


@router.post("/settings/name")
async def enter(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    name: Annotated[str, Form(max_length=1_000)] = "",
    paper: Annotated[str, Form(max_length=20)] = "",
    number: Annotated[str, Form(max_length=1_000)] = "",
    words: Annotated[str, Form(max_length=2_000)] = "",
    agreed: Annotated[bool, Form()] = False,
    people: Annotated[bool, Form()] = False,
) -> Response:
    """What went wrong is said beside the form, which keeps what was typed for whoever typed it."""
    work = partial(
        enrolment.hand_in, app, actor, name, paper, number, agreed=agreed, words=words, people=people
    )  # fmt: skip
    try:
        await to_thread.run_sync(work, limiter=turns(request))
    except (InvalidRequest, Conflict, Overloaded, ServiceDown) as error:
        kept = {"name": name[:MAX_NAME], "paper": paper, "number": number[:MAX_NUMBER], "words": words}
        show = partial(_page, app, request, visitor, actor, error=error, kept=kept)
        return await to_thread.run_sync(show)
    return RedirectResponse("/settings/name", 303)


@router.post("/settings/name/leave")
def leave(app: AppDep, actor: ChangingDep) -> Response:
    enrolment.leave(app, actor)
    return RedirectResponse("/settings/name", 303)


def _page(
    app: App,
    request: Request,
    visitor: Visitor,
    actor: Actor,
    *,
    error: PingxingError | None = None,
    kept: dict[str, str] | None = None,
) -> Response:
    own = enrolment.own(app, actor)
    return page(
        "name.html",
        request,
        visitor,
        status=200 if error is None else error.status,
        me=own,
        told=told(own, visitor.language),
        trouble=None if error is None else i18n.explain(error, visitor.language),
        kept=kept or {"name": "", "paper": "", "number": "", "words": ""},
        papers=PAPERS,
        most_name=MAX_NAME,
        most_number=MAX_NUMBER,
        most_words=enrolment.MAX_WORDS,
        waits=enrolment.WAITS.days,
        days=app.settings.retention_days,
    )
