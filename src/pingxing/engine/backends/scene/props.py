"""The stock of things that can be put into a scene: their names, how to find them, and each drawn by itself.

What is drawn here is shipped clip art, as the styles of a scene would show it, for people to choose from.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape

from pingxing.engine.backends.scene.art import Art
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.figure import Figures, icon_for
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.svg import Sheet, num
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import fold_chinese, fold_english, is_han, lexicon, singulars
from pingxing.engine.base import Prop

_SIDE = 100.0  # the longer side of a thing by itself
_ROOM = 0.04  # on each side of it, in parts of its own width and height: for outlines and die-cut borders


class Stock:
    """What a scene engine tells of its things. It needs the art that pictures are drawn from."""

    _art: Art

    def prop(self, concept: str) -> Prop | None:
        """The names of a concept, or None where no art draws it."""
        names = lexicon().names.get(plain(concept))
        if names is None or icon_for(self._art, STYLES[DEFAULT], concept) is None:
            return None
        return Prop(concept, *names)

    def find(self, words: str, limit: int) -> tuple[Prop, ...]:
        """Things whose names, or other words for them, hold these words: the closest match first.

        Either language; traditional characters and plurals count as what they stand for. Nothing for no words.
        """
        found: dict[str, None] = {}
        for concept in _matches(words):
            if concept not in found and self.prop(concept) is not None:
                found[concept] = None
                if len(found) == limit:
                    break
        return tuple(prop for concept in found if (prop := self.prop(concept)) is not None)

    def drawing(self, concept: str, style: str, colour: str | None, looks: tuple[str, ...] = ()) -> str | None:
        """One thing as a standalone SVG document in a style's art and inks; None for what nothing draws.

        The document has the thing's proportions, with 4 % of room on every side.
        `colour` ("#rrggbb") repaints it as a prompt's colour would, `looks` are traits ("striped", "glass"); those
        that art cannot show change nothing. An unknown style is drawn as the default.
        """
        return _drawing(self._art, concept, style if style in STYLES else DEFAULT, colour, looks)


@lru_cache(maxsize=1024)
def _drawing(art: Art, concept: str, style: str, colour: str | None, looks: tuple[str, ...]) -> str | None:
    icon = icon_for(art, STYLES[style], concept)
    names = lexicon().names.get(plain(concept))
    if icon is None or names is None:
        return None
    stands = with_body(icon, traits(concept))
    scale = _SIDE / max(stands.width, stands.height)
    w, h = stands.width * scale, stands.height * scale
    sheet = Sheet("p")
    title = escape(f"{names[0]} / {names[1]}")
    figures = Figures(sheet, art, STYLES[style], {})
    drawn = figures.draw(stands, (0.0, 0.0, w, h), colour=colour, light=None, flip=False, title=title, looks=looks)
    width, height = num(w * (1 + 2 * _ROOM)), num(h * (1 + 2 * _ROOM))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{num(-w * _ROOM)} {num(-h * _ROOM)} {width} {height}">'
        f"<defs>{''.join(sheet.definitions)}</defs>{drawn}</svg>\n"
    )


def _matches(words: str) -> Sequence[str]:
    """Concepts by how well their phrases match: the same, a whole word of it, beginning with it, somewhere inside."""
    chinese = any(is_han(c) for c in words)
    wanted = fold_chinese("".join(words.split())).lower() if chinese else fold_english(words)
    if not wanted:
        return ()
    same = {wanted} if chinese else {wanted, *singulars(wanted)}
    ranked: list[tuple[int, int, int, str]] = []
    for place, (phrase, concept) in enumerate(_phrases(chinese)):
        if wanted not in phrase and phrase not in same:
            continue
        whole = not chinese and f" {wanted} " in f" {phrase} "
        near = 0 if phrase in same else 1 if whole else 2 if phrase.startswith(wanted) else 3
        ranked.append((near, len(phrase), place, concept))
    return [concept for *_, concept in sorted(ranked)]


@cache
def _phrases(chinese: bool) -> tuple[tuple[str, str], ...]:
    """Every phrase of one language that names a thing, with the concept; a concept's own name before other words."""
    words = lexicon()
    names = {(fold_chinese(zh) if chinese else fold_english(en)): concept for concept, (en, zh) in words.names.items()}
    table = words.chinese if chinese else words.english
    rest = (
        (phrase, meaning.value) for phrase, meanings in table.items() for meaning in meanings if meaning.kind == "thing"
    )
    return (*names.items(), *rest)
