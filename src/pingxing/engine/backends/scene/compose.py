"""From a plan to a picture: choose the setting, place the things, draw far to near.

Deterministic: the same plan, size, style and seed give the same markup on every machine. Chance comes
from `random.Random(text)`, which hashes its seed with SHA-512 and has been stable since Python 3.2.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from html import escape
from random import Random

from pingxing.engine.backends.scene.art import Art, Icon
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.backdrops.touches import TOUCHES
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.figure import Figures, icon_for
from pingxing.engine.backends.scene.inscribe import PLACARD, hang, hung, on_placard, placard
from pingxing.engine.backends.scene.layout import Frame, Placed, arrange
from pingxing.engine.backends.scene.light import LIGHTS, on_things
from pingxing.engine.backends.scene.plan import Plan, Wish
from pingxing.engine.backends.scene.relate import CONTRAST, Item, units
from pingxing.engine.backends.scene.sky import View, paint_weather
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import Sheet, ellipse
from pingxing.engine.backends.scene.tone import set_tone
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of
from pingxing.types import Scene, SceneObject, SceneRelation, SceneText

# Several of these are bought in several colours.
MOTLEY = frozenset(map(concept_of, ("🎈", "🎁", "🌷", "🪁")))
FESTIVE = ("#e8443f", "#f7b92e", "#3f8fe8", "#46b36b", "#f27fb2", "#8f5fd6")
SEASONS = ("spring", "autumn", "winter")
UNIT = 1000.0  # the shorter side of the frame


@dataclass(frozen=True, slots=True)
class Composition:
    """Markup without its <svg> element, over the plane `width` x `height`, and what it shows."""

    markup: str
    width: float
    height: float
    scene: Scene


def setting_of(plan: Plan) -> tuple[str, str, str]:
    """Background, time and weather: those asked for, else what suits the things."""
    kinds = [traits(w.concept) for w in plan.wishes]
    concepts = {w.concept for w in plan.wishes}
    brought = [TOUCHES[touch] for touch in plan.touches]
    background = plan.background or next((b for _, b, _ in brought if b), "") or _fitting(plan.wishes)
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


def _fitting(wishes: tuple[Wish, ...]) -> str:
    kinds = [traits(w.concept) for w in wishes]
    concepts = {w.concept for w in wishes}
    if not kinds:
        return "meadow"
    if concepts & {"1F680", "1FA90", "1F30D", "1F30E", "1F30F", "1F47D", "1F6F8", "1F6F0", "1F9D1-200D-1F680"}:
        return "space"
    if any(k.group in ("symbols", "smileys-emotion") for k in kinds) and not any(
        k.group in ("animals-nature", "people-body") for k in kinds
    ):
        return "plain"
    if all(k.stance in ("water", "floor") for k in kinds):
        return "underwater"
    if concepts & {"1F427", "26C4", "2603", "1F43B-200D-2744", "1F384", "1F385", "1F9AD"}:
        return "snow"
    if concepts & {"1F42A", "1F42B", "1F335"}:
        return "desert"
    subgroups = Counter(k.subgroup for k in kinds)
    if subgroups["transport-water"]:
        return "sea"
    if concepts & {"1F334", "1F965", "1F980"}:
        return "beach"
    if any(k.subgroup == "transport-ground" for k in kinds):
        return "road"
    if all(k.stance in ("sky", "bird") for k in kinds):
        return "sky"
    if any(k.subgroup == "household" for k in kinds) and not any(k.group == "travel-places" for k in kinds):
        return "room"
    outdoors = {"animals-nature", "travel-places", "people-body"}
    if any(k.group in outdoors and k.subgroup not in ("hotel",) for k in kinds) or "1F6B2" in concepts:
        return "meadow"
    if all(k.group in ("food-drink", "activities", "objects") and k.metres < 0.6 for k in kinds) and any(
        k.group == "food-drink" for k in kinds
    ):
        return "table"
    return "plain" if any(k.group in ("symbols", "smileys-emotion", "objects") for k in kinds) else "meadow"


def compose(plan: Plan, width: int, height: int, seed: int, style: Style, art: Art) -> Composition:
    """The picture for one plan. Things that no set draws are named in `Scene.not_drawn`."""
    scale = UNIT / min(width, height)
    w, h = width * scale, height * scale
    background, time, weather = setting_of(plan)
    time = style.time or time
    painter, level, start = SETTINGS[background]
    floating = start >= 1.0
    rng = Random(f"pingxing scene {seed} {round(w)}x{round(h)}")
    level += rng.uniform(-0.03, 0.03) if not floating else 0.0
    if h > 1.2 * w and not floating:
        level += 0.04
    crowd = sum(wish.count for wish in plan.wishes)
    if crowd > 6 and start < 0.3:
        level -= min(0.15, 0.03 * (crowd - 6))  # a crowd needs room to stand in
    boards = len(hung(plan))
    strip = min(0.19 if h >= 0.6 * w else 0.26, 0.5 / max(1, boards)) * h  # height of one banner
    ceiling = 0.02 * h + strip * boards if boards else 0.0
    frame = Frame(w, h, level * h, floating, start, ceiling)
    items, icons, missing = _items(plan, style, art, background == "underwater")
    placed = arrange(units(items, plan.links, rng), frame, rng) if items else []
    sheet = Sheet("s")
    chance = Random(f"pingxing backdrop {seed}")
    season = next((touch for touch in plan.touches if touch in SEASONS), "")
    view = View(sheet, w, h, level * h, LIGHTS[time], weather, chance, plan.banned, plan.backdrop, season)
    painter(view)
    for touch in plan.touches:
        TOUCHES[touch][0](view)
    set_tone(sheet, style)
    objects, order = _draw(plan, placed, icons, view, style, art, rng, floating or background == "sky")
    _weather(view, style)
    if style.over is not None:
        style.over(sheet, w, h)
    texts = _inscribe(plan, view, style, strip, objects, icons)
    markup = sheet.markup()
    scene = Scene(
        background,
        time,
        weather or "clear",
        style.id,
        _palette(objects, icons, placed),
        objects,
        texts,
        relations=_relations(plan, order),
        not_drawn=tuple(dict.fromkeys((*plan.not_drawn, *missing))),
        setting_spans=plan.setting_spans,
    )
    return Composition(markup, w, h, scene)


def _weather(view: View, style: Style) -> None:
    """Rain, snow or fog over everything, in the style's colours."""
    own = replace(view, sheet=Sheet("w"))
    paint_weather(own)
    set_tone(own.sheet, style)
    view.sheet.take(own.sheet)


