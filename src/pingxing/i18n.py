"""Words for people, from gettext catalogues: `locale/<language>/*.po`, one file per room.

Keys are symbolic ("web.studio.make"), so English and Chinese are both written and neither is a
translation of the other. Placeholders are `{name}`. The .po files are read as they are: no compile
step, and a missing key is an error in the tests, not an English word on a Chinese page.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import polib

from pingxing.errors import PingxingError
from pingxing.types import LANGUAGES, Language


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All words of one language. Raises ValueError where two rooms define the same key."""
    words: dict[str, str] = {}
    folder = files("pingxing") / "locale" / language
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".po"):
            continue
        for entry in polib.pofile(file.read_text(encoding="utf-8")):
            if entry.msgid in words:
                raise ValueError(f"{file.name} defines {entry.msgid} a second time")
            words[entry.msgid] = entry.msgstr
    return MappingProxyType(words)


def say(language: Language, key: str, /, **blanks: object) -> str:
    """The words for `key`. Raises KeyError for a key that no catalogue holds."""
    words = catalogue(language)[key]
    return words.format(**blanks) if blanks else words


def knows(language: Language, key: str) -> bool:
    return key in catalogue(language)


def explain(error: PingxingError, language: Language) -> tuple[str, str]:
    """Message and hint (what to do next) for an error, in the reader's language."""
    base = f"error.{error.code}"
    narrow = f"{base}.{error.reason}" if error.reason else base
    several = str(error.params.get("more", 0)) != "0" and knows(language, f"{narrow}.more")  # of the same
    key = f"{narrow}.more" if several else narrow if knows(language, narrow) else base
    hint_key = next(k for k in (f"{narrow}.hint", f"{base}.hint") if knows(language, k))
    blanks = _Blanks(error.params)
    return catalogue(language)[key].format_map(blanks), catalogue(language)[hint_key].format_map(blanks)


class _Blanks(dict[str, object]):
    """An error raised without a detail must not fail a second time on its way to the reader."""

    def __missing__(self, key: str) -> str:
        return "–"


def choose(accept_language: str, default: Language = "en") -> Language:
    """The language a browser asks for (RFC 9110 section 12.5.4), among those we speak."""
    best: tuple[float, Language] | None = None
    for item in accept_language.split(",")[:20]:
        tag, _, quality = item.strip().partition(";q=")
        language = next((known for known in LANGUAGES if tag.lower().split("-")[0] == known), None)
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if language is not None and weight > 0 and (best is None or weight > best[0]):
            best = (weight, language)
    return best[1] if best else default
