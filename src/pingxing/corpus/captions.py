"""What a person might type for a picture, in Chinese or English: never one language's order in the other's words.

The two grammars are data (`data/en.toml`, `data/zh.toml`), written apart from each other. Each caption is drawn part
by part: short or long, setting first or last, style said or not, the relation from either side.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from pingxing.corpus.values import Concept, Idea, Language, Thing

FIRST_NAME = 0.6  # part of captions that use the commonest name
IRREGULAR = {
    "mouse": "mice", "goose": "geese", "fish": "fish", "sheep": "sheep", "deer": "deer", "tooth": "teeth",
    "foot": "feet", "man": "men", "woman": "women", "child": "children", "person": "people", "leaf": "leaves",
    "wolf": "wolves", "knife": "knives", "squid": "squid", "shrimp": "shrimp", "cactus": "cacti", "ox": "oxen",
    "calf": "calves", "loaf": "loaves", "scarf": "scarves", "aircraft": "aircraft", "moose": "moose",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grammar:
    leads: tuple[str, ...]
    moods: tuple[str, ...]
    ends: tuple[str, ...]
    numbers: Mapping[int, tuple[str, ...]]
    colours: Mapping[str, tuple[str, ...]]
    relations: Mapping[str, tuple[str, ...]]
    where: Mapping[str, tuple[str, ...]]
    first: Mapping[str, tuple[str, ...]]
    times: Mapping[str, tuple[str, ...]]
    styles: Mapping[str, tuple[str, ...]]
    joints: Mapping[str, str]
    row: tuple[str, ...]  # what stands between words that are only listed


@cache
def grammar(language: Language) -> Grammar:
    """The shipped grammar of one language."""
    text = files("pingxing.corpus").joinpath("data", f"{language}.toml").read_text("utf-8")
    found: dict[str, Any] = tomllib.loads(text)

    def lists(table: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
        return {key: tuple(words) for key, words in table.items()}

    settings = found["settings"]
    return Grammar(
        tuple(found["leads"]),
        tuple(found["moods"]),
        tuple(found["ends"]),
        {int(key): tuple(words) for key, words in found["numbers"].items()},
        lists(found["colours"]),
        lists(found["relations"]),
        {key: tuple(value["where"]) for key, value in settings.items()},
        {key: tuple(value["first"]) for key, value in settings.items()},
        lists(found["times"]),
        lists(found["styles"]),
        {key: value for key, value in found["joints"].items() if key != "row"},
        tuple(found["joints"]["row"]),
    )


def plural(noun: str) -> str:
    """The plural of an English noun phrase whose last word is the noun (or the word before "of" or "with")."""
    for joint in (" of ", " with ", " in ", " on "):
        head, found, rest = noun.partition(joint)
        if found:
            return plural(head) + joint + rest
    before, space, last = noun.rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = last[:-1] + "ies"
    elif last.endswith(("tomato", "potato", "volcano", "mango", "hero")):
        last += "es"
    else:
        last += "s"
    return before + space + last


def article(words: str) -> str:
    """ "a" or "an" before these words, by their letters; the few that sound otherwise are listed."""
    if words.startswith(("uni", "uk", "eu", "use", "one", "ufo", "u-")) and not words.startswith("unin"):
        return "a"
    return "an" if words[:1].lower() in "aeiou" or words.startswith(("hour", "x-ray", "hono")) else "a"


def name_of(concept: Concept, language: Language, rng: Random) -> str:
    """What it is called this time: the commonest name, or one of the others."""
    names = concept.en if language == "en" else concept.zh
    return names[0] if len(names) == 1 or rng.random() < FIRST_NAME else names[rng.randrange(1, len(names))]


def _english(thing: Thing, concept: Concept, rng: Random, mood: bool) -> tuple[str, str]:
    """With and without number or article: "two red cars", "red cars"."""
    words, name = grammar("en"), name_of(concept, "en", rng)
    many = concept.plural and name == concept.en[0]
    if thing.count > 1 and not many:
        name = plural(name)
    bare = " ".join(
        part
        for part in (
            rng.choice(words.moods) if mood else "",
            rng.choice(words.colours[thing.colour]) if thing.colour else "",
            name,
        )
        if part
    )
    if thing.count > 1:
        return f"{rng.choice(words.numbers[thing.count])} {bare}", bare
    if many:
        return bare, bare
    return (f"the {bare}" if rng.random() < 0.08 else f"{article(bare)} {bare}"), bare


def _chinese(thing: Thing, concept: Concept, rng: Random, mood: bool) -> tuple[str, str]:
    words, name = grammar("zh"), name_of(concept, "zh", rng)
    colour = rng.choice(words.colours[thing.colour]) if thing.colour else ""
    if len(colour) == 1 and len(name) > 2:
        colour += words.joints["coloured"]
    bare = (rng.choice(words.moods) if mood else "") + colour + name
    measure = concept.measure if rng.random() < 0.9 else words.joints["measure"]
    return f"{rng.choice(words.numbers[thing.count])}{measure}{bare}", bare


def _core(idea: Idea, concepts: Mapping[str, Concept], language: Language, rng: Random) -> tuple[str, str]:
    say = _english if language == "en" else _chinese
    mood = rng.random() < 0.08
    said = [say(thing, concepts[thing.concept], rng, mood) for thing in idea.things]
    if len(said) == 1:
        return said[0]
    if idea.relation == "and" and rng.random() < 0.5:
        said.reverse()  # together is together from either side
    (a, a_), (b, b_) = said
    counted = any(thing.count > 1 for thing in idea.things)
    frames = [f for f in grammar(language).relations[idea.relation] if not (counted and "_}" in f)]
    sentence = rng.choice(frames).format(a=a, b=b, a_=a_, b_=b_)
    return sentence, sentence


def caption(idea: Idea, concepts: Mapping[str, Concept], language: Language, rng: Random, usual: str = "") -> str:
    """One sentence for the idea. Raises KeyError for a concept, colour, setting or style that has no words.

    Where there is a `usual` style, it mostly goes without saying, and every other is said.
    """
    full, bare = _core(idea, concepts, language, rng)
    terse = len(idea.things) == 1 and idea.things[0].count == 1 and rng.random() < 0.3
    core = bare if terse else full
    words = grammar(language)
    often = 0.6 if not usual else 0.25 if idea.style == usual else 1.0
    style = rng.choice(words.styles[idea.style]) if idea.style and rng.random() < often else ""
    time = rng.choice(words.times[idea.time]) if idea.time else ""
    put = _english_whole if language == "en" else _chinese_whole
    return put(core, idea.setting, time, style, terse, words, rng)


def _english_whole(core: str, setting: str, time: str, style: str, terse: bool, words: Grammar, rng: Random) -> str:
    place = rng.choice(words.where[setting]) if setting else ""
    lead = "" if terse or core.startswith(("on ", "to ", "left", "top", "above")) else rng.choice(words.leads)
    parts = [part for part in (place, time) if part]
    chance = rng.random()
    if parts and chance < 0.15:  # a list of words, as many write
        first = rng.choice(words.first[setting]) if setting else ""
        return rng.choice(words.row).join(part for part in (core, first, time, style) if part)
    if parts and chance < 0.3:
        text = words.joints["first"].format(place=" ".join(parts), core=core)
    else:
        rng.shuffle(parts)
        text = lead + " ".join([core, *parts])
    if style:
        link = "in" if style.endswith(("style", "colours")) and rng.random() < 0.4 else "after"
        link = "before" if rng.random() < 0.25 else link
        text = words.joints[link].format(text=text, style=style)
    return text + ("" if terse else rng.choice(words.ends))


def _chinese_whole(core: str, setting: str, time: str, style: str, terse: bool, words: Grammar, rng: Random) -> str:
    place = rng.choice(words.where[setting]) if setting else ""
    lead = "" if terse else rng.choice(words.leads)
    before, chance = time + place, rng.random()
    noun = not any(word in core for word in words.joints["sentence"])
    if not before:
        text = lead + core
    elif chance < 0.2:  # words in a row
        first = rng.choice(words.first[setting]) if setting else ""
        row = [part for part in (core, first, time, style) if part]
        if rng.random() < 0.4:
            row.reverse()
        return rng.choice(words.row).join(row)
    else:
        joint = (
            "there_is" if chance < 0.45 else "stands" if chance < 0.65 and place else "of" if chance > 0.85 else "first"
        )
        joint = joint if noun else "first"
        text = words.joints[joint].format(place=before, core=core)
        text = lead + text if joint in ("stands", "of") else text
    if style:
        text = words.joints["before" if rng.random() < 0.3 else "after"].format(text=text, style=style)
    return text + ("" if terse else rng.choice(words.ends))