def _inscribe(
    plan: Plan, view: View, style: Style, strip: float, objects: tuple[SceneObject, ...], icons: list[Icon]
) -> tuple[SceneText, ...]:
    """Every inscription: the first on a standing placard if there is one, the others on boards from above."""
    found, carrier = [], placard(plan)
    if carrier is not None:
        for z, thing in enumerate(objects):
            if thing.concept == PLACARD:
                x, y, w, h = thing.box
                box = (x * view.width, y * view.height, w * view.width, h * view.height)
                icon = next(i for i in icons if i.concept == PLACARD)
                markup, where = on_placard(plan.texts[0], icon, box, style)
                view.sheet.layer("things")[z] += markup  # with the placard, so that nearer things stay in front
                found.append(SceneText(plan.texts[0], view.part(where)))
    return (*found, *hang(hung(plan), view, style, strip))


def _items(plan: Plan, style: Style, art: Art, submerged: bool) -> tuple[list[Item], list[Icon], list[str]]:
    items: list[Item] = []
    icons: list[Icon] = []
    missing: list[str] = []
    for number, wish in enumerate(plan.wishes):
        icon = icon_for(art, style, wish.concept)
        if icon is None:
            missing.append(wish.words)
            continue
        kind = traits(wish.concept)
        stands = with_body(icon, kind)
        tall = kind.metres**CONTRAST * wish.size
        if number == placard(plan):  # large enough to be read
            tall *= 1.6
        aspect = stands.width / stands.height
        if aspect > 1.5:  # long things are known by their length
            tall *= (1.5 / aspect) ** 0.5
        for _ in range(wish.count):
            stance = "ground" if kind.stance in ("bust", "head") else kind.stance
            if stance in ("water", "floor") and not submerged:
                stance = "ground"  # a whale on the sea swims at its surface, it does not fly
            if wish.place.startswith("top") and stance == "ground":
                stance = "sky"
            wheeled = kind.subgroup == "transport-ground"
            items.append(Item(len(items), number, tall * aspect, tall, stance, wish.place, wheeled, kind.seat))
            icons.append(with_body(icon, kind, len(icons) if wish.count > 1 else 0))
    return items, icons, missing


