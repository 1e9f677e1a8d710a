"""What a prompt says a thing is like, shown on its art: patterns, materials, age.

Patterns are drawn inside the silhouette without any clipping: each shape of the body's colour is followed by a
copy of itself filled with the pattern, so that what the art draws later (eyes, outlines, details) stays on top.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pingxing.engine.backends.scene.art import Icon
from pingxing.engine.backends.scene.colour import akin, chroma, hexed, hue, lch, mix, oklab, repaint, shade
from pingxing.engine.backends.scene.inks import ramp
from pingxing.engine.backends.scene.surface import second
from pingxing.engine.backends.scene.svg import circle, element, ellipse, num, path, rect
from pingxing.engine.backends.scene.traits import Traits, traits

Ramp = tuple[tuple[float, str], ...]
_SHAPE = re.compile(r"<(path|rect|circle|ellipse|polygon)\b[^>]*?/?>")
_HIDDEN = re.compile(r"(<defs>.*?</defs>|<clipPath\b.*?</clipPath>|<mask\b.*?</mask>|<pattern\b.*?</pattern>)", re.S)
_GRADIENT = re.compile(r'<(?:linear|radial)Gradient\b[^>]*\bid="([^"]+)"[^>]*>(.*?)</(?:linear|radial)Gradient>', re.S)
_STOP = re.compile(r"<stop\b[^>]*>")
_COLOUR = re.compile(r'\bstop-color="(#[0-9a-fA-F]{3,6})"')
_FILL = re.compile(r'\bfill="(?:url\(#([^)]+)\)|(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}))"')
_OWN = re.compile(r'\s(?:id|stroke|stroke-width|opacity|fill-opacity)="[^"]*"')
_OPACITY = re.compile(r'\b(?:stop-|fill-)?opacity="([0-9.]+)"')
TILE = 100.0
CLEAR = 0.6  # opacity below which a shape is shading, not a part of the body


@dataclass(frozen=True, slots=True)
class Material:
    """Stops of rising lightness, 0.5 being the thing's main colour, and what lies over its body."""

    stops: Ramp
    over: str  # "sheen", "wood", "stone", "folds" or "facets"
    opacity: float = 1.0


MATERIALS = {
    "golden": Material(
        ((0, "#5e3a06"), (0.28, "#b27a14"), (0.5, "#e2ae2e"), (0.72, "#f8d766"), (1, "#fff7cf")), "sheen"
    ),
    "silver": Material(
        ((0, "#3b4048"), (0.28, "#88909b"), (0.5, "#bcc4ce"), (0.72, "#e0e5ea"), (1, "#ffffff")), "sheen"
    ),
    "bronze": Material(
        ((0, "#3c2110"), (0.28, "#7d4a21"), (0.5, "#ad6f36"), (0.72, "#d39c5f"), (1, "#f4d8ac")), "sheen"
    ),
    "wooden": Material(
        ((0, "#3f2614"), (0.28, "#865530"), (0.5, "#b67f4c"), (0.72, "#d6aa78"), (1, "#f0d8b4")), "wood"
    ),
    "stone": Material(
        ((0, "#35373a"), (0.28, "#6f7275"), (0.5, "#9b9d9c"), (0.72, "#bfc0bb"), (1, "#e2e1da")), "stone"
    ),
    "paper": Material(
        ((0, "#4f483f"), (0.28, "#cdc3b0"), (0.5, "#f0e9da"), (0.72, "#f9f5ea"), (1, "#fffdf8")), "folds"
    ),
    "ice": Material(
        ((0, "#1f5f8c"), (0.28, "#6db6da"), (0.5, "#aee0f2"), (0.72, "#d3f1fa"), (1, "#ffffff")), "facets", 0.86
    ),
    "crystal": Material(
        ((0, "#54549c"), (0.28, "#97a4e6"), (0.5, "#c2c9f7"), (0.72, "#e3e4fd"), (1, "#ffffff")), "facets", 0.84
    ),
    "glass": Material(
        ((0, "#134a61"), (0.28, "#74b6cc"), (0.5, "#b4e0ec"), (0.72, "#dcf4f9"), (1, "#ffffff")), "gloss", 0.68
    ),
}
AGES = {"baby": 0.62, "young": 0.8, "old": 1.0}  # factor on the height
PATTERNS = ("striped", "dotted", "checked", "starry", "floral")
TINTED = frozenset({"glass", "crystal", "paper", "ice"})  # stuff that comes in any colour


