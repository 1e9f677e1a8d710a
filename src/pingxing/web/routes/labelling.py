"""Bring a file that AI made elsewhere and take it home marked: one form, what was put on it, and its receipt."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from pingxing import flow, i18n
from pingxing.api.doors import AppDep
from pingxing.api.uploads import allow
from pingxing.bootstrap import App
from pingxing.errors import Conflict, InvalidRequest, PingxingError, Refused
from pingxing.identity.authority import require
from pingxing.label.foreign import kinds
from pingxing.labelling import Labelling, label_file, lasting, order_file, outcome
from pingxing.types import Actor, Job, Scope
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)

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
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    file: UploadFile | None = None,
    transcript: Annotated[str, Form()] = "",
) -> Response:
    """Works as a plain form and for scripts, which take the answer alone."""
    require(actor, Scope.GENERATE)
    partly = "hx-request" in request.headers
    job: Job | None = None
    done: Labelling | None = None
    try:
        allow(request, actor, app.settings.uploads_per_minute)
        data = file.file.read(app.settings.max_upload_bytes + 1) if file is not None else b""
        if not data:
            raise InvalidRequest("missing", member="file")
        name = "" if file is None else file.filename or ""
        if lasting(data, name):
            job = order_file(app, actor, data, name, transcript)
        else:
            done = label_file(app, actor, data, name, transcript)
    except Refused as refused:  # else a page of its own: the rule, the reason, and how to contest it
        if not partly:
            raise
        return _refused(app, request, visitor, actor, refused, "" if file is None else file.filename or "")
    except PingxingError as error:
        trouble = i18n.explain(error, visitor.language)
        if partly:
            return page("parts/labelled.html", request, visitor, done=None, trouble=trouble)
        return page("label.html", request, visitor, status=error.status, **_facts(app, trouble=trouble))
    if job is not None:
        return _waiting(app, request, visitor, actor, job.id) if partly else RedirectResponse(_at(job.id), 303)
    if partly:
        return page("parts/labelled.html", request, visitor, done=done, trouble=None)
    return page("label.html", request, visitor, **_facts(app, done))


@router.get("/label/jobs/{job_id}")
def waiting(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep, job_id: str) -> Response:
    """A file that takes long: how far it is, and in the end what was put on it."""
    require(actor, Scope.GENERATE)
    return _waiting(app, request, visitor, actor, job_id)


@router.post("/label/jobs/{job_id}/cancel")
def cancel(app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, job_id: str) -> Response:
    flow.cancel(app, actor, job_id)
    if "hx-request" not in request.headers:
        return RedirectResponse(_at(job_id), 303)
    return _waiting(app, request, visitor, actor, job_id)


def _refused(app: App, request: Request, visitor: Visitor, actor: Actor, refused: Refused, name: str) -> Response:
    view = app.desk.job(actor, refused.job) if refused.job else None
    facts: dict[str, Any] = {"brought": name, "verdict": refused.verdict, "job_id": refused.job, "prompt": ""}
    if view is not None and any(finding.span[1] for finding in refused.verdict.findings):
        facts["prompt"] = view.job.request.prompt  # the words that were stopped, not the file's name
    appeal = None if view is None else view.appeal
    return page("parts/label_refused.html", request, visitor, appeal=appeal, **facts)


def _at(job_id: str) -> str:
    return f"/label/jobs/{job_id}"


def _waiting(app: App, request: Request, visitor: Visitor, actor: Actor, job_id: str) -> Response:
    """Raises NotFound, also for a job that labels nothing."""
    facts: dict[str, Any] = {"done": None, "trouble": None}
    try:
        facts["done"] = outcome(app, actor, job_id)
    except (Conflict, Refused):
        facts["done"] = None  # the job's state says it
    except PingxingError as error:
        if not app.desk.job(actor, job_id).job.state.final:
            raise
        facts["trouble"] = i18n.explain(error, visitor.language)
    with app.store.read() as tx:
        facts["tick"] = tx.work.ticks([job_id])[job_id]
    facts["view"] = app.desk.job(actor, job_id)
    partly = "hx-request" in request.headers
    return page("parts/label_job.html" if partly else "label_job.html", request, visitor, **facts)


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
