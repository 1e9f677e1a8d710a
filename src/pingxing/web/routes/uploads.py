"""One's own uploads: what is kept, who is shown, until when, and a button that deletes it. Nobody else sees it."""

from __future__ import annotations

import io
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import uploads
from pingxing.api.doors import AppDep
from pingxing.types import Picture
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

SIDE = 320  # pixels of a thumbnail's longer side, twice what a page shows

Id = Annotated[str, Path(max_length=32)]

router = APIRouter()


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


@router.get("/uploads/{upload_id}/thumbnail")
def thumbnail(app: AppDep, actor: MemberDep, upload_id: Id) -> Response:
    """A small WebP of one's own upload, which is no picture that was made here and so has no receipt."""
    small = _small(uploads.read(app, actor, upload_id))
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(small, media_type="image/webp", headers=headers)


@router.post("/uploads/{upload_id}/delete")
def delete(app: AppDep, actor: ChangingDep, upload_id: Id) -> Response:
    uploads.delete(app, actor, upload_id)
    return RedirectResponse("/uploads?gone=true", 303)


def _small(picture: Picture) -> bytes:
    from PIL import Image

    image = Image.fromarray(picture.pixels)
    image.thumbnail((SIDE, SIDE))
    kept = io.BytesIO()
    image.save(kept, "WEBP", quality=80, method=4)
    return kept.getvalue()
