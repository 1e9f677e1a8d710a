"""The operator's rooms: what waits for a person, what the rules did, queue, accounts, the head of the log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import appeals, oversight, takedown
from pingxing.api.doors import AppDep
from pingxing.errors import InvalidRequest, NotFound
from pingxing.policy.packs import default_packs
from pingxing.types import Role
from pingxing.web.paper import page
from pingxing.web.sayings import sayings
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

router = APIRouter(prefix="/operator", include_in_schema=False)


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
        exhibits=appeals.exhibits(app, actor),
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
    stage: Literal["", "input", "output", "upload"] = "",
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


@router.post("/accounts/{account_id}/share")
def set_share(
    app: AppDep,
    actor: ChangingDep,
    account_id: str,
    weight: Annotated[int, Form()] = 1,
    steps_per_day: Annotated[str, Form(max_length=12, pattern=r"^\d*$")] = "",
) -> Response:
    app.identity.set_share(
        actor, account_id, weight=weight, steps_per_day=int(steps_per_day) if steps_per_day else None
    )
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


# --- what was published already ---


@router.get("/pictures")
def pictures(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    find: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Find a delivered picture by its receipt or its file's digest; mark or withdraw it; what was said so far."""
    cases = takedown.cases(app, actor)
    found, missing = None, False
    if find.strip():
        try:
            found = takedown.find(app, actor, find)
        except NotFound:
            missing = True
    facts: dict[str, Any] = {
        "cases": cases,
        "find": find,
        "found": found,
        "missing": missing,
        "said": takedown.of(app, actor, found.id) if found else None,
        "categories": sorted({rule.category for pack in default_packs() for rule in pack.rules}),
        "usual": takedown.CATEGORY,
    }
    return page("takedown.html", request, visitor, **facts)


@router.post("/pictures/{receipt_id}")
def say(
    app: AppDep,
    actor: ChangingDep,
    receipt_id: str,
    state: Annotated[str, Form(max_length=10)],
    note: Annotated[str, Form(max_length=takedown.MOST_NOTE)] = "",
    link: Annotated[str, Form(max_length=takedown.MOST_LINK)] = "",
    category: Annotated[str, Form(max_length=60)] = takedown.CATEGORY,
    never_again: Annotated[bool, Form()] = False,
) -> Response:
    known = next((name for name in takedown.STATES if name == state), None)
    if known is None:
        raise InvalidRequest("member", member="state", problem=state)
    again = never_again and known == "withdrawn"
    told = {"note": note, "link": link.strip(), "category": category}
    takedown.say(app, actor, receipt_id, known, **told, never_again=again)
    return RedirectResponse(f"/operator/pictures?find={receipt_id}", 303)
