"""Things cut out of painted pictures: what a checkpoint draws on a plain ground becomes a sticker.

drawn(request, card) -> Request        what a painter is asked for: without transparency, at a size it is good at
mounts(request, card) -> bool          whether its picture is laid on something then, or lettered (`base.Mounting`)
cut_out(pixels) -> RGBA                the subject without its ground
painting(picture, request) -> Picture  what is laid on it: the thing by itself, or the whole picture
finished(picture, request) -> Picture  at the size that was asked for, cut out and edged where that was wished

The ground is what touches the picture's edge and has its colour; its border is then drawn finely by GrabCut (Rother,
Kolmogorov, Blake 2004). Where a picture has no plain ground, nothing is guessed: the whole of it becomes a badge with
round corners. Needs OpenCV (`pingxing[pictures]` or `[diffusion]`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.sheets import ON_CLOTH
from pingxing.types import Format, Model, Picture, Request

STROKE = 8 / 512  # width of the white edge, of the longer side: what WhatsApp advises
AIR = 0.025  # of the shorter side, left free between what is drawn and the edge
TOO_LARGE = 1024  # pixels of a side: larger things are not cut out of anything smaller than half of them
_EDGE = 0.03  # of a side: where the ground is looked for
_PLAIN = 16.0  # Lab steps (OpenCV's, 0..255) within which most of a plain ground lies
_LEAST, _MOST = 0.04, 0.94  # part of the picture that a subject covers
_WORKED = 384  # pixels of the longer side at which GrabCut works
_ROUNDS = 3
_SPECK = 0.03  # of the largest piece: smaller ones are dirt
_ROUND = 0.16  # corner of a badge, of the shorter side

_ROUNDED = 0.1  # of a ratio: what whole steps of 8 pixels may change of it
_HEAD = 0.2  # of its height: what a caption takes
Pixels = NDArray[np.uint8]
Letters = Callable[[str, int, int, Pixels], Pixels]  # as `base.Mounting.letters`


def available() -> bool:
    return importlib.util.find_spec("cv2") is not None


def mounts(request: Request, card: Model) -> bool:
    """Whether what this one paints is only a part of what is asked for, and the rest can be done here."""
    able = available() or not (_alone(request) or request.caption)
    return card.cuts_out and able and (_carried(request) or bool(request.caption))


def _carried(request: Request) -> bool:
    tile = request.repeat is None or request.repeat.view == "tile"
    return request.sheet is not None or request.nails is not None or not tile


def drawn(request: Request, card: Model) -> Request:
    """What the engine is asked for. The request itself where it can do all of it, or nobody can cut it out."""
    if not card.cuts_out:
        return request
    longest = max(request.width, request.height)
    told: dict[str, Any] = {"transparent": False, "stroke": False, "caption": "", "margin": 0}
    if _carried(request):
        # Of one wish the same picture, whatever it is laid on: file, mock-up and proof of a print agree.
        width, height = _own(1.0 if _alone(request) or card.simple else _ratio(request), card.usual_side)
        told |= {"sheet": None, "nails": None, "repeat": None, "format": Format.PNG, "dpi": None}
        return request.model_copy(update=told | {"width": width, "height": height})
    if request.transparent:
        if not available() or (longest > max(TOO_LARGE, 2 * card.usual_side) and not request.enlarge):
            return request  # its engine says that it cannot
        # Always the same square, so that a sticker and its thumbnail are one picture.
        side = card.usual_side if request.enlarge else max(card.usual_side, 8 * -(-longest // 16))
        return request.model_copy(update=told | {"width": side, "height": side})
    if card.simple and request.enlarge:
        return request.model_copy(update={"width": card.usual_side, "height": card.usual_side})
    if request.enlarge and request.repeat is not None:
        width, height = _own(request.width / request.height, card.usual_side)
        return request.model_copy(update={"width": width, "height": height})
    if request.enlarge and (part := scale(request, card)) > 1:
        width, height = (max(64, 8 * round(side / part / 8)) for side in (request.width, request.height))
        return request.model_copy(update={"width": width, "height": height})
    return request


def _alone(request: Request) -> bool:
    """Whether the thing is wanted without its ground: on cloth, and as a motif on nails."""
    if request.nails is not None:
        return request.nails.design != "continuous" or request.nails.view == "decals"
    return request.sheet is not None and request.sheet.good in ON_CLOTH


def _ratio(request: Request) -> float:
    """Width to height of what the picture covers."""
    if request.nails is not None:
        return sum(request.nails.widths_mm) / max(request.nails.lengths_mm)
    if request.sheet is not None:
        return request.sheet.width_mm / request.sheet.height_mm
    if request.repeat is not None:
        return request.repeat.width_mm / request.repeat.height_mm
    return request.width / request.height


def _own(ratio: float, side: int) -> tuple[int, int]:
    """As many pixels as a square of its usual side, at these proportions."""
    width, height = (max(64, 8 * round(side * part / 8)) for part in (ratio**0.5, ratio**-0.5))
    return width, height


def scale(request: Request, card: Model) -> float:
    """How many times its painter's own size a request is, by the side; 1 where it is not to be enlarged."""
    if not (card.cuts_out and request.enlarge):
        return 1.0
    side = max(request.width, request.height) if card.simple else (request.width * request.height) ** 0.5
    return float(max(1.0, side / card.usual_side))


