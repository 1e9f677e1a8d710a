"""Clauses whose nouns are not there, or not where they seem: taller than a tree, a lost hat, a ball in its mouth.

Each rule takes the tokens and gives tokens; all of them run before the other turns of phrase.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_person, is_worn
from pingxing.engine.backends.scene.company import SHOULDERS, has, living, peek
from pingxing.engine.backends.scene.hidden import BARE
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import DESCRIBING, noun_end
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, said

LOST = frozenset({"lost", "forgot", "forgotten", "misplaced", "missing", "dropped"})
LOST_ZH = frozenset({"丢了", "弄丢了", "丢失了", "忘了带", "忘带", "没带", "掉了", "失去了", "丢失", "弄丢", "丢"})
KIN_ZH = frozenset(
    {"妻子", "老婆", "丈夫", "老公", "儿子", "女儿", "妈妈", "爸爸", "母亲", "父亲", "弟弟", "妹妹", "哥哥", "姐姐"}
)
HOUR_LIGHTS = frozenset({"烛光", "灯光", "火光", "篝火", "月光", "星光"})
TIED = frozenset({"系着", "绑着", "拴着", "缠着", "戴着", "披着", "套着"})
BACKGROUNDS = frozenset({"in the background", "in the distance", "in the far distance", "far away", "behind"})
SHAPES = frozenset({"wheel", "wheels", "pyramid", "pyramids", "block", "wedge", "slab", "mountain", "hill", "sea"})
BRANCHES = frozenset({"branch", "branches", "tree branch", "bough", "twig"})
HAVING = frozenset({"with", "has", "have", "长", "长着", "有", "有着", "带", "带着"})
OPEN = frozenset({"打开", "敞开", "开着", "打开着", "盖着", "关着"})
WINDOW = concept_of("🪟")
LENSES = frozenset(map(concept_of, "🔭🔍🔎👓🔬📷"))
GIVES = frozenset({"送", "递", "送上", "递上", "献上", "献", "送去", "端来", "端上"})
BODIES = SHOULDERS | {"背上", "头上", "怀里", "手里", "手上", "嘴里", "手中", "身上"}
DRAGONS = frozenset(map(concept_of, "🐉🐲"))
MOON = concept_of("🌕")
KITE = concept_of("\N{KITE}")
_IN_BODY = re.compile(
    r"(?:in|between|with) (?:its|his|her|their) (?:\w+ )?"
    r"(?:mouths?|beaks?|bills?|paws?|hands?|arms|claws?|jaws?|trunk|teeth|talons?)"
)
TALL = 1.5  # metres: from what is taller one looks down, beside what is smaller one stands
FEW = 4  # tokens of "the green one"
FAR = 6  # tokens between "with" and the part of the body that has hold
DESCRIBED: tuple[Kind, ...] = ("number", "measure", "the", *DESCRIBING)


def compared(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    tokens = _dressed(_heaped(_kin(_watching(_in_mouth(_lost(_than(_over_moon(_walls(_winged(tokens))))))))))
    return _instruments(_opened(_borne(_for_somebody(_piled(_made(_far_off(_flown(_by_light(tokens)))))))))


def _than(tokens: list[Token]) -> list[Token]:
    """ "A giraffe taller than a tree", 比树还高的长颈鹿: they stand beside each other."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        ends = noun_end(tokens, index + 1) if token.text in ("than", "比") else 0
        rest = [t.text for t in tokens[index + 1 : index + FEW]]
        ends = ends or (token.text == "than" and ("one" in rest or "ones" in rest))  # "than the green one"
        if ends and token.text == "than" and out and not out[-1].has("thing"):
            out[-1] = replace(out[-1], meanings=())
            token = replace(token, meanings=(Meaning("relation", "next-to"),))
        elif ends and token.text == "比" and has(peek(tokens, ends), "ignore", "size", "trait", "of"):
            token = replace(token, meanings=(Meaning("verb", "next-to"),))
        out.append(token)
    return out


