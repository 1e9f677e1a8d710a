"""What is said of a thing that is there and names no other: smoke from its chimney, the window of a hospital.

"A cottage with smoke rising from the chimney" is a cottage that smokes; 烟囱冒着烟的小木屋 is one house. Each rule
takes the tokens and gives tokens; all of them run before the other turns of phrase. Linear in the number of tokens.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.drawings import drawings
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import noun_end
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, lexicon, singulars

HOUSE, SUN, WINDOW = concept_of("🏠"), concept_of("☀️"), concept_of("🪟")
SMOKE = frozenset({"smoke", "wisp of smoke", "puffs of smoke"})
SMOKE_ZH = ("炊烟", "白烟", "青烟", "轻烟", "烟")
CHIMNEYS = frozenset({"chimney", "chimneys", "smokestack", "chimney stack"})
FAR = 10  # tokens of a clause that are looked at
BEFORE: tuple[Kind, ...] = ("number", "the", "colour", "size", "trait", "ignore", "measure")
THROWS = ("toss", "flip", "throw", "threw", "juggl", "fling", "flung", "jump", "leap", "kick", "rais", "lift", "bounc")
IN_THE_AIR = frozenset({"in the air", "into the air", "high in the air", "through the air", "mid-air", "in mid-air"})
SETS = frozenset({"set", "sets", "setting", "sinks", "sinking", "sink"}) | frozenset(
    {"落下", "落山", "西沉", "沉下", "沉入", "西下", "落入"}
)
RISES = frozenset({"rises", "rising", "升起", "升起来", "冉冉升起", "爬上来"})
AMID = frozenset({"中央", "中间", "正中", "正中间", "正中央", "中心"})
METALS, CROWN = frozenset("金银"), Meaning("thing", concept_of("👑"))
MEDALS = {
    "金牌": ("金色", "🥇"), "银牌": ("银色", "🥈"), "铜牌": ("铜色", "🥉"),
    "gold medal": ("gold", "🥇"), "silver medal": ("silver", "🥈"), "bronze medal": ("bronze", "🥉"),
}  # fmt: skip
PLACES_OF = {"#d8a92e": "🥇", "#c3c9d2": "🥈", "#a9652f": "🥉"}
POTFUL, TEA, TEAPOT = frozenset({"pot of", "pots of", "kettle of", "壶"}), concept_of("🍵"), concept_of("🫖")
TIERS = frozenset({"tiers", "layers", "floors", "storeys", "stories"})
TIERED = frozenset({"tier", "tiered", "layer", "layered", "storey", "storeyed", "story", "floor", "storied"})
DAYS = frozenset({
    "day", "days", "weekend", "birthday", "holiday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "sundays", "saturdays", "weekends",
})  # fmt: skip
SETTING: tuple[Kind, ...] = ("background", "time", "weather", "touch")
FEW = 6  # tokens from "on" to the day
HANDLED = ("拿", "举", "手里", "手上", "挥", "玩")
ICY = frozenset({"ice", "frozen", "rink"})
SKATES = Meaning("company", f"{concept_of('🧑')} holding {concept_of('⛸')}")
CHILDREN, KICK = frozenset(map(concept_of, "🧒👦👧")), Meaning("thing", concept_of("🛴"))
LIMBS_ZH = frozenset("角尾耳爪翅眼嘴喙牙蹄鳍") | {"尾巴", "耳朵", "翅膀", "犄角"}
OWN_PARTS = frozenset({"翅膀", "尾巴", "爪子", "肚子"})
SHELLED = frozenset(map(concept_of, "🐌🐢🦀🦞🐚"))
MAGE, POTS = concept_of("🧙"), frozenset({"大锅", "锅", "坩埚", "大铁锅", "铁锅", "锅子"})


def _unglued(tokens: list[Token]) -> list[Token]:
    """ "Red and green apples": the green ones are apples as well, though they have a picture of their own."""
    words = lexicon()
    out: list[Token] = []
    for index, token in enumerate(tokens):
        first, _, rest = token.text.partition(" ")
        paint = words.english.get(first, ()) if rest and not token.chinese and token.has("thing") else ()
        joined = index > 1 and has(tokens[index - 1], "and") and has(tokens[index - 2], "colour")
        joined = joined and not has(tokens[index - 2], "thing")
        noun = next((m for f in (rest, *singulars(rest)) for m in words.english.get(f, ()) if m.kind == "thing"), None)
        idiom = not words.idioms.isdisjoint((token.text, *singulars(token.text)))
        if joined and noun is not None and not idiom and any(m.kind == "colour" for m in paint):
            cut = token.start + len(first)
            out.append(replace(token, text=first, end=cut, meanings=paint, plural=False))
            out.append(replace(token, text=rest, start=cut + 1, meanings=(noun,)))
            continue
        out.append(token)
    return out


def used(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other."""
    for rule in (_unglued, _spinners, _days, _outdoors, _skaters, _crowned, _medals, _pots, _smoke, _windows,
                 _amid, _in_the_air, _hours, _own_wings, _shells, _brewed, _storeys, _painted, _scooters,
                 _horned):  # fmt: skip
        tokens = rule(tokens)
    return tokens


