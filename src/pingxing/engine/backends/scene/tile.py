"""Tiles of patterns: motifs from the things of a plan, set on a plane that is a torus.

    tiled(plan, repeat, width, height, seed, style, art) -> Composition

Whatever crosses an edge is drawn again on the far side, one tile away, by the same numbers, and lots of copies keep
their order: what is drawn in the strip along one edge is, shape for shape, what is drawn along the other. Layouts are
those of textile design (grid or block, half-drop, brick, mirror, hexagon or ogee, tossed).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from pingxing.engine.backends.scene.art import Art
from pingxing.engine.backends.scene.colour import mix, oklab
from pingxing.engine.backends.scene.compose import BARE, Composition, compose
from pingxing.engine.backends.scene.exact import in_inks
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.stage import UNIT
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import circle, num, rect
from pingxing.engine.backends.scene.tone import toned
from pingxing.errors import InvalidRequest
from pingxing.repeat import Repeat, RepeatName
from pingxing.types import Scene, SceneObject

KINDS = 6  # different motifs of one pattern; more, and none of them is seen to repeat
# What a motif fills of its cell: the longer side where it stands upright, the diagonal where it is turned.
_FILLS: dict[RepeatName, float] = {
    "grid": 0.74, "half-drop": 0.8, "brick": 0.8, "mirror": 1.05, "hexagon": 0.84, "tossed": 1.02,
}  # fmt: skip
_TILT = 16.0  # degrees, of mirrored motifs: upright ones would not show that they are
_TURN = 40.0  # the most that a tossed motif is turned, either way, so that nobody stands on his head
_CANDIDATES, _ROUNDS = 24, 40  # of Mitchell's best candidate, and of moving apart after it
_REACH, _STEP = 1.25, 0.12  # how far a motif pushes others, in mean distances; the part of a push that is gone
# Grounds that cloth and paper come in; which one is taken is chance, but never one that a motif would sink into.
_GROUNDS = ("#f7f0e4", "#e4edf2", "#f6e1df", "#e0eadb", "#24354f", "#f2dca6", "#e8e0f0", "#2f4a40")
_DOT = 0.07  # of the distance between motifs: the radius of a dot between them
_ORIGINS = 48  # places along each side at which the tile may be cut out of its plane
_APART = 0.16  # in OKLab, from a ground to every motif's main colour
_IDS = re.compile(r'(\bid="|url\(#|href="#)')


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one motif stands: its middle in units of the plane, degrees clockwise, mirrored or not, and which it is."""

    x: float
    y: float
    kind: int
    turn: float = 0.0
    across: bool = False  # mirrored left to right
    over: bool = False  # mirrored top to bottom


@dataclass(frozen=True, slots=True)
class Motif:
    composition: Composition
    box: tuple[float, float, float, float]  # of all its ink, in the plane of its composition

    @property
    def longest(self) -> float:
        return max(self.box[2], self.box[3])

    @property
    def diagonal(self) -> float:
        return math.hypot(self.box[2], self.box[3])


def tiled(plan: Plan, repeat: Repeat, width: int, height: int, seed: int, style: Style, art: Art) -> Composition:
    """One tile. Raises InvalidRequest for a prompt that names nothing that could be a motif."""
    short = min(width, height)
    plane = (UNIT * width / short, UNIT * height / short)
    motifs = motifs_of(plan, seed, style, art)
    if not motifs:
        raise InvalidRequest("no_motif", member="prompt")
    chance = Random(f"pingxing tile {seed}")
    seats, cell = lattice(repeat, len(motifs), plane, chance)
    ground = "" if plan.transparent else _ground(plan, motifs, style, chance)
    parts = [rect(0, 0, *plane, ground)] if ground else []
    if repeat.layout == "tossed" and not plan.exact:
        parts += _crumbs(seats, _inks(motifs, style), plane, cell, ground, chance)
    objects: list[SceneObject] = []
    for seat in seats:
        motif = motifs[seat.kind]
        size = _FILLS[repeat.layout] * cell / (motif.diagonal if seat.turn else motif.longest)
        parts += _copies(seat, motif, size, plane)
        objects += _objects(seat, motif, size, plane, len(objects))
    defs = "".join(definition(number, motif) for number, motif in enumerate(motifs))
    markup = f'<defs>{defs}</defs><g id="tile" data-name="pattern">{"".join(parts)}</g>'
    return Composition(markup, *plane, _scene(plan, motifs, tuple(objects), ground, style))


