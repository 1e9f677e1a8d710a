"""What people say around the things they want: who wants it, that it is a drawing, which of several is the big one.

Each rule takes the tokens and gives tokens, before `turns` unfolds words for several people and deeds.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_person
from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import DESCRIBING, FEW, noun_end, others, sorted_out
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, said

CARDS = ("卡片", "贺卡", "海报", "请柬", "邀请函", "请帖", "封面", "插画", "绘本", "贺年卡")
FOR_WHOM = frozenset({"送给", "献给", "写给", "给", "送"})
PREFACE = 5  # words that may stand before an owner at the beginning
CLOUD, KITE = concept_of("\N{CLOUD}"), concept_of("\N{KITE}")
CLOUDS = frozenset({"云上", "云端", "云朵上", "云层上"})
POSTURES = frozenset({"坐在", "站在", "躺在", "睡在", "趴在", "蹲在", "骑在"})
WINDOW = concept_of("\N{WINDOW}")
OUT_OF = ("out of", "through", "out through")
RIDDEN = frozenset(map(concept_of, "🛷🛶🎢🎠🛝🛸🐉🐲"))
WHERE: tuple[Kind, ...] = ("background", "weather", "touch")
VEHICLES = ("transport-ground", "transport-air", "transport-water")
LOOK, INSIDE, BESIDE = (Meaning("relation", value) for value in ("looking-at", "inside", "next-to"))


def phrased(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    tokens = _depicted(_given(_of_a_kind(_wanted(tokens))))
    tokens = _seated(_windows(_coloured_parts(sorted_out(tokens))))
    return others(_towards(_within(tokens)))


def _wanted(tokens: list[Token]) -> list[Token]:
    """ "My son wants a dinosaur", 儿子想要一只恐龙: he is not to be drawn."""
    whom = noun_end(tokens, 1) if tokens and tokens[0].text in ("给", "为", "帮", "替") else 0
    asked = peek(tokens, whom) if whom and is_person(tokens[whom - 1].get("thing") or "") else None
    if asked is not None and asked.text.rstrip("一个张幅") in ("画", "做", "设计", "来"):  # 给儿子画个火箭
        return tokens[whom + 1 :]
    for index, token in enumerate(tokens[:8]):
        if token.mark:
            return tokens
        if token.text in said("wants") and index + 1 < len(tokens):
            before = tokens[:index]
            idle: tuple[Kind, ...] = ("the", "ignore", "number", "measure", "of")
            mine = all(t.text in said("mine") or living(t) or has(t, *idle) for t in before)
            if mine and sum(living(t) for t in before) <= 1:
                return tokens[index + 1 :]
    return tokens


def called(prompt: str, tokens: list[Token]) -> list[Token]:
    """ "Princess Lily", "my cat Rose": a capital after somebody begins a name, unless there are many."""
    words = [t for t in tokens if not t.chinese and not t.mark]
    if sum(prompt[t.start].isupper() for t in words) > max(2, len(words) // 3):
        return tokens
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        capital = not token.chinese and not token.mark and prompt[token.start].isupper() and " " not in token.text
        close = before is not None and before.end + 1 == token.start and living(before)
        if capital and close and before is not None and not before.text.endswith("'s"):
            token = replace(token, meanings=(Meaning("ignore", ""),))
        out.append(token)
    return out


def _within(tokens: list[Token]) -> list[Token]:
    """盯着鱼缸里的金鱼: looks at the fish, which is in the bowl."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        place = noun_end(tokens, index + 1) if token.chinese and has(token, "verb", "act") else 0
        where, of = (peek(tokens, place), peek(tokens, place + 1)) if place else (None, None)
        if has(where, "locative") and where is not None and of is not None and of.text == "的":
            end = noun_end(tokens, place + 2)
            after = peek(tokens, end) if end else None
            if end and (after is None or after.mark or not has(after, "of", "locative")):
                at = replace(where, text="在", meanings=(Meaning("at", ""),))
                out += [token, *tokens[place + 2 : end], at, *tokens[index + 1 : place + 1]]
                index = end
                continue
        verb = peek(tokens, index + 1)
        doer = token.chinese and has(token, "verb") and has(verb, "verb", "act") and any(living(t) for t in out[-6:])
        done = noun_end(tokens, index + 2) if doer else 0
        of = peek(tokens, done) if done else None
        end = noun_end(tokens, done + 1) if of is not None and of.text == "的" else 0
        if end and living(tokens[end - 1]):  # 推着坐轮椅的老爷爷: pushes the old man, who is in the wheelchair
            out += [token, *tokens[done + 1 : end], *tokens[index + 1 : done]]
            index = end
            continue
        out.append(token)
        index += 1
    return out


