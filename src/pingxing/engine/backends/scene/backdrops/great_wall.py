"""The Great Wall over its ridges."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.land import tufts
from pingxing.engine.backends.scene.backdrops.terrain import distant, earth, hills
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import Point, num, path, polygon, rect


def great_wall(view: View) -> None:
    """Ridge behind ridge, and the wall with its watchtowers running over them towards us."""
    paint_sky(view)
    rng, s, h, w = view.rng, view.short, view.horizon, view.width
    for n, (up, amount, haze) in enumerate(((0.2, 0.2, 0.68), (0.12, 0.17, 0.5), (0.05, 0.13, 0.3))):
        hills(
            view,
            f"ridge-{n}",
            h - up * view.height,
            amount * view.height,
            1.3 + 0.4 * n,
            distant(view, "#4f8a5f", haze),
            distant(view, "#7fae7a", haze),
        )
    way = 1 if rng.random() < 0.5 else -1
    middle = w / 2

    def at(part: float) -> tuple[float, float, float]:
        """A place on the wall, 0 far and 1 near: x, y of its walk, half its breadth."""
        swing = math.sin(part * 4.8 + 0.3) * (0.36 - 0.24 * part)
        climb = h - (0.36 - 0.4 * part**1.1 - 0.03 * math.sin(9 * part)) * min(view.height, 1.1 * w)
        return middle + way * swing * w * (1 - part * 0.75), climb, s * (0.014 + 0.17 * part**2)

    steps = [n / 30 for n in range(31)]
    _mountain(view, [at(part) for part in steps[:24]])
    earth(view, "#5f9a55", "#86bb6e")
    tufts(view, ("#4f8a45", "#9bd07e"), 16)
    stone, walk = view.land("#c9b491"), view.land("#ddcdae")
    parts = view.sheet.layer("wall")
    outer = [(x - r, y) for x, y, r in map(at, steps)]
    inner = [(x + r, y) for x, y, r in map(at, steps)]
    for edge, tone in ((outer, shade(stone, -0.1)), (inner, shade(stone, -0.03))):
        for n in range(30):
            (x0, y0), (x1, y1), tall = edge[n], edge[n + 1], s * (0.016 + 0.09 * steps[n + 1] ** 2)
            parts.append(
                path(
                    polygon([(x0, y0 - tall * 0.35), (x1, y1 - tall * 0.4), (x1, y1 + tall), (x0, y0 + tall * 0.8)]),
                    tone,
                )
            )
    parts.append(path(polygon([*outer, *inner[::-1]]), walk))
    x, y, r = at(1.0)
    if y < view.height:
        low = view.height + 4
        parts.append(path(polygon([outer[-1], inner[-1], (x + 5 * r, low), (x - 5 * r, low)]), walk))
        joints = "".join(
            f"M{num(x - 5 * r * k)} {num(y + (low - y) * k)}H{num(x + 5 * r * k)}" for k in (0.3, 0.45, 0.64, 0.86)
        )
        parts.append(path(joints, stroke=shade(walk, -0.06), stroke_width=0.003 * s))
        for corner, sign, tone in ((outer[-1], -1, shade(stone, -0.06)), (inner[-1], 1, shade(stone, -0.02))):
            _parapet(view, parts, corner, (x + sign * 5 * r, low), tone)
    _merlons(view, parts, outer, inner, stone, steps)
    for part, tall in ((0.06, 0.09), (0.33, 0.13), (0.62, 0.2)):
        x, y, _ = at(part)
        _tower(view, parts, x, y + 0.012 * s, tall * s, stone)


def _mountain(view: View, ridge: list[tuple[float, float, float]]) -> None:
    """The slope that carries the wall, broader from each step of it to the next."""
    w, left, right = view.width, list[Point](), list[Point]()
    for n, (x, y, r) in enumerate(ridge):
        reach = r + (0.012 + 0.02 * n) * w
        left.append((min(x - reach, left[-1][0] - 0.014 * w) if left else x - reach, y + 0.004 * view.height))
        right.append((max(x + reach, right[-1][0] + 0.014 * w) if right else x + reach, y + 0.004 * view.height))
    low = view.horizon + 0.05 * view.height
    shape = polygon([(left[-1][0] - 0.2 * w, low), *left[::-1], *right, (right[-1][0] + 0.2 * w, low)])
    paint = view.sheet.gradient([(0, distant(view, "#6fa267", 0.25)), (1, distant(view, "#7fb56a", 0.05))])
    view.sheet.layer("mountain").append(path(shape, paint))


def _parapet(view: View, parts: list[str], near: Point, low: Point, tone: str) -> None:
    """The breast wall beside us, from where the ridge ends to the lower edge of the picture."""
    s, blocks = view.short, ""

    def at(part: float) -> tuple[float, float, float]:
        x, y = near[0] + (low[0] - near[0]) * part, near[1] + (low[1] - near[1]) * part
        return x, y, s * (0.1 + 0.14 * part)

    (x0, y0, t0), (x1, y1, t1) = at(0.0), at(1.0)
    parts.append(path(polygon([(x0, y0 - t0), (x1, y1 - t1), (x1, y1), (x0, y0)]), tone))
    for n in range(7):
        a, b = at((n / 7) ** 1.5), at(((n + 0.6) / 7) ** 1.5)
        points = [
            (a[0], a[1] - 0.98 * a[2]),
            (a[0], a[1] - 1.36 * a[2]),
            (b[0], b[1] - 1.36 * b[2]),
            (b[0], b[1] - 0.98 * b[2]),
        ]
        blocks += polygon(points)
    parts.append(path(blocks, shade(tone, 0.04)))


def _merlons(
    view: View, parts: list[str], outer: list[Point], inner: list[Point], stone: str, steps: list[float]
) -> None:
    for edge, tone in ((outer, shade(stone, 0.02)), (inner, shade(stone, 0.05))):
        d = ""
        for n in range(1, len(edge)):
            (x0, y0), (x1, y1) = edge[n - 1], edge[n]
            size = view.short * (0.004 + 0.022 * steps[n] ** 2)
            for k in range(2):
                x, y = x0 + (x1 - x0) * (k + 0.5) / 2, y0 + (y1 - y0) * (k + 0.5) / 2
                d += f"M{num(x - size)} {num(y + size)}v{num(-2.4 * size)}h{num(1.6 * size)}v{num(2.4 * size)}Z"
        parts.append(path(d, tone))


def _tower(view: View, parts: list[str], x: float, foot: float, tall: float, stone: str) -> None:
    wide = 0.86 * tall
    body = [(x - wide / 2, foot), (x - 0.44 * wide, foot - tall), (x + 0.44 * wide, foot - tall), (x + wide / 2, foot)]
    parts.append(
        path(polygon(body), stone)
        + path(polygon([(x + 0.12 * wide, foot), (x + 0.12 * wide, foot - tall), *body[2:]]), shade(stone, -0.06))
    )
    tooth = f"v{num(-0.12 * tall)}h{num(0.14 * wide)}v{num(0.12 * tall)}Z"
    d = "".join(f"M{num(x + (0.21 * k - 0.07) * wide)} {num(foot - tall)}{tooth}" for k in (-2, -1, 0, 1, 2))
    parts.append(path(d, shade(stone, 0.03)))
    arch = f"a{num(0.06 * wide)} {num(0.06 * wide)} 0 0 1 {num(0.12 * wide)} 0v{num(0.2 * tall)}Z"
    windows = "".join(
        f"M{num(x + k * wide)} {num(foot - 0.5 * tall)}v{num(-0.2 * tall)}{arch}" for k in (-0.32, -0.06, 0.2)
    )
    parts.append(path(windows, view.land("#5f4a3a")))
    parts.append(rect(x - 0.47 * wide, foot - tall - 0.005 * tall, 0.94 * wide, 0.05 * tall, shade(stone, 0.04)))
