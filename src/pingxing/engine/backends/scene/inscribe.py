"""Where inscriptions go: on the thing that the prompt names for them, else on boards above or beside the things."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from pingxing.engine.backends.scene.art import Icon
from pingxing.engine.backends.scene.backdrops.shopfront import shopfront
from pingxing.engine.backends.scene.boards import BOARDS, HOMES, JOY, SIDES, Box, Site, margins, panel
from pingxing.engine.backends.scene.casting import candles_on
from pingxing.engine.backends.scene.faces import FACES
from pingxing.engine.backends.scene.frame import BANNER
from pingxing.engine.backends.scene.lettered import SET, Lettered, lettered
from pingxing.engine.backends.scene.letters import (
    Setting,
    cell_height,
    extent,
    fit,
    legible,
    outlines,
    set_columns,
    set_lines,
)
from pingxing.engine.backends.scene.plan import Plan, Wish
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import rect
from pingxing.engine.backends.scene.tone import BROAD, UNIT, tone
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.typeface import choose
from pingxing.types import SceneText

LONG = 22  # ems of a string from which its board is taller
LEAST_INK = 0.035  # of the short side: what a letter's height should be at least
BARE_CAKE = "E0C3"
LEAST_WORN = 0.026  # on clothes, which are as large as who wears them
MOST_BEARERS = 6  # of one thing, that are drawn plain so that the nearest can carry words
FIRST_BOOST = 1.45  # how much larger than life a thing is that carries words
SHEETS = ("card", "cloth", "redcloth", "poster", "greeting", "letter")  # what hangs in no landscape
IMPLIED = ("card", "speech")  # no word of the prompt names a board
Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Spread:
    """Who carries which inscription. `carried` pairs (text, wish); the others are hung or stand at the sides.

    `boosts` are factors on the size of the wishes that carry words, so that these can be read.
    """

    carried: tuple[tuple[int, int], ...] = ()
    boosts: tuple[tuple[int, float], ...] = ()

    def carrier(self, wish: int) -> int | None:
        """The text that a wish carries."""
        return next((text for text, carrier in self.carried if carrier == wish), None)

    def boost(self, wish: int) -> float:
        return dict(self.boosts).get(wish, 1.0)

    def without(self, text: int) -> Spread:
        """The text goes to a board, and the thing that was to carry it is as large as others of its kind."""
        left = tuple(pair for pair in self.carried if pair[0] != text)
        bearers = {wish for _, wish in left}
        return Spread(left, tuple(boost for boost in self.boosts if boost[0] in bearers))

    def larger(self, wish: int, factor: float) -> Spread:
        boosts = dict(self.boosts)
        boosts[wish] = boosts.get(wish, 1.0) * factor
        return replace(self, boosts=tuple(sorted(boosts.items())))


def spread(plan: Plan) -> Spread:
    """Who carries what, as far as the words tell: the thing beside the quotation, or a strong one in its sentence."""
    held = {link.object for link in plan.links if link.relation == "holding"}
    carried: list[tuple[int, int]] = []
    for text in range(len(plan.texts)):
        taken = {wish for _, wish in carried}
        free = [
            n for n, wish in enumerate(plan.wishes)
            if wish.concept in lettered() and wish.count <= MOST_BEARERS and n not in taken and n not in held
        ]  # fmt: skip
        found = _named(plan, text, free)
        if found is not None:
            carried.append((text, found))
    boosts = tuple((wish, FIRST_BOOST) for _, wish in carried)
    return Spread(tuple(carried), boosts)


def _named(plan: Plan, text: int, free: Sequence[int]) -> int | None:
    if text >= len(plan.text_spans):
        return None
    start, end = plan.text_spans[text]
    if (board := _board(plan, text)) not in IMPLIED:  # a shop sign belongs on the shop, if there is one
        fitting = [n for n in free if lettered()[plan.wishes[n].concept].name in _BEARERS.get(board, ())]
        return min(fitting, key=lambda n: _away(plan.wishes[n], start, end), default=None)
    near = [n for n in free if _beside(plan.wishes[n], start, end, plan.between)]
    if near:
        return min(near, key=lambda n: _away(plan.wishes[n], start, end))
    strong = [
        n for n in free
        if lettered()[plan.wishes[n].concept].strong and _same_sentence(plan.wishes[n], start, end, plan.between)
    ]  # fmt: skip
    return min(strong, key=lambda n: _away(plan.wishes[n], start, end), default=None)


_PAUSE = re.compile(r"(?<=.)[,;\uff0c\uff1b](?=.)")
# Boards that stand in the picture already: what people call the thing on which they are.
_BEARERS = {"shopsign": ("shop", "house"), "wood": ("placard",), "roadsign": ("placard", "roadsign"),
            "warning": ("placard", "roadsign"), "screen": ("screen", "phone"), "billboard": ("placard",),
            "neon": ("shop",)}  # fmt: skip
_BRIDGE = re.compile(
    r"(?:\s|,|\uff0c|\bwith\b|\bon\b|\bit\b|\bcover\b|\bfront\b|\bchest\b|\bside\b|\ban?\b|\bthe\b|\bis\b|\bhas\b|\bin\b"
    r"|\bwritten\b|\bprinted\b|\bpainted\b|\bacross\b|\band\b|\bof\b|\bthat\b|\bwhich\b"
    r"|的|上面|上|里|封面|正面|胸前|前面|侧面|表面|这|那|一|件|个|张|块|本|盏|只|面|封|辆|是|在|有|用|奶油|巧克力)*"
)


def _beside(wish: Wish, start: int, end: int, prompt: str) -> bool:
    return any(
        (b <= start and _BRIDGE.fullmatch(prompt[b:start]))
        or (a >= end and _BRIDGE.fullmatch(prompt[end:a]))
        or (a <= start and end <= b)  # 一个写着……的蛋糕
        for a, b in wish.spans
    )


def _same_sentence(wish: Wish, start: int, end: int, prompt: str) -> bool:
    return any(
        not re.search(r"[.。!?;\uff01\uff1f\uff1b\n]", prompt[min(b, end) : max(a, start)]) for a, b in wish.spans
    )


def _away(wish: Wish, start: int, end: int) -> int:
    """Code points between a thing's words and the inscription; what comes before it is a little nearer."""
    return min(max(0, start - b, a - end + 1) for a, b in wish.spans)


