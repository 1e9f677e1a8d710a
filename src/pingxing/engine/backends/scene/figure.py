"""One thing drawn: the art placed in its box, recoloured, lit, mirrored, and set on its shadow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from pingxing.engine.backends.scene.art import Art, Icon
from pingxing.engine.backends.scene.colour import chroma, oklab, recolour, repaint
from pingxing.engine.backends.scene.drawings import SET
from pingxing.engine.backends.scene.dress import PATTERNS, dress, mains
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.surface import PREFIX, accent, second
from pingxing.engine.backends.scene.svg import Sheet, element, num
from pingxing.engine.backends.scene.tone import UNIT, lean, tone
from pingxing.engine.backends.scene.trades import MARK, of_trade
from pingxing.engine.backends.scene.traits import TONE, traits
from pingxing.engine.backends.scene.variants import has_own_colour

_MARK = re.compile(r"~(?=\d)")
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")


def icon_for(art: Art, style: Style, concept: str) -> Icon | None:
    """The concept's icon in the style's first set that draws it; its plain relative where none does."""
    trade = of_trade(concept)
    concept = concept.removesuffix(MARK + trade) if trade else concept
    for candidate in dict.fromkeys((concept, TONE.sub("", concept), concept.split("-")[0])):
        for name in (*style.sets, SET):
            icon = art.find(name, candidate)
            if icon is not None:
                return replace(icon, trade=trade) if trade else icon
    return None


def near(icon: Icon, colour: str) -> bool:
    """Whether the art has the colour already."""
    have, want = oklab(icon.colour), oklab(colour)
    away = sum((a - b) ** 2 for a, b in zip(have, want, strict=True)) ** 0.5
    return away < 0.1 and (chroma(have) > 0.05) == (chroma(want) > 0.05)


def _paintable(icon: Icon, body: str) -> tuple[str, ...]:
    """The colours to change: both where a thing was painted by people, the first where it grew (not the leaves).

    A vehicle that is grey at first sight (a bicycle is mostly tyres) has its paint among the smaller parts.
    """
    kind = traits(icon.concept)
    if kind.group in ("animals-nature", "food-drink", "people-body"):
        return icon.colours[:1]
    if kind.subgroup.startswith("transport") and chroma(oklab(icon.colour)) < 0.08:
        vivid = Counter(c for c in _HEX.findall(body) if chroma(oklab(c)) > 0.13)
        if vivid:
            return (max(sorted(vivid), key=lambda c: vivid[c]),)
    return icon.colours


def painting(icon: Icon, body: str, colour: str | None) -> Callable[[str], str] | None:
    """What a wish for a colour makes of the art's colours; None where it makes nothing of them."""
    if colour is None or near(icon, colour) or has_own_colour(icon.concept, colour):
        return None
    return recolour(_paintable(icon, body), colour)


def _pale(icon: Icon, looks: tuple[str, ...], colour: str | None) -> tuple[tuple[str, ...], str | None]:
    """An animal of two colours has the dark one in patches on the pale one, whichever was said first."""
    other = second(looks)
    if colour is None or other is None or traits(icon.concept).group != "animals-nature":
        return looks, colour
    if not {*looks}.isdisjoint(PATTERNS) or oklab(other)[0] <= oklab(colour)[0]:
        return looks, colour
    return tuple(accent(colour) if look.startswith(PREFIX) else look for look in looks), other


@dataclass(slots=True)
class Figures:
    """The icons of one picture, each defined once and used where it stands."""

    sheet: Sheet
    art: Art
    style: Style
    known: dict[tuple[Icon, str | None, bool, tuple[str, ...]], tuple[str, str | None]]

    def define(
        self, icon: Icon, colour: str | None, light: Callable[[str], str] | None, looks: tuple[str, ...] = ()
    ) -> tuple[str, str | None]:
        """Names of the art's definition and of its white silhouette, if the style cuts it out."""
        key = (icon, colour, light is not None, looks)
        if key in self.known:
            return self.known[key]
        name = self.sheet.name()
        drawn = lean(self.art.body(icon))
        if icon.spill:
            clip = self.sheet.name()
            side = num(icon.spill)
            self.sheet.definitions.append(f'<clipPath id="{clip}"><rect width="{side}" height="{side}"/></clipPath>')
            drawn = f'<g clip-path="url(#{clip})">{drawn}</g>'
        drawn = icon.under + drawn + icon.over
        body = _MARK.sub(f"{name}-", drawn)
        looks, colour = _pale(icon, looks, colour)
        if colour is not None and not near(icon, colour) and not has_own_colour(icon.concept, colour):
            change: Callable[[str], str] | None = recolour(_paintable(icon, body), colour)
        else:
            change = None
        if looks:
            kind = traits(icon.concept)
            on, clothed = mains(icon, kind, _paintable(icon, body)), kind.group == "people-body" and bool(icon.under)
            body = dress(body, icon, looks, on, change, colour, self.sheet.name, clothed=clothed)
        elif change is not None:
            body = repaint(body, change)
        if light is not None:
            body = repaint(body, light)
        body = tone(body, self.style.colour, self.style.line, icon.height)
        self.sheet.definitions.append(f'<g id="{name}">{body}</g>')
        cut: str | None = None
        if self.style.border:
            cut = self.sheet.name()
            white = repaint(_MARK.sub(f"{cut}-", drawn), lambda _: "#ffffff")
            wide = num(self.style.border * 2 * icon.height)
            self.sheet.definitions.append(
                f'<g id="{cut}" stroke="#ffffff" stroke-width="{wide}" stroke-linejoin="round">{white}</g>'
            )
        self.known[key] = (name, cut)
        return name, cut

    def draw(
        self,
        icon: Icon,
        box: tuple[float, float, float, float],
        *,
        colour: str | None,
        light: Callable[[str], str] | None,
        flip: bool,
        title: str,
        looks: tuple[str, ...] = (),
    ) -> str:
        """The art so that what is visible of it fills `box` (x, y, w, h)."""
        name, cut = self.define(icon, colour, light, looks)
        x, y, w, h = box
        sx, sy = w / icon.width, h / icon.height
        if flip:
            place = f"translate({num(x + w + icon.box[0] * sx)} {num(y - icon.box[1] * sy)}) scale({-sx:.5f} {sy:.5f})"
        else:
            place = f"translate({num(x - icon.box[0] * sx)} {num(y - icon.box[1] * sy)}) scale({sx:.5f} {sy:.5f})"
        uses = (f'<use href="#{cut}"/>' if cut else "") + f'<use href="#{name}"/>'
        line = self.style.line
        if line is None:
            return element("g", f"<title>{title}</title>{uses}", transform=place)
        per = UNIT / max(1e-6, (sx + sy) / 2)  # widths are the picture's, whatever the art is scaled by
        if line.halo:
            glow = element("g", uses, stroke_width=f"{line.halo * per:.4f}", opacity=0.42)
            uses = glow + element("g", uses, stroke_width=f"{line.width * per:.4f}")
        return element(
            "g", f"<title>{title}</title>{uses}", transform=place, stroke=line.colour or line.base,
            stroke_width=f"{line.width * per:.4f}", stroke_linejoin="round",
        )  # fmt: skip
