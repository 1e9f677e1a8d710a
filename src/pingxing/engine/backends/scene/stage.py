"""The stage: which setting suits a plan, and every thing of it with its art and its place, before anything is drawn.

`set_stage` is the whole of composing that has no ink in it, so that placing can be tested on thousands of scenes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from pingxing.engine.backends.scene.art import Art, Icon
from pingxing.engine.backends.scene.backdrops import INDOORS, SETTINGS
from pingxing.engine.backends.scene.backdrops.touches import TOUCHES
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.bunch import nosegay
from pingxing.engine.backends.scene.casting import WEB_IN_CORNER, cast, dines, meant
from pingxing.engine.backends.scene.drawings import drawings
from pingxing.engine.backends.scene.dress import height_of
from pingxing.engine.backends.scene.figure import icon_for
from pingxing.engine.backends.scene.heap import SHELF
from pingxing.engine.backends.scene.heavens import (
    ARCH,
    MOONS,
    NO_SKY,
    ON_WALLS,
    RAINBOW,
    SILL,
    distant,
    freed,
    on_a_wall,
)
from pingxing.engine.backends.scene.inscribe import (
    Spread,
    blank,
    column,
    drawn_as,
    home,
    hung,
    judged,
    side,
    spread,
    strip,
)
from pingxing.engine.backends.scene.layout import Frame, Placed, arrange
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.relate import units
from pingxing.engine.backends.scene.shapes import aboard, shape_of, window
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.surface import PRINTED
from pingxing.engine.backends.scene.traits import Traits, traits
from pingxing.engine.backends.scene.unit import Item, narrowed, paces
from pingxing.engine.backends.scene.variants import mixed
from pingxing.engine.backends.scene.wares import is_sign, offered, shows_wares
from pingxing.engine.backends.scene.words import concept_of
from pingxing.types import SceneRelation

# Several of these are bought in several colours.
MOTLEY = frozenset(map(concept_of, ("🎈", "🎁", "🪁")))
TULIP, EGG = map(concept_of, "🌷🥚")
_EASTER = re.compile(r"easter|paint|colou?r|复活节|彩蛋")
FISH, _GOLDFISH = frozenset(map(concept_of, "🐟🐠")), re.compile(r"gold ?fish|金鱼")
SHELLS = ("#f0b27a", "#f9dcb8", "#e39a5e")
BLOOMS = ("#e8443f", "#f7b92e", "#f27fb2", "#8f5fd6", "#f5894e")
FESTIVE = ("#e8443f", "#f7b92e", "#3f8fe8", "#46b36b", "#f27fb2", "#8f5fd6")
SPACE = frozenset(map(concept_of, ("🚀", "🪐", "🌍", "🌎", "🌏", "👽", "🛸", "🛰️", "🧑‍🚀", "👩‍🚀", "👨‍🚀")))
SHORES = frozenset(
    ("lake", "beach", "river", "island", "harbour", "waterfall", "canal", "pool")
)  # water, and land before it
SWIMMERS = frozenset(
    (*map(concept_of, "🦢🏄🚣🏊🤽"), "E01B")
)  # ducks show their feet: they stay ashore; leaves of the lotus float
ALIVE = ("animals-nature", "people-body", "smileys-emotion")
UNIT = 1000.0  # the shorter side of the frame
FESTOONS = frozenset((*map(concept_of, "🏮🧧🧨"), "E0A8", "E0D5"))
AT_SEA = ("transport-water", "place-geographic", "animal-marine", "sky-weather")
ROCK = concept_of("🪨")
CHAIRS = frozenset((*map(concept_of, "🪑🛋🛏"), "E067", "E093", "E0C5"))
LIGHTHOUSE = "E000"  # on a rock of its own
BANQUET = "E16B"  # a round table full of dishes
SNOWY = frozenset(map(concept_of, "🎿⛷⛸🏂🛷🐧⛄☃🎄🎅🦭")) | {"1F43B-200D-2744"}
AT_HOME = frozenset((BANQUET, "E066"))  # and a fireplace
COOKS = frozenset(map(concept_of, ("🧑‍🍳", "👩‍🍳", "👨‍🍳")))
TABLE = "E0CD"
FURNITURE = frozenset(map(concept_of, "📺🛋🛏🖥🪟")) | {"E026", "E028", "E029", "E02A"}  # with people too
BUILT = frozenset(("place-building", "place-religious", "place-geographic", "place-other"))
GREAT = ("animal-mammal", "animal-reptile")
TOWERING = 1.75  # the tallest building or mountain over the tallest person or animal in the same picture
VEHICLES_OF_PARKS = frozenset(map(concept_of, "🚲🛴"))
TIED = ("on", "riding", "inside", "holding", "around", "between", "wearing", PRINTED)
HERO = 1.35  # times as large as life: what an advertisement is for
FEW = 6  # more than so many are a crowd
READINGS = 5  # arrangements tried until every word on a thing can be read

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing on the stage: x, y, width and height of its box in frame units (y down); nearer is deeper."""

    wish: Wish
    group: int  # index into Plan.wishes
    icon: Icon
    box: Box
    depth: float
    grounded: bool
    flip: bool
    paint: str | None  # what it is painted with, asked for or not

    @property
    def foot(self) -> float:
        return self.box[1] + self.box[3]


