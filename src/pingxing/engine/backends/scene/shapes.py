"""The outlines of the art: where a drawing is solid, where things rest on it, where its head and eyes are.

Measured by `scripts/build_shapes.py`; the anchors that no measure finds are in `data/anchors.toml`. All lengths
are parts of the visible box, x to the right and y down, for art as it is drawn (looking to the left).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import Art, Icon, assets
from pingxing.engine.backends.scene.body import FACES
from pingxing.engine.backends.scene.traits import TONE, Traits, traits
from pingxing.engine.backends.scene.words import concept_of, data_file

CELLS = 24
Mask = NDArray[np.bool_]  # (CELLS, CELLS)
Part = tuple[float, float, float, float]  # x0, y0, x1, y1
Facing = Literal["left", "right", "front"]
# The few side views that look to the right: snakes of two sets, rockets and aeroplanes of all.
RIGHT = frozenset({("flat", "1F40D"), ("3d", "1F40D")}) | {
    (name, concept) for name in ("noto", "twemoji", "flat", "3d") for concept in ("1F680", "2708")
}
SIDE = ("animal-mammal", "animal-bird", "animal-reptile", "animal-marine", "animal-bug", "person-sport",
        "person-activity", "transport-ground", "transport-water", "transport-air")  # fmt: skip
WHOLE: Part = (0.0, 0.0, 1.0, 1.0)
FOOT = 0.25  # of a thing's height, by which one sees where it stands


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """`tops` is the outline from above, one height for each column; 1 where a column is empty."""

    mask: Mask
    tops: tuple[float, ...]
    facing: Facing
    head: Part | None
    eyes: float  # from the top of the box
    feet: tuple[float, float]  # leftmost and rightmost part that stands on the ground
    torso: Part  # between neck and legs
    hand: float  # height of the hands
    seat: float | None = None  # height on which others sit, where that is not the outline
    lies: float | None = None  # height on which animals and things lie, where that is lower

    @property
    def rim(self) -> float:
        """Height of the opening of a box, a cup or a boat: most of the outline, not a mast or a handle."""
        found = sorted(t for t in self.tops[CELLS // 5 : -CELLS // 5] if t < 1)
        return found[len(found) // 2] if found else 0.3

    def _over(self, middle: float, wide: float, flip: bool) -> list[float]:
        middle = 1 - middle if flip else middle
        first = min(CELLS - 1, max(0, int((middle - wide / 2) * CELLS)))
        last = min(CELLS, max(first + 1, round((middle + wide / 2) * CELLS)))
        return sorted(t for t in self.tops[first:last] if t < 1)

    def top(self, middle: float, wide: float = 0.2, *, flip: bool = False) -> float:
        """The outline's height around a place: where something rests that is `wide` at its foot."""
        found = self._over(middle, wide, flip)
        return found[len(found) // 3] if found else 0.5  # not the highest tip: a thing sinks in between

    def peak(self, middle: float, wide: float, *, flip: bool = False) -> float:
        """The outline's highest point in that range."""
        found = self._over(middle, wide, flip)
        return found[0] if found else 0.0


@dataclass(frozen=True, slots=True)
class Wear:
    place: str  # "head", "eyes", "ears", "hood", "neck", "torso", "legs", "feet"
    wide: float  # in heads
    below: float  # part of the thing that lies below the place


@dataclass(frozen=True, slots=True)
class _Anchors:
    heads: dict[str, Part]  # by subgroup
    head_of: dict[tuple[str, str], Part]  # by set ("" for every one) and concept
    eyes: dict[str, float]
    wear: dict[str, Wear]
    window: dict[str, Part]
    seat: dict[tuple[str, str], float]
    lies: dict[tuple[str, str], float]
    opened: frozenset[tuple[str, str]]  # ("rim" or "aboard", concept)


def _part(text: str) -> Part:
    x0, y0, x1, y1 = map(float, text.split())
    return x0, y0, x1, y1


@cache
def _anchors() -> _Anchors:
    tables = tomllib.loads(data_file("anchors.toml"))

    def by_concept(name: str) -> list[tuple[str, str, str]]:
        found = []
        for value, line in tables[name].items():
            for word in line.split():
                owner, _, emoji = word.rpartition(":")
                found.append((owner, emoji[2:] if emoji.startswith("U+") else concept_of(emoji), value))
        return found

    wear = {}
    for _, concept, value in by_concept("wear"):
        place, wide, below = value.split()
        wear[concept] = Wear(place, float(wide), float(below))
    return _Anchors(
        {name: _part(text) for name, text in tables["head"].items()},
        {(owner, concept): _part(text) for owner, concept, text in by_concept("head-of")},
        {concept: float(text) for _, concept, text in by_concept("eyes")},
        wear,
        {concept: _part(text) for _, concept, text in by_concept("window")},
        {(owner, concept): float(text) for owner, concept, text in by_concept("seat")},
        {(owner, concept): float(text) for owner, concept, text in by_concept("lies")},
        frozenset((text, concept) for _, concept, text in by_concept("open")),
    )


def worn(concept: str) -> Wear | None:
    """How the thing is worn; None for what nobody wears."""
    return _anchors().wear.get(TONE.sub("", concept))


def window(concept: str) -> Part | None:
    """The part of the thing through which others are seen inside it."""
    return _anchors().window.get(TONE.sub("", concept))


def rimmed(concept: str) -> bool:
    """Whether things inside look out over its rim."""
    return ("rim", TONE.sub("", concept)) in _anchors().opened


def aboard(concept: str) -> bool:
    """Whether to be on it is to be in it: a boat, a bus, a train."""
    return ("aboard", TONE.sub("", concept)) in _anchors().opened


@cache
def _measured(name: str) -> dict[str, NDArray[np.uint8]]:
    with np.load(assets() / "shapes.npz", allow_pickle=False) as found:
        if f"{name}-names" not in found:
            return {}
        names = found[f"{name}-names"].tobytes().decode().split("\n")
        return dict(zip(names, found[f"{name}-rows"], strict=True))


def _outline(name: str, concept: str) -> tuple[Mask, tuple[float, ...]]:
    """Mask and skyline; of a full box where the art is newer than its measures."""
    row = _measured(name).get(TONE.sub("", concept))
    if row is None:
        return np.ones((CELLS, CELLS), bool), (0.0,) * CELLS
    bits = CELLS * CELLS // 8
    mask = np.unpackbits(row[:bits]).reshape(CELLS, CELLS).astype(bool)
    return mask, tuple(float(v) / 255 for v in row[bits:])


@lru_cache(maxsize=4096)
def shape_of(icon: Icon, art: Art) -> Shape:
    """The icon's outline and anchors; with the body drawn under it, where it has one."""
    kind = traits(icon.concept)
    mask, tops = _outline(icon.set, icon.concept)
    head = _head(icon, kind, tops)
    facing: Facing = "front"
    if kind.subgroup in SIDE and not icon.under and TONE.sub("", icon.concept) not in FACES:
        facing = "right" if (icon.set, icon.concept) in RIGHT else "left"
    eyes = 0.5
    if head is not None:
        eyes = head[1] + _anchors().eyes.get(TONE.sub("", icon.concept), 0.5) * (head[3] - head[1])
    feet = tuple((v - icon.box[0]) / icon.width for v in icon.foot)
    bare = art.find(icon.set, icon.concept)
    if not icon.under or bare is None:
        torso = (0.25, 0.32, 0.75, 0.72) if head is None or kind.group == "people-body" else (0.3, 0.35, 0.9, 0.8)
        return Shape(mask, tops, facing, head, eyes, (feet[0], feet[1]), torso, 0.55, *_seat(icon))
    return _embodied(icon, bare, mask, tops, head, eyes)


def _seat(icon: Icon) -> tuple[float | None, float | None]:
    concept = TONE.sub("", icon.concept)
    seat, lies = (
        table.get((icon.set, concept), table.get(("", concept))) for table in (_anchors().seat, _anchors().lies)
    )
    return seat, lies


def _head(icon: Icon, kind: Traits, tops: tuple[float, ...]) -> Part | None:
    """The head in the art without its body, its top where the outline is."""
    anchors, concept = _anchors(), TONE.sub("", icon.concept)
    part = anchors.head_of.get((icon.set, concept)) or anchors.head_of.get(("", concept))
    if part is None:
        if concept in FACES or kind.stance == "head":
            part = WHOLE
        elif kind.stance == "bust":
            shoulders = (icon.foot[1] - icon.foot[0]) / icon.width > 0.62
            part = (0.2, 0.0, 0.8, 0.74) if shoulders else WHOLE
        else:
            part = anchors.heads.get(kind.subgroup)
            if kind.group not in ("animals-nature", "people-body"):
                return None
    if part is None:
        return None
    over = [t for t in tops[int(part[0] * CELLS) : max(1, round(part[2] * CELLS))] if t < 1]
    top = max(part[1], min(over)) if over else part[1]
    return (part[0], min(top, part[3] - 0.05), part[2], part[3])


def _embodied(icon: Icon, bare: Icon, mask: Mask, tops: tuple[float, ...], head: Part | None, eyes: float) -> Shape:
    """The art's outline on top, a trunk between the feet below it."""
    part = bare.height / icon.height  # of the whole, that is art
    left = (bare.box[0] - icon.box[0]) / icon.width
    wide = bare.width / icon.width
    rows = np.arange(CELLS)
    centres = (rows + 0.5) / CELLS
    inside_y, inside_x = centres < part, (centres > left) & (centres < left + wide)
    from_y = np.minimum(CELLS - 1, (centres / part * CELLS).astype(int))
    from_x = np.clip(((centres - left) / wide * CELLS).astype(int), 0, CELLS - 1)
    whole = mask[from_y][:, from_x] & inside_y[:, None] & inside_x[None, :]
    feet = tuple((v - icon.box[0]) / icon.width for v in icon.foot)
    trunk = (centres > feet[0] - 0.06) & (centres < feet[1] + 0.06)
    whole |= ~inside_y[:, None] & trunk[None, :]
    first = np.where(whole.any(axis=0), whole.argmax(axis=0) / CELLS, 1.0)
    lines = [
        tops[x] * part if inside else float(first[n])
        for n, (x, inside) in enumerate(zip(from_x, inside_x, strict=True))
    ]
    placed = None
    if head is not None:
        placed = (left + head[0] * wide, head[1] * part, left + head[2] * wide, head[3] * part)
    neck = (placed[3] if placed else part) - 0.02
    torso = (feet[0], neck, feet[1], neck + 0.62 * (1 - neck))
    return Shape(whole, tuple(lines), "front", placed, eyes * part, (feet[0], feet[1]), torso, neck + 0.5 * (1 - neck))


# --- what hides what --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Body:
    """A shape in its place: box x, y, w, h (y down), mirrored or not."""

    shape: Shape
    box: tuple[float, float, float, float]
    flip: bool


def _looked_up(near: Body, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Mask:
    """Whether `near` is solid at the points."""
    x, y, w, h = near.box
    columns = ((xs - x) * (CELLS / w)).astype(int)
    rows = ((ys - y) * (CELLS / h)).astype(int)
    found = (xs >= x) & (columns < CELLS) & (ys >= y) & (rows < CELLS)
    within = found.nonzero()[0]
    columns = columns[within]
    found[within] = near.shape.mask[rows[within], CELLS - 1 - columns if near.flip else columns]
    return found


def _points(body: Body) -> tuple[NDArray[np.float64], NDArray[np.float64], Mask]:
    """The middles of the solid cells, and which of them belong to the head."""
    rows, columns = np.nonzero(body.shape.mask)
    x, y, w, h = body.box
    across, down = (columns + 0.5) / CELLS, (rows + 0.5) / CELLS
    head = np.zeros(len(rows), bool)
    if body.shape.head is not None:
        x0, y0, x1, y1 = body.shape.head
        head = (across >= x0) & (across <= x1) & (down >= y0) & (down <= y1)
    across = 1 - across if body.flip else across
    return x + across * w, y + down * h, head


def touching(a: Body, b: Body) -> bool:
    ax, ay, aw, ah = a.box
    bx, by, bw, bh = b.box
    return ax < bx + bw and bx < ax + aw and ay < by + bh and by < ay + ah


def shown(bodies: list[Body], spared: frozenset[tuple[int, int]] = frozenset()) -> list[tuple[float, float]]:
    """Of each body, far to near, the part that the nearer ones leave visible: of all of it, and of its head.

    Pairs in `spared` (far, near) do not count: a hat covers the head that wears it because it was asked to.
    """
    found = []
    for number, far in enumerate(bodies):
        nearer = [
            b for n, b in enumerate(bodies[number + 1 :], number + 1) if touching(far, b) and (number, n) not in spared
        ]
        if not nearer:
            found.append((1.0, 1.0))
            continue
        xs, ys, head = _points(far)
        hidden = np.zeros(len(xs), bool)
        for near in nearer:
            hidden |= _looked_up(near, xs, ys)
        whole = 1 - float(hidden.mean()) if len(xs) else 1.0
        found.append((whole, 1 - float(hidden[head].mean()) if head.any() else 1.0))
    return found


def buried(far: Body, nearer: list[Body]) -> float:
    """How much of a thing's foot, the lowest quarter of its box, nearer things hide."""
    close = [body for body in nearer if touching(far, body)]
    if not close:
        return 0.0
    xs, ys, _ = _points(far)
    low = ys > far.box[1] + (1 - FOOT) * far.box[3]
    xs, ys = xs[low], ys[low]
    hidden = np.zeros(len(xs), bool)
    for near in close:
        hidden |= _looked_up(near, xs, ys)
    return float(hidden.mean()) if len(xs) else 0.0