def lattice(repeat: Repeat, kinds: int, plane: tuple[float, float], chance: Random) -> tuple[tuple[Seat, ...], float]:
    """The seats of one tile, in drawing order, and the distance between neighbours.

    Columns and rows come out even for the layout's own step and for the turn of the motifs, so that the next tile
    goes on where this one ends.
    """
    columns, rows = _counts(repeat, kinds, plane)
    wide, high = plane[0] / columns, plane[1] / rows
    if repeat.layout == "tossed":
        return _tossed(columns * rows, kinds, plane, chance)
    return tuple(_seat(repeat.layout, i, j, kinds, wide, high) for j in range(rows) for i in range(columns)), _pace(
        repeat.layout, wide, high
    )


def _counts(repeat: Repeat, kinds: int, plane: tuple[float, float]) -> tuple[int, int]:
    across, down = kinds, kinds
    if repeat.layout == "half-drop":
        across = math.lcm(2, kinds)
    elif repeat.layout in ("brick", "hexagon"):
        down = math.lcm(2, kinds)
    elif repeat.layout == "mirror":
        across = down = 2 * kinds
    elif repeat.layout == "tossed":
        across = down = 1
    columns = across * max(1, round(repeat.across / across))
    columns = columns if columns >= repeat.across or across > repeat.across else columns + across
    flat = math.sqrt(3) / 2 if repeat.layout == "hexagon" else 1.0
    rows = down * max(1, round(plane[1] / (plane[0] / columns * flat) / down))
    return columns, rows


def _pace(layout: RepeatName, wide: float, high: float) -> float:
    """From a seat to the nearest other one."""
    if layout == "half-drop":
        return min(high, 2 * wide, math.hypot(wide, high / 2))
    if layout in ("brick", "hexagon"):
        return min(wide, 2 * high, math.hypot(high, wide / 2))
    return min(wide, high)


