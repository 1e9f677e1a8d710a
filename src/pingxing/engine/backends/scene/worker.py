"""A child process that turns SVG into pixels, because resvg holds the interpreter's lock while it draws.

Run as a script, never imported by the house: it loads resvg and Pillow only, so it starts in a tenth of
a second and stays small. Over stdin comes, again and again, one line of JSON

    {"markup": bytes that follow, "view": [x, y, w, h], "width": px, "height": px, "top": row, "rows": count,
     "alpha": whether the rows are to be RGBA}

and the markup; over stdout goes a 9-byte head (status, length) and the rows as raw RGB or RGBA (straight alpha).
When the parent dies, however it dies, stdin ends and so does this.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import sys
import threading
import time
from functools import lru_cache
from itertools import pairwise
from typing import Any

import resvg_py
from PIL import Image

FADES = 4096  # shapes kept cut to their light
_LINED = re.compile(r'<g transform="translate\([^)]*\) scale\([^)]*\)" stroke=')  # things drawn with outlines
_TAG = re.compile(r"<path [^>]*?fill=\"url\(#([^)]+)\)\"[^>]*?/?>")
_D = re.compile(r' d="([^"]+)"')
_FADE = re.compile(
    r'<(linear|radial)Gradient id="([^"]+)"([^>]*gradientUnits="userSpaceOnUse"[^>]*)>(.*?)</(?:linear|radial)Gradient>'
)
_CLEAR = re.compile(r'<stop (?=[^>]*\bstop-opacity="0")[^>]*>')
_ANY_STOP = re.compile(r"<stop [^>]*>")
_OFFSET = re.compile(r'\boffset="([0-9.]+)"')
_FIELD = re.compile(r'\b([a-zA-Z0-9]+)="([^"]*)"')
_STEP = re.compile(r"([MLHVCSQTZmlhvcsqtzAa])|(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)")
_TURN = re.compile(r"(matrix|translate|scale|rotate)\(([^)]*)\)")
_UPRIGHT = re.compile(r'<linearGradient id="([^"]+)" x1="0" y1="0" x2="0" y2="1">(.*?)</linearGradient>')
_WIDE = re.compile(  # across the whole frame; those of outlined styles say stroke="none" and stay as they are
    r'<rect x="(-2)" y="(-?[0-9.]+)" width="([0-9.]+)" height="([0-9.]+)" fill="url\(#([^)]+)\)"/>'
)


def _bytes(colour: str) -> tuple[int, int, int]:
    digits = colour[1:] if len(colour) == 7 else "".join(d * 2 for d in colour[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _at(ramp: Ramp, place: float) -> str:
    (low, first), (high, second) = ramp[0], ramp[-1]
    for a, b in pairwise(ramp):
        if place <= b[0]:
            (low, first), (high, second) = a, b
            break
    part = min(1.0, max(0.0, (place - low) / (high - low))) if high > low else 1.0
    return "#{:02x}{:02x}{:02x}".format(*(round(p + (q - p) * part) for p, q in zip(first, second, strict=True)))


# --- light that fades out -----------------------------------------------------------------------------
#
# Modelled art paints the same large shape again and again, each time with a gradient that is clear from some line
# on. The renderer works out every pixel of it, at seventy nanoseconds each. We cut the shape where its light ends:
# the pixels stay what they were, and half of the work is gone. The document that people get keeps its curves.

Ramp = tuple[tuple[float, tuple[int, int, int]], ...]  # offset and colour of each stop
Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
Edge = tuple[float, float, float]  # a, b, c: the side that is kept has a x + b y <= c


def faded(markup: str) -> str:
    """The markup with shapes cut to where their gradients can be seen."""
    ends = {found.group(2): found.group(1, 3, 4) for found in _FADE.finditer(markup) if _CLEAR.search(found.group(4))}
    if not ends:
        return markup
    lined = _LINED.search(markup) is not None

    def cut(match: re.Match[str]) -> str:
        tag, end, path = match.group(0), ends.get(match.group(1)), _D.search(match.group(0))
        if end is None or path is None or "stroke" in tag or "filter=" in tag:
            return tag
        shape = _cut(path.group(1), *end)
        if shape is None or (lined and len(_FIELD.findall(tag)) > 2):
            return tag
        light = tag.replace(path.group(0), f' d="{shape}"' + ' stroke="none"' * lined)
        return light + f'<path d="{path.group(1)}" fill="none"/>' * lined

    return _TAG.sub(cut, markup)


@lru_cache(maxsize=FADES)
def _cut(d: str, kind: str, fields: str, stops: str) -> str | None:
    """The shape as polygons inside the light; None where it cannot be cut or nothing would be gained."""
    edges = _window(kind, dict(_FIELD.findall(fields)), stops)
    shapes = _flat(d) if edges else None
    if not shapes or all(a * x + b * y <= c for shape in shapes for x, y in shape for a, b, c in edges):
        return None
    kept = []
    for shape in shapes:
        for edge in edges:
            shape = _clipped(shape, edge)
        if len(shape) > 2:
            kept.append("M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in shape) + "Z")
    return "".join(kept) or "M0 0"


def _window(kind: str, at: dict[str, str], stops: str) -> list[Edge]:
    """The convex region in which the gradient is not clear, as half planes of the shape's space."""
    marks = _ANY_STOP.findall(stops)
    first, last = (bool(_CLEAR.match(mark)) for mark in (marks[0], marks[-1]))
    low, high = (float((_OFFSET.findall(mark) or ["0"])[0]) for mark in (marks[0], marks[-1]))
    turn = _matrix(at.get("gradientTransform", ""))
    if turn is None or "spreadMethod" in at or "fx" in at or "fy" in at:
        return []
    if kind == "radial":
        x, y, r = (float(at.get(name, "0")) for name in ("cx", "cy", "r"))
        if not last or r <= 0:
            return []
        r *= (high or 1.0) / math.cos(math.pi / SIDES)  # around the circle, not in it
        corners = [
            _apply(turn, (x + r * math.cos(math.tau * n / SIDES), y + r * math.sin(math.tau * n / SIDES)))
            for n in range(SIDES)
        ]
        return _sides(corners)
    a, b = (_apply(turn, (float(at.get(f"x{n}", "0")), float(at.get(f"y{n}", "0")))) for n in (1, 2))
    if turn[0] * turn[1] + turn[2] * turn[3] != 0 and turn != IDENTITY:
        return []  # a skewed line of equal light is not upright on its axis
    along = (b[0] - a[0], b[1] - a[1])
    start, length = a[0] * along[0] + a[1] * along[1], along[0] ** 2 + along[1] ** 2
    edges: list[Edge] = []
    if last:
        edges.append((along[0], along[1], start + length * high))
    if first:
        edges.append((-along[0], -along[1], -(start + length * low)))
    return edges if length > 0 else []