def _towards(tokens: list[Token]) -> list[Token]:
    """猴子朝狮子扔香蕉: the monkey holds the banana and looks at the lion."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = noun_end(tokens, index + 1) if token.text in said("towards") and out and not out[-1].mark else 0
        if end:
            look = replace(token, meanings=(Meaning("verb", "looking-at"),))
            verb = peek(tokens, end)
            done = noun_end(tokens, end + 1) if has(verb, "verb", "act") else 0
            if done:
                out += [*tokens[end:done], look, *tokens[index + 1 : end]]
                index = done
            else:
                out += [look, *tokens[index + 1 : end]]
                index = end
            continue
        out.append(token)
        index += 1
    return out


def _of_a_kind(tokens: list[Token]) -> list[Token]:
    """ "A knight's horse", "grandma's cat", 奶奶家的猫: the horse and the cat; on "a girl's hat" is a girl."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        at = index + 1
        while at < index + FEW and has(peek(tokens, at), "ignore", *DESCRIBING) and not has(peek(tokens, at), "thing"):
            at += 1
        owned = peek(tokens, at)
        kind = token.text.endswith("'s") and living(token) and has(owned, "thing") and not living_body(owned)
        if kind and out and out[-1].text in ("a", "an") and not has(peek(out, len(out) - 2), "relation", "be"):
            continue
        # "My little sister's dog"
        mine = len(out) < PREFACE and all(t.text in said("mine") or has(t, "size", "trait", "number") for t in out)
        if kind and mine and is_person(token.get("thing") or ""):
            out = [t for t in out if not has(t, "size", "trait")]
            continue
        if token.text in said("kin") and following is not None and following.text == "的":
            at = index + 2  # 弟弟的玩具机器人
            while has(peek(tokens, at), *DESCRIBING, "number", "measure", "ignore") and not has(
                peek(tokens, at), "thing"
            ):
                at += 1
            if (not out or out[-1].mark or mine) and has(peek(tokens, at), "thing"):
                skip = index + 1
                continue
        if is_person(token.get("thing") or "") and following is not None and following.text in ("家", "家里"):
            after = peek(tokens, index + 2)
            if after is not None and after.text == "的" and has(peek(tokens, index + 3), "thing"):  # 奶奶家的猫
                skip = index + 2
                continue
        out.append(token)
    return out


