"""Where units go in the frame: rows on the ground, free places in the air and in water.

The frame's y runs down; a unit's runs up from its ground. One factor turns paces into frame units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from pingxing.engine.backends.scene.floating import floated
from pingxing.engine.backends.scene.frame import BANNER, arch, on_horizon
from pingxing.engine.backends.scene.frame import Frame as Frame
from pingxing.engine.backends.scene.frame import Placed as Placed
from pingxing.engine.backends.scene.relate import GAP
from pingxing.engine.backends.scene.shapes import buried, shown
from pingxing.engine.backends.scene.unit import FACE_SEEN, SEEN, Spot, Unit, shortfall

BURIED = 0.5  # part of a foot that those of other units may hide
MILD = 0.2  # the most that things which only seem to be stacked count
ROUNDS = 4  # arrangements tried before that is put up with
RIDERS = 5  # so many may be up in the air with what carries them
CROWDED = 8  # so many cannot all avoid it
HIDDEN = 0.1  # part of a thing's height that the row before it may cover
ROW_COST = 0.74  # rows must earn their place: one row is calmer than two
# Arrangements made until everything can be seen: how much of HIDDEN is allowed, and how large things are.
TRIES = (
    (1.0, 1.0),
    (1.0, 1.0),
    (1.0, 1.0),
    (0.9, 0.99),
    (0.8, 0.98),
    (0.5, 0.96),
    (0.2, 0.94),
    (0.0, 0.92),
    (0.0, 0.84),
    (0.0, 0.7),
    (0.0, 0.55),
)
STAGGER = 0.7  # of the room beside a row
SHORE = 4  # up to so many, boats and what is on the shore stand side by side
UPRIGHT = 1.2  # heights over widths from which a picture is tall
FEW = 4  # so many make one group there, in two rows at most
CLOSED, LEAST_STEP = 1.08, 0.1  # of what rows need between them; and of the shorter side
SHEET_CENTRE = 0.5
CENTRE = 0.58  # where the middle of a group belongs there, in parts of the height below any board
NEAREST = 0.12  # of the land, from the horizon down, on which no raised row stands
SHORES_FROM = 0.3  # of the land: what lies in front of water stays where it is
THIRD = 1.25  # frames wider than this, in parts of their height, have their only subject at a third


def arrange(all_units: Sequence[Unit], frame: Frame, rng: Random) -> list[Placed]:
    """Every unit in the frame: as large as it pleasantly can be, nothing cut off, nothing hidden."""
    numbers = {s.item.index: n for n, u in enumerate(all_units) for s in u.spots}
    worn = {s.item.index: s.over for u in all_units for s in u.spots if s.over >= 0}
    few = len(all_units) <= CROWDED
    standing = [u for u in all_units if not (_flies(u, few) or frame.floating)]
    arches = [s.item for u in all_units if len(u.spots) == 1 for s in u.spots if s.item.stance == "arch"]
    peaks = [s.item for u in all_units for s in u.spots if s.item.stance == "far"]
    flying = [u for u in all_units if (_flies(u, few) or frame.floating) and u.spots[0].item not in (*arches, *peaks)]
    within = sum(shortfall(sorted(u.spots, key=lambda s: s.order)) for u in all_units if len(u.spots) > 1)
    best: tuple[float, float, list[Placed]] | None = None
    for number, (hidden, size) in enumerate(TRIES, 1):
        placed = _stand(standing, frame, bool(flying), rng, hidden, size) if standing else []
        placed += floated(flying, placed, frame, rng) if flying else []
        placed += [arch(item, frame) for item in arches]
        placed += on_horizon(peaks, placed, frame)
        placed = [replace(p, unit=numbers[p.item.index], over=worn.get(p.item.index, -1)) for p in placed]
        placed = _inside(placed, frame)
        placed.sort(key=lambda p: (p.depth, p.item.index))
        unseen = hiding(placed)
        cost = unseen + (stacking(placed) if unseen <= within + 0.005 else MILD)
        if best is None or cost < best[0]:
            best = (cost, unseen, placed)
        # Smaller things are worth it where something cannot be seen, not where something seems to be stacked.
        if (best[1] if number >= ROUNDS else best[0]) <= within + 0.005:
            break
    return best[2] if best is not None else []


def _flies(unit: Unit, few: bool) -> bool:
    """Whether it has its place in the air; in a crowd, where places there are small, not who sits on a cloud."""
    riders = sum(s.resting for s in unit.spots)
    return unit.flying and (riders == 0 or (few and riders <= RIDERS))


def hiding(placed: Sequence[Placed]) -> float:
    """How far things, in the order in which they are drawn, fall short of being seen; 0 where nothing does."""
    return sum(max(0.0, SEEN - whole) + 2 * max(0.0, FACE_SEEN - head) for whole, head in visible(placed))


def stacking(placed: Sequence[Placed]) -> float:
    """How many things seem to hover over others, or to stand on their heads; at most MILD.

    0 for a crowd, which cannot help it.
    """
    cost = 0.0
    if len(placed) > CROWDED:
        return cost
    for number, far in enumerate(placed):
        if far.grounded:
            nearer = [p for p in placed[number + 1 :] if p.unit != far.unit]
            cost += max(0.0, buried(far.body, [p.body for p in nearer]) - BURIED)
            cost += sum(_stacks(far, near) for near in nearer)
    return min(MILD, 0.2 * MILD * cost)


def _stacks(far: Placed, near: Placed) -> bool:
    """Whether the far one seems to stand on the near one's head."""
    across = min(far.x + far.w, near.x + near.w) - max(far.x, near.x)
    gap = near.y - (far.y + far.h)
    return across > 0.4 * min(far.w, near.w) and -0.25 * near.h < gap < 0.1 * min(far.h, near.h)


