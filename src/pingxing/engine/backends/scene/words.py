"""The words the scene engine knows, in both languages, and what each may mean.

Three layers, the first that knows a phrase decides: our own files in `data/`, Unicode's names, and
those of Unicode's keywords that point at one concept only. Chinese is kept in simplified characters;
the reader folds traditional ones before it looks a phrase up.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from pingxing.engine.backends.scene.art import Entry, shipped
from pingxing.engine.backends.scene.drawings import Drawing, drawings
from pingxing.engine.backends.scene.inflect import finite, forms
from pingxing.engine.backends.scene.naming import drawable, nouns_of

if TYPE_CHECKING:
    from opencc import OpenCC

Kind = Literal[
    "thing", "colour", "size", "number", "measure", "relation", "verb", "locative", "place",
    "background", "time", "weather", "not", "and", "or", "be", "have", "at", "of", "the",
    "ground", "backdrop", "ignore", "missing", "touch", "times", "shade", "tone", "gender", "pronoun", "act", "but",
    "trait", "each", "suffer", "take", "made", "sides", "company", "deed", "fill",
]  # fmt: skip

NUMERALS = frozenset("一二两三四五六七八九十")
KEYWORD_GROUPS = {"animals-nature", "food-drink", "travel-places", "activities", "objects"}
# Subgroups whose keywords name moods, signs and instants rather than things one could draw.
MUTE_SUBGROUPS = {"time", "event", "sky-weather", "medical", "other-object", "office", "mail", "money", "sound"}


@dataclass(frozen=True, slots=True)
class Meaning:
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`english` maps lower-case phrases (words joined by one space), `chinese` simplified phrases."""

    english: dict[str, tuple[Meaning, ...]]
    chinese: dict[str, tuple[Meaning, ...]]
    entries: dict[str, Entry]
    names: dict[str, tuple[str, str]]  # concept -> the words we call it by, English and Chinese
    titles: dict[str, str]  # every name Unicode has for a concept, in any language, to a prompt that says no more
    owners: dict[str, tuple[str, ...]]  # phrase -> the concepts that Unicode's names and keywords tie to it
    idioms: frozenset[str]  # phrases whose colour is part of the name: 绿茶, "red wine"
    heads: dict[str, int]  # first character or word of a phrase -> length of the longest phrase that begins so
    mixed: frozenset[str]  # Latin letters and digits that begin Chinese words: T恤
    signs: frozenset[str]  # characters that begin an emoji
    longest_english: int  # in words
    longest_chinese: int  # in characters


@dataclass(slots=True)
class _Builder:
    english: dict[str, tuple[Meaning, ...]] = field(default_factory=dict)
    chinese: dict[str, tuple[Meaning, ...]] = field(default_factory=dict)

    def add(self, meaning: Meaning, english: Iterable[str], chinese: Iterable[str], *, also: bool = True) -> None:
        """Give phrases a meaning; with `also` beside those they have, without it only if they have none."""
        for table, phrases in ((self.english, english), (self.chinese, chinese)):
            for phrase in phrases:
                known = table.get(phrase, ())
                if meaning not in known and (also or not known):
                    table[phrase] = (*known, meaning)


def concept_of(emoji: str) -> str:
    return "-".join(f"{ord(c):X}" for c in emoji if c != "\ufe0f")


@cache
def _simplifier() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=16384)
def simplified(character: str) -> str:
    """One character in its simplified form (itself where it has none)."""
    if not "\u3400" <= character <= "\U0003ffff":
        return character
    folded: str = _simplifier().convert(character)
    return folded if len(folded) == 1 else character


def fold_chinese(text: str) -> str:
    return "".join(simplified(c) for c in text)


