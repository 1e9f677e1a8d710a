"""Light: what an hour of the day does to every colour of a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from pingxing.engine.backends.scene.colour import hexed, oklab


@dataclass(frozen=True, slots=True)
class Light:
    """An hour: the sky from top to horizon, and how it tints what stands below it."""

    name: str
    sky: tuple[tuple[float, str], ...]  # offset 0..1, colour
    tint: str
    ground: float  # part of the tint in the land, 0..1
    things: float  # part of the tint in what stands there
    dim: float  # factor on the lightness of the land
    dim_things: float
    shadow: str
    shadow_opacity: float
    glow: str  # of the sun, or of lit windows at night


LIGHTS = {
    light.name: light
    for light in (
        Light("day", ((0.0, "#4aa8ec"), (0.55, "#9ad6f7"), (1.0, "#e4f5fb")), "#fff6dc", 0.04, 0.0, 1.0, 1.0,
              "#1c3a2a", 0.26, "#ffffff"),
        Light("dawn", ((0.0, "#7fa9e0"), (0.45, "#c3cdee"), (0.75, "#ffd9c8"), (1.0, "#fff0d2")), "#ffc9b0", 0.16,
              0.05, 0.97, 0.99, "#4a3a4c", 0.24, "#fff0c8"),
        Light("sunset", ((0.0, "#41407f"), (0.35, "#96528f"), (0.68, "#ec7b6c"), (0.88, "#ffb36b"), (1.0, "#ffe0a0")),
              "#c65f86", 0.34, 0.08, 0.8, 0.95, "#3a1f3c", 0.34, "#fff0b8"),
        Light("night", ((0.0, "#0a1130"), (0.5, "#182759"), (0.85, "#34478a"), (1.0, "#5263a6")), "#2c3f8c", 0.5, 0.12,
              0.62, 0.88, "#05081c", 0.42, "#ffe6a0"),
    )
}  # fmt: skip
# A room where the lamps are on: the sky outside is the night's, what is inside is warm and can be seen.
LAMPLIT = replace(
    LIGHTS["night"], tint="#e8a35c", ground=0.26, things=0.05, dim=0.86, dim_things=0.97, shadow="#2a1a12"
)


@lru_cache(maxsize=8192)
def tinted(colour: str, tint: str, part: float, dim: float) -> str:
    """`colour` under a light of colour `tint`: dimmer, its hue drawn towards the light's."""
    base, light = oklab(colour), oklab(tint)
    a = base[1] + (light[1] - base[1]) * part
    b = base[2] + (light[2] - base[2]) * part
    return hexed((base[0] * dim, a, b))


def on_land(light: Light) -> Callable[[str], str]:
    return lambda colour: tinted(colour, light.tint, light.ground, light.dim)


def on_things(light: Light) -> Callable[[str], str]:
    return lambda colour: tinted(colour, light.tint, light.things, light.dim_things)