def _given(tokens: list[Token]) -> list[Token]:
    """ "Gives his mother a bouquet", 送给妈妈一束花: whoever gives holds it, beside the one who gets it."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        whom_end = noun_end(tokens, index + 1)
        of = peek(tokens, whom_end) if whom_end else None
        if (
            token.text in FOR_WHOM
            and of is not None
            and of.text == "的"
            and is_person(tokens[whom_end - 1].get("thing") or "")
        ):
            index = whom_end + 1  # 送给女朋友的玫瑰
            continue
        if token.text == "for" and out and out[-1].has("thing") and (ends := _for_whom(tokens, index + 1)):
            if any(living(t) for t in out) and has(
                tokens[index + 1], "number"
            ):  # "a robot holding a flower for a girl"
                meets = replace(token, text="meets", meanings=(Meaning("relation", "next-to"),))
                out += [meets, *tokens[index + 1 : ends]]
            index = ends  # "roses for my girlfriend"
            continue
        if token.text in said("gives") and (what := noun_end(tokens, index + 1)) and not living(tokens[what - 1]):
            to, whom = peek(tokens, what), noun_end(tokens, what + 1)
            if to is not None and to.text == "to" and whom and living(tokens[whom - 1]):  # "feeds bread to the ducks"
                hold, beside = (replace(token, meanings=(Meaning("relation", v),)) for v in ("holding", "next-to"))
                out += [hold, *tokens[index + 1 : what], beside, *tokens[what + 1 : whom]]
                index = whom
                continue
        if token.text in said("gives") or (token.chinese and token.text in ("给", "送") and _starts(tokens, index)):
            whom = index + 1
            while peek(tokens, whom) is not None and (tokens[whom].text == "给" or has(tokens[whom], "the", "number")):
                whom += 1
            what = whom + 1
            while has(peek(tokens, what), "number", "measure", "the", "times", *DESCRIBING):
                if has(tokens[what], "thing"):
                    break
                what += 1
            if living(peek(tokens, whom)) and has(peek(tokens, what), "thing") and not living(tokens[what]):
                kind: Kind = "verb" if token.chinese else "relation"
                hold, beside = (replace(token, meanings=(Meaning(kind, v),)) for v in ("holding", "next-to"))
                out += [hold, *tokens[whom + 1 : what + 1], beside, *tokens[index + 1 : whom + 1]]
                index = what + 1
                continue
        out.append(token)
        index += 1
    return out


def _for_whom(tokens: list[Token], at: int) -> int:
    """Where "my girlfriend" ends that begins here and nothing but a mark follows; 0 where nobody is named."""
    while has(peek(tokens, at), "the", "ignore", "number") and not has(peek(tokens, at), "thing"):
        at += 1
    whom, after = peek(tokens, at), peek(tokens, at + 1)
    person = whom is not None and is_person(whom.get("thing") or "")
    return at + 1 if person and (after is None or after.mark) else 0


def _starts(tokens: list[Token], at: int) -> bool:
    """Whether a verb of giving begins here, and not a 给 that only says for whom: 给猫喂鱼."""
    following = peek(tokens, at + 1)
    return tokens[at].text == "送" or (following is not None and living(following) and not has(following, "verb"))


def living_body(token: Token | None) -> bool:
    """Whether it is a part of a body: a hand, an ear."""
    concept = token.get("thing") if token is not None else None
    return concept is not None and traits(concept).subgroup.startswith(("body", "hand"))


def _depicted(tokens: list[Token]) -> list[Token]:
    """ "A kid's drawing of a house", 儿童画：房子: the house is wanted, not the kid and not the sheet."""
    last = max((i for i, t in enumerate(tokens) if t.has("thing")), default=-1)
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        picture = token.text.removesuffix(" of") in said("pictures") and not token.chinese
        whole = token.text.endswith(" of")
        if picture and (whole or (following is not None and following.text == "of")):
            while out and not out[-1].mark and not has(out[-1], "relation", "and", "have"):
                out.pop()
            skip = index if whole else index + 1
            continue
        if (
            token.chinese
            and token.text in said("pictures")
            and (not out or out[-1].mark)
            and (following is None or following.mark)
        ):
            skip = index + 1
            continue
        more = index + 1 < last
        if not token.chinese and token.text in said("pictures") and following is not None and following.text == "for":
            end = next((i for i in range(index, len(tokens)) if tokens[i].mark), 0)
            if end and end < last:  # "logo for a bakery: a loaf of bread"
                while out and not out[-1].mark:
                    out.pop()
                skip = end
                continue
        colon = following is not None and following.text in (":", "：")
        if token.text.endswith((*CARDS, "logo", "标志", "图标")) and colon and more:  # 面包店logo:戴帽子的面包
            start = max((i + 1 for i, t in enumerate(out) if t.mark), default=0)
            kept = [t for t in out[start:] if has(t, *WHERE) and not has(t, "thing")]  # 海滩度假海报:一棵棕榈树
            out[start:] = [*kept, replace(token, text=",", mark=",", meanings=())] if kept else []
            skip = index + 1
            continue
        if token.chinese and token.text.endswith(CARDS) and following is not None and following.mark:
            start = max((i + 1 for i, t in enumerate(out) if t.mark), default=0)
            if not any(has(t, "thing") for t in out[start:]):  # 情人节卡片,两只熊猫: the card is the picture itself
                continue
        out.append(token)
    return out


# --- parts, windows, seats --------------------------------------------------------------------------


def _coloured_parts(tokens: list[Token]) -> list[Token]:
    """ "A house with a red roof", 红屋顶的房子: the roof is no second house, and the house is not red."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.text == "with" and (end := _part_en(tokens, index + 1)) and has(peek(out, len(out) - 1), "thing"):
            skip = end - 1
            continue
        if token.chinese and token.text in said("parts") and not has(peek(out, len(out) - 1), "not"):
            following, end = peek(tokens, index + 1), noun_end(tokens, index + 2)
            if following is not None and following.text == "的" and end and _is_whole(tokens[end - 1]):
                while out and has(out[-1], "colour", "size", "trait", "have"):
                    out.pop()
                skip = index + 1
                continue
        out.append(token)
    return out