def fold_english(text: str) -> str:
    """Lower case, without accents, dots and curly quotes: "St. Nicholas’" -> "st nicholas'"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    plain = plain.lower().replace("’", "'").replace("“", "").replace("”", "").replace(".", "")
    return " ".join(plain.replace(":", " ").replace(",", " ").split())


def is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff" or character in "〇々"


def data_file(name: str) -> str:
    return (files("pingxing.engine.backends.scene") / "data" / name).read_text(encoding="utf-8")


@cache
def said(name: str) -> frozenset[str]:
    """A set of words of data/phrases.toml, both languages; English first words in lower case. KeyError if unknown."""
    return frozenset(word for half in _halves(tomllib.loads(data_file("phrases.toml"))["set"][name]) for word in half)


def _halves(line: str) -> tuple[list[str], list[str]]:
    english, _, chinese = line.partition("|")
    return (
        [fold_english(w) for w in english.split(",") if w.strip()],
        [w.strip().lower() for w in chinese.split(", ") if w.strip()],
    )


def _lines(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            emoji, _, rest = line.partition(" ")
            yield (concept_of(emoji), *_halves(rest))


def _things() -> Iterator[tuple[str, list[str], list[str]]]:
    return _lines(data_file("things.txt"))


def _synonyms() -> Iterator[tuple[str, list[str], list[str]]]:
    folder = files("pingxing.engine.backends.scene") / "data" / "synonyms"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        yield from _lines(file.read_text(encoding="utf-8"))


def _add_words(builder: _Builder, tables: dict[str, dict[str, str]]) -> None:
    kinds: dict[str, Kind] = {
        "colour": "colour", "size": "size", "number": "number", "measure": "measure", "place": "place",
        "background": "background", "time": "time", "weather": "weather", "times": "times",
        "shade": "shade", "tone": "tone", "gender": "gender", "trait": "trait",
    }  # fmt: skip
    for table, kind in kinds.items():
        for value, line in tables[table].items():
            builder.add(Meaning(kind, value), *_halves(line))
    units = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    for tens, start in (("twenty", 20), ("thirty", 30), ("forty", 40)):
        for number, unit in enumerate(units, start=start + 1):
            builder.add(Meaning("number", str(number)), (f"{tens}-{unit}", f"{tens} {unit}"), ())
    for value, line in tables["relation-en"].items():
        builder.add(Meaning("relation", value), _halves(line)[0], ())
    for value, line in tables["pronoun-en"].items():
        builder.add(Meaning("pronoun", value), _halves(line)[0], ())
    for name, kind in (("verb-zh", "verb"), ("act-zh", "act"), ("locative-zh", "locative")):
        for value, line in tables[name].items():
            builder.add(Meaning(kind, value), (), [w.strip() for w in line.split(", ")])
    for name, line in tables["grammar"].items():
        builder.add(Meaning(cast(Kind, name), ""), *_halves(line))


def _add_verbs(builder: _Builder, table: dict[str, str]) -> None:
    """The forms of the verbs; a form that is a noun as well stays what it is ("watch", "drinks", "row")."""
    nouns = said("nouns")
    for value, line in table.items():
        for verb in _halves(line)[0]:
            *plain, past = forms(verb)
            for form in (*plain, past) if " " in verb or "/" in verb else plain:  # "baked" and "painted" describe
                noun = not nouns.isdisjoint((form, *singulars(form)))
                thing = any(m.kind == "thing" for f in (form, *singulars(form)) for m in builder.english.get(f, ()))
                if noun and thing:  # "drinks": the sentence decides (rephrase)
                    known = [m for f in (form, *singulars(form)) for m in builder.english.get(f, ())]
                    builder.english[form] = tuple(dict.fromkeys((*known, Meaning("relation", value))))
                elif form not in builder.english and not noun:
                    builder.add(Meaning("relation", value), [form], ())


@cache
def verbs() -> dict[str, str]:
    """Every form of every English verb we know, those too that are nouns elsewhere ("waters"), and its relation."""
    table: dict[str, str] = tomllib.loads(data_file("words.toml"))["verb-en"]
    return {form: value for value, line in table.items() for verb in _halves(line)[0] for form in forms(verb)}


def _is_list(phrase: str, table: dict[str, tuple[Meaning, ...]]) -> bool:
    """Two things we know joined by "and": 锤子与扳手 asks for both, not for Unicode's picture of the two."""
    halves = re.split(r" and | & |[和与]", phrase)
    return len(halves) > 1 and all(any(m.kind == "thing" for m in table.get(half, ())) for half in halves)


