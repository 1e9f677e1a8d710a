"""What A1111's tools ask of pictures that are there already, and of the machine: `/png-info`, `/memory`; and what they
ask for that is not done here, each answered by an error that says what to do instead.

Nothing that is sent to these addresses is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi import Request as HttpRequest
from pydantic import BaseModel, ConfigDict

from pingxing import label
from pingxing.api import a1111_wishes as wishes
from pingxing.api.a1111_doors import KeyDep, key_of, told
from pingxing.api.doors import AppDep
from pingxing.api.shapes import Shape
from pingxing.api.uploads import allow, turns
from pingxing.bootstrap import App
from pingxing.engine.devices import main_memory
from pingxing.errors import NotFound, NotOffered, TooLarge, UnreadableFile
from pingxing.identity.authority import require
from pingxing.label.containers import png_chunks, png_text
from pingxing.label.opening import KINDS
from pingxing.types import Actor, Scope
from pingxing.verify import receipt_of

router = APIRouter(prefix="/sdapi/v1", tags=["A1111"])

_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
_MOST_TEXT = 1 << 20  # bytes of all text in a picture that are told
_INFOTEXT = "parameters"  # the chunk in which A1111 keeps what a picture was made by
_SETTINGS = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')  # parts between commas that stand outside quotes
_FEWEST = 3  # settings in a line that is one of settings and not of words
_NOT_OFFERED = {
    "/extra-single-image": "enlarge",
    "/extra-batch-images": "enlarge",
    "/interrogate": "caption",
    "/create/embedding": "teach",
    "/create/hypernetwork": "teach",
    "/train/embedding": "teach",
    "/train/hypernetwork": "teach",
    "/unload-checkpoint": "swap",
    "/reload-checkpoint": "swap",
    "/server-kill": "stop",
    "/server-restart": "stop",
    "/server-stop": "stop",
}


class PngInfo(BaseModel):
    """`POST /sdapi/v1/png-info`."""

    model_config = ConfigDict(extra="allow")

    image: wishes.Picture64


class ToolPngInfo(Shape):
    """`info` is A1111's infotext, `parameters` the same in parts, `items` every other text of a PNG."""

    info: str
    items: dict[str, str]
    parameters: dict[str, str]


class ToolMemory(Shape):
    """Bytes."""

    ram: dict[str, int]
    cuda: dict[str, str]


@router.post(
    "/png-info",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": PngInfo.model_json_schema()}}}
    },
)
async def png_info(app: AppDep, actor: KeyDep, request: HttpRequest) -> ToolPngInfo:
    """By what a picture was made: one's own of this house by its receipt, so also where its metadata are gone; any
    other PNG by what A1111's servers write into theirs. Nothing is told of what others here have made."""
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    body = wishes.read(PngInfo, await told(request))
    return await to_thread.run_sync(_png_info, app, actor, body, limiter=turns(request))


@router.get("/memory")
def memory(actor: KeyDep) -> ToolMemory:
    """Of the machine, for its operator. What models take on a device stands with each of them at /api/models."""
    require(actor, Scope.OPERATE)
    free, whole = main_memory()
    return ToolMemory(ram={"free": free, "used": whole - free, "total": whole}, cuda={"error": "see /api/models"})


def _refusing(reason: str) -> Callable[[HttpRequest], Awaitable[None]]:
    async def not_offered(request: HttpRequest) -> None:
        async for _ in request.stream():  # to its end: who is still sending would hear of a broken pipe instead
            continue
        raise NotOffered(reason)

    return not_offered


for _path, _reason in _NOT_OFFERED.items():
    router.add_api_route(
        _path,
        _refusing(_reason),
        methods=["POST"],
        name=f"not_offered_{_path[1:]}",
        dependencies=[Depends(key_of)],
        include_in_schema=False,
    )


# --- inside --------------------------------------------------------------------------------------


def _png_info(app: App, actor: Actor, body: PngInfo) -> ToolPngInfo:
    data = wishes.decoded(body.image, "image")
    if len(data) > app.settings.max_upload_bytes:
        raise TooLarge("bytes", limit_mb=app.settings.max_upload_bytes >> 20, member="image")
    items = _texts(data)
    foreign = items.pop(_INFOTEXT, "")
    info = _ours(app, actor, data) or foreign
    return ToolPngInfo(info=info, items=items, parameters=parsed(info))


def _ours(app: App, actor: Actor, data: bytes) -> str:
    """Infotext of a picture that this account got here; empty for all others. Raises UnreadableFile, TooLarge."""
    labels = label.read(data, app.kit)
    if labels.media_type is None or not labels.media_type.startswith("image/"):
        raise UnreadableFile("kind", known=", ".join(KINDS), member="image")
    with app.store.read() as tx:
        _, receipt = receipt_of(tx, hashlib.sha256(data).hexdigest(), labels)
    if receipt is None or receipt.account != actor.account:
        return ""
    try:
        return wishes.summary(app.desk.job(actor, receipt.job).job.request, receipt.seed)
    except NotFound:  # what was asked is forgotten after its time
        return ""


def _texts(data: bytes) -> dict[str, str]:
    """The texts of a PNG by their keywords, as many as are told; of another kind of picture, none."""
    found: dict[str, str] = {}
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return found
    left = _MOST_TEXT
    for kind, body, _ in png_chunks(data):
        if kind not in _TEXT_CHUNKS:
            continue
        keyword, _, rest = body.partition(b"\0")
        text = png_text(kind, rest)
        left -= len(text)
        if left < 0:
            raise UnreadableFile("bomb", member="image")
        found[keyword.decode("latin-1")[:80]] = text.decode("latin-1" if kind == b"tEXt" else "utf-8", "replace")
    return found


def parsed(info: str) -> dict[str, str]:
    """The parts of an infotext: words, negative words after their mark, and a last line of settings."""
    *lines, last = info.strip().splitlines() or [""]
    settings = _pairs(last)
    if len(settings) < _FEWEST:
        lines, settings = [*lines, last], {}
    said: Mapping[str, list[str]] = {"Prompt": [], "Negative prompt": []}
    part = "Prompt"
    for line in lines:
        if line.startswith("Negative prompt:"):
            part, line = "Negative prompt", line.partition(":")[2].strip()
        said[part].append(line)
    return {**{name: "\n".join(lines) for name, lines in said.items() if any(lines)}, **settings}


def _pairs(line: str) -> dict[str, str]:
    found = (part.partition(":") for part in _SETTINGS.findall(line))
    return {name.strip(): value.strip() for name, colon, value in found if colon and name.strip()}
