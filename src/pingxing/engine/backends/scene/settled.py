"""Words whose sentence says what they stand for: walls one sits on, half of the doughnuts, whom one talks with.

Each rule takes the tokens and gives tokens; all of them run before the other turns of phrase.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import DESCRIBING, noun_end
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, said

WALL, TREE = Meaning("thing", concept_of("🧱")), Meaning("thing", concept_of("🌳"))
AND = Meaning("and", "")
CROWD = Meaning("number", "7")
WALLS = frozenset({"wall", "walls"})
OVER = frozenset({"on", "above", "behind", "in-front-of", "under", "next-to"})
SITS = ("坐", "站", "蹲", "趴", "卧", "睡", "走", "躺")  # verbs of those who are on a wall; a clock hangs there
HALF = frozenset({"half", "一半", "半数", "另一半"})
MANY = frozenset({"caravan", "convoy", "flock", "herd", "swarm", "pack", "colony", "parade", "army", "gang"})
NOBODY = frozenset({"nobody", "no one", "no-one"})
BRANCH = frozenset({"branch", "branches", "tree branch", "twig", "bough", "树枝", "树杈", "枝条"})
CLINGS = ("holding", "next-to", "around")
EATING = frozenset({"restaurant", "library", "market"})  # "a pizza restaurant" is no pizza beside one
TALKS = frozenset(
    {"说话", "聊天", "谈话", "交谈", "打招呼", "玩耍", "玩", "跳舞", "打架", "握手", "拥抱", "比赛", "赛跑", "说悄悄话",
     "散步", "吵架", "合影", "告别", "挥手", "讲话", "讲故事"}
)  # fmt: skip
WITH = frozenset({"跟", "和", "与", "同"})
DURING = frozenset({"在", "正在", "正"})
ORDINALS = frozenset({"first", "second", "third", "fourth", "fifth", "last", "第一", "第二", "第三", "第四", "第五"})
PAINTING, TANK = Meaning("thing", concept_of("🖼️")), Meaning("thing", "E006")
TANKS = frozenset({"aquarium", "fish tank"})
BRIDGE, ROD = "E00B", concept_of("🎣")
SITES = frozenset(
    {
        "lifting",
        "lifts",
        "container",
        "containers",
        "construction site",
        "building site",
        "harbour",
        "harbor",
        "port",
        "construction",
        "worker",
        "workers",
        "builder",
        "builders",
        "cargo ship",
        "cargo ships",
        "skyscraper",
    }
)
SNOWBALL = "E10D"
FIGHTS = frozenset({"snowball fight", "snowball fights"})
STRAWS = frozenset({"straw", "straws", "paper straw", "吸管"})
SIPPED = frozenset(map(concept_of, "🧃🥤🧋🍹🥥🥛🍸"))
CASTLE = concept_of("🏰")
TOWERS = frozenset({"tower", "towers", "battlements", "turret"})
OWN_PLACES = frozenset({"wall", "walls", "roof", "rooftop", "屋顶", "房顶", "墙", "围墙"})
FEW = 8  # tokens between a verb and the word of place after its noun
FAR = 16  # tokens of a clause that are looked at
PHRASE: tuple[Kind, ...] = ("number", "measure", "the", *DESCRIBING)


def settled(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    tokens = _ordinals(_named(_fishes(tokens)))
    tokens = _participles(_branches(_walls(_halves(_herds(_nobody(_around(_dots(_own_parts(tokens)))))))))
    return _snowy(_talking(_straws(_served(_several(_tower(_hers(_bridges(_cranes(_in_a_glass(tokens))))))))))


def _participles(tokens: list[Token]) -> list[Token]:
    """ "A watering hole", "the rocking horse": behind an article the participle describes and does nothing."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if not token.chinese and token.has("relation") and token.text.endswith("ing") and " " not in token.text:
            before, after = peek(tokens, index - 1), peek(tokens, index + 1)
            if before is not None and before.text in ("a", "an") and has(after, "thing"):
                out[index] = replace(token, meanings=(Meaning("ignore", ""),))
    return out


