"""What carries words by itself: banner, wooden sign, shop sign, blackboard, poster, greeting card, neon, couplets.

A board is made to the measure of its lettering. `BOARDS` says of each kind how it is painted and what holds it up;
the drawing is plain fills, so that styles and palettes change it like any other thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.letters import Setting, cell_height, extent, legible, nudge, outlines
from pingxing.engine.backends.scene.svg import circle, num, path, polygon, rect

Box = tuple[float, float, float, float]
JOY = set("福喜寿春囍乐贺庆吉财发年节禧瑞祥")  # red and gold


@dataclass(frozen=True, slots=True)
class Board:
    """One kind. `held` is "posts", "strings" or "" (it is fixed to what is behind it, or stands by itself)."""

    ground: str
    ink: str
    edge: str
    held: str = "posts"
    face: str = "sans"  # where neither words nor occasion ask for another
    glows: bool = False
    pad: float = 1.0  # empty margin, in parts of the usual one
    least: float = 0.0  # height in parts of the width, at least: a card, a poster
    fills: bool = False  # takes all the room it is given: a blackboard is no larger for more words


BOARDS = {
    "card": Board("#fffaf0", "#33302c", "#c9b48c"),
    "bubble": Board("#ffffff", "#22303f", "#8fa6bb", held="", face="round", pad=1.25),
    "joy": Board("#c8352b", "#ffe9a8", "#e8b94a", face="brush"),
    "cloth": Board("#2f6f8f", "#fff8e6", "#f2d28a"),
    "redcloth": Board("#c62828", "#fff3cf", "#f4c95d"),
    "wood": Board("#9a6334", "#fff3d6", "#6f4523", face="round"),
    "neon": Board("#1b1430", "#ff8fd0", "#6fe3ff", held="strings", face="script", glows=True),
    "shopsign": Board("#7d2620", "#ffedc2", "#e8c878", face="sans"),
    "plaque": Board("#2a1d16", "#f4cf6b", "#b98a3a", held="strings", face="brush"),
    "roadsign": Board("#14643c", "#ffffff", "#ffffff", face="sans"),
    "stopsign": Board("#c4202b", "#ffffff", "#ffffff", face="sans", pad=1.7, least=0.9),
    "warning": Board("#ffd21f", "#1d1d1b", "#1d1d1b", face="sans"),
    "billboard": Board("#fdfdfb", "#1d3a63", "#4a545f", face="sans"),
    "blackboard": Board("#24493c", "#f4f6ee", "#a9743f", held="", face="round", pad=1.3, fills=True),
    "whiteboard": Board("#fbfcfd", "#20456f", "#9aa4ae", held="", face="round", pad=1.3, fills=True),
    "screen": Board("#0f2238", "#dff3ff", "#2d333b", held="posts", face="sans"),
    "poster": Board("#fff3dc", "#8a2a1d", "#d9a441", held="", face="sans", pad=1.5, least=0.62),
    "greeting": Board("#fff8f2", "#a8324e", "#e9a3b4", held="", face="round", pad=1.9, least=0.58),
    "letter": Board("#fffdf4", "#3a3226", "#d8c9a6", held="", face="serif", pad=1.7, least=0.6),
    "couplet": Board("#c4211d", "#ffdf7e", "#e8b94a", held="", face="brush"),
    "strip": Board("#fdf6e6", "#2b2622", "#8a5a34", held="strings", face="brush"),
}
# What only bears the picture's words, and is no sign in the scene, hangs from above where its posts would be stilts.
TITLES = ("card", "joy", "cloth", "redcloth")
LONGEST_POSTS = 1.2  # heights of the board
SIDES = ("couplet", "strip")  # kinds that stand upright beside the picture's things
HOMES = {"blackboard": "classroom", "whiteboard": "classroom", "roadsign": "road", "warning": "road",
         "shopsign": "street", "billboard": "street", "neon": "street"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """A board around its lettering: markup, what holds it up (to be drawn behind the things), and the ink's box."""

    front: str
    behind: str
    ink: Box


@dataclass(frozen=True, slots=True)
class Site:
    """Where a board may be, and how it is painted. Lengths in the frame's units."""

    area: Box
    frame: tuple[float, float]
    ground_line: float | None  # where posts stand; None where there is no ground
    paint: tuple[str, str, str]  # ground, ink, edge
    glow: str | None = None
    towards: tuple[float, float] | None = None  # who says it

    @property
    def short(self) -> float:
        return min(self.frame)


def margins(kind: str, short: float) -> tuple[float, float]:
    """Empty room beside and above the lettering."""
    board = BOARDS[kind]
    return 0.042 * short * board.pad, 0.026 * short * board.pad


