"""The operator's room of people: who is verified, and a form for whoever looked at a document."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import enrolment, i18n, openings, realnames
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App
from pingxing.errors import Conflict, InvalidRequest, PingxingError
from pingxing.identity.authority import require
from pingxing.identity.vault import MAX_NAME, MAX_NUMBER, Person
from pingxing.identity.verifiers import OF_PEOPLE
from pingxing.papers import PAPERS
from pingxing.store.persons import HELD
from pingxing.types import Actor, Scope
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)


@router.get("/operator/people")
def people(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    return _page(app, request, visitor, actor)


@router.post("/operator/people")
def verify(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    account: Annotated[str, Form(max_length=32)] = "",
    name: Annotated[str, Form(max_length=1_000)] = "",
    paper: Annotated[str, Form(max_length=20)] = "",
    number: Annotated[str, Form(max_length=1_000)] = "",
    seen: Annotated[bool, Form()] = False,
) -> Response:
    """What went wrong is said beside the form, which keeps what was typed."""
    require(actor, Scope.OPERATE)
    try:
        if not seen:
            raise InvalidRequest("person_seen", member="seen")
        realnames.verify(app, actor, account, name, paper, number)
    except (InvalidRequest, Conflict) as error:
        kept = {"account": account, "name": name[:MAX_NAME], "paper": paper, "number": number[:MAX_NUMBER]}
        return _page(app, request, visitor, actor, error=error, kept=kept)
    return RedirectResponse("/operator/people", 303)


@router.post("/operator/people/{account}/erase")
def erase(app: AppDep, actor: ChangingDep, account: str) -> Response:
    realnames.erase(app, actor, account)
    return RedirectResponse("/operator/people", 303)


@router.post("/operator/people/{account}/refuse")
def refuse(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    account: str,
    reason: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    try:
        realnames.refuse(app, actor, account, reason)
    except (InvalidRequest, Conflict) as error:
        return _page(app, request, visitor, actor, error=error)
    return RedirectResponse("/operator/people", 303)


@router.post("/operator/people/openings")
def ask(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    account: Annotated[str, Form(max_length=32)] = "",
    reason: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    try:
        openings.ask(app, actor, account, reason)
    except InvalidRequest as error:
        return _page(app, request, visitor, actor, error=error, reason=reason)
    return RedirectResponse("/operator/people#openings", 303)


@router.post("/operator/people/openings/{opening_id}")
def decide(app: AppDep, actor: ChangingDep, opening_id: str, approve: Annotated[bool, Form()] = False) -> Response:
    openings.decide(app, actor, opening_id, approve=approve)
    return RedirectResponse("/operator/people#openings", 303)


@router.post("/operator/people/openings/{opening_id}/show")
def show(app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, opening_id: str) -> Response:
    """The name stands in this very answer and in no other."""
    return _page(app, request, visitor, actor, who=openings.show(app, actor, opening_id))


def _page(
    app: App,
    request: Request,
    visitor: Visitor,
    actor: Actor,
    *,
    error: PingxingError | None = None,
    kept: dict[str, str] | None = None,
    reason: str = "",
    who: Person | None = None,
) -> Response:
    found = realnames.register(app, actor)
    facts: dict[str, Any] = {
        "names": {one.account.id: one.account.name for one in found},
        "held": [one for one in found if one.standing in HELD],
        "openings": [(one, openings.state(app, one)) for one in openings.listing(app, actor)],
        "reason": reason,
        "most_reason": openings.MAX_REASON,
        "who": who,
        "found": found,
        "open": [one for one in found if one.standing not in ("verified", "leaving") and one.account.active],
        "waiting": [one for one in found if one.standing == "waiting"],
        "reasons": OF_PEOPLE,
        "me": enrolment.own(app, actor),
        "mode": app.settings.real_names,
        "papers": PAPERS,
        "kept": kept or {"account": "", "name": "", "paper": "", "number": ""},
        "trouble": None if error is None else i18n.explain(error, visitor.language),
        "most_name": MAX_NAME,
        "most_number": MAX_NUMBER,
        "days": app.settings.retention_days,
    }
    return page("people.html", request, visitor, status=200 if error is None else error.status, **facts)
