"""Adjusting the scene of a picture of one's own, and the things that can be put into it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from pingxing import flow, props
from pingxing.api.doors import AppDep, app_of
from pingxing.bootstrap import App
from pingxing.errors import NotFound, Refused
from pingxing.types import Actor, Receipt
from pingxing.types import Request as Wish
from pingxing.web.editing import SIZES, SWATCHES, Corrigible, corrigible, read, same_wish
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)

_A_DAY_S = 86_400


@router.get("/pictures/{receipt_id}/edit")
def edit(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep, receipt_id: str) -> Response:
    """The picture with its things to be moved, repainted, exchanged and removed."""
    receipt, wish = _own(app, actor, receipt_id)
    things = _things(app, actor, receipt, wish)
    facts: dict[str, Any] = {
        "receipt": receipt,
        "wish": wish,
        "things": things,
        "swatches": SWATCHES,
        "sizes": SIZES,
    }
    return page("edit.html", request, visitor, **facts)


@router.post("/pictures/{receipt_id}/edit")
async def draw_again(request: Request, visitor: VisitorDep, actor: ChangingDep, receipt_id: str) -> Response:
    """The same wish, seed, size and style with these corrections: admitted, checked and labelled as any other."""
    form = await request.form()  # its fields are as many as the scene has things; it was read for the token already
    said = {name: value for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_draw_again, request, visitor, actor, receipt_id, said)


def _draw_again(request: Request, visitor: Visitor, actor: Actor, receipt_id: str, form: dict[str, str]) -> Response:
    app = app_of(request)
    receipt, wish = _own(app, actor, receipt_id)
    edits = read(form, _things(app, actor, receipt, wish))
    try:
        job = flow.admit(app, actor, same_wish(wish, receipt.seed, edits))
    except Refused as refused:
        facts: dict[str, Any] = {"error": refused, "prompt": wish.prompt}
        if "hx-request" in request.headers:
            return page("parts/refused.html", request, visitor, **facts)
        return page("refused.html", request, visitor, status=refused.status, **facts)
    if "hx-request" in request.headers:
        return page("parts/job.html", request, visitor, view=app.desk.job(actor, job.id))
    return RedirectResponse(f"/jobs/{job.id}", 303)


@router.get("/things")
def find(
    app: AppDep,
    visitor: VisitorDep,
    actor: MemberDep,
    q: Annotated[str, Query(max_length=80)] = "",
    model: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Things by name in either language, named in the reader's."""
    found = props.find(app, actor, model, q)
    told = [
        {"concept": prop.concept, "name": prop.name_zh if visitor.language == "zh" else prop.name_en} for prop in found
    ]
    return JSONResponse(told, headers={"Cache-Control": "private, max-age=600", "Vary": "Cookie, Accept-Language"})


@router.get("/things/{concept}.svg")
def thing(
    app: AppDep,
    actor: MemberDep,
    concept: str,
    style: Annotated[str, Query(max_length=40)] = "",
    colour: Annotated[str, Query(max_length=7)] = "",
    looks: Annotated[str, Query(max_length=100)] = "",
    model: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """One thing by itself, as a picture on a button: shipped art, not an output (see `props`)."""
    headers = {
        "Cache-Control": f"private, max-age={_A_DAY_S}",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    worn = tuple(look for look in looks.split(",") if look)
    drawn = props.drawing(app, actor, model, concept[:100], style, colour, worn)
    return Response(drawn, media_type="image/svg+xml", headers=headers)


def _own(app: App, actor: Actor, receipt_id: str) -> tuple[Receipt, Wish]:
    """A receipt of one's own and its wish. Raises NotFound where there is no scene to adjust (any more)."""
    receipt = app.desk.receipt(actor, receipt_id)
    wish = app.desk.job(actor, receipt.job).job.request
    if receipt.account != actor.account or receipt.scene is None or not wish.prompt:
        raise NotFound("receipt")
    return receipt, wish


def _things(app: App, actor: Actor, receipt: Receipt, wish: Wish) -> list[Corrigible]:
    one = same_wish(wish, receipt.seed, wish.edits)
    plain = props.describe(app, actor, one.model_copy(update={"edits": ()}))
    edited = props.describe(app, actor, one) if wish.edits else plain

    def senses(concepts: tuple[str, ...]) -> Any:
        return props.named(app, actor, wish.model, concepts)

    return corrigible(plain, edited, wish.edits, senses)
