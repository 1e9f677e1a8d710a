"""Our own API: jobs that can be watched and cancelled, verification, checks, appeals, the ledger's proofs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request, Response
from limits import parse
from limits.strategies import MovingWindowRateLimiter
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse

from pingxing import appeals, flow, i18n
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AdmittingDep, AppDep, LanguageDep
from pingxing.api.pictures import picture
from pingxing.bootstrap import App
from pingxing.errors import Forbidden, InvalidRequest, NotFound, Overloaded
from pingxing.fetching import MAX_LINK, Fetched, fetch
from pingxing.identity.authority import require
from pingxing.store.work import Appeal
from pingxing.types import MAX_PROMPT_CHARS, Actor, Language, Scope
from pingxing.types import Request as Wish
from pingxing.verify import verify

router = APIRouter(prefix="/api")


@router.post("/jobs", status_code=202, tags=["Jobs"])
async def create_job(
    app: AppDep, actor: ActorDep, language: LanguageDep, admitting: AdmittingDep, body: Wish, response: Response
) -> shapes.JobShape:
    """Admit a wish; it is durable when this answers. Follow it by its events."""
    # Answered from the loop: in a burst, a synchronous route's answer would wait for a thread a second time,
    # behind the admission of everybody who came later.
    told = await to_thread.run_sync(_admit, app, actor, language, body, limiter=admitting)
    response.headers["Location"] = f"/api/jobs/{told.job}"
    return told


def _admit(app: App, actor: Actor, language: Language, wish: Wish) -> shapes.JobShape:
    job = flow.admit(app, actor, wish)
    return shapes.job(app.desk.job(actor, job.id), language)


@router.get("/jobs", tags=["Jobs"])
def list_jobs(
    app: AppDep,
    actor: ActorDep,
    language: LanguageDep,
    before: Annotated[str | None, Query(max_length=32)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 24,
) -> list[shapes.JobShape]:
    return [shapes.job(view, language) for view in app.desk.jobs(actor, before=before, limit=limit)]


@router.get("/jobs/{job_id}", tags=["Jobs"])
def get_job(app: AppDep, actor: ActorDep, language: LanguageDep, job_id: str) -> shapes.JobShape:
    return shapes.job(app.desk.job(actor, job_id), language)


@router.delete("/jobs/{job_id}", tags=["Jobs"])
def cancel_job(app: AppDep, actor: ActorDep, language: LanguageDep, job_id: str) -> shapes.JobShape:
    """Cancel what is queued or running; 409 when it has ended."""
    flow.cancel(app, actor, job_id)
    return shapes.job(app.desk.job(actor, job_id), language)


@router.get("/jobs/{job_id}/events", tags=["Jobs"], response_class=EventSourceResponse)
async def job_events(app: AppDep, actor: ActorDep, language: LanguageDep, job_id: str) -> EventSourceResponse:
    """Server-sent events: queued, progress (with a preview's receipt), then done, refused, failed or cancelled."""
    await asyncio.to_thread(app.desk.job, actor, job_id)  # a wrong id is a 404, not an empty stream

    async def events() -> AsyncIterator[dict[str, str]]:
        async for event in app.desk.watch(actor, job_id):
            told: dict[str, Any] = shapes.progress(event).model_dump()
            if event.kind not in ("queued", "progress"):
                view = await asyncio.to_thread(app.desk.job, actor, job_id)
                told = shapes.job(view, language).model_dump(mode="json")
            yield {"event": event.kind, "data": json.dumps(told, ensure_ascii=False)}

    return EventSourceResponse(events(), ping=15)


@router.get("/usage", tags=["Jobs"])
def usage(app: AppDep, actor: ActorDep) -> shapes.UsageShape:
    """The steps that one's pictures took in the last 24 hours, and how many are left."""
    return shapes.UsageShape(**asdict(app.desk.usage(actor)))


@router.get("/receipts/{receipt_id}", tags=["Receipts"])
def get_receipt(app: AppDep, actor: ActorDep, receipt_id: str) -> shapes.ArtifactShape:
    return shapes.artifact(app.desk.receipt(actor, receipt_id), url=f"/api/receipts/{receipt_id}/file")


@router.get("/receipts/{receipt_id}/file", tags=["Receipts"], response_class=Response)
def get_file(app: AppDep, actor: ActorDep, receipt_id: str) -> Response:
    return picture(flow.release(app, actor, receipt_id))


@router.get("/receipts/{receipt_id}/proof", tags=["Receipts"])
def get_proof(app: AppDep, actor: ActorDep, receipt_id: str) -> dict[str, Any]:
    """Inclusion proof (RFC 9162 section 2.1.3) of the delivery, under a signed checkpoint."""
    proof = app.desk.proof(actor, receipt_id)
    return {
        "index": proof.index,
        "size": proof.size,
        "leaf": proof.leaf.decode(),
        "path": list(proof.path),
        "root": proof.root,
        "checkpoint": proof.checkpoint,
        "vkey": app.ledger.vkey,
    }


@router.get("/ledger", tags=["Receipts"])
def ledger_head(app: AppDep) -> dict[str, Any]:
    """Public: the newest signed checkpoint and the key to check it with, for anyone who keeps watch."""
    with app.store.read() as tx:
        sealed = app.ledger.attest(tx.log)
    if sealed is None:
        raise NotFound("checkpoint")
    return {"size": sealed.size, "root": sealed.root, "checkpoint": sealed.checkpoint, "vkey": app.ledger.vkey}


@router.get("/models", tags=["Models"])
def list_models(app: AppDep, actor: ActorDep) -> list[shapes.ModelShape]:
    return [shapes.model(card) for card in app.models()]


@router.get("/models/{name}", tags=["Models"])
def get_model(app: AppDep, actor: ActorDep, name: str) -> shapes.ModelShape:
    """For operators: one model with its memory plan, asked of its device now. 503 where the device does not answer."""
    require(actor, Scope.OPERATE)
    plan = app.registry.planned(name)
    return shapes.model(replace(app.registry.backend(name).model, plan=plan))


@router.post(
    "/verify",
    tags=["Verify"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
                        "required": ["file"],
                    }
                },
            },
        }
    },
)
async def verify_file(app: AppDep, language: LanguageDep, request: Request) -> shapes.VerificationShape:
    """Public, free, rate-limited; keeps nothing. Send the file as the body, or as the form member `file`."""
    allow_verification(app, request)
    _, data = await uploaded(request)
    if not data:
        raise InvalidRequest("missing", member="file")
    answer = await asyncio.to_thread(verify, app, data)
    return shapes.verification(answer, lambda key, facts: i18n.say(language, key, **facts))