def _is_painted(phrase: str, table: dict[str, tuple[Meaning, ...]], concept: str) -> bool:
    """A colour and a thing we know ("white flower"): paint to us, unless Unicode's picture is that thing painted."""
    for cut in (i for i in range(1, len(phrase)) if not phrase.isascii() or phrase[i] == " "):
        colour = next((m.value for m in table.get(phrase[:cut], ()) if m.kind == "colour"), None)
        things = [m.value for m in table.get(phrase[cut:].strip().removeprefix("的"), ()) if m.kind == "thing"]
        if colour is not None and things:
            return concept not in things
    return False


def _is_deed(word: str, builder: _Builder) -> bool:
    """A verb and a thing we know, as 骑自行车: two words to us, though Unicode has one picture for them."""
    if len(word) == 2 and word[0] in "看骑打踢喝吃戴穿抱":  # 看报
        return True
    for cut in range(1, min(3, len(word))):
        verb = any(m.kind in ("verb", "act") for m in builder.chinese.get(word[:cut], ()))
        if verb and any(m.kind == "thing" for m in builder.chinese.get(word[cut:], ())):
            return True
    return False


def _settings() -> Iterator[tuple[Literal["background", "touch"], str, tuple[list[str], list[str]]]]:
    tables = tomllib.loads(data_file("settings.toml"))
    kinds: tuple[Literal["background"], Literal["touch"]] = ("background", "touch")
    for kind in kinds:
        for value, line in tables[kind].items():
            yield kind, value, _halves(line)


def _add_settings(builder: _Builder) -> None:
    """The words of settings.toml mean what they say there; what has an hour too keeps it (中秋, 夜市)."""
    for kind, value, halves in _settings():
        for table, phrases in zip((builder.english, builder.chinese), halves, strict=True):
            for phrase in phrases:
                kept = [m for m in table.get(phrase, ()) if m.kind == "time"]
                table[phrase] = (Meaning(kind, value), *kept)


def _add_hours(builder: _Builder) -> None:
    """A season or feast and an hour in one phrase mean both: "summer night", 冬夜, "christmas morning"."""
    hours = {"night": ("night", "evening"), "dawn": ("morning",), "day": ("day", "afternoon")}
    for season in ("spring", "summer", "autumn", "fall", "winter", "christmas", "halloween"):
        touch = "autumn" if season == "fall" else season
        for time, names in hours.items():
            for name in names:
                hour = "sunset" if name == "evening" else time
                builder.english[f"{season} {name}"] = (Meaning("touch", touch), Meaning("time", hour))
    for han, touch in zip("春夏秋冬", ("spring", "summer", "autumn", "winter"), strict=True):
        for name, time in (
            ("夜", "night"),
            ("晨", "dawn"),
            ("夜里", "night"),
            ("天的早晨", "dawn"),
            ("天的夜晚", "night"),
        ):
            builder.chinese[han + name] = (Meaning("touch", touch), Meaning("time", time))


def _add_turns(builder: _Builder) -> None:
    """Words for several people at once, and deeds that show a thing: they mean this and nothing else."""
    tables: tuple[tuple[Kind, str], ...] = (("company", "company.toml"), ("deed", "deeds.toml"))
    for kind, name in tables:
        for value, line in tomllib.loads(data_file(name))[kind].items():
            meaning = (Meaning(kind, " ".join(_coded(word) for word in value.split())),)
            english, chinese = _halves(line)
            if kind == "deed":
                english += [f for p in english for f in finite(p) if f not in builder.english]
            for table, phrases in zip((builder.english, builder.chinese), (english, chinese), strict=True):
                table.update(dict.fromkeys(phrases, meaning))


