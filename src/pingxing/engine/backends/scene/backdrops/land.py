"""Fields, woods, mountains, sand and snow."""

from __future__ import annotations

import math
from random import Random

from pingxing.engine.backends.scene.backdrops.props import fir, round_tree
from pingxing.engine.backends.scene.backdrops.terrain import (
    PETALS,
    distant,
    earth,
    foreground,
    hills,
    sward,
    tree_line,
)
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import (
    circle,
    ellipse,
    filled,
    num,
    oval,
    path,
    polygon,
    rect,
    wave_points,
)

SKATES = "26F8"


def tufts(view: View, colours: tuple[str, ...], count: int) -> None:
    parts, rng = view.sheet.layer("grass"), view.rng
    for _ in range(round(count * view.width / view.short)):
        depth = rng.random() ** 0.8
        x, y = rng.random() * view.width, view.horizon + (0.06 + 0.92 * depth) * (view.height - view.horizon)
        size = view.short * (0.008 + 0.02 * depth)
        colour = view.land(rng.choice(colours))
        d = "".join(
            f"M{num(x + i * size * 0.35)} {num(y)}q{num(i * size * 0.12)} {num(-size * 0.7)} "
            f"{num(i * size * 0.4)} {num(-size * rng.uniform(0.8, 1.2))}"
            for i in (-1, 0, 1)
        )
        parts.append(path(d, stroke=colour, stroke_width=size * 0.16, stroke_linecap="round", opacity=0.75))


def blossoms(view: View, count: int) -> None:
    parts, rng = view.sheet.layer("grass"), view.rng
    colour = view.land(rng.choice(("#ffffff", "#ffe9f2", "#fff3b8", "#f6d3ff")))
    for _ in range(round(count * view.width / view.short)):
        depth = rng.random()
        x, y = rng.random() * view.width, view.horizon + (0.1 + 0.86 * depth) * (view.height - view.horizon)
        size = view.short * (0.0025 + 0.0042 * depth)
        petals = "".join(
            circle(x + size * math.cos(a), y + size * 0.7 * math.sin(a), size * 0.75, colour)
            for a in (0.3, 1.56, 2.8, 4.1, 5.4)
        )
        parts.append(petals + circle(x, y, size * 0.6, view.land("#ffc83d")))


def meadow(view: View) -> None:
    paint_sky(view)
    turn = view.rng.uniform(-14, 10)
    green = shade("#79c257", 0, 1, turn)
    h = view.horizon
    hills(view, "far-hills", h - 0.075 * view.height, 0.09 * view.height, 1.3, distant(view, "#8fc7b4", 0.55))
    hills(view, "near-hills", h - 0.025 * view.height, 0.07 * view.height, 1.0, distant(view, green, 0.35))
    _clumps(view, h)
    earth(view, shade(green, -0.09), shade(green, 0.06))
    sward(view, green)
    if view.rng.random() < 0.4:
        footpath(view, shade("#e3cfa0", view.rng.uniform(-0.04, 0.03)))
    tufts(view, (shade(green, -0.13), shade(green, 0.07)), 34)
    blossoms(view, view.rng.choice((8, 14, 20)))
    foreground(view, green, view.rng.choice(PETALS))


def _clumps(view: View, base: float) -> None:
    """A few round trees far off, now on this side, now on that."""
    rng, parts = view.rng, view.sheet.layer("far-trees")
    for _ in range(round(rng.choice((2, 3, 4)) * max(1.0, view.width / view.short))):
        x, size = rng.random() * view.width, view.short * rng.uniform(0.03, 0.06)
        y = base + 0.004 * view.height
        crown = distant(view, rng.choice(("#6fae6a", "#5f9f6c", "#86b860")), 0.32)
        for n in range(rng.choice((1, 2, 3))):
            r = size * rng.uniform(0.7, 1.1)
            cx = x + n * size * 1.15
            parts.append(rect(cx - r * 0.1, y - r * 0.9, r * 0.2, r, distant(view, "#7d6248", 0.3)))
            parts.append(ellipse(cx, y - r * 1.35, r * 0.78, r, crown))
            parts.append(ellipse(cx - r * 0.2, y - r * 1.6, r * 0.42, r * 0.5, shade(crown, 0.035)))


