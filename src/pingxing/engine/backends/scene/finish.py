"""From what was read to the plan: what is not wanted goes, numbers are settled, links are counted anew."""

from __future__ import annotations

import re
from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_person
from pingxing.engine.backends.scene.kin import kin_named
from pingxing.engine.backends.scene.memory import MAX_THINGS
from pingxing.engine.backends.scene.noun import moody
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.read import tokens
from pingxing.engine.backends.scene.sentence import Sentence
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import NUMERALS, Lexicon, concept_of, said, title

_BELOW = re.compile(r"under|below|bottom|bed|deep|reef|水下|水底|海底|深海|水中|珊瑚|潜", re.I)
_SUNK = re.compile(r"sunken|wreck|sunk|submarine|diver|沉", re.I)
_FIELD = re.compile(r"\bfields?\b", re.I)
_NIGHT_SKY = re.compile("night sky|starry sky|夜空|星空", re.I)
ALOFT = frozenset({"sky-weather"})
TRACTOR = concept_of("🚜")
AFLOAT = frozenset({"transport-water", "place-building", "place-geographic", "animal-bird", "sky-weather"})
TOWERS = frozenset({"E000"})
MOST_FED = 6  # more eaters than that share
_ARTICLE = re.compile(r"^(?:an? |the |one |一[个只条张朵颗双对名位面块把辆座家场副枚封顶位棵株])")
_EMOJI = re.compile(r" ?\bemoji\b|的?(?:表情符号|表情包?|emoji)$")  # "a winking emoji face", 一个眨眼的表情
_LISTS = re.compile(r"^[^.;!?。；]{0,40}[:：](?: ?\w+){0,3} ?$")  # "four musicians on a stage: a | woman"
_QUOTED = re.compile('[^"“”]["“][^"“”]+["”]')  # inside, not from the first character on
_JOINTS = (" and ", "和", "与", "與", "、")
SETTINGS = ("background", "time", "weather", "touch")
_COUNTS = {"two", "three", "four", "five", "pair", "couple"}
# Those who may be named again one by one, and those who name them.
TOGETHER = "抬推拉拖划搬围牵看追玩"
TREE, XMAS_TREE = concept_of("🌳"), concept_of("🎄")
LEAVES, FALLEN = concept_of("🍃"), concept_of("🍂")
UNNAMED = frozenset(map(concept_of, "🧒🧑"))
NAMED = frozenset(map(concept_of, "👦👧👨👩👴👵👶"))


def quotes_inside(prompt: str) -> bool:
    """Whether quotation marks stand inside the prompt, and not around all of it."""
    return bool(_QUOTED.search(prompt))


def titled(prompt: str, plan: Plan, words: Lexicon) -> Plan:
    """A prompt that is one of Unicode's names and no more asks for that concept, unless that was understood anyway."""
    key = title(prompt)
    key = key if key in words.titles else _ARTICLE.sub("", key)
    key = key if key in words.titles else _EMOJI.sub("", key).strip()
    known = words.chinese.get(key, ()) or words.english.get(key, ())
    concept = words.titles.get(key)
    if concept is None:
        return plan
    quoted = quotes_inside(prompt)  # Japanese “vacancy” button, 日文的“打折”按钮
    one = key != title(prompt)  # "a mountain" asked alone is a mountain, "mountain" a view
    named_setting = any(
        m.kind in SETTINGS and not (one and m.kind == "background") for m in known
    )  # 海关 is no sea, though 海 is in it
    setting = named_setting and (plan.background or plan.time or plan.weather or plan.touches)
    ours = any(m.kind in ("thing", "company", "deed") for m in known)  # our own words stand above Unicode's
    understood = plan.wishes and not _mistaken(prompt, key, concept, plan, ours)
    alone = title(prompt) in said("alone")  # 体育馆 by itself is the building, 在体育馆里 a hall
    if not quoted and not alone and (setting or concept in plan.banned or understood):
        return plan
    english, chinese = words.names[concept]
    banned = frozenset[str]() if quoted else plan.banned
    return Plan((Wish(concept, english, chinese, prompt, ((0, len(prompt)),)),), banned=banned)


def _mistaken(prompt: str, key: str, concept: str, plan: Plan, ours: bool) -> bool:
    """Whether another, single, plain thing was read from a part of a name: a person in 食人魔, the ogre."""
    if any(c in prompt for c in ":："):
        return True
    whole = plan.wishes[0].spans[0][1] == len(prompt.rstrip())  # 五彩纸屑 is no five of something
    counted = key.partition(" ")[0] in _COUNTS or (key[0] in NUMERALS and whole)
    listed = any(word in key for word in _JOINTS)
    return not ours and not counted and not listed and concept not in _meant(plan)


