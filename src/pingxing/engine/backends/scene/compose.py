"""From a plan to a picture: set the stage, paint the setting, draw the things far to near.

Deterministic: the same plan, size, style and seed give the same markup on every machine. Chance comes
from `random.Random(text)`, which hashes its seed with SHA-512 and has been stable since Python 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from random import Random

from pingxing.engine.backends.scene.art import Art
from pingxing.engine.backends.scene.backdrops import INDOORS, SETTINGS
from pingxing.engine.backends.scene.backdrops.grove import grove
from pingxing.engine.backends.scene.backdrops.indoors import dark_panes
from pingxing.engine.backends.scene.backdrops.picnic import blanket, has_picnic, sits_there
from pingxing.engine.backends.scene.backdrops.studio import GROUP, PODIUM, WORDS
from pingxing.engine.backends.scene.backdrops.terrain import distant
from pingxing.engine.backends.scene.backdrops.touches import TOUCHES
from pingxing.engine.backends.scene.bunch import nosegay, wrapping
from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.edits import corrected
from pingxing.engine.backends.scene.faces import FACES
from pingxing.engine.backends.scene.figure import Figures, painting
from pingxing.engine.backends.scene.frame import BANNER
from pingxing.engine.backends.scene.heavens import SILL, WINDOW, shown_in_sky
from pingxing.engine.backends.scene.inscribe import hang, hung, on_thing, stand
from pingxing.engine.backends.scene.lettered import SET, lettered
from pingxing.engine.backends.scene.light import LAMPLIT, LIGHTS, on_things
from pingxing.engine.backends.scene.moods import head_of, mark, mood_of
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.posture import looks as worn_looks
from pingxing.engine.backends.scene.sky import View, paint_weather
from pingxing.engine.backends.scene.stage import Stage, Thing, set_stage
from pingxing.engine.backends.scene.strings import strings
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import Sheet, ellipse, num, path
from pingxing.engine.backends.scene.tone import edged, set_tone, toned
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.wares import is_sign
from pingxing.engine.backends.scene.wash import AIRY
from pingxing.types import Scene, SceneEdit, SceneObject, SceneText

SEASONS = ("spring", "autumn", "winter")
BARE = "transparent"  # name of the setting where nothing is drawn behind the things

LIT = INDOORS - {"cave", "stage", "station", "plain", "aquarium"}  # rooms with lamps
ARCH_DEPTH, FAR = -9000.0, -8000.0  # of a rainbow; below the second, of what stands on the horizon
WARES = ("objects", "food-drink", "activities", "animals-nature")  # what a podium carries
MOST_ON_PODIUM = 4
LEVEL = 0.05  # of the shorter side: what stands on one podium
BARE_MARGIN = 0.06  # around them, in parts of the shorter side


@dataclass(frozen=True, slots=True)
class Composition:
    """Markup without its <svg> element, over the plane `width` x `height`, and what it shows."""

    markup: str
    width: float
    height: float
    scene: Scene


@dataclass(frozen=True, slots=True)
class Field:
    """A page larger than the frame that the things stand in: the setting fills the page, the things stay in the frame.

    In parts of the frame: the page's width and height, where the frame begins on it, and the `head` that stays free.
    """

    width: float
    height: float
    left: float
    top: float
    head: float = 0.0


def compose(
    plan: Plan, width: int, height: int, seed: int, style: Style, art: Art, edits: Sequence[SceneEdit] = (),
    field: Field | None = None,
) -> Composition:  # fmt: skip
    """The picture for one plan, with a person's corrections. Things that no set draws are in `Scene.not_drawn`.

    With a `field`, `width` and `height` are those of the frame, and the composition is the whole page. Raises
    InvalidRequest for an edit of no thing, or to a concept that no art draws.
    """
    stage = set_stage(plan, width, height, seed, style, art, 0.0 if field is None else field.head)
    if plan.transparent:
        stage = _bare(plan, stage, style)
    before = stage  # what a person moves or takes away leaves the setting as it was
    if edits:
        stage = corrected(stage, edits, style, art)
    frame = (0.0, 0.0, stage.width, stage.height)
    if field is not None:
        frame = (field.left * stage.width, field.top * stage.height, stage.width, stage.height)
        stage, before = _on_page(stage, field, frame), _on_page(before, field, frame)
    view = _setting(plan, stage, before.things, seed, style)
    places = _draw(plan, stage, view, style, art)
    if not plan.transparent:
        if stage.background not in INDOORS or stage.background == "plain":
            _weather(view, style)
        if style.over is not None:
            style.over(view.sheet, stage.width, stage.height)
    objects = tuple(_object(thing, z, view) for thing, z in zip(stage.things, places, strict=True))
    texts = _inscribe(plan, stage, view, style, art, places, frame, 0.0 if field is None else field.head)
    markup = view.sheet.markup()
    scene = Scene(
        stage.background,
        stage.time,
        stage.weather or "clear",
        style.id,
        _palette(stage.things),
        objects,
        texts,
        relations=stage.relations,
        not_drawn=tuple(dict.fromkeys((*plan.not_drawn, *stage.missing))),
        setting_spans=plan.setting_spans,
        touches=plan.touches,
        replaced=plan.replaced,
        transparent=plan.transparent,
    )
    return Composition(markup, stage.width, stage.height, scene)


def _bare(plan: Plan, stage: Stage, style: Style) -> Stage:
    """No setting, and so no hour or weather but those asked for: a sticker is not darkened by a night it lost.

    Without a landscape to stand in, the things fill the sheet, as one wants them on a shirt.
    """
    time = plan.time or style.time or "day"
    stage = replace(stage, background=BARE, time=time, weather="")
    if not stage.things or hung(plan, stage.spread):
        return stage
    x0, y0 = min(t.box[0] for t in stage.things), min(t.box[1] for t in stage.things)
    x1, y1 = max(t.box[0] + t.box[2] for t in stage.things), max(t.foot for t in stage.things)
    margin = BARE_MARGIN * min(stage.width, stage.height)
    part = min((stage.width - 2 * margin) / (x1 - x0), (stage.height - 2 * margin) / (y1 - y0))
    left, top = (stage.width - (x1 - x0) * part) / 2, (stage.height - (y1 - y0) * part) / 2

    def fitted(thing: Thing) -> Thing:
        x, y, w, h = thing.box
        return replace(thing, box=(left + (x - x0) * part, top + (y - y0) * part, w * part, h * part))

    return replace(stage, things=tuple(fitted(thing) for thing in stage.things))


def _on_page(stage: Stage, field: Field, frame: tuple[float, float, float, float]) -> Stage:
    """The same things at the same size, on the larger page."""
    left, top, wide, high = frame

    def moved(thing: Thing) -> Thing:
        x, y, w, h = thing.box
        return replace(thing, box=(left + x, top + y, w, h))

    things = tuple(moved(thing) for thing in stage.things)
    return replace(
        stage, width=field.width * wide, height=field.height * high, horizon=top + stage.horizon, things=things
    )


def _setting(plan: Plan, stage: Stage, things: Sequence[Thing], seed: int, style: Style) -> View:
    """The sheet with the setting on it, in the style's colours; an empty one where none is wanted.

    `things` are those that the setting is built around.
    """
    sheet = Sheet("s")
    chance = Random(f"pingxing backdrop {seed}")
    season = next((touch for touch in plan.touches if touch in SEASONS), "winter" if stage.weather == "snow" else "")
    banned = plan.banned | shown_in_sky(plan) | {plan.boards[n] for n in hung(plan, stage.spread)}
    light = LAMPLIT if stage.time == "night" and stage.painted in LIT and not style.time else LIGHTS[stage.time]
    view = View(
        sheet, stage.width, stage.height, stage.horizon, light, stage.weather, chance, banned,
        plan.backdrop, season, None if "aurora" in plan.touches else plan.sky_colour,
        plan.sky_colour if "aurora" in plan.touches else None, frozenset(wish.concept for wish in plan.wishes),
    )  # fmt: skip
    if (window := next((t for t in stage.things if t.wish.concept == WINDOW and not t.grounded), None)) is not None:
        sheet.marks["window asked"] = window.box  # the curtains belong at it
    if stage.painted == "plain" and plan.background != "plain" and not (style.border or is_sign(plan)):
        sheet.marks.update(_set_around(plan, stage, things))
    if not plan.transparent:
        SETTINGS[stage.painted][0](view)
        if stage.width > BANNER * stage.height:
            taken = [(t.box[0], t.box[0] + t.box[2]) for t in things]
            taken += [(stage.column[0], sum(stage.column))] if stage.column is not None else []
            if not taken and plan.texts:  # the board is all there is
                taken = [(0.24 * stage.width, 0.76 * stage.width)]
            grove(view, stage.painted, taken)
        feet = [t for t in things if t.grounded and sits_there(t.wish.concept)]
        if feet and stage.background not in INDOORS and has_picnic(plan):
            x, _, wide, _ = _around(feet)
            back, front = min(t.foot for t in feet), max(t.foot for t in feet)
            blanket(view, (x, back, wide, front - back))
        for touch in plan.touches:
            TOUCHES[touch][0](view)
        set_tone(sheet, style)
        if style.behind is not None and stage.background not in INDOORS and stage.background not in AIRY:
            style.behind(view)
        if style.under is not None and stage.background not in INDOORS and stage.background != "underwater":
            style.under(sheet, stage.width, stage.height)
    return view


def _set_around(plan: Plan, stage: Stage, things: Sequence[Thing]) -> dict[str, tuple[float, float, float, float]]:
    """What a studio's set is built around: the box of all things, or of a lone board; and of wares on one line."""
    stands = [thing for thing in things if thing.grounded]
    if not things and plan.texts:
        return {WORDS: (0.0, 0.0, stage.width, stage.height)}
    if not stands or ARCH_DEPTH < min(thing.depth for thing in things) < FAR:
        return {}
    found = {GROUP: _around(things)}
    if all(_ware(t) for t in things) and len(stands) <= MOST_ON_PODIUM:
        rows: list[list[Thing]] = []
        for thing in sorted(stands, key=lambda t: t.foot):
            if rows and thing.foot - rows[-1][0].foot < LEVEL * min(stage.width, stage.height):
                rows[-1].append(thing)
            else:
                rows.append([thing])
        found.update((f"{PODIUM} {number}", _around(row)) for number, row in enumerate(rows))
    return found