def height_of(looks: Sequence[str]) -> float:
    """Factor on a thing's height for its age."""
    return next((AGES[look] for look in looks if look in AGES), 1.0)


def mains(icon: Icon, kind: Traits, paintable: tuple[str, ...]) -> tuple[str, ...]:
    """The colours on which a pattern lies: the body's; on people the clothes', never the skin's."""
    if kind.group != "people-body":
        return paintable
    fills = _FILL.findall(icon.under)
    return (fills[-1][1],) if fills and fills[-1][1] else (icon.hem,)


def dress(
    body: str,
    icon: Icon,
    looks: Sequence[str],
    on: tuple[str, ...],
    recoloured: Callable[[str], str] | None,
    wanted: str | None,
    name: Callable[[], str],
    *,
    clothed: bool = False,
) -> str:
    """The art's markup wearing its looks.

    `on` are the colours (as drawn in `body`, before any recolouring) that patterns lie on, `recoloured` the change
    that turns the thing into the colour `wanted`; `name` gives unused ids; `clothed` where patterns go on the clothes
    that were drawn under the art. Unknown looks are left to others.
    """
    material = next((look for look in looks if look in MATERIALS), None)
    pattern = next((look for look in looks if look in PATTERNS), None)
    other = second(tuple(looks))
    if other is not None and pattern is None:
        pattern = "pied" if traits(icon.concept).group == "animals-nature" else "banded"
    spots = _spots(body, on) if pattern or material else []
    if pattern and clothed:  # hair of the shirt's colour is no cloth
        spots = [spot for spot in spots if spot < len(_SHAPE.findall(icon.under))]
    base = on[0]
    change = recoloured
    if material is not None:
        change, base = _made_of(MATERIALS[material], material, on[0], wanted)
    elif recoloured is not None:
        base = recoloured(on[0])
    layers: list[tuple[str, str]] = []
    if material is not None:
        layers.append(_surface(MATERIALS[material].over, icon, base, name))
    if pattern is not None:
        layers.append(_pattern(pattern, icon, base, name, other))
    drawn = repaint(body, change) if change is not None else body
    if "old" in looks:
        drawn = repaint(drawn, _aged)
    if layers:
        drawn = _copied(drawn, spots, [paint for _, paint in layers])
        drawn = f"<defs>{''.join(definition for definition, _ in layers)}</defs>{drawn}"
    if material is not None and MATERIALS[material].opacity < 1:
        edge = f'stroke="{shade(base, -0.2)}" stroke-width="{0.014 * icon.height:.3f}" stroke-opacity="0.6"'
        drawn = f'<g opacity="{MATERIALS[material].opacity}" {edge}>{drawn}</g>'
    return drawn


def _aged(colour: str) -> str:
    lab = oklab(colour)
    return hexed(lch(lab[0] + 0.07 * (lab[0] > 0.3), chroma(lab) * 0.5, hue(lab)))


def _made_of(material: Material, name: str, main: str, wanted: str | None) -> tuple[Callable[[str], str], str]:
    """The change into a material, and what the main colour becomes."""
    stops = material.stops
    if wanted is not None and name in TINTED:
        goal = oklab(wanted)
        pull = 0.75 if name == "paper" else 0.55
        stops = tuple((at, _tinted(ink, goal, pull)) for at, ink in stops)
    middle = oklab(main)[0]

    def change(colour: str) -> str:
        lightness = oklab(colour)[0]
        # Each side of the main colour is stretched on its own: a pale thing keeps its shadows, a dark one its light.
        span = max(0.3, middle if lightness < middle else 1 - middle)
        return ramp(min(1.0, max(0.0, 0.5 + 0.5 * (lightness - middle) / span)), stops)

    return change, change(main)


