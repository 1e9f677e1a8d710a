"""From what was read to the plan: what is not wanted goes, numbers are settled, links are counted anew."""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.memory import MAX_THINGS
from pingxing.engine.backends.scene.noun import moody
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.read import tokens
from pingxing.engine.backends.scene.sentence import Sentence
from pingxing.engine.backends.scene.words import Lexicon, concept_of, title

# Those who may be named again one by one, and those who name them.
UNNAMED = frozenset(map(concept_of, "🧒🧑"))
NAMED = frozenset(map(concept_of, "👦👧👨👩👴👵👶"))


def titled(prompt: str, plan: Plan, words: Lexicon) -> Plan:
    """A prompt that is one of Unicode's names and no more asks for that concept, if nothing else was understood."""
    key = title(prompt)
    known = words.chinese.get(key, ()) or words.english.get(key, ())
    concept = None if any(m.kind == "ignore" for m in known) else words.titles.get(key)  # 马上 is no thing
    said = plan.background or plan.time or plan.weather or plan.touches
    if concept is None or concept in plan.banned or said or (plan.wishes and not any(c in prompt for c in ":：")):
        return plan
    english, chinese = words.names[concept]
    span = plan.wishes[0].spans[0] if plan.wishes else (0, len(key))
    return Plan((Wish(concept, english, chinese, key, (span,)),), banned=plan.banned)


def named(text: str, words: Lexicon) -> set[str]:
    """Concepts and settings that a text names: those of a negative prompt."""
    kinds = ("thing", "background", "time", "weather", "touch")
    return {m.value for token in tokens(text, words) for m in token.meanings if m.kind in kinds}


def _named_apart(reader: Sentence) -> None:
    """ "Two children, a boy and a girl": those who are then named one by one are not there twice."""
    for index, wish in enumerate(reader.wishes):
        if wish.concept not in UNNAMED or wish.count < 2:
            continue
        parts, left = [], wish.count
        for other in range(index + 1, len(reader.wishes)):
            if plain(reader.wishes[other].concept) in NAMED and left > 0:
                parts.append(other)
                left -= reader.wishes[other].count
        if left or len(parts) < 2 or reader.earlier_text(index, parts[0]) != ",":
            continue
        own = [link for link in reader.links if index in (link.subject, link.object)]
        reader.links = [link for link in reader.links if link not in own]
        for link in own:
            reader.links += [
                replace(link, subject=part) if link.subject == index else replace(link, object=part) for part in parts
            ]
        reader.wishes[index] = replace(wish, count=0)


def _clothed(reader: Sentence) -> None:
    """Two girls who wear hats have one each, where no number says otherwise."""
    for link in reader.links:
        wearer, worn = reader.wishes[link.subject], reader.wishes[link.object]
        if link.relation == "wearing" and link.object not in reader.told and worn.count < wearer.count:
            reader.wishes[link.object] = replace(worn, count=wearer.count)


def finished(reader: Sentence, banned: frozenset[str]) -> Plan:
    """The plan of what the reader remembers, without what is banned, at most `MAX_THINGS` things."""
    wishes: list[Wish] = []
    moved: dict[int, int] = {}
    _named_apart(reader)
    reader.children()
    _clothed(reader)
    bound = {index for link in reader.links for index in (link.subject, link.object)}
    room = MAX_THINGS
    for index, wish in enumerate(reader.wishes):
        count = min(wish.count, room)
        if plain(wish.concept) in banned or count == 0:
            continue
        room -= count
        moved[index] = len(wishes)
        wishes.append(replace(wish if index in bound else moody(wish), count=count))
    links = [
        Link(moved[link.subject], link.relation, moved[link.object])
        for link in reader.links
        if link.subject in moved and link.object in moved
    ]
    setting = {axis: value for axis, value in reader.setting.items() if value not in banned}
    return Plan(
        tuple(wishes),
        tuple(links),
        setting.get("background", ""),
        setting.get("time", ""),
        setting.get("weather", ""),
        reader.backdrop,
        tuple(dict.fromkeys(reader.palette)),
        tuple(dict.fromkeys(reader.setting_spans)),
        tuple(dict.fromkeys(reader.not_drawn)),
        banned=banned,
        touches=tuple(value for axis, value in setting.items() if axis.startswith("touch ")),
        sky_colour=reader.sky_colour,
    )