def visible(placed: Sequence[Placed]) -> list[tuple[float, float]]:
    """Visible parts of each thing and of its head, things being in the order in which they are drawn."""
    where = {p.item.index: n for n, p in enumerate(placed)}
    worn = [(where[p.over], n) for n, p in enumerate(placed) if p.over in where]
    spared = frozenset((*worn, *((garment, wearer) for wearer, garment in worn)))  # a hood is behind its wearer
    return shown([p.body for p in placed], spared)


def _inside(placed: Sequence[Placed], frame: Frame) -> list[Placed]:
    """Every unit wholly in the frame, moved and made smaller as a whole where it would be cut off."""
    groups: dict[int, list[Placed]] = {}
    for spot in placed:
        groups.setdefault(spot.unit, []).append(spot)
    return [spot for group in groups.values() for spot in _kept(group, frame)]


def _kept(group: Sequence[Placed], frame: Frame) -> list[Placed]:
    x0, y0 = min(p.x for p in group), min(p.y for p in group)
    x1, y1 = max(p.x + p.w for p in group), max(p.y + p.h for p in group)
    part = min(1.0, frame.width / (x1 - x0), (frame.height - frame.ceiling) / (y1 - y0))
    wide, tall = (x1 - x0) * part, (y1 - y0) * part
    left = min(max(0.0, x0 + (x1 - x0 - wide) / 2), frame.width - wide)
    top = min(max(frame.ceiling, y1 - tall), frame.height - tall)
    if (part, left, top) == (1.0, x0, y0):
        return list(group)
    return [
        replace(p, x=left + (p.x - x0) * part, y=top + (p.y - y0) * part, w=p.w * part, h=p.h * part) for p in group
    ]


def _rows(units_: Sequence[Unit], count: int) -> list[list[Unit]]:
    """Split into rows, back to front: the tall ones behind, about the same width in each."""
    ordered = sorted(units_, key=lambda u: -u.tall)
    total = sum(u.wide for u in ordered)
    rows: list[list[Unit]] = [[]]
    used = 0.0
    for unit in ordered:
        if used + unit.wide / 2 > total * len(rows) / count and len(rows) < count and rows[-1]:
            rows.append([])
        rows[-1].append(unit)
        used += unit.wide
    return rows


def _row_feet(count: int, frame: Frame) -> list[float]:
    if count == 1:
        return [frame.foot - (0.22 - 0.2 * frame.start) * (frame.foot - frame.horizon)]
    start = frame.horizon + max(0.12, frame.start) * (frame.height - frame.horizon)
    return [start + (frame.foot - start) * (i / (count - 1)) ** 0.9 for i in range(count)]


def _row_scale(rows: list[list[Unit]], feet: list[float], frame: Frame, top: float, hiding: float) -> float:
    """The largest paces-to-frame factor at which every row fits."""
    best = 1e9
    for number, row in enumerate(rows):
        part = _perspective(number, len(rows))
        wide = sum(u.wide for u in row) * part + GAP * sum(min(u.wide, 1.0) for u in row) * part
        high = max(u.tall for u in row) * part
        alone = len(row) == 1 and len(row[0].spots) == 1
        room = (0.74 if alone and frame.height < 1.9 * frame.width else 0.9) * frame.width
        best = min(best, room / max(wide, 1e-6), (feet[number] - top) / high)
        if number:
            above = _risen(rows, number, hiding)
            best = min(best, (feet[number] - feet[number - 1]) / above) if above > 0 else best
    tallest = max(u.tall for row in rows for u in row)
    most = 0.84 if any(_stacked(u) for row in rows for u in row) else 0.66
    if frame.width > 1.6 * frame.height or sum(map(len, rows)) == 1:
        most += 0.08
    if frame.width > BANNER * frame.height and frame.ceiling == 0:
        most += 0.06  # a banner is low: what is in it fills its height
    if frame.water is not None and all(u.afloat for row in rows for u in row):
        most = min(most, 0.5)  # a boat leaves its shores in sight
    return min(best, most * frame.height / tallest)