def footpath(view: View, colour: str) -> None:
    """A footpath that winds from the horizon to the front."""
    rng, h = view.rng, view.horizon
    start, end = view.width * rng.uniform(0.25, 0.75), view.width * rng.uniform(0.1, 0.9)
    bend = view.width * rng.uniform(-0.25, 0.25)
    low, wide = view.height + 4, view.short * rng.uniform(0.1, 0.16)
    middle = (h + low) / 2
    d = f"M{num(start - 3)} {num(h + 4)}C{num(start + bend)} {num(middle)} "
    d += f"{num(end - bend - wide * 0.4)} {num(middle)} {num(end - wide)} {num(low)}H{num(end + wide)}"
    d += f"C{num(end - bend + wide * 0.6)} {num(middle)} {num(start + bend + wide * 0.12)} {num(middle)} "
    d += f"{num(start + 3)} {num(h + 4)}Z"
    view.sheet.layer("ground").append(path(d, view.land(colour), opacity=0.75))


def forest(view: View) -> None:
    """Ranks of trunks that fade into the light between them, ferns below and leaves above."""
    paint_sky(view, clouds=False)
    h, rng, s = view.horizon, view.rng, view.short
    tree_line(view, h + 0.01 * view.height, 0.34 * view.height, distant(view, "#5fa07a", 0.62), "far-trees")
    tree_line(view, h + 0.012 * view.height, 0.26 * view.height, distant(view, "#4a9470", 0.42), "mid-trees")
    _rank(view, h + 0.01 * view.height, 11, 0.014, 0.5)
    tree_line(view, h + 0.015 * view.height, 0.1 * view.height, distant(view, "#3f8a5c", 0.3), "bushes")
    if view.light.name in ("day", "dawn"):
        _beams(view)
    floor = ("#a8814c", "#cfae74") if view.season == "autumn" else ("#4c8f45", "#79b563")
    earth(view, *floor)
    _rank(view, h + 0.05 * (view.height - h), 5, 0.028, 0.22)
    _ferns(view)
    parts = view.sheet.layer("trunks")
    for side in (0, 1):
        for n in range(2):
            wide = s * (0.05 + 0.03 * n)
            x = (0.015 + 0.07 * (1 - n)) * view.width * rng.uniform(0.6, 1.1)
            x = x - wide if side == 0 else view.width - x
            foot = h + (0.1 + 0.16 * n) * (view.height - h)
            bark = view.land(rng.choice(("#6b4a34", "#5d4030", "#74533c")))
            root = f"M{num(x)} -4H{num(x + wide)}L{num(x + wide * 1.06)} {num(foot - wide)}Q{num(x + wide * 1.12)} "
            root += f"{num(foot)} {num(x + wide * 1.7)} {num(foot + wide * 0.12)}H{num(x - wide * 0.7)}"
            root += f"Q{num(x - wide * 0.12)} {num(foot)} {num(x - wide * 0.06)} {num(foot - wide)}Z"
            lit = polygon([(x + wide * 0.16, -4), (x + wide * 0.38, -4), (x + wide * 0.4, foot - wide * 0.6),
                           (x + wide * 0.14, foot - wide * 0.4)])  # fmt: skip
            parts.append(path(root, bark) + path(lit, shade(bark, 0.05)))
    _canopy(view)
    tufts(view, ("#3c7a38", "#7fbf63"), 46)
    foreground(view, "#b98a4a" if view.season == "autumn" else "#4c8f45")


