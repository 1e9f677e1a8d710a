"""Small helpers that write SVG. Numbers are written with two decimals, so bytes do not depend on the machine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

Point = tuple[float, float]


def num(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def attributes(values: dict[str, float | str | None]) -> str:
    parts = []
    for name, value in values.items():
        if value is not None:
            text = value if isinstance(value, str) else num(value)
            parts.append(f' {name.replace("_", "-")}="{text}"')
    return "".join(parts)


def element(name: str, content: str = "", /, **values: float | str | None) -> str:
    head = f"<{name}{attributes(values)}"
    return f"{head}>{content}</{name}>" if content else f"{head}/>"


def _plain(more: dict[str, float | str | None], fill: str) -> dict[str, float | str | None]:
    """Opacity as that of the only paint: an `opacity` would cost the renderer a layer of its own."""
    opacity = more.get("opacity")
    painted = (fill != "none") + ("stroke" in more)
    if opacity is None or painted != 1:
        return more
    rest = {name: value for name, value in more.items() if name != "opacity"}
    return {**rest, "stroke_opacity" if fill == "none" else "fill_opacity": opacity}


def rect(x: float, y: float, w: float, h: float, fill: str, **more: float | str | None) -> str:
    return element("rect", x=x, y=y, width=w, height=h, fill=fill, **_plain(more, fill))


def circle(x: float, y: float, r: float, fill: str, **more: float | str | None) -> str:
    return element("circle", cx=x, cy=y, r=r, fill=fill, **_plain(more, fill))


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, **more: float | str | None) -> str:
    return element("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill=fill, **_plain(more, fill))


def glow(x: float, y: float, rx: float, ry: float, colour: str, strength: float, steps: int = 40) -> str:
    """Light that fades outwards."""
    return rings(x, y, rx, ry, colour, [0.8 * strength * (1 - (n + 0.5) / steps) ** 2 for n in range(steps)])


def rings(x: float, y: float, rx: float, ry: float, colour: str, opacities: Sequence[float]) -> str:
    """A radial gradient as flat rings side by side, given their opacities from the middle outwards.

    The renderer blends a flat colour four times faster than a gradient, and no pixel is painted twice. Crisp edges
    leave no seam between two rings, and the steps are too small to be seen.
    """
    parts, count = [], len(opacities)
    for n, opacity in enumerate(opacities):
        if opacity < 0.004:  # a step that no screen can show
            continue
        d = oval(x, y, rx * (n + 1) / count, ry * (n + 1) / count)
        if n:
            d += oval(x, y, rx * n / count, ry * n / count)
        parts.append(f'<path d="{d}" fill="{colour}" fill-opacity="{opacity:.3f}" fill-rule="evenodd"/>')
    return f'<g shape-rendering="crispEdges">{"".join(parts)}</g>'


def oval(x: float, y: float, rx: float, ry: float) -> str:
    """An ellipse as path data."""
    arc = f"a{num(rx)} {num(ry)} 0 1 "
    return f"M{num(x - rx)} {num(y)}{arc}0 {num(2 * rx)} 0{arc}0 {num(-2 * rx)} 0Z"


def path(d: str, fill: str = "none", **more: float | str | None) -> str:
    return element("path", d=d, fill=fill, **_plain(more, fill))


def polygon(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + "Z"


def smooth(points: Sequence[Point]) -> str:
    """A curve through the points (Catmull-Rom as cubic Béziers), without its starting M."""
    parts = []
    for i in range(len(points) - 1):
        before, a = points[max(0, i - 1)], points[i]
        b, after = points[i + 1], points[min(len(points) - 1, i + 2)]
        c1 = (a[0] + (b[0] - before[0]) / 6, a[1] + (b[1] - before[1]) / 6)
        c2 = (b[0] - (after[0] - a[0]) / 6, b[1] - (after[1] - a[1]) / 6)
        parts.append("C" + " ".join(f"{num(x)} {num(y)}" for x, y in (c1, c2, b)))
    return "".join(parts)


def wave_points(rng: Random, width: float, y: float, height: float, humps: float, steps: int = 14) -> list[Point]:
    """A skyline of soft hills around `y`, `humps` of them over the width, `height` from low to high."""
    phases = [rng.random() * math.tau for _ in range(3)]
    points = []
    for i in range(steps + 1):
        t = i / steps
        wave = math.sin(t * humps * math.tau + phases[0]) * 0.6
        wave += math.sin(t * humps * 2.3 * math.tau + phases[1]) * 0.27
        wave += math.sin(t * humps * 0.45 * math.tau + phases[2]) * 0.5
        points.append((t * (width + 40) - 20, y - wave * height / 2))
    return points


def filled(points: Sequence[Point], bottom: float) -> str:
    """The area under a smooth line down to `bottom`."""
    first, last = points[0], points[-1]
    return (
        f"M{num(first[0])} {num(bottom)}L{num(first[0])} {num(first[1])}{smooth(points)}L{num(last[0])} {num(bottom)}Z"
    )


@dataclass(slots=True)
class Sheet:
    """A picture in the making: definitions with unique names, and named layers in drawing order."""

    prefix: str
    definitions: list[str] = field(default_factory=list)
    layers: list[tuple[str, list[str]]] = field(default_factory=list)
    marks: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)  # places that a painter noted
    _counter: int = 0

    def name(self) -> str:
        self._counter += 1
        return f"{self.prefix}{self._counter}"

    def layer(self, name: str) -> list[str]:
        """The parts of a layer, appended to in place; made on top of those before when first asked for."""
        for known, parts in self.layers:
            if known == name:
                return parts
        self.layers.append((name, []))
        return self.layers[-1][1]

    def gradient(self, stops: Iterable[tuple[float, str] | tuple[float, str, float]], *, across: bool = False) -> str:
        """A straight gradient, top to bottom (or left to right); gives the paint that uses it."""
        name = self.name()
        end = 'x1="0" y1="0" x2="1" y2="0"' if across else 'x1="0" y1="0" x2="0" y2="1"'
        self.definitions.append(f'<linearGradient id="{name}" {end}>{_stops(stops)}</linearGradient>')
        return f"url(#{name})"

    def radial(self, stops: Iterable[tuple[float, str] | tuple[float, str, float]]) -> str:
        name = self.name()
        self.definitions.append(f'<radialGradient id="{name}">{_stops(stops)}</radialGradient>')
        return f"url(#{name})"

    def take(self, other: Sheet) -> None:
        """All of another sheet's, on top of this one's. Their prefixes must differ."""
        self.definitions += other.definitions
        for name, parts in other.layers:
            self.layer(name).extend(parts)

    def markup(self) -> str:
        groups = [
            f'<g id="{self.prefix}layer-{name}" data-name="{name}">{"".join(p)}</g>' for name, p in self.layers if p
        ]
        return f"<defs>{''.join(self.definitions)}</defs>{''.join(groups)}"


def _stops(stops: Iterable[tuple[float, str] | tuple[float, str, float]]) -> str:
    parts = []
    for stop in stops:
        opacity = f' stop-opacity="{num(stop[2])}"' if len(stop) == 3 else ""
        parts.append(f'<stop offset="{num(stop[0])}" stop-color="{stop[1]}"{opacity}/>')
    return "".join(parts)
