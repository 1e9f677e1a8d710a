"""Eyes of drawn heads, found in the art's own shapes, and how they close.

No set names its eyes, but all draw them alike: small dark upright shapes, two of a size at one height, or one alone
where a head is seen from the side. What lies within one (a shine) and closely around it (the white) closes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pingxing.engine.backends.scene.colour import oklab

DARK = 0.46  # lightness of what may be an eye
_DEFINED = re.compile(r'<g id="(\w+)">')
_PATH = re.compile(r"<path\b[^>]*?/>")
_FILL = re.compile(r'\bfill="(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})"')
_D = re.compile(r'\bd="([^"]+)"')
_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TAKES = {"M": 2, "L": 2, "T": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "A": 7, "Z": 0}
_SMALL, _LARGE = 0.038, 0.23  # height of an eye, in parts of the whole drawing's
_THIN = 0.14  # of its height that is left of a closed eye

Box = tuple[float, float, float, float]  # x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Shape:
    """One closed run of a path, in absolute commands, and what it covers."""

    d: str
    box: Box
    fill: str

    @property
    def size(self) -> tuple[float, float]:
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def closing(markup: str, names: frozenset[str], shut: float) -> str:
    """The definitions called `names` in `markup` with their eyes closed by `shut` (0..1)."""
    if shut <= 0:
        return markup
    out, parts = [], _parts(markup)
    for name, part in parts:
        out.append(_closed(part, shut) if name in names else part)
    return "".join(out)


def seeing(markup: str, names: frozenset[str]) -> bool:
    """Whether one of these definitions has eyes that can be closed."""
    return any(_eyes(part) for name, part in _parts(markup) if name in names)


def _parts(markup: str) -> list[tuple[str, str]]:
    """The text cut before every definition, with the name that each piece begins with ("" for what comes first)."""
    starts = [found.start() for found in _DEFINED.finditer(markup)]
    pieces = [("", markup[: starts[0]] if starts else markup)]
    for start, end in zip(starts, [*starts[1:], len(markup)], strict=True):
        found = _DEFINED.match(markup, start)
        pieces.append((found[1] if found else "", markup[start:end]))
    return pieces


def _closed(part: str, shut: float) -> str:
    eyes = _eyes(part)
    if not eyes:
        return part

    def split(found: re.Match[str]) -> str:
        told, fill = _D.search(found[0]), _FILL.search(found[0])
        if told is None or fill is None:
            return found[0]
        kept, moved = [], []
        whole = [
            (shape, next((eye for eye in eyes if _belongs(shape, eye)), None)) for shape in shapes(told[1], fill[1])
        ]
        if any(_within(shape, rim) for shape, eye in whole if eye for rim, other in whole if not other):
            return found[0]  # a hole in something: glasses stay as they are
        for shape, eye in whole:
            if eye is None:
                kept.append(shape.d)
                continue
            y = (eye[1] + eye[3]) / 2
            high = 1 - (1 - _THIN) * shut
            drawn = found[0].replace(told[0], f'd="{shape.d}"')
            moved.append(f'<g transform="translate(0 {y * (1 - high):.3f}) scale(1 {high:.4f})">{drawn}</g>')
        if not moved:
            return found[0]
        rest = found[0].replace(told[0], f'd="{"".join(kept)}"') if kept else ""
        return rest + "".join(moved)

    return _PATH.sub(split, part)


@lru_cache(maxsize=64)
def _eyes(part: str) -> tuple[Box, ...]:
    """The boxes of the eyes of one definition: a pair, or the one of a head seen from the side; none where unsure."""
    found = [shape for path in _PATH.findall(part) for shape in _of(path)]
    if not found:
        return ()
    tall = max(shape.box[3] for shape in found) - min(shape.box[1] for shape in found)
    wide = max(shape.box[2] for shape in found) - min(shape.box[0] for shape in found)
    dark = [shape for shape in found if _like_an_eye(shape, tall)]
    pairs = [
        (one, other) for one in dark for other in dark
        if one.box[2] < other.box[0] and _alike(one, other) and other.middle[0] - one.middle[0] < 0.5 * wide
    ]  # fmt: skip
    if pairs:
        best = min(pairs, key=lambda pair: (round(pair[0].middle[1], 1), -pair[0].size[1]))
        return best[0].box, best[1].box
    alone = [shape for shape in dark if shape.size[0] <= 1.1 * shape.size[1] and shape.size[1] < 0.14 * tall]
    return (min(alone, key=lambda shape: shape.middle[1]).box,) if alone else ()


def _like_an_eye(shape: Shape, tall: float) -> bool:
    wide, high = shape.size
    fill = shape.fill if len(shape.fill) == 7 else "#" + "".join(2 * one for one in shape.fill[1:])
    if high <= 0 or wide <= 0 or oklab(fill)[0] > DARK:
        return False
    return _SMALL <= high / tall <= _LARGE and 0.25 <= wide / high <= 1.75


def _alike(one: Shape, other: Shape) -> bool:
    (w, h), (v, g) = one.size, other.size
    return abs(w - v) < 0.15 * w and abs(h - g) < 0.15 * h and abs(one.middle[1] - other.middle[1]) < 0.2 * h


def _belongs(shape: Shape, eye: Box) -> bool:
    """The eye itself, its shine, the white around it; brows lie higher, and cheeks are larger."""
    wide, high = eye[2] - eye[0], eye[3] - eye[1]
    x, y = (eye[0] + eye[2]) / 2, (eye[1] + eye[3]) / 2
    near = abs(shape.middle[0] - x) < 0.75 * wide and abs(shape.middle[1] - y) < 0.55 * high
    return near and shape.size[0] <= 3.2 * wide and shape.size[1] <= 2.4 * high


def _within(inner: Shape, outer: Shape) -> bool:
    (a, b, c, d), (e, f, g, h) = inner.box, outer.box
    return e < a and f < b and c < g and d < h


def _of(path: str) -> Iterator[Shape]:
    told, fill = _D.search(path), _FILL.search(path)
    if told is not None and fill is not None:
        yield from shapes(told[1], fill[1])


# --- paths ---------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def shapes(d: str, fill: str) -> tuple[Shape, ...]:
    """The closed runs of a path, each able to stand alone. Boxes are a little generous where curves bulge."""
    found: list[Shape] = []
    tokens = _TOKEN.findall(_spread(d))
    x = y = begin_x = begin_y = 0.0
    run: list[str] = []
    points: list[tuple[float, float]] = []
    at, command = 0, ""

    def close() -> None:
        if run and len(points) > 1:
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            found.append(Shape("".join(run), (min(xs), min(ys), max(xs), max(ys)), fill))
        run.clear()
        points.clear()

    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
        takes = _TAKES[command.upper()]
        values = [float(one) for one in tokens[at : at + takes]]
        at += takes
        if command in "Mm":
            close()
            x, y = (x + values[0], y + values[1]) if command == "m" else (values[0], values[1])
            begin_x, begin_y = x, y
            run.append(f"M{x:.4f} {y:.4f}")
            points.append((x, y))
            command = "l" if command == "m" else "L"
            continue
        if command in "Zz":
            run.append("z")
            x, y = begin_x, begin_y
            continue
        if not run:  # drawn on from where the last run was closed
            run.append(f"M{x:.4f} {y:.4f}")
            points.append((x, y))
        run.append(command + " ".join(f"{value:g}" for value in values))
        reached = _reached(command, values, x, y)
        points.extend(reached)
        x, y = reached[-1]
    close()
    return tuple(found)


def _spread(d: str) -> str:
    """The flags of arcs stand alone: `a1 1 0 012 0` is `a1 1 0 0 1 2 0`."""
    number = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    arc = re.compile(
        rf"({number})[\s,]*({number})[\s,]*({number})[\s,]*([01])[\s,]*([01])[\s,]*({number})[\s,]*({number})"
    )
    return re.sub(r"([aA])([^a-zA-Z]*)", lambda run: run[1] + " ".join(" ".join(one) for one in arc.findall(run[2])), d)


def _reached(command: str, values: list[float], x: float, y: float) -> list[tuple[float, float]]:
    """The points that a command passes or is drawn towards; the last is where it ends."""
    dx, dy = (x, y) if command.islower() else (0.0, 0.0)
    kind = command.upper()
    if kind == "H":
        return [(dx + values[0], y)]
    if kind == "V":
        return [(x, dy + values[0])]
    if kind == "A":
        end = (dx + values[5], dy + values[6])
        return [_bulge((x, y), end, values), end]
    return [(dx + values[n], dy + values[n + 1]) for n in range(0, len(values), 2)]


def _bulge(start: tuple[float, float], end: tuple[float, float], values: list[float]) -> tuple[float, float]:
    """The point of an arc that is farthest from its chord; of an ellipse by its smaller radius."""
    radius, large, sweep = min(abs(values[0]), abs(values[1])), values[3] == 1, values[4] == 1
    across, down = end[0] - start[0], end[1] - start[1]
    chord = max(1e-9, (across * across + down * down) ** 0.5)
    radius = max(radius, chord / 2)
    rest = (radius * radius - chord * chord / 4) ** 0.5
    far = (radius + rest if large else radius - rest) * (1 if sweep else -1)
    return (start[0] + end[0]) / 2 + far * down / chord, (start[1] + end[1]) / 2 - far * across / chord
