"""A picture on what is printed: posters, cards, covers of books with their spines.

    on_sheet(plan, sheet, seed, style, art) -> Composition
    painted_on(pixels, sheet, scene) -> Composition       of a picture that another engine painted

The plane is the whole page in tenths of a millimetre. The setting runs over all of it; things and boards stand on the
front, inside its safe zone, below the title. Title and author are set exactly, on a label of paper where every picture
leaves them legible; a Chinese title runs down the spine upright, any other is turned as on books that stand in a shelf.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import Art
from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, mix, oklab
from pingxing.engine.backends.scene.compose import Composition, Field, compose
from pingxing.engine.backends.scene.exact import in_inks
from pingxing.engine.backends.scene.faces import FACES, covers, writable
from pingxing.engine.backends.scene.letters import Setting, extent, legible, outlines, set_columns, set_lines
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.raster import image
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import num, path, rect
from pingxing.errors import InvalidRequest
from pingxing.sheets import Sheet
from pingxing.types import Scene, SceneText

UNITS = 10.0  # to the millimetre
PAPER = "#fbf7ee"
BARCODE_MM = (50.8, 30.5)  # 2 x 1.2 in: what KDP prints on the back
_HEAD = 0.34  # of the front's safe height: what a label takes at most
_MARK_MM, _HAIR = 6.0, 0.88  # length of a crop mark; 0.25 pt, in units
_SPINE_AIR_MM = 1.6  # KDP: words stay 0.0625 in from the spine's folds
_SLACK_MM = 3.0  # between a label's rule and its words
_BACK = 0.6  # of paper in the colour of a painted book's back
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Label:
    markup: str
    box: Box  # of the plate, in units of the page
    texts: tuple[tuple[str, Box, str], ...]  # words, box of their ink, face


def on_sheet(plan: Plan, sheet: Sheet, seed: int, style: Style, art: Art) -> Composition:
    """The page. Raises InvalidRequest for words that no typeface here can set whole."""
    _check(sheet)
    left, top, wide, high = (side * UNITS for side in sheet.front)
    safe = sheet.safe_mm * UNITS
    inner = (left + safe, top + safe, wide - 2 * safe, high - 2 * safe)
    page = (sheet.page[0] * UNITS, sheet.page[1] * UNITS)
    ink = _ink(plan)
    label = _label(sheet, inner, ink) if sheet.title.strip() else None
    head = 0.0 if label is None else (label.box[1] + label.box[3] - inner[1]) / inner[3] + 0.02
    field = Field(page[0] / inner[2], page[1] / inner[3], (inner[0]) / inner[2], (inner[1]) / inner[3], head)
    made = compose(plan, round(inner[2]), round(inner[3]), seed, style, art, field=field)
    if plan.exact:
        made = in_inks(made, plan.exact)
    scale = page[0] / made.width
    if not plan.exact and made.scene.palette:
        ink = _dark(made.scene.palette[0])
    return _page(f'<g transform="scale({scale:.6f})">{made.markup}</g>', sheet, inner, page, ink, made.scene)


def painted_on(pixels: NDArray[np.uint8], sheet: Sheet, scene: Scene) -> Composition:
    """The page with a picture of pixels (height, width, 3 or 4) on its front, at its true size: its proportions are the
    front's but for what rounding leaves, which is cut off. Into the bleed it runs on as in a mirror, so that whatever
    the knife leaves is picture; where it is folded around something, back and spine take its colour. What is clear
    stands whole in the middle and has no bleed.

    Raises InvalidRequest for words that no typeface here can set whole.
    """
    _check(sheet)
    left, top, wide, high = (side * UNITS for side in sheet.front)
    safe = sheet.safe_mm * UNITS
    inner = (left + safe, top + safe, wide - 2 * safe, high - 2 * safe)
    page = (sheet.page[0] * UNITS, sheet.page[1] * UNITS)
    ink = _dark(scene.palette[0]) if scene.palette else "#22262e"
    if pixels.shape[2] == 4:
        part = min(wide / pixels.shape[1], high / pixels.shape[0])
        w, h = pixels.shape[1] * part, pixels.shape[0] * part
        body = image(pixels, left + (wide - w) / 2, top + (high - h) / 2, w, h)
        return _page(body, sheet, inner, page, ink, scene)
    paper = PAPER if sheet.good == "card" or not scene.palette else mix(scene.palette[0], PAPER, _BACK)
    body = rect(0, 0, *page, paper) if sheet.wrap else ""
    body += _bled(_cropped(pixels, wide / high), sheet, (left, top, wide, high))
    return _page(body, sheet, inner, page, ink, scene)


def _cropped(pixels: NDArray[np.uint8], ratio: float) -> NDArray[np.uint8]:
    """Of these proportions (width to height), from the middle."""
    height, width = pixels.shape[:2]
    wide, high = min(width, max(1, round(height * ratio))), min(height, max(1, round(width / ratio)))
    x, y = (width - wide) // 2, (height - high) // 2
    return pixels[y : y + high, x : x + wide]


def _bled(pixels: NDArray[np.uint8], sheet: Sheet, box: Box) -> str:
    """The picture in its box, and mirrored beyond every edge that is cut; a fold is none."""
    height, width = pixels.shape[:2]
    x, y, wide, high = box
    reach = sheet.edge * UNITS
    across, down = (min(side, math.ceil(reach * side / room)) for side, room in ((width, wide), (height, high)))
    before = 0 if sheet.wrap else across
    padded = np.pad(pixels, ((down, down), (before, across), (0, 0)), mode="symmetric")
    to_x, to_y = wide / width, high / height
    return image(
        np.ascontiguousarray(padded), x - before * to_x, y - down * to_y,
        padded.shape[1] * to_x, padded.shape[0] * to_y,
    )  # fmt: skip


def _check(sheet: Sheet) -> None:
    for member, words in (("title", sheet.title), ("author", sheet.author)):
        if words.strip() and not writable(words):
            raise InvalidRequest("not_writable", member=member, value=words[:40])


def _page(body: str, sheet: Sheet, inner: Box, page: tuple[float, float], ink: str, scene: Scene) -> Composition:
    """The picture with what is set over it: room for a barcode, the spine, the title's label, crop marks."""
    parts, texts = [body], list(scene.text)
    if sheet.barcode:
        parts.append(_barcode(sheet))
    if sheet.spine_mm > 0 and sheet.title.strip():
        spine = _spine(sheet, ink)
        parts.append(spine.markup)
        texts += _told(spine, page)
    if sheet.title.strip():
        label = _label(sheet, inner, ink)
        parts.append(label.markup)
        texts += _told(label, page)
    if sheet.marks:
        parts.append(_marks(sheet, page))
    return Composition("".join(parts), page[0], page[1], replace(scene, text=tuple(texts)))