def _board(plan: Plan, text: int) -> str:
    return plan.boards[text] if text < len(plan.boards) else "card"


def hung(plan: Plan, spread_: Spread) -> tuple[int, ...]:
    """The inscriptions on boards above the things."""
    carried = {text for text, _ in spread_.carried}
    return tuple(n for n in range(len(plan.texts)) if n not in carried and n not in beside(plan, spread_))


def beside(plan: Plan, spread_: Spread) -> tuple[int, ...]:
    """The inscriptions on upright boards at the picture's sides: at most three, the third of couplets lies above."""
    carried = {text for text, _ in spread_.carried}
    upright = [
        n for n in range(len(plan.texts))
        if n not in carried and _board(plan, n) in SIDES and _chinese(plan.texts[n])
    ]  # fmt: skip
    whole = next((n for n in upright if _board(plan, n) == "couplet" and _PAUSE.search(plan.texts[n].strip())), None)
    return (whole,) if whole is not None else tuple(upright[:2])  # both lines in one quotation fill both sides


def side(plan: Plan, spread_: Spread, width: float, height: float) -> float:
    """How much of the picture's width upright boards take, at either side."""
    if not beside(plan, spread_):
        return 0.0
    return min(0.2 * width, 0.2 * min(width, height))


def strip(plan: Plan, spread_: Spread, width: float, height: float) -> float:
    """Height of each board above the things."""
    boards = hung(plan, spread_)
    if len(boards) == 1 and not plan.wishes:
        return (0.2 if _kind(plan, boards[0]) == "shopsign" else 0.56) * height  # nothing else is asked for
    if len(boards) == 1 and BOARDS[_kind(plan, boards[0])].fills:
        return 0.34 * height
    usual = 0.19 if height >= 0.6 * width else 0.26
    if len(boards) == 1 and sum(1.0 if c > "\u2e80" else 0.5 for c in plan.texts[boards[0]]) > LONG:
        usual += 0.06
    return min(usual, 0.5 / max(1, len(boards))) * height


