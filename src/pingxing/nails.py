"""A set of press-on nails, as a wish. Values of `pingxing.types`; the scene engine draws them.

Fingers are named thumb to little on both hands. Widths are millimetres, measured across the widest place.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Finger = Literal["thumb", "index", "middle", "ring", "little"]
FINGERS: tuple[Finger, ...] = get_args(Finger)
Hand = Literal["left", "right"]
HANDS: tuple[Hand, ...] = get_args(Hand)
NailShape = Literal["square", "oval", "almond", "coffin"]
NAIL_SHAPES: tuple[NailShape, ...] = get_args(NailShape)
NailDesign = Literal["motifs", "tossed", "french", "ombre", "glitter", "continuous"]
NAIL_DESIGNS: tuple[NailDesign, ...] = get_args(NailDesign)
NailLength = Literal["short", "medium", "long"]
NAIL_LENGTHS: tuple[NailLength, ...] = get_args(NailLength)
NailView = Literal["sheet", "tip", "hand", "decals"]
TONES = 10  # of skin, from light to dark
MM_PER_INCH = 25.4
DECALS = (20, 80)  # least and most on one sheet
PIXELS_PER_INCH = 96  # where a picture says no density of its own: CSS, and our PDF pages

_Width = Annotated[float, Field(strict=False, ge=4, le=30, allow_inf_nan=False)]
_Length = Annotated[float, Field(strict=False, ge=6, le=60, allow_inf_nan=False)]
_Widths = tuple[_Width, _Width, _Width, _Width, _Width]
_Lengths = tuple[_Length, _Length, _Length, _Length, _Length]


class Nails(BaseModel):
    """Ten nails, and which picture of them is wanted.

    `sheet`: all ten at their true size with cut lines, for a page of the request's size (`dpi` of its pixels to the
    inch, or 96). `decals`: so many motifs with a cut line each, on a page likewise. `tip`: one nail, `finger` of
    `hand`, at true size on a transparent ground. `hand`: worn, on skin of `tone` 1 (light) to 10 (dark). `accents` are
    the fingers that carry the larger picture.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    view: NailView = "sheet"
    label: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,4}$")] = "M"  # the size's name, printed beside
    widths_mm: Annotated[_Widths, Field(strict=False)] = (16, 12, 13, 12, 10)
    lengths_mm: Annotated[_Lengths, Field(strict=False)] = (24, 22, 23, 22, 19)
    shape: NailShape = "almond"
    design: NailDesign = "motifs"
    accents: Annotated[tuple[Finger, ...], Field(strict=False, max_length=5)] = ("ring",)
    hand: Hand = "right"
    finger: Finger = "thumb"
    tone: Annotated[int, Field(ge=1, le=TONES)] = 3
    decals: Annotated[int, Field(ge=DECALS[0], le=DECALS[1])] = 40

    def width(self, finger: Finger) -> float:
        return float(self.widths_mm[FINGERS.index(finger)])

    def length(self, finger: Finger) -> float:
        return float(self.lengths_mm[FINGERS.index(finger)])
