"""Words that mostly name no thing and sometimes do: "a saw", "an ear and an eye", 一个玩具."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, data_file, lexicon

DESCRIBING: tuple[Kind, ...] = ("number", "measure", "the", "colour", "size", "trait")
NOUNS: tuple[Kind, ...] = ("thing", "colour", "size", "trait", "number", "measure")
DEEDS: tuple[Kind, ...] = ("relation", "verb", "company", "deed", "act")


ON = Meaning("locative", "on")
BOW, BRIDGE = Meaning("thing", concept_of("🏹")), Meaning("thing", "E00B")
ARCHERS = frozenset(
    {"archer", "archers", "arrow", "arrows", "shooting", "shoots", "hunter", "robin hood", "elf", "centaur", "target"}
)
MEDICS = frozenset(
    {"doctor", "doctors", "nurse", "nurses", "dentist", "vet", "scientist", "scientists", "surgeon", "chemist", "lab"}
)
BRIDGES = frozenset({"bridge", "bridges", "stone bridge", "wooden bridge", "桥", "石桥", "木桥", "小桥", "大桥"})
PHRASE: tuple[Kind, ...] = ("number", "measure", "colour", "size", "trait", "the")
APART = frozenset({"under", "below", "above", "next-to", "left-of", "right-of", "behind", "in-front-of", "with"})
OWN = frozenset({"its", "his", "her", "their", "my"})
APART_FROM = (APART | {"around", "between"}) - {"with", "above"}
TABLE, COUNTERS = "E0CD", frozenset({"counter", "kitchen", "restaurant", "cafe", "bar"})
FURNISHED = frozenset({"bedroom", "room", "garden", "park", "courtyard", "meadow", "beach"})
SERVING = frozenset({"table", "kitchen", "restaurant", "bar", "sky", "sea", "space", "plain"})  # the ground is a table
BEDS = frozenset({concept_of("🛏️"), concept_of("🛋️")})
PAINTED: tuple[Kind, ...] = ("colour", "shade", "size", "trait")
BARE_AFTER: tuple[Kind, ...] = ("relation", "verb", "have")
BARE = frozenset({"toys", "玩具"})  # meant without an article too
ACROSS = frozenset({"across", "crosses", "crossing", "cross", "over"})

HOODED = frozenset({"小红帽", "little red riding hood", "red riding hood"})
HAT = Meaning("thing", concept_of("🎩"))
HOOD, RED = Meaning("thing", "E0CA"), "#e0342f"
BILLS = frozenset(
    {"poster", "posters", "logo", "flyer", "menu", "banner", "advert", "leaflet", "海报", "标志", "传单", "菜单",
     "广告", "招牌", "宣传单", "宣传海报", "名片", "优惠券"}
)  # fmt: skip
SHOPS = (" shop", " store", " shops", " stores", "店", "铺")
KEPT = frozenset({"shop", "store", "stand", "店", "铺"})
WARES = {"bakery": "bread", "florist": "bouquet", "bubble tea": "bubble tea", "花": "花束", "书": "书", "宠物": "小狗"}
FEW_BEFORE = 5


@cache
def _words(name: str) -> dict[str, str]:
    """The words of one table of data/hidden.toml, both languages, and their concepts."""
    table: dict[str, str] = tomllib.loads(data_file("hidden.toml"))[name]
    pairs = (
        (word.strip(), emoji) for emoji, line in table.items() for half in line.split("|") for word in half.split(",")
    )
    return {word: emoji if emoji.isascii() else concept_of(emoji) for word, emoji in pairs if word}


def _archery(tokens: list[Token]) -> list[Token]:
    """ "An archer with a bow": no ribbon."""
    if not any(t.text in ARCHERS for t in tokens):
        return tokens
    return [replace(t, meanings=(BOW,)) if t.text in ("bow", "bows") else t for t in tokens]


def _coats(tokens: list[Token]) -> list[Token]:
    """ "A doctor in a white coat" wears a lab coat, anybody else a coat that is white."""
    if any(t.text in MEDICS for t in tokens):
        return tokens
    out: list[Token] = []
    for token in tokens:
        if token.text in ("white coat", "white coats"):
            cut = token.start + len("white")
            out.append(replace(token, text="white", end=cut, meanings=lexicon().english["white"], plural=False))
            out.append(replace(token, text="coat", start=cut + 1, meanings=lexicon().english["coat"]))
        else:
            out.append(token)
    return out


def _bridges(tokens: list[Token]) -> list[Token]:
    """ "A boat under a bridge" needs the bridge; "on the bridge" is a place."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text not in BRIDGES or not token.has("background"):
            continue
        if token.chinese:
            after = peek(tokens, index + 1)
            place = has(after, "locative") and after is not None and after.get("locative") not in APART
            at = has(peek(tokens, index - 1), "at") and not has(after, "locative")
            said = has(after, "locative") or has(peek(tokens, index - 1 - _linked(tokens, index)), *PHRASE)
            start = index - 1
            while has(peek(tokens, start), *PHRASE) or (start > 0 and tokens[start].text == "的"):
                start -= 1
            over = peek(tokens, start)  # 走过一座桥
            alone = not any(t.has("thing") for t in tokens) and not has(after, "locative")  # 石桥 and no more
            place = place or at or not (said or alone) or (over is not None and over.text.endswith("过"))
        else:
            before = index - 1
            while has(peek(tokens, before), "number", "the", "colour", "size", "trait"):
                before -= 1
            link = peek(tokens, before)
            place = has(link, "relation") and link is not None and link.get("relation") not in APART
            place = place or (link is not None and link.text in ACROSS) or before == index - 1
        if not place:
            out[index] = replace(token, meanings=(BRIDGE,))
    return out


