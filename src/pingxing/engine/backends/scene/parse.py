"""From a prompt to a plan: things, counts, colours, places and relations, in Chinese and English.

One pass over the tokens with a small memory, after the way both languages build a noun phrase: what
describes a thing stands before it (number, measure word, size, colour), what places it stands between
two things in English ("a cat under a tree") and after the second in Chinese ("猫在树下", "树下有猫").
Pure and total: any text gives a plan.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from pingxing.engine.backends.scene.aside import asides
from pingxing.engine.backends.scene.bond import lives
from pingxing.engine.backends.scene.clauses import parted
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.company import SHOULDERS
from pingxing.engine.backends.scene.finish import finished, named, quotes_inside, titled
from pingxing.engine.backends.scene.heads import LISTED
from pingxing.engine.backends.scene.letters import writable
from pingxing.engine.backends.scene.linking import acted, related
from pingxing.engine.backends.scene.noun import MOODS, Pending
from pingxing.engine.backends.scene.phrases import called
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.quote import MOST, quotes
from pingxing.engine.backends.scene.read import Token, tokens
from pingxing.engine.backends.scene.rephrase import GOES_ON, RELATIVE, rephrased
from pingxing.engine.backends.scene.scenery import beside_table, feast, outdoors
from pingxing.engine.backends.scene.senses import senses_of
from pingxing.engine.backends.scene.sentence import SHARED, Sentence
from pingxing.engine.backends.scene.signs import (
    ONES,
    after_noun,
    counts,
    deed,
    describes_people,
    ends_phrase,
    is_colour,
    is_name,
    is_one_of_them,
    is_paint,
    is_quality,
    is_said,
    is_setting,
    is_sky,
    is_which,
    opens_clause,
    sets_scene,
    shows_place,
)
from pingxing.engine.backends.scene.standin import stand_ins, told
from pingxing.engine.backends.scene.turns import turned
from pingxing.engine.backends.scene.whole import whole
from pingxing.engine.backends.scene.words import Kind, lexicon, said, singulars

WHOM = {"him", "her", "it", "them", "他", "她", "它", "他们", "她们", "它们"}
ALOFT = {"上面": "top", "上方": "top", "上边": "top", "下面": "bottom", "下方": "bottom", "下边": "bottom"}
FLANKS = {"两边", "两旁", "两侧", "左右两边", "左右两侧", "两端", "on both sides", "on either side", "on each side"}
ON_BODY = SHOULDERS | {"头上", "背上", "身上", "鼻子上", "尾巴上", "壳上"}
SIDES = {"left": "left", "right": "right", "middle": "centre", "center": "centre", "central": "centre"}
OWN = {"her", "his", "its", "their"}
OF_COLOURS = set("色相间系调彩光")
HE = {"it", "he", "she", "they"}
BOTH_ZH = {"和", "与", "跟", "以及"}  # they join things, never statements: 驮着箱子和水壶
ITS = {"它", "它的", "他", "他的", "她", "她的", "它们", "他们", "她们", "其"}
MAX_TEXTS = 3  # inscriptions in one picture
HEAPS = {"pile of", "heap of", "mound of", "mountain of", "stack of", "bunch of", "handful of", "tower of"}
HEAP = 7  # things of a pile whose number nobody says
LYING = {"睡在": "sleepy"}  # verbs of place that say how one is as well


def _step(reader: Sentence, token: Token, following: Token | None) -> None:
    """Take one token. The order of the questions is the order of what is likelier meant."""
    pending = reader.pending
    if token.mark:
        reader.pause(token.mark == ".")
    elif is_which(token, following):
        pending.note(token)
        pending.place = token.get("place") or ""
    elif token.text in WHOM and ends_phrase(following) and reader.object_pronoun(token.text):
        pass
    elif (relation := token.get("locative")) is not None and after_noun(reader, token):
        reader.drop()
        reader.locative(relation)
        reader.sides = token.text in FLANKS
    elif token.text in ON_BODY and following is not None and following.has("have") and not reader.chain:
        reader.stash, reader.pending = pending, Pending()  # 肩膀上停着猫头鹰的巫师
        reader.relation, reader.subjects = "~on", []
    elif token.text in ALOFT and reader.spread() and opens_clause(reader, token, following):
        reader.drop()
        reader.front_place = ALOFT[token.text]  # 左边是狗,右边是猫,上面飘着气球
    elif (
        (relation := token.get("locative")) is not None
        and opens_clause(reader, token, following)
        and not (reader.last is not None and is_setting(reader.last))
        and reader.recall(token, bare=relation not in ("inside", "on", "around") or reader.series)
    ):
        reader.locative(relation)  # 一张桌子,上面有一个苹果
        reader.sides = token.text in FLANKS
    elif (
        (relation := token.get("locative")) is not None
        and reader.last is not None
        and reader.last.text == "在"
        and not (token.has("place") and reader.stands_alone())
    ):
        reader.drop()
        reader.beside_the_former(relation, token.get("place") or "")  # 猫在前面跑,狗在后面追
    elif (relation := token.get("locative")) is not None and reader.last is not None and is_setting(reader.last):
        reader.setting_spans.append((token.start, token.end))
        reader.front_place = SIDES.get(relation.removesuffix("-of"), reader.front_place)  # 路左边是红房子
        outdoors(reader, reader.last, relation)
        beside_table(reader, reader.last, relation)
    elif (times := token.get("times")) is not None and reader.multiplies(token):
        pending.note(token)
        pending.count = int(times) * (pending.count or 1)
        pending.paired = times == "2"
    elif token.has("measure") and (not token.chinese or (reader.last is not None and counts(reader.last))):
        pending.note(token)
        pending.measured = token.chinese and pending.count is not None
        if token.text in HEAPS and pending.count in (None, 1):
            pending.count = HEAP if following is None or following.plural or not following.has("thing") else 1
    elif (colour := token.get("colour")) is not None and (is_colour(token, following) or is_said(reader)):
        pending.note(token)
        pending.colours.append(shade(colour, pending.shade) if pending.shade else colour)
        pending.shade = 0.0
        pending.traits += [trait] if (trait := token.get("trait")) is not None else []
    elif token.text in ("both", "all", "都") and following is not None and following.has("trait") and reader.past:
        reader.both()
    elif token.text == "both" and following is not None and (following.has("number") or following.has("the")):
        pending.note(token)  # "both a violin and a trumpet" is one of each
    elif token.text == "one" and reader.last is not None and reader.last.has("colour"):
        pending.count, pending.unknown = pending.count or 1, "ones"  # "a green balloon and an orange one"
    elif token.has("number") and is_name(token, following):
        pass  # 门牌号是7的门: no seven doors
    elif (number := token.get("number")) is not None:
        reader.negated = reader.negated and not reader.joined  # "no clouds and three sheep"
        pending.note(token)
        pending.clause = token.get("ignore") == RELATIVE
        pending.bunch = token.text in ("a bunch of", "a cluster of")
        pending.count = round(float(number) + 0.01) if pending.count in (None, 1) or number != "1" else pending.count
    elif describes_people(reader, token, following):
        pass
    elif (depth := token.get("shade")) is not None and following is not None and following.has("colour"):
        pending.note(token)
        pending.shade = float(depth)
    elif (trait := token.get("trait")) is not None:
        _trait(reader, token, trait, following)
    elif token.has("size") and is_said(reader) and not (following is not None and following.has("thing")):
        reader.resize(float(token.get("size") or 1))  # "the dragon is small and green"
    elif token.has("size"):
        pending.note(token)
        pending.size = float(token.get("size") or 1)
    elif token.has("not"):
        reader.drop()
        reader.negated = True
        reader.joined = False
    elif token.text in SIDES and following is not None and (following.has("thing") or following.text in ONES):
        pending.note(token)
        pending.place = SIDES[token.text]
        pending.unknown = ""
    elif token.has("place"):
        if reader.pending.colours and is_sky(token):
            reader.sky_colour = reader.pending.colours.pop()
        if not reader.some():
            reader.drop()
        reader.place(token, token.get("place") or "", of=following is not None and following.text == "的")
        if token.has("background") and not reader.wishes:
            reader.set("background", token.get("background") or "", token)
    elif token.has("missing"):
        reader.pending = Pending()
        if not reader.negated and not token.text.endswith("'s"):
            reader.not_drawn.append(reader.prompt[token.start : token.end])
    elif token.has("background") or token.has("time") or token.has("weather") or token.has("touch"):
        shows_place(reader, token, following)
        sets_scene(reader, token, is_quality(token, following))
    elif token.has("thing"):
        feast(reader, token)
        reader.placing = token.chinese and following is not None and following.has("locative")
        reader.thing(token, token.get("thing") or "")
    else:
        _grammar(reader, token, following)
    if not (token.has("thing") or token.has("of") or reader.noun is token):
        reader.noun = None
    reader.last = token


def _trait(reader: Sentence, token: Token, trait: str, following: Token | None) -> None:
    """What a thing is like: before its noun it waits for it, behind it ("the cat is sad", 猫睡着了) it is of it."""
    if reader.negated and not (following is not None and following.has("thing")):
        reader.negated = False
        return
    if reader.pending.unknown == "ones" and reader.pending.the:
        reader.drop()  # "the white one sleeps"
    if token.has("have") and following is not None and (following.has("number") or following.has("thing")):
        _grammar(reader, replace(token, meanings=tuple(m for m in token.meanings if m.kind == "have")), following)
        reader.pending.traits.append(trait)
        return
    kinds: tuple[Kind, ...] = ("thing", "colour", "size", "trait", "gender")
    noun = following is not None and not following.text.startswith("with ") and any(following.has(k) for k in kinds)
    scene = following is not None and following.has("background") and not token.chinese  # "a sleeping village"
    if (
        trait in MOODS
        and not (noun or scene or (token.chinese and following is not None and following.text == "的"))  # 一只犯困的熊
        and reader.pending.count is not None
        and reader.wishes
        and not reader.pending.colours
        and reader.some()
    ):
        reader.mark(trait)  # "three owls, two of them asleep"
        return
    if scene and following is not None and not following.has("thing"):
        return
    described = noun or (following is not None and following.text in ("的", "and") and token.chinese)
    behind = bool(reader.chain) and not reader.joined and not described and reader.pending.count is None
    if behind and (reader.after_be or trait in MOODS or token.text.startswith("with ") or _is_made(reader)):
        reader.mark(trait)
        reader.at = "" if trait in MOODS else reader.at
        return
    if token.text.startswith("with "):
        return
    reader.pending.note(token)
    reader.pending.traits.append(trait)


def _is_made(reader: Sentence) -> bool:
    return reader.last is not None and reader.last.has("made")


def _lists_on(token: Token, following: Token | None) -> bool:
    """驮着箱子和水壶, "full of apples and pears": whether a list goes on here, and no statement begins."""
    bare = token.text == "and" and following is not None and following.has("thing") and following.plural
    return token.get("ignore") == LISTED or token.text in BOTH_ZH or bare


def _grammar(reader: Sentence, token: Token, following: Token | None) -> None:
    pending = reader.pending
    if (how := token.get("fill")) is not None:
        reader.fill = (how, reader.named) if reader.named is not None and not reader.negated else None
    elif (relation := token.get("relation")) is not None:
        related(reader, token, following, relation)
    elif (verb := token.get("verb") or deed(token, following)) is not None:
        acted(reader, token, following, verb)
    elif token.text == "from" and reader.relation == "holding" and pending.count is None:
        reader.relation = "next-to"  # "stealing food from a trash can"
    elif (relation := token.get("pronoun")) is not None:
        reader.sides = token.text in FLANKS
        reader.pronoun(relation, token.text)
    elif token.has("but"):
        reader.pause(False)
    elif token.has("each"):
        reader.drop()
        reader.each = True
        reader.pending.the = following is not None and following.has("thing")
    elif token.has("suffer"):
        reader.drop()
        reader.settle()
        reader.victim, reader.chain, reader.noun = list(reader.chain), [], None
    elif token.has("take"):
        reader.drop()
        reader.settle()
        reader.taker = list(reader.chain)
        reader.chain, reader.noun = [], None
    elif token.has("made"):
        reader.noun = None
    elif token.has("and") or token.has("or"):
        if pending.colours and following is not None and following.has("colour"):
            return  # "a black and white cat"
        reader.drop()
        reader.direct = reader.noun is not None
        if reader.filling is not None and _lists_on(token, following):
            reader.relation, reader.subjects = reader.filling
            return
        if reader.at_object is None:  # not inside "在树和房子之间"
            reader.settle()
        if not token.chinese and reader.last is not None and reader.last.has("background") and reader.chain:
            reader.earlier, reader.chain = reader.chain, []  # "a cat in the garden and a dog on a sofa"
        reader.joined = True
        if reader.relation in SHARED and reader.subjects and reader.shared is None:  # "has a long nose and a hat"
            reader.shared = (reader.relation, list(reader.subjects))
        if reader.relation != "between":
            reader.relation = None
    elif token.has("be"):
        if reader.front_place and not reader.chain and is_paint(following):  # 左边的是红色的
            pending.count, pending.place, pending.start = pending.count or 1, reader.front_place, token.start
            reader.front_place = ""
        if reader.some():
            reader.after_be = True
            return
        reader.sky_open = reader.last is not None and is_sky(reader.last)
        reader.drop()
        reader.settle()
        if not token.chinese and token.text != "in":  # "with a man in black": he is
            reader.turn_back()
        reader.after_be = bool(reader.chain)
    elif token.has("have"):
        reader.drop()
        reader.settle()
        reader.pending.many = token.chinese and "满" in token.text
        if not token.chinese:
            reader.turn_back()
        fresh = (reader.front is not None and not reader.front_used) or bool(reader.front_place)
        reader.awaited = fresh and token.chinese
        reader.chain = [] if fresh else reader.chain
        reader.joined = False
    elif token.has("at"):
        if not reader.some():
            reader.drop()
        reader.settle()
        if token.get("ignore") == GOES_ON:
            reader.resume()
        if token.text[0] in "倒递" and reader.taker and reader.chain:  # 把牛奶倒进杯子里: she has the milk in her hand
            reader.relate([i for i in reader.taker if lives(reader.wishes[i].concept)], "holding", reader.chain[-1])
            reader.taker = []
        if token.text in LYING:
            reader.mark(LYING[token.text])
        reader.at = token.text
        reader.joined = False
    elif token.has("of"):
        pending.unknown = "" if token.chinese else pending.unknown
        pending.many = pending.many and not (reader.last is not None and not reader.last.meanings)  # 满是泡沫的洗衣机
        if pending.lost:  # 戴黄色项圈的狗 is not yellow
            pending.colours.clear()
            pending.traits.clear()
            pending.lost, reader.relation = False, None
        if reader.negated and reader.last is not None and not reader.last.has("not"):
            reader.negated = False
    elif token.text in ITS and following is not None and following.has("locative") and reader.meant(token):
        return
    elif token.text in HE and not reader.chain and reader.speak_again(token.text):
        pass
    elif token.text == "又" and reader.chain and following is not None and not following.has("thing"):
        reader.after_be = True  # 龙又小又绿
    elif token.has("the"):
        if is_one_of_them(reader, token, following):
            pending.count, pending.unknown = pending.count or 1, "ones" if pending.colours else ""
        pending.the = True
        pending.own = token.text in OWN
        pending.note(token)
    elif token.has("ground"):
        reader.drop()
        reader.relation = None
        reader.at = ""
    elif token.has("backdrop"):
        if pending.colours:
            reader.backdrop = pending.colours[-1]
            reader.setting_spans.append((pending.start or token.start, token.end))
            pending.colours.clear()
        reader.drop()
        reader.relation = None
    elif not said("body parts").isdisjoint((token.text, *singulars(token.text))):
        pending.count, pending.unknown = None, ""  # a fox with nine tails
        pending.colours.clear()  # a blue-eyed girl is not blue
        if reader.relation == "with":  # "with a white beard and a walking stick"
            reader.shared, reader.relation = (reader.relation, list(reader.subjects)), None
    elif not token.meanings and len(token.text) > 1 and not token.text.endswith(("'s", "ed", "ing", "ly")):
        pending.unknown = token.text
    elif not token.meanings and token.chinese and pending.colours and token.text not in OF_COLOURS:
        pending.lost = True
    elif not token.meanings and token.chinese and pending.measured:
        pending.unknown += token.text


@lru_cache(maxsize=256)
def parse(prompt: str, negative: str = "") -> Plan:
    """What the prompt asks for. `negative` names what must not appear. Never raises; the same for the same."""
    words = lexicon()
    reader = Sentence(prompt, words)
    quoted, blank = quotes(prompt)
    for quote in quoted:  # 一本《西游记》 is a book as well as its title
        if prompt[quote.start] == "《" and prompt[: quote.start].endswith("本"):
            blank = f"{blank[: quote.start]}书{blank[quote.start + 1 :]}"
    aside = asides(blank)
    # Here, between reading and understanding, so that number, colour and relation bind to a stand-in as to any noun.
    stream, stood = stand_ins(
        aside.blank, parted(rephrased(turned(called(aside.blank, whole(aside.blank, tokens(aside.blank, words))))))
    )
    for position, token in enumerate(stream):
        _step(reader, token, stream[position + 1] if position + 1 < len(stream) else None)
    reader.pause(full=True)
    reader.setting_spans.extend(
        [
            *((quote.start, quote.end) for quote in quoted),
            *(span for quote in quoted for span in quote.how),
            *aside.spans,
        ]
    )
    set_ = [quote for quote in quoted if len(quote.string) <= MOST and writable(quote.string)][:MAX_TEXTS]
    texts, boards = tuple(quote.string for quote in set_), tuple(quote.board for quote in set_)
    reader.not_drawn.extend(quote.string for quote in quoted if quote.string not in texts)
    banned = frozenset((reader.banned - reader.worn()) | (named(negative, words) if negative else set()))
    plan = finished(reader, banned)
    named_so = titled(prompt, plan, words) if quotes_inside(prompt) else plan
    if named_so is not plan:  # Japanese “vacancy” button: what is quoted is a part of a name
        quoted, set_, texts, boards = [], [], (), ()
        plan = replace(named_so, not_drawn=())
    else:
        plan = titled(aside.blank, plan, words)
    plan = replace(plan, wishes=tuple(replace(wish, senses=senses_of(wish, words)) for wish in plan.wishes))
    return replace(
        plan, texts=texts, boards=boards, faces=tuple(quote.face for quote in set_), between=blank,
        text_spans=tuple((quote.start, quote.end) for quote in set_),
        exact=aside.exact, transparent=aside.transparent, replaced=told(stood, plan.wishes),
    )  # fmt: skip
