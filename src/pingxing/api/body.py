"""No request body is larger than allowed, whether it says so beforehand or not."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingxing.errors import TooLarge

SMALL = 256 * 1024  # enough for any prompt; only uploads may be larger
PACKS = 6 * 1024 * 1024  # a rule pack of the largest size, quoted
_UPLOADS = (
    "/api/uploads",
    "/api/appeals/uploads",
    "/appeals/upload",
    "/api/label",
    "/label",
    "/api/forbidden/pictures",
    "/operator/forbidden",
    "/api/verify",
    "/api/verify/batch",
    "/verify",
    "/v1/images/edits",
    "/v1/images/variations",
    "/sdapi/v1/img2img",
    "/sdapi/v1/png-info",
    "/sdapi/v1/extra-single-image",  # these are read only to be answered, so that their senders hear the answer
    "/sdapi/v1/extra-batch-images",
    "/sdapi/v1/interrogate",
    "/jobs",
)
_RULES = ("/api/packs", "/operator/packs")


class BodyLimit:
    """Raises TooLarge while the body is read, so the usual error answer is given and the rest is never buffered."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most if scope["path"] in _UPLOADS else PACKS if scope["path"].startswith(_RULES) else SMALL
        declared = Headers(scope=scope).get("content-length", "")
        seen = int(declared) if declared.isdecimal() and len(declared) < 20 else 0

        async def limited() -> Message:
            nonlocal seen
            if seen > most:
                raise TooLarge(limit=most, member="body")
            message = await receive()
            if not declared:
                seen += len(message.get("body", b""))
                if seen > most:
                    raise TooLarge(limit=most, member="body")
            return message

        await self._app(scope, limited, send)
