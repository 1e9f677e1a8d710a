"""Poses of a composed scene: its markup with the things, and their words, set where a movement has them.

Everything that belongs together moves together: a dog and the flower that it holds. Words that hang or stand by
themselves stay still, but where the movement is theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from pingxing.engine.backends.scene import eyes
from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.svg import num, polygon
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.moving import STAR_EDGE, STAR_FILL, STILL, Pose, star

_LAYER = re.compile(r'(?=<g id="\w*layer-)')
_NAME = re.compile(r'<g id="\w*layer-([\w-]+)"')
_USED = re.compile(r'<title>([^<]*)</title>((?:<use href="#\w+"/>)+)')
_NAMED = re.compile(r'"#(\w+)"')
_ALIVE = ("animals-nature", "people-body", "smileys-emotion")
_NO_EYES = frozenset({"1F43E"})  # paw prints
_WORDS = frozenset({"text", "supports"})
_THINGS = frozenset({"things", "shadows", "strings", "pixels"})


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    markup: str


def parts(composition: Composition) -> tuple[str, tuple[Part, ...]]:
    """What comes before the layers (definitions), and the layers in drawing order."""
    head, *layers = _LAYER.split(composition.markup)
    found = []
    for layer in layers:
        name = _NAME.match(layer)
        found.append(Part(name[1] if name else "", layer))
    return head, tuple(found)


def posed(composition: Composition, pose: Pose) -> str:
    """The markup of one moment, but for `shown`, which is for its pixels (`engine.moving.lit`)."""
    if pose == STILL:
        return composition.markup
    head, layers = parts(composition)
    if pose.closed:
        head = eyes.closing(head, living(composition), pose.closed)
    hangs = any(layer.name == "supports" for layer in layers)
    return head + "".join(_placed(composition, layer, pose, hangs) for layer in layers) + _stars(composition, pose)


def living(composition: Composition) -> frozenset[str]:
    """Names of the definitions that draw animals, people and faces."""
    alive = {
        escape(f"{thing.name_en} / {thing.name_zh}")
        for thing in composition.scene.objects
        if traits(thing.concept).group in _ALIVE and thing.concept not in _NO_EYES
    }
    return frozenset(
        name for title, uses in _USED.findall(composition.markup) if title in alive for name in _NAMED.findall(uses)
    )


def shown(composition: Composition, pose: Pose) -> float:
    """How much of its colours is there: what has eyes blinks with them, and need not light up."""
    if pose.shown < 1 and eyes.seeing(parts(composition)[0], living(composition)):
        return 1.0
    return pose.shown


def _placed(composition: Composition, layer: Part, pose: Pose, hangs: bool) -> str:
    words = layer.name in _WORDS or layer.name.startswith("text-")
    turns = ""
    if words and pose.words != 1:
        x, y = _middle_of_words(composition)
        turns = f"translate({num(x)} {num(y)}) scale({pose.words:.4f}) translate({num(-x)} {num(-y)})"
    elif layer.name in _THINGS or (words and not hangs):
        turns = _turns(composition, pose)
    elif not words:
        return layer.markup  # the setting
    return f'<g transform="{turns}">{layer.markup}</g>' if turns else layer.markup


def _turns(composition: Composition, pose: Pose) -> str:
    x, y = _feet(composition)
    unit = min(composition.width, composition.height)
    # Where no words are shown apart, what pops is the things.
    size = pose.words if not composition.scene.text else 1.0
    return (
        f"translate({num(x + pose.right * unit)} {num(y + pose.down * unit)}) rotate({pose.turn:.3f}) "
        f"scale({pose.wide * size:.4f} {pose.high * size:.4f}) translate({num(-x)} {num(-y)})"
    )


def _feet(composition: Composition) -> tuple[float, float]:
    boxes = [thing.box for thing in composition.scene.objects] or [(0.0, 0.0, 1.0, 1.0)]
    left, right = min(box[0] for box in boxes), max(box[0] + box[2] for box in boxes)
    low = max(box[1] + box[3] for box in boxes)
    return (left + right) / 2 * composition.width, low * composition.height


def _middle_of_words(composition: Composition) -> tuple[float, float]:
    boxes = [text.box for text in composition.scene.text] or [(0.0, 0.0, 1.0, 1.0)]
    x = (min(box[0] for box in boxes) + max(box[0] + box[2] for box in boxes)) / 2
    y = (min(box[1] for box in boxes) + max(box[1] + box[3] for box in boxes)) / 2
    return x * composition.width, y * composition.height


def _stars(composition: Composition, pose: Pose) -> str:
    unit, drawn = min(composition.width, composition.height), []
    for one in pose.stars:
        corners = star(one.x * composition.width, one.y * composition.height, one.reach * unit)
        edge = num(0.1 * one.reach * unit + 6)
        drawn.append(
            f'<path d="{polygon(corners)}" fill="{STAR_FILL}" stroke="{STAR_EDGE}" stroke-width="{edge}"'
            f' stroke-linejoin="round" paint-order="stroke"/>'
        )
    return "".join(drawn)
