"""What a prompt asks for, before anything has a place: the value between understanding and composing."""

from __future__ import annotations

from dataclasses import dataclass

from pingxing.types import SceneReplacement


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked for, `count` times."""

    concept: str
    name_en: str
    name_zh: str
    words: str  # as they stand in the prompt
    spans: tuple[tuple[int, int], ...]  # code points of the prompt
    count: int = 1
    colour: str | None = None  # "#rrggbb"
    size: float = 1.0  # "big" is above 1, "small" below
    place: str = ""  # "left", "top-right", ... where the prompt puts it in the picture itself
    traits: tuple[str, ...] = ()  # "striped", "dotted", "glass", "golden", "happy", "sad", "old", "young", ...
    senses: tuple[str, ...] = ()  # other concepts the same words may mean, likeliest first


@dataclass(frozen=True, slots=True)
class Link:
    """`subject` and `object` are indexes into Plan.wishes."""

    subject: int
    relation: str
    object: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A prompt as understood. Empty `background`, `time` or `weather`: the prompt left it open."""

    wishes: tuple[Wish, ...] = ()
    links: tuple[Link, ...] = ()
    background: str = ""
    time: str = ""
    weather: str = ""
    backdrop: str | None = None  # colour of the background, where one was asked for
    palette: tuple[str, ...] = ()  # colours that belong to no thing
    setting_spans: tuple[tuple[int, int], ...] = ()
    not_drawn: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()  # to be written in the picture, exactly
    boards: tuple[str, ...] = ()  # what each of them is written on (boards.BOARDS)
    faces: tuple[str, ...] = ()  # the typeface asked for (faces.FACES) or ""
    text_spans: tuple[tuple[int, int], ...] = ()  # where each of them stands in the prompt
    between: str = ""  # the prompt without the inscriptions and the words that introduce them, of the same length
    banned: frozenset[str] = frozenset()  # concepts and settings that must not appear
    touches: tuple[str, ...] = ()  # seasons and feasts
    exact: tuple[str, ...] = ()  # "#rrggbb": the only colours the picture may have (palette=...)
    transparent: bool = False  # the prompt itself asks for no background
    sky_colour: str | None = None  # "#rrggbb" of the aurora or the sky, where one was asked for
    replaced: tuple[SceneReplacement, ...] = ()
