"""The lawful door's pages: the terms, a copy without a visible mark for somebody who is named, and who got one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import copies, i18n
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App
from pingxing.errors import Conflict, Forbidden, NotFound, PingxingError, Refused
from pingxing.types import Actor, Receipt
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)


def offered(app: App, actor: Actor, receipt: Receipt) -> bool:
    """Whether a picture's page leads to the door: open, the actor's own picture, no copy itself, and drawable anew."""
    if not app.settings.unlabelled_copies or receipt.account != actor.account:
        return False
    return _hindrance(app, actor, receipt) is None


def _hindrance(app: App, actor: Actor, receipt: Receipt) -> str | None:
    view = app.desk.job(actor, receipt.job)
    if receipt.id not in {output.id for output in view.receipts}:
        return "no_copy"
    return copies.hindered(app, view.job)


@router.get("/pictures/{receipt_id}/copy")
def ask(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    receipt_id: str,
    made: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    return _page(app, request, visitor, actor, receipt_id, made=made)


@router.post("/pictures/{receipt_id}/copy")
def make(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    receipt_id: str,
    recipient: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "",
    agree: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """`agree` is the digest of the terms that were read: agreeing to a text that has changed since is agreeing to none.

    What went wrong is said beside the form, which keeps what was typed.
    """
    try:
        if not copies.agreed(app, actor):
            if agree != copies.terms():
                raise Conflict("not_agreed")
            copies.agree(app, actor)
        copy = copies.bare(app, actor, receipt_id, recipient, purpose)
    except (Forbidden, NotFound, Refused):  # pages of their own
        raise
    except PingxingError as error:
        typed = {"recipient": recipient[: copies.MAX_RECIPIENT], "purpose": purpose[: copies.MAX_PURPOSE]}
        return _page(app, request, visitor, actor, receipt_id, error=error, typed=typed)
    return RedirectResponse(f"/pictures/{receipt_id}/copy?made={copy.id}#made", 303)


@router.get("/copies")
def given(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    """Who got copies of one's own pictures; the operator sees everybody's, with the account that gave them."""
    names = {account.id: account.name for account in app.identity.accounts(actor)} if visitor.operates else {}
    return page("copies.html", request, visitor, given=copies.given(app, actor), names=names)


def _page(
    app: App,
    request: Request,
    visitor: Visitor,
    actor: Actor,
    receipt_id: str,
    *,
    made: str = "",
    error: PingxingError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    receipt = app.desk.receipt(actor, receipt_id)
    if not app.settings.unlabelled_copies:
        raise Forbidden("copies_shut")
    if receipt.account != actor.account:
        raise NotFound("receipt")
    if hindrance := _hindrance(app, actor, receipt):
        raise Conflict(hindrance)
    listed = copies.given(app, actor, receipt_id)
    return page(
        "copy.html",
        request,
        visitor,
        status=error.status if error else 200,
        receipt=receipt,
        prompt=app.desk.job(actor, receipt.job).job.request.prompt,
        agreed=copies.agreed(app, actor),
        digest=copies.terms(),
        given=listed,
        made=made if made in {copy.receipt for copy in listed} else "",
        wrong=i18n.explain(error, visitor.language) if error else None,
        typed=typed or {"recipient": "", "purpose": ""},
        limits={"recipient": copies.MAX_RECIPIENT, "purpose": copies.MAX_PURPOSE},
    )
