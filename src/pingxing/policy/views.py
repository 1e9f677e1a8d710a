"""Normal forms of a text, each of whose characters knows where it stands in the original.

The folded form follows Unicode NFKD (UAX 15) and case folding, without marks, controls and ignorable
characters (UAX 44); look-alike letters are those of UTS 39 that are drawn as Latin letters in common fonts.
Traditional characters become simplified ones by OpenCC, one for one, so that places are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pingxing.policy.tables import lookalikes

# Separators that people put inside a word to hide it. A comma or full stop between Chinese characters ends a
# thought ("油炸,弹吉他"), so those never join; between letters "/" stays a separator ("he/she"), as do brackets
# ("file(s)") and apostrophes ("she'll").
_CJK = r"\u3400-\u9fff\uf900-\ufaff"
_ODD_ASCII = re.compile(r"[\x00-\x1f\x7f]|  ")
_SPELLED = re.compile(
    r"(?<![a-z0-9])[a-z0-9](?:"
    r"(?P<gap>[^a-z0-9 \u3400-\u9fff/;:!?]{1,3})[a-z0-9](?![a-z0-9])(?:(?P=gap)[a-z0-9](?![a-z0-9]))+"
    # Not the first letter of a word that is itself spelled out: "a 9 y*e*a*r".
    r"|(?: [^a-z0-9\u3400-\u9fff/;:!?]{0,2}[a-z0-9](?![a-z0-9]|[^a-z0-9\s]{1,3}[a-z0-9](?![a-z0-9]))){2,})"
)
_INSIDE_WORD = re.compile(r"(?<=[a-z0-9])(?:[^\w\s,;:!?/()\[\]{}<>@$'\"’‘“”]|_){1,3}(?=[a-z0-9])")
# A word spelled out with marks has them around its own signs too: d*o*c*t*o*r*'*s, w*o*r*k*, and so on.
_AROUND_SIGN = re.compile(
    r"(?<=[a-z0-9])(?P<mark>[^\w\s,;:!?/()\[\]{}<>@$'\"’‘“”]|_)"
    r"(?:['’](?P=mark)(?=[a-z0-9])|(?=[,;:!?)'\"’”](?!\w|(?P=mark))))"
)
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}])(?:[^\w,;:!?。、…\n]|_){{1,3}}(?=[{_CJK}])")
_NOT_LETTER = re.compile(r"[^a-z0-9]+")
_RUN = re.compile("  +")

_WIDE_MARKS = (("，", ","), ("：", ":"), ("！", "!"), ("？", "?"), ("；", ";"), ("（", "("), ("）", ")"))

# Default ignorable although they are letters or symbols by category (UAX 44, Default_Ignorable_Code_Point).
_IGNORABLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_MOST_FOLDS = 1 << 16  # bounded: texts made of every code point must not grow us without end


@dataclass(frozen=True, slots=True)
class View:
    """A normal form. Character i stands for the original's code points starts[i] up to ends[i].

    `loose` holds the places where a word may begin or end although letters touch: inside a word that was
    spelled out letter by letter nobody can tell where the neighbouring one-letter words stop.
    """

    name: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    loose: frozenset[int] = frozenset()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] (not empty) stands in the original, in code points."""
        return self.starts[start], self.ends[end - 1]


def plain(text: str) -> View:
    return View("plain", text, range(len(text)), range(1, len(text) + 1))


def folded(text: str) -> View:
    """Compatibility-decomposed, case-folded, without marks and invisible characters; runs of space are one."""
    if text.isascii() and not _ODD_ASCII.search(text):
        return View("folded", text.lower(), range(len(text)), range(1, len(text) + 1))
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, character in enumerate(text):
        form = _fold(character)
        if form == " " and letters and letters[-1] == " ":
            ends[-1] = place + 1
            continue
        for letter in form:
            letters.append(letter)
            starts.append(place)
            ends.append(place + 1)
    return View("folded", "".join(letters), starts, ends)


def simplified(view: View) -> View:
    """Traditional characters as simplified ones, one for one."""
    if view.text.isascii():
        return View("simplified", view.text, view.starts, view.ends)
    return View("simplified", view.text.translate(_to_simplified()), view.starts, view.ends)


def hyphens_as_spaces(view: View) -> View:
    """ "self-harm" and "self_harm" read as "self harm"."""
    return View(view.name, spaced(view.text), view.starts, view.ends, view.loose)