def _fishes(tokens: list[Token]) -> list[Token]:
    """ "A man in a hat fishes from a boat", and "three fishes": a verb behind somebody alone."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        noun = before is not None and before.has("thing") and not before.plural
        if token.text == "fishes" and noun and any(living(t) for t in tokens[max(0, index - FEW) : index]):
            out[index] = replace(token, meanings=(Meaning("deed", f"holding {ROD}"),), plural=False)
    return out


def _named(tokens: list[Token]) -> list[Token]:
    """墙上挂着一幅画, "a big aquarium in the room": things of their own here, a picture or a setting elsewhere."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        hangs = any(t.text in ("挂着", "挂了", "挂有") for t in tokens[max(0, index - FEW) : index])
        counted = token.text == "一幅画" or has(before, "measure", "colour", "size")
        if token.chinese and token.text in ("一幅画", "画", "油画", "山水画") and hangs and counted:
            out[index] = replace(token, meanings=(PAINTING,))
        if token.text in TANKS and token.has("background"):
            at = index - 1
            while has(peek(tokens, at), "size", "colour", "trait"):
                at -= 1
            alone = peek(tokens, at - 1)
            article = peek(tokens, at)
            placed = alone is not None and has(alone, "relation", "at")
            if article is not None and article.text in ("a", "an", "one") and not placed and index > 1:
                out[index] = replace(token, meanings=(TANK,))
    return out


def _ordinals(tokens: list[Token]) -> list[Token]:
    """ "The first is red, the second blue", 第一只是红色的: one of them each."""
    out: list[Token] = []
    tokens = _in_order(tokens)
    for index, token in enumerate(tokens):
        before, after = (out[-1] if out else None), peek(tokens, index + 1)
        first = token.chinese and token.text in ORDINALS and has(after, "measure")
        told = peek(tokens, index + 2) if first else after
        the = before is not None and before.text == "the"
        if (first or (the and token.text in ORDINALS)) and (
            has(told, "be", "colour", "trait")
            or (first and has(told, "verb", "relation", "at", "act"))
            or (told and (told.text == "one" or (the and told.has("relation") and told.text.split()[0].endswith("s"))))
        ):
            if the:
                out.pop()
            token = replace(token, text="1", meanings=(Meaning("number", "1"),))
        out.append(token)
    return out


def _in_order(tokens: list[Token]) -> list[Token]:
    """ "The first balloon is red, the second green": as many balloons as are told of, and this is one of them."""
    first = next((i for i, t in enumerate(tokens) if t.text in ("first", "第一")), -1)
    at = first + 1 + (first >= 0 and has(peek(tokens, first + 1), "measure"))
    noun = peek(tokens, at)
    if first < 0 or noun is None or not noun.has("thing") or any(t.has("thing") for t in tokens[:first]):
        return tokens
    later = [
        i
        for i in range(at + 1, len(tokens))
        if tokens[i].text in ORDINALS and not has(peek(tokens, i + 1 + has(peek(tokens, i + 1), "measure")), "thing")
    ]
    if not later:
        return tokens
    total = str(1 + len(later))
    start = first - (first > 0 and tokens[first - 1].text == "the")
    number = replace(tokens[first], text=total, meanings=(Meaning("number", total),))
    comma = replace(tokens[at], text=",", mark=",", meanings=())
    group = [number, replace(noun, plural=not noun.chinese), comma]
    measure = tokens[first + 1 : at]
    one = replace(tokens[first], text="一" if noun.chinese else "the", meanings=(Meaning("number", "1"),))
    lead = [one, *measure] if noun.chinese else [replace(one, text="one")]
    return [*tokens[:start], *group, *lead, *tokens[at + 1 :]]


