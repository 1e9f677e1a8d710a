"""Pictures on their way in and out, as every door needs them: sizes and colours as people write them, bytes as a
browser may have them."""

from __future__ import annotations

from fastapi import Response

from pingxing import flow
from pingxing.errors import InvalidRequest
from pingxing.types import MAX_SIDE, USUAL_SIDE

_ENDINGS = {
    "text/plain": "txt",
    "text/markdown": "md",
    "application/json": "json",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
}
_GRID = 64  # a multiple of what any family of checkpoints asks for


def sides(size: str | None) -> dict[str, int]:
    """`1024x1536` as members of a request; none for `auto` and nothing at all, so that the model's own size is taken.
    Raises InvalidRequest."""
    if size is None or size == "auto":
        return {}
    width, cross, height = size.partition("x")
    digits = width + height
    if not (cross and width and height and digits.isdecimal() and digits.isascii() and len(digits) <= 20):
        raise InvalidRequest("size", member="size", value=size[:20])
    return {"width": int(width), "height": int(height)}


def size_like(width: int, height: int) -> tuple[int, int]:
    """The size of a picture that is made out of one of `width` x `height` where none was asked for: its proportions,
    at most a usual square's pixels, sides that every model can do."""
    factor = min(1.0, USUAL_SIDE / (width * height) ** 0.5)
    sides = (round(side * factor / _GRID) * _GRID for side in (width, height))
    first, second = (min(max(side, _GRID), MAX_SIDE) for side in sides)
    return first, second


def palette_of(text: str) -> tuple[str, ...]:
    """`#AABBCC, #112233` as a list of colours in lower case; whether they are colours, the request says."""
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def picture(released: flow.Released) -> Response:
    """Bytes with what a browser needs to treat them as a picture and nothing else (an SVG must not run as a page)."""
    kind = released.receipt.artifact.media_type
    name = f"pingxing-{released.receipt.id[:12]}.{_ENDINGS.get(kind) or kind.partition('/')[2].partition('+')[0]}"
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        "X-Content-Type-Options": "nosniff",
        "X-Pingxing-Receipt": released.receipt.id,
    }
    # Without a charset readers guess one; every text that leaves is UTF-8.
    return Response(
        released.data, media_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, headers=headers
    )


def named(released: flow.Released) -> Response:
    """The same, to keep and not to look at."""
    answer = picture(released)
    shown = answer.headers["content-disposition"]
    answer.headers["content-disposition"] = shown.replace("inline", "attachment", 1)
    return answer