def joined(view: View) -> View | None:
    """Without the separators inside words (b*o*m*b, 炸 弹), or None where there are none."""
    gone: set[int] = set()
    spelled: list[tuple[int, int]] = []
    for match in _SPELLED.finditer(view.text):
        spelled.append(match.span())
        for gap in _NOT_LETTER.finditer(view.text, *match.span()):
            gone.update(range(*gap.span()))
    for pattern in (_INSIDE_WORD, _BETWEEN_CJK, _AROUND_SIGN):
        for match in pattern.finditer(view.text):
            gone.update(range(*match.span()))
    if not gone:
        return None
    kept = [place for place in range(len(view.text)) if place not in gone]
    inside = set().union(*(range(start, end + 1) for start, end in spelled))
    return View(
        "joined",
        "".join(view.text[place] for place in kept),
        [view.starts[place] for place in kept],
        [view.ends[place] for place in kept],
        frozenset(new for new, old in enumerate([*kept, len(view.text)]) if old in inside),
    )


def light(text: str) -> str:
    """The text of `simplified(folded(text))` without the way back: several times as fast."""
    if text.isascii() and not _ODD_ASCII.search(text):
        return text.lower()
    if _everyday().fullmatch(text) and "  " not in text:
        found = text.lower()
        for wide, narrow in _WIDE_MARKS:
            found = found.replace(wide, narrow)
        return _RUN.sub(" ", found) if "  " in found else found
    found = text.translate(_folds())
    return _RUN.sub(" ", found) if "  " in found else found


def spaced(text: str) -> str:
    """Hyphens and underlines as spaces, one for one."""
    return text.replace("-", " ").replace("_", " ")


def based(text: str) -> View:
    """`spaced(light(text))` with the way back to the original."""
    return hyphens_as_spaces(simplified(folded(text)))


def forms(text: str) -> tuple[View, ...]:
    """The forms that have to be searched. Each contains what the lighter ones would find: see `origin`."""
    light = simplified(folded(text))
    tight = joined(light)
    first = hyphens_as_spaces(light)
    return (first,) if tight is None else (first, tight)


def origin(text: str, view: View, start: int, end: int) -> str:
    """The lightest form of `text` in which view.text[start:end] could already be read."""
    first, last = view.span(start, end)
    slice_, wanted = text[first:last], view.text[start:end]
    if spaced(slice_.lower()) == wanted:
        return "plain"
    light = folded(slice_)
    if spaced(light.text) == wanted:
        return "folded"
    return "simplified" if spaced(simplified(light).text) == wanted else "joined"


def normal(term: str) -> str:
    """A pack's term in the form that `forms` brings texts into."""
    return spaced(light(term)).strip()


@lru_cache(maxsize=1 << 16)  # bounded: a text made of every code point must not grow us without end
def _fold(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"  # a lone surrogate cannot be written as UTF-8
    if category in ("Cc", "Cf") or character in _IGNORABLE:
        return ""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kept = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Me", "Cc", "Cf"))
    kept = "".join(" " if c.isspace() else c for c in kept if c not in _IGNORABLE)
    return kept.translate(lookalikes())


@cache
def _everyday() -> re.Pattern[str]:
    """Texts of which only the marks in _WIDE_MARKS have to be folded: ASCII, simplified Chinese, common marks."""
    odd = _to_simplified().keys()
    han = "".join(chr(code) for code in range(0x4E00, 0xA000) if code not in odd)
    # The private sign is what lexicon.normal joins terms with; folding leaves it as it is.
    return re.compile(rf"[ -~\uf8ff{han}。、“”‘’《》{''.join(wide for wide, _ in _WIDE_MARKS)}]*")


class _Folds(dict[int, str]):
    """code point -> its folded, simplified form; filled as texts bring new ones."""

    def __missing__(self, code: int) -> str:
        form = _fold(chr(code)).translate(_to_simplified())
        if len(self) < _MOST_FOLDS:
            self[code] = form
        return form


@cache
def _folds() -> _Folds:
    return _Folds()


@cache
def _to_simplified() -> dict[int, str]:
    from opencc import OpenCC

    characters = [chr(code) for code in range(0x3400, 0xA000)]
    # One call for all; a line break between two keeps them from being read as a phrase.
    simple = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simple, strict=True)
    return {ord(old): new for old, new in pairs if len(new) == 1 and new != old}
