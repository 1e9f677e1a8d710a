"""SVG: the seal as outlines, drawn last; the record in its metadata.

What could draw over the seal later, or fetch a picture from elsewhere, makes a drawing that is not taken: scripts,
animation, foreign objects, handlers, addresses outside of the file.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import vector
from pingxing.label.foreign.ordering import Order
from pingxing.label.measure import measure
from pingxing.label.metadata.labels import write_label
from pingxing.label.visible import BLACK, WHITE, Placed, flat, place
from pingxing.types import MAX_SIDE, MIN_SIDE, Picture

SIDE = 1_536  # pixels of the longer side at which the rules look at it
_ACTIVE = frozenset(
    {"script", "foreignobject", "iframe", "animate", "animatetransform", "animatemotion", "set", "discard", "handler",
     "audio", "video", "embed", "object"}
)  # fmt: skip
_WITHIN = r"(?:#|data:image/(?:png|jpeg|webp|gif);)"
_REFERENCE = re.compile(rf"\s*(?:{_WITHIN}|$)", re.I)  # all that href and src may be
_FETCHES = re.compile(rf"@import|\b(?:image-set|image|src)\(|url\(\s*+['\"]?+(?!{_WITHIN})", re.I)
_HIDDEN = "\\"  # with which CSS writes letters by their numbers
_MOVES = re.compile(r"@keyframes|animation|transition", re.I)
_WORDS = ("text", "title", "desc")
_LENGTH = re.compile(r"\s*([0-9.]+)\s*(px|pt|pc|mm|cm|in)?\s*")
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 960 / 25.4, "in": 96.0}


def look(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """{"words", "rows", "columns"} and RGBA pixels. `width` and `height` as the file says.

    Raises UnreadableFile(active, damaged).
    """
    import resvg_py

    root = _root(data)
    for element in root.iter():
        _passive(element)
    factor = min(1.0, SIDE / max(asked["width"], asked["height"]))
    width, height = (max(1, round(asked[side] * factor)) for side in ("width", "height"))
    try:
        png = bytes(
            resvg_py.svg_to_bytes(
                svg_string=data.decode("utf-8-sig"), width=width, height=height, skip_system_fonts=True
            )
        )
    except ValueError as error:
        raise UnreadableFile("damaged") from error
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        pixels = np.asarray(image.convert("RGBA"))
    said = [" ".join(e.itertext()) for e in root.iter() if _local(e) in _WORDS]
    rows, columns = pixels.shape[:2]
    return {"words": "\n".join(said)[:200_000], "rows": rows, "columns": columns}, pixels.tobytes()


def sides(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, of the view box where none are said. Raises UnreadableFile(small, damaged)."""
    root = _root(data)
    told = [_length(root.get(name, "")) for name in ("width", "height")]
    if not all(told):
        box = [_length(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:4]]
        told = box if len(box) == 2 else [0.0, 0.0]
    width, height = (round(side) for side in told)
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (width, height)):
        raise UnreadableFile("small", least=MIN_SIDE)
    return width, height


def _length(text: str) -> float:
    """Pixels of 1/96 inch; 0 for a part of something, and for what is no length."""
    match = _LENGTH.fullmatch(text)
    try:
        return 0.0 if match is None else min(1e6, float(match[1]) * _UNITS[match[2] or ""])
    except ValueError:
        return 0.0


def mark(data: bytes, size: tuple[int, int], shown: Picture, order: Order) -> bytes:
    """The drawing with its seal and record. `shown` is how it looks, at whatever size. Raises LabelFailed,
    UnreadableFile for a document that is no plain <svg> in UTF-8."""
    width, height = size
    image = Image.fromarray(flat(shown.pixels, WHITE)).resize(size, Image.Resampling.BOX)
    there = place(Picture(width, height, np.asarray(image)), order.mark.language)
    try:
        made = vector.document(data.decode("utf-8-sig"), width, height, there, None).encode()
    except (LabelFailed, UnicodeDecodeError) as error:
        raise UnreadableFile("damaged") from error
    _check(made, width, height, there)
    return write_label(made, "image/svg+xml", order.record)


def _check(data: bytes, width: int, height: int, there: Placed) -> None:
    region = vector.look(data, width, height, there.box)
    if not all(measure(flat(region, ground), there.plate).keeps_the_law for ground in (WHITE, BLACK)):
        raise LabelFailed("read_back", part="visible")


def _root(data: bytes) -> ElementTree.Element:
    """Raises UnreadableFile."""
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - `find` has refused entities
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise UnreadableFile("damaged") from error


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _passive(element: ElementTree.Element) -> None:
    if _local(element) in _ACTIVE:
        raise UnreadableFile("active", what=_local(element))
    if _local(element) == "style" and _acts("".join(element.itertext())):
        raise UnreadableFile("active", what="style")
    for name, value in element.attrib.items():
        local = name.rpartition("}")[2].lower()
        elsewhere = not _REFERENCE.match(value) if local in ("href", "src") else _FETCHES.search(value)
        if local.startswith("on") or elsewhere or (local == "style" and _acts(value)):
            raise UnreadableFile("active", what=local)


def _acts(style: str) -> bool:
    """Whether a style fetches anything, moves anything, or hides what it does."""
    return bool(_FETCHES.search(style) or _MOVES.search(style)) or _HIDDEN in style
