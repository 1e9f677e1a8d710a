"""Press-on nails: ten on a sheet to be cut, one by itself, or five worn on a hand.

    nailed(plan, nails, width, height, dpi, seed, style, art) -> Composition

Sheets and single nails are drawn to the millimetre: their plane is what so many pixels are at `dpi` to the inch, in
tenths of a millimetre. Both hands carry the same designs in mirrored order; no picture and no word is ever mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin
from random import Random

from pingxing.engine.backends.scene.art import Art
from pingxing.engine.backends.scene.colour import mix, oklab
from pingxing.engine.backends.scene.compose import BARE, Composition, compose
from pingxing.engine.backends.scene.decals import cut_line, laid, thick
from pingxing.engine.backends.scene.exact import in_inks
from pingxing.engine.backends.scene.hand import PER_MM, SIDE, drawn_hand, seats
from pingxing.engine.backends.scene.letters import extent, outlines, set_lines
from pingxing.engine.backends.scene.manicure import THINNEST, UNITS, Coats, Nail, Painted, Spot, coats, outline, painted
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.stage import UNIT
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import element, num, path, rect
from pingxing.engine.backends.scene.tile import Motif, definition, motifs_of
from pingxing.errors import InvalidRequest
from pingxing.nails import FINGERS, MM_PER_INCH, PIXELS_PER_INCH, Finger, Hand, Nails
from pingxing.types import Scene, SceneObject

CUT = "#3d3a38"
_MARGIN, _GAP = 9.0 * UNITS, 1.6 * UNITS  # of a sheet; least between two nails
_HEAD, _LABEL, _FOOT = 12.0 * UNITS, 6.0 * UNITS, 14.0 * UNITS
_RULER = 50.0  # mm
_LETTER = 2.3 * UNITS  # height of a capital
_BOLD_LINE = 0.05  # of outlined styles: so thick that it is still 0.25 mm on the smallest motif (5 mm)
_AIR = 1.0 * UNITS  # between neighbours of a continuous picture
Box = tuple[float, float, float, float]
_Things = tuple[tuple[SceneObject, Box], ...]


@dataclass(frozen=True, slots=True)
class _Set:
    """Everything that the nails of one set share."""

    nails: Nails
    plan: Plan
    motifs: tuple[Motif, ...]
    coat: Coats
    seed: int
    panorama: Composition | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """One nail of one hand in its own plane: cut to its outline, with the boxes of its things in that plane."""

    nail: Nail
    outline: str
    markup: str
    defs: str
    things: _Things


def nailed(
    plan: Plan, nails: Nails, width: int, height: int, dpi: int | None, seed: int, style: Style, art: Art,
    given: Motif | None = None,
) -> Composition:  # fmt: skip
    """One picture of a set. `given` is what another engine made of the wish: the one motif, or where a picture runs
    across the hand that picture. Raises InvalidRequest for motifs where the wish names no thing, and where the nails
    do not fit on the page."""
    if style.line is not None:
        bold = replace(style.line, width=max(_BOLD_LINE, style.line.width), far=max(_BOLD_LINE / 2, style.line.far))
        style = replace(style, line=bold)
    whole = nails.design == "continuous" and nails.view != "decals"
    drawn = (given,) if given is not None else ()
    motifs = () if whole else drawn or tuple(motifs_of(plan, seed, style, art))
    if not motifs and (nails.design in ("motifs", "tossed") or nails.view == "decals"):
        raise InvalidRequest("no_motif", member="prompt")
    coat = coats(plan, motifs, nails.design, Random(f"pingxing nails {seed}"))
    across = None
    if whole:
        across = given.composition if given is not None else _panorama(plan, nails, seed, style, art)
    made = _Set(nails, plan, motifs, coat, seed, across)
    if nails.view == "hand":
        return _worn(made, width, height, style)
    scale = MM_PER_INCH * UNITS / (dpi or PIXELS_PER_INCH)
    plane = (width * scale, height * scale)
    if nails.view == "decals":
        return _decals(made, plane, style)
    return _tip(made, plane, style) if nails.view == "tip" else _sheet(made, plane, style)


def order(hand: Hand) -> tuple[Finger, ...]:
    """Left to right as the wearer sees the back of the hand."""
    return FINGERS if hand == "right" else FINGERS[::-1]


# --- one nail ------------------------------------------------------------------------------------


def _shape(made: _Set, hand: Hand, finger: Finger) -> _Shape:
    nails = made.nails
    nail = Nail(finger, nails.width(finger) * UNITS, nails.length(finger) * UNITS, finger in nails.accents)
    name = f"n{hand[0]}{FINGERS.index(finger)}"
    edge = outline(nails.shape, nail.width, nail.length)
    chance = Random(f"pingxing nail {made.seed} {finger}")  # the same on both hands
    if made.panorama is not None:
        done, things = _window(made, made.panorama, hand, nail)
    else:
        done = painted(nail, nails.design, made.coat, len(made.motifs), chance, name)
        things = tuple(_things(made.motifs, done.spots, nail))
    art = "".join(_placed(made.motifs[spot.kind], spot) for spot in done.spots)
    clip = f'<clipPath id="{name}"><path d="{edge}"/></clipPath>'
    return _Shape(nail, edge, f'<g clip-path="url(#{name})">{done.markup}{art}</g>', clip + done.defs, things)


def _placed(motif: Motif, spot: Spot) -> str:
    x, y, wide, high = motif.box
    size = spot.size / motif.longest
    move = f"translate({num(-x - wide / 2)} {num(-y - high / 2)})"
    turn = f"rotate({num(spot.turn)}) " if spot.turn else ""
    place = f"translate({num(spot.x)} {num(spot.y)}) {turn}scale({size:.5f}) {move}"
    return f'<use href="#motif{spot.kind}" transform="{place}"/>'


def _things(motifs: Sequence[Motif], spots: Sequence[Spot], nail: Nail) -> Iterator[tuple[SceneObject, Box]]:
    for spot in spots:
        motif = motifs[spot.kind]
        wide, high = (spot.size * side / motif.longest for side in motif.box[2:])
        x0, x1 = (min(nail.width / 2, max(-nail.width / 2, spot.x + way * wide / 2)) for way in (-1, 1))
        y0, y1 = (min(nail.length, max(0.0, spot.y + way * high / 2)) for way in (-1, 1))
        for thing in motif.composition.scene.objects:
            yield thing, (x0, y0, x1 - x0, y1 - y0)


# --- one picture across a hand -------------------------------------------------------------------


def _strip(nails: Nails) -> tuple[float, float]:
    return sum(nails.widths_mm) * UNITS + 4 * _AIR, max(nails.lengths_mm) * UNITS


def _panorama(plan: Plan, nails: Nails, seed: int, style: Style, art: Art) -> Composition:
    wide, high = _strip(nails)
    made = compose(plan, round(wide), round(high), seed, style, art)
    return in_inks(made, plan.exact) if plan.exact else made


def _window(made: _Set, whole: Composition, hand: Hand, nail: Nail) -> tuple[Painted, _Things]:
    """What of the picture lies on this nail; the cuticles stand in one row."""
    wide, high = _strip(made.nails)
    scale = max(wide / whole.width, high / whole.height)
    before = order(hand)[: order(hand).index(nail.finger)]
    left = sum(made.nails.width(finger) * UNITS + _AIR for finger in before) + nail.width / 2
    top = high - nail.length
    markup = f'<use href="#motif0" transform="translate({num(-left)} {num(-top)}) scale({scale:.6f})"/>'
    found = []
    for thing in whole.scene.objects:
        x, y, w, h = thing.box
        x0, x1 = (min(nail.width / 2, max(-nail.width / 2, at * whole.width * scale - left)) for at in (x, x + w))
        y0, y1 = (min(nail.length, max(0.0, at * whole.height * scale - top)) for at in (y, y + h))
        if (x1 - x0) * (y1 - y0) > 0.2 * w * h * whole.width * whole.height * scale**2:
            found.append((thing, (x0, y0, x1 - x0, y1 - y0)))
    return Painted(markup, "", "#808080", ()), tuple(found)


# --- the three pictures --------------------------------------------------------------------------


def _tip(made: _Set, plane: tuple[float, float], style: Style) -> Composition:
    """In the middle of the upper edge, so that what is beside and below stays free."""
    shape = _shape(made, made.nails.hand, made.nails.finger)
    nail = shape.nail
    left, top = plane[0] / 2, 0.5 * UNITS
    if nail.width > plane[0] or nail.length + 2 * top > plane[1]:
        raise InvalidRequest("nail_room", member="width", width=_mm(nail.width), height=_mm(nail.length + 2 * top))
    markup = f'<g transform="translate({num(left)} {num(top)})">{shape.markup}</g>'
    ground = "" if made.plan.transparent else rect(0, 0, *plane, "#ffffff")
    objects = tuple(_objects([(shape, left, top, 1.0)], plane))
    return _composition(made, [shape], ground + markup, plane, objects, style)


def _sheet(made: _Set, plane: tuple[float, float], style: Style) -> Composition:
    """Two rows of five, the left hand's above; a ruler, so that whoever prints it can check the scale."""
    nails = made.nails
    across, down = sum(nails.widths_mm) * UNITS, max(nails.lengths_mm) * UNITS
    least = across + 4 * _GAP + 2 * _MARGIN, 2 * (down + _LABEL) + _HEAD + _FOOT
    if plane[0] < least[0] or plane[1] < least[1]:
        raise InvalidRequest("nail_room", member="width", width=_mm(least[0]), height=_mm(least[1]))
    parts = ["" if made.plan.transparent else rect(0, 0, *plane, "#ffffff"), _head(nails), _ruler(plane)]
    gap = min(12 * UNITS, (plane[0] - 2 * _MARGIN - 5 * UNITS - across) / 5)
    spare = (plane[1] - least[1]) / 3
    seated: list[tuple[_Shape, float, float, float]] = []
    hands: tuple[Hand, Hand] = ("left", "right")
    for row, hand in enumerate(hands):
        x = (plane[0] - across - 4 * gap) / 2
        foot = _HEAD + spare * (row + 1) + row * (down + _LABEL) + down
        parts.append(_text(hand[0].upper(), _MARGIN / 2 + 2 * UNITS, foot - down / 2, 1.7 * _LETTER, "#b9b2ad"))
        for finger in order(hand):
            shape = _shape(made, hand, finger)
            left, top = x + shape.nail.width / 2, foot - shape.nail.length
            line = path(shape.outline, stroke=CUT, stroke_width=THINNEST, stroke_linejoin="round", data_cut="line")
            parts.append(f'<g transform="translate({num(left)} {num(top)})">{shape.markup}{line}</g>')
            told = f"{FINGERS.index(finger) + 1} · {nails.width(finger):g}"
            parts.append(_text(told, left, foot + 3.4 * UNITS, 0.8 * _LETTER, "#6f6964"))
            seated.append((shape, left, top, 1.0))
            x += shape.nail.width + gap
    objects = tuple(_objects(seated, plane))
    return _composition(made, [one for one, *_ in seated], "".join(parts), plane, objects, style)


