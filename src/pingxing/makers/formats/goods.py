"""What is printed, as data: faces after cutting, bleed, safe zone; covers of books computed from their pages."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pingxing.errors import InvalidRequest
from pingxing.sheets import Good, Sheet
from pingxing.types import Language

MM_PER_INCH = 25.4
COVER = "book-cover"
_NAMED = re.compile(rf"{COVER}-(?P<trim>\d+(?:-\d+)?x\d+(?:-\d+)?)-(?P<pages>\d{{1,4}})-(?P<paper>[a-z]+)")
_Pair = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class Face(BaseModel):
    """One face after cutting, and what lies around it, in millimetres; `cut`: whether anything is cut at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    good: Good
    size: _Pair
    spine: float = 0.0
    wrap: bool = False
    bleed: float = 0.0
    safe: float = 0.0
    barcode: bool = False
    spine_words: bool = False

    def sheet(self, **more: Any) -> Sheet:
        """`more` are the members that an order adds: view, marks, title, author."""
        return Sheet(
            good=self.good,
            width_mm=self.size[0],
            height_mm=self.size[1],
            spine_mm=self.spine,
            wrap=self.wrap,
            bleed_mm=self.bleed,
            safe_mm=self.safe,
            barcode=self.barcode,
            spine_words=self.spine_words,
            **more,
        )


class _Pages(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    least: int
    most: int


class Covers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    names: dict[Language, str]
    plain: dict[Language, str]  # before anybody said which
    usual: str
    trims: dict[str, _Pair]  # inches
    papers: dict[str, float]  # inches to the page
    pages: _Pages
    spine_words: int
    bleed: float
    safe: float
    dpi: tuple[int, int]
    kinds: tuple[str, ...]

    def told(self, name: str) -> dict[str, Any] | None:
        """The cover of that name as a product is told; None for what is no cover's name.

        Raises InvalidRequest for a trim or paper nobody prints, and for too few or too many pages.
        """
        found = _NAMED.fullmatch(self.usual if name == COVER else name)
        if found is None:
            return None
        trim, paper, pages = found["trim"], found["paper"], int(found["pages"])
        if trim not in self.trims:
            known = ", ".join(shown(one) for one in self.trims)
            raise InvalidRequest("cover", member="trim", value=shown(trim), known=known)
        if paper not in self.papers:
            raise InvalidRequest("cover", member="paper", value=paper, known=", ".join(self.papers))
        if not self.pages.least <= pages <= self.pages.most:
            known = f"{self.pages.least}-{self.pages.most}"
            raise InvalidRequest("cover", member="pages", value=pages, known=known)
        wide, high = self.trims[trim]
        face = Face(
            good="book",
            size=(wide * MM_PER_INCH, high * MM_PER_INCH),
            spine=pages * self.papers[paper] * MM_PER_INCH,
            wrap=True,
            bleed=self.bleed,
            safe=self.safe,
            barcode=True,
            spine_words=pages >= self.spine_words,
        )
        names = (
            self.plain
            if name == COVER
            else {language: text.format(trim=shown(trim), pages=pages) for language, text in self.names.items()}
        )
        return {
            "face": face, "names": names, "source": self.source, "dpi": self.dpi, "kinds": self.kinds, "good": "book",
        }  # fmt: skip


def shown(trim: str) -> str:
    """5-5x8-5 as people write it: 5.5 × 8.5."""
    return trim.replace("-", ".").replace("x", " × ")


def cover_name(trim: str, pages: int, paper: str) -> str:
    """The name of a cover: "5.5x8.5", 120, "white"."""
    return f"{COVER}-{trim.lower().replace('×', 'x').replace(' ', '').replace('.', '-')}-{pages}-{paper}"


@cache
def covers() -> Covers:
    return Covers.model_validate(_file()["covers"])


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((files("pingxing.makers.formats") / "prints.yaml").read_text("utf-8"))
    return found