def _meant(plan: Plan) -> set[str]:
    return {c for wish in plan.wishes for c in (plain(wish.concept), *(wish.senses if len(plan.wishes) == 1 else ()))}


def named(text: str, words: Lexicon) -> set[str]:
    """Concepts and settings that a text names: those of a negative prompt."""
    kinds = ("thing", "background", "time", "weather", "touch")
    return {m.value for token in tokens(text, words) for m in token.meanings if m.kind in kinds}


def _between(reader: Sentence, one: int, other: int) -> str:
    return reader.prompt[reader.wishes[one].spans[0][1] : reader.wishes[other].spans[0][0]]


def _named_apart(reader: Sentence) -> None:
    """ "Two children, a boy and a girl": those who are then named one by one are not there twice."""
    for index, wish in enumerate(reader.wishes):
        role = is_person(wish.concept) and plain(wish.concept) not in NAMED  # four musicians: a woman, a man, ...
        if not role or wish.count < 2:
            continue
        parts, left = [], wish.count
        for other in range(index + 1, len(reader.wishes)):
            if plain(reader.wishes[other].concept) in NAMED and left > 0:
                parts.append(other)
                left -= reader.wishes[other].count
        listed = bool(parts) and (
            reader.earlier_text(index, parts[0]) == "," or bool(_LISTS.search(_between(reader, index, parts[0])))
        )
        known = wish.concept in UNNAMED and all(
            part not in reader.told and reader.wishes[part].count == 1 for part in parts
        )  # "the boy ... the girl"
        if left or len(parts) < 2 or not (listed or known):
            continue
        own = [link for link in reader.links if index in (link.subject, link.object)]
        reader.links = [link for link in reader.links if link not in own]
        for link in own:
            reader.links += [
                replace(link, subject=part) if link.subject == index else replace(link, object=part) for part in parts
            ]
        reader.wishes[index] = replace(wish, count=0)


def _rejoined(reader: Sentence) -> None:
    """ "Three frogs ..., a dragonfly above the middle frog": still three, if nothing else is said of the one."""
    for part, group in reader.taken.items():
        one, rest = reader.wishes[part], reader.wishes[group]
        if (one.colour, one.size, one.traits) != (rest.colour, rest.size, rest.traits):
            continue
        reader.wishes[group] = replace(rest, count=rest.count + one.count)
        reader.wishes[part] = replace(one, count=0)
        moved = [
            replace(
                link,
                subject=group if link.subject == part else link.subject,
                object=group if link.object == part else link.object,
            )
            for link in reader.links
        ]
        reader.links = [link for link in dict.fromkeys(moved) if link.subject != link.object]