def _decals(made: _Set, plane: tuple[float, float], style: Style) -> Composition:
    """Motifs at their true size, each within a cut line; no line thinner than a printer holds."""
    count = made.nails.decals
    room = (_MARGIN / 2, 2.5 * UNITS, plane[0] - _MARGIN, plane[1] - _FOOT + 2 * UNITS)
    seats = laid(count, len(made.motifs), room)
    if seats is None:
        raise InvalidRequest("decal_room", member="decals", count=count)
    least = {kind: min(seat.size for seat in seats if seat.kind == kind) for kind in {seat.kind for seat in seats}}
    motifs = tuple(
        motif if kind not in least else replace(motif, composition=_bold(motif, least[kind]))
        for kind, motif in enumerate(made.motifs)
    )
    parts = ["" if made.plan.transparent else rect(0, 0, *plane, "#ffffff"), _ruler(plane)]
    things: list[SceneObject] = []
    for seat in seats:
        motif = motifs[seat.kind]
        spot = Spot(seat.kind, seat.x, seat.y, seat.size)
        parts += [_placed(motif, spot), cut_line(seat, *motif.box[2:], CUT)]
        wide, high = (seat.size * side / motif.longest for side in motif.box[2:])
        box = ((seat.x - wide / 2) / plane[0], (seat.y - high / 2) / plane[1], wide / plane[0], high / plane[1])
        things += [replace(thing, box=box, z=len(things)) for thing in motif.composition.scene.objects]
    return _composition(replace(made, motifs=motifs), [], "".join(parts), plane, tuple(things), style)


