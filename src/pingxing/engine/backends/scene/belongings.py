"""What is whose, and how it is marked: the bride's dress, a lighthouse with red and white stripes, what is handed over.

Each rule takes the tokens and gives tokens; all of them run before the other turns of phrase.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_person, is_worn
from pingxing.engine.backends.scene.company import SHOULDERS, has, is_beast, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.surface import STRIPES, accent
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import noun_end
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, said

BE = Meaning("be", "")
GIVING = frozenset({"递", "送", "交", "拿", "扔", "抛", "端", "还", "借", "寄", "传", "踢"})
TRAYS = frozenset({"托盘", "盘子"})
BUNCH_ZH, ANY_FLOWERS = frozenset({"束", "捧", "大束"}), frozenset({"花", "鲜花", "花朵", "花儿", "野花"})
BOUQUET = Meaning("thing", concept_of("💐"))
DESCRIBED: tuple[Kind, ...] = ("colour", "trait", "size")
BUNCHES = frozenset({"bouquet", "bouquets"})
STATUES = frozenset({"statue", "statues", "sculpture", "sculptures", "bust"})
STATUES_ZH = frozenset({"雕像", "雕塑", "塑像", "石像", "铜像", "木雕", "石雕"})
YOUNG = frozenset({
    "calf", "calves", "foal", "foals", "lamb", "lambs", "kitten", "kittens", "puppy", "puppies", "pup", "pups",
    "piglet", "piglets", "chick", "chicks", "duckling", "ducklings", "fawn", "fawns", "joey", "cygnet", "cygnets",
    "gosling", "goslings",
})  # fmt: skip
OWN = frozenset({"her", "its", "his", "their"})
HOLD = frozenset({"hold", "skip", "minus", "forget", "omit"})
BODIES = SHOULDERS | {"背上", "头上", "腿上", "怀里", "身上", "脖子上", "手里", "手上"}
ARMS = frozenset({"怀里", "手里", "手上"})
WHITE = "#fafafa"
DYEING = frozenset("漆染涂刷喷画成了上为")
FEW = 6  # tokens between 的 and whose it is
FAR = 10  # tokens between 把 and 给
ROOMS = frozenset({"房间", "房间里", "卧室", "卧室里", "书房", "书房里"})


def owned(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    return _statues(
        _clad(_young(_dyed(_minus(_bunched(_trayed(_handed(_fur(_ringed(_dressed(_featured(tokens)))))))))))
    )


def _featured(tokens: list[Token]) -> list[Token]:
    """红鼻子小丑: a clown, and no nose beside him."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        who = peek(tokens, index + 1)
        part = token.chinese and traits(token.get("thing") or "").subgroup == "body-parts"
        close = who is not None and who.start == token.end
        if part and who is not None and who.text == "的":  # 红鼻子的瘦高小丑
            at = index + 2
            while at < index + FEW and not has(peek(tokens, at), "thing", "number") and not tokens[at - 1].mark:
                at += 1
            who = peek(tokens, at) if not (out and has(out[-1], "not")) else None
        owner = who is not None and living(who) and traits(who.get("thing") or "").subgroup != "body-parts"
        if part and owner and close:
            while out and has(out[-1], "colour", "size", "trait", "shade") and not has(out[-1], "thing"):
                out.pop()
            if out and has(out[-1], "not"):  # 没有红鼻子的小丑: the nose is refused, and not the clown
                out.pop()
            continue
        out.append(token)
    return out


def _dressed(tokens: list[Token]) -> list[Token]:
    """ "The bride's dress is white", 新娘的裙子是白色的: the bride wears it."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        of = peek(tokens, index + 1)
        apart = token.chinese and of is not None and of.text == "的"
        garment, be, paint = (peek(tokens, index + step + apart) for step in (1, 2, 3))
        whose = apart or (not token.chinese and token.text.endswith("'s"))
        worn = garment is not None and is_worn(garment.get("thing") or "")
        if whose and living(token) and worn and has(be, "be") and has(paint, "colour", "shade"):
            end = index + 3 + apart
            while has(peek(tokens, end), "colour", "shade"):
                end += 1
            kind: Kind = "verb" if token.chinese else "relation"
            wears = replace(token, text="穿着" if token.chinese else "wearing", meanings=(Meaning(kind, "wearing"),))
            out += [replace(token, text=token.text.removesuffix("'s")), wears, *tokens[index + 3 + apart : end]]
            out += tokens[index + 1 + apart : index + 2 + apart]
            after = peek(tokens, end)
            index = end + (token.chinese and after is not None and after.text == "的")
            continue
        out.append(token)
        index += 1
    return out


def _ringed(tokens: list[Token]) -> list[Token]:
    """ "A lighthouse with red and white stripes" is red, with white stripes."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        first, joint, second, marks = (peek(tokens, index + step) for step in (1, 2, 3, 4))
        striped = marks is not None and marks.text in STRIPES and has(joint, "and") and has(second, "colour")
        if tokens[index].text == "with" and has(first, "colour") and striped and first and second and marks:
            out += [replace(tokens[index], text="is", meanings=(BE,)), first, _accent(second)]
            out.append(replace(marks, text=f"with {marks.text}", meanings=(Meaning("trait", STRIPES[marks.text]),)))
            index += 5
            continue
        out.append(tokens[index])
        index += 1
    return out