def _coded(word: str) -> str:
    """ "2×🧒" -> "2×1F9D2"; relations stay as they are."""
    number, _, emoji = word.rpartition("×")
    return word if emoji.isascii() else f"{number}×{concept_of(emoji)}".removeprefix("×")


def _keywords(entries: list[Entry], builder: _Builder) -> None:
    owners: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
    for entry in entries:
        for table, words in zip(owners, (map(fold_english, entry.en), map(fold_chinese, entry.zh)), strict=True):
            for word in words:
                table.setdefault(word, set()).add(entry.concept)
    for entry in entries:
        if entry.group not in KEYWORD_GROUPS or entry.subgroup in MUTE_SUBGROUPS:
            continue
        meaning = Meaning("thing", entry.concept)
        english = [w for w in map(fold_english, entry.en[1:]) if len(w) > 3 and owners[0][w] == {entry.concept}]
        english = [w for w in english if not any(s in builder.english for s in singulars(w))]
        english = [w for w in english if not _is_list(w, builder.english)]
        chinese = [w for w in map(fold_chinese, entry.zh[1:]) if len(w) > 1 and owners[1][w] == {entry.concept}]
        chinese = [w for w in chinese if not _is_deed(w, builder) and not _is_list(w, builder.chinese)]
        chinese = [w for w in chinese if w[0] not in "大小" or w[1:] not in builder.chinese]  # 大箱子 is a large box
        builder.add(meaning, english, chinese, also=False)


def _heads(builder: _Builder) -> dict[str, int]:
    found: dict[str, int] = {}
    for phrase in builder.chinese:
        found[phrase[:1]] = max(found.get(phrase[:1], 0), len(phrase))
    for phrase in builder.english:
        first, _, rest = phrase.partition(" ")
        found[first] = max(found.get(first, 0), 1 if not rest else rest.count(" ") + 2)
    return found


def title(text: str) -> str:
    """A prompt or a name as titles are kept: folded, without punctuation and blanks at its ends."""
    return fold_chinese(fold_english(unicodedata.normalize("NFKC", text))).strip(" !?。,、“”\"'")


