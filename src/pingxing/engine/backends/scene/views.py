"""Places that are seen and not stood in: mountains far behind a meadow, what is outside a window, a shop opposite.

Each rule takes the tokens and gives tokens; all of them run before the other turns of phrase.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import DESCRIBING, noun_end
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of

WINDOW = Meaning("thing", concept_of("🪟"))
OUTSIDE = frozenset({"窗外", "窗户外", "窗子外", "窗外面", "窗户外面"})
MOUNTAIN, SNOWY, VOLCANO = concept_of("⛰️"), concept_of("🏔️"), concept_of("🌋")
FALLS = "E150"
# Landscapes that one can see from another: the words of a setting, and what is drawn of it.
SEEN = {"mountains": MOUNTAIN, "waterfall": FALLS}
AFAR = frozenset({
    "in the background", "in the distance", "in the far distance", "far away", "behind", "behind it", "behind them",
    "on the left", "on the right", "to the left", "to the right", "on the horizon",
})  # fmt: skip
AFAR_ZH = frozenset(
    {"远处", "远方", "背景", "背景里", "后面", "身后", "背后", "左边", "右边", "左侧", "右侧", "远处的"}
)
IDLE: tuple[Kind, ...] = ("be", "have", "number", "measure", "ignore", "the", *DESCRIBING)
# Houses that are settings when somebody is in them and buildings when something stands beside them.
HOUSES = {"library": concept_of("🏪"), "restaurant": concept_of("🏪"), "station": concept_of("🚉")}
LIBRARIES = ("library", "libraries", "图书馆")
LIBRARY = concept_of("🏛️")
BESIDE = frozenset({"next-to", "left-of", "right-of", "behind", "in-front-of"})
UMBRELLA, PARASOL = concept_of("☂️"), concept_of("⛱️")
SUNNY = frozenset({"beach", "pool", "island", "balcony"})
SUNSHADES = frozenset({"sunshade", "parasol", "遮阳伞", "太阳伞"})
BALLS = frozenset(map(concept_of, "⚽🏈🏉⚾🥅🏑"))
PLAYERS = frozenset({"footballer", "footballers", "players", "goalkeeper", "referee"})
SKIES = frozenset({"天上", "天空", "空中", "天空中", "夜空", "夜空中"})
PASSING = frozenset(
    {"驶过", "飞过", "开过", "走过", "跑过", "游过", "驶来", "开来", "飞来", "走来", "跑来", "飘过", "划过", "飘来"}
)
FALLEN = frozenset({"snow", "rain", "fog", "frost", "sunlight", "sunshine", "moonlight", "mist"})
HANGS = frozenset({"hang", "hangs", "is", "are", "hung", "hanging"})
WALLS = frozenset({"wall", "walls"})


def viewed(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    tokens = _passing(_snow_on(_full_sky(_beside(_far(_outside(_hung(tokens)))))))
    return _pitched(_shaded(tokens))


def _shaded(tokens: list[Token]) -> list[Token]:
    """Under a striped umbrella on the beach, 沙滩上的遮阳伞: one that stands in the sand, and none against rain."""
    rains = any(t.get("weather") in ("rain", "storm") for t in tokens)
    if rains or not any(t.get("background") in SUNNY for t in tokens):
        return tokens
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.get("thing") != UMBRELLA:
            continue
        start = index
        while has(peek(tokens, start - 1), "number", "measure", "the", *DESCRIBING):
            start -= 1
        before, after = peek(tokens, start - 1), peek(tokens, index + 1)
        held = before is not None and "holding" in (before.get("verb"), before.get("relation"), before.get("act"))
        under = has(before, "relation") and before is not None and before.get("relation") == "under"
        under = under or (after is not None and after.get("locative") == "under")
        if not held and (under or token.text in SUNSHADES):
            out[index] = replace(token, meanings=(Meaning("thing", PARASOL),))
    return out


def _pitched(tokens: list[Token]) -> list[Token]:
    """ "A soccer ball on the field" lies on a pitch, and on no meadow."""
    if not any(t.get("thing") in BALLS or t.text in PLAYERS for t in tokens):
        return tokens
    pitch = (Meaning("background", "field"),)
    return [replace(t, meanings=pitch) if t.text in ("field", "the field", "on the field") else t for t in tokens]


def _hung(tokens: list[Token]) -> list[Token]:
    """ "On the wall hangs a map": there is a map."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        wall, verb = peek(tokens, index + 2), peek(tokens, index + 3)
        begins = not out or bool(out[-1].mark) or has(out[-1], "and")
        inverted = token.text == "on" and begins and wall is not None and wall.text in WALLS
        if inverted and verb is not None and verb.text in HANGS:
            out.append(replace(token, text=",", mark=",", meanings=()))
            skip = index + 3
            continue
        out.append(token)
    return out


def _outside(tokens: list[Token]) -> list[Token]:
    """窗外下着雨, 窗外是雪山: one sees it through a window, which is there."""
    if any(t.get("thing") == WINDOW.value or (t.has("locative") and t.text == "窗台") for t in tokens):
        return tokens
    out: list[Token] = []
    for index, token in enumerate(tokens):
        before, after = out[-1] if out else None, peek(tokens, index + 1)
        opens = token.text in OUTSIDE and (before is None or bool(before.mark) or before.text == "的")
        if opens and after is not None and after.text != "的":
            comma = replace(token, text=",", mark=",", meanings=())
            out += [replace(token, text="窗", end=token.start + 1, meanings=(WINDOW,)), comma]
            continue
        out.append(token)
    return out


def _scenes(tokens: list[Token]) -> set[str]:
    return {value for t in tokens if (value := t.get("background")) is not None and not t.has("thing")}