@dataclass(frozen=True, slots=True)
class Stage:
    """`things` stand in the order of `Scene.objects`, farthest first; lengths in frame units."""

    width: float
    height: float
    horizon: float
    background: str
    painted: str  # the setting that is drawn for it
    time: str
    weather: str
    aloft: bool  # nothing stands on a ground here
    strip: float  # height of one hung board
    column: tuple[float, float] | None  # left edge and width of what a banner's board stands in, beside the things
    spread: Spread  # who carries which inscription
    things: tuple[Thing, ...]
    relations: tuple[SceneRelation, ...]
    missing: tuple[str, ...]  # words of things that no set draws


def setting_of(plan: Plan) -> tuple[str, str, str]:
    """Background, time and weather: those asked for, else what suits the things."""
    kinds = [traits(w.concept) for w in plan.wishes]
    concepts = {w.concept for w in plan.wishes}
    brought = [TOUCHES[touch] for touch in plan.touches]
    brought_by = next((b for _, b, _ in brought if b), "")
    brought_by = "table" if brought_by and _laid(plan.wishes) else brought_by
    brought_by = "room" if brought_by and concepts & AT_HOME else brought_by  # a family's feast, a fireplace
    background = plan.background or brought_by or ("sky" if _on_moon(plan) else "") or _fitting(plan.wishes)
    if not plan.background and not brought_by and (shows_wares(plan) or is_sign(plan)):
        background = "plain"
    if not plan.background and not brought_by and dines(plan):
        background = "room"
    if not plan.background and background in ("meadow", "plain"):
        background = home(plan) or background  # a blackboard hangs in a classroom
    if not plan.background and background in ("meadow", "plain", "table") and on_a_wall(plan):
        background = "room" if all(k.group != "travel-places" or k.subgroup == "time" for k in kinds) else background
    if plan.backdrop is not None and not plan.background:
        background = "plain"
    time = plan.time or next((hour for _, _, hour in brought if hour), "")
    if not time:
        signs = any(k.group in ("symbols", "smileys-emotion", "objects") for k in kinds)
        dark = {"1F319", "1F315", "2B50", "1F31F", "1F987", "1F989", "1F386", "1F387", "1F320"}
        dark -= {"2B50", "1F31F"} if signs else set()
        time = "night" if concepts & dark and "2600" not in concepts else "day"
    if background in ("space", "moon"):
        time = "night"
    weather = plan.weather or ("clear" if "2600" in concepts else "")
    return (background if background not in plan.banned else "plain"), time, weather


def _laid(wishes: tuple[Wish, ...]) -> bool:
    """Whether a feast is only what people eat at it, and what hangs above: a table, and not a bowl in the street."""
    kinds = [traits(w.concept) for w in wishes]
    food = [k for k in kinds if k.group == "food-drink"]
    return bool(food) and all(k.group == "food-drink" or k.stance == "sky" or k.subgroup == "dishware" for k in kinds)


def _on_moon(plan: Plan) -> bool:
    return any(k.relation in ("on", "riding") and plan.wishes[k.object].concept in MOONS for k in plan.links)