def column(plan: Plan, spread_: Spread, width: float, height: float) -> float:
    """How much of a banner's width its one board takes, with the things beside it instead of below; 0 where none does.

    A strip above the things would leave both too small to be read or seen from afar.
    """
    boards = hung(plan, spread_)
    if width < BANNER * height or len(boards) != 1 or not plan.wishes or beside(plan, spread_):
        return 0.0
    kind = _kind(plan, boards[0])
    if kind == "bubble" or BOARDS[kind].fills or plan.transparent:
        return 0.0
    ems = sum(1.0 if c > "\u2e80" else 0.56 for c in plan.texts[boards[0]])
    return min(0.5 * width, max(0.3 * width, 0.36 * height * ems / (1 if ems < 8 else 2) + 0.3 * height))


def home(plan: Plan) -> str:
    """The setting that a board brings with it, where neither words nor things ask for another.

    Words alone, of no hour and no weather, are a card or a poster: they need no meadow.
    """
    alone = not plan.wishes and len(plan.texts) == 1 and not (plan.time or plan.weather or plan.touches)
    if alone and _board(plan, 0) in SHEETS:
        return "plain"
    return next((HOMES[board] for board in plan.boards if board in HOMES), "")


def drawn_as(plan: Plan, wish: int) -> str:
    """Which of the drawings for lettering a wish is: a cake that is asked for with candles has none of its own."""
    return BARE_CAKE if candles_on(plan, wish) else plan.wishes[wish].concept


def blank(concept: str) -> Icon:
    """The thing as it is drawn when words stand on it."""
    ours = lettered()[concept]
    return Icon(SET, concept, (0.0, 0.0, *ours.size), ours.foot, ours.paint, ours.paint[0])


# --- words on things ------------------------------------------------------------------------------


def _room(ours: Lettered, box: Box) -> Box:
    """The field for the lettering on a thing drawn in `box`."""
    per_x, per_y = box[2] / ours.size[0], box[3] / ours.size[1]
    x0, y0, x1, y1 = ours.field
    return (box[0] + x0 * per_x, box[1] + y0 * per_y, (x1 - x0) * per_x, (y1 - y0) * per_y)


def _on_thing(plan: Plan, text: int, concept: str, box: Box, style: Style) -> tuple[Setting, Box]:
    """The lettering, and the box of its ink."""
    ours = lettered()[concept]
    x, y, wide, tall = _room(ours, box)
    face = choose(plan, text, style, ours.face)
    setting = fit(plan.texts[text], face, wide, tall, upright=ours.upright, bend=ours.bend)
    ink_w, ink_h = extent(setting)
    return setting, (x + (wide - ink_w) / 2, y + (tall - ink_h) / 2, ink_w, ink_h)


def judged(
    plan: Plan, spread_: Spread, boxes: Sequence[tuple[int, Box, float]], short: float, style: Style, last: bool
) -> Spread:
    """The same spread where every word on a thing can be read, else a better one.

    `boxes` are (wish, box, depth) of everything placed. A thing too small for its words grows; on the last try, or
    where something nearer lies over the words, they go to a board instead.
    """
    better = spread_
    for text, wish in spread_.carried:
        place = max((spot for spot in boxes if spot[0] == wish), key=lambda spot: spot[2], default=None)
        if place is None:  # nothing draws it
            better = better.without(text)
            continue
        setting, ink = _on_thing(plan, text, drawn_as(plan, wish), place[1], style)
        wearer = next((k.subject for k in plan.links if k.object == wish and k.relation == "wearing"), None)
        hidden = any(_overlap(ink, box) for other, box, depth in boxes if other != wish and depth > place[2])
        lacking = (LEAST_INK if wearer is None else LEAST_WORN) * short / setting.ink
        if lacking > 1.0 and (last or max(spread_.boost(wish), spread_.boost(wearer or wish)) > 8):
            better = better.without(text)
        elif lacking > 1.0:
            better = better.larger(wish if wearer is None else wearer, min(2.2, 1.06 * lacking**1.4))
        elif hidden:
            better = better.without(text) if last else better.larger(wish, 1.0001)
    return better


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def thing_paint(ours: Lettered, style: Style, changes: Sequence[Change | None]) -> tuple[str, str]:
    """Colours of a thing's field, after the wish, the hour and the style, and of the letters on it."""
    ground, inks = ours.ground, ours.inks
    for change in (*changes, style.colour):
        if change is not None:
            ground = change(ground)
    if style.colour is not None:
        inks = tuple(style.colour(ink) for ink in inks)
    if style.board is not None:
        inks = (style.board[1], *inks)
    return ground, legible(ground, *inks)