def _far(tokens: list[Token]) -> list[Token]:
    """A deer in a meadow, snowy mountains in the background: the mountains stand behind, and the meadow stays."""
    if len(_scenes(tokens)) < 2:
        return tokens
    out = list(tokens)
    first = next(i for i, t in enumerate(tokens) if t.get("background") is not None)
    for index, token in enumerate(tokens):
        place = token.get("background") or ""
        if index == first or place not in SEEN or token.has("thing") or place == tokens[first].get("background"):
            continue
        if _said_far(tokens, index):
            snow = any(word in token.text for word in ("snow", "雪")) or any(
                "snow" in t.text or "雪" in t.text for t in tokens[max(0, index - 1) : index]
            )
            concept = SNOWY if place == "mountains" and snow else SEEN[place]
            out[index] = replace(token, meanings=(Meaning("thing", concept),), plural=False)
    return out


def _said_far(tokens: list[Token], index: int) -> bool:
    after = peek(tokens, index + 1)
    if not tokens[index].chinese:
        return after is not None and after.text in AFAR
    at = index - 1
    while has(peek(tokens, at), *IDLE) and tokens[at].text not in AFAR_ZH:
        at -= 1
    before = peek(tokens, at)
    return before is not None and before.text in AFAR_ZH


def _beside(tokens: list[Token]) -> list[Token]:
    """ "A bakery opposite a bookstore", 面包店对面是书店: two buildings, and one is inside neither."""
    out = list(tokens)
    counted: list[tuple[int, Token]] = []
    for index, token in enumerate(tokens):
        place = token.get("background")
        if place not in HOUSES or token.has("thing") or place is None:
            continue
        if _adjoins(tokens, index):
            concept = LIBRARY if token.text in LIBRARIES else HOUSES[place]
            out[index] = replace(token, meanings=(Meaning("thing", concept),))
            if token.chinese and not has(
                peek(tokens, index - 1), "number", "measure", "company"
            ):  # 对面是书店: one more
                counted.append((index, replace(token, text="一", end=token.start, meanings=(Meaning("number", "1"),))))
    for at, one in reversed(counted):
        out.insert(at, one)
    return out


def _adjoins(tokens: list[Token], index: int) -> bool:
    """Whether a building stands on the other side of a word of place."""
    if tokens[index].chinese:
        after = peek(tokens, index + 1)
        if has(after, "locative") and after is not None and after.get("locative") in BESIDE:
            at = index + 2
            while has(peek(tokens, at), "be", "have", "number", "measure", *DESCRIBING):
                if has(peek(tokens, at), "thing"):
                    break
                at += 1
            return _is_building(peek(tokens, at))
        at = index - 1
        while has(peek(tokens, at), "be", "have", "number", "measure", "company", *DESCRIBING):
            at -= 1
        where = peek(tokens, at)
        return where is not None and where.get("locative") in BESIDE and _is_building(peek(tokens, at - 1))
    at = index - 1
    while has(peek(tokens, at), "number", "the", "ignore", *DESCRIBING):
        at -= 1
    link = peek(tokens, at)
    if link is not None and link.get("relation") in BESIDE and _is_building(peek(tokens, at - 1)):
        return True
    after = peek(tokens, index + 1)
    if after is not None and after.get("relation") in BESIDE:
        end = noun_end(tokens, index + 2)
        return bool(end) and _is_building(tokens[end - 1])
    return False


def _is_building(token: Token | None) -> bool:
    concept = token.get("thing") if token is not None else None
    if concept is not None:
        return traits(concept).subgroup in ("place-building", "place-religious")
    return token is not None and token.get("background") in HOUSES


def _full_sky(tokens: list[Token]) -> list[Token]:
    """ "The sky is full of shooting stars": they are in the sky, and in nothing that was named before."""
    for index, token in enumerate(tokens):
        full = peek(tokens, index + 2)
        if token.text not in ("sky", "night sky") or not has(peek(tokens, index + 1), "be") or full is None:
            continue
        end = noun_end(tokens, index + 3)
        if full.get("relation") == "~inside" and end:
            at = replace(full, text="in the sky", meanings=(Meaning("place", "top"),))
            comma = replace(token, text=",", mark=",", meanings=())
            start = index - (index > 0 and tokens[index - 1].text == "the")
            start -= start > 0 and has(tokens[start - 1], "and")
            return [*tokens[:start], comma, *tokens[index + 3 : end], at, *_full_sky(tokens[end:])]
    return tokens


def _passing(tokens: list[Token]) -> list[Token]:
    """远处驶过一艘小船: it is to be seen there, and passes through nothing."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        if token.text in ("贴着", "开着") and has(before, "locative"):  # 冰箱上贴着画, 路两边开着花
            out[index] = replace(token, meanings=(Meaning("have", ""),))
        where = before is not None and (before.text in AFAR_ZH or before.has("place") or before.text in SKIES)
        if not where or token.text not in PASSING:
            continue
        at = index + 1
        while has(peek(tokens, at), "of", "number", "measure", *DESCRIBING) and not has(peek(tokens, at), "thing"):
            at += 1
        if has(peek(tokens, at), "thing"):
            out[index] = replace(token, meanings=(Meaning("have", ""),))
    return out


def _snow_on(tokens: list[Token]) -> list[Token]:
    """ "Snow on the roofs, a red mailbox": the roofs are there, and the mailbox is not on them."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before, link = peek(tokens, index - 1), peek(tokens, index + 1)
        if token.chinese or token.text not in FALLEN or not (before is None or before.mark or has(before, "and")):
            continue
        end = noun_end(tokens, index + 2) if link is not None and link.get("relation") in ("on", "above") else 0
        after = peek(tokens, end) if end else None
        if end and link is not None and (after is None or after.mark):
            out[index + 1] = replace(link, text=",", mark=",", meanings=())
    return out
