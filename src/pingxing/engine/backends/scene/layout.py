"""Where things go: units of related things, rows on the ground, free places in the air and in water.

Lengths inside a unit are "paces": real metres with the contrast turned down (a mouse beside an elephant
stays small, and stays visible). A unit's ground is y = 0 and up is positive; the frame's y runs down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from pingxing.engine.backends.scene.plan import Link

CONTRAST = 0.36  # exponent that turns metres into paces
HIDDEN = 0.16  # part of a thing's height that the row before it may cover
ROW_COST = 0.84  # rows must earn their place: one row is calmer than two
TRIES = 8  # arrangements made, of which the one with the least overlap is kept
GAP = 0.12  # between neighbours, in parts of the smaller one


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to place. `wide` and `tall` in paces."""

    index: int
    wish: int
    wide: float
    tall: float
    stance: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """An item in its unit: left edge and foot in paces; `order` breaks ties of depth, front is higher."""

    item: Item
    x: float
    y: float
    order: float = 0.0
    resting: bool = False  # on another thing, not on the ground

    @property
    def right(self) -> float:
        return self.x + self.item.wide

    @property
    def top(self) -> float:
        return self.y + self.item.tall

    @property
    def middle(self) -> float:
        return self.x + self.item.wide / 2

    def moved(self, dx: float, dy: float = 0.0, order: float = 0.0) -> Spot:
        return replace(self, x=self.x + dx, y=self.y + dy, order=self.order + order)


