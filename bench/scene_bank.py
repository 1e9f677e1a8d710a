"""The bank of parallel prompts: rows written by hand, families made by rule, and how a reading is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan, Wish
from pingxing.engine.backends.scene.variants import concept_for
from pingxing.engine.backends.scene.words import concept_of, lexicon

FILE = Path(__file__).resolve().parent.parent / "tests" / "bank" / "scene.txt"
WHOLE = 2677


@dataclass(frozen=True, slots=True)
class Thing:
    concept: str
    count: int | None  # None: any number
    colour: str | None
    place: str  # "*": anywhere
    looks: frozenset[str] = frozenset()  # traits, "big" and "small" that must be said of it


@dataclass(frozen=True, slots=True)
class Pair:
    """One row: a prompt in each language and what both ask for. None where it does not matter."""

    category: str
    en: str
    zh: str
    things: tuple[Thing, ...]
    more: bool  # other things may be there too
    relations: frozenset[tuple[str, str, str]] | None
    setting: frozenset[str] | None
    by_hand: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    """Prompts of one category in one language: how many there are, and those read wrongly with the reason."""

    asked: int
    wrong: tuple[tuple[str, str], ...]

    @property
    def part(self) -> float:
        return 1 - len(self.wrong) / self.asked


def paint(name: str) -> str:
    """The paint of a colour's English name."""
    return next(m.value for m in lexicon().english[name] if m.kind == "colour")


def _thing(text: str, colours: dict[str, str]) -> Thing:
    text, _, place = text.partition("@")
    text, _, looks = text.partition("~")
    text, _, colour = text.partition(":")
    count, _, emoji = text.rpartition("×")
    number = None if count == "*" else int(count or 1)
    said = frozenset(looks.split("+")) if looks else frozenset[str]()
    return Thing(_concept(emoji), number, paint(colours.get(colour, colour)) if colour else None, place, said)


def _concept(text: str) -> str:
    """The concept of an emoji, or of an English name ("campfire") where Unicode has none for what we draw."""
    if not text.replace("_", "").isascii():
        return concept_of(text)
    return told(next(m.value for m in lexicon().english[text.replace("_", " ")] if m.kind == "thing"))


def _pair(category: str, line: str) -> Pair:
    en, zh, things, relations, setting = (cell.strip() for cell in (line + "||").split("|")[:5])
    colours = {m.replace(" ", "_"): m for word in re.findall(r":([a-z_]+)", things) if (m := word.replace("_", " "))}
    words = things.split()
    links = None if "*" in relations else frozenset(_link(r) for r in relations.split())
    return Pair(
        category,
        en,
        zh,
        tuple(_thing(t, colours) for t in words if t != "*"),
        "*" in words,
        links,
        None if "*" in setting else frozenset(setting.split()),
    )


def _link(text: str) -> tuple[str, str, str]:
    subject, name, target = text.split(",")
    return _concept(subject), name, _concept(target)


def by_hand() -> list[Pair]:
    pairs, category = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            category = line[2:].strip()
        elif line and not line.startswith("#"):
            pairs.append(_pair(category, line))
    return pairs


def bank() -> list[Pair]:
    """Every pair: the hand-written ones, filled up by families."""
    written = by_hand()
    return [*written, *_families(WHOLE - len(written))]


# --- judging ---------------------------------------------------------------------------------------


def fault(pair: Pair, plan: Plan) -> str:
    """What is wrong with the plan; empty when everything asked for is there and nothing else."""
    found = [(told(w.concept), w.count, w.colour, w.place, _looks(w)) for w in plan.wishes]
    for thing in pair.things:
        match = next((f for f in found if _is(thing, f)), None)
        if match is None:
            return f"no {thing.count or 'some'} {thing.concept} {thing.colour or ''}{thing.place} among {found}"
        found.remove(match)
    if found and not pair.more:
        return f"nobody asked for {found}"
    links = {
        (told(plan.wishes[k.subject].concept), k.relation, told(plan.wishes[k.object].concept)) for k in plan.links
    }
    if pair.relations is not None and links != pair.relations:
        return f"relations {sorted(links)}"
    said = {plan.background, plan.time, plan.weather} - {""}
    touches = set(plan.touches)
    asked = [set(words.split("/")) for words in pair.setting or ()]
    if pair.setting is not None and (not all(words & (said | touches) for words in asked) or (not asked and said)):
        return f"setting {sorted(said)}"
    return f"not drawn: {plan.not_drawn}" if plan.not_drawn else ""


def lettering_fault(prompt: str, plan: Plan) -> str:
    """What is wrong with the inscriptions; every bank prompt marks them with quotation marks."""
    wanted = tuple(re.findall(r'["“「](.+?)["”」]', prompt))
    return "" if plan.texts == wanted else f"text {plan.texts}"