def _accent(colour: Token) -> Token:
    name = Meaning("trait", accent(colour.get("colour") or "#fafafa"))
    return replace(colour, text=f"with {colour.text}", meanings=(name,))


def _fur(tokens: list[Token]) -> list[Token]:
    """ "A cat with grey and white fur" is grey, and white as well."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        first, joint, second, coat = (peek(tokens, index + step) for step in (1, 2, 3, 4))
        beast = bool(out) and out[-1].has("thing") and is_beast(out[-1])
        coated = coat is not None and coat.text in said("coats") and has(joint, "and")
        two = first is not None and second is not None and first.has("colour") and second.has("colour")
        if tokens[index].text == "with" and beast and two and coated and first is not None and second is not None:
            out += [replace(tokens[index], text="is", meanings=(BE,)), first, _accent(second)]
            index += 5
            continue
        out.append(tokens[index])
        index += 1
    return out


def _handed(tokens: list[Token]) -> list[Token]:
    """把一盘面条递给戴眼镜的男孩: whoever does it has the noodles in hand, and stands beside the boy."""
    for index, token in enumerate(tokens):
        if not token.has("take"):
            continue
        end = noun_end(tokens, index + 1)
        gives, to = peek(tokens, end), peek(tokens, end + 1)
        if not end or gives is None:
            continue
        whole = gives.text.endswith("给") and gives.text[:1] in GIVING
        parted = gives.text in GIVING and to is not None and to.text == "给"
        rest = tokens[end + 1 + parted : end + 1 + parted + FAR]
        body = next((i for i in range(end, min(end + 4, len(tokens))) if tokens[i].text in BODIES), 0)
        if body and not whole and (peek(tokens, body + 1) is None or tokens[body + 1].mark):
            worn = is_worn(tokens[end - 1].get("thing") or "")
            relation = "wearing" if worn else "holding" if tokens[body].text in ARMS else "~on"
            bears = replace(token, text="带着", meanings=(Meaning("verb", relation),))  # 把儿子扛在肩膀上
            return [*tokens[:index], bears, *tokens[index + 1 : end], *_handed(tokens[body + 1 :])]
        clause = bool(rest) and has(rest[0], "verb", "act", "at")
        if (whole or parted) and clause and any(map(living, rest)) and not living(tokens[end - 1]):
            hold = replace(token, text="拿着", meanings=(Meaning("verb", "holding"),))
            beside = replace(gives, text="挨着", meanings=(Meaning("verb", "next-to"),))
            return [*tokens[:index], hold, *tokens[index + 1 : end], beside, *_handed(tokens[end + 1 + parted :])]
    return tokens


def _trayed(tokens: list[Token]) -> list[Token]:
    """端着饮料托盘: the drinks, on whatever they are carried."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        food = before is not None and traits(before.get("thing") or "").group == "food-drink"
        if token.chinese and token.text in TRAYS and food and before is not None and before.end == token.start:
            continue
        out.append(token)
    return out


