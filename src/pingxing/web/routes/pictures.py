"""One picture: what each word became, its receipt and proof, its file in every format, another like it."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import flow, takedown
from pingxing.api.doors import AppDep
from pingxing.api.pictures import picture as picture_response
from pingxing.errors import InvalidRequest, Refused
from pingxing.types import MAX_SEED, Format
from pingxing.web.paper import page
from pingxing.web.routes.copies import offered
from pingxing.web.routes.studio import again
from pingxing.web.understood import groups, pieces
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

router = APIRouter()


@router.get("/pictures/{receipt_id}")
def show(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep, receipt_id: str) -> Response:
    receipt = app.desk.receipt(actor, receipt_id)
    view = app.desk.job(actor, receipt.job)
    prompt = view.job.request.prompt
    return page(
        "picture.html",
        request,
        visitor,
        receipt=receipt,
        view=view,
        wish=view.job.request,
        pieces=pieces(prompt, receipt.scene) if receipt.scene else [],
        groups=groups(receipt.scene) if receipt.scene else [],
        proof=app.desk.proof(actor, receipt_id),
        notice=takedown.of(app, actor, receipt_id),
        formats=next((card.formats for card in app.models() if card.name == view.job.request.model), ()),
        vkey=app.ledger.vkey,
        copies_offered=offered(app, actor, receipt),
        adjustable=receipt.scene is not None and receipt.account == actor.account and bool(prompt),
    )


@router.get("/files/{receipt_id}")
def file(app: AppDep, actor: MemberDep, receipt_id: str, download: Annotated[bool, Query()] = False) -> Response:
    """The labelled file, to look at or to keep."""
    answer = picture_response(flow.release(app, actor, receipt_id))
    if download:
        kind = answer.headers["content-disposition"]
        answer.headers["content-disposition"] = kind.replace("inline", "attachment", 1)
    return answer


@router.post("/pictures/{receipt_id}/again")
def another(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    receipt_id: str,
    change: Annotated[str, Form(max_length=10)] = "seed",
    value: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """The same wish with another seed, four variations, or another format: each is made, checked and labelled anew."""
    receipt = app.desk.receipt(actor, receipt_id)
    wish = app.desk.job(actor, receipt.job).job.request
    changes: dict[str, object]
    if change == "seed":
        changes = {"seed": secrets.randbelow(MAX_SEED + 1), "count": 1}
    elif change == "vary":
        changes = {"seed": secrets.randbelow(MAX_SEED + 1), "count": 4}
    elif change == "format" and value in list(Format):
        changes = {"seed": receipt.seed, "count": 1, "format": Format(value)}
    else:
        raise InvalidRequest("member", member="change", problem=change)
    try:
        job = again(app, actor, wish, **changes)
    except Refused as refused:
        return page("refused.html", request, visitor, status=refused.status, error=refused, prompt=wish.prompt)
    if "hx-request" in request.headers:
        return page("parts/job.html", request, visitor, view=app.desk.job(actor, job))
    return RedirectResponse(f"/jobs/{job}", 303)
