"""Bodies for art that is only a head or a bust, so that it can stand on the ground like everything else.

Emoji sets draw children, grown-ups and many animals as faces. We draw the rest ourselves, small and plain
in the manner of picture books (the head is half of the figure), in colours taken from the art.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from pingxing.engine.backends.scene.art import Icon
from pingxing.engine.backends.scene.colour import chroma, mix, oklab, shade
from pingxing.engine.backends.scene.svg import ellipse, num, path
from pingxing.engine.backends.scene.trades import outfits, worn_by
from pingxing.engine.backends.scene.traits import TONE, Traits
from pingxing.engine.backends.scene.words import concept_of

SKIN = {"noto": "#f9c32a", "twemoji": "#ffdc5d", "flat": "#ffc83d", "3d": "#ffc43a"}
TONED = {"1F3FB": "#f8d9bd", "1F3FC": "#e2bd95", "1F3FD": "#c3956c", "1F3FE": "#9d6740", "1F3FF": "#614a3c"}
SHIRTS = ("#e2574c", "#4f86d9", "#43a57a", "#f09a3e", "#8f6cc4", "#e07aa6", "#37a3b3")
TROUSERS = ("#3d5a80", "#5b5f73", "#7a5c48", "#46637a", "#6b4f6b")
YOUNG = frozenset(map(concept_of, "🧒👦👧👶"))
SKIRTS = frozenset(map(concept_of, "👧👩👸👵🤶🧕"))
GOWNS = frozenset((*map(concept_of, "👰👸"), concept_of("👰‍♀️")))  # who wears a long dress below the shoulders
PRINCESS = concept_of("👸")
PANDA = concept_of("🐼")
SWADDLED = "E0D9"  # a bundle
SITTING = concept_of("🧘")  # somebody with legs
# Who is drawn from head to foot, by set: fairies, merpeople, genies, heroes and villains, trolls, the hairy creature.
FIGURES = {
    "noto": frozenset(("1F9B8", "1F9B9", "1F9CC", "1F9DA", "1F9DC", "1F9DE", "1FAC8")),
    "twemoji": frozenset(("1F9DC", "1FAC8")),
    "flat": frozenset(("1F9DA", "1F9DC", "1FAC8")),
    "3d": frozenset(("1F9DA", "1F9DC", "1FAC8")),
}
CLAUS = frozenset(map(concept_of, ("🎅", "🤶", "🧑‍🎄")))
FACES = frozenset(map(concept_of, (*"🦁🐯🐼🐨🐸🐹🦝🐺🐮🐷🐰🐻🦊🐱🐶🐭🐵🐴🐔🦄🐲👽🤡🤖🫎💀", "\U0001f43b\u200d❄️")))


@lru_cache(maxsize=512)
def with_body(icon: Icon, kind: Traits, turn: int = 0) -> Icon:
    """The icon standing on feet, if it is a face or a bust; the icon itself otherwise.

    `turn` dresses several of the same differently.
    """
    round_face = icon.width / icon.height > 0.7
    foot = (icon.foot[1] - icon.foot[0]) / icon.width
    if icon.concept in FACES and round_face and not (icon.concept == concept_of("🦝") and icon.set == "noto"):
        return _animal(icon)
    if (
        kind.stance == "bust"
        and icon.concept != SWADDLED
        and not icon.concept.startswith(SITTING)
        and icon.concept.partition("-")[0] not in FIGURES.get(icon.set, ())
    ):
        return _dressed(icon) if foot > 0.62 and _has_shoulders(icon) else _child(icon, turn)
    return icon


def _has_shoulders(icon: Icon) -> bool:
    """Whether the lowest rows are clothes and not a chin or hair."""
    person = TONE.sub("", icon.concept)
    role = "-200D-" in person or person in _ROLES
    return role and person not in YOUNG


_ROLES = frozenset(map(concept_of, "👮👷💂🥷🧛🧙👸🤴🕵🧝🧟👰🤵🧞🧕👳🎅🤶"))


def _grown(icon: Icon, under: str, more: float, left: float, right: float) -> Icon:
    """The icon with its box reaching `more` heads further down, standing between left and right."""
    x0, y0, x1, y1 = icon.box
    bottom = y1 + more * icon.height
    return replace(icon, box=(min(x0, left), y0, max(x1, right), bottom), foot=(left, right), under=under)


def _limb(points: str, colour: str, wide: float) -> str:
    return path(points, stroke=colour, stroke_width=wide, stroke_linecap="round", stroke_linejoin="round")


def _pick(concept: str, colours: tuple[str, ...], turn: int) -> str:
    return colours[(sum(map(ord, concept)) + turn) % len(colours)]


def _skin(icon: Icon) -> str:
    tone = TONE.search(icon.concept)
    return TONED[tone.group()[1:]] if tone else SKIN.get(icon.set, "#f9c32a")


def _child(icon: Icon, turn: int) -> Icon:
    x0, _, x1, y1 = icon.box
    unit = icon.height
    middle = (x0 + x1) / 2
    person = TONE.sub("", icon.concept)
    young = person in YOUNG
    tall = 0.72 if young else 1.02  # of the body, in heads
    skin = _skin(icon)
    shirt, trousers = _pick(icon.concept, SHIRTS, turn), _pick(icon.concept, TROUSERS, turn)
    outfit = outfits().get(icon.trade)
    if outfit is not None:
        shirt, trousers = outfit["shirt"], outfit["trousers"]
    if person in CLAUS:
        shirt, trousers = "#d0312d", "#b32824"
    neck = y1 - 0.1 * unit
    hip, sole = neck + 0.6 * tall * unit, y1 + tall * unit
    half = 0.2 * unit
    skirt = person in SKIRTS and outfit is None
    parts = []
    for side in (-1, 1):
        x = middle + side * half * 0.5
        leg = skin if skirt else trousers
        parts.append(_limb(f"M{num(x)} {num(hip)}V{num(sole - 0.06 * unit)}", leg, 0.15 * unit))
        parts.append(ellipse(x + side * 0.02 * unit, sole - 0.05 * unit, 0.115 * unit, 0.058 * unit, "#4b3b3a"))
        hand = (middle + side * (half + 0.21 * unit), neck + 0.42 * tall * unit)
        arm = f"M{num(middle + side * half * 0.8)} {num(neck + 0.13 * unit)}L{num(hand[0])} {num(hand[1])}"
        parts.append(_limb(arm, shade(shirt, -0.05), 0.13 * unit))
        parts.append(ellipse(hand[0], hand[1] + 0.01 * unit, 0.07 * unit, 0.07 * unit, skin))
    hem = half * (1.75 if skirt else 1.08)
    low = hip + (0.1 if skirt else 0.02) * unit
    torso = (
        f"M{num(middle - half)} {num(neck + 0.16 * unit)}Q{num(middle - half)} {num(neck)} {num(middle)} {num(neck)}"
        f"Q{num(middle + half)} {num(neck)} {num(middle + half)} {num(neck + 0.16 * unit)}"
        f"L{num(middle + hem)} {num(low)}Q{num(middle)} {num(low + 0.07 * unit)} {num(middle - hem)} {num(low)}Z"
    )
    parts.append(path(torso, shirt))
    if outfit is not None:  # what hangs below the chin lies over the shirt, and a cap over the hair
        over = worn_by(outfit, icon.box, (middle - half, y1 - 0.01 * unit, middle + half, low))
        icon = replace(icon, over=over)
    return _grown(icon, "".join(parts), tall, middle - half, middle + half)


def _dressed(icon: Icon) -> Icon:
    """A bust with shoulders: its coat goes on below, then legs."""
    y1 = icon.box[3]
    unit = icon.height
    left, right = icon.foot
    middle = (left + right) / 2
    half = min((right - left) / 2, 0.36 * unit)
    coat = icon.hem
    dark = shade(coat, -0.16) if oklab(coat)[0] > 0.35 else shade(coat, 0.1)
    trousers = mix(dark, "#3b4256", 0.5)
    hip, sole = y1 + 0.3 * unit, y1 + 0.66 * unit
    if TONE.sub("", icon.concept) in GOWNS:
        return _gowned(icon, middle, half)
    parts = []
    for side in (-1, 1):
        x = middle + side * half * 0.42
        parts.append(_limb(f"M{num(x)} {num(hip - 0.05 * unit)}V{num(sole - 0.07 * unit)}", trousers, 0.2 * unit))
        parts.append(ellipse(x + side * 0.03 * unit, sole - 0.06 * unit, 0.15 * unit, 0.065 * unit, "#3a3033"))
        shoulder = middle + side * half * 0.86
        hand = (middle + side * half * 1.02, y1 + 0.24 * unit)
        parts.append(
            _limb(
                f"M{num(shoulder)} {num(y1 - 0.06 * unit)}L{num(hand[0])} {num(hand[1])}",
                shade(coat, -0.04),
                0.14 * unit,
            )
        )
        parts.append(ellipse(hand[0], hand[1] + 0.05 * unit, 0.075 * unit, 0.075 * unit, _skin(icon)))
    torso = (
        f"M{num(middle - half)} {num(y1 - 0.12 * unit)}L{num(middle - half * 0.82)} {num(hip)}"
        f"Q{num(middle)} {num(hip + 0.08 * unit)} {num(middle + half * 0.82)} {num(hip)}"
        f"L{num(middle + half)} {num(y1 - 0.12 * unit)}Z"
    )
    parts.append(path(torso, coat))
    return _grown(icon, "".join(parts), 0.66, middle - half * 0.9, middle + half * 0.9)


def _gowned(icon: Icon, middle: float, half: float) -> Icon:
    """A bust over a long dress: waist, wide skirt, folds, a hem that touches the ground."""
    y1, unit = icon.box[3], icon.height
    cloth = icon.hem if TONE.sub("", icon.concept) != PRINCESS else "#e58ab8"  # hers is the colour of her hair
    if oklab(cloth)[0] > 0.8 and chroma(oklab(cloth)) < 0.03:
        cloth = "#f4f2f6"
    waist, sole, wide = y1 + 0.1 * unit, y1 + 0.7 * unit, half * 1.55
    parts = []
    for side in (-1, 1):
        hand = (middle + side * half * 1.05, y1 + 0.22 * unit)
        shoulder = f"M{num(middle + side * half * 0.86)} {num(y1 - 0.06 * unit)}L{num(hand[0])} {num(hand[1])}"
        parts.append(_limb(shoulder, shade(cloth, -0.05), 0.13 * unit))
        parts.append(ellipse(hand[0], hand[1] + 0.05 * unit, 0.07 * unit, 0.07 * unit, _skin(icon)))
    skirt = (
        f"M{num(middle - half * 0.92)} {num(y1 - 0.12 * unit)}L{num(middle - half * 0.66)} {num(waist)}"
        f"Q{num(middle - wide)} {num(y1 + 0.36 * unit)} {num(middle - wide)} {num(sole)}"
        f"Q{num(middle)} {num(sole + 0.05 * unit)} {num(middle + wide)} {num(sole)}"
        f"Q{num(middle + wide)} {num(y1 + 0.36 * unit)} {num(middle + half * 0.66)} {num(waist)}"
        f"L{num(middle + half * 0.92)} {num(y1 - 0.12 * unit)}Z"
    )
    folds = "".join(
        f"M{num(middle + k * half * 0.5)} {num(waist + 0.06 * unit)}Q{num(middle + k * wide * 0.5)} "
        f"{num(y1 + 0.4 * unit)} {num(middle + k * wide * 0.62)} {num(sole - 0.03 * unit)}"
        for k in (-1, 0, 1)
    )
    belt = f"M{num(middle - half * 0.68)} {num(waist)}H{num(middle + half * 0.68)}"
    parts.append(path(skirt, cloth))
    parts.append(_limb(folds, shade(cloth, -0.06), 0.02 * unit) + _limb(belt, shade(cloth, -0.1), 0.035 * unit))
    return _grown(icon, "".join(parts), 0.72, middle - wide * 0.85, middle + wide * 0.85)


def _animal(icon: Icon) -> Icon:
    """A sitting animal under its face: round body, light belly, two paws and two feet."""
    x0, _, x1, y1 = icon.box
    unit = min(icon.height, icon.width)
    middle = (x0 + x1) / 2
    fur = icon.colours[0]
    if icon.concept == PANDA:
        fur = "#f4f4f2"
    if oklab(fur)[0] > 0.85 and chroma(oklab(fur)) < 0.03:
        fur = "#e7edf4"  # a mean of white and outline would be grey
    belly = mix(fur, "#fffaf0", 0.55) if oklab(fur)[0] < 0.9 else "#fbfcfe"
    limb = "#3a3a40" if icon.concept == PANDA else shade(fur, -0.06, 1.05)
    tall = 0.62
    low = y1 + tall * unit
    centre = y1 + 0.22 * unit
    rx, ry = 0.33 * unit, 0.4 * unit
    grey_foot = mix(limb, "#000000", 0.08) if chroma(oklab(limb)) > 0.02 else limb
    parts = [ellipse(middle, centre, rx, ry, fur), ellipse(middle, centre + 0.06 * unit, rx * 0.62, ry * 0.72, belly)]
    for side in (-1, 1):
        parts.append(ellipse(middle + side * rx * 0.72, low - 0.085 * unit, 0.17 * unit, 0.1 * unit, grey_foot))
        arm = f"M{num(middle + side * rx * 0.86)} {num(y1 + 0.08 * unit)}q{num(side * 0.1 * unit)} {num(0.12 * unit)} "
        arm += f"{num(side * 0.02 * unit)} {num(0.22 * unit)}"
        parts.append(_limb(arm, limb, 0.15 * unit))
    return _grown(icon, "".join(parts), tall * unit / icon.height, middle - rx, middle + rx)