def _bold(motif: Motif, size: float) -> Composition:
    """The motif's drawing with strokes that are still 0.25 mm where its longer side is `size`."""
    return replace(motif.composition, markup=thick(motif.composition.markup, THINNEST * motif.longest / size))


def _worn(made: _Set, width: int, height: int, style: Style) -> Composition:
    """The mock-up: the nails are convex here and nowhere else."""
    nails = made.nails
    short = min(width, height)
    plane = (UNIT * width / short, UNIT * height / short)
    size = min(plane) / SIDE
    left, top = (plane[0] - SIDE * size) / 2, plane[1] - SIDE * size
    pale, cloth = _surroundings(made)
    seated, parts, places = [], [], seats(nails.hand)
    scale = PER_MM / UNITS
    for finger in order(nails.hand):
        shape, seat = _shape(made, nails.hand, finger), places[finger]
        where = f"translate({num(seat.x)} {num(seat.y)}) rotate({num(seat.turn)}) scale({scale:.5f})"
        lift = f"translate(0 {num(-shape.nail.length)})"
        parts.append(f'<g transform="{where} {lift}">{_gloss(shape, nails.hand)}</g>')
        turned = _turned(seat.x, seat.y, seat.turn, shape.nail.length * scale)
        seated.append((shape, left + turned[0] * size, top + turned[1] * size, scale * size))
    hand = f'<g transform="translate({num(left)} {num(top)}) scale({size:.5f})">'
    hand += drawn_hand(nails.tone, nails.hand, cloth) + "".join(parts) + "</g>"
    ground = rect(0, 0, *plane, pale)
    spot = element("circle", cx=plane[0] / 2, cy=plane[1] * 0.47, r=0.4 * min(plane), fill=mix(pale, "#b79c8c", 0.2))
    objects = tuple(_objects(seated, plane))
    behind = "" if made.plan.transparent else ground + spot
    return _composition(made, [one for one, *_ in seated], behind + hand, plane, objects, style)


