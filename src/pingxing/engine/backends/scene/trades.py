"""What people of a trade wear: the postman's cap and bag, the barista's apron, the rider's helmet.

Unicode has cooks, farmers and firefighters; a postman is to it nobody in particular. The face stays the art's, the
body below it is ours (body.py), and so are the clothes. Rows in `data/trades.toml` name clothes by these fields:
shirt, trousers, apron, cap (with a peak), round_cap, school_cap, helmet, badge, bag, band, collar, clerical,
lanyard, straps, tie, book.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache

from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, num, path, polygon, rect
from pingxing.engine.backends.scene.traits import TONE
from pingxing.engine.backends.scene.words import concept_of, data_file

MARK = "-200D-"  # between a person and the trade: "1F9D1-200D-postman" falls back to 1F9D1 wherever art is looked for
# Those whom Unicode draws without a role. Others bring clothes of their own.
PLAIN = frozenset(map(concept_of, "🧑👨👩🧓👴👵🧒👦👧🧔👱"))

Outfit = Mapping[str, str]


@cache
def outfits() -> Mapping[str, Outfit]:
    """By the trade's name. The file is ours and tested; a missing one raises FileNotFoundError."""
    found: dict[str, Outfit] = tomllib.loads(data_file("trades.toml"))
    return found


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for name, row in outfits().items():
        english, chinese = ([w.strip() for w in half.split(",")] for half in row["words"].split("|"))
        latin = "|".join(sorted(map(re.escape, english), key=len, reverse=True))
        han = "|".join(sorted(chinese, key=len, reverse=True))
        found.append((name, re.compile(rf"\b(?:{latin})\b|{han}", re.I)))
    return tuple(found)


@cache
def trade_of(concept: str, words: str) -> str:
    """The trade that a plain person is called by in these words of a prompt; "" for none."""
    if TONE.sub("", concept) not in PLAIN:
        return ""
    return next((name for name, pattern in _patterns() if pattern.search(words)), "")


def of_trade(concept: str) -> str:
    """The trade in a concept made for one; "" for every other concept."""
    name = concept.rpartition(MARK)[2]
    return name if MARK in concept and name in outfits() else ""


def worn_by(outfit: Outfit, head: tuple[float, float, float, float], torso: tuple[float, float, float, float]) -> str:
    """Markup that lies over the person: what is worn on the head, and over the shirt. In the art's units, y down.

    `head` is x0, y0, x1, y1 of the art, `torso` x0, y0, x1, y1 of the shirt, its corners at the shoulders and the hem.
    """
    return _on_body(outfit, torso) + _on_head(outfit, head)


