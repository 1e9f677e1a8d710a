"""The OpenAI shapes: enough of `/v1` for the unmodified `openai` client to list models, draw, and ask the rules."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing import flow
from pingxing.api import links, shapes
from pingxing.api.doors import ActorDep, AdmittingDep, AppDep
from pingxing.api.invalid import invalid
from pingxing.api.pictures import parse_size, picture
from pingxing.api.waiting import finished
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, UnknownModel
from pingxing.identity.authority import require
from pingxing.policy.moderation import result
from pingxing.types import (
    MAX_COUNT,
    MAX_PALETTE,
    MAX_PROMPT_CHARS,
    MAX_SEED,
    Actor,
    Colour,
    Format,
    Receipt,
    Request,
    Scope,
)

router = APIRouter(prefix="/v1", tags=["OpenAI"])

_MOST_TEXTS = 32


class Generation(BaseModel):
    """`POST /v1/images/generations`. Members that mean nothing to our engines are accepted in their
    neutral values only: what would be ignored is an error instead. `seed` and `palette` are our additions."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: Annotated[str, Field(min_length=1, max_length=MAX_PROMPT_CHARS)]
    model: Annotated[str, Field(max_length=100)] | None = None
    n: Annotated[int, Field(ge=1, le=MAX_COUNT)] | None = None
    size: Annotated[str, Field(max_length=20)] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    output_format: Literal["png", "jpeg", "webp", "svg", "pdf"] | None = None
    style: Annotated[str, Field(max_length=40)] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    quality: Literal["auto", "standard", "high", "hd", "medium", "low"] | None = None
    background: Literal["auto", "opaque", "transparent"] | None = None
    palette: Annotated[list[Colour], Field(max_length=MAX_PALETTE)] | None = None
    moderation: Literal["auto"] | None = None
    stream: Literal[False] | None = None
    user: Annotated[str, Field(max_length=512)] | None = None

    def request(self) -> Request:
        """Raises InvalidRequest for what only the whole wish shows: a side beyond its limits, too many pixels."""
        width, height = parse_size(self.size)
        if self.background == "transparent" and self.output_format == "jpeg":
            raise InvalidRequest("transparent_format", member="output_format", value="jpeg")
        try:
            return Request(
                prompt=self.prompt,
                model=self.model or "",
                width=width,
                height=height,
                seed=self.seed,
                count=self.n or 1,
                style=self.style or "",
                format=Format(self.output_format or "png"),
                palette=tuple(self.palette or ()),
                transparent=self.background == "transparent",
            )
        except ValidationError as error:
            raise invalid(list(error.errors())) from None


class ImageShape(BaseModel):
    b64_json: str | None = None
    url: str | None = None
    receipt: shapes.ReceiptShape


class ImagesShape(BaseModel):
    created: int
    data: list[ImageShape]
    job: str
    model: str
    seed: int | None
    timings_ms: dict[str, float]


@router.post("/images/generations")
async def generate(app: AppDep, actor: ActorDep, admitting: AdmittingDep, body: Generation) -> ImagesShape:
    """Waits until the pictures are delivered; each comes with its receipt."""
    job = await to_thread.run_sync(flow.admit, app, actor, body.request(), limiter=admitting)
    view = await finished(app, actor, job.id)
    images = [await asyncio.to_thread(_image, app, actor, receipt, body.response_format) for receipt in view.receipts]
    return ImagesShape(
        created=int(view.job.created_at.timestamp()),
        data=images,
        job=job.id,
        model=view.job.request.model,
        seed=view.job.request.seed,
        timings_ms=view.job.timings_ms,
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
