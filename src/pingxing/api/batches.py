"""Many files verified in one message: public, as one file is, and each counts against the same share of its address."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from pingxing import i18n
from pingxing.api import shapes
from pingxing.api.doors import AppDep, LanguageDep
from pingxing.api.native import allow_verification
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, PingxingError
from pingxing.types import Language
from pingxing.verify import verify

router = APIRouter(prefix="/api", tags=["Verify"])

MOST = 20  # files of one message; their bytes together are what one file may have
_NAME = 200  # characters of a file's name that are told back
_MEMBERS = {
    "files": {"type": "array", "maxItems": MOST, "minItems": 1, "items": {"type": "string", "format": "binary"}}
}
_SCHEMA = {"type": "object", "properties": _MEMBERS, "required": ["files"], "additionalProperties": False}
_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _SCHEMA}}}}


class BatchError(BaseModel):
    code: str
    message: str


class BatchRow(BaseModel):
    """One file's answer, or why there is none. `file` as its sender calls it."""

    file: str
    answer: shapes.VerificationShape | None = None
    error: BatchError | None = None


class BatchShape(BaseModel):
    """In the order of the message; `counts` by verdict, and "error"."""

    files: list[BatchRow]
    counts: dict[str, int]


@router.post("/verify/batch", openapi_extra=_BODY)
async def verify_batch(app: AppDep, request: Request, language: LanguageDep) -> BatchShape:
    """As `/api/verify`, for several files under the member `files`. Keeps nothing.

    A file that cannot be read is told and does not stop the rest.
    """
    allow_verification(app, request)  # before anything is read
    sent = await _files(request)
    if len(sent) > 1:
        allow_verification(app, request, len(sent) - 1)
    rows = [await asyncio.to_thread(_row, app, language, name, data) for name, data in sent]
    counts = Counter("error" if row.answer is None else row.answer.verdict for row in rows)
    return BatchShape(files=rows, counts=dict(counts))


async def _files(request: Request) -> list[tuple[str, bytes]]:
    """Raises InvalidRequest for no file, more than MOST, and for other members."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidRequest("missing", member="files")
    async with request.form(max_files=MOST, max_fields=1) as form:
        out: list[tuple[str, bytes]] = []
        for name, value in form.multi_items():
            if name != "files" or not isinstance(value, UploadFile):
                raise InvalidRequest("unknown_member", member=name[:60])
            out.append(((value.filename or "")[:_NAME], await value.read()))
    if not out:
        raise InvalidRequest("missing", member="files")
    return out


def _row(app: App, language: Language, name: str, data: bytes) -> BatchRow:
    def say(key: str, facts: dict[str, Any]) -> str:
        return i18n.say(language, key, **facts)

    try:
        return BatchRow(file=name, answer=shapes.verification(verify(app, data), say))
    except PingxingError as error:
        message, _ = i18n.explain(error, language)
        return BatchRow(file=name, error=BatchError(code=error.code, message=message))