def _rank(view: View, foot: float, count: int, wide: float, haze: float) -> None:
    """Trunks side by side, as pale as they are far."""
    rng, parts = view.rng, view.sheet.layer("trunks")
    number = round(count * view.width / view.short)
    for n in range(number):
        x, w = view.width * (n + rng.uniform(0.1, 0.9)) / number, view.short * wide * rng.uniform(0.7, 1.3)
        bark = distant(view, rng.choice(("#6b4a34", "#5d4030", "#7a5a42")), haze)
        stem = [(x, -4), (x + w, -4), (x + w * 1.25, foot), (x - w * 0.25, foot)]
        parts.append(path(polygon(stem), bark))
        parts.append(path(polygon([(x + w * 0.62, -4), (x + w, -4), (x + w * 1.25, foot), (x + w * 0.7, foot)]),
                          shade(bark, -0.04)))  # fmt: skip


def _beams(view: View) -> None:
    """Sunlight that falls slantwise between the trees."""
    rng, parts = view.rng, view.sheet.layer("beams")
    for n in range(4):
        x, wide = view.width * (0.16 + 0.2 * n + rng.uniform(-0.05, 0.05)), view.width * rng.uniform(0.04, 0.09)
        lean, low = 0.22 * view.width, view.horizon + 0.06 * view.height
        beam = [(x, -4), (x + wide, -4), (x + wide * 1.5 - lean, low), (x - lean, low)]
        parts.append(path(polygon(beam), "#fff9d6", opacity=rng.uniform(0.14, 0.24)))


def _ferns(view: View) -> None:
    """Fans of fern at the foot of the trees."""
    rng, parts, h = view.rng, view.sheet.layer("ferns"), view.horizon
    spots = sorted(rng.random() for _ in range(round(12 * view.width / view.short)))
    for near in spots:
        edge = rng.random() ** 1.7 * 0.42
        x = view.width * (edge if rng.random() < 0.5 else 1 - edge)
        y, r = h + (0.04 + 0.3 * near) * (view.height - h), view.short * (0.03 + 0.05 * near)
        green = view.land(rng.choice(("#3f8a45", "#57a14e", "#2f7a4a")))
        d = ""
        for turn in (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0):
            tx, ty = x + math.sin(turn) * r, y - math.cos(turn) * r * 0.9
            mx, my = x + math.sin(turn) * r * 0.4, y - math.cos(turn) * r * 0.8
            d += f"M{num(x)} {num(y)}Q{num(mx - 0.1 * r)} {num(my)} {num(tx)} {num(ty)}"
            d += f"Q{num(mx + 0.14 * r)} {num(my + 0.1 * r)} {num(x)} {num(y)}Z"
        parts.append(path(d, green))


# Of the leaves overhead, dark to light. Autumn has more colours than a single change of every green would give.
LEAVES = (("#2f6f42",), ("#3f8a4a", "#38804a"), ("#4f9a4d", "#5fa853"), ("#79bd62", "#6bb15a"))
TURNED = (("#9a3d20",), ("#c4521f", "#b5451f"), ("#e07a24", "#d8652a"), ("#f2a936", "#f0bf4a"))