def _sides(corners: list[Point]) -> list[Edge]:
    """The half planes of a convex polygon, whichever way round it goes."""
    area = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(corners, corners[1:] + corners[:1], strict=True))
    edges = []
    for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
        a, b = (q[1] - p[1], p[0] - q[0]) if area > 0 else (p[1] - q[1], q[0] - p[0])
        edges.append((a, b, a * p[0] + b * p[1]))
    return edges if area else []


def _clipped(shape: list[Point], edge: Edge) -> list[Point]:
    """One side of a polygon (Sutherland and Hodgman, CACM 17, 1974)."""
    a, b, c = edge
    found: list[Point] = []
    if not shape:
        return found
    before = shape[-1]
    far = a * before[0] + b * before[1] - c
    for point in shape:
        near = a * point[0] + b * point[1] - c
        if (near <= 0) != (far <= 0):
            part = far / (far - near)
            found.append((before[0] + part * (point[0] - before[0]), before[1] + part * (point[1] - before[1])))
        if near <= 0:
            found.append(point)
        before, far = point, near
    return found


IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
SIDES = 12  # of the polygon around a circle of light
FINE = 0.004  # in the art's units, of which it is 32 wide: a fifth of a pixel where it fills 1600
NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "A": 7, "Z": 0}


def _apply(m: Matrix, point: Point) -> Point:
    x, y = point
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _matrix(text: str) -> Matrix | None:
    """A transform list as one matrix; None for what we do not know."""
    found = IDENTITY
    if _TURN.sub("", text).strip(" ,"):
        return None
    for name, inside in _TURN.findall(text):
        v = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?", inside)]
        if name == "matrix" and len(v) == 6:
            step: Matrix = (v[0], v[1], v[2], v[3], v[4], v[5])
        elif name == "translate" and v:
            step = (1.0, 0.0, 0.0, 1.0, v[0], v[1] if len(v) > 1 else 0.0)
        elif name == "scale" and v:
            step = (v[0], 0.0, 0.0, v[1] if len(v) > 1 else v[0], 0.0, 0.0)
        elif name == "rotate" and len(v) in (1, 3):
            cos, sin = math.cos(math.radians(v[0])), math.sin(math.radians(v[0]))
            x, y = (v[1], v[2]) if len(v) == 3 else (0.0, 0.0)
            step = (cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y)
        else:
            return None
        a, b, c, d, e, f = found
        p, q, r, s, t, u = step
        found = (a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f)
    return found