def _draw(
    plan: Plan, placed: list[Placed], icons: list[Icon], view: View, style: Style, art: Art, rng: Random, aloft: bool
) -> tuple[tuple[SceneObject, ...], dict[int, list[int]]]:
    figures = Figures(view.sheet, art, style, {})
    light = on_things(view.light)
    shade = view.sheet.radial(
        [(0, view.light.shadow, view.light.shadow_opacity), (0.6, view.light.shadow, view.light.shadow_opacity * 0.6),
         (1, view.light.shadow, 0)]
    )  # fmt: skip
    shadows, things = view.sheet.layer("shadows"), view.sheet.layer("things")
    flips = {wish: rng.random() < 0.5 for wish in range(len(plan.wishes))}
    lookers = {link.subject for link in plan.links if link.relation == "looking-at"}
    bright = rng.sample(FESTIVE, len(FESTIVE))
    objects: list[SceneObject] = []
    order: dict[int, list[int]] = {}
    for z, spot in enumerate(sorted(placed, key=lambda p: (p.depth, p.item.index))):
        wish, icon = plan.wishes[spot.item.wish], icons[spot.item.index]
        kind = traits(wish.concept)
        flip = not kind.still and spot.item.wish not in lookers and (flips[spot.item.wish] != (rng.random() < 0.2))
        if spot.grounded and not aloft and spot.item.stance not in ("sky",):
            shadows.append(_shadow(spot, icon, flip, shade))
        lit = None if kind.glows or view.light.name == "day" else light
        title = escape(f"{wish.name_en} / {wish.name_zh}")
        box = (spot.x, spot.y, spot.w, spot.h)
        paint = wish.colour
        if paint is None and wish.count > 1 and wish.concept in MOTLEY:
            paint = bright[spot.item.index % len(bright)]
        things.append(figures.draw(icon, box, colour=paint, light=lit, flip=flip, title=title))
        order.setdefault(spot.item.wish, []).append(len(objects))
        objects.append(
            SceneObject(
                wish.concept, wish.name_en, wish.name_zh, wish.words, wish.spans, wish.colour,
                view.part(box), z,
            )
        )  # fmt: skip
    return tuple(objects), order


def _shadow(spot: Placed, icon: Icon, flip: bool, paint: str) -> str:
    left, right = ((v - icon.box[0]) / icon.width for v in icon.foot)
    if flip:
        left, right = 1 - right, 1 - left
    reach = max(right - left, 0.35)
    middle = spot.x + spot.w * (left + right) / 2
    rx = spot.w * reach * 0.66
    return ellipse(middle, spot.y + spot.h - rx * 0.02, rx, min(rx * 0.22, spot.h * 0.12), paint)


def _palette(objects: tuple[SceneObject, ...], icons: list[Icon], placed: list[Placed]) -> tuple[str, ...]:
    colours = [o.colour for o in objects if o.colour] + [icons[p.item.index].colour for p in placed]
    return tuple(dict.fromkeys(colours))[:6]


def _relations(plan: Plan, order: dict[int, list[int]]) -> tuple[SceneRelation, ...]:
    found = []
    for link in plan.links:
        targets = order.get(link.object, [])
        for number, subject in enumerate(order.get(link.subject, [])):
            if targets:
                found.append(SceneRelation(subject, link.relation, targets[number % len(targets)]))
    return tuple(found)