def _on_body(outfit: Outfit, torso: tuple[float, float, float, float]) -> str:
    x0, y0, x1, y1 = torso
    w, h, x = x1 - x0, y1 - y0, (x0 + x1) / 2
    parts: list[str] = []
    if band := outfit.get("band"):
        parts.append(rect(x0 - 0.02 * w, y0 + 0.6 * h, w * 1.04, 0.13 * h, band))
    if apron := outfit.get("apron"):
        straps = f"M{num(x - 0.26 * w)} {num(y0 + 0.34 * h)}L{num(x - 0.34 * w)} {num(y0 + 0.04 * h)}"
        straps += f"M{num(x + 0.26 * w)} {num(y0 + 0.34 * h)}L{num(x + 0.34 * w)} {num(y0 + 0.04 * h)}"
        parts.append(path(straps, stroke=shade(apron, -0.06), stroke_width=0.08 * w, stroke_linecap="round"))
        bib = (
            f"M{num(x - 0.32 * w)} {num(y0 + 0.3 * h)}H{num(x + 0.32 * w)}L{num(x + 0.36 * w)} {num(y0 + 0.52 * h)}"
            f"L{num(x + 0.54 * w)} {num(y0 + 0.6 * h)}L{num(x + 0.56 * w)} {num(y1 + 0.16 * h)}"
            f"Q{num(x)} {num(y1 + 0.26 * h)} {num(x - 0.56 * w)} {num(y1 + 0.16 * h)}"
            f"L{num(x - 0.54 * w)} {num(y0 + 0.6 * h)}L{num(x - 0.36 * w)} {num(y0 + 0.52 * h)}Z"
        )
        parts.append(path(bib, apron))
        parts.append(rect(x - 0.22 * w, y0 + 0.74 * h, 0.44 * w, 0.26 * h, shade(apron, -0.06), rx=0.05 * w))
    if collar := outfit.get("collar"):
        edge = ((-0.46, -0.02), (0.0, 0.5), (0.46, -0.02), (0.3, -0.06), (0.0, 0.22), (-0.3, -0.06))
        fold: list[Point] = [(x + dx * w, y0 + dy * h) for dx, dy in edge]
        parts.append(path(polygon(fold), collar) + circle(x, y0 + 0.46 * h, 0.07 * w, "#e23b31"))
    if clerical := outfit.get("clerical"):
        parts.append(rect(x - 0.13 * w, y0 + 0.02 * h, 0.26 * w, 0.15 * h, clerical, rx=0.02 * w))
    if straps_ := outfit.get("straps"):
        d = "".join(f"M{num(x + s * 0.34 * w)} {num(y0 + 0.02 * h)}Q{num(x + s * 0.42 * w)} {num(y0 + 0.4 * h)} "
                    f"{num(x + s * 0.44 * w)} {num(y0 + 0.78 * h)}" for s in (-1, 1))  # fmt: skip
        parts.append(path(d, stroke=straps_, stroke_width=0.13 * w, stroke_linecap="round"))
    if tie := outfit.get("tie"):
        open_: list[Point] = [(x - 0.2 * w, y0), (x, y0 + 0.34 * h), (x + 0.2 * w, y0)]
        knot = ((-0.07, 0.06), (0.07, 0.06), (0.11, 0.5), (0.0, 0.64), (-0.11, 0.5))
        strip: list[Point] = [(x + dx * w, y0 + dy * h) for dx, dy in knot]
        parts.append(path(polygon(open_), "#fbf8f0") + path(polygon(strip), tie))
    if book := outfit.get("book"):
        bx, by, bw, bh = x0 - 0.34 * w, y0 + 0.34 * h, 0.5 * w, 0.52 * h
        parts.append(rect(bx + 0.04 * w, by + 0.03 * h, bw, bh, "#f6efdf", rx=0.03 * w))
        parts.append(rect(bx, by, bw, bh, book, rx=0.04 * w))
        parts.append(rect(bx + 0.12 * bw, by + 0.18 * bh, 0.6 * bw, 0.12 * bh, "#f6efdf", rx=0.02 * w))
    if lanyard := outfit.get("lanyard"):
        d = f"M{num(x - 0.26 * w)} {num(y0)}L{num(x)} {num(y0 + 0.52 * h)}L{num(x + 0.26 * w)} {num(y0)}"
        parts.append(path(d, stroke=lanyard, stroke_width=0.05 * w))
        parts.append(rect(x - 0.14 * w, y0 + 0.5 * h, 0.28 * w, 0.3 * h, "#ffffff", rx=0.03 * w))
        parts.append(rect(x - 0.09 * w, y0 + 0.56 * h, 0.18 * w, 0.07 * h, shade(outfit["shirt"], -0.05)))
    if bag := outfit.get("bag"):
        d = f"M{num(x0 + 0.16 * w)} {num(y0 + 0.04 * h)}L{num(x1 + 0.02 * w)} {num(y1 - 0.06 * h)}"
        parts.append(path(d, stroke=shade(bag, -0.08), stroke_width=0.09 * w, stroke_linecap="round"))
        bx, by, bw, bh = x1 - 0.18 * w, y1 - 0.2 * h, 0.62 * w, 0.52 * h
        parts.append(rect(bx + 0.06 * w, by - 0.1 * h, bw * 0.66, 0.2 * h, "#ffffff"))
        parts.append(path(f"M{num(bx + 0.06 * w)} {num(by - 0.1 * h)}l{num(bw * 0.33)} {num(0.12 * h)}l"
                          f"{num(bw * 0.33)} {num(-0.12 * h)}", stroke="#c9ced6", stroke_width=0.025 * w))  # fmt: skip
        parts.append(rect(bx, by, bw, bh, bag, rx=0.07 * w))
        flap = f"M{num(bx)} {num(by + 0.06 * h)}V{num(by + bh * 0.4)}Q{num(bx + bw / 2)} {num(by + bh * 0.72)} "
        flap += (
            f"{num(bx + bw)} {num(by + bh * 0.4)}V{num(by + 0.06 * h)}Q{num(bx + bw)} {num(by)} {num(bx + bw * 0.88)} "
        )
        flap += f"{num(by)}H{num(bx + bw * 0.12)}Q{num(bx)} {num(by)} {num(bx)} {num(by + 0.06 * h)}Z"
        parts.append(path(flap, shade(bag, -0.06)) + circle(bx + bw / 2, by + bh * 0.54, 0.05 * w, "#f2c14e"))
    return "".join(parts)


