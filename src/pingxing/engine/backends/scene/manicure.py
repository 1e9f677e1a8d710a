"""What is painted on press-on nails: coats of colour, and motifs, French tips, fades, glitter over them.

    outline(shape, width, length) -> path data
    coats(plan, motifs, design, style, chance) -> Coats
    painted(nail, design, coats, motifs, chance) -> Painted

A nail is drawn by itself in tenths of a millimetre: x from its middle, y from its free edge (0) down to the cuticle.
Nothing that is drawn here is thinner than 0.25 mm, which is what cutters and decal printers keep.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from pingxing.engine.backends.scene.colour import mix, oklab, shade
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.svg import Point, circle, num, path, polygon, rect
from pingxing.engine.backends.scene.tile import Motif, lattice
from pingxing.nails import Finger, NailDesign, NailShape
from pingxing.repeat import Repeat

UNITS = 10.0  # to the millimetre
THINNEST = 0.25 * UNITS
_ROUND = 0.5523  # of a radius: how far a cubic's controls lie for a quarter of an ellipse
_CUTICLE = 0.42  # depth of the rounded base, in widths
_APART = 0.15  # in OKLab: a coat and the motifs on it
_NUDE, _MILK = "#f2d8cd", "#fffbf6"
# Salon classics: the coat of most nails, that of accent nails, a line that reads on both, a metal.
_SETS = (
    ("#f4dad5", "#fcf5f0", "#c47d7d", "#d4a95f"), ("#eee0d2", "#fbf6ee", "#96664c", "#c9a063"),
    ("#d9e4d0", "#f7f4e8", "#6f8d63", "#cfae6a"), ("#e2daf0", "#f9f6fc", "#8570b0", "#b9bcc8"),
    ("#d3e5ef", "#f8fbfc", "#4f86aa", "#b4bcc6"), ("#28345a", "#f1e8dc", "#d9b45f", "#d9b45f"),
    ("#7a2237", "#f5e3da", "#d8ae62", "#d8ae62"), ("#f9d9c6", "#fff8f0", "#d98a69", "#d9b26f"),
    ("#f8ecc2", "#fffbf1", "#c99a2e", "#d4a95f"), ("#2e4b41", "#f0e9d8", "#d9b45f", "#d9b45f"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Nail:
    """One nail; `accent` where it carries the larger picture."""

    finger: Finger
    width: float
    length: float
    accent: bool


@dataclass(frozen=True, slots=True)
class Coats:
    """Colours of a set. `flat`: no colour but these may appear, nor any between them."""

    base: str
    second: str
    line: str
    metal: str
    flat: bool = False
    asked: bool = False  # the wish named them


@dataclass(frozen=True, slots=True)
class Spot:
    """A motif on a nail: its middle, the length of its longer side, degrees clockwise."""

    kind: int
    x: float
    y: float
    size: float
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Painted:
    """Markup of one nail, not yet cut to its outline; definitions it needs; the motifs on it."""

    markup: str
    defs: str
    ground: str
    spots: tuple[Spot, ...]


# --- outlines ------------------------------------------------------------------------------------


def outline(shape: NailShape, width: float, length: float) -> str:
    """The edge of a nail, exactly `width` across at its widest place and `length` from free edge to cuticle."""
    half, base = width / 2, length - _CUTICLE * width
    depth = _ROUND * _CUTICLE * width
    points = [(half, base + depth), (_ROUND * half, length), (0.0, length)]
    low = _curve(points) + _curve([(-_ROUND * half, length), (-half, base + depth), (-half, base)])
    right, left = _sides(shape, half, width, base)
    return f"M{num(half)} {num(base)}{low}{left}{right}Z"


def _sides(shape: NailShape, half: float, width: float, base: float) -> tuple[str, str]:
    """From the cuticle's left end up to the middle of the free edge, and from there down to its right end."""
    if shape == "almond":
        up = [(-half, 0.42 * base), (-0.46 * half, 0.0), (0.0, 0.0)]
        return _down(up, (-half, base)), _curve(up)
    if shape == "oval":
        knee = min(0.62 * width, 0.7 * base)
        up = [(-half, base - 0.4 * (base - knee)), (-0.96 * half, knee + 0.2 * knee), (-0.95 * half, knee)]
        over = [(-0.94 * half, 0.42 * knee), (-0.55 * half, 0.0), (0.0, 0.0)]
        return _down(over, up[2]) + _down(up, (-half, base)), _curve(up) + _curve(over)
    broad, soft, bow = (0.92, 0.14, 0.02) if shape == "square" else (0.56, 0.09, 0.015)
    edge, corner, low = broad * half, soft * width, bow * width
    up = [(-half, 0.5 * base), (-edge - 0.06 * half, 2 * corner), (-edge, corner + low)]
    turn = [(-edge + 0.02 * width, 0.35 * corner + low), (-edge + 0.5 * corner, low), (-edge + corner, 0.8 * low)]
    over = [(-edge + 2 * corner, 0.2 * low), (-0.3 * edge, 0.0), (0.0, 0.0)]
    right = _down(over, turn[2]) + _down(turn, up[2]) + _down(up, (-half, base))
    return right, _curve(up) + _curve(turn) + _curve(over)


