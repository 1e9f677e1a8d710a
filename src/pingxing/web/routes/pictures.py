"""One picture: what each word became, its receipt and proof, its file in every format, another like it."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import flow, takedown
from pingxing.api import bringing
from pingxing.api.doors import AppDep
from pingxing.api.pictures import picture as picture_response
from pingxing.api.wishes import VARIED
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, Refused
from pingxing.types import MAX_SEED, Format
from pingxing.web.beginning import KINDS, Begun, copied, kept, statement
from pingxing.web.lending import drop
from pingxing.web.paper import page
from pingxing.web.routes.copies import offered
from pingxing.web.routes.studio import again, lending
from pingxing.web.understood import groups, pieces
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)

_VARIATIONS = 4


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
        ignored=view.ignored,
        pieces=pieces(prompt, receipt.scene) if receipt.scene else [],
        groups=groups(receipt.scene) if receipt.scene else [],
        proof=app.desk.proof(actor, receipt_id),
        notice=takedown.of(app, actor, receipt_id),
        formats=next((card.formats for card in app.models() if card.name == view.job.request.model), ()),
        vkey=app.ledger.vkey,
        copies_offered=offered(app, actor, receipt),
        adjustable=receipt.scene is not None and receipt.account == actor.account and bool(prompt),
        repeats=_served(app, view.job.request.model)
        and kept(app, actor, view.job.request.init_image, view.job.request.mask),
        begins=receipt.account == actor.account
        and receipt.artifact.media_type in KINDS
        and any(card.takes_picture for card in app.models()),
        varies=_varies(app, view.job.request.model),
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
    consent: Annotated[str, Form(max_length=20)] = "",
    terms: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """The same wish with another seed, four variations, or another format: each is made, checked and labelled anew.

    Variations begin with the picture itself where its model can, as those of the API do; else they are other seeds.
    """
    receipt = app.desk.receipt(actor, receipt_id)
    wish = app.desk.job(actor, receipt.job).job.request
    changes: dict[str, Any]
    begun = Begun()
    if change == "seed":
        changes = {"seed": secrets.randbelow(MAX_SEED + 1), "count": 1}
    elif change == "vary":
        changes = {"seed": secrets.randbelow(MAX_SEED + 1), "count": _VARIATIONS}
    elif change == "format" and value in list(Format):
        changes = {"seed": receipt.seed, "count": 1, "format": Format(value), "motion": None}
    else:
        raise InvalidRequest("member", member="change", problem=change)
    lending(request).settle(app, actor)
    if change == "vary" and receipt.artifact.media_type in KINDS and _varies(app, wish.model):
        try:
            begun = copied(app, actor, receipt_id, bringing.statement(consent, terms))
        except InvalidRequest as error:
            if error.reason != "consent_page":
                raise
            return _ask_who(app, request, visitor, receipt_id)
        image = "" if begun.image is None else begun.image.id
        changes |= {"init_image": image, "mask": "", "strength": VARIED, "edits": ()}
    try:
        job = again(app, actor, wish, **changes)
    except Refused as refused:
        return page("refused.html", request, visitor, status=refused.status, error=refused, prompt=wish.prompt)
    except Exception:
        drop(app, actor, begun.lent)
        raise
    lending(request).note(actor.account, job, begun.lent)
    if "hx-request" in request.headers:
        return page("parts/job.html", request, visitor, view=app.desk.job(actor, job))
    return RedirectResponse(f"/jobs/{job}", 303)


def _served(app: App, model: str) -> bool:
    """Whether an engine can make another one: not of contact sheets, nor of what was brought to be labelled."""
    return any(card.name == model for card in app.models())


def _varies(app: App, model: str) -> bool:
    """Whether this model can begin with a picture; also for one that has gone."""
    return any(card.takes_picture for card in app.models() if card.name == model)


def _ask_who(app: App, request: Request, visitor: Visitor, receipt_id: str) -> Response:
    """A face is shown: who that is must be said before the picture is changed, also of one that was made here."""
    partly = "hx-request" in request.headers
    template = "parts/vary_who.html" if partly else "vary_who.html"
    return page(template, request, visitor, receipt_id=receipt_id, terms=statement(visitor.language))