def _told(label: _Label, page: tuple[float, ...]) -> list[SceneText]:
    found = []
    for words, (x, y, w, h), face in label.texts:
        box = (round(x / page[0], 4), round(y / page[1], 4), round(w / page[0], 4), round(h / page[1], 4))
        found.append(SceneText(words, box, "label", FACES[face].name))
    return found


def _ink(plan: Plan) -> str:
    """Of letters: the darkest ink of an exact palette, else nearly black."""
    return min(plan.exact, key=lambda one: oklab(one)[0]) if plan.exact else "#22262e"


def _dark(colour: str) -> str:
    """The picture's own colour, so deep that letters of it read on paper and paper's read on it."""
    lab = oklab(colour)
    deep = hexed(lch(0.3, min(0.09, chroma(lab)), hue(lab)))
    return legible(PAPER, deep)


def _face(words: str) -> str:
    return "serif" if covers("serif", words) else "sans"


# --- the label on the front ----------------------------------------------------------------------


def _label(sheet: Sheet, inner: Box, ink: str) -> _Label:
    """A plate of paper with a double rule, the title in it, the author beneath a short line."""
    x, y, wide, high = inner
    plate_w = 0.86 * wide
    air = 0.075 * wide + _SLACK_MM
    face = _face(sheet.title)
    title = set_lines(sheet.title.strip(), face, plate_w - 2 * air, (0.2 if sheet.author.strip() else 0.24) * high)
    most = 0.13 * wide / max(1.0, title.ink)
    if most < 1:  # a short title stays a title and becomes no poster of letters
        title = replace(title, size=title.size * most)
    title_w, title_h = extent(title)
    author = None
    if sheet.author.strip():
        author = set_lines(sheet.author.strip(), _face(sheet.author), plate_w - 2 * air, 0.036 * high)
        small = 0.5 * title.ink / author.ink
        author = replace(author, size=author.size * min(1.0, small))
    author_h = extent(author)[1] if author is not None else 0.0
    gap = 0.045 * wide
    plate_h = 2 * air + title_h + (author_h + 2 * gap if author is not None else 0.0)
    left, top = x + (wide - plate_w) / 2, y + 0.045 * high
    rim, hair = 0.018 * wide, max(2.0, 0.0045 * wide)
    parts = [
        rect(left, top, plate_w, plate_h, PAPER),
        rect(left + rim, top + rim, plate_w - 2 * rim, plate_h - 2 * rim, "none", stroke=ink, stroke_width=hair),
        rect(left + 1.6 * rim, top + 1.6 * rim, plate_w - 3.2 * rim, plate_h - 3.2 * rim, "none", stroke=ink,
             stroke_width=0.4 * hair),
    ]  # fmt: skip
    middle, at = left + plate_w / 2, top + air
    texts = [_set(parts, title, sheet.title.strip(), middle - title_w / 2, at, ink)]
    if author is not None:
        at += title_h + gap
        parts.append(path(f"M{num(middle - 0.06 * wide)} {num(at)}h{num(0.12 * wide)}", stroke=ink, stroke_width=hair))
        at += gap
        texts.append(_set(parts, author, sheet.author.strip(), middle - extent(author)[0] / 2, at, ink))
    return _Label("".join(parts), (left, top, plate_w, plate_h), tuple(texts))


