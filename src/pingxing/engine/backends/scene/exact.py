"""Exact palettes: a finished picture redrawn in a few given inks, and in no colour between them.

Gradients become one ink each, opacity is resolved (a shape is either there or not), blurs go. Each thing, each
inscription and the setting choose their inks for themselves, so that parts of a thing stay apart even where the
palette has no colour near theirs; a thin rim of the ink most unlike it keeps a thing apart from what is behind it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pingxing.engine.backends.scene.colour import Lab, hexed, oklab, rgb
from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.styles import STYLES, Style
from pingxing.engine.backends.scene.svg import num

SOLID = 0.5  # what is less opaque than this is not drawn, everything else is drawn solid
RIM = 9.0  # width of the rim around a thing, in units of the plane, both sides together
FEW = 6  # inks up to which things get a rim
HAIR = 0.003  # width of the thinnest line, in parts of the shorter side
UNLIKE = 0.17  # distance in OKLab from which two parts of a thing must not share an ink
_URL = re.compile(r"url\(#([^)]+)\)")
_NAMED = {
    "white": "#ffffff", "black": "#000000", "red": "#ff0000", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0",
    "green": "#008000", "blue": "#0000ff", "yellow": "#ffff00", "orange": "#ffa500", "brown": "#a52a2a",
}  # fmt: skip
_UNPAINTED = frozenset({"clipPath", "mask", "filter", "linearGradient", "radialGradient", "title", "stop"})
_OPACITIES = ("opacity", "fill-opacity", "stroke-opacity")

Spot = tuple[Element, str, str]  # an element, which of its paints, and the colour that stood there


def printable(style: Style) -> Style:
    """The style with art that is made of flat shapes to begin with, and with lines that are no mere greying."""
    line = style.line and replace(style.line, far=max(HAIR, style.line.far))
    return replace(style, sets=STYLES["flat"].sets, line=line)


def in_inks(made: Composition, palette: Sequence[str]) -> Composition:
    """The picture in the colours of `palette` ("#rrggbb", at least one) and no others.

    Anti-aliasing still mixes two inks along an edge. `Scene.palette` becomes the palette.
    """
    inks = tuple(dict.fromkeys(palette))
    root = ElementTree.fromstring(f"<svg>{made.markup}</svg>")  # noqa: S314 - markup of our own making
    work = _Work(root, inks)
    work.flatten()
    if not made.scene.transparent:
        _ground(root, made, work.ground)
    markup = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    return replace(made, markup=markup, scene=replace(made.scene, palette=inks))


def _ground(root: Element, made: Composition, ink: str) -> None:
    """One ink under everything, where fading shapes left the page bare."""
    page = Element("rect", {"x": "-2", "y": "-2", "width": num(made.width + 4), "height": num(made.height + 4)})
    page.set("fill", ink)
    root.insert(1, page)


def number(text: str | None) -> float:
    """The opacity that an attribute gives, "40%" and absence included."""
    if text is None:
        return 1.0
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


class _Work:
    """One picture on its way into its inks."""

    def __init__(self, root: Element, inks: tuple[str, ...]) -> None:
        self.root, self.inks = root, inks
        self.known = {element.get("id", ""): element for element in root.iter() if element.get("id")}
        self.ground = max(inks, key=lambda ink: oklab(ink)[0])

    def flatten(self) -> None:
        """Every paint of the picture becomes one of the inks."""
        setting: list[Spot] = []
        owners: list[tuple[Element, list[Spot]]] = []
        seen: set[str] = set()
        layers = [child for child in self.root if child.tag != "defs"]
        for layer in layers:
            name = layer.get("data-name", "")
            if name in ("things", "text"):
                owners += [(thing, self._spots(thing, layer, seen)) for thing in list(layer)]
            elif name == "shadows":
                self.root.remove(layer)  # faint by nature
            else:
                setting += self._spots(layer, self.root, seen)
        chosen = self._choose(setting, calm=True)
        if setting:
            self.ground = chosen[setting[0][2]]
        for thing, spots in owners:
            own = self._choose(spots, calm=False)
            if len(self.inks) <= FEW and len(self.inks) > 1 and thing.get("transform"):
                self._rim(thing, spots, own)
        for layer in layers:  # what names no fill is black
            layer.set("fill", layer.get("fill", min(self.inks, key=lambda ink: oklab(ink)[0])))
        for element in self.root.iter():
            for name in (*_OPACITIES, "filter", "mask", "style"):
                element.attrib.pop(name, None)

    # --- what is painted ------------------------------------------------------------------------

    def _spots(self, element: Element, parent: Element, seen: set[str]) -> list[Spot]:
        """Every paint of an element and of what it uses; what is too faint is taken out of its parent."""
        found: list[Spot] = []
        if element.tag in _UNPAINTED:
            return found
        if number(element.get("opacity")) < SOLID or self._blurred(element):
            parent.remove(element)
            return found
        for attribute in ("fill", "stroke"):
            paint = element.get(attribute)
            if paint is None or paint == "none":
                continue
            if number(element.get(f"{attribute}-opacity")) * number(element.get("opacity")) < SOLID:
                element.set(attribute, "none")
                continue
            colour = self._flat(paint)
            if colour == "pattern":
                continue
            if colour:
                found.append((element, attribute, colour))
            else:
                element.set(attribute, "none")
        target = (element.get("href") or "").removeprefix("#")
        if element.tag == "use" and target not in seen:
            seen.add(target)
            body = self.known.get(target)
            if body is not None:
                found += self._spots(body, self.root, seen)
        for child in list(element):
            found += self._spots(child, element, seen)
        return found

    def _blurred(self, element: Element) -> bool:
        """Whether an element is drawn only through a blur: a soft light or shadow."""
        url = _URL.fullmatch(element.get("filter") or "")
        steps = self.known.get(url.group(1)) if url else None
        if steps is None:
            return False
        names = {step.tag for step in steps}
        return "feGaussianBlur" in names and "feComposite" not in names and "feOffset" not in names

    def _flat(self, paint: str) -> str:
        """A paint as one colour; "" where it fades away, "pattern" where it is drawn by shapes of its own."""
        url = _URL.match(paint)
        if url is None:
            colour = _NAMED.get(paint, paint)
            return "#{:02x}{:02x}{:02x}".format(*rgb(colour)) if colour.startswith("#") else ""
        server = self.known.get(url.group(1))
        if server is None:
            return ""
        if server.tag == "pattern":
            return "pattern"
        stops = [stop for stop in server if stop.tag == "stop"]
        if any(number(stop.get("stop-opacity")) < SOLID for stop in stops):
            return ""
        labs = [oklab(_NAMED.get(stop.get("stop-color", "black"), stop.get("stop-color", "#000000"))) for stop in stops]
        if not labs:
            return ""
        mean = tuple(sum(lab[n] for lab in labs) / len(labs) for n in range(3))
        return hexed((mean[0], mean[1], mean[2]))

    # --- which ink ------------------------------------------------------------------------------

    def _choose(self, spots: Iterable[Spot], *, calm: bool) -> dict[str, str]:
        """Put an ink in the place of every colour; gives which became which."""
        spots = list(spots)
        weights = Counter(colour for _, _, colour in spots)
        first = spots[0][2] if spots else ""
        chosen = match(weights, self.inks, calm=calm, main=first if calm else "")
        for element, attribute, colour in spots:
            element.set(attribute, chosen[colour])
        return chosen

    def _rim(self, thing: Element, spots: list[Spot], chosen: dict[str, str]) -> None:
        """A contour around a whole thing, of the ink most unlike it."""
        uses = [child for child in thing if child.tag == "use"]
        if not uses or not spots:
            return
        main = Counter(chosen[colour] for _, _, colour in spots).most_common(1)[0][0]
        ink = max(self.inks, key=lambda other: _away(oklab(main), oklab(other)))
        name = uses[-1].get("href", "").removeprefix("#")
        body = self.known.get(name)
        scale = re.search(r"scale\((-?[0-9.]+)", thing.get("transform", ""))
        if body is None or scale is None:
            return
        rim = f"{name}-rim-{ink[1:]}"
        if rim not in self.known:
            self.known[rim] = self._cut(body, rim, ink)
        wide = RIM / max(1e-6, abs(float(scale.group(1))))
        around = Element("use", {"href": f"#{rim}", "stroke": ink, "stroke-width": f"{wide:.4f}",
                                 "stroke-linejoin": "round"})  # fmt: skip
        thing.insert(list(thing).index(uses[-1]), around)

    def _cut(self, body: Element, name: str, ink: str) -> Element:
        """A copy of a drawing in one ink, open to a stroke from outside."""
        copy = ElementTree.fromstring(ElementTree.tostring(body, encoding="unicode"))  # noqa: S314 - as above
        copy.set("id", name)
        for hidden in [child for child in copy if child.tag == "defs"]:
            copy.remove(hidden)
        for element in copy.iter():
            if element is not copy:
                element.attrib.pop("id", None)
            for attribute in ("fill", "stroke"):
                if element.get(attribute, "none") != "none":
                    element.set(attribute, ink)
        defs = next(child for child in self.root if child.tag == "defs")
        defs.append(copy)
        return copy


def _away(first: Lab, second: Lab) -> float:
    return math.dist(first, second)


def match(weights: Counter[str], inks: Sequence[str], *, calm: bool, main: str = "") -> dict[str, str]:
    """The ink for each colour of a group, given how often each occurs.

    Lightness is first stretched towards the palette's own range, the more the fewer inks there are; then the
    nearest ink wins, hue before lightness. Where a group's main colours would all fall into one ink although they
    differ clearly, the lighter or darker ones move to the next; the main colour is `main`, else the commonest.
    `calm` groups (settings) stretch less.
    """
    if not weights:
        return {}
    labs = {colour: oklab(colour) for colour in weights}
    pots = {ink: oklab(ink) for ink in inks}
    low, high = min(lab[0] for lab in labs.values()), max(lab[0] for lab in labs.values())
    dark, light = min(lab[0] for lab in pots.values()), max(lab[0] for lab in pots.values())
    pull = max(0.1, 1 - (len(inks) - 2) / 8) * (0.6 if calm else 1.0)

    def aim(lab: Lab) -> Lab:
        if high - low < 0.12:
            return lab
        return (lab[0] + pull * (dark + (lab[0] - low) / (high - low) * (light - dark) - lab[0]), lab[1], lab[2])

    def cost(lab: Lab, ink: str) -> float:
        pot = pots[ink]
        return 0.7 * (lab[0] - pot[0]) ** 2 + 1.6 * ((lab[1] - pot[1]) ** 2 + (lab[2] - pot[2]) ** 2)

    chosen = {colour: min(inks, key=lambda ink: cost(aim(lab), ink)) for colour, lab in labs.items()}
    if len(pots) > 1:
        _part(chosen, labs, pots, main or weights.most_common(1)[0][0])
    return chosen


def _part(chosen: dict[str, str], labs: dict[str, Lab], pots: dict[str, Lab], main: str) -> None:
    """Give what is clearly unlike a group's main colour, and shares its ink, an ink of its own."""
    for colour, lab in labs.items():
        if colour == main or chosen[colour] != chosen[main] or _away(lab, labs[main]) < UNLIKE:
            continue
        lighter = lab[0] > labs[main][0]
        others = [ink for ink in pots if ink != chosen[main]]
        side = [ink for ink in others if (pots[ink][0] > pots[chosen[main]][0]) == lighter] or others
        chosen[colour] = min(side, key=lambda ink: _away(lab, pots[ink]))