_IN_WATER = re.compile(r"swim|swam|div(?:e|ing)|surf|snorkel|游泳|潜|冲浪|游水|戏水|浮在|漂", re.I)


FISHED = frozenset(("sea", "lake", "river", "canal", "pool"))
_LEAPS = re.compile(r"jump|leap|catch|跳|跃|surface|水面", re.I)


def _painted(plan: Plan, background: str) -> str:
    """Houses, people and trees "by the sea" stand on its shore, not on the waves."""
    if background == "table" and any(_of_floor(w) for w in plan.wishes):
        return "room"
    if background == "sky" and any(w.concept in FURNITURE or w.concept == TABLE for w in plan.wishes):
        return "room"  # balloons in the air of a party
    if background in FISHED and plan.wishes and all(map(_of_water, plan.wishes)) and not _LEAPS.search(plan.between):
        return "underwater"
    if background == "mountains" and any(map(_sails, plan.wishes)):
        return "lake"  # a boat with mountains behind it
    if background != "sea" or _IN_WATER.search(plan.between):
        return background
    carried = {k.subject for k in plan.links if k.relation in ("on", "inside", "riding", "wearing")}
    carried |= {k.object for k in plan.links if k.relation in ("holding", "wearing")}
    return "beach" if any(_of_land(w) for n, w in enumerate(plan.wishes) if n not in carried) else background


def _sails(wish: Wish) -> bool:
    return traits(wish.concept).subgroup == "transport-water"


def _of_water(wish: Wish) -> bool:
    """Whether it is small and lives under water: fish in a pond are seen there and not above it."""
    kind = traits(wish.concept)
    return kind.stance in ("water", "floor") and kind.metres < 1 and kind.group == "animals-nature"


def _of_floor(wish: Wish) -> bool:
    """Whether it stands beside a table and not on it: people, chairs, large animals."""
    kind = traits(wish.concept)
    person = kind.group == "people-body" and not _part(kind) and kind.metres > 1
    return person or wish.concept in CHAIRS


def _of_land(wish: Wish) -> bool:
    kind = traits(wish.concept)
    if kind.stance not in ("ground", "bust", "head") or wish.concept in SWIMMERS or "1F9DC" in wish.concept:
        return False
    if kind.group == "travel-places":
        return kind.subgroup in ("place-building", "place-religious", "place-other", "transport-ground") and (
            wish.concept != LIGHTHOUSE
        )
    marine = kind.subgroup in ("animal-marine", "animal-bird")
    return kind.group in ("people-body", "animals-nature") and not marine


