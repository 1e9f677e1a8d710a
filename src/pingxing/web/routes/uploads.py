"""One's own uploads: what is kept, who is shown, until when, and a button that deletes it. Nobody else sees it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import uploads
from pingxing.api.doors import AppDep
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

Id = Annotated[str, Path(max_length=32)]

router = APIRouter(include_in_schema=False)


@router.get("/uploads")
def listing(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    gone: Annotated[bool, Query()] = False,
) -> Response:
    """`gone`: one was deleted a moment ago."""
    kept = uploads.mine(app, actor)
    return page("uploads.html", request, visitor, kept=kept, gone=gone, days=app.settings.upload_days)


@router.get("/uploads/{upload_id}/picture")
def picture(app: AppDep, actor: MemberDep, upload_id: Id) -> Response:
    """One's own file as it was brought; the page shows it small. Nothing that was made here: it has no receipt, and
    only the label room encodes pictures."""
    upload, data = uploads.own_file(app, actor, upload_id)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=upload.media_type, headers=headers)


@router.post("/uploads/{upload_id}/delete")
def delete(app: AppDep, actor: ChangingDep, upload_id: Id) -> Response:
    uploads.delete(app, actor, upload_id)
    return RedirectResponse("/uploads?gone=true", 303)