def _looks(wish: Wish) -> frozenset[str]:
    size = "big" if wish.size > 1 else "small" if wish.size < 1 else ""
    return frozenset({*wish.traits, size} - {""})


def _is(thing: Thing, found: tuple[str, int, str | None, str, frozenset[str]]) -> bool:
    concept, count, colour, place, looks = found
    return (
        concept == thing.concept
        and count == (thing.count if thing.count is not None else count)
        and colour == thing.colour
        and thing.place in ("*", place)
        and thing.looks <= looks
    )


def score(pairs: list[Pair]) -> dict[str, dict[str, Score]]:
    """Category -> language -> score, "all" among the categories."""
    wrong: dict[tuple[str, str], list[tuple[str, str]]] = {}
    asked: dict[str, int] = {}
    for pair in pairs:
        for category in (pair.category, "all"):
            asked[category] = asked.get(category, 0) + 1
        for language, prompt, reason in zip(("en", "zh"), (pair.en, pair.zh), _faults(pair), strict=True):
            if reason:
                for category in (pair.category, "all"):
                    wrong.setdefault((category, language), []).append((prompt, reason))
    return {
        category: {language: Score(number, tuple(wrong.get((category, language), ()))) for language in ("en", "zh")}
        for category, number in asked.items()
    }


@cache
def _faults(pair: Pair) -> tuple[str, str]:
    """Of the English and the Chinese prompt; kept, since a pair counts in the whole bank and in parts of it."""
    plans = ((prompt, parse(prompt)) for prompt in (pair.en, pair.zh))
    english, chinese = (fault(pair, plan) or lettering_fault(prompt, plan) for prompt, plan in plans)
    return english, chinese


# --- families --------------------------------------------------------------------------------------