def _bunched(tokens: list[Token]) -> list[Token]:
    """ "A bouquet of wild flowers" is one bouquet."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        out.append(token)
        of = peek(tokens, index + 1)
        bunch = token.text in ("a bunch of", "bunch of") and len(out) > 0  # "a bunch of flowers" is a bouquet as well
        if bunch or (token.text in BUNCHES and of is not None and of.text == "of"):
            at = index + 2 - bunch
            while has(peek(tokens, at), "ignore", "trait", "size") and not has(peek(tokens, at), "thing"):
                at += 1
            while has(peek(tokens, at), "colour", "shade") and not has(peek(tokens, at), "thing"):
                at += 1
            flowers = peek(tokens, at)
            if flowers is not None and flowers.text in ("flowers", "wildflowers", "wild flowers", "blossoms"):
                said = [t for t in tokens[index + 2 - bunch : at] if has(t, "colour", "shade")]
                if bunch:
                    one = replace(token, text="a", meanings=(Meaning("number", "1"),))
                    token = replace(flowers, meanings=(BOUQUET,), plural=False)
                    said = [one, *said]
                out = [*out[:-1], *said, token]  # the bouquet has their colour
                skip = at
                continue
            if not bunch and flowers is not None and traits(flowers.get("thing") or "").subgroup == "plant-flower":
                out[-1] = replace(token, meanings=(Meaning("measure", ""),))  # "a bouquet of white roses"
                skip = index + 1
                continue
        elif token.text in BUNCH_ZH and has(peek(out, len(out) - 2), "number"):
            at = index + 1
            while has(peek(tokens, at), *DESCRIBED) or (peek(tokens, at) is not None and tokens[at].text == "的"):
                if has(tokens[at], "thing"):
                    break
                at += 1
            flowers = peek(tokens, at)
            if flowers is not None and flowers.text in ANY_FLOWERS:  # 一束鲜花, but 一束玫瑰
                out += [*tokens[index + 1 : at], replace(flowers, meanings=(BOUQUET,), plural=False)]
                skip = at
    return out


def _minus(tokens: list[Token]) -> list[Token]:
    """ "A salad, hold the tomatoes": none of them."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        after = peek(tokens, index + 1)
        begins = before is not None and bool(before.mark)
        if not token.chinese and token.text in HOLD and begins and after is not None and after.text == "the":
            food = traits(tokens[noun_end(tokens, index + 1) - 1].get("thing") or "").group == "food-drink"
            if food or token.text != "hold":
                out[index] = replace(token, meanings=(Meaning("not", ""),))
    return out


def _young(tokens: list[Token]) -> list[Token]:
    """ "A cow and her calf": the calf is one more, and a young one."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        noun = peek(tokens, index + 1)
        if token.text in OWN and noun is not None and noun.text in YOUNG and noun.has("thing"):
            kinds = {t.get("thing") for t in tokens[:index] if living(t)}
            if noun.get("thing") in kinds:
                many = 3 if noun.plural else 1
                out.append(replace(token, text=str(many), meanings=(Meaning("number", str(many)),)))
                out.append(replace(token, text="baby", meanings=(Meaning("trait", "baby"),)))
                continue
        out.append(token)
    return out


def _dyed(tokens: list[Token]) -> list[Token]:
    """门被漆成了紫色: it is purple."""
    for index, token in enumerate(tokens):
        end = index + 1
        while end < index + FAR and end < len(tokens) and not tokens[end].mark and set(tokens[end].text) <= DYEING:
            end += 1
        if token.has("suffer") and end > index + 1 and has(peek(tokens, end), "colour"):
            be = replace(token, text="是", meanings=(BE,))
            return [*tokens[:index], be, *_dyed(tokens[end:])]
    return tokens


def _clad(tokens: list[Token]) -> list[Token]:
    """黑衣男人 wears black; his skin may have any colour."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token, coat = tokens[index], peek(tokens, index + 1)
        apart = token.has("colour") and not token.has("thing") and coat is not None and coat.text in ("衣", "衣服")
        who = peek(tokens, index + 1 + apart)
        person = who is not None and is_person(who.get("thing") or "")
        if token.chinese and (apart or token.text == "白衣") and person and who is not None:
            paint = token if apart else replace(token, text="白", meanings=(Meaning("colour", WHITE),))
            out += [who, replace(token, text="是", meanings=(BE,)), paint]
            index += 2 + apart
            continue
        out.append(token)
        index += 1
    return out


def _statues(tokens: list[Token]) -> list[Token]:
    """ "A statue of a horse", 马的雕像: no horse beside it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        of = peek(tokens, index + 1)
        end = noun_end(tokens, index + 2) if token.text in STATUES and of is not None and of.text == "of" else 0
        made = peek(tokens, index + 2)
        likeness = token.chinese and living(token) and of is not None and of.text == "的"
        if likeness and made is not None and made.text in STATUES_ZH:
            skip = index + 1
            continue
        out.append(token)
        skip = max(skip, end - 1)
    return out


def owners(tokens: list[Token]) -> list[Token]:
    """Grandma's kitchen, 奶奶的厨房: the kitchen is shown, she is not."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        following, after = peek(tokens, index + 1), peek(tokens, index + 2)
        if token.has("thing") and token.text.endswith("'s") and (has(following, "background") or _is_wall(following)):
            continue
        if token.chinese and living(token) and following is not None and following.text in ROOMS:
            continue  # 宝宝房间的墙上
        if token.chinese and token.has("thing") and following is not None and following.text == "的":
            begins = not out or out[-1].mark or has(out[-1], "at", "the")
            if begins and living(token) and has(after, "background") and not has(after, "thing"):
                continue
        out.append(token)
    return out


def _is_wall(token: Token | None) -> bool:
    return token is not None and token.text in ("wall", "walls", "nursery", "room")