def _linked(tokens: list[Token], index: int) -> bool:
    """Whether 的 stands before: 红色的小桥."""
    before = peek(tokens, index - 1)
    return before is not None and before.text == "的" and has(peek(tokens, index - 2), "colour", "size", "trait")


def _tables(tokens: list[Token]) -> list[Token]:
    """ "Under the table", 围坐在桌子旁 need a table; where things stand on one, the table is the ground.

    Unless the ground is elsewhere: a table in a bedroom, a garden or beside a bed is a thing in it.
    """
    out = list(tokens)
    split: list[tuple[int, Token]] = []
    furnished = any(t.get("background") in FURNISHED or t.get("thing") in BEDS for t in tokens)
    grounds = {t.get("background") for t in tokens if t.has("background") and not t.has("thing")} - {"table"}
    another = bool(grounds) and grounds.isdisjoint(SERVING)
    for index, token in enumerate(tokens):
        if not (token.get("background") == "table" or token.get("thing") == TABLE) or token.text in COUNTERS:
            continue
        start = index
        while has(peek(tokens, start - 1), "number", "measure", "the", *PAINTED) or _is_of(peek(tokens, start - 1)):
            start -= 1
        if token.chinese:
            after, lead = peek(tokens, index + 1), peek(tokens, start - 1)
            beside = has(after, "locative") and after is not None and after.get("locative") in APART_FROM
            beside = beside or (
                lead is not None and "around" in (lead.get("relation"), lead.get("verb"))
            )  # 围着一张桌子
        else:
            before = index - 1
            while has(peek(tokens, before), "number", "the", "colour", "size", "trait", "ignore"):
                before -= 1
            link = peek(tokens, before)
            beside = has(link, "relation") and link is not None and link.get("relation") in APART_FROM
        coloured = any(has(t, "colour") and not has(t, "thing") for t in tokens[start:index])
        on_it = token.text.endswith("上") if token.chinese else link is not None and link.get("relation") == "on"
        elsewhere = furnished or (another and on_it)  # in a library and on the table: on a table there
        if coloured or beside or elsewhere or (_is_counted(tokens, index) and not _laden(tokens, index)):
            if token.text == "kitchen table" and beside:  # under the kitchen table is in the kitchen
                split.append((index + 1, replace(token, text="kitchen", meanings=(Meaning("background", "kitchen"),))))
            on = (coloured or elsewhere) and token.chinese and token.text.endswith("上")
            table = replace(token, meanings=(Meaning("thing", TABLE),), end=token.end - on)
            out[index] = replace(table, text=token.text.removesuffix("上")) if on else table
            if on:  # 红桌子上: the table, and what is on it
                split.append((index + 1, replace(token, text="上", start=table.end, meanings=(ON,))))
        elif token.has("thing") and (_laden(tokens, index) or token.get("background")):
            out[index] = replace(token, meanings=(Meaning("background", "table"),))
    if any(t.get("thing") == TABLE for t in out):  # a table that one stands behind is no mere ground to others
        for index, token in enumerate(out):
            if token.get("background") == "table" and token.text not in COUNTERS and token.text != "桌":
                on = token.chinese and token.text.endswith("上")
                bare = token.text.removesuffix("上")
                out[index] = replace(token, text=bare, meanings=(Meaning("thing", TABLE),), end=token.end - on)
                if on:
                    split.append((index + 1, replace(token, text="上", start=token.end - 1, meanings=(ON,))))
                if token.text == "kitchen table":
                    split.append(
                        (index + 1, replace(token, text="kitchen", meanings=(Meaning("background", "kitchen"),)))
                    )
    for at, locative in sorted(split, reverse=True, key=lambda pair: pair[0]):
        out.insert(at, locative)
    return out


def _is_of(token: Token | None) -> bool:
    return token is not None and token.text == "的"


def _is_counted(tokens: list[Token], index: int) -> bool:
    """ "A desk and a chair", 一张桌子: named for itself, at the beginning or in a list."""
    start, after = index, peek(tokens, index + 1)
    while has(peek(tokens, start - 1), "number", "measure", "the", "colour", "size", "trait"):
        start -= 1
    before = peek(tokens, start - 1)
    alone = before is None or bool(before.mark) or before.has("and")
    ends = after is None or bool(after.mark) or after.has("and")
    return start < index and alone and ends