def on_thing(
    plan: Plan, text: int, icon: Icon, box: Box, style: Style, changes: Sequence[Change | None], *, dressed: bool
) -> tuple[str, Setting, Box]:
    """Markup that writes on a thing of ours drawn in `box`, its setting, and the box of its ink.

    `changes` are what the wish and the hour make of the drawing's colours. What is `dressed` in a pattern gets a
    plain patch under the words.
    """
    ours = lettered()[icon.concept]
    setting, where = _on_thing(plan, text, icon.concept, box, style)
    ground, colour = thing_paint(ours, style, changes)
    glow = colour if style.id == "neon" else None
    markup = outlines(setting, where[0], where[1], colour, glow)
    if dressed:
        x, y, w, h = where
        gap = 0.25 * setting.size
        markup = rect(x - gap, y - gap, w + 2 * gap, h + 2 * gap, ground, rx=gap) + markup
    return f"<g><title>{escape(plan.texts[text])}</title>{markup}</g>", setting, where


# --- words on boards ------------------------------------------------------------------------------


def board_paint(kind: str, style: Style) -> tuple[str, str, str]:
    """Ground, letters and edge of a kind of board in a style."""
    board = BOARDS[kind]
    paint = style.board or (board.ground, board.ink, board.edge)
    if style.board is None and style.colour is not None:
        paint = (style.colour(paint[0]), style.colour(paint[1]), style.colour(paint[2]))
    return paint[0], legible(paint[0], paint[1]), paint[2]


def _site(area: Box, view: View, style: Style, kind: str, ground: float | None) -> Site:
    paint = board_paint(kind, style)
    lit = BOARDS[kind].glows or style.id == "neon"
    return Site(area, (view.width, view.height), ground, paint, paint[1] if lit else None)


def _kind(plan: Plan, text: int) -> str:
    kind, string = _board(plan, text), plan.texts[text]
    if kind == "speech":
        return "bubble" if _speaker(plan, text) is not None else "card"
    if kind == "roadsign" and string.strip().upper() in ("STOP", "停", "停车"):
        return "stopsign"
    if kind == "card" and JOY & set(string):
        return "joy"
    if kind in SIDES and not _chinese(string):
        return "redcloth" if kind == "couplet" else "card"
    return kind


def _speaker(plan: Plan, text: int) -> int | None:
    """Who says it: the last person or animal named before it."""
    start = plan.text_spans[text][0] if text < len(plan.text_spans) else 0
    found = [
        n for n, wish in enumerate(plan.wishes)
        if any(b <= start for _, b in wish.spans)
        and (traits(wish.concept).group == "people-body" or traits(wish.concept).subgroup.startswith("animal"))
    ]  # fmt: skip
    return max(found, key=lambda n: min(a for a, _ in plan.wishes[n].spans), default=None)


def hang(
    plan: Plan,
    spread_: Spread,
    view: View,
    style: Style,
    strip: float,
    indoors: bool,
    heads: Mapping[int, tuple[float, float]],
    beside_: tuple[float, float] | None = None,
) -> tuple[dict[int, SceneText], list[str], list[str]]:
    """Boards above the things, each within `strip` of height: texts, fronts, and what holds them up.

    `heads` are where the top of each wish's (first) thing is. Where a banner's board stands beside the things,
    `beside_` is the left edge and the width of its column.
    """
    texts: dict[int, SceneText] = {}
    fronts, behinds = [], []
    numbers = hung(plan, spread_)
    hero = not plan.wishes and len(numbers) == 1
    for row, text in enumerate(numbers):
        kind = _kind(plan, text)
        shop = hero and kind == "shopsign" and not indoors  # hung on a house of its own, not before the village
        area = (0.0, (0.2 if shop else 0.14 if hero else 0.02) * view.height + row * strip, view.width, strip)
        ground = None if indoors else view.horizon + 0.12 * (view.height - view.horizon)
        if beside_ is not None:
            area = (beside_[0], 0.09 * view.height, beside_[1], 0.74 * view.height)
            ground = None if indoors else 0.94 * view.height
        site = _site(area, view, style, kind, ground)
        face = choose(plan, text, style, BOARDS[kind].face)
        across, above = margins(kind, view.short)
        room = (min(0.72 * view.width, 1.5 * view.height) if shop else 0.9 * view.width) - 2 * across
        most = min(strip - 2 * above - 0.02 * view.short, 0.3 * view.height)
        if beside_ is not None:
            room, most = 0.9 * beside_[1] - 2.6 * across, 0.92 * area[3] - 2.6 * above
        elif hero and view.width > BANNER * view.height:
            most = min(strip - 2 * above, 0.44 * view.height)
        setting = set_lines(plan.texts[text], face, room, most)
        speaker = _speaker(plan, text) if kind == "bubble" else None
        if speaker is not None and speaker in heads:
            site = replace(site, towards=heads[speaker], area=_above(heads[speaker][0], setting, across, area))
        made = panel(kind, setting, site)
        title = f"<title>{escape(plan.texts[text])}</title>"
        fronts.append(f"<g>{title}{made.front}</g>")
        behinds.append(_house(made.ink, across, above, view, style) if shop else made.behind)
        texts[text] = SceneText(plan.texts[text], view.part(made.ink), _label(kind), FACES[setting.face].name)
    return texts, fronts, behinds


