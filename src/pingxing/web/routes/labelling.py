"""Bring a file that AI made elsewhere and take it home marked: one form, what was put on it, and its receipt."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response, UploadFile

from pingxing import i18n
from pingxing.api.doors import AppDep
from pingxing.api.uploads import allow
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, PingxingError, Refused
from pingxing.identity.authority import require
from pingxing.label.foreign import kinds
from pingxing.labelling import Labelling, label_file
from pingxing.types import Scope
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

router = APIRouter()

GROUPS = (
    ("picture", "seal", "PNG, JPEG, WEBP, SVG"),
    ("document", "pages", "PDF"),
    ("film", "opening", "MP4, MOV, WEBM, MKV, AVI"),
    ("sound", "rhythm", "WAV, MP3, FLAC, OGG, M4A"),
    ("text", "notice", "TXT, MD"),
)
"""What is taken, which mark people see or hear on it, and the kinds of file."""


@router.get("/label")
def form(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    require(actor, Scope.GENERATE)
    return page("label.html", request, visitor, **_facts(app))


@router.post("/label")
def put(
    app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, file: UploadFile | None = None
) -> Response:
    """Works as a plain form and for scripts, which take the answer alone."""
    require(actor, Scope.GENERATE)
    partly = "hx-request" in request.headers
    try:
        allow(request, actor, app.settings.uploads_per_minute)
        data = file.file.read(app.settings.max_upload_bytes + 1) if file is not None else b""
        if not data:
            raise InvalidRequest("missing", member="file")
        done = label_file(app, actor, data, "" if file is None else file.filename or "")
    except Refused:  # a page of its own: the rule, the reason, and how to contest it
        raise
    except PingxingError as error:
        trouble = i18n.explain(error, visitor.language)
        if partly:
            return page("parts/labelled.html", request, visitor, done=None, trouble=trouble)
        return page("label.html", request, visitor, status=error.status, **_facts(app, trouble=trouble))
    if partly:
        return page("parts/labelled.html", request, visitor, done=done, trouble=None)
    return page("label.html", request, visitor, **_facts(app, done))


def _facts(app: App, done: Labelling | None = None, trouble: tuple[str, str] | None = None) -> dict[str, Any]:
    return {
        "done": done,
        "trouble": trouble,
        "accept": ",".join(kinds.ACCEPT),
        "most": app.settings.max_upload_bytes,
        "groups": GROUPS,
        "limits": {
            "pages": kinds.MAX_PAGES,
            "film": kinds.MAX_FILM_SECONDS // 60,
            "sound": kinds.MAX_SOUND_SECONDS // 60,
            "chars": kinds.MAX_CHARS,
        },
    }