def _seat(layout: RepeatName, i: int, j: int, kinds: int, wide: float, high: float) -> Seat:
    x, y = (i + 0.5) * wide, (j + 0.5) * high
    if layout == "half-drop":
        return Seat(x, y + (high / 2 if i % 2 else 0.0), (i + j) % kinds)
    if layout in ("brick", "hexagon"):
        return Seat(x + (wide / 2 if j % 2 else 0.0), y, (i + j) % kinds)
    if layout == "mirror":
        return Seat(x, y, (i // 2 + j // 2) % kinds, _TILT, across=i % 2 == 1, over=j % 2 == 1)
    return Seat(x, y, (i + j) % kinds)


def _tossed(number: int, kinds: int, plane: tuple[float, float], chance: Random) -> tuple[tuple[Seat, ...], float]:
    """Blue noise on the torus: Mitchell's best candidates (1991), then every point moves away from its nearest."""
    points: list[tuple[float, float]] = []
    for _ in range(number):
        tried = [(chance.random() * plane[0], chance.random() * plane[1]) for _ in range(_CANDIDATES)]
        points.append(max(tried, key=lambda at: min((_gap(at, other, plane) for other in points), default=0.0)))
    for _ in range(_ROUNDS):
        points = [_moved(n, points, plane) for n in range(len(points))]
    each = _spread(points, kinds, plane, chance)
    nearest = [min((_gap(a, b, plane) for b in points if b is not a), default=min(plane)) for a in points]
    pace = min([*nearest, *plane])
    left, top = (_least_cut([point[axis] for point in points], pace / 2, plane[axis]) for axis in (0, 1))
    seats = tuple(
        Seat(
            (x - left) % plane[0],
            (y - top) % plane[1],
            kind,
            chance.uniform(-_TURN, _TURN),
            across=chance.random() < 0.5,
        )
        for (x, y), kind in zip(points, each, strict=True)
    )
    return seats, pace


def _least_cut(places: Sequence[float], reach: float, side: float) -> float:
    """Where to begin the tile: any place is as good for the pattern, but the fewer motifs an edge cuts, the less there
    is to go wrong for who prints or sews it. Of motifs as circles, the line that lies within them the least."""

    def cut(line: float) -> float:
        gaps = (abs((place - line + side / 2) % side - side / 2) for place in places)
        return sum(math.sqrt(reach**2 - gap**2) for gap in gaps if gap < reach)

    # Rounded: of two places that differ only by a last bit, the first is taken on every machine.
    return min((side * n / _ORIGINS for n in range(_ORIGINS)), key=lambda line: round(cut(line), 6))


def _gap(a: tuple[float, float], b: tuple[float, float], plane: tuple[float, float]) -> float:
    return math.hypot(*_way(a, b, plane))


def _way(a: tuple[float, float], b: tuple[float, float], plane: tuple[float, float]) -> tuple[float, float]:
    """From a to the nearest copy of b."""
    x, y = ((b[n] - a[n] + plane[n] / 2) % plane[n] - plane[n] / 2 for n in (0, 1))
    return x, y


def _moved(number: int, points: Sequence[tuple[float, float]], plane: tuple[float, float]) -> tuple[float, float]:
    """A step away from everything near: pushed the more, the nearer it is."""
    here, far = points[number], _REACH * math.sqrt(plane[0] * plane[1] / len(points))
    push = [0.0, 0.0]
    for n, other in enumerate(points):
        if n == number:
            continue
        dx, dy = _way(here, other, plane)
        gap = max(1e-6, math.hypot(dx, dy))
        for axis, way in enumerate((dx, dy)):
            push[axis] -= way / gap * max(0.0, far - gap)
    return (here[0] + _STEP * push[0]) % plane[0], (here[1] + _STEP * push[1]) % plane[1]


def _spread(points: Sequence[tuple[float, float]], kinds: int, plane: tuple[float, float], chance: Random) -> list[int]:
    """Which motif stands where: as many of each, no two of a kind near each other."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(kinds)]
    found = [0] * len(points)
    most = -(-len(points) // kinds)
    for number in chance.sample(range(len(points)), len(points)):
        at = points[number]
        open_ = [kind for kind in range(kinds) if len(taken[kind]) < most]
        best = max(open_, key=lambda kind: min((_gap(at, other, plane) for other in taken[kind]), default=math.inf))
        taken[best].append(at)
        found[number] = best
    return found


# --- motifs --------------------------------------------------------------------------------------


def motifs_of(plan: Plan, seed: int, style: Style, art: Art) -> list[Motif]:
    """Each thing by itself; things that hold, wear or carry one another, and inscriptions, stay together."""
    bare = replace(plan, transparent=True, background="", backdrop=None, weather="", touches=(), boards=plan.boards)
    if plan.links or plan.texts:
        plans = [bare]
    else:
        plans = [replace(bare, wishes=(replace(wish, count=1, place="", size=1.0),)) for wish in bare.wishes[:KINDS]]
    found = []
    for one in plans:
        made = compose(one, int(UNIT), int(UNIT), seed, style, art)
        if not made.scene.objects and not made.scene.text:
            continue
        inked = in_inks(made, plan.exact[1:] or plan.exact) if plan.exact else made
        found.append(Motif(inked, _reach(made)))
    return found


def _reach(made: Composition) -> tuple[float, float, float, float]:
    boxes = [*(thing.box for thing in made.scene.objects), *(text.box for text in made.scene.text)]
    x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x1, y1 = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return x0 * made.width, y0 * made.height, (x1 - x0) * made.width, (y1 - y0) * made.height


def definition(number: int, motif: Motif) -> str:
    """A motif's markup under names of its own, as one group to be used."""
    own = _IDS.sub(rf"\g<1>m{number}-", motif.composition.markup)
    return f'<g id="motif{number}">{own}</g>'


def _copies(seat: Seat, motif: Motif, size: float, plane: tuple[float, float]) -> Iterator[str]:
    """The motif, and again one tile away wherever it reaches over an edge."""
    x, y, wide, high = motif.box
    reach = 0.56 * size * motif.diagonal  # a little more than half: shadows, strokes
    shape = f"rotate({num(seat.turn)}) scale({size:.5f}) translate({num(-x - wide / 2)} {num(-y - high / 2)})"
    mirror = f"scale({-1 if seat.across else 1} {-1 if seat.over else 1}) " if seat.across or seat.over else ""
    for dx, dy in _images(seat.x, seat.y, reach, plane):
        yield (
            f'<use href="#motif{seat.kind}" transform="translate({seat.x + dx:.4f} {seat.y + dy:.4f}) '
            f'{mirror}{shape}"/>'
        )


def _images(x: float, y: float, reach: float, plane: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """The moves by whole tiles after which something of that reach still shows, none first."""
    far = [range(-math.ceil((at + reach) / side), math.ceil((side - at + reach) / side) + 1)
           for at, side in zip((x, y), plane, strict=True)]  # fmt: skip
    moves = [(i * plane[0], j * plane[1]) for i in far[0] for j in far[1]]
    for dx, dy in sorted(moves, key=lambda move: (move != (0.0, 0.0), move)):
        if -reach < x + dx < plane[0] + reach and -reach < y + dy < plane[1] + reach:
            yield dx, dy


def _crumbs(
    seats: Sequence[Seat], inks: Sequence[str], plane: tuple[float, float], cell: float, ground: str, chance: Random
) -> Iterator[str]:
    """Dots in the widest gaps, in the motifs' own colours, so that no hole is seen."""
    taken = [(seat.x, seat.y) for seat in seats]
    colours = [ink for ink in inks if not ground or math.dist(oklab(ink), oklab(ground)) > _APART] or inks
    for _ in range(len(seats) if colours else 0):
        tried = [(chance.random() * plane[0], chance.random() * plane[1]) for _ in range(4 * _CANDIDATES)]
        x, y = max(tried, key=lambda at: min(_gap(at, other, plane) for other in taken))
        gap = min(_gap((x, y), other, plane) for other in taken)
        taken.append((x, y))
        radius = min(_DOT * cell, gap - 0.5 * cell)
        colour = chance.choice(colours)
        if radius < 0.3 * _DOT * cell:
            continue
        for dx, dy in _images(x, y, radius, plane):
            yield circle(x + dx, y + dy, radius, mix(colour, ground, 0.25) if ground else colour)


# --- colours and what is told --------------------------------------------------------------------


def _ground(plan: Plan, motifs: Sequence[Motif], style: Style, chance: Random) -> str:
    """The first ink of an exact palette, the one that was asked for, or one in the style's colours that no motif sinks
    into."""
    if plan.exact or plan.backdrop:
        return plan.exact[0] if plan.exact else str(plan.backdrop)
    mains = [oklab(_in_style(motif.composition.scene.palette[0], style)) for motif in motifs]
    grounds = [_in_style(ground, style) for ground in _GROUNDS]

    def away(ground: str) -> float:
        return min(math.dist(oklab(ground), main) for main in mains)

    fitting = [ground for ground in grounds if away(ground) >= _APART]
    if fitting and style.colour is not None:  # its paper
        return max(fitting, key=lambda ground: oklab(ground)[0])
    return chance.choice(fitting) if fitting else max(grounds, key=away)


def _inks(motifs: Sequence[Motif], style: Style) -> list[str]:
    colours = (colour for motif in motifs for colour in motif.composition.scene.palette)
    return list(dict.fromkeys(_in_style(colour, style) for colour in colours))


def _in_style(colour: str, style: Style) -> str:
    found = re.search(r'fill="(#[0-9a-f]{6})"', toned(rect(0, 0, 1, 1, colour), style))
    return found[1] if found else colour


def _objects(seat: Seat, motif: Motif, size: float, plane: tuple[float, float], z: int) -> Iterator[SceneObject]:
    """The motif's things where they stand in the tile, their boxes upright and cut at its edges."""
    half = size * (motif.diagonal if seat.turn else max(motif.box[2:])) / 2
    x0, x1 = (min(1.0, max(0.0, (seat.x + side * half) / plane[0])) for side in (-1, 1))
    y0, y1 = (min(1.0, max(0.0, (seat.y + side * half) / plane[1])) for side in (-1, 1))
    for thing in motif.composition.scene.objects:
        yield replace(thing, box=(x0, y0, x1 - x0, y1 - y0), z=z + thing.z)


def _scene(plan: Plan, motifs: Sequence[Motif], objects: tuple[SceneObject, ...], ground: str, style: Style) -> Scene:
    scenes = [motif.composition.scene for motif in motifs]
    colours = [colour for scene in scenes for colour in scene.palette]
    palette = plan.exact or tuple(dict.fromkeys([*([ground] if ground else []), *colours]))[:6]
    missing = tuple(dict.fromkeys((*plan.not_drawn, *(word for scene in scenes for word in scene.not_drawn))))
    return Scene(
        BARE if plan.transparent else "plain",
        "day",
        "clear",
        style.id,
        palette,
        objects,
        not_drawn=missing,
        setting_spans=plan.setting_spans,
        replaced=plan.replaced,
        transparent=plan.transparent,
    )
