"""What a picture is printed on, as a wish. A value of `pingxing.types`; the scene engine draws it, `label` writes its
boxes into PDF.

Lengths are millimetres. A face is what one sees of the finished thing: a poster has one, a folded card and a book's
cover have a front and a back, with the spine between them.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Good = Literal["shirt", "tote", "mug", "case", "poster", "card", "book"]
GOODS: tuple[Good, ...] = get_args(Good)
ON_CLOTH: tuple[Good, ...] = ("shirt", "tote")  # the things alone, without a setting
SheetView = Literal["print", "mockup", "proof"]
SLUG_MM = 10.0  # around the bleed, where crop marks stand
EDGE_SHARES = (0.06, 0.145)
"""Of the shorter side: how far from the edge the seal stands on what is cut, without and with crop marks around it. The
same shares for every size, so that whoever looks for the seal knows where."""
PROOF_GAP, PROOF_FOOT = 24, 84  # pixels of a proof: around its two views, and below them
MAX_TITLE, MAX_AUTHOR = 80, 60  # characters

_Side = Annotated[float, Field(strict=False, ge=30, le=2_000, allow_inf_nan=False)]
_Edge = Annotated[float, Field(strict=False, ge=0, le=30, allow_inf_nan=False)]
Pair = tuple[float, float]


class Sheet(BaseModel):
    """`width_mm` and `height_mm` are one face after cutting. `wrap`: a back lies left of the front, `spine_mm` between
    them. The picture runs through the bleed; nothing that matters lies within `safe_mm` of a cut or a fold.

    `print` is the file for the printer, `mockup` a picture of the finished thing, `proof` the picture beside itself in
    a press's colours. `title` and `author` are set exactly, on the front and, where `spine_words`, on the spine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    good: Good
    view: SheetView = "print"
    width_mm: _Side
    height_mm: _Side
    spine_mm: Annotated[float, Field(strict=False, ge=0, le=120, allow_inf_nan=False)] = 0.0
    wrap: bool = False
    bleed_mm: _Edge = 0.0
    safe_mm: _Edge = 0.0
    marks: bool = False
    barcode: bool = False  # leave room for one on the back
    spine_words: bool = False
    title: Annotated[str, Field(max_length=MAX_TITLE)] = ""
    author: Annotated[str, Field(max_length=MAX_AUTHOR)] = ""

    @model_validator(mode="after")
    def _whole(self) -> Sheet:
        if self.spine_mm and not self.wrap:
            raise ValueError("spine_mm: a spine stands between a front and a back")
        if 4 * self.safe_mm > min(self.width_mm, self.height_mm):
            raise ValueError("safe_mm: nothing would be left")
        return self

    @property
    def trim(self) -> Pair:
        """What is left after cutting, unfolded."""
        return (2 * self.width_mm + self.spine_mm if self.wrap else self.width_mm), self.height_mm

    @property
    def edge(self) -> float:
        """Between the cut and the edge of the page."""
        return self.bleed_mm + (SLUG_MM if self.marks else 0.0)

    @property
    def page(self) -> Pair:
        return self.trim[0] + 2 * self.edge, self.trim[1] + 2 * self.edge

    @property
    def front(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the front face on the page."""
        left = self.edge + (self.width_mm + self.spine_mm if self.wrap else 0.0)
        return left, self.edge, self.width_mm, self.height_mm

    @property
    def words(self) -> tuple[str, ...]:
        """What is set beside the wish's own words, and has to be read by whoever checks those."""
        return tuple(text for text in (self.title, self.author) if text.strip())

    def proof(self, width: int) -> int:
        """Height in pixels of a proof of this width: the page twice, side by side."""
        wide = (width - 3 * PROOF_GAP) // 2
        return round(wide * self.page[1] / self.page[0]) + PROOF_GAP + PROOF_FOOT

    def keep(self, width: int, height: int) -> int:
        """How far the seal stays from every edge, in pixels of a page drawn at this size; 0 where nothing is cut."""
        if self.view != "print" or not self.edge:
            return 0
        needed = (self.edge + self.safe_mm) / min(self.page)
        share = next((share for share in EDGE_SHARES if share >= needed), needed)
        return round(share * min(width, height))