# --- smoke -------------------------------------------------------------------------------------------


@cache
def smoking_house() -> Meaning | None:
    """The house of ours whose chimney smokes; None where none is drawn."""
    concept = next((c for c, d in drawings().items() if "smoking house" in d.en), None)
    return None if concept is None else Meaning("thing", concept)


def _smoke(tokens: list[Token]) -> list[Token]:
    """Smoke from the chimney is of the house that is there: no second house, and no smoke beside it."""
    for index, token in enumerate(tokens):
        span = _smoke_zh(tokens, index) if token.chinese else _smoke_en(tokens, index)
        if span is None:
            continue
        start, end = span
        rest = _smoke(tokens[end:])
        return _lit([*tokens[:start], *rest])
    return tokens


def _smoke_en(tokens: list[Token], index: int) -> tuple[int, int] | None:
    """Where "with smoke rising from the chimney" or "with a smoking chimney" stands that is named here."""
    smoking = tokens[index].text == "smoking"
    if tokens[index].text not in SMOKE and not smoking:
        return None
    end = next((i + 1 for i in _clause(tokens, index + 1) if tokens[i].text in CHIMNEYS), 0)
    if not end or (smoking and end > index + 2):
        return None
    start = index
    while has(peek(tokens, start - 1), *BEFORE) and not has(tokens[start - 1], "thing"):
        start -= 1
    joint = peek(tokens, start - 1)
    start -= joint is not None and (joint.text in ("with", "has") or has(joint, "and"))
    return start, end


def _smoke_zh(tokens: list[Token], index: int) -> tuple[int, int] | None:
    """烟囱里冒着白烟, 冒着炊烟: from the chimney or the verb to the smoke, and the 的 behind it."""
    first = tokens[index]
    if first.text != "烟囱" and not first.text.startswith(("冒", "升起", "飘出", "飘着", "炊烟")):
        return None
    ahead = [index, *_clause(tokens, index + 1)]
    smoke = next((i for i in ahead if tokens[i].text.endswith(SMOKE_ZH)), -1)
    if smoke < 0 or (first.text != "烟囱" and smoke > index + 3):
        return None
    end = smoke + 1
    while (after := peek(tokens, end)) is not None and (after.text in ("袅袅", "袅", "升起", "的", "了")):
        end += 1
        if after.text == "的":
            break
    chimney = peek(tokens, end)
    if chimney is not None and chimney.text == "烟囱":  # 冒着烟的烟囱
        end += 1
    return index, end


def _clause(tokens: list[Token], at: int) -> list[int]:
    """The places from `at` to the next mark, not many."""
    found = []
    for index in range(at, min(at + FAR, len(tokens))):
        if tokens[index].mark:
            break
        found.append(index)
    return found


def _lit(tokens: list[Token]) -> list[Token]:
    """The tokens with their houses smoking."""
    smoking = smoking_house()
    if smoking is None:
        return tokens
    return [replace(t, meanings=(smoking,)) if t.get("thing") == HOUSE else t for t in tokens]


# --- parts and places --------------------------------------------------------------------------------


def _windows(tokens: list[Token]) -> list[Token]:
    """医院的窗边: a window, as "at the hospital window" is one, and no hospital beside it; 小屋的窗户亮着 a cabin."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        of = peek(tokens, index + 1)
        apart = of is not None and of.text == "的"
        part = peek(tokens, index + 1 + apart)
        building = token.chinese and traits(token.get("thing") or "").subgroup == "place-building"
        if building and part is not None and part.text.startswith(("窗", "橱窗")) and part.chinese:
            there = has(part, "locative", "relation") or has(peek(tokens, index + 2 + apart), "locative")
            skip = index + apart + (not there)
            if there:
                continue
        out.append(token)
    return out


def _spinners(tokens: list[Token]) -> list[Token]:
    """手里拿着一个风车: what a child holds is a pinwheel and no windmill."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text in ("风车", "小风车") and any(
            t.text.startswith(HANDLED) for t in tokens[max(0, index - FEW) : index]
        ):
            out[index] = replace(token, meanings=tuple(m for m in lexicon().chinese["纸风车"] if m.kind == "thing"))
    return out


