"""Where a screen's system writes over its wallpaper: boxes from data, kept free by composing, shown in the preview."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

_Part = Annotated[float, Field(ge=0, le=1)]
Box = tuple[_Part, _Part, _Part, _Part]  # x, y, width, height in parts of the screen


class Zones(BaseModel):
    """One kind of screen. `clear`: parts from the top, right, bottom and left in which nothing is placed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    of: tuple[str, ...]
    clear: Box
    zones: dict[str, Box]


def zones_of(screen: str) -> Zones | None:
    """By the name of a screen of `formats`; None for what is none."""
    found = [(len(begins), one) for one in _kinds() for begins in one.of if screen.startswith(begins)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


@cache
def _kinds() -> tuple[Zones, ...]:
    data = yaml.safe_load((files("pingxing.makers.formats") / "zones.yaml").read_text("utf-8"))
    return tuple(Zones(name=name, **told) for name, told in data["kinds"].items())