def _clothed(reader: Sentence) -> None:
    """Two girls who wear hats have one each, where no number says otherwise."""
    for link in reader.links:
        wearer, worn = reader.wishes[link.subject], reader.wishes[link.object]
        kinds = [k for k in reader.links if (k.subject, k.relation) == (link.subject, "wearing")]
        alike = [k for k in kinds if plain(reader.wishes[k.object].concept) == plain(worn.concept)]
        if len(alike) > 1:  # "wearing red, blue and green scarves"
            count = worn.count if link.object in reader.told else max(1, wearer.count // len(alike))
            reader.wishes[link.object] = replace(worn, count=count)
            continue
        each = link.relation == "wearing" or (link.relation == "holding" and _has_each(reader, wearer, worn))
        mates = {k.subject for k in reader.links if (k.relation, k.object) == (link.relation, link.object)}
        needed = sum(reader.wishes[i].count for i in mates if i in reader.parts) or wearer.count
        if each and link.object not in reader.told and worn.count < needed:  # 三只戴礼帽的猫,一只吹萨克斯
            reader.wishes[link.object] = replace(worn, count=needed)


def _has_each(reader: Sentence, who: Wish, what: Wish) -> bool:
    """三个拿魔杖的仙女: a wand each; but 两个抬箱子的工人 carry one together."""
    start, end = who.spans[0]
    inside = start < what.spans[0][0] and what.spans[0][1] < end
    said_before = reader.prompt[start : what.spans[0][0]]
    return inside and who.count <= MOST_FED and not any(verb in said_before for verb in TOGETHER)


def _fed(reader: Sentence) -> None:
    """小孩吃烧卖, "two boys eating ice cream": food of which no number is said is there for each of them."""
    for link in reader.links:
        eater, food = reader.wishes[link.subject], reader.wishes[link.object]
        edible = traits(food.concept).group == "food-drink" and link.object not in reader.told
        if link.relation == "holding" and edible and food.count == 1 < eater.count <= MOST_FED:
            reader.wishes[link.object] = replace(food, count=eater.count)


def _sold(reader: Sentence) -> None:
    """卖气球的人拿着红色和黄色的气球: what somebody sells is what is then said to be in the hand."""
    for link in list(reader.links):
        what = reader.wishes[link.object]
        if link.relation != "holding" or link.object in reader.told or what.colour or what.traits or what.place:
            continue
        again = [
            k.object
            for k in reader.links
            if (k.subject, k.relation) == (link.subject, "holding") and k.object > link.object
        ]
        if any(
            plain(reader.wishes[i].concept).partition("-")[0] == plain(what.concept).partition("-")[0] for i in again
        ):
            reader.wishes[link.object] = replace(what, count=0)


def _once_held(reader: Sentence) -> None:
    """ "A fisherman holding a fishing rod": the rod that goes without saying is the one that is said."""
    for link in list(reader.links):
        who, what = reader.wishes[link.subject], reader.wishes[link.object]
        inside = who.spans[0][0] <= what.spans[0][0] and what.spans[0][1] <= who.spans[0][1]
        if not inside or link.relation not in ("holding", "riding"):
            continue
        for other, wish in enumerate(reader.wishes):
            if other == link.object or wish.count != what.count or plain(wish.concept) != plain(what.concept):
                continue
            reader.wishes[link.object] = replace(what, count=0)
            between = {link.object, other}
            reader.links = [k for k in reader.links if {k.subject, k.object} != between]
            if not any(k.subject == link.subject and k.object == other for k in reader.links):
                reader.links.append(replace(link, object=other))


def _is_plain_tree(wish: Wish) -> bool:
    return wish.concept == TREE and wish.count == 1 and wish.colour is None and wish.words.split()[-1] in ("tree", "树")


def _contrasted(reader: Sentence) -> None:
    """大鱼吃小鱼, 大象和小象: one large and one small."""
    sizes = {"大": 1.4, "巨": 1.8, "小": 0.7}
    for one, wish in enumerate(reader.wishes):
        for other in range(one + 1, len(reader.wishes)):
            mate = reader.wishes[other]
            first, second = wish.words[:1], mate.words[:1]
            if plain(wish.concept) == plain(mate.concept) and {first, second} in ({"大", "小"}, {"巨", "小"}):
                reader.wishes[one] = replace(wish, size=sizes[first] if wish.size == 1 else wish.size)
                reader.wishes[other] = replace(mate, size=sizes[second] if mate.size == 1 else mate.size)


def _at_the_surface(prompt: str, wishes: list[Wish]) -> bool:
    """ "A lighthouse, no ships in the sea": nothing of it lives under water, and nobody says that it is there."""
    dry = bool(wishes) and all(w.concept in TOWERS or traits(w.concept).subgroup in AFLOAT for w in wishes)
    return dry and not _BELOW.search(prompt)


def _seen_from_above(prompt: str, setting: dict[str, str], wishes: list[Wish]) -> bool:
    """ "Mermaids on a rock in the sea at sunset, a sailboat passes": a boat floats, and the sun sets, over the sea."""
    floats = any(traits(w.concept).subgroup == "transport-water" for w in wishes) and not _SUNK.search(prompt)
    hours = setting.get("time") in ("sunset", "dawn") or setting.get("weather") in ("rain", "snow", "fog")
    return (floats or hours) and not _BELOW.search(prompt)


def finished(reader: Sentence, banned: frozenset[str]) -> Plan:
    """The plan of what the reader remembers, without what is banned, at most `MAX_THINGS` things."""
    wishes: list[Wish] = []
    moved: dict[int, int] = {}
    _rejoined(reader)
    _named_apart(reader)
    kin_named(reader)
    reader.children()
    _contrasted(reader)
    _clothed(reader)
    _sold(reader)
    _once_held(reader)
    _fed(reader)
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
    if "touch christmas" in reader.setting:  # under the tree, at Christmas
        wishes = [replace(w, concept=XMAS_TREE) if _is_plain_tree(w) else w for w in wishes]
    if "touch autumn" in reader.setting:  # leaves fly in autumn
        wishes = [replace(w, concept=FALLEN) if w.concept == LEAVES and w.colour is None else w for w in wishes]
    setting = {axis: value for axis, value in reader.setting.items() if value not in banned}
    surface = _at_the_surface(reader.prompt, wishes) or _seen_from_above(reader.prompt, setting, wishes)
    if setting.get("background") == "underwater" and surface:
        setting["background"] = "sea"
    if (
        setting.get("background") == "meadow"
        and _FIELD.search(reader.prompt)
        and any(w.concept == TRACTOR for w in wishes)
    ):
        setting["background"] = "farm"  # what a tractor drives on is no lawn
    starry = setting.get("time") == "night" and "background" not in setting and _NIGHT_SKY.search(reader.prompt)
    if starry and wishes and all(traits(w.concept).subgroup in ALOFT for w in wishes):
        setting["background"] = "sky"
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