def _part_en(tokens: list[Token], at: int) -> int:
    """Where "a red roof" ends that begins here; 0 where none does."""
    start = at
    while at < start + 4 and has(peek(tokens, at), "number", "the", *DESCRIBING):
        at += 1
    part = peek(tokens, at)
    coloured = any(t.has("colour") for t in tokens[start:at])
    return at + 1 if coloured and part is not None and part.text in said("parts") else 0


def _is_whole(token: Token | None) -> bool:
    concept = token.get("thing") if token is not None else None
    if concept is None:
        return False
    kind = traits(concept)
    return kind.group == "travel-places" or kind.subgroup.startswith(("animal", "plant"))


def _windows(tokens: list[Token]) -> list[Token]:
    """ "Looks out of the window at the stars", 望着窗外的星星: looks at the stars, and there is a window beside her."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        if token.get("relation") in ("looking-at", "inside") and token.text.endswith(OUT_OF) and _looks(token):
            at = index + 1
            while has(peek(tokens, at), "the", "number"):
                at += 1
            window, behind = peek(tokens, at), peek(tokens, at + 1)
            if window is None or window.get("thing") != WINDOW:
                if not token.text.endswith("through"):
                    token = replace(token, meanings=(INSIDE,))  # a cat looks out of a box
            elif behind is not None and behind.text == "at":
                out += [replace(token, meanings=(BESIDE,)), *tokens[index + 1 : at + 1]]
                out += [replace(behind, text="looks at", meanings=(LOOK,))]
                skip = at + 1
                continue
            else:
                token = replace(token, meanings=(LOOK,))
        elif token.get("verb") == "looking-at" and following is not None and following.text in said("outside"):
            after = peek(tokens, index + 2)
            out += [replace(token, meanings=(Meaning("verb", "next-to"),))]
            out.append(replace(following, text="窗", meanings=(Meaning("thing", WINDOW),)))
            skip = index + (2 if after is not None and after.text == "的" else 1)
            if after is None or after.mark:
                out[-2] = token
                continue
        out.append(token)
    return out


def _looks(token: Token) -> bool:
    return token.text.startswith(("look", "gaz", "star", "peer"))


def _seated(tokens: list[Token]) -> list[Token]:
    """坐着雪橇, 坐飞机: whoever does that rides."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if token.text in CLOUDS and out and out[-1].text in POSTURES:  # 坐在云上 needs a cloud
            out += [replace(token, text="云", meanings=(Meaning("thing", CLOUD),))]
            token = replace(token, text="上", meanings=(Meaning("locative", "on"),))
        if token.text == "放" and (end := noun_end(tokens, index + 1)) and tokens[end - 1].get("thing") == KITE:
            token = replace(token, meanings=(Meaning("verb", "holding"),))  # 放一只红风筝
        if token.chinese and token.text in said("seats"):
            at = index + 1
            while has(peek(tokens, at), "number", "measure", *DESCRIBING) and not has(peek(tokens, at), "thing"):
                at += 1
            seat = peek(tokens, at)
            concept = seat.get("thing") if seat is not None else None
            vehicle = concept is not None and (traits(concept).subgroup in VEHICLES or concept in RIDDEN)
            if vehicle:
                token = replace(token, meanings=(Meaning("verb", "riding"),))
        out.append(token)
    return out