def _walls(tokens: list[Token]) -> list[Token]:
    """ "A cat on a wall", 坐在墙上: whoever sits there needs the wall, a clock does not."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.has("thing"):
            continue
        if not token.chinese and token.text in WALLS:
            at = index - 1
            while has(peek(tokens, at), "number", "the", "ignore", *DESCRIBING):
                at -= 1
            link = peek(tokens, at)
            placed = link is not None and link.get("relation") in OVER and not link.text.startswith("hang")
            leans = link is not None and link.text.startswith("lean")
            near = ("next-to", "behind", "in-front-of")
            beside = placed and not leans and link is not None and link.get("relation") in near
            noun = peek(tokens, at - 1)
            if placed and (living(noun) or (beside and has(noun, "thing"))):
                out[index] = replace(token, meanings=(WALL,))
        elif token.text == "墙" and has(peek(tokens, index + 2), "have"):  # 墙边停着自行车
            where = peek(tokens, index + 1)
            if where is not None and where.get("locative") in ("next-to", "behind", "in-front-of"):
                out[index] = replace(token, meanings=(WALL,))
        elif token.text in ("墙", "墙上", "墙头", "墙头上", "围墙上"):
            at = index - 1
            while has(peek(tokens, at), "colour", "trait", "size", "of", "ignore"):  # 趴在窄窄的灰墙上
                at -= 1
            before, after = peek(tokens, at), peek(tokens, index + 1)
            sat = before is not None and before.has("at") and before.text.startswith(SITS)
            sits = after is not None and has(after, "have", "at") and after.text.startswith(SITS)
            crawls = noun_end(tokens, index + 2) if has(after, "have") else 0  # 墙上有五只蜗牛
            if sat or sits or (crawls and living(tokens[crawls - 1])):
                out[index] = replace(token, text="墙", meanings=(WALL,))
                if not has(after, "locative"):
                    on = replace(token, text="上", meanings=(Meaning("locative", "on"),))
                    out[index : index + 1] = [out[index], on]
                    return [*out[: index + 2], *_walls(tokens[index + 1 :])]
    return out


def _branches(tokens: list[Token]) -> list[Token]:
    """ "A koala hugging a branch", 抱着树枝: the tree is there to be held on to."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text not in BRANCH or token.has("thing"):
            continue
        at = index - 1
        while has(peek(tokens, at), "number", "measure", "the", *DESCRIBING):
            at -= 1
        link = peek(tokens, at)
        held = link is not None and (link.get("relation") or link.get("verb")) in CLINGS
        carried = link is not None and link.text.startswith(("carry", "carri", "叼", "衔", "拿", "hold", "bit"))
        if held and not carried and any(living(t) for t in tokens[max(0, at - 6) : index + 8]):
            out[index] = replace(token, meanings=(TREE,), plural=False)
    return out


def _halves(tokens: list[Token]) -> list[Token]:
    """ "Twelve doughnuts, half of them pink", 一半是粉色的: six are."""
    for index, token in enumerate(tokens):
        apart = token.text == "一" and index + 1 < len(tokens) and tokens[index + 1].text == "半"
        if not (apart or token.text in HALF):
            continue
        at = index + 1 + apart
        while at < len(tokens) and (tokens[at].text in ("of", "them", "of them", "的", "是") or has(tokens[at], "be")):
            at += 1
        if not has(peek(tokens, at), "colour", "shade"):
            continue
        number = next((t for t in reversed(tokens[:index]) if t.has("number") and t.get("number") != "1"), None)
        if number is None:
            continue
        half = round(float(number.get("number") or 2)) // 2
        one = replace(token, text=str(half), meanings=(Meaning("number", str(half)),))
        rest = _halves(tokens[at:])
        return [*tokens[:index], one, *rest]
    return tokens


