"""Files that generative AI made elsewhere, brought to be marked: sent as a form, marked files fetched by receipt.

What takes long (films, large sounds and documents) is a job: 202, followed at its address, by its events
(`/api/jobs/{id}/events`), and ended like any job (`DELETE /api/jobs/{id}`).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pingxing import flow, i18n
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.api.pictures import named
from pingxing.api.uploads import allow, form_of, named_file, turns
from pingxing.bootstrap import App
from pingxing.errors import Conflict, PingxingError, Refused
from pingxing.identity.authority import require
from pingxing.label.foreign.kinds import MAX_CHARS
from pingxing.labelling import Labelling, label_file, lasting, order_file, outcome
from pingxing.types import Actor, JobState, Language, Receipt, Scope

router = APIRouter(prefix="/api", tags=["Label"])

Id = Annotated[str, Path(max_length=32)]


class MarkedShape(shapes.ArtifactShape):
    """One finished file; `name` as it was called, with the ending of what it is now."""

    name: str


class LabelShape(BaseModel):
    """`put`: the marks that the file got here. `basis`: a label of another maker was passed on ("label"), the file's
    own metadata say that AI made it ("metadata"), or whoever sent it does ("declared"). `heard` is false where it has
    sound: the rules cannot listen, and read what is written of it (tags, lyrics, subtitles, `transcript`). A plain text
    comes with its label file."""

    files: list[MarkedShape]
    put: list[Literal["seal", "notice", "rhythm", "record", "watermark", "credentials"]]
    basis: Literal["label", "metadata", "declared"]
    heard: bool


class LabelTrouble(BaseModel):
    """Why it failed: what is wrong with the file, and what to do."""

    code: str
    message: str
    hint: str


class LabelJobShape(BaseModel):
    """A file that is labelled as a job. `step` of `steps` are done once it runs, `place` is where it waits before; what
    it got is in `label` once it is `delivered`, why it was `refused` in `verdict`, why it `failed` in `trouble`."""

    job: str
    state: JobState
    name: str
    place: int
    step: int
    steps: int
    url: str
    label: LabelShape | None = None
    verdict: shapes.VerdictShape | None = None
    trouble: LabelTrouble | None = None


_TRANSCRIPT = {
    "type": "string",
    "maxLength": MAX_CHARS,
    "description": "What is spoken or sung in it. The rules read it first; it is kept only where one stopped it.",
}


@router.post(
    "/label",
    status_code=201,
    openapi_extra=form_of(transcript=_TRANSCRIPT),
    responses={202: {"model": LabelJobShape, "description": "Taken on: it takes long, and is a job."}},
    response_model=LabelShape,
)
async def label_one(
    app: AppDep, actor: ActorDep, language: LanguageDep, request: Request, response: Response
) -> LabelShape | Response:
    """Mark a picture, film, sound, text, PDF or SVG that AI made elsewhere. Sending it says that AI made it.

    The file is checked by the same rules as everything that leaves here. What marks it has already stay. A film, and a
    large sound or document, is a job: 202 with its address in `Location`, and durable when this answers.
    """
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    name, data, transcript = await named_file(request, "transcript")
    if await to_thread.run_sync(lasting, data, name):
        job = await to_thread.run_sync(partial(order_file, app, actor, data, name, transcript), limiter=turns(request))
        waiting = await to_thread.run_sync(job_shape, app, actor, job.id, language)
        return JSONResponse(waiting.model_dump(mode="json"), 202, {"Location": waiting.url})
    done = await to_thread.run_sync(partial(label_file, app, actor, data, name, transcript), limiter=turns(request))
    told = shape(done)
    response.headers["Location"] = str(told.files[0].url)
    return told


@router.get("/label/jobs/{job_id}")
def label_job(app: AppDep, actor: ActorDep, language: LanguageDep, job_id: Id) -> LabelJobShape:
    """How far a file is that is labelled as a job, and what came of it."""
    require(actor, Scope.GENERATE)
    return job_shape(app, actor, job_id, language)


@router.get("/label/{receipt_id}/file", response_class=Response)
def marked_file(app: AppDep, actor: ActorDep, receipt_id: Id) -> Response:
    """The marked file, to keep."""
    return named(flow.release(app, actor, receipt_id))


def job_shape(app: App, actor: Actor, job_id: str, language: Language) -> LabelJobShape:
    """Raises NotFound, also for a job that labels nothing."""
    trouble = None
    try:
        label: LabelShape | None = shape(outcome(app, actor, job_id))
    except (Conflict, Refused):
        label = None  # its state says it
    except PingxingError as error:
        label = None
        view = app.desk.job(actor, job_id)
        if view.job.state is not JobState.FAILED:
            raise
        message, hint = i18n.explain(error, language)
        trouble = LabelTrouble(code=error.code, message=message, hint=hint)
    view = app.desk.job(actor, job_id)
    told = shapes.job(view, language)
    with app.store.read() as tx:
        tick = tx.work.ticks([job_id])[job_id]
    return LabelJobShape(
        job=job_id,
        state=view.job.state,
        name=view.job.request.prompt,
        place=view.place,
        step=tick.step,
        steps=tick.steps,
        url=f"/api/label/jobs/{job_id}",
        label=label,
        verdict=told.verdict,
        trouble=trouble,
    )


def shape(done: Labelling) -> LabelShape:
    files = [_file(receipt, name) for receipt, name in zip(done.receipts, done.names, strict=True)]
    return LabelShape(files=files, put=list(done.put), basis=done.basis, heard=done.heard)


def _file(receipt: Receipt, name: str) -> MarkedShape:
    told = shapes.artifact(receipt, url=f"/api/label/{receipt.id}/file")
    return MarkedShape(name=name, **told.model_dump())
