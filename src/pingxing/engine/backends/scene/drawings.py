"""Things that no emoji set draws and people ask for: lighthouse, starfish, hot-air balloon. Drawn by us.

Sources are `drawn/*.svg` with `drawn/names.toml`; `scripts/build_drawn.py` measures them into one file. Their
concepts are code points of Unicode's private use area (E000-F8FF), so that no emoji can ever collide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

SET = "drawn"
SIDE = 128.0  # of every drawing's frame, its own units


@dataclass(frozen=True, slots=True)
class Drawing:
    """One thing of ours. `trait` is "stance metres" as in traits.toml; lengths are in units of SIDE."""

    concept: str
    group: str
    subgroup: str
    trait: str
    en: tuple[str, ...]  # name, then other words
    zh: tuple[str, ...]  # simplified
    box: tuple[float, float, float, float]
    foot: tuple[float, float]
    colours: tuple[str, ...]
    hem: str
    setting: str  # where it belongs when the prompt names no place; "" where anywhere will do
    markup: str  # its ids are ~0, ~1, ...
    emoji: str  # the concept that Unicode would use for it; "" where it has none


def told(concept: str) -> str:
    """The concept as others know it: an emoji's code points wherever there is an emoji that means the thing."""
    ours = drawings().get(concept)
    return concept if ours is None else ours.emoji or concept


@cache
def drawings() -> Mapping[str, Drawing]:
    """By concept. The file is ours and tested; a missing one is a broken install and raises FileNotFoundError."""
    text = (files("pingxing.engine.backends.scene") / "assets" / "drawn.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return MappingProxyType(
        {
            concept: Drawing(
                concept,
                row["group"],
                row["subgroup"],
                row["trait"],
                tuple(row["en"]),
                tuple(row["zh"]),
                (row["box"][0], row["box"][1], row["box"][2], row["box"][3]),
                (row["foot"][0], row["foot"][1]),
                tuple(row["colours"]),
                row["hem"],
                row["setting"],
                row["markup"],
                row["emoji"],
            )
            for concept, row in found.items()
        }
    )