def _fitting(wishes: tuple[Wish, ...]) -> str:
    kinds = [traits(w.concept) for w in wishes]
    concepts = {w.concept for w in wishes}
    if not kinds:
        return "meadow"
    if 2 * sum(plain(w.concept) in SPACE for w in wishes) >= len(wishes):  # a rocket among ten toys is a toy
        return "space"
    homes = (ours.setting for ours in (drawings().get(w.concept) for w in wishes) if ours is not None)
    if home := next(filter(None, homes), ""):
        return home
    if COOKS & {plain(c) for c in concepts} and any(k.group == "food-drink" for k in kinds):
        return "kitchen"
    if any(k.group in ("symbols", "smileys-emotion") or _part(k) for k in kinds) and not any(
        k.group in ("animals-nature", "people-body") and not _part(k) for k in kinds
    ):
        return "plain"
    if all(k.stance in ("water", "floor") for k in kinds):
        return "underwater"
    if any(k.stance == "water" and k.metres >= 1 for k in kinds) or any("1F9DC" in w.concept for w in wishes):
        wet = all(
            k.stance == "water" or k.subgroup in AT_SEA or w.concept == ROCK or "1F9DC" in w.concept
            for k, w in zip(kinds, wishes, strict=True)
        )
        return "sea" if wet else "beach"  # dolphins before the shore on which the others stand
    if concepts & SNOWY:
        return "snow"
    if concepts & {"1F42A", "1F42B", "1F335"}:
        return "desert"
    subgroups = Counter(k.subgroup for k in kinds)
    if subgroups["transport-water"] or "1F30A" in concepts:
        return "sea"
    if concepts & {"1F334", "1F965", "1F980", "26F1"}:
        return "beach"
    if any(traits(c).subgroup == "transport-ground" for c in concepts - VEHICLES_OF_PARKS):
        return "road"
    if concepts & VEHICLES_OF_PARKS:
        return "park"
    if concepts <= FESTOONS:
        return "courtyard"  # lanterns and signs of luck hang before a house, not among the clouds
    if all(k.stance in ("sky", "bird") for k in kinds):
        return "sky"
    if concept_of("🛒") in concepts and any(k.group == "people-body" for k in kinds):
        return "street"
    if any(k.subgroup == "plant-other" and k.metres >= 3 for k in kinds):  # a picnic under a cherry tree
        return "meadow"
    if concepts & FURNITURE and not any(k.group == "travel-places" and k.subgroup != "sky-weather" for k in kinds):
        return "room"
    if any(k.subgroup == "household" for k in kinds) and not any(k.group == "travel-places" for k in kinds):
        alive = any(k.group in ALIVE and k.subgroup not in ("plant-flower", "plant-other") for k in kinds)
        small = all(k.metres < 0.6 and k.stance == "ground" for k in kinds)
        return "table" if small and not alive else "room"  # a vase stands on a table
    outdoors = {"animals-nature", "travel-places", "people-body"}
    if any(k.group in outdoors and k.subgroup not in ("hotel", "time") for k in kinds) or "1F6B2" in concepts:
        return "meadow"
    if all(k.group in ("food-drink", "activities", "objects") and k.metres < 0.6 for k in kinds) and any(
        k.group == "food-drink" for k in kinds
    ):
        return "table"
    return "plain" if any(k.group in ("symbols", "smileys-emotion", "objects") for k in kinds) else "meadow"


def _part(kind: Traits) -> bool:
    """Whether it is a hand or another part of a body: nobody stands there."""
    return kind.group == "people-body" and (kind.subgroup.startswith("hand") or kind.subgroup == "body-parts")


def set_stage(plan: Plan, width: int, height: int, seed: int, style: Style, art: Art, head: float = 0.0) -> Stage:
    """Everything in its place. `width` and `height` in pixels give the shape only: the frame's short side is UNIT.
    `head` is the part of the height, from the top, in which nothing stands.

    Things that carry words are placed again, larger or elsewhere, until the words can be read; what stays too small
    or hidden gives its words to a board.
    """
    words, attempt = spread(plan), 0
    while True:  # ends: from some attempt on, every round takes words from a thing
        stage = _set_stage(plan, width, height, f"{seed}" + f"/{attempt}" * (attempt > 0), style, art, words, head)
        boxes = [(thing.group, thing.box, thing.depth) for thing in stage.things]
        better = judged(plan, words, boxes, UNIT, style, attempt >= READINGS - 1)
        if better == words:
            return stage
        words, attempt = better, attempt + 1


