"""Skies: the gradient of the hour, sun or moon glow, stars, clouds, and the weather in front of everything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from pingxing.engine.backends.scene.colour import hexed, mix, oklab
from pingxing.engine.backends.scene.light import Light, on_land
from pingxing.engine.backends.scene.season import seasonal
from pingxing.engine.backends.scene.svg import Sheet, circle, element, glow, num, path, rect


@dataclass(frozen=True, slots=True)
class View:
    """What every painter needs: the sheet, the frame, the light and the picture's own chance."""

    sheet: Sheet
    width: float
    height: float
    horizon: float
    light: Light
    weather: str
    rng: Random
    banned: frozenset[str] = frozenset()
    colour: str | None = None  # of the background, where the prompt asked for one
    season: str = ""
    sky: str | None = None  # colour of the sky, where the prompt asked for one
    aurora: str | None = None  # colour of the northern lights, where the prompt asked for one
    asked: frozenset[str] = frozenset()  # concepts of the things that stand before it: not furnished a second time

    @property
    def short(self) -> float:
        return min(self.width, self.height)

    def land(self, colour: str) -> str:
        return on_land(self.light)(seasonal(colour, self.season) if self.season else colour)

    def part(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box (x, y, width, height) in parts of the frame."""
        x, y, w, h = box
        return (
            round(x / self.width, 4),
            round(y / self.height, 4),
            round(w / self.width, 4),
            round(h / self.height, 4),
        )

    @property
    def night(self) -> bool:
        return self.light.name == "night"


def paint_sky(view: View, *, clouds: bool = True) -> float:
    """The sky of the hour, down to behind the land; gives how far across its light stands."""
    sheet, light, rng = view.sheet, view.light, view.rng
    parts = sheet.layer("sky")
    stops = [(offset, _weathered(_asked(colour, view.sky), view.weather)) for offset, colour in light.sky]
    depth = max(view.horizon, 0.55 * view.height) + 0.05 * view.height  # hidden further down: not painted twice
    depth = view.height if view.horizon > 0.8 * view.height else depth
    parts.append(rect(-2, -2, view.width + 4, depth + 4, sheet.gradient(stops)))
    if view.night and view.weather in ("clear", "") and "2B50" not in view.banned:
        parts += stars(view, depth * 0.9, 70)
    x = 0.5 * view.width
    if light.name != "day" and view.weather not in ("rain", "snow", "fog", "clouds"):
        x = view.width * rng.choice((0.22, 0.3, 0.7, 0.78))
        y = {"day": 0.1, "dawn": 0.86, "sunset": 0.9, "night": 0.3}[light.name] * view.horizon
        radius = view.short * 0.6
        strength = {"day": 0.3, "dawn": 0.7, "sunset": 0.85, "night": 0.16}[light.name]
        colour = "#8ea6ff" if view.night else light.glow
        parts.append(glow(x, y, radius, radius, colour, strength, 24 if view.night else 44))  # faint: few rings do
        if light.name in ("sunset", "dawn") and "2600" not in view.banned:
            parts.append(circle(x, y, view.short * 0.075, mix(light.glow, "#ffffff", 0.35), opacity=0.95))
    elif light.name == "day" and view.weather in ("", "clear") and view.sky is None:
        # Sunlight from beyond a corner: the sky is no even blue.
        at = view.width * rng.choice((0.04, 0.96))
        parts.append(glow(at, 0.02 * view.height, 0.8 * view.short, 0.62 * view.short, "#fffbe4", 0.42, 26))
    if clouds and "2601" not in view.banned and view.weather != "clear":
        paint_clouds(view, {"clouds": 7, "rain": 8, "snow": 6, "fog": 5}.get(view.weather, 3))
    return x


def _asked(colour: str, sky: str | None) -> str:
    """A colour of the hour's sky in the hue that was asked for."""
    if sky is None:
        return colour
    base, goal = oklab(colour), oklab(sky)
    part = 1 - min(0.75, 0.35 * base[0])  # paler towards the horizon, as skies are
    return hexed((0.5 * (base[0] + goal[0]), goal[1] * part, goal[2] * part))


def _weathered(colour: str, weather: str) -> str:
    if weather in ("rain", "clouds"):
        return mix(colour, "#8794a3", 0.55 if weather == "rain" else 0.35)
    return mix(colour, "#dfe7ee", 0.45) if weather in ("fog", "snow") else colour


def stars(view: View, depth: float, count: int) -> list[str]:
    rng, parts = view.rng, []
    count = round(count * max(0.6, view.width * depth / view.short**2))
    for _ in range(min(160, count)):
        x, y = rng.random() * view.width, depth * rng.random() ** 1.3
        radius = view.short * rng.choice((0.0012, 0.0016, 0.0016, 0.0024, 0.0034))
        parts.append(
            circle(x, y, radius, rng.choice(("#ffffff", "#dfe8ff", "#fff3d6")), opacity=rng.uniform(0.35, 0.95))
        )
    return parts


def paint_clouds(view: View, count: int, layer: str = "clouds") -> None:
    """Clouds in depth: a pale bank along the horizon, small ones above it, the largest high up.

    A tall sky gets more of them, and larger ones, so that it is not an empty half of the picture.
    """
    parts, rng = view.sheet.layer(layer), view.rng
    tops = {"day": "#ffffff", "dawn": "#fff1ea", "sunset": "#ffc9a6", "night": "#5a6aa8"}
    bottoms = {"day": "#dcecf7", "dawn": "#f3cfd2", "sunset": "#c9718a", "night": "#37447f"}
    top, bottom = tops[view.light.name], bottoms[view.light.name]
    if view.weather == "rain":
        top, bottom = mix(top, "#7d8793", 0.6), mix(bottom, "#5d6672", 0.6)
    tall = max(1.0, view.horizon / (0.62 * view.short))
    if layer == "clouds" and view.horizon > 0.3 * view.short:
        _bank(view, parts, mix(top, view.light.sky[-1][1], 0.45))
    lanes, first = max(1, round(count * min(2.0, tall))), rng.random()
    for number in range(lanes):
        near = (number + rng.uniform(0.2, 1.0)) / lanes if lanes > 1 else rng.uniform(0.4, 1.0)  # 1: overhead
        size = view.short * (0.1 + 0.24 * near) * rng.uniform(0.85, 1.15) * min(1.5, tall)
        x = view.width * ((first + number * 0.618 + rng.uniform(-0.08, 0.08)) % 1.0)
        y = view.horizon * (0.66 - 0.52 * near)
        paint = view.sheet.gradient([(0, top), (1, bottom)])
        parts.append(cloud(rng, x, y, size, paint, rng.uniform(0.8, 0.96)))


def _bank(view: View, parts: list[str], colour: str) -> None:
    """Far clouds low over the horizon, as one pale outline; its foot is behind the land."""
    rng, base, s = view.rng, view.horizon + 0.01 * view.height, view.short
    start, step, x = rng.uniform(0, 2 * math.pi), 0.045 * s, -0.06 * view.width
    spots: list[tuple[float, float]] = []
    while x < 1.08 * view.width:
        swell = 0.5 + 0.5 * math.sin(start + 4.6 * x / view.short) * math.cos(1.7 * start + 2.3 * x / view.short)
        spots.append((x, base - s * (0.045 + 0.1 * swell)))
        x += step * rng.uniform(0.7, 1.5)
    d = f"M{num(spots[0][0])} {num(base)}L{num(spots[0][0])} {num(spots[0][1])}"
    for (ax, ay), (bx, by) in pairwise(spots):
        r = math.hypot(bx - ax, by - ay) * 0.58
        d += f"A{num(r)} {num(r)} 0 0 1 {num(bx)} {num(by)}"
    d += f"V{num(base)}Z"
    parts.append(path(d, colour, opacity=0.42))


def cloud(rng: Random, x: float, y: float, size: float, paint: str, opacity: float) -> str:
    """One cloud `size` wide around (x, y): billows over a flat base, as a single outline."""
    lobes = rng.choice((4, 5, 5, 6))
    left, right, peak = x - size / 2, x + size / 2, rng.uniform(0.38, 0.62)
    cuts = [0.0] + [(n + rng.uniform(-0.16, 0.16)) / lobes for n in range(1, lobes)] + [1.0]
    tops = [math.exp(-(((t - peak) / 0.3) ** 2)) * rng.uniform(0.2, 0.27) for t in cuts]
    spots = [(left + t * size, y - (0.0 if t in (0.0, 1.0) else top) * size) for t, top in zip(cuts, tops, strict=True)]
    d = f"M{num(spots[0][0])} {num(spots[0][1])}"
    for (ax, ay), (bx, by) in pairwise(spots):
        r = math.hypot(bx - ax, by - ay) * 0.56
        d += f"A{num(r)} {num(r)} 0 0 1 {num(bx)} {num(by)}"
    round_ = size * 0.04
    d += f"A{num(round_)} {num(round_)} 0 0 1 {num(right)} {num(y + 2 * round_)}H{num(left)}"
    d += f"A{num(round_)} {num(round_)} 0 0 1 {num(left)} {num(y)}Z"
    return path(d, paint, opacity=opacity)


def paint_weather(view: View) -> None:
    """Rain, snow or fog in front of everything."""
    parts, rng = view.sheet.layer("weather"), view.rng
    area = view.width * view.height / view.short**2
    if view.weather == "rain":
        for _ in range(round(70 * area)):
            x, y = rng.uniform(-0.05, 1.05) * view.width, rng.uniform(-0.05, 1) * view.height
            long = view.short * rng.uniform(0.03, 0.06)
            parts.append(
                path(
                    f"M{num(x)} {num(y)}l{num(-long * 0.22)} {num(long)}", stroke="#dcecff",
                    stroke_width=view.short * 0.003, stroke_linecap="round", opacity=rng.uniform(0.35, 0.7),
                )
            )  # fmt: skip
    elif view.weather == "snow":
        for _ in range(round(90 * area)):
            x, y = rng.random() * view.width, rng.random() * view.height
            radius = view.short * rng.choice((0.0025, 0.0035, 0.0035, 0.005, 0.0075))
            parts.append(circle(x, y, radius, "#ffffff", opacity=rng.uniform(0.55, 0.95)))
    elif view.weather == "fog":
        for i in range(4):
            y = view.horizon + (i - 1.5) * 0.09 * view.height
            paint = view.sheet.gradient([(0, "#f2f5f7", 0), (0.5, "#f2f5f7", 0.36), (1, "#f2f5f7", 0)])
            parts.append(rect(-2, y, view.width + 4, 0.2 * view.height, paint))


def paint_rays(view: View, x: float, y: float, colour: str, opacity: float) -> str:
    """Soft light cones from a point above, for stage and water."""
    rng, parts = view.rng, []
    paint = view.sheet.gradient([(0, colour, opacity), (1, colour, 0)])
    for _ in range(5):
        lean, wide = rng.uniform(-0.3, 0.3) * view.width, rng.uniform(0.04, 0.1) * view.width
        d = (
            f"M{num(x - wide * 0.25)} {num(y)}L{num(x + wide * 0.25)} {num(y)}"
            f"L{num(x + lean + wide)} {num(view.height)}L{num(x + lean - wide)} {num(view.height)}Z"
        )
        x += view.width * rng.uniform(0.12, 0.26)
        parts.append(path(d, paint))
    return element("g", "".join(parts))