# emoji, English singular and plural, Chinese with its measure word
_NOUNS = """
🐈 cat cats 只 猫; 🐕 dog dogs 只 狗; 🐎 horse horses 匹 马
🐑 sheep sheep 只 绵羊; 🐇 rabbit rabbits 只 兔子; 🐖 pig pigs 头 猪
🐘 elephant elephants 头 大象; 🐧 penguin penguins 只 企鹅; 🦆 duck ducks 只 鸭子
🐢 turtle turtles 只 乌龟; 🦋 butterfly butterflies 只 蝴蝶; 🌳 tree trees 棵 树
🌹 rose roses 朵 玫瑰; 🌻 sunflower sunflowers 朵 向日葵; 🍎 apple apples 个 苹果
🍐 pear pears 个 梨; 🍓 strawberry strawberries 颗 草莓; 🥕 carrot carrots 根 胡萝卜
🍪 cookie cookies 块 饼干; 🥚 egg eggs 个 鸡蛋; 📦 box boxes 个 箱子
🪑 chair chairs 把 椅子; 🏠 house houses 座 房子; 🚗 car cars 辆 汽车
🚲 bicycle bicycles 辆 自行车; 🚌 bus buses 辆 公交车; ⛵ sailboat sailboats 艘 帆船
🎈 balloon balloons 个 气球; 🎁 gift gifts 个 礼物; ☂️ umbrella umbrellas 把 雨伞
🎩 hat hats 顶 帽子; 📖 book books 本 书; 🔑 key keys 把 钥匙
🏮 lantern lanterns 个 灯笼; 🕯️ candle candles 根 蜡烛; 🧸 teddy_bear teddy_bears 只 泰迪熊
"""
_COLOURS = (
    ("red", "红色"), ("blue", "蓝色"), ("green", "绿色"), ("yellow", "黄色"), ("purple", "紫色"), ("pink", "粉色"),
    ("brown", "棕色"), ("white", "白色"), ("black", "黑色"), ("grey", "灰色"), ("orange", "橙色"), ("silver", "银色"),
)  # fmt: skip
_RELATIONS = (
    ("left-of", "to the left of", "左边"), ("right-of", "to the right of", "右边"), ("on", "on", "上"),
    ("under", "under", "下面"), ("behind", "behind", "后面"), ("in-front-of", "in front of", "前面"),
    ("next-to", "next to", "旁边"), ("above", "above", "上方"),
)  # fmt: skip
_SETTINGS = (
    ("meadow", "on the grass", "草地上"), ("forest", "in the forest", "森林里"), ("beach", "on the beach", "沙滩上"),
    ("desert", "in the desert", "沙漠里"), ("city", "in the city", "城市里"), ("snow", "in the snow", "雪地里"),
    ("room", "in the room", "房间里"), ("stage", "on stage", "舞台上"), ("mountains", "in the mountains", "山里"),
    ("underwater", "under the sea", "海底"), ("night", "at night", "夜晚"), ("rain", "in the rain", "雨中"),
)  # fmt: skip
_NUMBERS = (
    (2, "two", "两"), (3, "three", "三"), (4, "four", "四"), (6, "six", "六"), (7, "seven", "七"), (9, "nine", "九"),
    (12, "twelve", "十二"), (15, "15", "15"), (20, "twenty", "二十"), (31, "thirty-one", "三十一"),
    (50, "fifty", "五十"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Noun:
    emoji: str
    one: str
    many: str
    measure: str
    zh: str

    @property
    def a(self) -> str:
        return f"{'an' if self.one[0] in 'aeiou' else 'a'} {self.one}"


def _nouns() -> list[_Noun]:
    rows = (row.strip().split() for line in _NOUNS.strip().splitlines() for row in line.split("; "))
    return [_Noun(e, one.replace("_", " "), many.replace("_", " "), m, zh) for e, one, many, m, zh in rows]


def _families(number: int) -> Iterator[Pair]:
    """As many pairs made by rule: the same on every machine, spread evenly over the families."""
    chance, nouns = Random("pingxing scene bank"), _nouns()
    makers = (_counted, _bound, _placed, _placed_there, _set, _without)
    for turn in range(number):
        yield makers[turn % len(makers)](chance, nouns)


def _things(*things: tuple[_Noun, int, str | None]) -> tuple[Thing, ...]:
    return tuple(Thing(concept_of(n.emoji), count, paint(c) if c else None, "") for n, count, c in things)


def _made(
    category: str,
    en: str,
    zh: str,
    things: tuple[Thing, ...],
    links: frozenset[tuple[str, str, str]] = frozenset(),
    setting: frozenset[str] = frozenset(),
) -> Pair:

    drawn = tuple(Thing(concept_for(t.concept, t.colour), t.count, t.colour, t.place) for t in things)
    return Pair(f"family: {category}", en, zh, drawn, False, links, setting, by_hand=False)


def _counted(chance: Random, nouns: list[_Noun]) -> Pair:
    (n, m), (a, b) = chance.sample(nouns, 2), chance.sample(_NUMBERS[:7], 2)
    big = chance.choice(_NUMBERS)
    if chance.random() < 0.5:
        return _made("counts", f"{big[1]} {n.many}", f"{big[2]}{n.measure}{n.zh}", _things((n, big[0], None)))
    en = f"{a[1]} {n.many} and {b[1]} {m.many}"
    return _made(
        "counts", en, f"{a[2]}{n.measure}{n.zh}和{b[2]}{m.measure}{m.zh}", _things((n, a[0], None), (m, b[0], None))
    )


def _bound(chance: Random, nouns: list[_Noun]) -> Pair:
    (n, m), (a, b) = chance.sample(nouns, 2), chance.sample(_COLOURS, 2)
    article = "an" if a[0][0] in "aeiou" else "a"
    other = "an" if b[0][0] in "aeiou" else "a"
    return _made(
        "binding",
        f"{article} {a[0]} {n.one} and {other} {b[0]} {m.one}",
        f"一{n.measure}{a[1]}的{n.zh}和一{m.measure}{b[1]}的{m.zh}",
        _things((n, 1, a[0]), (m, 1, b[0])),
    )


def _placed(chance: Random, nouns: list[_Noun]) -> Pair:
    (n, m), (name, en, zh) = chance.sample(nouns, 2), chance.choice(_RELATIONS)
    link = frozenset({(concept_of(n.emoji), name, concept_of(m.emoji))})
    return _made(
        "relations", f"{n.a} {en} {m.a}", f"一{n.measure}{n.zh}在{m.zh}{zh}", _things((n, 1, None), (m, 1, None)), link
    )


def _placed_there(chance: Random, nouns: list[_Noun]) -> Pair:
    (n, m), (name, en, zh), (count, number, han) = (
        chance.sample(nouns, 2),
        chance.choice(_RELATIONS[:6]),
        chance.choice(_NUMBERS[:3]),
    )
    link = frozenset({(concept_of(n.emoji), name, concept_of(m.emoji))})
    return _made(
        "relations",
        f"{en} {m.a} there are {number} {n.many}",
        f"{m.zh}{zh}有{han}{n.measure}{n.zh}",
        _things((m, 1, None), (n, count, None)),
        link,
    )


def _set(chance: Random, nouns: list[_Noun]) -> Pair:
    n, (value, en, zh), colour = chance.choice(nouns), chance.choice(_SETTINGS), chance.choice(_COLOURS)
    article = "an" if colour[0][0] in "aeiou" else "a"
    return _made(
        "settings",
        f"{article} {colour[0]} {n.one} {en}",
        f"{zh}有一{n.measure}{colour[1]}的{n.zh}",
        _things((n, 1, colour[0])),
        setting=frozenset({value}),
    )


def _without(chance: Random, nouns: list[_Noun]) -> Pair:
    n, m = chance.sample(nouns, 2)
    return _made("negation", f"{n.a}, no {m.many}", f"一{n.measure}{n.zh},没有{m.zh}", _things((n, 1, None)))
