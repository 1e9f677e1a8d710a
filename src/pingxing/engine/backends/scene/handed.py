"""Numbers and places that a turn of phrase holds: "a balloon in each hand", 两手各拿一个, 奖杯放中间.

Each rule takes the tokens and gives tokens; linear in their number.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.clauses import LIMBS
from pingxing.engine.backends.scene.company import AND, has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.subjects import GIVES, WHOM
from pingxing.engine.backends.scene.which import DESCRIBING, FEW
from pingxing.engine.backends.scene.words import Kind, Meaning, lexicon, said

HANDS = frozenset({"hand", "hands", "paw", "paws", "claw", "claws", "手", "爪", "爪子"})
ADDED = frozenset({"加", "加了", "放了", "配", "撒了", "撒"})
TEETH = frozenset({"teeth", "tooth", "牙齿", "牙"})
WHOSE = frozenset({"her", "his", "its", "their", "my", "our", "your", "the", "他", "她", "着"})
LENDING = frozenset({"wearing", "holding", "riding", "in", "inside"})
SIDED = frozenset({"左", "右"})
OWNED = frozenset({"her", "his", "its", "their"})
HOLDING = Meaning("verb", "holding")
PUT = frozenset({"放", "放到", "摆", "摆到", "画", "站", "坐", "搁"})
AT = Meaning("at", "")
WEATHER = frozenset({"snow", "rain", "fog", "mist", "sunlight", "sunshine", "light", "moonlight", "snowflakes"})
STUFFS = frozenset({"glass", "wooden", "stone", "paper", "ice", "crystal"})
MAKES = ("mak", "made", "build", "built", "fold", "carv", "knit", "cut", "sew", "weav", "sculpt", "craft", "shap")
NOUN_PHRASE = 6  # tokens of "a big red balloon"


def handed(tokens: list[Token]) -> list[Token]:
    """All rules."""
    found = _each_hand(_in_hand(_lent(_out_of(_stuffs(_tooled(tokens))))))
    return _falling(_round(_put(_loaded(_in_between(found)))))


def _in_between(tokens: list[Token]) -> list[Token]:
    """ "A mouse in between": between those that were named."""
    return [
        replace(token, text="between them", meanings=(Meaning("pronoun", "between"),))
        if token.text == "in between" and (peek(tokens, i + 1) is None or tokens[i + 1].mark)
        else token
        for i, token in enumerate(tokens)
    ]


def _loaded(tokens: list[Token]) -> list[Token]:
    """ "Full of sheep", 一杯加棉花糖的热可可: many sheep; the cup is of what is named last."""
    if not any(token.text in ADDED or token.text == "full of" for token in tokens):
        return tokens
    out = list(tokens)
    for index, token in enumerate(tokens):
        before, after = peek(tokens, index - 1), peek(tokens, index + 1)
        if token.text == "full of" and living(after) and after is not None:
            out[index + 1] = replace(after, plural=True)
        at = index + 1 + (after is not None and after.text == "了")
        food, of, dish = peek(tokens, at), peek(tokens, at + 1), peek(tokens, at + 2)
        fed = before is not None and before.chinese and has(before, "measure") and token.text in ADDED
        if fed and has(food, "thing") and of is not None and of.text == "的" and has(dish, "thing"):
            out[index : at + 3] = [tokens[at + 2], replace(of, text="和", meanings=(AND,)), tokens[at]]
            return out
    return out


def _lent(tokens: list[Token]) -> list[Token]:
    """ "My dad's hat", 穿着妈妈的高跟鞋, "a hippo's teeth": neither dad nor mum is there, and no tooth alone."""
    if not any(token.text == "的" or token.text.endswith("'s") for token in tokens):
        return tokens
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        of = peek(tokens, index + 1)
        if token.text.endswith(" keeper's"):  # "the lighthouse keeper's daughter" lives there; he is not told of
            place = lexicon().english.get(token.text.removesuffix(" keeper's"))
            token = replace(token, meanings=place) if place else token
        own = token.text.endswith("'s") or (token.chinese and of is not None and of.text == "的")
        owner = token.text.removesuffix("'s").rpartition(" ")[2]
        at = index + 1 + token.chinese
        while own and has(peek(tokens, at), *DESCRIBING) and not has(peek(tokens, at), "thing"):
            at += 1
        noun = peek(tokens, at)
        if own and noun is not None and noun.has("thing") and living(token):
            if noun.text in TEETH and not has(peek(tokens, at + 1), "thing"):
                out.append(replace(token, text=token.text.removesuffix("'s")))
                skip = at
                continue
            before = next((t for t in reversed(out) if t.text not in WHOSE), None)
            verb = before is not None and (before.get("verb") if token.chinese else before.get("relation"))
            if owner in said("family") and verb in LENDING and not living(noun) and noun.text not in LIMBS:
                skip = index + token.chinese
                continue
        out.append(token)
    return out


def _in_hand(tokens: list[Token]) -> list[Token]:
    """左手拿着气球, "holding a balloon in her left hand": it is held, whichever hand it is."""
    if not any(token.text in HANDS or token.text in SIDED for token in tokens):
        return tokens
    out: list[Token] = []
    held, index = False, 0
    while index < len(tokens):
        token, hand = tokens[index], peek(tokens, index + 1)
        held = (held and token.mark != ".") or token.get("relation") == "holding"
        own = hand is not None and (hand.text == "手" or (hand.text[:1] == "手" and hand.has("verb")))
        if token.text in SIDED and own and hand is not None and hand.start == token.end:
            if out and out[-1].text == "的" and living(peek(out, len(out) - 2)):
                out.pop()  # 男孩的左手拿着
            index += 1
            continue
        end = _own_hand(tokens, index) if held and token.text == "in" and has(peek(out, len(out) - 1), "thing") else 0
        if end:
            index = end
            continue
        out.append(token)
        index += 1
    return out


def _own_hand(tokens: list[Token], at: int) -> int:
    """Where "in her left hand" ends; 0 where nothing like it begins."""
    whose = peek(tokens, at + 1)
    if whose is None or (whose.text not in OWNED and whose.text != "one"):
        return 0
    at += 2
    at += (side := peek(tokens, at)) is not None and side.text in ("left", "right", "other")
    hand, after = peek(tokens, at), peek(tokens, at + 1)
    return at + 1 if hand is not None and hand.text in HANDS and not has(after, "thing") else 0


def _each_hand(tokens: list[Token]) -> list[Token]:
    """ "A balloon in each hand", 每只手拿着一个气球: two of them."""
    out = list(tokens)
    index = 0
    while index < len(out):
        hand = peek(out, index + 1)
        each = out[index].has("each") and hand is not None
        if each and hand is not None and hand.text in HANDS and index and out[index - 1].text in ("in", "with"):
            start = max(0, index - 1 - NOUN_PHRASE)
            number = next((i for i in range(index - 2, start - 1, -1) if out[i].get("number") == "1"), None)
            if number is not None:
                out[number] = _two(out[number])
                noun = next(i for i in range(index - 2, number - 1, -1) if i == number or out[i].has("thing"))
                out[noun] = replace(out[noun], plural=True) if noun != number else out[noun]
                del out[index - 1 : index + 2]
                continue
        end = _hands_zh(out, index)
        if end:
            number = next((i for i in range(end, min(end + 3, len(out))) if out[i].get("number") == "1"), None)
            if number is not None:
                out[number] = _two(out[number])
                verb = replace(out[end - 1], meanings=(HOLDING,))
                out[index:end] = [verb]
        index += 1
    return out


def _two(number: Token) -> Token:
    return replace(number, text="2", meanings=(Meaning("number", "2"),))


def _hands_zh(tokens: list[Token], at: int) -> int:
    """Where 两手各拿, 双手各提 or 每只手拿着 ends; 0 where none begins here."""
    token, second = tokens[at], peek(tokens, at + 1)
    if not token.chinese or second is None:
        return 0
    if token.text.startswith("每只"):  # 手拿 is one word
        third = peek(tokens, at + 2)
        return (
            at + 2 + (third is not None and third.text == "着")
            if second.text[0] == "手" and len(second.text) > 1
            else (at + 3 if second.text in HANDS and has(third, "verb", "act") else 0)
        )
    both = token.text in ("两", "双", "左右", "两只") and second.text in HANDS
    each, verb = (peek(tokens, at + 2), peek(tokens, at + 3)) if both else (None, None)
    return at + 4 if has(each, "each") and has(verb, "verb", "act") else 0


def _put(tokens: list[Token]) -> list[Token]:
    """奖杯放中间: it is in the middle, as with 放在中间."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        after, end = peek(tokens, index + 1), peek(tokens, index + 2)
        closes = end is None or bool(end.mark) or end.text == "的"
        if token.text in PUT and has(after, "place") and closes and has(peek(tokens, index - 1), "thing"):
            out[index] = replace(token, meanings=(AT,))
    return out