def _ware(thing: Thing) -> bool:
    kind = traits(thing.wish.concept)
    return kind.group in WARES or kind.subgroup == "time"


def _around(things: Sequence[Thing]) -> tuple[float, float, float, float]:
    x0, y0 = min(t.box[0] for t in things), min(t.box[1] for t in things)
    return x0, y0, max(t.box[0] + t.box[2] for t in things) - x0, max(t.foot for t in things) - y0


def _weather(view: View, style: Style) -> None:
    """Rain, snow or fog over everything, in the style's colours."""
    own = replace(view, sheet=Sheet("w"))
    paint_weather(own)
    set_tone(own.sheet, style)
    view.sheet.take(own.sheet)


def _inscribe(
    plan: Plan, stage: Stage, view: View, style: Style, art: Art, places: list[int],
    frame: tuple[float, float, float, float], head: float,
) -> tuple[SceneText, ...]:  # fmt: skip
    """Every inscription: on the things that carry one, on boards above them, on upright boards beside them."""
    found: dict[int, SceneText] = {}
    spread = stage.spread
    light = on_things(view.light)
    for number, thing in reversed(list(enumerate(stage.things))):  # of several of a kind, the nearest carries it
        text = spread.carrier(thing.group)
        if text is None or text in found or thing.icon.set != SET:
            continue
        lit = None if traits(thing.wish.concept).glows or view.light.name == "day" else light
        paint = painting(thing.icon, art.body(thing.icon), thing.paint)
        dressed = bool(thing.wish.traits)
        markup, setting, ink = on_thing(plan, text, thing.icon, thing.box, style, (paint, lit), dressed=dressed)
        # With the thing, so that nearer ones stay in front.
        view.sheet.layer("things")[places[number]] += markup
        what = lettered()[thing.icon.concept].name
        found[text] = SceneText(plan.texts[text], view.part(ink), what, FACES[setting.face].name)
    for text, _ in spread.carried:  # a person took the thing away: its words stay
        spread = spread if text in found else spread.without(text)
    heads: dict[int, tuple[float, float]] = {}
    for thing in stage.things:
        heads.setdefault(thing.group, (thing.box[0] + thing.box[2] / 2, thing.box[1]))
    indoors = stage.aloft or stage.background in (BARE, *INDOORS)
    left, top, wide, high = frame
    top += head * high
    within = view  # boards hang in the frame, wherever it lies on the page
    if (left, top, wide, high) != (0.0, 0.0, view.width, view.height):
        within = replace(view, width=wide, height=high, horizon=view.horizon - top)
        heads = {group: (x - left, y - top) for group, (x, y) in heads.items()}
    upright, sides = stand(plan, spread, within, style, 0.02 * high)
    texts, fronts, behinds = hang(plan, spread, within, style, stage.strip, indoors, heads, stage.column)
    if within is not view:
        shift = f"translate({num(left)} {num(top)})"
        sides, fronts, behinds = (
            [f'<g transform="{shift}">{part}</g>' for part in parts if part] for parts in (sides, fronts, behinds)
        )
        upright, texts = (
            {number: _moved(text, within, view, left, top) for number, text in some.items()}
            for some in (upright, texts)
        )
    names = [name for name, _ in view.sheet.layers]
    view.sheet.layers.insert(names.index("shadows"), ("supports", behinds))
    view.sheet.layer("text").extend([*sides, *fronts])
    found |= upright | texts
    return tuple(found[number] for number in sorted(found))


