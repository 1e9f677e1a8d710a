"""Things that words are written on, drawn by us with a clear field for the lettering: cake, T-shirt, book, balloon, ...

The drawings are `data/lettered.toml`. One stands in for an emoji set's art where a thing carries words, because a
field of one known colour is what makes the words legible in every style.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pingxing.engine.backends.scene.colour import recolour, repaint

SET = "lettered"


@dataclass(frozen=True, slots=True)
class Lettered:
    """One drawing and its field; lengths in units of its own, y down."""

    name: str
    concept: str
    size: tuple[float, float]
    field: tuple[float, float, float, float]  # x0, y0, x1, y1
    ground: str  # what lies under the field
    inks: tuple[str, ...]
    paint: tuple[str, ...]  # colours that a wish recolours
    foot: tuple[float, float]
    bend: float
    upright: bool
    strong: bool  # takes words said anywhere in its sentence
    face: str
    markup: str


@cache
def lettered() -> Mapping[str, Lettered]:
    """By concept. The file is ours and tested; a missing one is a broken install and raises FileNotFoundError."""
    text = (files("pingxing.engine.backends.scene") / "data" / "lettered.toml").read_text("utf-8")
    found: dict[str, Lettered] = {}
    for name, row in tomllib.loads(text).items():
        for concept in row["concepts"]:
            found[concept] = _read(name, concept, row)
    return MappingProxyType(found)


def _read(name: str, concept: str, row: dict[str, Any]) -> Lettered:
    tint = row.get("tints", {}).get(concept)
    paint = tuple(row["paint"])
    change = recolour(paint, tint) if tint else None
    return Lettered(
        name,
        concept,
        (float(row["size"][0]), float(row["size"][1])),
        (float(row["field"][0]), float(row["field"][1]), float(row["field"][2]), float(row["field"][3])),
        change(row["ground"]) if change else row["ground"],
        tuple(row["inks"]),
        tuple(change(colour) for colour in paint) if change else paint,
        (float(row["foot"][0]), float(row["foot"][1])),
        float(row.get("bend", 0.0)),
        bool(row.get("upright", False)),
        bool(row.get("strong", False)),
        str(row.get("face", "")),
        repaint(row["markup"], change) if change else row["markup"],
    )
