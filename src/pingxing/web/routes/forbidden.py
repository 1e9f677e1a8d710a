"""The operator's list of forbidden pictures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from pingxing import forbidden, i18n
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App
from pingxing.errors import Forbidden, InvalidRequest, PingxingError
from pingxing.identity.authority import require
from pingxing.types import Actor, Scope
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)


@router.get("/operator/forbidden")
def listing(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    return _page(app, request, visitor, actor)


@router.post("/operator/forbidden")
def add(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    file: UploadFile | None = None,
    hash: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2_000)] = "",
    clause: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """What went wrong is said beside the form, which keeps what was typed."""
    require(actor, Scope.OPERATE)
    try:
        data = file.file.read(app.settings.max_upload_bytes + 1) if file is not None else b""
        if not data and not hash.strip():
            raise InvalidRequest("missing", member="file")
        forbidden.add(app, actor, [forbidden.fingerprint(app, actor, data) if data else hash], reason, clause)
    except Forbidden:
        raise
    except PingxingError as error:
        kept = {"hash": hash, "reason": reason, "clause": clause}
        return _page(app, request, visitor, actor, error=error, kept=kept)
    return RedirectResponse("/operator/forbidden", 303)


@router.post("/operator/forbidden/{listed_id}/remove")
def remove(app: AppDep, actor: ChangingDep, listed_id: str) -> Response:
    forbidden.remove(app, actor, listed_id)
    return RedirectResponse("/operator/forbidden", 303)


def _page(
    app: App,
    request: Request,
    visitor: Visitor,
    actor: Actor,
    *,
    error: PingxingError | None = None,
    kept: dict[str, str] | None = None,
) -> Response:
    facts = {
        "listed": forbidden.listing(app, actor),
        "kept": kept or {"hash": "", "reason": "", "clause": ""},
        "trouble": None if error is None else i18n.explain(error, visitor.language),
        "most_reason": forbidden.MAX_REASON,
        "most_clause": forbidden.MAX_CLAUSE,
    }
    return page("forbidden.html", request, visitor, status=200 if error is None else error.status, **facts)