def _set(parts: list[str], setting: Setting, words: str, x: float, y: float, ink: str) -> tuple[str, Box, str]:
    parts.append(outlines(setting, x, y, ink))
    return words, (x, y, *extent(setting)), setting.face


# --- spine, back, marks --------------------------------------------------------------------------


def _spine(sheet: Sheet, ink: str) -> _Label:
    """A band of the cover's deep colour through both bleeds; words on it where the spine is broad enough."""
    x = (sheet.edge + sheet.width_mm) * UNITS
    wide, top = sheet.spine_mm * UNITS, (sheet.edge - sheet.bleed_mm) * UNITS
    high = (sheet.height_mm + 2 * sheet.bleed_mm) * UNITS
    band = rect(x, top, wide, high, ink)
    room = wide - 2 * _SPINE_AIR_MM * UNITS
    if not sheet.spine_words or room <= 0:
        return _Label(band, (x, top, wide, high), ())
    parts, texts = [band], []
    start, length = (sheet.edge + sheet.safe_mm) * UNITS, (sheet.height_mm - 2 * sheet.safe_mm) * UNITS
    title, author = sheet.title.strip(), sheet.author.strip()
    texts.append(_down(parts, title, x + wide / 2, start + 0.04 * length, 0.6 * length, room, PAPER))
    if author:
        size = 0.8 * min(texts[0][1][2:])  # no larger than the title
        texts.append(
            _down(
                parts,
                author,
                x + wide / 2,
                start + 0.96 * length,
                0.26 * length,
                min(0.8 * room, size),
                PAPER,
                end=True,
            )
        )
    return _Label("".join(parts), (x, top, wide, high), tuple(texts))


def _down(
    parts: list[str], words: str, middle: float, at: float, length: float, room: float, ink: str, *, end: bool = False
) -> tuple[str, Box, str]:
    """Words down the spine from `at`, or ending there: Chinese upright, others turned, heads to the right."""
    face = _face(words)
    if all(letter > "\u2e80" for letter in words):
        setting = set_columns(words, face, min(room, 70.0), length, most=1)
        wide, high = extent(setting)
        x, y = middle - wide / 2, at - high if end else at
        parts.append(outlines(setting, x, y, ink))
        return words, (x, y, wide, high), face
    setting = set_lines(words, face, length, min(room, 70.0))
    if len(setting.lines) > 1:  # a spine has one line
        one = replace(setting, lines=(words,))
        long, tall = extent(one)
        setting = replace(one, size=one.size * min(length / long, min(room, 70.0) / tall))
    long, tall = extent(setting)
    top = at - long if end else at
    turned = outlines(setting, 0, 0, ink)
    parts.append(f'<g transform="translate({num(middle + tall / 2)} {num(top)}) rotate(90)">{turned}</g>')
    return words, (middle - tall / 2, top, tall, long), face


def _barcode(sheet: Sheet) -> str:
    """White, at the back's lower right, a quarter inch from the cut and from the fold."""
    wide, high = (side * UNITS for side in BARCODE_MM)
    right = (sheet.edge + sheet.width_mm) * UNITS - 63.5
    low = (sheet.edge + sheet.height_mm) * UNITS - 63.5
    return rect(right - wide, low - high, wide, high, "#ffffff", data_room="barcode")


def _marks(sheet: Sheet, page: tuple[float, ...]) -> str:
    """White paper outside the bleed, and eight lines that point at the corners of the cut without touching the bleed;
    dashed ones at the folds."""
    wide, high = page
    slug, edge = (sheet.edge - sheet.bleed_mm) * UNITS, sheet.edge * UNITS
    inner_w, inner_h = wide - 2 * slug, high - 2 * slug
    frame = f"M0 0H{num(wide)}V{num(high)}H0ZM{num(slug)} {num(slug)}v{num(inner_h)}h{num(inner_w)}v{num(-inner_h)}Z"
    reach, air = _MARK_MM * UNITS, 10.0
    lines = ""
    for x in (edge, wide - edge):
        lines += f"M{num(x)} {num(slug - air)}v{num(-reach)}M{num(x)} {num(high - slug + air)}v{num(reach)}"
    for y in (edge, high - edge):
        lines += f"M{num(slug - air)} {num(y)}h{num(-reach)}M{num(wide - slug + air)} {num(y)}h{num(reach)}"
    drawn = path(frame, "#ffffff", fill_rule="evenodd") + path(lines, stroke="#000000", stroke_width=_HAIR)
    if sheet.wrap:
        folds = ""
        for x in dict.fromkeys(edge + mm * UNITS for mm in (sheet.width_mm, sheet.width_mm + sheet.spine_mm)):
            folds += f"M{num(x)} {num(slug - air)}v{num(-reach)}M{num(x)} {num(high - slug + air)}v{num(reach)}"
        drawn += path(folds, stroke="#000000", stroke_width=_HAIR, stroke_dasharray="8 6")
    return drawn