def _days(tokens: list[Token]) -> list[Token]:
    """ "On sports day two boys", "on Sunday", "on the last day of school": when it is, and nothing that one is on."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.text == "on" and not token.chinese:
            at = index + 1
            while at < min(len(tokens), index + FEW) and tokens[at].text not in DAYS:
                if tokens[at].mark or has(tokens[at], "number", "thing", "have", "be"):
                    break
                at += 1
            day = peek(tokens, at)
            if day is not None and day.text in DAYS and not has(peek(tokens, at + 1), "thing"):
                out += [t for t in tokens[index:at] if has(t, *SETTING)]
                skip = at
                of, whose = peek(tokens, at + 1), peek(tokens, at + 2)
                if of is not None and of.text == "of" and whose is not None and not has(whose, "the", "number"):
                    skip = at + 2
                elif of is not None and of.text == "off":
                    skip = at + 1
                if has(day, *SETTING):
                    out.append(day)
                continue
        out.append(token)
    return out


def _outdoors(tokens: list[Token]) -> list[Token]:
    """ "Fireworks outside the window": seen through it, so behind it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text == "outside" and has(token, "relation") and not token.chinese:
            at = index + 1
            while has(peek(tokens, at), "the", "number", "size", "colour", "trait"):
                at += 1
            noun = peek(tokens, at)
            if noun is not None and noun.get("thing") == WINDOW:
                out[index] = replace(token, meanings=(Meaning("relation", "behind"),))
    return out


def _skaters(tokens: list[Token]) -> list[Token]:
    """Skaters on ice wear skates and ride no boards."""
    if not any(ICY.intersection(t.text.split()) for t in tokens):
        return tokens
    out: list[Token] = []
    for token in tokens:
        if token.text.rpartition(" ")[2] in ("skater", "skaters"):
            if out and out[-1].text == "ice":
                out.pop()
            token = replace(token, meanings=(SKATES,), plural=token.text.endswith("s"))
        out.append(token)
    return out


def _amid(tokens: list[Token]) -> list[Token]:
    """大海中央的礁石: in the middle of the sea, and not of the picture."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        before, after = out[-1] if out else None, peek(tokens, index + 1)
        where = has(before, "background") and not has(before, "thing")
        if token.chinese and token.text in AMID and where and after is not None and after.text == "的":
            continue
        out.append(token)
    return out


def _in_the_air(tokens: list[Token]) -> list[Token]:
    """ "Flips a pancake in the air": in a kitchen, as before."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text in IN_THE_AIR and token.get("background") == "sky":
            thrown = any(t.text.startswith(THROWS) for t in tokens[max(0, index - FAR) : index] if not t.chinese)
            if thrown:
                out[index] = replace(token, meanings=(Meaning("ignore", ""),))
    return out


def _hours(tokens: list[Token]) -> list[Token]:
    """ "A big red sun sets", 太阳正从城市上空落下: the sun, and the hour."""
    found: list[Token] = []
    for index, token in enumerate(tokens):
        if token.get("thing") != SUN:
            continue
        for at in _clause(tokens, index + 1):
            time = "sunset" if tokens[at].text in SETS else "dawn" if tokens[at].text in RISES else ""
            if time:
                hour = replace(tokens[at], meanings=(Meaning("time", time),))
                found += [replace(token, text=".", mark=".", meanings=()), hour]
                break
    return [*tokens, *found[:2]]


# --- what belongs to somebody ------------------------------------------------------------------------


def _crowned(tokens: list[Token]) -> list[Token]:
    """金冠: a crown of gold, whatever its size."""
    out: list[Token] = []
    for token in tokens:
        metal = token.text[-2:-1] if token.chinese and token.text.endswith("冠") and not token.has("thing") else ""
        before = out[-1] if out else None
        if token.text == "冠" and before is not None and before.text in METALS:
            token = replace(token, text="王冠", meanings=(CROWN,))
        elif metal in METALS and metal:
            out.append(replace(token, text=metal, meanings=lexicon().chinese[metal]))
            token = replace(token, text="王冠", meanings=(CROWN,))
        out.append(token)
    return out


def _medals(tokens: list[Token]) -> list[Token]:
    """A gold medal is that of the first, a silver one that of the second; 金色的奖牌 likewise."""
    words = lexicon()
    out: list[Token] = []
    for token in tokens:
        form = next((f for f in (token.text, *singulars(token.text)) if f in MEDALS), "")
        if form:
            paint, place = MEDALS[form]
            table = words.chinese if token.chinese else words.english
            colour = tuple(m for m in table.get(paint, ()) if m.kind == "colour")
            out.append(replace(token, text=paint, meanings=colour, plural=False))
            token = replace(token, meanings=(Meaning("thing", concept_of(place)),))
        elif token.text in ("medal", "medals", "奖牌"):
            at = len(out) - 1 - (bool(out) and out[-1].text == "的")
            paint = (out[at].get("colour") or "") if at >= 0 else ""
            if paint in PLACES_OF:
                token = replace(token, meanings=(Meaning("thing", concept_of(PLACES_OF[paint])),))
        out.append(token)
    return out


