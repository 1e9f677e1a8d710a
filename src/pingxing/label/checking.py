"""Reading back what was just written, by the readers for strangers' files and by measurement."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label import pages, vector
from pingxing.label.finding import Found, find
from pingxing.label.measure import measure
from pingxing.label.record import MEMBERS, aigc_record
from pingxing.label.visible import BLACK, WHITE, Placed, flat
from pingxing.types import Format, Mark


def check(data: bytes, format: Format, mark: Mark, placed: Placed | None, width: int, height: int) -> None:
    """Raises LabelFailed(read_back, part=...) where the finished file does not say what it must."""
    try:
        found = find(data)
    except (UnreadableFile, TooLarge) as error:
        raise LabelFailed("read_back", part="container") from error
    if found.media_type != format.media_type or (found.width, found.height) != (width, height):
        raise LabelFailed("read_back", part="container")
    if found.trailing:
        raise LabelFailed("read_back", part="container")
    read_back(found, mark)
    if format is Format.PDF and not (found.said_twice and pages.record(data) == aigc_record(mark)):
        raise LabelFailed("read_back", part="aigc")
    if placed is None:  # a copy under art. 9 has no visible mark
        return
    try:
        regions = _regions(data, format, placed, width, height)
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow and resvg say of a file they cannot draw
        raise LabelFailed("read_back", part="visible") from error
    if not all(measure(region, placed.plate).keeps_the_law for region in regions):
        raise LabelFailed("read_back", part="visible")


def read_back(found: Found, mark: Mark) -> None:
    """Raises LabelFailed(read_back) where a file's metadata are not exactly those of this one mark."""
    if len(found.records) != 1:  # exactly one label per file
        raise LabelFailed("read_back", part="aigc")
    judged = found.records[0]
    wanted = ("1", mark.producer, mark.produce_id, mark.signature, mark.producer, mark.produce_id, "")
    if judged.flaw is not None or tuple(judged.values[m] for m in MEMBERS) != wanted:
        raise LabelFailed("read_back", part="aigc")
    if found.facts.get("system") != mark.system[:200].strip() or "source_type" not in found.facts:
        raise LabelFailed("read_back", part="iptc")


def _regions(data: bytes, format: Format, placed: Placed, width: int, height: int) -> list[NDArray[np.uint8]]:
    """The finished file at the seal's place, over white and over black; once where nothing shines through."""
    if format is Format.PDF:
        return [pages.look(data, placed.box, ground) for ground in (WHITE, BLACK)]
    if format is Format.SVG:
        region = vector.look(data, width, height, placed.box)
    else:
        with Image.open(BytesIO(data), formats=[format.value]) as image:
            region = np.asarray(image.crop(placed.box).convert("RGBA"))
    if int(region[..., 3].min()) == 255:
        return [region[..., :3]]
    return [flat(region, ground) for ground in (WHITE, BLACK)]