def _set_stage(
    plan: Plan, width: int, height: int, seed: str, style: Style, art: Art, words: Spread, head: float
) -> Stage:
    scale = UNIT / min(width, height)
    w, h = width * scale, height * scale
    background, time, weather = setting_of(plan)
    if style.border and background in ("meadow", "table") and not plan.background:
        background = "plain"  # a die-cut figure lies on a sheet, not in a landscape
    painted = _painted(plan, background)
    _, level, start = SETTINGS[painted]
    floating = start >= 1.0
    rng = Random(f"pingxing scene {seed} {round(w)}x{round(h)}")
    level += rng.uniform(-0.03, 0.03) if not floating else 0.0
    crowd = sum(wish.count for wish in plan.wishes)
    if h > 1.2 * w and not floating:
        # A studio's floor is as deep as the things need it; land comes up, so that they stand near the middle of a tall
        # picture and not at the foot of an empty sky. Shores keep their water.
        level += -0.2 if background == "plain" else -0.07 if start < 0.3 and crowd <= FEW else 0.04
    if crowd > FEW and start < 0.3:
        level -= min(0.15, 0.03 * (crowd - FEW))  # a crowd needs room to stand in
    boards, high = len(hung(plan, words)), strip(plan, words, w, h)
    margin, board = side(plan, words, w, h), column(plan, words, w, h)
    left = board if board and rng.random() < 0.6 else 0.0  # of the things: the board stands before or behind them
    ceiling = head * h + (0.02 * h + high * boards if boards and not board else 0.0)
    water = (level + 0.7 * start * (1 - level)) * h if painted in SHORES else None
    bare = painted == "plain" and (bool(style.border) or is_sign(plan) or plan.background == "plain")
    frame = Frame(w - 2 * margin - board, h, level * h, floating, start, ceiling, water, bare)
    links = meant(plan)
    items, icons, missing = _items(plan, links, style, art, painted, rng, words)
    if not floating:
        items, links = freed(items, links)
    placed = arrange(units(items, links, rng, nosegay(plan)), frame, rng) if items else []
    placed = [replace(spot, x=spot.x + margin + left) for spot in placed] if margin + left else placed
    placed.sort(key=lambda p: (p.depth, p.item.index))
    return Stage(
        w, h, level * h, background, painted, style.time or time, weather, floating or background == "sky", high,
        (0.0 if left else w - board, board) if board else None, words,
        _things(plan, placed, icons, rng), _relations(plan, placed), tuple(missing),
    )  # fmt: skip


def _items(
    plan: Plan, links: Sequence[Link], style: Style, art: Art, background: str, rng: Random, words: Spread
) -> tuple[list[Item], list[Icon], list[str]]:
    items: list[Item] = []
    icons: list[Icon] = []
    missing: list[str] = []
    submerged = background == "underwater"
    arched = frozenset(
        number for number, wish in enumerate(plan.wishes)
        if wish.concept == RAINBOW and background not in NO_SKY and not plan.transparent and wish.count == 1
        and not any(k.relation in TIED and number in (k.subject, k.object) for k in plan.links)
    )  # fmt: skip
    roles = cast(plan, style, background, arched)
    metres = [traits(role if role in drawings() and role != ARCH else wish.concept).metres
              for role, wish in zip(roles, plan.wishes, strict=True)]  # fmt: skip
    lengths = _modest(plan, narrowed([paces(length) for length in metres]))
    seated = _behind_glass(links, roles)
    tied = {number for link in links if link.relation in TIED for number in (link.subject, link.object)}
    hero = offered(plan)
    for number, wish in enumerate(plan.wishes):
        lettered = words.carrier(number) is not None
        icon = blank(drawn_as(plan, number)) if lettered else icon_for(art, style, roles[number])
        mostly = rng.random() < 0.5
        if icon is None:
            missing.append(wish.words)
            continue
        kind = traits(wish.concept)
        stands = icon if number in seated else with_body(icon, kind)
        shape = shape_of(stands, art)
        # What carries words is large enough to be read.
        tall = _tall(lengths[number], wish, stands) * words.boost(number)
        if number in seated:
            tall *= icon.height / with_body(icon, kind).height
        if number == hero:
            tall *= HERO
        wide = tall * stands.width / stands.height
        role = roles[number]
        drawn = traits(role) if role in drawings() and role != ARCH else kind
        stance = "ground" if lettered else _stance(wish, drawn, submerged)  # near enough to be read
        hangs = role in ON_WALLS or role in on_a_wall(plan)
        if hangs and background in INDOORS and (number not in tied or role in (SILL, SHELF)):
            stance = "sky"
        place = wish.place or ("top-left" if role == WEB_IN_CORNER else "")
        stance = "arch" if number in arched and not lettered else stance
        stance = "far" if not lettered and not submerged and distant(plan, number, background) else stance
        for _ in range(wish.count):
            turn = len(icons) if wish.count > 1 else 0
            one = icon if wish.count == 1 or lettered else icon_for(art, style, mixed(role, turn)) or icon
            if one is not icon:
                stands = one if number in seated else with_body(one, kind, turn)
                shape, wide = shape_of(stands, art), tall * stands.width / stands.height
            flip = not (kind.still or lettered) and mostly != (rng.random() < 0.2)
            human = kind.group in ("people-body", "smileys-emotion") and not _part(kind)
            known = len(items), number, plain(_acting(role, wish)), wide, tall, stance, shape, place
            items.append(Item(*known, human, kind.still, flip))
            icons.append(one if number in seated else with_body(one, kind, turn))
    return items, icons, missing