def _canopy(view: View) -> None:
    """Leaves in clusters, the dark ones behind and lowest, hanging deeper at the sides."""
    parts, rng, s = view.sheet.layer("canopy"), view.rng, view.short
    autumn = view.season == "autumn"
    for tints, drop, size in zip(
        TURNED if autumn else LEAVES, (0.085, 0.05, 0.012, -0.03), (1.0, 0.9, 0.8, 0.6), strict=True
    ):
        colours = [tint if autumn and view.light.name == "day" else view.land(tint) for tint in tints]
        found: dict[str, list[str]] = {}
        x = -0.05 * view.width
        while x < 1.05 * view.width:
            r = s * rng.uniform(0.045, 0.085) * size
            fall = (abs(x / view.width - 0.5) * 2) ** 1.8 * 0.16 * s
            low = drop * s + fall - r * rng.uniform(0.3, 0.9)
            d = found.setdefault(rng.choice(colours), [])
            d.append(oval(x, low, r, 0.86 * r))
            if size > 0.7:  # up to the edge of the frame
                d.append(f"M{num(x - r)} {num(low)}h{num(2 * r)}V-4h{num(-2 * r)}Z")
            for turn in (0.9, 1.5, 2.2) if drop >= 0.05 else ():  # single leaves along its lower edge
                lx, ly = x + math.cos(turn) * r, low + math.sin(turn) * 0.86 * r
                half = f"{num(0.2 * r)} {num(0.24 * r)} 0 {num(0.5 * r)}"
                back = f"{num(-0.2 * r)} {num(-0.26 * r)} 0 {num(-0.5 * r)}"
                d.append(f"M{num(lx)} {num(ly - 0.2 * r)}q{half}q{back}Z")
            x += r * (0.8 if size > 0.7 else 1.9)
        parts.extend(path("".join(d), colour) for colour, d in found.items())


def mountains(view: View) -> None:
    paint_sky(view)
    h, rng = view.horizon, view.rng
    parts = view.sheet.layer("mountains")
    for layer, (tall, colour, far) in enumerate(((0.42, "#8aa0c4", 0.5), (0.3, "#6d86ac", 0.25))):
        x = -0.15 * view.width + layer * 0.12 * view.width
        while x < 1.1 * view.width:
            wide = view.short * rng.uniform(0.5, 0.75)
            high = min(0.8 * h, tall * view.height * rng.uniform(0.75, 1.1))
            base, paint = distant(view, colour, far), distant(view, shade(colour, -0.09), far)
            top = (x + wide * rng.uniform(0.42, 0.58), h - high)
            foot = h + 0.02 * view.height
            parts.append(path(polygon([(x, foot), top, (x + wide, foot)]), base))
            parts.append(path(polygon([top, (x + wide, foot), (x + wide * 0.56, foot)]), paint))
            parts.append(_snow_cap(view, top, x, wide, high, far))
            x += wide * rng.uniform(0.55, 0.75)
    hills(view, "near-hills", h - 0.01 * view.height, 0.05 * view.height, 1.2, distant(view, "#5f9c6b", 0.2))
    tree_line(view, h + 0.012 * view.height, 0.06 * view.height, distant(view, "#4f8a66", 0.3), "far-trees")
    earth(view, "#5fa052", "#86c06c")
    sward(view, "#6fae5c")
    _pines(view, h)
    tufts(view, ("#4c8a45", "#9bd07e"), 30)
    blossoms(view, 9)
    foreground(view, "#5fa052", rng.choice(PETALS))


def _pines(view: View, base: float) -> None:
    """Firs that come forward along both sides."""
    rng, trees, depth = view.rng, view.sheet.layer("trees"), view.height - base
    spots = sorted((rng.uniform(0.0, 0.16), side, rng.uniform(0.0, 0.17)) for side in (0, 1) for _ in range(4))
    for near, side, at in spots:
        x = at * view.width if side == 0 else (1 - at) * view.width
        high = view.short * (0.1 + 0.8 * near)
        trees.append(fir(view, x, base + (0.02 + near) * depth, high, "#3f7f5a", max(0.0, 0.3 - 1.6 * near)))


def _snow_cap(view: View, top: tuple[float, float], x: float, wide: float, high: float, haze: float) -> str:
    t, ty = top
    k = 0.27
    left, right = t + (x - t) * k, t + (x + wide - t) * k
    y = ty + high * k
    step = (right - left) / 4
    zigzag = f"L{num(right)} {num(y)}L{num(right - step)} {num(y - high * 0.05)}"
    zigzag += f"L{num(right - 2 * step)} {num(y + high * 0.03)}"
    zigzag += f"L{num(right - 3 * step)} {num(y - high * 0.05)}L{num(left)} {num(y)}Z"
    return path(f"M{num(t)} {num(ty)}{zigzag}", distant(view, "#ffffff", haze * 0.5))