def _titles(entries: list[Entry]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        for names in (entry.en, entry.zh, entry.hant):
            if names and (key := title(names[0])):
                found.setdefault(key, entry.concept)
    return found


def _owners(entries: list[Entry]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for first in (True, False):  # those called so before those described so
        for entry in entries:
            for names, fold in ((entry.en, fold_english), (entry.zh, fold_chinese), (entry.hant, fold_chinese)):
                for name in names[:1] if first else names[1:]:
                    found.setdefault(fold(name), {})[entry.concept] = None
    return {phrase: tuple(concepts) for phrase, concepts in found.items()}


def _words_of(ours: Drawing, more: dict[str, str]) -> tuple[list[str], list[str]]:
    english, chinese = _halves(more.get(ours.en[0], "|"))
    return [*ours.en, *english], [*ours.zh, *chinese]


@cache
def lexicon() -> Lexicon:
    """All known words, built once (about a tenth of a second)."""
    builder = _Builder()
    entries = [e for e in shipped().vocabulary() if drawable(e)]
    tables = tomllib.loads(data_file("words.toml"))
    _add_words(builder, tables)
    names = {e.concept: (e.en[0], (e.zh or e.en)[0]) for e in entries}
    named: set[str] = set()
    for concept, english, chinese in _things():
        if concept in names and concept not in named:  # the first line of a concept has what we call it by
            named.add(concept)
            names[concept] = (
                english[0] if english else names[concept][0],
                chinese[0] if chinese else names[concept][1],
            )
        builder.add(Meaning("missing", "") if concept == "2D" else Meaning("thing", concept), english, chinese)
    for concept, english, chinese in _synonyms():
        builder.add(Meaning("thing", concept), english, chinese, also=False)
    _add_verbs(builder, tables["verb-en"])
    wants = said("wants") | {w for w in said("pictures") if len(w) > 1 and not w.isascii()}
    builder.add(Meaning("ignore", ""), (w for w in wants if w.isascii()), (w for w in wants if not w.isascii()))
    for line in data_file("ignore.txt").splitlines():
        if line and not line.startswith("#"):
            han = any(is_han(c) for c in line)
            words = [w.strip() for w in line.split(",")]
            builder.add(Meaning("ignore", ""), () if han else words, words if han else (), also=False)
    for entry in entries:
        chinese = [fold_chinese(words[0]).lower() for words in (entry.zh, entry.hant) if words and words[0]]
        chinese = nouns_of(entry, chinese)
        meaning = Meaning("thing", entry.concept)
        chinese = [w for w in chinese if len(w) > 1 and w[0] not in NUMERALS]  # 两个女人 counts, it is no name
        chinese = [w for w in chinese if not _is_deed(w, builder)]
        name = fold_english(entry.en[0])
        chinese = [
            w
            for w in chinese
            if not _is_list(w, builder.chinese) and not _is_painted(w, builder.chinese, entry.concept)
        ]
        if _is_list(name, builder.english) or _is_painted(name, builder.english, entry.concept):
            name = fold_english(entry.en[0] + " emoji")
        first, _, rest = name.partition(" ")
        counted = any(m.kind == "number" for m in builder.english.get(first, ()))
        plural = any(single in builder.english for single in singulars(name))  # 🏘 "houses" is no name
        if counted and any(single in builder.english for single in singulars(rest)):  # 💕 "two hearts" counts as well
            plural = True
        state = name in ("locked", "unlocked")  # what a door or a princess may be
        builder.add(meaning, [] if plural or state else [name], chinese, also=False)
    _keywords(entries, builder)
    _add_turns(builder)
    _add_settings(builder)
    _add_hours(builder)
    more = tomllib.loads(data_file("drawn.toml"))["drawn"]
    for ours in drawings().values():  # what we drew ourselves is meant by its words, whatever stood for it before
        for table, phrases in zip((builder.english, builder.chinese), _words_of(ours, more), strict=True):
            for phrase in phrases:  # lavender stays a colour too
                others = (m for m in table.get(phrase, ()) if m.kind == "colour")
                table[phrase] = (*others, Meaning("thing", ours.concept))
        names[ours.concept] = (ours.en[0], ours.zh[0])
    return Lexicon(
        builder.english,
        builder.chinese,
        {entry.concept: entry for entry in entries},
        names,
        _titles(entries),
        _owners(entries),
        frozenset(word for half in _halves(tables["idiom"]["all"]) for word in half),
        _heads(builder),
        frozenset(phrase[0] for phrase in builder.chinese if phrase and not is_han(phrase[0])),
        frozenset(chr(int(entry.concept.partition("-")[0], 16)) for entry in entries),
        max(phrase.count(" ") + 1 for phrase in builder.english),
        min(12, max(map(len, builder.chinese))),
    )


IRREGULAR = MappingProxyType(
    {
        "children": "child", "men": "man", "women": "woman", "mice": "mouse", "geese": "goose", "teeth": "tooth",
        "feet": "foot", "people": "person", "oxen": "ox", "leaves": "leaf", "loaves": "loaf", "knives": "knife",
        "wolves": "wolf", "calves": "calf", "scarves": "scarf", "wives": "wife", "policemen": "policeman",
        "snowmen": "snowman", "firemen": "fireman", "cacti": "cactus", "octopi": "octopus", "dice": "die",
        "fish": "fish", "sheep": "sheep", "deer": "deer",
    }
)  # fmt: skip


def singulars(word: str) -> Iterator[str]:
    """Forms whose plural `word` may be, likeliest first."""
    if word in IRREGULAR:
        yield IRREGULAR[word]
    elif word.endswith("children"):  # grandchildren, schoolchildren
        yield word[:-3]
    elif word.endswith("men") and len(word) > 5:  # policewomen, fishermen
        yield word[:-2] + "an"
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return
    if word.endswith("ies"):
        yield word[:-3] + "y"
    yield word[:-1]
    if word.endswith("es"):
        yield word[:-2]