def _surroundings(made: _Set) -> tuple[str, str]:
    """A pale ground and a cloth, both kin to the nails."""
    if made.panorama is not None:
        return "#efe9e4", "#c9bfb6"
    light = max((made.coat.base, made.coat.second), key=lambda ink: oklab(ink)[0])
    return mix(made.coat.base, "#f7f2ee", 0.72), mix(light, made.coat.line, 0.3)


def _turned(x: float, y: float, turn: float, up: float) -> tuple[float, float]:
    return x + up * sin(radians(turn)), y - up * cos(radians(turn))


def _gloss(shape: _Shape, hand: Hand) -> str:
    """The nail with its roundness: sides a little darker, a soft streak of light, a fine shadow under its edge."""
    nail, name = shape.nail, f"g{FINGERS.index(shape.nail.finger)}"
    half, length = nail.width / 2, nail.length
    stops = "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{strength}"/>'
        for at, colour, strength in (
            (0, "#2a1512", 0.3), (0.16, "#2a1512", 0.06), (0.3, "#ffffff", 0.0), (0.42, "#ffffff", 0.0),
            (0.86, "#2a1512", 0.05), (1, "#2a1512", 0.34),
        )
    )  # fmt: skip
    defs = (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="{num(-half)}" y1="0" x2="{num(half)}" y2="0">'
        f"{stops}</linearGradient>"
    )
    x = -0.22 * nail.width
    streak = path(
        f"M{num(x)} {num(0.2 * length)}Q{num(x - 0.1 * nail.width)} {num(0.45 * length)} {num(x)} {num(0.72 * length)}",
        stroke="#ffffff", stroke_width=0.11 * nail.width, stroke_linecap="round", opacity=0.42,
    )  # fmt: skip
    dot = element("circle", cx=x + 0.01 * nail.width, cy=0.82 * length, r=0.055 * nail.width, fill="#ffffff",
                  fill_opacity=0.42)  # fmt: skip
    under = path(shape.outline, "#3a1d16", stroke="#3a1d16", stroke_width=3.5, opacity=None, fill_opacity=0.35,
                 stroke_opacity=0.35, transform=f"translate({2 if hand == 'right' else -2} 4)")  # fmt: skip
    over = path(shape.outline, f"url(#{name})")
    return f"<defs>{defs}</defs>{under}{shape.markup}{over}{streak}{dot}"