def _curve(points: Sequence[Point]) -> str:
    return "C" + " ".join(f"{num(x)} {num(y)}" for x, y in points)


def _down(points: Sequence[Point], start: Point) -> str:
    """The same curve on the other side, the other way."""
    back = [points[1], points[0], start]
    return _curve([(-x, y) for x, y in back])


# --- colours -------------------------------------------------------------------------------------


def coats(plan: Plan, motifs: Sequence[Motif], design: NailDesign, chance: Random) -> Coats:
    """The inks of an exact palette, the colours that the wish names, or a set that no motif sinks into."""
    if plan.exact:
        return _exact(plan.exact)
    named = tuple(dict.fromkeys([*([plan.backdrop] if plan.backdrop else []), *plan.palette]))
    if named:
        base = named[0]
        dark = oklab(base)[0] < 0.62
        second = named[1] if len(named) > 1 else mix(base, _MILK, 0.8)
        line = named[2] if len(named) > 2 else _MILK if dark else shade(base, -0.28)
        return Coats(base, second, line, "#d4a95f", asked=True)
    mains = [oklab(motif.composition.scene.palette[0]) for motif in motifs if motif.composition.scene.palette]

    def away(one: tuple[str, str, str, str]) -> float:
        return min((math.dist(oklab(ground), main) for ground in one[:2] for main in mains), default=1.0)

    fitting = [one for one in _SETS if away(one) >= _APART]
    chosen = chance.choice(fitting) if fitting else max(_SETS, key=away)
    return Coats(*chosen)


def _exact(inks: Sequence[str]) -> Coats:
    base = inks[0]
    by_contrast = sorted(inks[1:] or inks, key=lambda ink: -abs(oklab(ink)[0] - oklab(base)[0]))
    second = inks[1 % len(inks)]
    metal = next((ink for ink in inks if ink not in (base, second)), by_contrast[0])
    return Coats(base, second, by_contrast[0], metal, flat=True, asked=True)


# --- designs -------------------------------------------------------------------------------------


def painted(nail: Nail, design: NailDesign, coat: Coats, kinds: int, chance: Random, name: str) -> Painted:
    """One nail in its design. `kinds` is how many motifs there are, `name` begins the names of its definitions."""
    if design == "french":
        return _french(nail, coat, kinds, chance)
    if design == "ombre":
        return _ombre(nail, coat, kinds, chance, name)
    if design == "glitter":
        return _glitter(nail, coat, kinds, chance)
    if design == "tossed" and not nail.accent:
        return _tossed(nail, coat, kinds, chance)
    return _motifs(nail, coat, kinds, chance)


def _ground(nail: Nail, colour: str) -> str:
    """A little more than the nail, for the cut."""
    return rect(-nail.width, -nail.width, 2 * nail.width, nail.length + 2 * nail.width, colour)