def _lost(tokens: list[Token]) -> list[Token]:
    """ "A penguin that lost its hat", 丢了帽子的企鹅: no hat is to be seen."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        end = 0
        if token.text in LOST and has(following, "the", "number") and any(living(t) for t in out[-4:]):
            end = noun_end(tokens, index + 1)
            while (
                end
                and out
                and (out[-1].text in ("that", "who", "which", "has", "had", "is", "and") or has(out[-1], "have"))
            ):
                out.pop()
        elif token.chinese and token.text in LOST_ZH:
            start = index + 1 + (following is not None and following.text == "了")
            gone = token.text != "丢" or start > index + 1
            end = noun_end(tokens, start) if gone else 0
            of = peek(tokens, end) if end else None
            if of is not None and of.text == "的":
                end += 1
            elif of is not None and not of.mark:
                end = 0
        if end:
            skip = end - 1
            continue
        out.append(token)
    return out


def _in_mouth(tokens: list[Token]) -> list[Token]:
    """ "A dog with a ball in its mouth": the dog holds the ball, which is not inside it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        parted = (
            token.text == "in" and index + 2 < len(tokens) and tokens[index + 1].text in ("its", "his", "her", "their")
        )
        if parted and _IN_BODY.fullmatch(f"in {tokens[index + 1].text} {tokens[index + 2].text}"):
            skip = index + 2
            token = replace(token, text=f"in its {tokens[index + 2].text}", meanings=(Meaning("pronoun", "inside"),))
        if not token.chinese and token.has("pronoun") and _IN_BODY.fullmatch(token.text):
            for back in range(len(out) - 1, max(-1, len(out) - FAR - 1), -1):
                if out[back].text == "with" and out[back].has("relation"):
                    out[back] = replace(out[back], text="holding", meanings=(Meaning("relation", "holding"),))
                if out[back].has("relation"):
                    break
            if out and out[-1].has("thing"):
                continue
        out.append(token)
    return out


def _winged(tokens: list[Token]) -> list[Token]:
    """ "A pig with wings", 长翅膀的小猪: no chicken wings on a plate; that they are not drawn is said."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        end = index + 1
        while end < index + FAR and token.text in HAVING and has(peek(tokens, end), "number", "the", *DESCRIBING):
            end += 1
        part = peek(tokens, end)
        if part is not None and part.text in ("wings", "翅膀"):
            if not token.chinese and token.text in HAVING and any(living(t) for t in out[-3:]):
                skip = end
                if not any(_has_wings(t) for t in out[-3:]):
                    out.append(replace(part, meanings=(Meaning("missing", ""),)))
                continue
            of = peek(tokens, end + 1)
            if token.chinese and token.text in HAVING and of is not None and of.text == "的":
                skip = end + 1
                continue
        out.append(token)
    return out


def _has_wings(token: Token) -> bool:
    """Whether it is drawn with wings, or nobody would look for them: a bird, a bee, a fairy, a dragon."""
    concept = token.get("thing") or ""
    kind = traits(concept).subgroup if concept else ""
    return kind.startswith(("animal-bird", "animal-bug", "person-fantasy")) or concept in DRAGONS


def _walls(tokens: list[Token]) -> list[Token]:
    """白墙上的紫色门: the wall is white, and the door is not."""
    out: list[Token] = []
    for token in tokens:
        if token.chinese and token.text in ("墙", "墙上", "墙壁", "墙壁上", "墙面", "墙边"):
            at = len(out) - 1 - (bool(out) and out[-1].text == "的")
            if at >= 0 and has(out[at], "colour") and not has(out[at], "thing"):
                del out[at:]
        out.append(token)
    return out


def _over_moon(tokens: list[Token]) -> list[Token]:
    """火箭飞过月球: past the moon, which is seen."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        if token.get("verb") == "above" and following is not None and following.get("background") == "moon":
            out[index + 1] = replace(following, meanings=(Meaning("thing", MOON),))
    return out


