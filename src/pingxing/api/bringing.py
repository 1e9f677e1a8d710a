"""Pictures that come in one message with the wish they are for: kept as uploads for as long as that wish lives.

read()       the files and words of a form, within limits, once it is known who sends them
lend()       the picture and its mask as uploads: checked and sealed as all of them are
give_back()  gone again when the job has ended; of a refused one they stay until they expire, since a person
             may allow it on appeal
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import CancelScope, to_thread
from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from pingxing import uploads
from pingxing.api.uploads import turns
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, NotFound, Refused
from pingxing.label import masks
from pingxing.label.opening import open_picture
from pingxing.store.uploads import Upload
from pingxing.types import Actor, JobState, Picture
from pingxing.uploads import Consent

MOST_IMAGES = 16  # as many as OpenAI takes; an engine of ours begins with one


@dataclass(frozen=True, slots=True)
class Form:
    files: Mapping[str, list[bytes]]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as it came; `mask` is a PNG of our own, white where it is to be made anew."""

    image: bytes
    mask: bytes | None = None
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Lent:
    image: Upload
    mask: Upload | None = None


async def read(request: Request, files: Collection[str], words: Collection[str]) -> Form:
    """The form's members; a file may stand under `name` or, several times, under `name[]`. Raises InvalidRequest."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidRequest("form", member="body")
    found: dict[str, list[bytes]] = {name: [] for name in files}
    told: dict[str, str] = {}
    async with request.form(max_files=MOST_IMAGES + len(files), max_fields=len(words) + len(files)) as form:
        for key, value in form.multi_items():
            name = key.removesuffix("[]")
            if name in found:
                if not isinstance(value, UploadFile):
                    raise InvalidRequest("file", member=name)
                found[name].append(await value.read())
            elif key in words and isinstance(value, str):
                told[key] = value
            else:
                raise InvalidRequest("unknown_member", member=key[:60])
    for name, most in (("image", MOST_IMAGES), ("mask", 1)):
        if len(found.get(name, ())) > most:
            raise InvalidRequest("too_many", member=name, limit=most)
    if "image" in found and not found["image"]:
        raise InvalidRequest("missing", member="image")
    return Form(found, told)


def form_schema(model: type[BaseModel], *files: str) -> dict[str, Any]:
    """The OpenAPI words for `read`: the members of `model`, and these files, of which the first must be there."""
    schema = model.model_json_schema()
    members = {name: _plain(told, schema.get("$defs", {})) for name, told in schema["properties"].items()}
    members = {name: {"type": "string", "format": "binary", "minLength": 1} for name in files} | members
    needed = [files[0], *schema.get("required", ())]
    whole = {"type": "object", "properties": members, "required": needed, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": whole}}}}


def _plain(told: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """One member without null, which no form can say."""
    kinds = [kind for kind in told.get("anyOf", (told,)) if kind.get("type") != "null"]
    return {word: value for word, value in kinds[0].items() if word not in ("title", "default")}


def statement(basis: str | None, terms: str | None) -> Consent | None:
    """Who is shown, as the sender states it. Without `terms` it is the statement in its present wording, which stands
    at /api/uploads/terms. Raises InvalidRequest."""
    if not basis:
        return None
    known = next((one for one in uploads.BASES if one == basis), None)
    if known is None:
        raise InvalidRequest("choice", member="consent", limit=", ".join(uploads.BASES))
    return Consent(known, terms or uploads.terms())


def opened(app: App, data: bytes, member: str) -> Picture:
    """Raises TooLarge and UnreadableFile, which name the member."""
    try:
        return open_picture(data, max_bytes=app.settings.max_upload_bytes).picture
    except InvalidRequest as error:
        error.params["member"] = member
        raise


def clear_mask(app: App, image: bytes, mask: bytes) -> bytes:
    """A mask as OpenAI means it (made anew where it is wholly transparent) in our way. Raises InvalidRequest for one
    without a transparent place, or of another size than the picture."""
    found, painted = opened(app, image, "image"), opened(app, mask, "mask")
    if (found.width, found.height) != (painted.width, painted.height):
        raise InvalidRequest(
            "mask_size", member="mask", value=f"{painted.width}x{painted.height}", size=f"{found.width}x{found.height}"
        )
    light = masks.where_clear(painted)
    if light is None:
        raise InvalidRequest("mask_opaque", member="mask")
    return masks.file_of(light)


async def lend(app: App, actor: Actor, request: Request, sent: Sent) -> Lent:
    """Raises what `uploads.keep` does; nothing is kept of a picture whose mask is not taken."""
    return await to_thread.run_sync(partial(keep, app, actor, sent), limiter=turns(request))


def keep(app: App, actor: Actor, sent: Sent) -> Lent:
    image = _kept(app, actor, sent.image, sent.consent, "image")
    if sent.mask is None:
        return Lent(image)
    try:
        return Lent(image, _kept(app, actor, sent.mask, sent.consent, "mask"))
    except Exception:
        _gone(app, actor, image)
        raise


def _kept(app: App, actor: Actor, data: bytes, consent: Consent | None, member: str) -> Upload:
    try:
        return uploads.keep(app, actor, data, consent)
    except InvalidRequest as error:
        if error.reason in ("consent", "consent_unseen"):  # said again in words that fit this door
            raise InvalidRequest(f"{error.reason}_along", **error.params) from None
        error.params["member"] = member
        raise


async def give_back(app: App, actor: Actor, lent: Lent, job_id: str = "", *, error: Exception | None = None) -> None:
    """Delete what was lent, unless its job still needs it or may be allowed on appeal. `error` is what came instead
    of a job. Also when whoever waited has gone."""
    if isinstance(error, Refused):
        return
    with CancelScope(shield=True):
        await to_thread.run_sync(settle, app, actor, lent, job_id)


def settle(app: App, actor: Actor, lent: Lent, job_id: str = "") -> None:
    """`give_back` for who need not be asynchronous."""
    if job_id:
        state = app.desk.job(actor, job_id).job.state
        if not state.final or state is JobState.REFUSED:
            return
    for upload in (lent.image, lent.mask):
        if upload is not None:
            _gone(app, actor, upload)


def _gone(app: App, actor: Actor, upload: Upload) -> None:
    with suppress(NotFound):  # its time was over before
        uploads.delete(app, actor, upload.id)