def _modest(plan: Plan, lengths: list[float]) -> list[float]:
    """Lengths where buildings and mountains leave those who are before them large enough to be seen."""
    alive = [
        length for length, wish in zip(lengths, plan.wishes, strict=True)
        if traits(wish.concept).group == "people-body" or traits(wish.concept).subgroup in GREAT
    ]  # fmt: skip
    if not alive:
        return lengths
    return [
        min(length, TOWERING * max(alive)) if traits(wish.concept).subgroup in BUILT else length
        for length, wish in zip(lengths, plan.wishes, strict=True)
    ]


def _acting(role: str, wish: Wish) -> str:
    """What others do with the thing depends on how it is drawn, but a rainbow stays a rainbow."""
    return wish.concept if wish.concept == RAINBOW else role


def _behind_glass(links: Sequence[Link], roles: Sequence[str]) -> frozenset[int]:
    """Wishes that are seen through a window: a face there needs no legs."""
    return frozenset(
        link.subject
        for link in links
        if window(roles[link.object]) is not None
        and (link.relation in ("inside", "riding") or (link.relation == "on" and aboard(roles[link.object])))
    )


def _tall(length: float, wish: Wish, icon: Icon) -> float:
    tall = length * wish.size * height_of(wish.traits)
    aspect = icon.width / icon.height
    return tall * (1.5 / aspect) ** 0.5 if aspect > 1.5 else tall  # long things are known by their length


def _stance(wish: Wish, kind: Traits, submerged: bool) -> str:
    stance = "ground" if kind.stance in ("bust", "head") else kind.stance
    if not submerged and (kind.subgroup == "transport-water" or stance == "water" or wish.concept in SWIMMERS):
        return "sky" if wish.place.startswith("top") else "afloat"
    if submerged and stance == "ground" and kind.group not in ALIVE:
        return "floor"  # rocks, ruins and chests do not hover
    if stance in ("water", "floor") and not submerged:
        stance = "ground"  # a whale on the sea swims at its surface, it does not fly
    return "sky" if wish.place.startswith("top") and stance == "ground" else stance


def _things(plan: Plan, placed: list[Placed], icons: list[Icon], rng: Random) -> tuple[Thing, ...]:
    bright, blooms = rng.sample(FESTIVE, len(FESTIVE)), rng.sample(BLOOMS, len(BLOOMS))
    things = []
    for spot in placed:
        number, wish = spot.item.wish, plan.wishes[spot.item.wish]
        paint = wish.colour
        if paint is None and wish.count > 1 and (tints := _tints(wish, blooms)):
            paint = tints[spot.item.index % len(tints)]
        elif paint is None and wish.count > 1 and wish.concept in MOTLEY:
            paint = bright[spot.item.index % len(bright)]
        grounded = spot.grounded and spot.item.stance != "sky"
        box = (spot.x, spot.y, spot.w, spot.h)
        if paint is None and wish.concept in FISH and _GOLDFISH.search(wish.words.lower()):
            paint = "#f5892b"
        things.append(Thing(wish, number, icons[spot.item.index], box, spot.depth, grounded, spot.item.flip, paint))
    return tuple(things)


def _tints(wish: Wish, blooms: list[str]) -> Sequence[str]:
    """Colours of several that are seldom all alike; eggs would melt into one."""
    if wish.concept == TULIP or (wish.concept == EGG and _EASTER.search(wish.words.lower())):
        return blooms
    return SHELLS if wish.concept == EGG else ()


def _relations(plan: Plan, placed: list[Placed]) -> tuple[SceneRelation, ...]:
    order: dict[int, list[int]] = {}
    for number, spot in enumerate(placed):
        order.setdefault(spot.item.wish, []).append(number)
    found = []
    for link in plan.links:
        targets = order.get(link.object, [])
        for number, subject in enumerate(order.get(link.subject, [])):
            if targets:
                found.append(SceneRelation(subject, link.relation, targets[number % len(targets)]))
    return tuple(found)
