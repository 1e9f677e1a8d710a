"""The operator's rooms: what waits for a person, what the rules did, queue, accounts, the head of the log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import appeals, oversight
from pingxing.api.doors import AppDep
from pingxing.errors import InvalidRequest
from pingxing.types import Role
from pingxing.web.paper import page
from pingxing.web.sayings import sayings
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

router = APIRouter(prefix="/operator")


@router.get("")
def overview(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    cases = appeals.docket(app, actor)
    counted = oversight.backlog(app, actor)
    return page(
        "operator.html",
        request,
        visitor,
        overview=app.desk.overview(actor),
        accounts=app.identity.accounts(actor),
        cases=cases,
        waiting=counted.waiting,
        late=counted.late,
        roles=list(Role),
        link=None,
    )


@router.get("/rules")
def rules(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    days: Annotated[int, Query()] = 30,
    stage: Literal["", "input", "output"] = "",
    language: Literal["", "en", "zh"] = "",
) -> Response:
    """What each rule stopped, and how often a person set it right."""
    counted = oversight.statistics(app, actor, days, stage=stage or None, language=language or None)
    trial = oversight.on_trial(app, actor)
    chosen: dict[str, Any] = {
        "trial": trial,
        "days": days,
        "stage": stage,
        "language": language,
        "periods": oversight.PERIODS,
    }
    return page("rules.html", request, visitor, counted=counted, **chosen, **sayings(visitor.language))


@router.post("/accounts")
def create_account(
    app: AppDep,
    actor: ChangingDep,
    name: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=16)] = "member",
) -> Response:
    if role not in set(Role):
        raise InvalidRequest("member", member="role", problem=role)
    app.identity.create_account(actor, name, Role(role), password)
    return RedirectResponse("/operator#accounts", 303)


@router.post("/accounts/{account_id}/active")
def set_active(app: AppDep, actor: ChangingDep, account_id: str, active: Annotated[bool, Form()] = False) -> Response:
    app.identity.set_active(actor, account_id, active)
    return RedirectResponse("/operator#accounts", 303)


@router.post("/appeals/{appeal_id}")
def decide(
    app: AppDep,
    actor: ChangingDep,
    appeal_id: str,
    outcome: Annotated[str, Form(max_length=16)],
    words: Annotated[str, Form(max_length=appeals.MAX_WORDS)] = "",
) -> Response:
    if outcome not in ("uphold", "overturn"):
        raise InvalidRequest("member", member="outcome", problem=outcome)
    appeals.decide(app, actor, appeal_id, overturn=outcome == "overturn", words=words)
    return RedirectResponse("/operator#appeals", 303)