def _round(tokens: list[Token]) -> list[Token]:
    """ "Carry round red lanterns": the lanterns are round; nobody walks around them."""
    nouns: tuple[Kind, ...] = ("colour", "size", "thing")
    return [
        t
        for i, t in enumerate(tokens)
        if not (t.text == "round" and has(peek(tokens, i + 1), *nouns) and has(peek(tokens, i - 1), "relation", "act"))
    ]


def _falling(tokens: list[Token]) -> list[Token]:
    """ "Snow falls softly on a tree": it is the weather that falls, and nobody is on the tree."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.chinese or token.text.partition(" ")[0] not in WEATHER:
            continue
        at = index + 1
        while has(peek(tokens, at), "ignore", "be") and not has(peek(tokens, at), "relation", "thing"):
            at += 1
        fell = peek(tokens, at)
        falls = at > index + 1 or " " in token.text
        if falls and fell is not None and fell.get("relation") in ("on", "above", "under", "around"):
            out[at] = replace(fell, meanings=(), mark=",")
    return out


def _stuffs(tokens: list[Token]) -> list[Token]:
    """ "A ball of blue wool": a blue ball of wool, which is one name."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token, at = tokens[index], index + 1
        most = at + FEW if token.text.endswith(" of") else at
        while at < most and has(peek(tokens, at), *DESCRIBING) and not has(peek(tokens, at), "thing"):
            at += 1
        stuff = peek(tokens, at)
        name = f"{token.text} {stuff.text}" if stuff is not None and at > index + 1 else ""
        if token.text.endswith(" of") and stuff is not None and (named := lexicon().english.get(name)):
            out += [*tokens[index + 1 : at], replace(stuff, text=name, meanings=named, plural=token.plural)]
            index = at + 1
            continue
        out.append(token)
        index += 1
    return out