def panel(kind: str, setting: Setting, site: Site, least: float = 0.0) -> Panel:
    """The board in the middle of its site, around the lettering; `least` is room for lettering of that height."""
    board, (ink_w, ink_h), short = BOARDS[kind], extent(setting), site.short
    cells = cell_height(setting)
    beside, above = margins(kind, short)
    wide = ink_w + 2 * beside
    tall = min(max(ink_h + 2 * above, max(least, cells) + 2 * above, board.least * wide), site.area[3])
    if board.fills:
        tall = 0.94 * site.area[3]
        wide = max(wide, min(0.88 * site.area[2], 3 * tall))
    x = site.area[0] + (site.area[2] - wide) / 2
    y = site.area[1] + (site.area[3] - tall) / 2
    ground, ink, edge = site.paint
    line = 0.006 * short
    ground_at = site.ground_line
    stilts = kind in TITLES and ground_at is not None and ground_at - (y + tall) > LONGEST_POSTS * tall
    posts = board.held == "posts" and ground_at is not None and not stilts
    held = _posts if posts else _strings if board.held else None
    behind = held((x, y, wide, tall), site, edge) if held is not None else ""
    shape = _SHAPES.get(kind, _framed)
    parts = shape((x, y, wide, tall), (ground, edge), line)
    if kind == "bubble" and site.towards is not None:
        parts += _tail((x, y, wide, tall), site.towards, (ground, edge), line)
    dx, dy = nudge(setting)  # columns are centred by their cells: a flat first character stays in line with others
    at = (x + (wide - ink_w) / 2 + dx, y + (tall - ink_h) / 2 + dy)
    letters = outlines(setting, *at, legible(ground, ink), site.glow if board.glows else None)
    return Panel("".join(parts) + letters, behind, (*at, ink_w, ink_h))


def _posts(box: Box, site: Site, edge: str) -> str:
    x, y, w, h = box
    thick, foot = 0.014 * site.short, site.ground_line or 0.0
    wood = shade(edge, -0.12)
    inset = min(0.08 * w, 0.06 * site.short)
    if foot < y + h:
        return ""
    return "".join(
        rect(at - thick / 2, y + h / 2, thick, foot - y - h / 2, wood, rx=thick / 4)
        for at in (x + inset, x + w - inset)
    )


def _strings(box: Box, site: Site, edge: str) -> str:
    x, y, w, _ = box
    thick, inset = 0.005 * site.short, min(0.1 * w, 0.07 * site.short)
    return "".join(rect(at - thick / 2, -2, thick, y + 4, edge) for at in (x + inset, x + w - inset))


