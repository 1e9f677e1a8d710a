"""Things that a scene can show, for people who choose: names, a search over them, and each one's art.

A thing by itself is shipped clip art in a style's colours: nobody asked a machine for it, it answers no
prompt, and it is shown as part of the page. So it carries no AI mark and has no receipt; what is made of
things, a picture, goes the one way and has both.
"""

from __future__ import annotations

import re

from pingxing.engine.base import Prop, SceneEngine
from pingxing.errors import InvalidRequest, NotFound
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.types import Actor, Request, Scene, Scope

_COLOUR = re.compile(r"#[0-9a-f]{6}")


def describe(house: House, actor: Actor, request: Request) -> Scene:
    """How the first picture of a complete request would be understood and composed. Raises InvalidRequest."""
    require(actor, Scope.GENERATE)
    return _engine(house, request.model).describe(next(request.each()))


def find(house: House, actor: Actor, model: str, words: str, limit: int = 24) -> tuple[Prop, ...]:
    """Things by name, in either language. Raises InvalidRequest where the model knows no things."""
    require(actor, Scope.GENERATE)
    return _engine(house, model).find(words, limit)


def named(house: House, actor: Actor, model: str, concepts: tuple[str, ...]) -> tuple[Prop, ...]:
    """Those of the concepts that can be drawn, with their names."""
    require(actor, Scope.GENERATE)
    engine = _engine(house, model)
    return tuple(prop for concept in concepts if (prop := engine.prop(concept)) is not None)


def drawing(
    house: House,
    actor: Actor,
    model: str,
    concept: str,
    style: str = "",
    colour: str = "",
    looks: tuple[str, ...] = (),
) -> str:
    """One thing as an SVG document. Raises NotFound for what nothing draws, InvalidRequest for what is no colour."""
    require(actor, Scope.GENERATE)
    if colour and not _COLOUR.fullmatch(colour):
        raise InvalidRequest("colour", member="colour", value=colour[:20])
    drawn = _engine(house, model).drawing(concept, style, colour or None, looks)
    if drawn is None:
        raise NotFound("thing")
    return drawn


def _engine(house: House, model: str) -> SceneEngine:
    name = model or house.registry.default
    engine = house.registry.backend(name)
    if not isinstance(engine, SceneEngine):
        raise InvalidRequest("not_supported", member="edits", model=name)
    return engine