def _tinted(ink: str, goal: tuple[float, float, float], pull: float) -> str:
    lab = oklab(ink)
    lightness = lab[0] + (goal[0] - 0.75) * 0.5 * (lab[0] < 0.99)
    a, b = (lab[n] + (goal[n] - lab[n]) * pull * (1.0 if lab[0] < 0.97 else 0.2) for n in (1, 2))
    return hexed((lightness, a, b))


# --- where the body is ------------------------------------------------------------------------------


def _spots(body: str, on: tuple[str, ...]) -> list[int]:
    """Numbers of the visible shapes, in order, that are filled with a colour of the body."""
    bases = [oklab(colour) for colour in on]
    means = {gradient: _mean(stops) for gradient, stops in _GRADIENT.findall(body)}
    found, count = [], 0
    for part in _HIDDEN.split(body):
        if _HIDDEN.fullmatch(part):
            continue
        for match in _SHAPE.finditer(part):
            fill = _FILL.search(match.group(0))
            opacity = _OPACITY.search(match.group(0))
            if fill is not None and (opacity is None or float(opacity.group(1)) >= CLEAR):
                colour = means.get(fill.group(1), "") if fill.group(1) else fill.group(2)
                if colour and any(akin(oklab(colour), base) for base in bases):
                    found.append(count)
            count += 1
    return found


def _mean(stops: str) -> str:
    """The colour halfway through a gradient; "" where it fades to nothing, for that is shading."""
    colours = []
    for stop in _STOP.findall(stops):
        opacity, colour = _OPACITY.search(stop), _COLOUR.search(stop)
        if colour is None or (opacity is not None and float(opacity.group(1)) < CLEAR):
            return ""
        colours.append(colour.group(1))
    return mix(colours[0], colours[-1], 0.5) if colours else ""


