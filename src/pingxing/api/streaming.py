"""A job as the events of OpenAI's streaming images: previews first, as far as they are wanted, then the pictures.

Every one of them is a file of the house: labelled, with a receipt, handed out by `flow.release`. A preview tells its
own format (WebP), since a client has to open it; `size` is the size of the picture that was asked for.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sse_starlette import EventSourceResponse

from pingxing import flow
from pingxing.api import shapes
from pingxing.api.doors import openai_error_body
from pingxing.api.waiting import delivered
from pingxing.bootstrap import App
from pingxing.errors import PingxingError
from pingxing.types import Actor, Job, Language, Progress, Receipt

_PING_S = 15
# OpenAI's clients expect the member; no engine of ours counts in tokens.
_NO_TOKENS = {
    "input_tokens": 0,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    "output_tokens": 0,
    "total_tokens": 0,
}

Event = dict[str, str]


@dataclass(frozen=True, slots=True)
class Stream:
    """What is streamed to whom. `kind` begins the events' names; at most `partial` previews are sent."""

    app: App
    actor: Actor
    job: Job
    language: Language
    kind: Literal["image_generation", "image_edit"]
    partial: int
    quality: str
    ended: Callable[[], Awaitable[None]]  # called in the end, also when whoever listened has gone
    unused: Sequence[str] = ()  # members that were sent and are not used; the last events name them

    def response(self) -> EventSourceResponse:
        return EventSourceResponse(self._events(), ping=_PING_S)

    async def _events(self) -> AsyncIterator[Event]:
        try:
            async for event in self._told():
                yield event
        except PingxingError as error:  # the status has been sent: the clients look for this member
            body = openai_error_body(error, self.language)
            yield {"event": "error", "data": json.dumps({"type": "error", **body}, ensure_ascii=False)}
        finally:
            await self.ended()

    async def _told(self) -> AsyncIterator[Event]:
        shown: list[str] = []
        async for now in self.app.desk.watch(self.actor, self.job.id):
            if now.preview and now.preview not in shown and self._due(now, len(shown)):
                shown.append(now.preview)
                receipt = await asyncio.to_thread(self.app.desk.receipt, self.actor, now.preview)
                more: dict[str, Any] = {"partial_image_index": len(shown) - 1}
                yield await self._event("partial_image", receipt, more)
        view = delivered(await asyncio.to_thread(self.app.desk.job, self.actor, self.job.id))
        for receipt in view.receipts:
            ignored = [*self.unused, *view.ignored]
            more = {"usage": _NO_TOKENS, "job": self.job.id, "seed": receipt.seed, "ignored": ignored}
            yield await self._event("completed", receipt, more)

    def _due(self, now: Progress, shown: int) -> bool:
        """Previews spread evenly over the work, the first at once."""
        return shown < self.partial and now.step * (self.partial + 1) >= shown * now.steps

    async def _event(self, name: str, receipt: Receipt, more: dict[str, Any]) -> Event:
        released = await asyncio.to_thread(flow.release, self.app, self.actor, receipt.id)
        request = self.job.request
        told = {
            "type": f"{self.kind}.{name}",
            "b64_json": base64.b64encode(released.data).decode(),
            "background": "transparent" if request.transparent else "opaque",
            "created_at": int(receipt.issued_at.timestamp()),
            "output_format": receipt.artifact.media_type.partition("/")[2].partition("+")[0],
            "quality": self.quality,
            "size": f"{request.width}x{request.height}",
            "receipt": shapes.artifact(receipt).receipt.model_dump(mode="json"),
            **more,
        }
        return {"event": told["type"], "data": json.dumps(told, ensure_ascii=False)}
