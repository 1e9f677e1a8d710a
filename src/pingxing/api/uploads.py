"""Pictures that people bring along: sent as a form, kept sealed, seen by nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, get_args

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request, Response
from limits import parse
from limits.strategies import MovingWindowRateLimiter
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from pingxing import i18n, uploads
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.errors import InvalidRequest, Overloaded
from pingxing.identity.authority import require
from pingxing.store.uploads import Basis, Upload
from pingxing.types import Actor, Scope
from pingxing.uploads import Consent

router = APIRouter(prefix="/api", tags=["Uploads"])

Id = Annotated[str, Path(max_length=32)]


class TermsShape(BaseModel):
    """The statement and its possible answers, in the reader's language. `digest` is sent back as `terms`."""

    text: str
    answers: dict[Basis, str]
    digest: str


class ConsentShape(BaseModel):
    """What was stated; `log_index` of the ledger's entry."""

    basis: Basis
    terms: str
    log_index: int


class MadeShape(BaseModel):
    """How the file says it was made, by its labels when it came. Marks are never taken off."""

    verdict: Literal["confirmed", "possible", "suspected", "none"]
    produce_id: str | None
    marks: dict[str, str]


class UploadShape(BaseModel):
    """`faces`: how many were found, null where nothing here can look."""

    id: str
    media_type: str
    width: int
    height: int
    size: int
    sha256: str
    faces: int | None
    consent: ConsentShape | None
    made: MadeShape
    created_at: datetime
    expires_at: datetime


def form_of(file: str = "file", **texts: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI words for a form with one picture: read here and not by the framework, which would buffer a
    stranger's file before it asks who that is."""
    members = {file: {"type": "string", "format": "binary", "minLength": 1}, **texts}
    needed = [file, *(name for name, schema in texts.items() if schema.get("minLength"))]
    schema = {"type": "object", "properties": members, "required": needed, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


async def posted(request: Request, texts: tuple[str, ...]) -> tuple[bytes, dict[str, str]]:
    """The member `file` and the named text members ("" where one is missing). Raises InvalidRequest."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidRequest("missing", member="file")
    async with request.form(max_files=1, max_fields=len(texts) + 1) as form:
        file, words = form.get("file"), dict.fromkeys(texts, "")
        if not isinstance(file, UploadFile):
            raise InvalidRequest("missing", member="file")
        for name, value in form.multi_items():
            if isinstance(value, str) and name in words:
                words[name] = value
            elif value is not file:
                raise InvalidRequest("unknown_member", member=name[:60])
        return await file.read(), words


async def named_file(request: Request, text: str = "") -> tuple[str, bytes, str]:
    """The member `file`, what its sender calls it, and the member that `text` names. Raises InvalidRequest."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidRequest("missing", member="file")
    words = ""
    async with request.form(max_files=1, max_fields=1) as form:
        for name, value in form.multi_items():
            if isinstance(value, str) and text and name == text:
                words = value
            elif name != "file" or not isinstance(value, UploadFile):
                raise InvalidRequest("unknown_member", member=name[:60])
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidRequest("missing", member="file")
        return file.filename or "", await file.read(), words


def allow(request: Request, actor: Actor, most: int) -> None:
    """Raises Overloaded when this account has sent more than its share this minute."""
    limiter: MovingWindowRateLimiter = request.app.state.verifications
    if not limiter.hit(parse(f"{most}/minute"), "upload", actor.account):
        raise Overloaded("uploads", retry_after=60)


def turns(request: Request) -> CapacityLimiter:
    limiter: CapacityLimiter = request.app.state.uploading
    return limiter


@router.get("/uploads/terms")
def upload_terms(actor: ActorDep, language: LanguageDep) -> TermsShape:
    """What whoever uploads a picture with faces has to state."""
    require(actor, Scope.GENERATE)
    answers = {basis: i18n.say(language, f"uploads.basis.{basis}") for basis in uploads.BASES}
    return TermsShape(text=i18n.say(language, "uploads.terms"), answers=answers, digest=uploads.terms())


@router.post(
    "/uploads",
    status_code=201,
    openapi_extra=form_of(
        consent={"type": "string", "enum": list(get_args(Basis)), "description": "Who is shown"},
        terms={"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "`digest` of /api/uploads/terms"},
    ),
)
async def upload_picture(app: AppDep, actor: ActorDep, request: Request, response: Response) -> UploadShape:
    """Keep a picture (PNG, JPEG or WebP) for a while. One that shows a face needs `consent` and `terms`."""
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    data, words = await posted(request, ("consent", "terms"))
    work = partial(uploads.keep, app, actor, data, _consent(words["consent"], words["terms"]))
    kept = await to_thread.run_sync(work, limiter=turns(request))
    response.headers["Location"] = f"/api/uploads/{kept.id}"
    return _shape(kept)


@router.get("/uploads")
def list_uploads(app: AppDep, actor: ActorDep) -> list[UploadShape]:
    return [_shape(upload) for upload in uploads.mine(app, actor)]


@router.get("/uploads/{upload_id}")
def get_upload(app: AppDep, actor: ActorDep, upload_id: Id) -> UploadShape:
    return _shape(uploads.get(app, actor, upload_id))


@router.delete("/uploads/{upload_id}", status_code=204)
def delete_upload(app: AppDep, actor: ActorDep, upload_id: Id) -> None:
    """Gone at once; that somebody consented stays in the ledger."""
    uploads.delete(app, actor, upload_id)


def _consent(basis: str, terms: str) -> Consent | None:
    if not basis and not terms:
        return None
    known = next((one for one in uploads.BASES if one == basis), None)
    if known is None:
        raise InvalidRequest("choice", member="consent", limit=", ".join(uploads.BASES))
    if not terms:
        raise InvalidRequest("missing", member="terms")
    return Consent(known, terms)


def _shape(upload: Upload) -> UploadShape:
    consent = None
    if upload.basis and upload.terms and upload.log_index is not None:
        consent = ConsentShape(basis=upload.basis, terms=upload.terms, log_index=upload.log_index)
    facts = upload.facts
    return UploadShape(
        id=upload.id,
        media_type=upload.media_type,
        width=upload.width,
        height=upload.height,
        size=upload.size,
        sha256=facts.sha256,
        faces=upload.faces,
        consent=consent,
        made=MadeShape(verdict=facts.verdict, produce_id=facts.produce_id, marks=facts.marks),
        created_at=upload.created_at,
        expires_at=upload.expires_at,
    )