def _framed(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    (x, y, w, h), (ground, edge), gap = box, paint, 1.5 * line
    round_ = 2.2 * line
    inner = rect(x + gap, y + gap, w - 2 * gap, h - 2 * gap, "none", rx=0.7 * round_, stroke=edge, stroke_width=line)
    return [rect(x, y, w, h, ground, rx=round_), inner]


def _octagon(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """Eight sides and a white rim: nobody reads another sign as stop."""
    (x, y, w, h), (ground, edge) = box, paint
    parts = []
    for inset, colour in ((0.0, ground), (1.2 * line, edge), (2.6 * line, ground)):
        left, top, right, low = x + inset, y + inset, x + w - inset, y + h - inset
        cut = 0.27 * min(w, h) - 0.4 * inset
        corners = [
            (left + cut, top), (right - cut, top), (right, top + cut), (right, low - cut),
            (right - cut, low), (left + cut, low), (left, low - cut), (left, top + cut),
        ]  # fmt: skip
        parts.append(path(polygon(corners), colour))
    return parts


def _cloth(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A banner with swallow-tailed ends behind it."""
    (x, y, w, h), (ground, edge) = box, paint
    dark, found = shade(ground, -0.09), []
    drop, long = 0.14 * h, min(7 * line, 0.1 * w)
    for at, way in ((x, -1), (x + w, 1)):
        far, near, low = at + way * long, at - way * long, y + drop + h
        spots = [(near, y + drop), (far, y + drop), (at + way * long * 0.45, low - h / 2), (far, low), (near, low)]
        found.append(path(polygon(spots), dark))
    stripes = [rect(x, y + at, w, 0.8 * line, edge) for at in (line, h - 1.8 * line)]
    return [*found, rect(x, y, w, h, ground), *stripes]


def _wood(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    (x, y, w, h), (ground, edge) = box, paint
    dark = shade(ground, -0.035)
    parts = [rect(x, y, w, h, ground, rx=2.4 * line)]
    parts += [rect(x, y + h * part, w, 0.4 * line, dark) for part in (1 / 3, 2 / 3)]
    parts += [
        circle(at, y + dy, 0.8 * line, shade(edge, 0.25)) for at in (x + 3 * line, x + w - 3 * line)
        for dy in (2.5 * line, h - 2.5 * line)
    ]  # fmt: skip
    return [*parts, rect(x, y, w, h, "none", rx=2.4 * line, stroke=edge, stroke_width=line)]


def _tube(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A dark plate with a lit tube around its edge."""
    (x, y, w, h), (ground, edge), gap = box, paint, 2 * line
    tube = (x + gap, y + gap, w - 2 * gap, h - 2 * gap)
    return [
        rect(x, y, w, h, ground, rx=4 * line),
        rect(*tube, "none", rx=3 * line, stroke=edge, stroke_width=3 * line, opacity=0.3),
        rect(*tube, "none", rx=3 * line, stroke=edge, stroke_width=line),
    ]


def _deep(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A thick frame around the ground: blackboard, plaque, screen, billboard."""
    (x, y, w, h), (ground, edge) = box, paint
    inner = rect(x + 1.7 * line, y + 1.7 * line, w - 3.4 * line, h - 3.4 * line, ground, rx=0.6 * line)
    return [rect(x, y, w, h, edge, rx=1.4 * line), inner]


def _chalk(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A board with a ledge on which chalk or pens lie."""
    x, y, w, h = box
    ledge = rect(x + 0.1 * w, y + h - 0.4 * line, 0.8 * w, 1.8 * line, shade(paint[1], -0.08), rx=0.6 * line)
    sticks = [
        rect(x + at * w, y + h - 1.2 * line, 5 * line, 0.9 * line, colour, rx=0.4 * line)
        for at, colour in ((0.62, "#f2f2ec"), (0.7, "#f2b8b5"))
    ]
    return [*_deep(box, paint, line), *sticks, ledge]


def _hearts(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A greeting card: a border and a heart in each corner."""
    x, y, w, h = box
    found = _framed(box, paint, 0.7 * line)
    size = min(3.4 * line, 0.11 * h)
    for at_x in (x + 5 * line, x + w - 5 * line):
        for at_y in (y + 4.6 * line, y + h - 4.6 * line):
            found.append(path(_heart(at_x, at_y, size), paint[1]))
    return found


def _bubble(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    (x, y, w, h), (ground, edge) = box, paint
    return [rect(x, y, w, h, ground, rx=0.46 * h, stroke=edge, stroke_width=line)]


def _tail(box: Box, towards: tuple[float, float], paint: tuple[str, str], line: float) -> list[str]:
    """The tail of a speech bubble: towards who speaks, but short of the face."""
    (x, y, w, h), (ground, edge) = box, paint
    root = min(max(towards[0], x + 0.4 * h), x + w - 0.4 * h)
    half = 2.6 * line
    end_y = y + h + max(2 * line, min(7 * line, towards[1] - y - h - line))
    end_x = root + min(4 * line, max(-4 * line, towards[0] - root)) * 0.8
    low = y + h - 0.4 * line
    outline = f"M{num(root - half)} {num(low)}L{num(end_x)} {num(end_y)}L{num(root + half)} {num(low)}"
    cover = rect(root - half + line * 0.4, low - line, 2 * half - 0.8 * line, 1.2 * line, ground)
    return [path(outline, ground, stroke=edge, stroke_width=line, stroke_linejoin="round"), cover]


def _heart(x: float, y: float, size: float) -> str:
    def at(dx: float, dy: float) -> str:
        return f"{num(x + dx * size)} {num(y + dy * size)}"

    left = f"C{at(-0.4, 0.55)} {at(-1, 0.15)} {at(-1, -0.3)}C{at(-1, -0.85)} {at(-0.25, -0.9)} {at(0, -0.35)}"
    right = f"C{at(0.25, -0.9)} {at(1, -0.85)} {at(1, -0.3)}C{at(1, 0.15)} {at(0.4, 0.55)} {at(0, 0.9)}Z"
    return f"M{at(0, 0.9)}{left}{right}"


def _poster(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A sheet with a band above and below, held by four pins."""
    (x, y, w, h), (ground, edge) = box, paint
    bands = [rect(x, at, w, 2.2 * line, edge) for at in (y + 3 * line, y + h - 5.2 * line)]
    pins = [circle(at, dy, 0.9 * line, "#c8352b") for at in (x + 1.5 * line, x + w - 1.5 * line)
            for dy in (y + 1.5 * line, y + h - 1.5 * line)]  # fmt: skip
    return [rect(x, y, w, h, ground, rx=0.5 * line), *bands, *pins]


def _strip(box: Box, paint: tuple[str, str], line: float) -> list[str]:
    """A hanging scroll: paper between two rods."""
    (x, y, w, h), (ground, edge) = box, paint
    rods = [rect(x - 2 * line, at, w + 4 * line, 2.4 * line, edge, rx=1.2 * line) for at in (y - line, y + h - line)]
    return [rect(x, y, w, h, ground), *rods]


_SHAPES: dict[str, Callable[[Box, tuple[str, str], float], list[str]]] = {
    "cloth": _cloth, "redcloth": _cloth, "wood": _wood, "neon": _tube, "plaque": _deep, "blackboard": _chalk,
    "whiteboard": _chalk, "screen": _deep, "billboard": _deep, "greeting": _hearts, "bubble": _bubble,
    "poster": _poster, "strip": _strip, "stopsign": _octagon,
}  # fmt: skip