def _big(nail: Nail, kinds: int, chance: Random, at: float = 0.5) -> tuple[Spot, ...]:
    if not kinds:
        return ()
    return (Spot(chance.randrange(kinds), 0.0, at * nail.length, 0.84 * nail.width, chance.uniform(-6, 6)),)


def _motifs(nail: Nail, coat: Coats, kinds: int, chance: Random) -> Painted:
    """One large on an accent nail; on the others one or a few small ones, with dots that lead the eye to them."""
    w, length = nail.width, nail.length
    first = chance.randrange(max(1, kinds))

    def spot(n: int, x: float, y: float, size: float, turn: float) -> Spot:
        return Spot((first + n) % kinds, x * w, y * length, size * w, chance.uniform(-turn, turn))

    if nail.accent:
        dots = [(-0.27, 0.2, 0.03), (0.25, 0.16, 0.022), (0.29, 0.8, 0.026), (-0.24, 0.84, 0.02)]
        return _spotted(nail, coat.second, coat, _big(nail, kinds, chance), dots)
    if nail.finger == "thumb":
        rows = [(0.0, 0.84 - 0.075 * n, 0.034 - 0.006 * n) for n in range(3)]
        return _spotted(nail, coat.base, coat, (spot(0, 0.0, 0.4, 0.66, 8),), rows)
    if nail.finger == "index":
        placed = (spot(0, -0.16, 0.24, 0.4, 25), spot(1, 0.17, 0.5, 0.4, 25), spot(2, -0.14, 0.76, 0.4, 25))
        return _spotted(nail, coat.base, coat, placed, [(0.2, 0.3, 0.026), (-0.24, 0.5, 0.03), (0.22, 0.72, 0.024)])
    if nail.finger == "middle":
        rows = [(0.0, 0.52 - 0.075 * n, 0.034 - 0.004 * n) for n in range(4)]
        return _spotted(nail, coat.base, coat, (spot(1, 0.0, 0.72, 0.56, 8),), rows)
    return _spotted(nail, coat.base, coat, (spot(2, 0.0, 0.36, 0.6, 12),), [(0.0, 0.68, 0.03), (0.0, 0.77, 0.024)])


def _spotted(
    nail: Nail, ground: str, coat: Coats, spots: tuple[Spot, ...], dots: Sequence[tuple[float, float, float]]
) -> Painted:
    ink = _reads(ground, coat.metal, coat.line, coat.base, coat.second)
    parts = [circle(x * nail.width, y * nail.length, max(THINNEST, r * nail.width), ink) for x, y, r in dots]
    return Painted(_ground(nail, ground) + "".join(parts), "", ground, spots)


def _reads(ground: str, *inks: str) -> str:
    """The first ink that is seen on the ground, else the one that is seen best."""
    far = [math.dist(oklab(ink), oklab(ground)) for ink in inks]
    return next((ink for ink, gap in zip(inks, far, strict=True) if gap > _APART), inks[far.index(max(far))])


def _tossed(nail: Nail, coat: Coats, kinds: int, chance: Random) -> Painted:
    """Blue noise, as on cloth; what crosses an edge comes in again on the other side."""
    plane = (nail.width, nail.length)
    seats, cell = lattice(Repeat(layout="tossed", across=2), kinds, plane, chance)
    size = 0.78 * max(cell, 0.44 * nail.width)
    spots = tuple(
        Spot(seat.kind, seat.x - nail.width / 2 + dx, seat.y + dy, size, seat.turn)
        for seat in seats
        for dx in (-nail.width, 0.0, nail.width)
        for dy in (-nail.length, 0.0, nail.length)
        if abs(seat.x - nail.width / 2 + dx) < nail.width / 2 + 0.4 * size
        and -0.4 * size < seat.y + dy < nail.length + 0.4 * size
    )
    return Painted(_ground(nail, coat.base), "", coat.base, spots)