def _on_head(outfit: Outfit, head: tuple[float, float, float, float]) -> str:
    x0, y0, x1, y1 = head
    w, h, x = x1 - x0, y1 - y0, (x0 + x1) / 2
    badge = outfit.get("badge", "#ffffff")
    if cap := outfit.get("cap"):
        return _crown(x, y0, w, h, cap, 0.49) + _peak(x, y0 + 0.235 * h, 0.4 * w, 0.07 * h, shade(cap, -0.1)) + circle(
            x, y0 + 0.13 * h, 0.045 * w, badge
        )  # fmt: skip
    if cap := outfit.get("school_cap"):
        return _crown(x, y0, w, h, cap, 0.46) + _peak(x, y0 + 0.225 * h, 0.4 * w, 0.06 * h, shade(cap, -0.05))
    if cap := outfit.get("round_cap"):
        top = ellipse(x, y0 + 0.085 * h, 0.46 * w, 0.085 * h, cap)
        rim = path(
            f"M{num(x - 0.4 * w)} {num(y0 + 0.1 * h)}H{num(x + 0.4 * w)}L{num(x + 0.38 * w)} "
            f"{num(y0 + 0.22 * h)}Q{num(x)} {num(y0 + 0.27 * h)} {num(x - 0.38 * w)} {num(y0 + 0.22 * h)}Z",
            badge,
        )
        return rim + top
    if helmet := outfit.get("helmet"):
        shell = path(
            f"M{num(x - 0.5 * w)} {num(y0 + 0.32 * h)}C{num(x - 0.52 * w)} {num(y0 - 0.1 * h)} {num(x + 0.52 * w)} "
            f"{num(y0 - 0.1 * h)} {num(x + 0.5 * w)} {num(y0 + 0.32 * h)}Q{num(x)} {num(y0 + 0.18 * h)} "
            f"{num(x - 0.5 * w)} {num(y0 + 0.32 * h)}Z", helmet,
        )  # fmt: skip
        stripe = path(f"M{num(x)} {num(y0 + 0.01 * h)}V{num(y0 + 0.24 * h)}", stroke=badge, stroke_width=0.1 * w)
        visor = path(
            f"M{num(x - 0.5 * w)} {num(y0 + 0.33 * h)}Q{num(x)} {num(y0 + 0.18 * h)} {num(x + 0.5 * w)} "
            f"{num(y0 + 0.33 * h)}", stroke=shade(helmet, -0.14), stroke_width=0.05 * h, stroke_linecap="round",
        )  # fmt: skip
        return shell + stripe + visor
    return ""


def _crown(x: float, y0: float, w: float, h: float, cloth: str, half: float) -> str:
    """The round part of a cap, over the hair."""
    d = (
        f"M{num(x - half * w)} {num(y0 + 0.25 * h)}C{num(x - half * w)} {num(y0 - 0.08 * h)} {num(x + half * w)} "
        f"{num(y0 - 0.08 * h)} {num(x + half * w)} {num(y0 + 0.25 * h)}Q{num(x)} {num(y0 + 0.17 * h)} "
        f"{num(x - half * w)} {num(y0 + 0.25 * h)}Z"
    )
    return path(d, cloth)


def _peak(x: float, y: float, half: float, deep: float, colour: str) -> str:
    d = f"M{num(x - half)} {num(y)}Q{num(x)} {num(y - deep * 0.9)} {num(x + half)} {num(y)}"
    d += f"Q{num(x + half * 0.9)} {num(y + deep)} {num(x)} {num(y + deep * 0.9)}"
    return path(d + f"Q{num(x - half * 0.9)} {num(y + deep)} {num(x - half)} {num(y)}Z", colour)
