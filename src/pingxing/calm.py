"""Borders of a picture in which nothing is placed, as a wish. A value of `pingxing.types`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

MOST_CALM = 0.6  # of a side
_Part = Annotated[float, Field(strict=False, ge=0, le=MOST_CALM, allow_inf_nan=False)]


def _some_left(borders: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if borders[0] + borders[2] > MOST_CALM or borders[1] + borders[3] > MOST_CALM:
        raise ValueError("calm: too little is left")
    return borders


Calm = Annotated[tuple[_Part, _Part, _Part, _Part], Field(strict=False), AfterValidator(_some_left)]
"""From the top, the right, the bottom and the left, in parts of the picture."""