def _flat(d: str, fine: float = FINE) -> list[list[Point]] | None:
    """A path's outlines as polygons, `fine` from its curves at most; None for commands that the art does not use."""
    tokens = _STEP.findall(d)
    shapes: list[list[Point]] = []
    x = y = 0.0
    control: Point | None = None
    place, command = 0, ""
    while place < len(tokens):
        if tokens[place][0]:
            command, place = tokens[place][0], place + 1
        upper = command.upper()
        count = NUMBERS.get(upper)
        if count is None or place + count > len(tokens) or (upper == "Z" and not shapes):
            return None
        v = [float(tokens[place + n][1] or "nan") for n in range(count)]
        if any(n != n for n in v):
            return None
        place += count
        if upper == "A":
            end = (v[5] + x, v[6] + y) if command == "a" else (v[5], v[6])
            if v[3] not in (0, 1) or v[4] not in (0, 1) or not _arc(shapes[-1] if shapes else [], (x, y), v, end, fine):
                return None
            (x, y), control = end, None
            continue
        if command.islower():
            v = [n + (x if (k % 2 == 0) != (upper == "V") else y) for k, n in enumerate(v)]
        if upper == "Z":
            x, y = shapes[-1][0]
            shapes.append([(x, y)])
            control = None
            if place < len(tokens) and not tokens[place][0]:
                return None
            continue
        if upper == "M":
            x, y = v
            shapes.append([(x, y)])
            command = "l" if command == "m" else "L"
            control = None
            continue
        if not shapes:
            return None
        if upper in "LHV":
            x, y = (v[0], v[1]) if upper == "L" else (v[0], y) if upper == "H" else (x, v[0])
            shapes[-1].append((x, y))
            control = None
            continue
        if upper == "C":
            one, two, end = (v[0], v[1]), (v[2], v[3]), (v[4], v[5])
        elif upper == "Q":
            middle, end = (v[0], v[1]), (v[2], v[3])
            one = (x + (middle[0] - x) * 2 / 3, y + (middle[1] - y) * 2 / 3)
            two = (end[0] + (middle[0] - end[0]) * 2 / 3, end[1] + (middle[1] - end[1]) * 2 / 3)
        elif upper == "S":
            one = (2 * x - control[0], 2 * y - control[1]) if control else (x, y)
            two, end = (v[0], v[1]), (v[2], v[3])
        else:
            return None
        control = two if upper != "Q" else None
        _curve(shapes[-1], (x, y), one, two, end, fine)
        x, y = end
    return [shape for shape in shapes if len(shape) > 2]


def _curve(shape: list[Point], start: Point, one: Point, two: Point, end: Point, fine: float) -> None:
    """A cubic curve as lines that stay within `fine` of it (the second differences bound the distance)."""
    bend = max(
        math.hypot(start[0] - 2 * one[0] + two[0], start[1] - 2 * one[1] + two[1]),
        math.hypot(one[0] - 2 * two[0] + end[0], one[1] - 2 * two[1] + end[1]),
    )
    count = max(1, math.ceil(math.sqrt(0.75 * bend / fine)))
    for n in range(1, count + 1):
        t = n / count
        u = 1 - t
        a, b, c, e = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        shape.append((
            a * start[0] + b * one[0] + c * two[0] + e * end[0], a * start[1] + b * one[1] + c * two[1] + e * end[1],
        ))  # fmt: skip


def _arc(shape: list[Point], start: Point, v: list[float], end: Point, fine: float) -> bool:
    """An elliptic arc as lines (SVG 1.1, F.6.5); False where it has no radius or no beginning."""
    rx, ry, turn = abs(v[0]), abs(v[1]), math.radians(v[2])
    if not shape or rx == 0 or ry == 0:
        return False
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = cos * dx + sin * dy, cos * dy - sin * dx
    if x == 0 and y == 0:
        return True
    grow = math.sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    below = (rx * y) ** 2 + (ry * x) ** 2
    part = math.sqrt(max(0.0, ((rx * ry) ** 2 - below) / below)) * (1 if v[3] != v[4] else -1)
    cx, cy = part * rx * y / ry, -part * ry * x / rx
    first, last = math.atan2((y - cy) / ry, (x - cx) / rx), math.atan2((-y - cy) / ry, (-x - cx) / rx)
    sweep = (last - first) % math.tau
    sweep = sweep if v[4] else sweep - math.tau
    middle = (cos * cx - sin * cy + (start[0] + end[0]) / 2, sin * cx + cos * cy + (start[1] + end[1]) / 2)
    count = max(2, math.ceil(abs(sweep) * math.sqrt(max(rx, ry) / (8 * fine))))
    for n in range(1, count):
        angle = first + sweep * n / count
        px, py = rx * math.cos(angle), ry * math.sin(angle)
        shape.append((middle[0] + cos * px - sin * py, middle[1] + sin * px + cos * py))
    shape.append(end)
    return True