def _laden(tokens: list[Token], index: int) -> bool:
    """Whether something stands on what is named here."""
    after = peek(tokens, index + 1)
    if tokens[index].chinese:
        return has(after, "locative") and after is not None and after.get("locative") == "on"
    if after is not None and after.text in ("with", "full of"):
        return True
    before = index - 1
    while has(peek(tokens, before), "number", "the", "colour", "size", "trait", "ignore"):
        before -= 1
    link = peek(tokens, before)
    return has(link, "relation") and link is not None and link.get("relation") in ("on", "inside", "in")


def _fields(tokens: list[Token]) -> list[Token]:
    """ "In a field of sunflowers" is a place; "a field of sunflowers" is sunflowers."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        before = out[-1] if out else None
        name = f"{before.text.removeprefix('a ')} {token.text}" if before is not None else ""
        place = [m for m in lexicon().english.get(name, ()) if m.kind == "background"]
        if place and before is not None and before.has("number") and has(peek(tokens, index - 2), "relation"):
            out[-1] = replace(before, text=name, end=token.end, meanings=tuple(place))
            continue
        out.append(token)
    return out


def _tales(tokens: list[Token]) -> list[Token]:
    """Little Red Riding Hood is known by what she wears."""
    out: list[Token] = []
    for token in tokens:
        if token.text == "小红帽" and out and out[-1].get("verb") == "wearing":  # 戴着小红帽
            out.append(replace(token, text="红", meanings=(Meaning("colour", RED),)))
            out.append(replace(token, text="帽子", meanings=(HAT,)))
            continue
        out.append(token)
        if token.text in HOODED:
            wears: Kind = "verb" if token.chinese else "relation"
            words = ("穿着", "红", "斗篷") if token.chinese else ("wearing", "red", "hooded cape")
            meanings = (Meaning(wears, "wearing"), Meaning("colour", RED), HOOD)
            out += [replace(token, text=w, meanings=(m,)) for w, m in zip(words, meanings, strict=True)]
    return out


def _wares(tokens: list[Token]) -> list[Token]:
    """奶茶店海报, "a poster for a bubble tea shop": what the shop sells, and no street."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        shown = (following is not None and following.text in BILLS) or _billed(tokens, index)
        if shown and token.text in KEPT and out and out[-1].has("thing"):
            continue  # bubble tea | shop, 鲜花|店
        ware = _sold(token) if shown else ()
        out.append(replace(token, meanings=ware) if ware else token)
    return out


def _billed(tokens: list[Token], index: int) -> bool:
    """Whether the few words before say what for: "a poster for a"."""
    words = [token.text for token in tokens[max(0, index - FEW_BEFORE) : index]]
    return "for" in words and not BILLS.isdisjoint(words)


def _sold(token: Token) -> tuple[Meaning, ...]:
    """What the name of a shop says that it sells; nothing where that is no thing we know."""
    shop = next((end for end in SHOPS if token.text.endswith(end) and token.text != end.strip()), "")
    ware = token.text.removesuffix(shop)
    if not shop and ware not in WARES:
        return ()
    table = lexicon().chinese if token.chinese else lexicon().english
    return tuple(m for m in table.get(WARES.get(ware, ware), ()) if m.kind == "thing")[:1]


def _is_box(token: Token) -> bool:
    """一箱玩具: a vessel that counts what is in it."""
    return token.chinese and len(token.text) == 1 and token.has("thing")


def _is_full(token: Token | None) -> bool:
    """装满玩具的箱子: what it is full of is there."""
    return token is not None and token.chinese and has(token, "have", "verb") and "满" in token.text


def uncovered(tokens: list[Token]) -> list[Token]:
    """The tokens with such words meant as things where nothing else can be meant; linear in their number."""
    tokens = _tables(_fields(_bridges(_coats(_archery(_wares(_tales(tokens)))))))
    nobody = not any(living(t) or has(t, *DEEDS) for t in tokens)
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        bare = token.text in BARE and (
            before is None or bool(before.mark) or has(before, *BARE_AFTER) or _is_box(before)
        )
        if token.has("thing") or token.mark or not (bare or has(before, *DESCRIBING)):
            continue
        following = peek(tokens, index + 1)
        if (
            (before is not None and before.text in OWN)
            or has(following, *NOUNS)
            or (following is not None and following.text in ("of", "的") and not (bare and _is_full(before)))
        ):
            continue
        concept = _words("noun").get(token.text) or (_words("body").get(token.text) if nobody else None)
        if concept is not None:
            many = not token.chinese and token.text.endswith("s") and _words("noun").get(token.text[:-1]) == concept
            many = many or token.text in ("ears", "noses", "feet", "legs", "hands", "arms", "teeth")
            out[index] = replace(token, meanings=(Meaning("thing", concept),), plural=many)
    return out