def _moved(text: SceneText, within: View, view: View, left: float, top: float) -> SceneText:
    x, y, w, h = text.box
    wide, high = within.width, within.height
    return replace(text, box=view.part((left + x * wide, top + y * high, w * wide, h * high)))


def _draw(plan: Plan, stage: Stage, view: View, style: Style, art: Art) -> list[int]:
    """Draw every thing, far to near; gives the place of each in that order."""
    figures = Figures(view.sheet, art, style, {})
    light = on_things(view.light)
    ground = stage.background != BARE and not stage.aloft
    shadows = view.sheet.layer("shadows")
    if ground:  # behind everybody, so that no line crosses a face
        view.sheet.layer("strings").extend(strings(stage.things, stage.relations, view))
    things = view.sheet.layer("things")
    shade, front = _shade(view) if ground else "", ""
    if stage.things and nosegay(plan):
        behind, before = wrapping([thing.box for thing in stage.things])
        shadows.append(edged(behind, style))
        front = edged(before, style)
    order = sorted(range(len(stage.things)), key=lambda n: (stage.things[n].depth, n))
    for number in order:
        thing = stage.things[number]
        if ground and thing.grounded:
            shadows.append(_shadow(thing, shade))
        plain_light = traits(thing.wish.concept).glows or view.light.name == "day"
        title = escape(f"{thing.wish.name_en} / {thing.wish.name_zh}")
        lit = None if plain_light else light
        looks = worn_looks(thing.icon.concept, thing.wish.traits)
        drawn = figures.draw(
            thing.icon, thing.box, colour=thing.paint, light=lit, flip=thing.flip, title=title, looks=looks
        )
        if ARCH_DEPTH < thing.depth < FAR and ground:
            drawn = _foothill(thing, view, style) + drawn
        if thing.wish.concept == WINDOW and stage.time == "night" and not thing.grounded:
            drawn += toned(dark_panes(thing.box, thing.icon.concept == SILL), style)
        if mood := mood_of(looks):
            drawn += toned(mark(mood, thing.box, head_of(thing.icon, thing.flip), (view.width, view.height)), style)
        things.append(drawn)
    if front:
        things[-1] += front  # with the nearest flower: every thing has one entry
    return [order.index(number) for number in range(len(order))]