def desert(view: View) -> None:
    paint_sky(view, clouds=view.weather != "")
    h, rng = view.horizon, view.rng
    _mesas(view, h)
    hills(view, "far-dunes", h - 0.03 * view.height, 0.07 * view.height, 1.2, distant(view, "#e6b877", 0.4))
    _dune(
        view, "mid-dunes", h - 0.035 * view.height, 0.1, distant(view, "#e8b673", 0.15), distant(view, "#c9854a", 0.2)
    )
    earth(view, "#d6914a", "#f0bf7a", 0.02)
    depth = view.height - h
    for at in (0.16, 0.46, 0.78):
        y = h + (at + rng.uniform(-0.05, 0.05)) * depth
        _dune(view, "ripples", y, 0.05 + 0.05 * at, view.land("#e9b168"), view.land("#c47d3d"))
    lines = view.sheet.layer("ripples")
    for _ in range(round(14 * view.width / view.short)):
        y, x = h + depth * rng.uniform(0.2, 0.98), rng.random() * view.width
        long = view.short * 0.16 * (y - h) / depth
        d = f"M{num(x)} {num(y)}q{num(long / 4)} {num(-long * 0.06)} {num(long / 2)} 0t{num(long / 2)} 0"
        lines.append(path(d, stroke=view.land("#b8733a"), stroke_width=view.short * 0.0022, opacity=0.35))


def _mesas(view: View, base: float) -> None:
    """Table mountains on the horizon."""
    rng, parts = view.rng, view.sheet.layer("mesas")
    rock, dark = distant(view, "#c98a6a", 0.5), distant(view, "#a86a54", 0.5)
    for _ in range(rng.choice((1, 2, 3))):
        wide, high = view.short * rng.uniform(0.14, 0.3), view.height * rng.uniform(0.06, 0.13)
        x, slope = rng.uniform(-0.05, 0.95) * view.width, high * rng.uniform(0.35, 0.6)
        top = [(x, base), (x + slope, base - high), (x + wide - slope, base - high), (x + wide, base)]
        side = [(x + wide * 0.62, base), (x + wide * 0.66, base - high), (x + wide - slope, base - high),
                (x + wide, base)]  # fmt: skip
        parts.append(path(polygon(top), rock) + path(polygon(side), dark))


def _dune(view: View, layer: str, y: float, rise: float, light: str, dark: str) -> None:
    """One long dune: its crest falls to the right, and the side away from the sun lies in shadow."""
    rng, w, tall = view.rng, view.width, rise * view.height
    peak, foot = w * rng.uniform(0.25, 0.75), y + tall * 1.2
    left = (
        f"M-4 {num(y + tall)}C{num(peak * 0.5)} {num(y + tall * 0.8)} {num(peak * 0.8)} {num(y)} {num(peak)} {num(y)}"
    )
    right = f"C{num(peak + w * 0.12)} {num(y + tall * 0.5)} {num(peak + w * 0.3)} {num(y + tall * 0.7)} "
    right += f"{num(w + 4)} {num(y + tall * 0.85)}"
    fade = view.sheet.gradient([(0, light, 1.0), (0.45, light, 1.0), (1, light, 0.0)])
    lee = view.sheet.gradient([(0, dark, 0.75), (1, dark, 0.0)])
    parts = view.sheet.layer(layer)
    parts.append(path(f"{left}{right}V{num(foot + tall)}H-4Z", fade))
    ridge = f"M{num(peak)} {num(y)}{right}V{num(foot)}C{num(peak + w * 0.3)} {num(foot)} {num(peak + w * 0.02)} "
    ridge += f"{num(foot)} {num(peak - w * 0.06)} {num(foot)}C{num(peak + w * 0.03)} {num(y + tall * 0.8)} "
    ridge += f"{num(peak - w * 0.015)} {num(y + tall * 0.3)} {num(peak)} {num(y)}Z"
    parts.append(path(ridge, lee))