def _pots(tokens: list[Token]) -> list[Token]:
    """ "A pot of tea", 一壶茶: a teapot."""
    out: list[Token] = []
    for token in tokens:
        if token.get("thing") == TEA and out and out[-1].text in POTFUL:
            plural = out[-1].text.startswith("pots")
            token = replace(token, meanings=(Meaning("thing", TEAPOT),), plural=plural)
        out.append(token)
    return out


def _storeys(tokens: list[Token]) -> list[Token]:
    """两层小楼, "a cake with three tiers": one house and one cake, however high they are."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        after = peek(tokens, index + 1)
        if has(token, "number") and after is not None and not has(token, "thing"):
            if token.chinese and after.text in ("层", "层楼") and not (out and out[-1].text == "第"):
                of = peek(tokens, index + 2)
                end = index + 1 + (of is not None and of.text == "的")
                if of is not None and of.text == "楼" and (more := peek(tokens, index + 3)) and more.text == "的":
                    end = index + 3  # 三层楼的房子
                if noun_end(tokens, end + 1):
                    skip = end
                    continue
            hyphened = not token.chinese and after.start == token.end + 1 and after.text in TIERED
            if hyphened and noun_end(tokens, index + 2):
                skip = index + 1
                continue
        if token.text in ("with", "has") and out and out[-1].has("thing") and has(after, "number"):
            tiers = peek(tokens, index + 2)
            if tiers is not None and tiers.text in TIERS:
                skip = index + 2
                continue
        out.append(token)
    return out


def _painted(tokens: list[Token]) -> list[Token]:
    """ "Two men paint a house yellow": the house is yellow."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        out.append(token)
        if token.chinese or not token.text.startswith(("paint", "dye", "colour", "color")) or token.has("thing"):
            continue
        end = noun_end(tokens, index + 1)
        paint, after = peek(tokens, end), peek(tokens, end + 1)
        closes = after is None or bool(after.mark) or has(after, "and")
        if end and has(paint, "colour") and closes and not living(tokens[end - 1]):
            be = replace(token, text="is", meanings=(Meaning("be", ""),))
            return [*out, *tokens[index + 1 : end], be, *_painted(tokens[end:])]
    return out


def _scooters(tokens: list[Token]) -> list[Token]:
    """A child's scooter has no motor."""
    if not any((t.get("thing") or "").partition("-")[0] in CHILDREN for t in tokens):
        return tokens
    return [replace(t, meanings=(KICK,)) if t.text in ("scooter", "scooters") else t for t in tokens]


def _own_wings(tokens: list[Token]) -> list[Token]:
    """猫头鹰把头藏在翅膀底下: its own, and no wing beside it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        after = peek(tokens, index + 1)
        bare = bool(out) and has(out[-1], "at") and not has(out[-1], "thing")
        if token.text in OWN_PARTS and bare and has(after, "locative"):
            clause = out[max((i + 1 for i, t in enumerate(out) if t.mark), default=0) :]
            if any(map(living, clause)):
                out.pop()
                skip = index + 1
                continue
        out.append(token)
    return out


def _shells(tokens: list[Token]) -> list[Token]:
    """ "A snail with a striped shell": it has but the one."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        before = out[-1] if out else None
        if token.text in ("with", "has") and before is not None and before.get("thing") in SHELLED:
            end = index + 1
            while has(peek(tokens, end), *BEFORE) or (end < index + 5 and _is_unknown(peek(tokens, end))):
                if tokens[end].text in ("shell", "shells"):
                    break
                end += 1
            shell = peek(tokens, end)
            if shell is not None and shell.text in ("shell", "shells"):
                skip = end
                continue
        out.append(token)
    return out


def _is_unknown(token: Token | None) -> bool:
    return token is not None and not token.mark and not token.meanings


@cache
def _cauldron() -> str | None:
    return next((concept for concept, drawing in drawings().items() if drawing.en[0] == "cauldron"), None)


def _brewed(tokens: list[Token]) -> list[Token]:
    """巫师的大锅里冒着绿烟: what a witch or a wizard brews in is a cauldron."""
    cauldron = _cauldron()
    if cauldron is None or not any((t.get("thing") or "").partition("-")[0] == MAGE for t in tokens):
        return tokens
    meanings = (Meaning("thing", cauldron),)
    return [replace(t, meanings=meanings) if t.text in POTS else t for t in tokens]


def _horned(tokens: list[Token]) -> list[Token]:
    """银角独角兽: its horn is silver."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        part, whose = peek(tokens, index + 1), peek(tokens, index + 2)
        limb = part is not None and part.chinese and part.text in LIMBS_ZH and not has(part, "thing")
        if token.chinese and token.has("colour") and limb and living(whose):
            skip = index + 1
            continue
        out.append(token)
    return out
