"""A refused upload, contested from the studio: the form, and for whoever decides the picture and the answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from pingxing import appeals, i18n
from pingxing.api.appeals import LOOKED_AT
from pingxing.api.doors import AppDep
from pingxing.api.uploads import allow
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, PingxingError
from pingxing.identity.authority import require
from pingxing.types import Scope
from pingxing.web.beginning import KINDS
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(max_length=32)]
Words = Annotated[str, Form(max_length=appeals.MAX_WORDS)]


@router.get("/appeals/upload")
def form(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    """A page of its own; scripts of the studio take the form alone, and put the refused picture into it."""
    require(actor, Scope.GENERATE)
    part = "parts/plead.html" if "hx-request" in request.headers else "appeal_upload.html"
    return page(part, request, visitor, **_facts(app))


def _facts(app: App, trouble: tuple[str, str] | None = None, said: str = "") -> dict[str, Any]:
    return {"days": app.settings.appeal_days, "kinds": ",".join(KINDS), "trouble": trouble, "said": said}


@router.post("/appeals/upload")
def plead(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    file: UploadFile | None = None,
    words: Words = "",
) -> Response:
    """What went wrong is said beside the form, which keeps what was typed."""
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    try:
        data = file.file.read(app.settings.max_upload_bytes + 1) if file is not None else b""
        if not data:
            raise InvalidRequest("missing", member="file")
        appeals.plead(app, actor, data, words)
    except PingxingError as error:
        facts = _facts(app, i18n.explain(error, visitor.language), words)
        return page("appeal_upload.html", request, visitor, status=error.status, **facts)
    return RedirectResponse("/appeals", 303)


@router.post("/appeals/upload/{plea_id}/withdraw")
def withdraw(app: AppDep, actor: ChangingDep, plea_id: Id) -> Response:
    appeals.withdraw(app, actor, plea_id)
    return RedirectResponse("/appeals", 303)


@router.post("/operator/pleas/{plea_id}")
def answer(
    app: AppDep, actor: ChangingDep, plea_id: Id, outcome: Annotated[str, Form(max_length=16)], words: Words = ""
) -> Response:
    if outcome not in ("uphold", "overturn"):
        raise InvalidRequest("member", member="outcome", problem=outcome)
    appeals.answer(app, actor, plea_id, overturn=outcome == "overturn", words=words)
    return RedirectResponse("/operator#appeals", 303)


@router.get("/operator/cases/{case_id}/picture")
def picture(
    app: AppDep, actor: MemberDep, case_id: Id, position: Annotated[int, Query(ge=0, le=1_000)] = 0
) -> Response:
    """Shown to whoever decides, and to nobody else; each time is on record."""
    shown = appeals.show(app, actor, case_id, position)
    return Response(shown.data, media_type=shown.media_type, headers=LOOKED_AT)
