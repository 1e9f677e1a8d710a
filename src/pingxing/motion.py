"""How a picture may move, as a wish. Values of `pingxing.types`; `engine.moving` knows what they look like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MotionName = Literal["bounce", "shake", "blink", "sparkle", "pop"]
MotionForm = Literal["gif", "apng", "webp", "webm"]
MOTIONS: tuple[MotionName, ...] = ("bounce", "shake", "blink", "sparkle", "pop")
MAX_FRAMES = 60
MOVING_MEDIA: dict[MotionForm, str] = {
    "gif": "image/gif",
    "apng": "image/png",  # as PNG itself: whoever knows nothing of movement sees the first frame
    "webp": "image/webp",
    "webm": "video/webm",
}


class Motion(BaseModel):
    """One movement that ends where it began. `seconds` is one showing, `loops` counts them (0: for ever).

    `bytes` is the most that the finished file may weigh, labels included: frames and colours are given up for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: MotionName
    form: MotionForm = "gif"
    frames: Annotated[int, Field(ge=2, le=MAX_FRAMES)] = 20
    seconds: Annotated[float, Field(strict=False, ge=0.1, le=10, allow_inf_nan=False)] = 1.0
    loops: Annotated[int, Field(ge=0, le=100)] = 0
    bytes: Annotated[int, Field(ge=10_000, le=50_000_000)] | None = None