_LAYER = re.compile(r'(?=<g id="[a-z]+layer-)')
_OUTLINED = re.compile(r'<g id="[^"]+" data-name="[^"]+"><g stroke=')
_SHADED = re.compile(r'<path (stroke="none" )?d="([^"]+)" fill="url\(#([^)]+)\)"/>')
_ANY_LINEAR = re.compile(
    r'<linearGradient id="([^"]+)"([^>]*gradientUnits="userSpaceOnUse"[^>]*)>(.*?)</linearGradient>'
)
_ANY_COLOUR = re.compile(r'<stop (?:offset="([0-9.]+)" )?stop-color="(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})"/>')
_PLACED = re.compile(
    r'<g transform="translate\([^)]*\) scale\((-?[0-9.]+) (-?[0-9.]+)\)"|<use href="#([a-z]+[0-9]+)"/>'
)
MOST_STRIPS = 64  # of a shape with many corners; a step between them is four of the screen's 256 levels at most
LARGE = 30_000.0  # pixels of a shape's box from which strips are cheaper than its gradient


def scales(markup: str) -> dict[str, float]:
    """Units of the plane to a unit of each definition's art, where it is drawn largest."""
    found: dict[str, float] = {}
    scale = 1.0
    for match in _PLACED.finditer(markup):
        if match.group(3) is None:
            scale = max(abs(float(match.group(1))), abs(float(match.group(2))))
        else:
            found[match.group(3)] = max(scale, found.get(match.group(3), 0.0))
    return found


def ramped(markup: str, rows_per_unit: float) -> str:
    """The markup with large shapes under straight, opaque gradients as flat strips of the shape.

    Hills, grounds and modelled bodies: their gradients cost the renderer fifty nanoseconds a pixel, flat colours
    one. Each strip runs on under the next, so that no seam shows.
    """
    markup = _WIDE.sub(_as_path, markup)
    upright = {match.group(1): _ramp(match.group(2)) for match in _UPRIGHT.finditer(markup)}
    slanted = {match.group(1): (_axis(match.group(2)), _ramp(match.group(3))) for match in _ANY_LINEAR.finditer(markup)}
    scale, lined = scales(markup), _LINED.search(markup) is not None

    def layer(part: str) -> str:
        outlined = _OUTLINED.match(part) is not None or (lined and part.startswith("<defs"))

        def strips(match: re.Match[str]) -> str:
            bare, d, name = match.groups()
            ramp, axis = upright.get(name), None
            per = rows_per_unit
            if ramp is None:
                axis, ramp = slanted.get(name, (None, None))
                per *= scale.get(name.partition("-")[0], 0.0)
            if not ramp or (name in slanted and axis is None) or per <= 0:
                return match.group(0)
            cut = _strips(d, axis, ramp, round(per, 2))
            if cut is None:
                return match.group(0)
            if not outlined or bare:
                return f'<g stroke="none">{cut}</g>' if bare else cut
            return f'<g stroke="none">{cut}</g><path d="{d}" fill="none"/>'

        return _SHADED.sub(strips, part)

    return "".join(map(layer, _LAYER.split(markup)))


def _as_path(match: re.Match[str]) -> str:
    x, y, wide, tall = (float(value) for value in match.group(1, 2, 3, 4))
    return f'<path d="M{x} {y}H{x + wide:.4f}V{y + tall:.4f}H{x}Z" fill="url(#{match.group(5)})"/>'


def _ramp(stops: str) -> Ramp | None:
    """Where and which colours a gradient has; None where some of it is clear."""
    found = tuple((float(at or 0), _bytes(colour)) for at, colour in _ANY_COLOUR.findall(stops))
    return found if len(found) > 1 and len(found) == stops.count("<stop") else None


