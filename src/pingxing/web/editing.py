"""Correcting a scene on its page: what each thing may become, the form that says so, and what changed in words.

The form holds the whole state of every thing, so that editing an edited picture needs no merging by hand:
earlier corrections stand in the fields already. Numbers are those of the scene without any correction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pingxing.api.invalid import invalid
from pingxing.engine.base import Prop
from pingxing.errors import InvalidRequest
from pingxing.types import MAX_EDITS, Request, Scene, SceneEdit, SceneObject

# 24 paints that tell apart, by hue and then from light to dark; their names stand under web.colour.* in the
# catalogues. Among them the colours that prompts know by the plainest words.
SWATCHES = {
    "red": "#e0342f",
    "dark_red": "#a31e2c",
    "coral": "#f26b5b",
    "orange": "#f58a1f",
    "mustard": "#d9a21b",
    "yellow": "#f8cf2c",
    "lime": "#9bd66b",
    "green": "#3fae49",
    "dark_green": "#1f6b3a",
    "mint": "#a6e3c4",
    "teal": "#1fb5ad",
    "sky": "#57b6f2",
    "blue": "#2f6fe0",
    "navy": "#1d3a7a",
    "lavender": "#c9a0f0",
    "purple": "#8a4fd0",
    "magenta": "#d4278e",
    "pink": "#f584b4",
    "cream": "#f3e6c8",
    "brown": "#8b5a34",
    "white": "#fafafa",
    "silver": "#c3c9d2",
    "grey": "#9a9da3",
    "black": "#26262b",
}
SIZES = (10, 400)  # per cent, of the slider; a request may say up to ten times


@dataclass(frozen=True, slots=True)
class Corrigible:
    """One thing of the scene with its correction so far. Boxes are x, y, width, height in 0..1."""

    number: int  # in the scene without corrections
    thing: SceneObject  # as the prompt was understood
    now: SceneObject | None  # as it is in the picture; None where it was removed
    senses: tuple[Prop, ...]  # what it may be instead, itself first
    edit: SceneEdit
    which: int = 0  # 1, 2, ... among several of the same name; 0 where there is one

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (self.now or self.thing).box

    @property
    def concept(self) -> str:
        return self.edit.concept or self.thing.concept

    @property
    def percent(self) -> int:
        return round(100 * (self.edit.scale or 1))


def corrigible(plain: Scene, edited: Scene, edits: tuple[SceneEdit, ...], senses: Any) -> list[Corrigible]:
    """Every thing of the plain scene. `senses(concepts)` names those of them that can be drawn.

    Things keep their order when corrected, so those that were not removed are the edited scene's, one by one.
    """
    merged = merge(edits)
    left = iter(edited.objects)
    several = Counter(thing.concept for thing in plain.objects)
    seen: Counter[str] = Counter()
    found = []
    for number, thing in enumerate(plain.objects):
        edit = merged.get(number, SceneEdit(object=number))
        concepts = dict.fromkeys((thing.concept, *thing.senses, *([edit.concept] if edit.concept else [])))
        now = None if edit.remove else next(left, None)
        seen[thing.concept] += 1
        which = seen[thing.concept] if several[thing.concept] > 1 else 0
        found.append(Corrigible(number, thing, now, senses(tuple(concepts)), edit, which))
    return found


def merge(edits: tuple[SceneEdit, ...]) -> dict[int, SceneEdit]:
    """One correction for each thing: where several speak of one, the later word counts."""
    merged: dict[int, SceneEdit] = {}
    for edit in edits:
        before = merged.get(edit.object)
        said = {name: getattr(edit, name) for name in edit.model_fields_set}
        merged[edit.object] = edit if before is None else before.model_copy(update=said)
    return merged


def read(form: Mapping[str, Any], things: list[Corrigible]) -> tuple[SceneEdit, ...]:
    """The form's corrections, without those that change nothing. Raises InvalidRequest that names the field."""
    return tuple(edit for thing in things if (edit := _one(form, thing)) != SceneEdit(object=thing.number))


def _one(form: Mapping[str, Any], thing: Corrigible) -> SceneEdit:
    number = thing.number
    said: dict[str, Any] = {"object": number}
    concept = _text(form, f"concept-{number}")
    if concept and concept != thing.thing.concept:
        said["concept"] = concept
    if colour := _text(form, f"colour-{number}").lower():
        said["colour"] = colour
    x, y = (_part(form, f"{axis}-{number}") for axis in ("x", "y"))
    if x is not None or y is not None:
        middle = _middle(thing.thing)
        said["at"] = (middle[0] if x is None else x, middle[1] if y is None else y)
    scale = _part(form, f"scale-{number}")
    if scale is not None and scale != 1:
        said["scale"] = scale
    if _text(form, f"remove-{number}"):
        said["remove"] = True
    try:
        return SceneEdit(**said)
    except ValidationError as error:
        raise invalid(list(error.errors()), within=f"edits.{number}") from None


def _middle(thing: SceneObject) -> tuple[float, float]:
    x, y, w, h = thing.box
    return _within(x + w / 2), _within(y + h / 2)


def _within(part: float) -> float:
    return round(min(1.0, max(0.0, part)), 4)


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:80] if isinstance(value, str) else ""


def _part(form: Mapping[str, Any], name: str) -> float | None:
    """A percentage as a part of one; nothing typed is None."""
    text = _text(form, name)
    if not text:
        return None
    try:
        return round(float(text) / 100, 4)
    except ValueError:
        raise InvalidRequest("number", member=name, problem=text[:20]) from None


def same_wish(wish: Request, seed: int, edits: tuple[SceneEdit, ...]) -> Request:
    """The wish that made one picture, for one picture, with these corrections in place of any before.

    Raises InvalidRequest for more corrections than a request may hold.
    """
    if len(edits) > MAX_EDITS:
        raise InvalidRequest("too_many", member="edits", limit=MAX_EDITS)
    return wish.model_copy(update={"seed": seed, "count": 1, "edits": edits})
