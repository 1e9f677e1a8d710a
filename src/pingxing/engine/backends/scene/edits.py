"""A person's corrections of a scene, after it was understood and placed: whatever is not corrected stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pingxing.engine.backends.scene.art import Art, Icon
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.figure import icon_for
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.stage import Stage, Thing
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import lexicon
from pingxing.errors import InvalidRequest
from pingxing.types import SceneEdit, SceneRelation

AT_HAND = 1.0  # added to the depth of what was dragged: it lies over what it was dropped on


def corrected(stage: Stage, edits: Sequence[SceneEdit], style: Style, art: Art) -> Stage:
    """The stage with every edit applied, in order; things keep their order, so numbers never shift under an edit.

    Raises InvalidRequest (member "edits") for the number of no thing, and for a concept that no art draws.
    """
    things: dict[int, Thing] = dict(enumerate(stage.things))
    gone: set[int] = set()
    for edit in edits:
        if edit.object not in things:
            raise InvalidRequest("unknown_object", member="edits", value=str(edit.object))
        things[edit.object] = _corrected(things[edit.object], edit, stage, style, art)
        if edit.remove:
            gone.add(edit.object)
    left = [number for number in things if number not in gone]
    where = {number: position for position, number in enumerate(left)}
    relations = tuple(
        SceneRelation(where[r.subject], r.relation, where[r.object])
        for r in stage.relations
        if r.subject in where and r.object in where
    )
    return replace(stage, things=tuple(things[number] for number in left), relations=relations)


def _corrected(thing: Thing, edit: SceneEdit, stage: Stage, style: Style, art: Art) -> Thing:
    if edit.concept is not None and edit.concept != thing.wish.concept:
        thing = _another(thing, edit.concept, style, art)
    if edit.colour is not None:
        thing = replace(thing, wish=replace(thing.wish, colour=edit.colour), paint=edit.colour)
    if edit.scale is not None:
        thing = _scaled(thing, edit.scale)
    if edit.at is not None:
        thing = _moved(thing, edit.at[0] * stage.width, edit.at[1] * stage.height, stage)
    return thing


def _another(thing: Thing, concept: str, style: Style, art: Art) -> Thing:
    """Another sense of the same words: as large on the page as the thing it replaces, on the same spot."""
    icon = icon_for(art, style, concept)
    known = lexicon().names.get(plain(concept))
    if icon is None or known is None:
        raise InvalidRequest("unknown_concept", member="edits", value=concept)
    old = thing.wish
    senses = tuple(dict.fromkeys(s for s in (old.concept, *old.senses) if s != concept))
    wish = replace(old, concept=concept, name_en=known[0], name_zh=known[1], senses=senses)
    stands = with_body(icon, traits(concept))
    return replace(thing, wish=wish, icon=stands, box=_fitted(thing, stands))


def _fitted(thing: Thing, icon: Icon) -> tuple[float, float, float, float]:
    x, y, w, h = thing.box
    wide = (w * h * icon.width / icon.height) ** 0.5
    tall = wide * icon.height / icon.width
    top = y + h - tall if thing.grounded else y + (h - tall) / 2
    return (x + (w - wide) / 2, top, wide, tall)


def _scaled(thing: Thing, part: float) -> Thing:
    """What stands on the ground grows from its foot; what hangs in the air, from its middle."""
    x, y, w, h = thing.box
    top = y + h - h * part if thing.grounded else y + (h - h * part) / 2
    return replace(thing, box=(x + (w - w * part) / 2, top, w * part, h * part))


def _moved(thing: Thing, middle: float, height: float, stage: Stage) -> Thing:
    """Its middle goes where it was dropped. By its foot it stands nearer or farther than the others."""
    _, _, w, h = thing.box
    box = (middle - w / 2, height - h / 2, w, h)
    foot = box[1] + h
    on_land = thing.grounded and foot > stage.horizon
    # In the air depth is far below zero (`layout`); on land it is the foot's own height on the page.
    depth = foot + AT_HAND if thing.depth >= 0 else thing.depth + AT_HAND
    return replace(thing, box=box, depth=depth, grounded=on_land)