def _watching(tokens: list[Token]) -> list[Token]:
    """ "A heron watching from the reeds" stands there, and looks at something else."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        if token.text in ("watches", "watching", "watch", "looks on") and following is not None:
            at = index + 2 + has(peek(tokens, index + 2), "number", "the")
            branch = peek(tokens, at)
            if following.text == "from" and branch is not None and branch.text in BRANCHES:  # it sits there
                out.append(replace(token, text="sits on", meanings=(Meaning("relation", "on"),)))
                skip = index + 1
                continue
        if token.get("relation") == "looking-at" and following is not None and following.text == "from":
            end = noun_end(tokens, index + 2)
            place = tokens[end - 1].get("thing") if end else None
            if place is not None:
                kind = traits(place)
                over = kind.metres >= TALL and kind.subgroup.startswith(("plant", "place", "household"))
                relation = "on" if over and kind.subgroup != "household" else "next-to"
                out.append(replace(token, text="sits", meanings=(Meaning("relation", relation),)))
                skip = index + 1
                continue
        seen = noun_end(tokens, index + 1) if token.get("relation") == "looking-at" and not token.chinese else 0
        from_ = peek(tokens, seen) if seen else None
        end = noun_end(tokens, seen + 1) if from_ is not None and from_.text == "from" else 0
        if end and not living(tokens[end - 1]):  # "watching fireworks from the roof"
            kind = traits(tokens[end - 1].get("thing") or "")
            over = kind.metres >= TALL and kind.subgroup.startswith(("plant", "place"))
            sits = replace(tokens[seen], text="sitting", meanings=(Meaning("relation", "on" if over else "next-to"),))
            out += [sits, *tokens[seen + 1 : end], *tokens[index:seen]]
            skip = end - 1
            continue
        out.append(token)
    return out


def _kin(tokens: list[Token]) -> list[Token]:
    """ "The farmer's wife", 农夫的妻子: she is to be seen, and he is not."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        of, kin = peek(tokens, index + 1), peek(tokens, index + 2)
        person = is_person(token.get("thing") or "")
        clause = bool(out) and has(out[-1], "verb", "act")  # 抱着宝宝的妈妈 has her child in her arms
        if person and not clause and of is not None and of.text == "的" and kin is not None and kin.text in KIN_ZH:
            skip = index + 1
            continue
        if person and not token.chinese and token.text.endswith("'s") and of is not None:
            relative = is_person(of.get("thing") or "") and not of.text.endswith("'s")
            if relative and traits(of.get("thing") or "").subgroup.startswith(("person", "family")):
                while out and has(out[-1], "size", "trait") and not has(out[-1], "thing"):
                    out.pop()
                continue
        out.append(token)
    return out


def _heaped(tokens: list[Token]) -> list[Token]:
    """周围堆满礼物 has several presents; 坐满动物的校车 is one bus, whoever sits in it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.chinese and token.text.removesuffix("了").endswith("满") and len(token.text) > 1:
            whom, of = peek(tokens, index + 1), peek(tokens, index + 2)
            vague = whom is not None and not has(whom, "thing", *DESCRIBED) and whom.text not in BARE
            if vague and of is not None and of.text == "的":
                skip = index + 2
                continue
            if out and has(out[-1], "locative", "background") and not has(token, "have", "verb"):
                token = replace(token, meanings=(Meaning("have", ""),))
        out.append(token)
    return out


def _dressed(tokens: list[Token]) -> list[Token]:
    """荷叶上戴着皇冠的青蛙: the frog wears it; 椅子上系着气球 hangs one there."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        end = noun_end(tokens, index + 1) if token.text in TIED else 0
        of = peek(tokens, end) if end else None
        who = noun_end(tokens, end + 1) if of is not None and of.text == "的" else 0
        if who and living(tokens[who - 1]) and is_worn(tokens[end - 1].get("thing") or ""):
            out[index] = replace(token, text="穿着")
    return out


def _by_light(tokens: list[Token]) -> list[Token]:
    """烛光下: beside the candle, whose light it is."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        if token.text in HOUR_LIGHTS and token.has("thing") and following is not None and has(following, "locative"):
            out[index + 1] = replace(following, meanings=(Meaning("locative", "next-to"),))
    return out


def _flown(tokens: list[Token]) -> list[Token]:
    """放一只龙形风筝: whoever flies a kite holds its line."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        flies = token.text in ("flying", "flies", "fly")
        if token.text not in ("放", "放着", "放飞", "放飞着") and not flies:
            continue
        for at in range(index + 1, min(index + FAR, len(tokens))):
            if tokens[at].mark:
                break
            if tokens[at].get("thing") == KITE:
                kind: Kind = "relation" if flies else "verb"
                out[index] = replace(token, meanings=(Meaning(kind, "holding"),))
    return out