@dataclass(slots=True)
class Unit:
    """Things whose places depend on each other."""

    spots: list[Spot] = field(default_factory=list)

    @property
    def left(self) -> float:
        return min(s.x for s in self.spots)

    @property
    def right(self) -> float:
        return max(s.right for s in self.spots)

    @property
    def top(self) -> float:
        return max(s.top for s in self.spots)

    @property
    def bottom(self) -> float:
        return min(s.y for s in self.spots)

    @property
    def wide(self) -> float:
        return self.right - self.left

    @property
    def tall(self) -> float:
        return self.top - self.bottom

    def shift(self, dx: float, dy: float = 0.0, order: float = 0.0) -> None:
        self.spots = [s.moved(dx, dy, order) for s in self.spots]

    def spot(self, item: Item) -> Spot:
        return next(s for s in self.spots if s.item.index == item.index)

    @property
    def flying(self) -> bool:
        return all(s.item.stance in ("sky", "bird", "water") for s in self.spots)

    @property
    def place(self) -> str:
        return next((s.item.place for s in self.spots if s.item.place), "")


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in the frame: visible box in frame units (y down) and depth; greater depth is nearer."""

    item: Item
    x: float
    y: float
    w: float
    h: float
    depth: float
    grounded: bool


def units(items: Sequence[Item], links: Sequence[Link], rng: Random) -> list[Unit]:
    """Items joined by relations into units, each relation true inside its unit."""
    home: dict[int, Unit] = {item.index: Unit([Spot(item, 0.0, 0.0)]) for item in items}
    by_wish: dict[int, list[Item]] = {}
    for item in items:
        by_wish.setdefault(item.wish, []).append(item)
    for link in _ordered(links):
        subjects, targets = by_wish.get(link.subject, []), by_wish.get(link.object, [])
        if not subjects or not targets:
            continue
        if link.relation in ("left-of", "right-of", "above", "below", "next-to", "in-front-of", "behind"):
            _gather(targets, home, rng)
        for number, subject in enumerate(subjects):
            target = targets[number % len(targets)]
            mine, theirs = home[subject.index], home[target.index]
            if mine is theirs:
                continue
            _join(mine, theirs, subject, target, link.relation, number // len(targets), len(subjects), rng)
            for spot in mine.spots:
                home[spot.item.index] = theirs
            theirs.spots += mine.spots
    unique: list[Unit] = []
    for item in items:
        if all(home[item.index] is not u for u in unique):
            unique.append(home[item.index])
    return unique


def _ordered(links: Sequence[Link]) -> list[Link]:
    """Inner relations first: what sits on a thing joins it before the thing itself is placed."""
    close = {"on", "riding", "holding", "inside", "under"}
    return sorted(links, key=lambda link: link.relation not in close)


def _gather(items: Sequence[Item], home: dict[int, Unit], rng: Random) -> None:
    """Several targets of one relation stand together, so that it can hold for all of them."""
    first = home[items[0].index]
    for item in items[1:]:
        other = home[item.index]
        if other is first:
            continue
        other.shift(first.right - other.left + GAP * item.wide, rng.uniform(-0.04, 0.04) * item.tall)
        for spot in other.spots:
            home[spot.item.index] = first
        first.spots += other.spots


def _join(
    mine: Unit, theirs: Unit, subject: Item, target: Item, relation: str, number: int, many: int, rng: Random
) -> None:
    """Move `mine` so that the relation between subject and target holds; `number` counts equal subjects."""
    at, me = theirs.spot(target), mine.spot(subject)
    gap = GAP * min(subject.wide, target.wide) + 0.04
    side = 1.0 if (number % 2 == 0) == (rng.random() < 0.5) else -1.0
    if relation in ("left-of", "next-to", "right-of"):
        lift = at.y if theirs.flying and mine.flying else 0.0
        to_left = relation == "left-of" or (relation == "next-to" and side < 0)
        dx = theirs.left - gap - mine.right if to_left else theirs.right + gap - mine.left
        mine.shift(dx, lift - (mine.bottom if lift else 0.0), 0.1)
    elif relation == "above":
        rise = theirs.top + 0.1 * subject.tall - mine.bottom
        spread = (number - (many - 1) / 2) * subject.wide * 1.1
        mine.shift(at.middle - me.middle + spread + rng.uniform(-0.12, 0.12) * target.wide, rise, 0.2)
    elif relation == "below":
        theirs.shift(0.0, max(0.0, mine.top + 0.1 * target.tall - at.y), 0.0)
        mine.shift(theirs.spot(target).middle - me.middle, 0.0, 0.2)
    elif relation in ("on", "riding"):
        _put_on(mine, at, me, number, many, relation, rng)
    elif relation == "under":
        _put_under(mine, at, me, number, many, rng)
    elif relation == "in-front-of":
        slide = side * max(0.0, target.wide - subject.wide) * 0.28 + (number - (many - 1) / 2) * subject.wide * 1.05
        mine.shift(at.middle - me.middle + slide, -0.16 * min(1.0, subject.tall) - mine.bottom * 0, 1.0)
    elif relation == "behind":
        slide = side * (target.wide * 0.5 + subject.wide * 0.08)
        mine.shift(at.middle - me.middle + slide, 0.14, -1.0)
    elif relation == "inside":
        mine.shift(at.middle - me.middle, at.y + target.tall * 0.12, 0.5)
    else:  # holding
        step = 0.36 * target.wide if subject.wide > target.wide else 0.42 * target.wide
        mine.shift(at.middle - me.middle + side * step, at.y - mine.bottom, 0.6)
        _hold(mine, theirs, me, at, side, number)


def _hold(mine: Unit, theirs: Unit, me: Spot, at: Spot, side: float, number: int) -> None:
    """Here the subject is the holder: it stands beside the target, which comes up to its chest in front."""
    holder = mine.spot(me.item)
    dx = holder.middle + side * holder.item.wide * -0.34 - at.middle
    dy = holder.y + holder.item.tall * 0.1 - at.y
    if number == 0:
        theirs.shift(dx, dy, 0.0)
        theirs.spots = [replace(s, resting=True, order=s.order + 1.2) for s in theirs.spots]


def _put_on(mine: Unit, at: Spot, me: Spot, number: int, many: int, relation: str, rng: Random) -> None:
    crown = at.item.tall > me.item.tall * 1.8  # a bird sits in a tree's crown, a cat on a box's top
    sink = 0.2 if crown else (0.3 if relation == "riding" else 0.06)
    width = at.item.wide * (0.62 if crown else 0.9)
    step = (number + 0.5) / many - 0.5
    slide = step * width if many > 1 else rng.uniform(-0.16, 0.16) * width * (1.0 if crown else 0.3)
    mine.shift(at.middle - me.middle + slide, at.top - at.item.tall * sink - me.y, 0.3)
    mine.spots = [replace(s, resting=True) for s in mine.spots]


def _put_under(mine: Unit, at: Spot, me: Spot, number: int, many: int, rng: Random) -> None:
    if at.item.tall > me.item.tall * 1.25:  # at its foot, beside the middle, a little nearer
        side = 1.0 if rng.random() < 0.5 else -1.0
        spread = (number - (many - 1) / 2) * me.item.wide * 1.08 if many > 1 else side * at.item.wide * 0.24
        mine.shift(at.middle - me.middle + spread, -0.05 * at.item.tall, 0.8)
    else:
        rise = me.item.tall * 1.04
        mine.shift(at.middle - me.middle + (number - (many - 1) / 2) * me.item.wide * 1.08, at.y - rise, 0.4)


# --- the frame ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """Size, horizon and margins in frame units; `floating` scenes have no ground to stand on."""

    width: float
    height: float
    horizon: float
    floating: bool = False

    @property
    def short(self) -> float:
        return min(self.width, self.height)

    @property
    def foot(self) -> float:  # the lowest line things stand on
        return self.height - 0.07 * self.short


def arrange(all_units: Sequence[Unit], frame: Frame, rng: Random) -> list[Placed]:
    """Every unit in the frame: as large as it pleasantly can be, nothing cut off, nothing hidden."""
    standing = [u for u in all_units if not (u.flying or frame.floating)]
    flying = [u for u in all_units if u.flying or frame.floating]
    placed = _stand(standing, frame, bool(flying), rng) if standing else []
    return placed + (_float(flying, placed, frame, rng) if flying else [])


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
        return [frame.foot - 0.22 * (frame.foot - frame.horizon)]
    start = frame.horizon + 0.12 * (frame.height - frame.horizon)
    return [start + (frame.foot - start) * (i / (count - 1)) ** 0.9 for i in range(count)]


def _row_scale(rows: list[list[Unit]], feet: list[float], frame: Frame, top: float) -> float:
    """The largest paces-to-frame factor at which every row fits."""
    best = 1e9
    for number, row in enumerate(rows):
        part = _perspective(number, len(rows))
        wide = sum(u.wide for u in row) * part + GAP * sum(min(u.wide, 1.0) for u in row) * part
        tallest = max(u.tall for u in row) * part
        room = 0.9 * frame.width if len(row) > 1 else 0.74 * frame.width
        best = min(best, room / max(wide, 1e-6), (feet[number] - top) / tallest)
        if number:
            near = sorted(u.tall for u in row)[len(row) // 2] * part
            behind = max(u.tall for u in rows[number - 1]) * _perspective(number - 1, len(rows))
            step = feet[number] - feet[number - 1]
            shown = near - HIDDEN * behind  # what the nearer row may rise before it hides too much
            best = min(best, step / shown) if shown > 0 else best
    alone = max(u.tall for row in rows for u in row)
    return min(best, 0.66 * frame.height / alone)


def _perspective(number: int, count: int) -> float:
    return 1.0 - 0.1 * (count - 1 - number)


def _stand(units_: Sequence[Unit], frame: Frame, sky_taken: bool, rng: Random) -> list[Placed]:
    top = frame.height * (0.3 if sky_taken else 0.08)
    options = []
    for count in range(1, min(6, len(units_)) + 1):
        rows = _rows(units_, count)
        feet = _row_feet(len(rows), frame)
        options.append((_row_scale(rows, feet, frame, top), rows, feet))
    scale, rows, feet = max(options, key=lambda option: option[0] * ROW_COST ** (len(option[1]) - 1))
    tries = [_place_rows(rows, feet, scale, frame, rng) for _ in range(TRIES if len(rows) > 1 else 1)]
    return min(tries, key=_overlap)


def _overlap(placed: Sequence[Placed]) -> float:
    """Area of each thing that nearer ones hide, summed as parts of it."""
    total = 0.0
    for far in placed:
        for near in placed:
            if near.depth > far.depth:
                w = min(far.x + far.w, near.x + near.w) - max(far.x, near.x)
                h = min(far.y + far.h, near.y + near.h) - max(far.y, near.y)
                if w > 0 and h > 0:
                    total += (w * h / (far.w * far.h)) ** 2
    return total


def _place_rows(
    rows: Sequence[Sequence[Unit]], feet: Sequence[float], scale: float, frame: Frame, rng: Random
) -> list[Placed]:
    placed: list[Placed] = []
    for number, row in enumerate(rows):
        part = scale * _perspective(number, len(rows))
        placed += _place_row(_in_order(row, rng), feet[number], part, frame, rng, number)
    return placed


def _in_order(row: Sequence[Unit], rng: Random) -> list[Unit]:
    """Left, free, right; the free ones shuffled with the largest near the middle."""
    free = [u for u in row if not u.place.endswith(("left", "right"))]
    rng.shuffle(free)
    free.sort(key=lambda u: u.wide * u.tall)
    middle: list[Unit] = []
    for unit in free:
        middle = [*middle, unit] if len(middle) % 2 else [unit, *middle]
    middle = middle[1::2][::-1] + middle[::2] if len(middle) > 2 and rng.random() < 0.5 else middle
    left = [u for u in row if u.place.endswith("left")]
    right = [u for u in row if u.place.endswith("right")]
    return [*left, *middle, *right]


def _place_row(row: list[Unit], foot: float, scale: float, frame: Frame, rng: Random, number: int) -> list[Placed]:
    wide = sum(u.wide for u in row) * scale
    spare = max(0.0, frame.width - wide)
    edge = min(0.06 * frame.width, spare / (len(row) + 1))
    inner = spare - 2 * edge
    weights = [rng.uniform(0.7, 1.3) for _ in range(len(row) + 1)]
    weights[0] *= 1.1 if len(row) > 1 else 1.0
    if row[0].place.endswith("left"):
        weights[0] *= 0.25
    if row[-1].place.endswith("right"):
        weights[-1] *= 0.25
    if len(row) == 1 and row[0].place == "":
        weights = [1.0, 1.0 + rng.uniform(-0.35, 0.35)]
    limit = 0.34 * frame.short  # a gap wider than this belongs at the sides
    total = sum(weights)
    gaps = [inner * w / total for w in weights]
    if len(row) > 1:
        extra = sum(max(0.0, g - limit) for g in gaps[1:-1])
        gaps = [gaps[0] + extra / 2, *[min(g, limit) for g in gaps[1:-1]], gaps[-1] + extra / 2]
    x = edge + gaps[0]
    placed = []
    for position, unit in enumerate(row):
        sway = 0.0 if len(row) == 1 else rng.uniform(-0.5, 0.5) * 0.035 * frame.short
        base = min(foot + sway, frame.foot + 0.02 * frame.short)
        placed += [
            _framed(s, x + (s.x - unit.left) * scale, base - s.y * scale, scale, base, number) for s in unit.spots
        ]
        x += unit.wide * scale + gaps[position + 1]
    return placed


def _framed(spot: Spot, x: float, foot: float, scale: float, base: float, row: int) -> Placed:
    grounded = not spot.resting and abs(foot - base) < 0.3 * scale * max(0.5, spot.item.tall)
    high = spot.item.tall * scale
    return Placed(spot.item, x, foot - high, spot.item.wide * scale, high, base + spot.order * 12 + row * 2, grounded)


PLACES = {
    "left": (0.2, None), "right": (0.8, None), "top": (None, 0.18), "bottom": (None, 0.8), "centre": (0.5, 0.5),
    "top-left": (0.2, 0.18), "top-right": (0.8, 0.18), "bottom-left": (0.2, 0.8), "bottom-right": (0.8, 0.8),
}  # fmt: skip


def _float(units_: Sequence[Unit], standing: Sequence[Placed], frame: Frame, rng: Random) -> list[Placed]:
    """Free places: the size at which all find room, then for each the spot farthest from the others."""
    top, left = 0.05 * frame.height, 0.05 * frame.width
    bottom = frame.height - top if not standing else frame.horizon + 0.1 * frame.height
    area = (frame.width - 2 * left) * (bottom - top)
    taken = [(p.x, p.y, p.w, p.h) for p in standing]
    demand = sum(u.wide * u.tall for u in units_)
    fill = 0.42 if not standing else 0.2
    scale = (area * fill / demand) ** 0.5
    widest, tallest = max(u.wide for u in units_), max(u.tall for u in units_)
    limit = 0.62 if not standing else 0.3
    scale = min(scale, limit * frame.width / widest, limit * 1.05 * (bottom - top) / tallest)
    if standing:
        biggest = max(p.h for p in standing)
        scale = min(scale, max(0.9 * biggest, 0.24 * frame.short) / tallest)
    for _ in range(40):
        found = _try_float(units_, taken, (left, top, frame.width - left, bottom), scale, rng)
        if found is not None:
            return found
        scale *= 0.9
    return _try_float(units_, [], (left, top, frame.width - left, bottom), scale, rng) or []


def _try_float(
    units_: Sequence[Unit],
    taken: Sequence[tuple[float, float, float, float]],
    area: tuple[float, float, float, float],
    scale: float,
    rng: Random,
) -> list[Placed] | None:
    x0, y0, x1, y1 = area
    boxes = list(taken)
    placed: list[Placed] = []
    for unit in sorted(units_, key=lambda u: (not u.place, -u.wide * u.tall)):
        w, h = unit.wide * scale, unit.tall * scale
        if w > x1 - x0 or h > y1 - y0:
            return None
        want_x, want_y = PLACES.get(unit.place, (None, None))
        best: tuple[float, float, float] | None = None
        for _ in range(36):
            x, y = rng.uniform(x0, x1 - w), rng.uniform(y0, y1 - h)
            if want_x is not None:
                x = min(max(x0, want_x * (x1 - x0) + x0 - w / 2 + rng.uniform(-0.04, 0.04) * (x1 - x0)), x1 - w)
            if want_y is not None:
                y = min(max(y0, want_y * (y1 - y0) + y0 - h / 2 + rng.uniform(-0.03, 0.03) * (y1 - y0)), y1 - h)
            room = _room((x, y, w, h), boxes, area)
            if room > 0 and (best is None or room > best[0]):
                best = (room, x, y)
        if best is None:
            return None
        _, x, y = best
        boxes.append((x, y, w, h))
        for spot in unit.spots:
            high = spot.item.tall * scale
            foot = y + h - (spot.y - unit.bottom) * scale
            at = x + (spot.x - unit.left) * scale
            placed.append(Placed(spot.item, at, foot - high, spot.item.wide * scale, high, spot.order - 1000, False))
    return placed


def _room(
    box: tuple[float, float, float, float],
    boxes: Sequence[tuple[float, float, float, float]],
    area: tuple[float, float, float, float],
) -> float:
    """How far the box is from its nearest neighbour; 0 or less where they touch. Edges count a little."""
    x, y, w, h = box
    margin = 0.06 * min(w, h)
    nearest = 0.35 * min(area[2] - area[0], area[3] - area[1])
    for ox, oy, ow, oh in boxes:
        dx = max(ox - (x + w), x - (ox + ow))
        dy = max(oy - (y + h), y - (oy + oh))
        nearest = min(nearest, max(dx, dy) - margin)
    if nearest <= 0:
        return nearest
    edge = min(x - area[0], area[2] - x - w, y - area[1], area[3] - y - h)
    return min(nearest, edge + 0.08 * (w + h))