def snow(view: View) -> None:
    paint_sky(view)
    h, rng, s = view.horizon, view.rng, view.short
    _peaks(view, h)
    tree_line(view, h + 0.01 * view.height, 0.09 * view.height, distant(view, "#6f97ab", 0.5), "far-trees")
    hills(view, "far-snow", h - 0.015 * view.height, 0.06 * view.height, 1.1, distant(view, "#dcebf6", 0.3))
    earth(view, "#cfe3f3", "#f7fcff", 0.03)
    drifts, depth = view.sheet.layer("drifts"), view.height - h
    for at in (0.14, 0.42, 0.75):
        y = h + (at + rng.uniform(-0.04, 0.04)) * depth
        points = wave_points(rng, view.width, y, 0.03 * view.height, 1.0)
        paint = view.sheet.gradient([(0, view.land("#a3c7e6"), 0.55), (1, view.land("#a9cbe6"), 0)])
        drifts.append(path(filled(points, y + 0.1 * view.height), paint))
    if SKATES in view.asked:
        _ice(view)
    trees = view.sheet.layer("trees")
    spots = [(side, rng.uniform(0.0, 0.2), rng.uniform(0.0, 0.16)) for side in (0, 1) for _ in range(4)]
    for side, at, near in sorted(spots, key=lambda spot: spot[2]):
        x = at * view.width if side == 0 else (1 - at) * view.width
        trees.append(_white_fir(view, x, h + (0.02 + near) * depth, s * (0.12 + 0.75 * near), 0.36 - 1.8 * near))
    parts = view.sheet.layer("glints")
    for _ in range(round(26 * view.width / s)):
        y = h + depth * rng.uniform(0.1, 0.97)
        parts.append(circle(rng.random() * view.width, y, s * 0.0018, view.land("#ffffff"), opacity=0.9))


def _ice(view: View) -> None:
    """A frozen pond under those who skate, with its banks, its gleam and the traces of blades."""
    chance, parts, w, h = Random(f"ice {round(view.width)}"), view.sheet.layer("ice"), view.width, view.horizon
    depth, s = view.height - h, view.short
    y, rx, ry = h + 0.62 * depth, 0.62 * w, 0.46 * depth
    parts.append(ellipse(w / 2, y - 0.012 * s, rx + 0.02 * s, ry + 0.012 * s, view.land("#b3cfe6")))
    paint = view.sheet.gradient([(0, view.land("#bfe0f2")), (1, view.land("#e3f4fb"))])
    parts.append(ellipse(w / 2, y, rx, ry, paint))
    for _ in range(round(9 * w / s)):
        x, at, long_ = chance.uniform(0.05, 0.95) * w, y + chance.uniform(-0.6, 0.7) * ry, chance.uniform(0.08, 0.2) * s
        d = f"M{num(x)} {num(at)}q{num(long_ / 2)} {num(-0.12 * long_)} {num(long_)} {num(0.02 * long_)}"
        parts.append(path(d, stroke=view.land("#ffffff"), stroke_width=0.004 * s, stroke_linecap="round", opacity=0.8))


def _peaks(view: View, base: float) -> None:
    """Far white mountains with blue shadows."""
    rng, parts = view.rng, view.sheet.layer("mountains")
    x = -0.2 * view.width
    while x < 1.1 * view.width:
        wide, high = view.short * rng.uniform(0.4, 0.6), view.height * rng.uniform(0.14, 0.24)
        top = (x + wide * rng.uniform(0.4, 0.6), base - high)
        fold = (top[0] + wide * 0.05, base - high * 0.45)
        left = (x + wide * rng.uniform(0.16, 0.24), base - high * rng.uniform(0.5, 0.62))
        right = (x + wide * rng.uniform(0.74, 0.82), base - high * rng.uniform(0.3, 0.42))
        outline = [(x, base), left, top, right, (x + wide, base)]
        parts.append(path(polygon(outline), distant(view, "#e4eef7", 0.25)))
        shadow = [top, right, (x + wide, base), (x + wide * 0.52, base), fold]
        parts.append(path(polygon(shadow), distant(view, "#a9c3de", 0.4)))
        x += wide * rng.uniform(0.55, 0.8)