def _copied(body: str, spots: list[int], paints: list[str]) -> str:
    wanted, count = set(spots), -1

    def copy(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        tag = match.group(0)
        if count not in wanted:
            return tag
        bare = _OWN.sub("", tag).removesuffix("/>").removesuffix(">")
        copies = [_FILL.sub(f'fill="{paint}" stroke="none"', bare, count=1) + "/>" for paint in paints]
        return (tag if tag.endswith("/>") else tag.removesuffix(">") + "/>") + "".join(copies)

    parts = _HIDDEN.split(body)
    return "".join(part if _HIDDEN.fullmatch(part) else _SHAPE.sub(copy, part) for part in parts)


# --- patterns ---------------------------------------------------------------------------------------


def contrast(base: str) -> str:
    """The second colour of a patterned cloth: darker on a light one, near white on a dark one."""
    lab = oklab(base)
    if lab[0] > 0.85 and chroma(lab) < 0.05:
        return "#50586a"
    return shade(base, -0.24, 1.05) if lab[0] > 0.7 else mix(base, "#fffaf0", 0.86)


def _tile(name: str, icon: Icon, size: float, content: str, turn: float = 0.0) -> tuple[str, str]:
    """A pattern `size` wide in the art's units, whose content fills a square of side TILE."""
    place = f"translate({num(icon.box[0])} {num(icon.box[1])}) rotate({num(turn)}) scale({size / TILE:.6f})"
    head = f'id="{name}" width="{num(TILE)}" height="{num(TILE)}" patternTransform="{place}"'
    return f'<pattern {head} patternUnits="userSpaceOnUse">{content}</pattern>', f"url(#{name})"


def _pattern(kind: str, icon: Icon, base: str, name: Callable[[], str], other: str | None = None) -> tuple[str, str]:
    """The pattern over a body of colour `base`; in the colour `other` where the prompt names a second one."""
    unit = min(icon.width, icon.height)
    ink, side = other or contrast(base), TILE
    if kind == "banded":  # two colours and no word of a pattern: broad bands across
        return _bands(name(), icon, 0.36 * unit, ink)
    if kind == "pied":
        blots = ((0.3, 0.28, 0.26, 0.2), (0.82, 0.72, 0.22, 0.26), (0.12, 0.86, 0.12, 0.1), (0.66, 0.1, 0.1, 0.08))
        drawn = "".join(ellipse(x * side, y * side, w * side, h * side, ink) for x, y, w, h in blots)
        return _tile(name(), icon, 0.62 * unit, drawn, 12)
    if kind == "striped":
        size = 0.15 * unit
        return _tile(name(), icon, size, rect(0, 0, side * 0.46, side, ink, opacity=0.88), 14)
    if kind == "checked":
        size = 0.2 * unit
        bars = rect(0, 0, side / 2, side, ink, opacity=0.55) + rect(0, 0, side, side / 2, ink, opacity=0.55)
        return _tile(name(), icon, size, bars)
    if kind == "dotted":
        size = 0.17 * unit
        dots = "".join(circle(x * side, y * side, 0.17 * side, ink) for x, y in ((0.25, 0.25), (0.75, 0.75)))
        return _tile(name(), icon, size, dots)
    if kind == "starry":
        size = 0.25 * unit
        lab = oklab(base)
        yellow = lab[0] > 0.78
        star = "#fff3b0" if not yellow else ("#e8a21c" if chroma(lab) < 0.06 else "#fffdf2")
        stars = _star(0.28 * side, 0.28 * side, 0.19 * side, star) + _star(0.76 * side, 0.76 * side, 0.14 * side, star)
        return _tile(name(), icon, size, stars, 8)
    size = 0.28 * unit
    petal = "#fff6fa" if oklab(base)[0] < 0.88 else "#f283ac"
    flowers = _flower(0.28 * side, 0.28 * side, 0.2 * side, petal, "#f7c331")
    flowers += _flower(0.76 * side, 0.74 * side, 0.15 * side, petal, "#f7c331")
    return _tile(name(), icon, size, flowers)


def _bands(name: str, icon: Icon, size: float, ink: str) -> tuple[str, str]:
    """Bands across, `size` from one to the next: a gradient that repeats, for the seams of tiles would show."""
    y = icon.box[1]
    ends = f'x1="0" y1="{num(y)}" x2="0" y2="{num(y + size)}" spreadMethod="repeat"'
    stops = "".join(
        f'<stop offset="{at}" stop-color="{ink}" stop-opacity="{opacity}"/>'
        for at, opacity in ((0, 1), (0.5, 1), (0.5, 0), (1, 0))
    )
    drawn = element("linearGradient", stops, id=name, gradientUnits="userSpaceOnUse")
    return drawn.replace("<linearGradient", f"<linearGradient {ends}", 1), f"url(#{name})"


def _star(x: float, y: float, r: float, colour: str) -> str:
    points = []
    for n in range(10):
        reach, angle = (r if n % 2 == 0 else r * 0.42), math.pi * (n / 5 - 0.5)
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return _fine(points, colour)


def _fine(points: Sequence[tuple[float, float]], colour: str, **more: float | str | None) -> str:
    """A polygon with three decimals: art may be only 30 units wide."""
    return path("M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in points) + "Z", colour, **more)


def _flower(x: float, y: float, r: float, petal: str, heart: str) -> str:
    turns = [math.tau * n / 5 - math.pi / 2 for n in range(5)]
    petals = "".join(circle(x + 0.6 * r * math.cos(a), y + 0.6 * r * math.sin(a), 0.48 * r, petal) for a in turns)
    return petals + circle(x, y, 0.34 * r, heart)


# --- surfaces ---------------------------------------------------------------------------------------


def _surface(kind: str, icon: Icon, base: str, name: Callable[[], str]) -> tuple[str, str]:
    if kind in ("sheen", "gloss"):
        return _sheen(kind, icon, name())
    unit = min(icon.width, icon.height)
    dark, light, side = shade(base, -0.12), shade(base, 0.09), TILE
    if kind == "wood":
        d = ""
        for n in range(5):
            y, bend = (n + 0.5) / 5 * side, side * (0.035, -0.045, 0.05, -0.03, 0.04)[n]
            d += f"M0 {y:.3f}q{side / 4:.3f} {bend:.3f} {side / 2:.3f} 0t{side / 2:.3f} 0"
        knot = ellipse(0.62 * side, 0.5 * side, 0.09 * side, 0.04 * side, "none", stroke=dark,
                       stroke_width=0.02 * side)  # fmt: skip
        grain = path(d, stroke=dark, stroke_width=0.032 * side, opacity=0.75)
        return _tile(name(), icon, 0.5 * unit, grain + knot, -6)
    if kind == "stone":
        specks = ""
        for n in range(26):  # a fixed scatter: multiples of two irrational numbers fill a square evenly
            x, y = (0.13 + n * 0.7548776662) % 1, (0.41 + n * 0.5698402910) % 1
            size = (0.012 + 0.03 * ((n * 0.618) % 1)) * side
            specks += circle(0.04 * side + 0.92 * side * x, 0.04 * side + 0.92 * side * y, size,
                             dark if n % 3 else light, opacity=0.7)  # fmt: skip
        return _tile(name(), icon, 0.4 * unit, specks)
    size = (0.62 if kind == "folds" else 0.36) * unit
    strength = 0.5 if kind == "folds" else 0.62
    corners = ((0.0, 0.0), (0.55, 0.1), (1.0, 0.0), (0.12, 0.52), (0.5, 0.55), (0.0, 1.0), (1.0, 1.0), (0.62, 0.9))
    spots = [(x * side, y * side) for x, y in corners]
    bright = "#ffffff" if kind == "facets" else light
    facets = ((0, 1, 4), (1, 2, 4), (0, 4, 3), (4, 2, 6), (3, 4, 5), (5, 4, 7), (7, 4, 6))
    paints = (bright, dark, dark, bright, bright, dark, bright)
    weights = (0.7, 0.25, 0.35, 0.3, 0.45, 0.2, 0.6)
    drawn = "".join(
        _fine([spots[c] for c in facet], ink, opacity=strength * weight)
        for facet, ink, weight in zip(facets, paints, weights, strict=True)
    )
    return _tile(name(), icon, size, drawn, 11)


def _sheen(kind: str, icon: Icon, name: str) -> tuple[str, str]:
    """Bands of light across the whole thing, as on polished metal or blown glass."""
    x0, y0, x1, y1 = icon.box
    bands = {
        "sheen": ((0.0, 0.35), (0.14, 0.0), (0.33, 0.0), (0.42, 0.62), (0.47, 0.12), (0.54, 0.42), (0.6, 0.0), (1, 0)),
        "gloss": ((0.0, 0.5), (0.16, 0.0), (0.3, 0.0), (0.31, 0.75), (0.4, 0.75), (0.41, 0.0), (0.45, 0.0),
                  (0.455, 0.6), (0.485, 0.6), (0.49, 0.0), (1, 0.3)),
    }[kind]  # fmt: skip
    stops = "".join(
        f'<stop offset="{num(at)}" stop-color="#ffffff" stop-opacity="{num(opacity)}"/>' for at, opacity in bands
    )
    ends = f'x1="{num(x0)}" y1="{num(y0)}" x2="{num(x1)}" y2="{num(y1)}"'
    return element("linearGradient", stops, id=name, gradientUnits="userSpaceOnUse").replace(
        "<linearGradient", f"<linearGradient {ends}", 1
    ), f"url(#{name})"