def allow_verification(app: App, request: Request, files: int = 1) -> None:
    """Raises Overloaded when this address has asked more than its share this minute."""
    client = request.client.host if request.client else "unknown"
    limiter: MovingWindowRateLimiter = request.app.state.verifications
    if not limiter.hit(parse(f"{app.settings.verify_per_minute}/minute"), client, cost=files):
        raise Overloaded("verify", retry_after=60)


class Link(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Field(min_length=1, max_length=MAX_LINK)]
    """http or https; what stands there must be reachable by everybody."""


@router.post("/verify/link", tags=["Verify"])
async def verify_link(app: AppDep, language: LanguageDep, request: Request, body: Link) -> shapes.VerificationShape:
    """As `/api/verify`, for a file on the web (California SB 942: a detector by upload and by address)."""
    file = await fetched(app, request, body.url)
    answer = await asyncio.to_thread(verify, app, file.data)
    return shapes.verification(answer, lambda key, facts: i18n.say(language, key, **facts))


async def fetched(app: App, request: Request, link: str) -> Fetched:
    """The file behind a stranger's link. Raises Forbidden where the operator fetches none, Overloaded, as `fetch`."""
    if not app.settings.verify_links:
        raise Forbidden("links")
    allow_verification(app, request)
    limiter: CapacityLimiter = request.app.state.fetching
    if limiter.statistics().tasks_waiting >= limiter.total_tokens:
        raise Overloaded("verify", retry_after=20)
    return await to_thread.run_sync(fetch, link, app.settings.max_upload_bytes, limiter=limiter)


async def uploaded(request: Request) -> tuple[str, bytes]:
    """Name and bytes of the one file that was sent, as the form member `file` or as the whole body."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return "", await request.body()
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise InvalidRequest("missing", member="file")
        return file.filename or "", await file.read()


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    text: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]


@router.post("/check", tags=["Rules"])
def check(app: AppDep, actor: ActorDep, language: LanguageDep, body: Text) -> shapes.VerdictShape:
    """What the rules say of a text; nothing is made and nothing recorded."""
    require(actor, Scope.CHECK)
    return shapes.verdict(app.guard.words(body.text), language)


class Contest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    job: Annotated[str, Field(max_length=32)]
    words: Annotated[str, Field(min_length=1, max_length=appeals.MAX_WORDS)]


class AppealShape(BaseModel):
    """`kind`: contested by whoever asked, or put before people by the house ("review"); `due_at`: answered by then."""

    id: str
    job: str
    state: str
    words: str
    answer: str
    successor: str | None
    kind: Literal["contested", "review"]
    due_at: datetime
    decided_at: datetime | None


@router.post("/appeals", status_code=201, tags=["Rules"])
def file_appeal(app: AppDep, actor: ActorDep, body: Contest) -> AppealShape:
    """Ask a person to look at a refusal."""
    return appeal_shape(appeals.file(app, actor, body.job, body.words))


@router.get("/appeals", tags=["Rules"])
def list_appeals(app: AppDep, actor: ActorDep) -> list[AppealShape]:
    return [appeal_shape(appeal) for appeal in appeals.mine(app, actor)]


def appeal_shape(appeal: Appeal) -> AppealShape:
    return AppealShape(
        id=appeal.id,
        job=appeal.job,
        state=appeal.state,
        words=appeal.words,
        answer=appeal.answer,
        successor=appeal.successor,
        kind=appeal.kind,
        due_at=appeal.due_at,
        decided_at=appeal.decided_at,
    )