def _risen(rows: list[list[Unit]], number: int, hiding: float) -> float:
    """How far a row must stand before the one behind it, in paces: nearer, it would hide too much of that."""
    row = rows[number]
    talls = sorted(u.tall for u in row)
    near = (talls[-1] if hiding == 0 else talls[len(row) // 2]) * _perspective(number, len(rows))
    behind = max(u.tall for u in rows[number - 1]) * _perspective(number - 1, len(rows))
    hidden = HIDDEN if sum(map(len, rows)) <= 8 else 2.4 * HIDDEN
    return near - hiding * hidden * behind


def _stacked(unit: Unit) -> bool:
    """Whether something hovers above something else in it."""
    return unit.tall > 1.3 * max(s.item.tall for s in unit.spots)


def _perspective(number: int, count: int) -> float:
    return 1.0 - 0.5 * (count - 1 - number) / max(5, count - 1)


def _stand(
    units_: Sequence[Unit], frame: Frame, sky_taken: bool, rng: Random, hiding: float, size: float
) -> list[Placed]:
    top = max(frame.height * (0.3 if sky_taken else 0.08), frame.ceiling + frame.height * (0.2 if sky_taken else 0.03))
    swimming = [u for u in units_ if u.afloat and frame.water is not None]
    if swimming and len(units_) > SHORE:
        rows, feet = [swimming], [frame.water or frame.foot]
        land = [u for u in units_ if u not in swimming]
        if land:
            near = _rows(land, 1 + len(land) // 8)
            rows, feet = rows + near, feet + _row_feet(len(near), frame)
        return _place_rows(rows, feet, _row_scale(rows, feet, frame, top, hiding) * size, frame, rng, hiding)
    options = []
    most = 6 if frame.height <= frame.width else min(14, round(6 * frame.height / frame.width))
    most = 2 if len(units_) <= FEW and frame.height > UPRIGHT * frame.width else most  # a group, not a flight of steps
    if swimming:
        most = 1  # side by side, so that nobody on the shore hides a boat
    for count in range(1, min(most, len(units_)) + 1):
        rows = _rows(units_, count)
        feet = _row_feet(len(rows), frame)
        options.append((_row_scale(rows, feet, frame, top, hiding), rows, feet))
    scale, rows, feet = max(options, key=lambda option: option[0] * _calm(len(option[1])))
    scale *= size * rng.uniform(0.88, 1.0)
    feet = _closed_up(rows, feet, scale, frame, hiding)
    if not sky_taken or len(units_) <= FEW:  # what flies needs the room above a crowd
        feet = _raised(rows, feet, scale, frame)
    return _place_rows(rows, feet, scale, frame, rng, hiding)


def _closed_up(rows: list[list[Unit]], feet: list[float], scale: float, frame: Frame, hiding: float) -> list[float]:
    """In a tall picture, rows no farther apart than they must be to be seen: a group, not things strewn over it."""
    if frame.height <= UPRIGHT * frame.width or sum(map(len, rows)) > FEW:
        return feet
    closer = list(feet)
    for number in range(len(rows) - 1, 0, -1):
        below = max(0.0, *(-u.bottom for u in rows[number - 1])) * _perspective(number - 1, len(rows))
        step = CLOSED * scale * (_risen(rows, number, hiding) + below)
        closer[number - 1] = max(closer[number - 1], closer[number] - max(step, LEAST_STEP * frame.short))
    return closer


def _raised(rows: Sequence[Sequence[Unit]], feet: list[float], scale: float, frame: Frame) -> list[float]:
    """In a tall picture, rows that come up until their middle is near its own: no group at the foot of an empty sky."""
    if not frame.sheet and (frame.height <= UPRIGHT * frame.width or frame.start >= SHORES_FROM):
        return feet
    talls = (max(u.tall for u in row) * scale * _perspective(n, len(rows)) for n, row in enumerate(rows))
    top = min(foot - tall for foot, tall in zip(feet, talls, strict=True))
    aim = frame.ceiling + (SHEET_CENTRE if frame.sheet else CENTRE) * (frame.height - frame.ceiling)
    room = feet[0] - frame.horizon - NEAREST * (frame.foot - frame.horizon)
    rise = (top + feet[-1]) / 2 - aim
    rise = rise if frame.sheet else min(rise, room)
    return [foot - max(0.0, rise) for foot in feet]


def _calm(rows: int) -> float:
    return 1.0 if rows == 1 else ROW_COST * 0.95 ** (rows - 2)


def _place_rows(
    rows: Sequence[Sequence[Unit]], feet: Sequence[float], scale: float, frame: Frame, rng: Random, hiding: float
) -> list[Placed]:
    placed: list[Placed] = []
    for number, row in enumerate(rows):
        part = scale * _perspective(number, len(rows))
        alike = any(len(other) == len(row) for other in (*rows[:number], *rows[number + 1 :]))
        lean = (STAGGER if number % 2 else -STAGGER) if alike else 0.0
        placed += _place_row(_in_order(row, rng), feet[number], part, frame, rng, number, min(1.0, 0.3 + hiding), lean)
    return placed


def _in_order(row: Sequence[Unit], rng: Random) -> list[Unit]:
    """Left, free, right; the free ones shuffled, of many the largest near the middle."""
    free = [u for u in row if not u.place.endswith(("left", "right"))]
    rng.shuffle(free)
    if len(free) > 3 or (len(free) == 3 and rng.random() < 0.5):
        free = _tent(free, rng)
    left = [u for u in row if u.place.endswith("left")]
    right = [u for u in row if u.place.endswith("right")]
    return [*left, *free, *right]


def _tent(units_: Sequence[Unit], rng: Random) -> list[Unit]:
    """Small at the ends, large in the middle; now and then the other way round."""
    middle: list[Unit] = []
    for unit in sorted(units_, key=lambda u: u.wide * u.tall):
        middle = [*middle, unit] if len(middle) % 2 else [unit, *middle]
    outward = [*middle[1::2][::-1], *middle[::2]]
    return outward if rng.random() < 0.5 else middle


def _place_row(
    row: list[Unit], foot: float, scale: float, frame: Frame, rng: Random, number: int, loose: float, lean: float = 0.0
) -> list[Placed]:
    """One row from left to right; with `lean` it keeps to one side, so that rows of as many do not stand in columns."""
    wide = sum(u.wide for u in row) * scale
    spare = max(0.0, frame.width - wide)
    edge = min(0.06 * frame.width, spare / (len(row) + 1))
    inner = spare - 2 * edge
    weights = [rng.uniform(0.7, 1.3) for _ in range(len(row) + 1)]
    weights[0] *= 1.1 if len(row) > 1 else 1.0
    weights[0], weights[-1] = weights[0] * (1 + lean), weights[-1] * (1 - lean)
    if row[0].place.endswith("left"):
        weights[0] *= 0.25
    if row[-1].place.endswith("right"):
        weights[-1] *= 0.25
    if len(row) == 1 and row[0].place == "" and not lean:
        weights = _alone(row[0], wide, frame, rng)
    limit = (
        0.34 if frame.width < 2.2 * frame.height else 0.9
    ) * frame.short  # a gap wider than this belongs at the sides
    total = sum(weights)
    gaps = [inner * w / total for w in weights]
    if len(row) > 1:
        extra = sum(max(0.0, g - limit) for g in gaps[1:-1])
        gaps = [gaps[0] + extra / 2, *[min(g, limit) for g in gaps[1:-1]], gaps[-1] + extra / 2]
    x = edge + gaps[0]
    placed = []
    for position, unit in enumerate(row):
        sway = 0.0 if len(row) == 1 else rng.uniform(-0.5, 0.5) * 0.035 * frame.short * loose
        base = min(foot + sway, frame.foot + 0.02 * frame.short)
        if unit.afloat and frame.water is not None:
            base = frame.water + sway / 2
        placed += [
            _framed(s, x + (s.x - unit.left) * scale, base - s.y * scale, scale, base, number) for s in unit.spots
        ]
        x += unit.wide * scale + gaps[position + 1]
    return placed


def _alone(unit: Unit, wide: float, frame: Frame, rng: Random) -> list[float]:
    """Room left and right of an only subject: about the middle, in wide frames at a third, looking into the picture."""
    if frame.width < THIRD * frame.height or wide > 0.5 * frame.width:
        return [1.0, 1.0 + rng.uniform(-0.35, 0.35)]
    lead = max(unit.spots, key=lambda s: s.item.wide * s.item.tall).item
    left = lead.faces_left if lead.shape.facing != "front" else rng.random() < 0.5
    at = (2 / 3 if left else 1 / 3) + rng.uniform(-0.03, 0.03)
    before = max(0.02, at * frame.width - wide / 2)
    return [before, max(0.02, frame.width - wide - before)]


def _framed(spot: Spot, x: float, foot: float, scale: float, base: float, row: int) -> Placed:
    grounded = not spot.resting and abs(foot - base) < 0.3 * scale * max(0.5, spot.item.tall)
    high = spot.item.tall * scale
    return Placed(spot.item, x, foot - high, spot.item.wide * scale, high, base + spot.order * 12 + row * 2, grounded)
