"""How a picture may repeat, as a wish. A value of `pingxing.types`; `engine.weaving` and the scene engine make it."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

RepeatName = Literal["grid", "half-drop", "brick", "mirror", "hexagon", "tossed"]
REPEATS: tuple[RepeatName, ...] = get_args(RepeatName)
RepeatView = Literal["tile", "fabric", "wrapping"]
REPEAT_VIEWS: tuple[RepeatView, ...] = ("fabric", "wrapping")  # what a tile is shown on
MAX_ACROSS = 8
_Millimetres = Annotated[float, Field(strict=False, gt=0, le=2_000, allow_inf_nan=False)]


class Repeat(BaseModel):
    """The picture is one tile: put beside itself, on any side, it shows no seam.

    `layout` is how textile designers call the places of the motifs, `across` how many stand side by side in one tile
    (more, where a layout or several motifs need more to come out even). An engine that paints pixels has no motifs:
    it weaves the picture's edges into each other, whatever the layout.

    `fabric` and `wrapping` are pictures of cloth and of a parcel that bear the tile at its size in print, which
    `width_mm` and `height_mm` say: they are pictures of a thing, and repeat nothing themselves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    layout: RepeatName = "half-drop"
    across: Annotated[int, Field(ge=1, le=MAX_ACROSS)] = 3
    view: RepeatView = "tile"
    width_mm: _Millimetres = 160.0
    height_mm: _Millimetres = 160.0