def _herds(tokens: list[Token]) -> list[Token]:
    """ "A camel caravan", 一个驼队: several of them."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        if token.text in MANY and not token.chinese and before is not None and living(before):
            start = len(out) - 1
            while start and has(out[start - 1], *PHRASE):
                start -= 1
            kept = [t for t in out[start:] if not has(t, "number") or t.has("thing")]
            out = [*out[:start], replace(token, meanings=(CROWD,)), *kept]
            out[-1] = replace(before, plural=True, end=token.end)
            continue
        out.append(token)
    return out


def _nobody(tokens: list[Token]) -> list[Token]:
    """ "Nobody is sitting on the bench": the bench is there, and who sits is not."""
    for index, token in enumerate(tokens):
        if token.text in NOBODY and has(peek(tokens, index + 1), "be"):
            verb = peek(tokens, index + 2)
            if verb is not None and verb.has("relation"):
                return [*tokens[:index], *_nobody(tokens[index + 3 :])]
    return tokens


def _several(tokens: list[Token]) -> list[Token]:
    """ "Fruit on a plate, no bananas: apples and pears": what the colon lists is the fruit."""
    for index, token in enumerate(tokens):
        group = token.get("company")
        if group is None or token.text not in said("kinds"):
            continue
        colon = next((i for i in range(index + 1, min(index + FAR, len(tokens))) if tokens[i].text in (":", "：")), 0)
        first = noun_end(tokens, colon + 1) if colon > index + 1 else 0
        if first and traits(tokens[first - 1].get("thing") or "").group == "food-drink":
            end = next((i for i in range(colon + 1, len(tokens)) if tokens[i].mark == "."), len(tokens))
            listed = [
                replace(t, text="and", mark="", meanings=(AND,)) if t.mark else t
                for i, t in enumerate(tokens[colon + 1 : end], start=colon + 1)
                if not (t.mark and has(peek(tokens, i + 1), "and"))
            ]
            return [*tokens[:index], *listed, *tokens[index + 1 : colon], *tokens[end:]]
    return tokens


def _served(tokens: list[Token]) -> list[Token]:
    """ "A pizza restaurant": what is eaten there is no thing beside it."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        adjoins = before is not None and before.end + (not token.chinese) == token.start
        if token.get("background") in EATING and adjoins and before is not None and not before.plural:
            food = traits(before.get("thing") or "").group == "food-drink" if before.has("thing") else False
            if food and token.get("background") != "market":
                out.pop()
        out.append(token)
    return out


def _straws(tokens: list[Token]) -> list[Token]:
    """ "A juice with a straw", 插着吸管的奶茶: every such drink is drawn with one."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        end = noun_end(tokens, index + 1) if token.text in ("with", "and", "插着", "带着", "配") else 0
        straw = end and tokens[end - 1].text in STRAWS
        of = peek(tokens, end) if straw else None
        drink = noun_end(tokens, end + 1) if of is not None and of.text == "的" else 0
        if straw and not token.chinese and out and out[-1].get("thing") in SIPPED:
            skip = end - 1
            continue
        if drink and tokens[drink - 1].get("thing") in SIPPED:
            skip = end
            continue
        out.append(token)
    return out


def _tower(tokens: list[Token]) -> list[Token]:
    """ "On the tower of a castle ... around the tower": of the castle that is there."""
    castle: Token | None = None
    out: list[Token] = []
    for token in tokens:
        if token.get("thing") == CASTLE:
            castle = token
        elif castle is not None and token.text in TOWERS and out and out[-1].text == "the":
            token = replace(token, text=castle.text, meanings=castle.meanings, plural=False)
        out.append(token)
    return out


def _hers(tokens: list[Token]) -> list[Token]:
    """ "In front of her stall": of the stall that is hers, and not in front of her."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        place = token.get("pronoun") if token.text.endswith(" her") else None
        if place is not None and has(peek(tokens, index + 1), "thing", "colour", "size", "background"):
            cut = token.end - len(" her")
            out.append(replace(token, text=token.text[:-4], end=cut, meanings=(Meaning("relation", place),)))
            token = replace(token, text="her", start=cut + 1, meanings=(Meaning("the", ""),))
        out.append(token)
    return out