# --- words and measures --------------------------------------------------------------------------


def _head(nails: Nails) -> str:
    """The size's name and its widths; figures and letters only, which every language reads."""
    top, side = 3.2 * UNITS, 6.4 * UNITS
    badge = rect(_MARGIN, top, side * max(1.0, 0.62 * len(nails.label)), side, CUT, rx=1.4 * UNITS)
    wide = side * max(1.0, 0.62 * len(nails.label))
    letter = _text(nails.label, _MARGIN + wide / 2, top + side / 2, 1.3 * _LETTER, "#ffffff")
    widths = " · ".join(f"{width:g}" for width in nails.widths_mm) + " mm"
    return badge + letter + _text(widths, _MARGIN + wide + 2.5 * UNITS, top + side / 2, _LETTER, "#6f6964", start=True)


def _ruler(plane: tuple[float, float]) -> str:
    x, y = _MARGIN, plane[1] - 5.5 * UNITS
    ticks = "".join(
        f"M{num(x + n * UNITS)} {num(y)}V{num(y - (2.6 if n % 10 == 0 else 1.9 if n % 5 == 0 else 1.2) * UNITS)}"
        for n in range(int(_RULER) + 1)
    )
    line = path(f"M{num(x)} {num(y)}H{num(x + _RULER * UNITS)}{ticks}", stroke=CUT, stroke_width=THINNEST)
    return line + _text("50 mm", x + (_RULER + 2) * UNITS, y - 1.2 * UNITS, 0.9 * _LETTER, "#6f6964", start=True)


def _text(string: str, x: float, y: float, capital: float, ink: str, *, start: bool = False) -> str:
    """In one line, about (x, y), or from there on; capitals `capital` high."""
    setting = set_lines(string, "sans", 1e4, capital)
    wide, high = extent(setting)
    return outlines(setting, x if start else x - wide / 2, y - high / 2, ink)


def _mm(units: float) -> int:
    return -int(-units // UNITS)


# --- what is told --------------------------------------------------------------------------------


def _objects(seated: Sequence[tuple[_Shape, float, float, float]], plane: tuple[float, float]) -> Iterator[SceneObject]:
    """Each thing on each nail; of turned nails the box about the nail's own, upright."""
    z = 0
    for shape, left, top, scale in seated:
        for thing, (x, y, w, h) in shape.things:
            x0, y0 = max(0.0, (left + x * scale) / plane[0]), max(0.0, (top + y * scale) / plane[1])
            box = (x0, y0, min(1 - x0, w * scale / plane[0]), min(1 - y0, h * scale / plane[1]))
            yield replace(thing, box=box, z=z)
            z += 1


def _composition(
    made: _Set, shapes: Sequence[_Shape], body: str, plane: tuple[float, float], objects: tuple[SceneObject, ...],
    style: Style,
) -> Composition:  # fmt: skip
    plan = made.plan
    motifs = made.motifs if made.panorama is None else (Motif(made.panorama, (0, 0, *plane)),)
    defs = "".join(definition(n, motif) for n, motif in enumerate(motifs)) + "".join(one.defs for one in shapes)
    scenes = [motif.composition.scene for motif in motifs]
    own = () if made.panorama else (made.coat.base, made.coat.second)
    palette = plan.exact or tuple(dict.fromkeys([*own, *(ink for scene in scenes for ink in scene.palette)]))[:6]
    missing = tuple(dict.fromkeys((*plan.not_drawn, *(word for scene in scenes for word in scene.not_drawn))))
    scene = Scene(
        BARE if plan.transparent else scenes[0].background if made.panorama else "plain",
        scenes[0].time if made.panorama else "day",
        scenes[0].weather if made.panorama else "clear",
        style.id,
        palette,
        objects,
        not_drawn=missing,
        setting_spans=plan.setting_spans,
        replaced=plan.replaced,
        transparent=plan.transparent,
    )
    markup = f'<defs>{defs}</defs><g id="nails" data-name="nails">{body}</g>'
    return Composition(markup, *plane, scene)