def _foothill(thing: Thing, view: View, style: Style) -> str:
    """Land around the foot of a mountain on the horizon, so that it rises from something: over the sea, an island."""
    x, _, w, h = thing.box
    base, land = view.horizon + 0.012 * view.height, distant(view, "#6f9a72", 0.3)
    rise, reach = 0.2 * h, 0.82 * w
    middle = x + w / 2
    d = f"M{num(middle - reach)} {num(base)}C{num(middle - 0.6 * reach)} {num(base - 0.2 * rise)} "
    d += f"{num(middle - 0.55 * reach)} {num(base - rise)} {num(middle)} {num(base - rise)}S"
    d += f"{num(middle + 0.6 * reach)} {num(base - 0.2 * rise)} {num(middle + reach)} {num(base)}Z"
    return toned(path(d, land), style)


def _shade(view: View) -> str:
    colour, depth = view.light.shadow, view.light.shadow_opacity
    return view.sheet.radial([(0, colour, depth), (0.6, colour, depth * 0.6), (1, colour, 0)])


def _object(thing: Thing, z: int, view: View) -> SceneObject:
    wish = thing.wish
    return SceneObject(
        told(wish.concept), wish.name_en, wish.name_zh, wish.words, wish.spans, wish.colour, view.part(thing.box), z,
        wish.traits, wish.senses, thing.flip,
    )  # fmt: skip


def _shadow(thing: Thing, paint: str) -> str:
    icon, (x, y, w, h) = thing.icon, thing.box
    left, right = ((v - icon.box[0]) / icon.width for v in icon.foot)
    if thing.flip:
        left, right = 1 - right, 1 - left
    reach = max(right - left, 0.35)
    middle = x + w * (left + right) / 2
    rx = w * reach * 0.66
    return ellipse(middle, y + h - rx * 0.02, rx, min(rx * 0.22, h * 0.12), paint)


def _palette(things: Sequence[Thing]) -> tuple[str, ...]:
    colours = [t.wish.colour for t in things if t.wish.colour] + [t.icon.colour for t in things]
    return tuple(dict.fromkeys(colours))[:6]