def _house(ink: Box, across: float, above: float, view: View, style: Style) -> str:
    """The shop that the sign around `ink` hangs on, in the style's colours and lines."""
    x, y, w, h = ink
    markup = shopfront(view, (x - across, y - above, w + 2 * across, h + 2 * above))
    line = style.line
    markup = tone(markup, style.far or style.colour, line if line is not None and line.wires else None, BROAD)
    if line is None:
        return markup
    outline = f'stroke="{line.colour or line.far_base}" stroke-width="{line.far * UNIT:.2f}"'
    return f'<g {outline} stroke-linejoin="round">{markup}</g>'


def _above(x: float, setting: Setting, across: float, area: Box) -> Box:
    """The part of the area that has its middle over `x`, as far as a board for the lettering stays inside."""
    wide = extent(setting)[0] + 2 * across
    left = min(max(0.02 * area[2], x - wide / 2), 0.98 * area[2] - wide)
    return (left, area[1], wide, area[3])


def stand(plan: Plan, spread_: Spread, view: View, style: Style, top: float) -> tuple[dict[int, SceneText], list[str]]:
    """Upright boards at the sides: the first at the right, as couplets are read; one alone is split in two."""
    wide = side(plan, spread_, view.width, view.height)
    texts: dict[int, SceneText] = {}
    fronts = []
    for number, text in enumerate(beside(plan, spread_)):
        kind, string = _kind(plan, text), plan.texts[text]
        face = choose(plan, text, style, BOARDS[kind].face)
        alone = len(beside(plan, spread_)) == 1
        halves = _halves(string) if kind == "couplet" and alone else (string,)
        boxes: list[Box] = []
        high = 0.8 * (view.height - top) - 0.06 * view.short
        settings = [set_columns(half, face, 0.58 * wide, high, 1 if len(half) < 12 else 3) for half in halves]
        size = min(setting.size for setting in settings)
        settings = [replace(setting, size=size) for setting in settings]
        tallest = max(max(extent(setting)[1], cell_height(setting)) for setting in settings)
        for place, setting in enumerate(settings):
            edge = 0.02 * view.short
            left = edge if (number + place) % 2 else view.width - wide
            area = (left, top + 0.01 * view.height, wide - edge, 0.86 * (view.height - top))
            made = panel(kind, setting, _site(area, view, style, kind, None), tallest)
            boxes.append(made.ink)
            fronts.append(f"<g><title>{escape(string)}</title>{made.behind}{made.front}</g>")
        texts[text] = SceneText(string, view.part(_union(boxes)), _label(kind), FACES[face].name)
    return texts, fronts


def _chinese(string: str) -> bool:
    return all(c > "\u2e80" or c in ",.;:!? ·" for c in string)


def _halves(string: str) -> tuple[str, ...]:
    """The two lines of a couplet, the comma with the first."""
    pause = _PAUSE.search(string)
    cut = pause.end() if pause is not None else len(string) // 2
    return (string[:cut], string[cut:]) if cut else (string,)


def _union(boxes: Sequence[Box]) -> Box:
    x, y = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return (x, y, max(b[0] + b[2] for b in boxes) - x, max(b[1] + b[3] for b in boxes) - y)


def _label(kind: str) -> str:
    return {"joy": "card", "redcloth": "banner", "cloth": "banner", "wood": "sign", "strip": "scroll"}.get(kind, kind)