def _own_parts(tokens: list[Token]) -> list[Token]:
    """ "The car is green and its wheels are yellow": the wheels are its own, and no wheels beside it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        be = index + 1
        own = bool(out) and (out[-1].text in ("its", "their") or bool(out[-1].mark))
        part = token.text in said("parts") and token.text not in OWN_PLACES
        if part and own and has(peek(tokens, be), "be") and any(t.has("thing") for t in out):
            end = be + 1
            while has(peek(tokens, end), "colour", "shade", "trait", "size", "and", "of") and not has(
                peek(tokens, end), "thing"
            ):
                end += 1
            after = peek(tokens, end)
            if end > be + 1 and (after is None or after.mark):
                while out and (out[-1].text in ("its", "their") or has(out[-1], "and")):
                    out.pop()
                skip = end - 1
                continue
        out.append(token)
    return out


def _dots(tokens: list[Token]) -> list[Token]:
    """带白点的雨伞: white dots on it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        if token.text in ("点", "点点", "小点") and has(before, "colour") and not has(before, "thing"):
            out[index] = replace(token, meanings=(Meaning("trait", "dotted"),))
    return out


def _around(tokens: list[Token]) -> list[Token]:
    """围坐在篝火旁: around it, and nothing else is beside it."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if has(token, "locative") and token.get("locative") in ("next-to", "around"):
            at = index - 1
            while at >= 0 and not tokens[at].mark and not has(tokens[at], "verb", "locative") and index - at < FEW:
                at -= 1
            verb = peek(tokens, at)
            if verb is not None and verb.get("verb") == "around" and noun_end(tokens, at + 1) == index:
                continue
        out.append(token)
    return out


def _in_a_glass(tokens: list[Token]) -> list[Token]:
    """ "Red wine in a glass": the wine is drawn in one."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        drink = traits(out[-1].get("thing") or "").subgroup == "drink" if out else False
        a, glass = peek(tokens, index + 1), peek(tokens, index + 2)
        served = token.text == "in" and drink and a is not None and a.text == "a"
        if served and glass is not None and glass.text in ("glass", "wine glass", "cup", "mug"):
            skip = index + 2
            continue
        out.append(token)
    return out


def _bridges(tokens: list[Token]) -> list[Token]:
    """桥上方有飞机: above the bridge, and not on it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        if token.text == "桥上" and following is not None and following.text in ("方", "空"):
            bridge = replace(token, text="桥", end=token.start + 1, meanings=(Meaning("thing", BRIDGE),))
            above = replace(following, text="上方", start=token.start + 1, meanings=(Meaning("locative", "above"),))
            out += [bridge, above]
            skip = index + 1
            continue
        out.append(token)
    return out


def _cranes(tokens: list[Token]) -> list[Token]:
    """ "A yellow crane lifting a container" is no bird."""
    if not any(t.text in SITES for t in tokens):
        return tokens
    lifts = Meaning("thing", concept_of("🏗️"))
    return [replace(t, meanings=(lifts,)) if t.text in ("crane", "cranes") else t for t in tokens]


def _talking(tokens: list[Token]) -> list[Token]:
    """护士在跟老爷爷说话: beside whom she talks with."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text not in WITH:
            continue
        before = peek(tokens, index - 1)
        during = before is not None and before.text in DURING
        doer = peek(tokens, index - 1 - during)
        whom = noun_end(tokens, index + 1)
        verb = peek(tokens, whom + (has(peek(tokens, whom), "at") and tokens[whom].text in DURING)) if whom else None
        talks = verb is not None and (verb.text in TALKS or verb.text.removesuffix("着") in TALKS)
        if talks and (during or token.text == "跟") and living(doer) and living(tokens[whom - 1]):
            out[index] = replace(token, meanings=(Meaning("verb", "next-to"),))
            if during:
                out[index - 1] = replace(tokens[index - 1], meanings=(Meaning("ignore", ""),))
    return out


def _snowy(tokens: list[Token]) -> list[Token]:
    """A snowball fight, 打雪仗: there is snow."""
    fight = next((t for t in tokens if (t.get("deed") or "").endswith(SNOWBALL) or t.text in FIGHTS), None)
    if fight is None or any(t.has("background") and t.get("background") == "snow" for t in tokens):
        return tokens
    comma = replace(fight, text=",", mark=",", meanings=())
    return [*tokens, comma, replace(fight, text="snow", meanings=(Meaning("weather", "snow"),))]