def _white_fir(view: View, x: float, foot: float, high: float, haze: float) -> str:
    """A fir under snow."""
    haze = max(0.0, haze)
    green, white = distant(view, "#3f7462", haze), distant(view, "#f4faff", haze * 0.6)
    shade_ = distant(view, "#c4dbee", haze * 0.6)
    parts = [ellipse(x + high * 0.1, foot, high * 0.3, high * 0.045, view.land("#9fc0de"), opacity=0.5)]
    parts.append(rect(x - high * 0.03, foot - high * 0.13, high * 0.06, high * 0.13, distant(view, "#6d4f3a", haze)))
    for n in range(3):
        y, half = foot - high * (0.1 + 0.26 * n), high * (0.27 - 0.06 * n)
        top = y - high * 0.42
        parts.append(path(polygon([(x - half, y), (x, top), (x + half, y)]), green))
        hem = ((0.72, 0.12), (0.3, 0.16), (0.0, 0.09), (-0.34, 0.17), (-0.72, 0.12))
        cap = [(x, top), *((x + half * out, y - high * up) for out, up in hem)]
        parts.append(path(polygon(cap), white))
        parts.append(path(polygon([(x, top), cap[1], cap[2], (x + half * 0.08, y - high * 0.12)]), shade_))
    return "".join(parts)


def road(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    hills(view, "far-hills", h - 0.06 * view.height, 0.09 * view.height, 1.2, distant(view, "#8fc0a4", 0.5))
    tree_line(view, h + 0.008 * view.height, 0.08 * view.height, distant(view, "#5d9a62", 0.2), "far-trees")
    earth(view, "#76b557", "#9ccf74")
    depth = view.height - h
    top, low = h + 0.38 * depth, h + 0.97 * depth
    parts = view.sheet.layer("street")
    parts.append(
        rect(
            -2,
            top,
            view.width + 4,
            low - top,
            view.sheet.gradient([(0, view.land("#6a6f79")), (1, view.land("#50555f"))]),
        )
    )
    for edge in (top + 0.03 * depth, low - 0.05 * depth):
        parts.append(rect(-2, edge, view.width + 4, depth * 0.014, view.land("#e9e4d4")))
    dash, y = view.short * 0.09, (top + low) / 2
    x = -view.rng.random() * dash * 2
    while x < view.width:
        parts.append(rect(x, y, dash, depth * 0.03, view.land("#f5f0dc"), rx=depth * 0.01))
        x += dash * 1.9
    _verge(view, h, top)


def _verge(view: View, h: float, top: float) -> None:
    """Round trees and bushes between the hills and the road, and a row of white posts along it."""
    rng, parts, s = view.rng, view.sheet.layer("verge"), view.short
    spots = sorted(rng.uniform(0.1, 0.55) for _ in range(round(5 * view.width / s)))
    for near in spots:
        x, foot, high = rng.random() * view.width, h + near * (top - h), s * (0.07 + 0.16 * near)
        haze, green = 0.34 - 0.5 * near, rng.choice(("#6fae5f", "#5f9f5c", "#86b860"))
        parts.append(round_tree(view, x, foot, high, green, max(0.0, haze)))
    post, gap = 0.045 * s, 0.13 * s
    x = rng.random() * gap
    while x < view.width:
        parts.append(rect(x, top - post, post * 0.2, post, view.land("#fbfaf4")))
        parts.append(rect(x, top - post * 0.72, post * 0.2, post * 0.2, view.land("#d9534a")))
        x += gap
