"""Files that generative AI made elsewhere, brought to be marked: sent as a form, marked files fetched by receipt."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from pingxing import flow
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AppDep
from pingxing.api.pictures import named
from pingxing.api.uploads import allow, form_of, named_file, turns
from pingxing.identity.authority import require
from pingxing.labelling import Labelling, label_file
from pingxing.types import Receipt, Scope

router = APIRouter(prefix="/api", tags=["Label"])

Id = Annotated[str, Path(max_length=32)]


class MarkedShape(shapes.ArtifactShape):
    """One finished file; `name` as it was called, with the ending of what it is now."""

    name: str


class LabelShape(BaseModel):
    """`put`: the marks that the file got here. `basis`: a label of another maker was passed on ("label"), the file's
    own metadata say that AI made it ("metadata"), or whoever sent it does ("declared"). `heard` is false where it has
    sound: the rules cannot listen. A plain text comes with its label file."""

    files: list[MarkedShape]
    put: list[Literal["seal", "notice", "rhythm", "record", "watermark", "credentials"]]
    basis: Literal["label", "metadata", "declared"]
    heard: bool


@router.post("/label", status_code=201, openapi_extra=form_of())
async def label_one(app: AppDep, actor: ActorDep, request: Request, response: Response) -> LabelShape:
    """Mark a picture, film, sound, text, PDF or SVG that AI made elsewhere. Sending it says that AI made it.

    The file is checked by the same rules as everything that leaves here. What marks it has already stay.
    """
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    name, data = await named_file(request)
    done = await to_thread.run_sync(partial(label_file, app, actor, data, name), limiter=turns(request))
    told = shape(done)
    response.headers["Location"] = str(told.files[0].url)
    return told


@router.get("/label/{receipt_id}/file", response_class=Response)
def marked_file(app: AppDep, actor: ActorDep, receipt_id: Id) -> Response:
    """The marked file, to keep."""
    return named(flow.release(app, actor, receipt_id))


def shape(done: Labelling) -> LabelShape:
    files = [_file(receipt, name) for receipt, name in zip(done.receipts, done.names, strict=True)]
    return LabelShape(files=files, put=list(done.put), basis=done.basis, heard=done.heard)


def _file(receipt: Receipt, name: str) -> MarkedShape:
    told = shapes.artifact(receipt, url=f"/api/label/{receipt.id}/file")
    return MarkedShape(name=name, **told.model_dump())
