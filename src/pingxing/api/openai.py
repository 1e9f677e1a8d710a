"""The OpenAI shapes: `/v1` for the unmodified `openai` client: models, pictures made, edited and varied, the rules."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Response
from fastapi import Request as HttpRequest
from pydantic import BaseModel, ConfigDict, Field

from pingxing import flow
from pingxing.api import bringing, links, shapes, wishes
from pingxing.api.doors import ActorDep, AdmittingDep, AppDep, LanguageDep
from pingxing.api.invalid import renamed
from pingxing.api.pictures import picture
from pingxing.api.streaming import Stream
from pingxing.api.uploads import allow, turns
from pingxing.api.waiting import finished
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, NotFound, UnknownModel
from pingxing.identity.authority import require
from pingxing.policy.moderation import result
from pingxing.types import MAX_PROMPT_CHARS, Actor, Job, Receipt, Request, Scope

router = APIRouter(prefix="/v1", tags=["OpenAI"])

_MOST_TEXTS = 32


class ImageShape(BaseModel):
    b64_json: str | None = None
    url: str | None = None
    receipt: shapes.ReceiptShape


class ImagesShape(BaseModel):
    """`ignored` names what was sent and not used."""

    created: int
    data: list[ImageShape]
    background: Literal["transparent", "opaque"]
    output_format: str
    size: str
    job: str
    model: str
    seed: int | None
    timings_ms: dict[str, float]
    ignored: list[str] = []


_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The pictures; with `stream`, server-sent events: previews, then each picture, then the end.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}


@router.post("/images/generations", response_model=ImagesShape, responses=_STREAMED)
async def generate(
    app: AppDep, actor: ActorDep, language: LanguageDep, admitting: AdmittingDep, body: wishes.Generation
) -> Any:
    """Waits until the pictures are delivered; each comes with its receipt."""
    previews = body.partial()
    job = await to_thread.run_sync(flow.admit, app, actor, body.request(), limiter=admitting)
    if previews is None:
        return await _answer(app, actor, job, body.response_format, body.unused())
    told = (previews, body.quality or "auto", _nothing, body.unused())
    return Stream(app, actor, job, language, "image_generation", *told).response()


@router.post(
    "/images/edits",
    response_model=ImagesShape,
    responses=_STREAMED,
    openapi_extra=bringing.form_schema(wishes.Edit, "image", "mask"),
)
async def edit(
    app: AppDep, actor: ActorDep, language: LanguageDep, admitting: AdmittingDep, request: HttpRequest
) -> Any:
    """Make a picture out of one that is sent along, or anew where its mask is wholly transparent (a PNG or WebP of the
    picture's size). Of several images the first is used, and `ignored` names the others. One that shows a face needs
    `consent`. What was sent is deleted when the job has ended, except where a rule stopped it: then it stays until
    uploads expire, since a person may allow it on appeal."""
    form = await _form(app, actor, request, wishes.Edit, "image", "mask")
    wish = wishes.read_form(wishes.Edit, form.words)
    previews, image = wish.partial(), form.files["image"][0]
    mask = next(iter(form.files["mask"]), None)
    light = (
        None
        if mask is None
        else await to_thread.run_sync(bringing.clear_mask, app, image, mask, limiter=turns(request))
    )
    sent = bringing.Sent(image, light, bringing.statement(wish.consent, wish.terms))
    job, ended = await _begin(app, actor, request, admitting, sent, wish.request)
    ignored = [*wish.unused(), *(f"image[{i}]" for i in range(1, len(form.files["image"])))]
    if previews is not None:
        told = (previews, wish.quality or "auto", ended, ignored)
        return Stream(app, actor, job, language, "image_edit", *told).response()
    try:
        return await _answer(app, actor, job, wish.response_format, ignored)
    finally:
        await ended()


@router.post("/images/variations", openapi_extra=bringing.form_schema(wishes.Variation, "image"))
async def vary(app: AppDep, actor: ActorDep, admitting: AdmittingDep, request: HttpRequest) -> ImagesShape:
    """The same picture once more, a little different. A picture that this studio made for you keeps its words. One that
    shows a face needs `consent`. What was sent is deleted as that of an edit is."""
    form = await _form(app, actor, request, wishes.Variation, "image")
    wish = wishes.read_form(wishes.Variation, form.words)
    if len(form.files["image"]) > 1:
        raise InvalidRequest("too_many", member="image", limit=1)
    sent = bringing.Sent(form.files["image"][0], None, bringing.statement(wish.consent, wish.terms))

    def asked(lent: bringing.Lent) -> Request:
        return wish.request(lent, _words(app, actor, lent))

    job, ended = await _begin(app, actor, request, admitting, sent, asked)
    try:
        return await _answer(app, actor, job, wish.response_format)
    finally:
        await ended()


async def _nothing() -> None:
    """Nothing was lent."""


async def _form(app: App, actor: Actor, request: HttpRequest, kind: type[BaseModel], *files: str) -> bringing.Form:
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    return await bringing.read(request, files, kind.model_fields)


async def _begin(
    app: App,
    actor: Actor,
    request: HttpRequest,
    admitting: CapacityLimiter,
    sent: bringing.Sent,
    asked: Callable[[bringing.Lent], Request],
) -> tuple[Job, Callable[[], Awaitable[None]]]:
    """The admitted job, and what gives its picture back when it has ended."""
    lent = await bringing.lend(app, actor, request, sent)
    try:
        job = await to_thread.run_sync(_admit, app, actor, asked, lent, limiter=admitting)
    except Exception as error:
        await bringing.give_back(app, actor, lent, error=error)
        raise
    return job, partial(bringing.give_back, app, actor, lent, job.id)


def _admit(app: App, actor: Actor, asked: Callable[[bringing.Lent], Request], lent: bringing.Lent) -> Job:
    try:
        return flow.admit(app, actor, asked(lent))
    except InvalidRequest as error:
        raise renamed(error, {"init_image": "image"}) from None


def _words(app: App, actor: Actor, lent: bringing.Lent) -> str:
    """The words that a picture was made from, where it is one of the actor's own; else none."""
    made = lent.image.facts.produce_id
    if made is None:
        return ""
    try:
        receipt = app.desk.receipt(actor, made)
        return app.desk.job(actor, receipt.job).job.request.prompt if receipt.account == actor.account else ""
    except NotFound:  # another studio's, another person's, or forgotten
        return ""


async def _answer(app: App, actor: Actor, job: Job, wanted: str | None, ignored: Sequence[str] = ()) -> ImagesShape:
    view = await finished(app, actor, job.id)
    images = [await asyncio.to_thread(_image, app, actor, receipt, wanted) for receipt in view.receipts]
    asked = view.job.request
    return ImagesShape(
        created=int(view.job.created_at.timestamp()),
        data=images,
        background="transparent" if asked.transparent else "opaque",
        output_format=asked.format.value,
        size=f"{asked.width}x{asked.height}",
        job=job.id,
        model=asked.model,
        seed=asked.seed,
        timings_ms=view.job.timings_ms,
        ignored=[*ignored, *view.ignored],
    )


def _image(app: App, actor: Actor, receipt: Receipt, wanted: str | None) -> ImageShape:
    # Asked for neither, a client gets both: which of them is the default depends on the client's age.
    data = None if wanted == "url" else base64.b64encode(flow.release(app, actor, receipt.id).data).decode()
    url = None if wanted == "b64_json" else links.make(app, actor, receipt.id)
    return ImageShape(b64_json=data, url=url, receipt=shapes.artifact(receipt).receipt)


@router.get("/files/{receipt_id}", response_class=Response)
def file(
    app: AppDep,
    receipt_id: str,
    until: Annotated[int, Query(ge=0, le=2**40)],
    by: Annotated[str, Query(max_length=80)],
    seal: Annotated[str, Query(max_length=64)],
) -> Response:
    """A picture by the link that `response_format: url` gave; the link ends after an hour."""
    actor = links.open_link(app, receipt_id, until, by, seal)
    return picture(flow.release(app, actor, receipt_id))


def _model(app: App, name: str) -> dict[str, Any]:
    card = next((card for card in app.models() if card.name == name), None)
    if card is None:
        raise UnknownModel(model=name[:60], known=", ".join(card.name for card in app.models()))
    return {"id": card.name, "object": "model", "created": 0, "owned_by": "pingxing", **shapes.model(card).model_dump()}


@router.get("/models")
def models(app: AppDep, actor: ActorDep) -> dict[str, Any]:
    return {"object": "list", "data": [_model(app, card.name) for card in app.models()]}


@router.get("/models/{name}")
def model(app: AppDep, actor: ActorDep, name: str) -> dict[str, Any]:
    return _model(app, name)


class TextPart(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    type: Literal["text"]
    text: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]


class Moderation(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    input: (
        Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]
        | Annotated[
            list[Annotated[str, Field(max_length=MAX_PROMPT_CHARS)] | TextPart],
            Field(min_length=1, max_length=_MOST_TEXTS),
        ]
    )
    model: Annotated[str, Field(max_length=100)] | None = None


@router.post("/moderations")
def moderate(app: AppDep, actor: ActorDep, body: Moderation) -> dict[str, Any]:
    """What the rules say of each text, in OpenAI's categories; our own findings stand beside them."""
    require(actor, Scope.CHECK)
    inputs = [body.input] if isinstance(body.input, str) else body.input
    texts = [item if isinstance(item, str) else item.text for item in inputs]
    results = []
    for text in texts:
        verdict = app.guard.words(text)
        told = shapes.verdict(verdict, actor.language)
        results.append({**result(verdict), "findings": [finding.model_dump() for finding in told.findings]})
    return {"id": "modr-pingxing", "model": "pingxing-guard", "results": results}