def _axis(fields: str) -> tuple[float, float, float, float] | None:
    """Start and end of a straight gradient in the shape's space; None where it is bent, or repeats."""
    at = dict(_FIELD.findall(fields))
    if "gradientTransform" in at or "spreadMethod" in at or "%" in fields:
        return None
    return float(at.get("x1", "0")), float(at.get("y1", "0")), float(at.get("x2", "0")), float(at.get("y2", "0"))


@lru_cache(maxsize=FADES)
def _strips(d: str, axis: tuple[float, float, float, float] | None, ramp: Ramp, per: float) -> str | None:
    """The shape in strips across its gradient's axis, or the height of its box; None for small shapes."""
    shapes = _flat(d, 0.1 / per)
    if not shapes:
        return None
    xs, ys = [x for shape in shapes for x, _ in shape], [y for shape in shapes for _, y in shape]
    if (max(xs) - min(xs)) * (max(ys) - min(ys)) * per * per < LARGE:
        return None
    x1, y1, x2, y2 = axis or (0.0, min(ys), 0.0, max(ys))
    length = math.hypot(x2 - x1, y2 - y1)
    if length * per < 2:
        return None
    along = ((x2 - x1) / length, (y2 - y1) / length)
    start = x1 * along[0] + y1 * along[1]
    levels = sum(max(abs(p - q) for p, q in zip(a[1], b[1], strict=True)) for a, b in pairwise(ramp))
    most = MOST_STRIPS if len(xs) > 8 else levels
    count = max(1, min(levels, int(length * per), most))
    rest, parts = shapes, []
    for n in range(count):
        far = start + length * (n + 1) / count
        shown = rest
        if n < count - 1:
            under = far + (1.5 if axis else 1.0) / per
            shown = [_clipped(shape, (along[0], along[1], under)) for shape in rest]
            rest = [_clipped(shape, (-along[0], -along[1], -far)) for shape in rest]
        path = "".join("M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in shape) + "Z" for shape in shown if len(shape) > 2)
        if path:
            parts.append(f'<path d="{path}" fill="{_at(ramp, (n + 0.5) / count)}"/>')
    return "".join(parts)


def prepared(markup: str, rows_per_unit: float) -> str:
    """The markup as the renderer draws it fastest, pixel for pixel the same but for the grain of edges."""
    return ramped(faded(markup), rows_per_unit)


def draw(markup: str, job: dict[str, Any]) -> bytes:
    """Rows [top, top + rows) of the picture as raw RGB or RGBA."""
    (x, y, w, h), width, height = job["view"], job["width"], job["height"]
    top, rows = job["top"], job["rows"]
    # Blurs need what lies beyond the band; without them every row stands for itself.
    margin = max(96, height // 40) if "<filter" in markup else 0
    above, below = min(margin, top), min(margin, height - top - rows)
    drawn, unit = above + rows + below, h / height
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{drawn}" preserveAspectRatio="none" '
        f'viewBox="{x} {y + (top - above) * unit} {w} {drawn * unit}">{prepared(markup, 1 / unit)}</svg>'
    )
    band = render(svg, width, drawn, "RGBA" if job["alpha"] else "RGB")
    if above or below:
        band = band.crop((0, above, width, above + rows))
    return band.tobytes()


def render(svg: str, width: int, height: int, mode: str) -> Image.Image:
    """The document as pixels, in Pillow's mode "RGB" or "RGBA".

    resvg 0.48 panics where a filter's two inputs round to sizes one pixel apart. That depends on the
    scale, so the same drawing is tried a little larger and brought down; the same for the same request.
    """
    for factor in (1.0, 1.013, 1.031, 1.057):
        size = (round(width * factor), round(height * factor))
        head = f'width="{width}" height="{height}"'
        larger = svg.replace(head, f'width="{size[0]}" height="{size[1]}"', 1)
        try:
            png = resvg_py.svg_to_bytes(svg_string=larger, skip_system_fonts=True)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            continue
        with Image.open(io.BytesIO(png)) as picture:
            found = picture.convert(mode)
        return found if found.size == (width, height) else found.resize((width, height), Image.Resampling.LANCZOS)
    raise ValueError("resvg cannot draw this at any size near the one asked for")


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main() -> None:
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        job = json.loads(line)
        markup = source.read(job["markup"]).decode()
        try:
            rows = draw(markup, job)
        except Exception as error:  # noqa: BLE001 - told to the parent, which ends this process and raises
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        try:
            out.write(b"+" + len(rows).to_bytes(8, "little"))
            out.write(rows)
            out.flush()
        except BrokenPipeError:  # the parent is gone; nobody is left to tell
            os._exit(0)


if __name__ == "__main__":
    main()