def _french(nail: Nail, coat: Coats, kinds: int, chance: Random) -> Painted:
    """A tip of colour over a natural nail, a fine line along its smile; a motif on the bed of accent nails."""
    bed = coat.base if coat.flat else _NUDE
    tip = coat.second if coat.flat else coat.base if coat.asked else _MILK
    w, half = nail.width, nail.width / 2
    middle = 0.25 * nail.length
    ends = middle + 0.42 * w
    smile = f"M{num(-half - 10)} {num(ends + 8)}Q0 {num(2 * middle - ends)} {num(half + 10)} {num(ends + 8)}"
    cap = f"{smile}L{num(half + 10)} {num(-w)}L{num(-half - 10)} {num(-w)}Z"
    line = path(smile, stroke=_reads(tip, coat.metal, coat.line), stroke_width=max(THINNEST, 0.03 * w))
    spots = tuple(
        Spot(one.kind, one.x, one.y, 0.62 * w, one.turn)
        for one in (_big(nail, kinds, chance, 0.64) if nail.accent else ())
    )
    return Painted(_ground(nail, bed) + path(cap, tip) + line, "", bed, spots)


def _ombre(nail: Nail, coat: Coats, kinds: int, chance: Random, name: str) -> Painted:
    """From one colour at the cuticle to another at the free edge; in a few inks, by dots that grow."""
    low, high = (coat.second, coat.base) if coat.asked else (_NUDE, coat.base)
    spots = _big(nail, kinds, chance, 0.56) if nail.accent else ()
    if coat.flat:
        return Painted(_ground(nail, coat.base) + "".join(_halftone(nail, coat.second)), "", coat.base, spots)
    stops = "".join(
        f'<stop offset="{num(at)}" stop-color="{mix(high, low, part)}"/>'
        for at, part in ((0.08, 0.0), (0.3, 0.2), (0.5, 0.55), (0.7, 0.86), (0.88, 1.0))
    )
    defs = (
        f'<linearGradient id="{name}fade" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="0" '
        f'y2="{num(nail.length)}">{stops}</linearGradient>'
    )
    return Painted(_ground(nail, f"url(#{name}fade)"), defs, mix(low, high, 0.5), spots)


def _halftone(nail: Nail, ink: str) -> list[str]:
    step, parts = 0.09 * nail.width, []
    for row in range(int(nail.length / step) + 3):
        y = row * step - step
        radius = 0.74 * step * max(0.0, 1.05 - 1.35 * y / nail.length)
        if radius < THINNEST / 2:
            break
        count = int(nail.width / step) + 3
        parts += [circle((n - count / 2 + row % 2 / 2) * step, y, radius, ink) for n in range(count + 1)]
    return parts


def _glitter(nail: Nail, coat: Coats, kinds: int, chance: Random) -> Painted:
    """Flakes that lie thick at the free edge and thin out; an accent nail is full of them, or shows the motif."""
    full = nail.accent and not kinds
    metal = coat.metal
    tones = (coat.second, coat.line, metal) if coat.flat else tuple(shade(metal, by) for by in (-0.14, 0, 0.1, 0.2))
    ground = coat.second if nail.accent and not full else coat.base
    tones = tuple(tone for tone in tones if tone != ground) or (coat.line,)
    count = round(nail.width * nail.length / (52 if full else 105))
    parts = []
    for _ in range(count):
        down = chance.random() if full else chance.random() ** 2.1 * (0.32 if nail.accent else 0.8)
        x, y = chance.uniform(-nail.width / 2, nail.width / 2), down * nail.length
        parts.append(path(_flake(x, y, chance.uniform(1.5, 4.6), chance), chance.choice(tones)))
    spots = _big(nail, kinds, chance, 0.58) if nail.accent else ()
    return Painted(_ground(nail, ground) + "".join(parts), "", ground, spots)


def _flake(x: float, y: float, radius: float, chance: Random) -> str:
    turn = chance.random() * math.tau
    return polygon([
        (x + radius * math.cos(turn + n * math.tau / 6), y + radius * math.sin(turn + n * math.tau / 6))
        for n in range(6)
    ])  # fmt: skip