def painting(picture: Picture, request: Request) -> Picture:
    """What is laid on something: cut out where it stands alone there, else as it is."""
    if not _alone(request):
        return shaped(picture, _ratio(request))
    return replace(picture, pixels=cut_out(picture.pixels), svg=None)


def finished(picture: Picture, request: Request, letters: Letters | None = None) -> Picture:
    """Cut out, edged and at its size, where the engine's picture is not that already. A caption stands in the head of
    it; `letters` sets it."""
    pixels = picture.pixels
    if request.transparent and pixels.shape[2] == 3:
        size, width = (request.width, request.height), _width(request)
        rim = request.margin + round(AIR * min(size)) + request.stroke * width
        head = round(_HEAD * size[1]) if request.caption and letters is not None else 0
        cut = fitted(cut_out(pixels), size, rim, head)
        if head and letters is not None:
            cut = _said(cut, letters(request.caption, size[0] - 2 * rim, head - width, cut), rim, width)
        if request.stroke:
            cut = edged(cut, width)
        return Picture(*size, cut, margin=request.margin)
    if request.enlarge and (picture.width, picture.height) != (request.width, request.height):
        size = (request.width, request.height)
        pixels = shaped(picture, size[0] / size[1]).pixels
        large = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS), np.uint8).copy()
        return replace(picture, width=size[0], height=size[1], pixels=large, svg=None)
    return picture


def shaped(picture: Picture, ratio: float) -> Picture:
    """Of these proportions (width to height), cut from the middle; what differs by rounding alone stays whole."""
    height, width = picture.pixels.shape[:2]
    if abs(width / height / ratio - 1) <= _ROUNDED:
        return picture
    wide, high = min(width, max(1, round(height * ratio))), min(height, max(1, round(width / ratio)))
    x, y = (width - wide) // 2, (height - high) // 2
    pixels = np.ascontiguousarray(picture.pixels[y : y + high, x : x + wide])
    return replace(picture, width=wide, height=high, pixels=pixels, svg=None)


def _width(request: Request) -> int:
    return max(1, round(STROKE * max(request.width, request.height)))


# --- cutting -------------------------------------------------------------------------------------


def cut_out(pixels: Pixels) -> Pixels:
    """RGBA of the same size: the subject on nothing; a badge where the ground cannot be told from the subject."""
    solid = _subject(pixels)
    if solid is None:
        solid = _badge(pixels.shape[1], pixels.shape[0])
        return np.dstack([pixels, solid]).astype(np.uint8)
    import cv2

    soft = cv2.GaussianBlur(solid, (0, 0), 0.9)
    alpha = np.clip((soft.astype(np.int16) - 64) * 2, 0, 255).astype(np.uint8)  # a little inside: no rim of the ground
    return np.dstack([_own_colours(pixels, solid), alpha])