def _far_off(tokens: list[Token]) -> list[Token]:
    """ "With the earth in the background": nobody holds the earth."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        end = noun_end(tokens, index + 1) if token.text == "with" else 0
        behind = peek(tokens, end) if end else None
        if behind is not None and behind.text in BACKGROUNDS and tokens[end - 1].text not in said("parts"):
            out[index] = replace(token, text=",", mark=",", meanings=())
    return out


def _made(tokens: list[Token]) -> list[Token]:
    """ "Knitting a green sweater", 织绿毛衣: the sweater is in her hands, and no yarn beside it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        knits = token.text in ("knitting", "knits", "crocheting", "crochets", "sewing", "sews")
        weaves = token.chinese and token.text in ("织", "织着", "编织", "编织着", "缝", "缝着")
        if (knits or weaves) and noun_end(tokens, index + 1):
            out[index] = replace(token, meanings=(Meaning("relation" if knits else "verb", "holding"),))
    return out


def _piled(tokens: list[Token]) -> list[Token]:
    """ "A pyramid of oranges", "a wheel of cheese", 堆成金字塔的橙子: there is no pyramid and no wheel."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        of = peek(tokens, index + 1)
        if token.text in SHAPES and of is not None and of.text == "of" and noun_end(tokens, index + 2):
            skip = index + 1
            continue
        formed = of is not None and of.text == "成" and token.text in "堆摆排围叠拼"
        if token.chinese and (formed or token.text in ("堆成", "摆成", "排成", "围成", "叠成", "拼成")):
            end = noun_end(tokens, index + 1 + formed)
            tail = peek(tokens, end) if end else None
            if tail is not None and tail.text == "的" and noun_end(tokens, end + 1):
                skip = end
                continue
        out.append(token)
    return out


def _for_somebody(tokens: list[Token]) -> list[Token]:
    """机器人给女孩送花, 护士给泰迪熊打针: what is done, and beside whom."""
    for index, token in enumerate(tokens):
        whom = noun_end(tokens, index + 1) if token.text in ("给", "为", "替", "帮") and index else 0
        does = peek(tokens, whom) if whom else None
        acts = has(does, "verb", "act", "deed") or (does is not None and does.text in GIVES)
        if does is None or not acts or not living(tokens[whom - 1]) or not any(living(t) for t in tokens[:index]):
            continue
        end = next((i for i in range(whom, len(tokens)) if tokens[i].mark), len(tokens))
        if any(t.text == "的" or (has(t, "thing") and living(t)) for t in tokens[whom:end]):
            continue
        done = tokens[whom:end]
        if does.text in GIVES:
            done = [replace(does, meanings=(Meaning("verb", "holding"),)), *done[1:]]
        beside = replace(token, text="挨着", meanings=(Meaning("verb", "next-to"),))
        return [*tokens[:index], *done, beside, *tokens[index + 1 : whom], *tokens[end:]]
    return tokens


def _borne(tokens: list[Token]) -> list[Token]:
    """刺猬背上背着苹果: the hedgehog carries it, wherever."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        bears = following is not None and following.get("verb") == "holding"
        if token.text in BODIES and bears and out and living(out[-1]):
            continue
        out.append(token)
    return out


def _opened(tokens: list[Token]) -> list[Token]:
    """装满衣服的打开的箱子: that it is open is no clause between."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        of = peek(tokens, index + 1)
        before = out[-1] if out else None
        if token.text in OPEN and of is not None and of.text == "的" and before is not None and before.text == "的":
            skip = index + 1
            continue
        out.append(token)
    return out


def _instruments(tokens: list[Token]) -> list[Token]:
    """ "At the stars through a telescope", 用望远镜看星星: whoever looks has it in hand."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = noun_end(tokens, index + 1) if token.text in ("用", "through", "透过", "隔着") else 0
        tool = tokens[end - 1].get("thing") if end else None
        if token.text == "用" and tool is not None and has(peek(tokens, end), "verb", "act") and any(map(living, out)):
            token = replace(token, text="拿着", meanings=(Meaning("verb", "holding"),))
        elif token.text in ("through", "透过", "隔着") and tool == WINDOW:
            kind: Kind = "verb" if token.chinese else "relation"
            token = replace(token, text="stands by", meanings=(Meaning(kind, "next-to"),))
        elif token.text == "through" and tool in LENSES:
            token = replace(token, text="holds", meanings=(Meaning("relation", "holding"),))
        out.append(token)
        index += 1
    return out