def _out_of(tokens: list[Token]) -> list[Token]:
    """ "Builds a dragon out of red paper", "a boat made of blue paper": said before the noun."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        two = token.text == "out" and (of := peek(tokens, index + 1)) is not None and of.text == "of"
        behind = bool(out) and has(out[-1], "thing") and not token.chinese
        made = has(token, "made") or two or token.text == "from"
        at = index + 1 + two
        start = at
        while has(peek(tokens, at), "colour", "shade"):
            at += 1
        stuff = peek(tokens, at)
        if (
            behind
            and made
            and stuff is not None
            and stuff.get("trait") in STUFFS
            and not has(peek(tokens, at + 1), "thing")
        ):
            maker = has(token, "made") or any(t.text.startswith(MAKES) for t in out[-NOUN_PHRASE - 2 :])
            noun = len(out) - 1
            while noun and has(out[noun - 1], "colour", "size", "trait") and not has(out[noun - 1], "thing"):
                noun -= 1
            if maker:
                trait = replace(stuff, meanings=tuple(m for m in stuff.meanings if m.kind == "trait"))
                out[noun:noun] = [*tokens[start:at], trait]
                index = at + 1
                continue
        out.append(token)
        index += 1
    return out


def to_whom(tokens: list[Token]) -> list[Token]:
    """ "Offers her a pearl", 递给她一颗珍珠, where it is said who she is: whoever gives holds it."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        before = out[-1] if out else None
        counted = has(peek(tokens, index + 1), "number") and not has(token, "thing")
        if token.text in WHOM and counted and before is not None and before.text in GIVES:
            out[-1] = replace(before, meanings=(HOLDING if before.chinese else Meaning("relation", "holding"),))
            continue
        out.append(token)
    return out


def _tooled(tokens: list[Token]) -> list[Token]:
    """ "A woman irons a shirt", "and combs her hair": deeds named by their tools, which are not several irons."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before, after = peek(tokens, index - 1), peek(tokens, index + 1)
        many = not token.chinese and token.has("thing") and token.text.endswith("s")
        many = many and (token.plural or token.has("relation"))
        doer = living(before) and before is not None and not before.plural and has(after, "the", "number")
        doer = doer or (
            before is not None
            and before.text in said("body parts")
            and has(after, "the", "number", "relation", "ignore")
        )
        doer = doer or (before is not None and before.text == "another" and has(after, "the", "number"))
        again = has(before, "and") and after is not None and after.text in OWNED
        own = " " in token.text and living(next((t for t in reversed(tokens[:index]) if t.has("thing")), None))
        own = own and after is not None and after.text in OWNED  # "with long hair combs her hair"
        if many and index and (own or (" " not in token.text and (doer or again))):
            out[index] = replace(token, meanings=())
    return out