def _subject(pixels: Pixels) -> Pixels | None:
    """255 where the subject is; None where there is no plain ground, or nothing on it."""
    import cv2

    height, width = pixels.shape[:2]
    part = min(1.0, _WORKED / max(width, height))
    size = (max(16, round(width * part)), max(16, round(height * part)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if part < 1 else pixels
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    strip = max(1, round(_EDGE * min(size)))
    edge = np.concatenate([lab[:strip].reshape(-1, 3), lab[-strip:].reshape(-1, 3),
                           lab[:, :strip].reshape(-1, 3), lab[:, -strip:].reshape(-1, 3)])  # fmt: skip
    ground = np.median(edge, axis=0)
    spread = float(np.percentile(np.linalg.norm(edge - ground, axis=1), 80))
    if spread > _PLAIN:
        return None
    away = np.linalg.norm(lab - ground, axis=2)
    outside = _from_edge(away < max(9.0, 2.2 * spread))
    mask = np.where(outside, cv2.GC_BGD, cv2.GC_PR_FGD).astype(np.uint8)
    rim = cv2.dilate(outside.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~outside
    mask[~outside & ~rim] = cv2.GC_FGD  # only the border is in doubt
    if (mask == cv2.GC_FGD).any() and outside.any() and rim.any():
        cv2.setRNGSeed(1)  # of this thread: the same picture is always cut the same way
        bgr = np.ascontiguousarray(small[..., ::-1])
        cv2.grabCut(bgr, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)
    solid = _without_specks(~_from_edge((mask == cv2.GC_BGD) | (mask == cv2.GC_PR_BGD)))
    if not _LEAST <= float(solid.mean()) <= _MOST:
        return None
    grey = solid.astype(np.uint8) * 255
    if part < 1:
        grey = (cv2.resize(grey, (width, height), interpolation=cv2.INTER_CUBIC) > 127).astype(np.uint8) * 255
    return np.asarray(grey, np.uint8)


def _from_edge(like: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of what is alike, that which the picture's edge reaches: what is enclosed belongs to the subject."""
    import cv2

    _, names = cv2.connectedComponents(like.astype(np.uint8), connectivity=4)
    edge = np.unique(np.concatenate([names[0], names[-1], names[:, 0], names[:, -1]]))
    return np.asarray(np.isin(names, edge[edge > 0]))


def _without_specks(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    import cv2

    count, names, facts, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8), connectivity=8)
    if count < 2:
        return solid
    areas = facts[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero(areas >= _SPECK * areas.max())
    return np.asarray(np.isin(names, kept))


def _own_colours(pixels: Pixels, solid: Pixels) -> Pixels:
    """At the border, where the ground shines into the subject, the colour of the nearest pixel inside."""
    import cv2

    inner = cv2.erode(solid, np.ones((5, 5), np.uint8))
    if not inner.any():
        return pixels
    _, nearest = cv2.distanceTransformWithLabels(
        np.where(inner, 0, 255).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(inner)
    place = np.zeros((int(nearest.max()) + 1, 2), np.int64)
    place[nearest[rows, columns]] = np.stack([rows, columns], axis=1)
    source = place[nearest]
    return np.asarray(pixels[source[..., 0], source[..., 1]], np.uint8)


def _badge(width: int, height: int) -> Pixels:
    from PIL import ImageDraw

    fine = Image.new("L", (2 * width, 2 * height))
    corner = round(2 * _ROUND * min(width, height))
    ImageDraw.Draw(fine).rounded_rectangle((0, 0, 2 * width - 1, 2 * height - 1), corner, fill=255)
    return np.asarray(fine.resize((width, height), Image.Resampling.BOX), np.uint8)


# --- size and edge -------------------------------------------------------------------------------


def fitted(cut: Pixels, size: tuple[int, int], rim: int, head: int = 0) -> Pixels:
    """What is drawn of it as large as fits into `size`, `rim` pixels away from every edge, in the middle below `head`
    pixels that stay free."""
    rows, columns = np.nonzero(cut[..., 3] > 8)
    if len(rows):
        cut = cut[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = cut.shape[:2]
    room = (max(1, size[0] - 2 * rim), max(1, size[1] - 2 * rim - head))
    part = min(room[0] / width, room[1] / height)
    inner = (min(room[0], max(1, round(width * part))), min(room[1], max(1, round(height * part))))
    image = Image.fromarray(cut).convert("RGBa").resize(inner, Image.Resampling.LANCZOS).convert("RGBA")
    canvas = Image.new("RGBA", size)
    canvas.paste(image, ((size[0] - inner[0]) // 2, (size[1] + head - inner[1]) // 2))
    return np.asarray(canvas, np.uint8).copy()


def _said(cut: Pixels, words: Pixels, rim: int, width: int) -> Pixels:
    """With the words over its head, on a white edge of their own: they may touch what is drawn."""
    over = np.zeros_like(cut)
    over[rim : rim + words.shape[0], rim : rim + words.shape[1]] = words
    whole = Image.alpha_composite(Image.fromarray(cut), Image.fromarray(edged(over, width)))
    return np.asarray(whole, np.uint8).copy()


def edged(cut: Pixels, width: int) -> Pixels:
    """With a white edge of `width` pixels around what is drawn."""
    import cv2

    outside = np.where(cut[..., 3] >= 128, 0, 255).astype(np.uint8)
    far = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    below = np.clip(width + 0.5 - far, 0, 1)[..., None]
    over = cut[..., 3:].astype(np.float32) / 255
    alpha = np.maximum(over, below)
    white = 255.0 * (1 - over)
    colour = np.where(alpha > 0, cut[..., :3] * over + white, 0)
    return np.dstack([colour.round(), (alpha * 255).round()]).astype(np.uint8)
