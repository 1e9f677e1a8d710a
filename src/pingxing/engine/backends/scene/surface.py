"""What lies on a thing's surface: a second colour (red and white stripes), a picture printed on cloth or a mug.

The second colour is a trait, "and-white", beside the first, which stays the thing's colour; a picture printed on a
thing has the trait "printed" and stands in the relation "on". Each rule takes the tokens and gives tokens.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from pingxing.engine.backends.scene.colour import oklab
from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import noun_end
from pingxing.engine.backends.scene.words import Meaning, concept_of, lexicon

# The names that a second colour has; others are told by the nearest of these.
NAMES = (
    "red", "orange", "yellow", "green", "blue", "light blue", "purple", "pink", "brown", "white", "black", "grey",
    "gold",
)  # fmt: skip
PREFIX = "and-"
PRINTED = "printed"
CLOTH = frozenset(map(concept_of, "👕👚👗🎽🥋🧥👘🏳🏴🚩☕🍵🛍👜🎒🎁🛹🎈🧢🪧"))
OF_OURS = ("pillow", "cushion", "blanket", "towel", "apron", "thermos", "umbrella", "curtain", "rug", "vase")
SPREAD = frozenset({"towel", "blanket", "rug", "carpet", "mat"})
ON_IT = frozenset({"on it", "on them", "on its front", "on the front", "on its chest", "on the chest", "on the back"})
SHOWS = frozenset({"printed with", "featuring", "showing", "depicting", "decorated with", "printed", "embroidered"})
DONE, ASPECTS = frozenset("印绣画喷"), frozenset("着有了上")
SHOWS_ZH = frozenset({"印着", "印有", "印了", "印上", "绣着", "绣有", "绣了", "画着", "画有", "画了", "喷着"})
MOTIFS = frozenset({"图案", "花纹", "印花", "图样", "图画"})
PATTERNS = frozenset({"striped", "dotted", "checked"})
STRIPES = {"stripes": "striped", "dots": "dotted", "spots": "dotted", "polka dots": "dotted", "checks": "checked"}
NEAR = 8  # tokens between a shirt and "on it"


@cache
def _paints() -> dict[str, str]:
    return {name: next(m.value for m in lexicon().english[name] if m.kind == "colour") for name in NAMES}


@cache
def accent(colour: str) -> str:
    """The trait that says "and this colour as well"."""
    mine = oklab(colour)
    far = {
        name: sum((a - b) ** 2 for a, b in zip(mine, oklab(paint), strict=True)) for name, paint in _paints().items()
    }
    return PREFIX + min(NAMES, key=far.__getitem__).replace(" ", "-")


def second(looks: tuple[str, ...]) -> str | None:
    """The paint of the second colour among a thing's traits, if it has one."""
    name = next((look.removeprefix(PREFIX) for look in looks if look.startswith(PREFIX)), None)
    return None if name is None else _paints().get(name.replace("-", " "))


def pied(concept: str, colour: str | None, colours: list[str]) -> list[str]:
    """The trait of the second colour of a thing that has two ("a red and white towel"); people have none."""
    others = [paint for paint in colours if paint != colour]
    if colour is None or not others or traits(concept).group == "people-body":
        return []
    return [accent(others[0])]


def is_cloth(concept: str) -> bool:
    """Whether pictures are printed on it."""
    entry = lexicon().names.get(concept)
    return concept in CLOTH or (entry is not None and entry[0] in OF_OURS)


def surfaced(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    return _shown(_on_it(_patterns(_alternating(tokens))))


def _patterns(tokens: list[Token]) -> list[Token]:
    """A blue suitcase with white stripes, 白色条纹的蓝色行李箱: the stripes are white, and striped is what it is."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        after = peek(tokens, index + 1)
        if token.chinese and token.has("colour") and after is not None and after.get("trait") in PATTERNS:
            rest = tokens[index + 2 : index + 6]
            ends = next((i for i, t in enumerate(rest) if t.has("thing") or t.mark), len(rest))
            if any(t.has("colour") for t in rest[:ends]):
                out.append(_second(token))
                continue
        given = bool(out) and out[-1].text == "with"
        if not token.chinese and given and token.has("colour") and after is not None and after.text in STRIPES:
            out[-1] = replace(_second(token), text=f"with {token.text}")
            continue
        if (
            not token.chinese
            and token.text in STRIPES
            and peek(tokens, index - 1) is not None
            and tokens[index - 1].has("colour")
        ):
            token = replace(token, text=f"with {token.text}", meanings=(Meaning("trait", STRIPES[token.text]),))
        out.append(token)
    return out


def _second(token: Token) -> Token:
    """The colour of a pattern: the thing's second one."""
    return replace(token, meanings=(Meaning("trait", accent(token.get("colour") or "#fafafa")),))


def _alternating(tokens: list[Token]) -> list[Token]:
    """红白相间的 is red and white: 相间 is no word of its own."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        following = peek(tokens, index + 1)
        split = token.text == "相" and following is not None and following.text == "间"
        if out and out[-1].has("colour") and (split or token.text in ("相间", "双色", "两色", "拼色")):
            skip = index + split
            continue
        out.append(token)
    return out


def _on_it(tokens: list[Token]) -> list[Token]:
    """ "A T-shirt with a cat on it", "a cat printed on a mug": the cat is printed there."""
    out = list(tokens)
    marks: list[int] = []
    for index, token in enumerate(tokens):
        if token.chinese:
            continue
        if token.has("pronoun") and token.text in ON_IT and index and tokens[index - 1].has("thing"):
            cloth = next((t for t in reversed(tokens[max(0, index - NEAR) : index - 1]) if t.has("thing")), None)
            given = any(t.text in ("with", "has", "have", "having") for t in tokens[max(0, index - NEAR) : index])
            spread = cloth is not None and cloth.text in SPREAD  # a book on a towel lies there
            if cloth is not None and not spread and is_cloth(cloth.get("thing") or "") and given:
                marks.append(index - 1)
        elif token.text in ("printed", "painted", "embroidered", "drawn", "printed on", "painted on"):
            end = noun_end(tokens, index + 1 + (token.text[-2:] != "on"))
            on = token.text.endswith(" on") or has(peek(tokens, index + 1), "relation")
            if end and on and is_cloth(tokens[end - 1].get("thing") or "") and has(peek(tokens, index - 1), "thing"):
                marks.append(index - 1)
    for index in reversed(marks):
        out.insert(_begins(out, index), replace(tokens[index], meanings=(Meaning("trait", PRINTED),), text=PRINTED))
    return out


def _begins(tokens: list[Token], noun: int) -> int:
    """Where what describes a noun begins, behind its number: a trait may stand there."""
    while noun and has(tokens[noun - 1], "colour", "size", "trait", "shade") and not has(tokens[noun - 1], "thing"):
        noun -= 1
    return noun


def _shown(tokens: list[Token]) -> list[Token]:
    """印着小猫的T恤, 小猫图案的杯子, "a mug featuring a cat": what is printed, and on what."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        cloth = bool(out) and is_cloth(out[-1].get("thing") or "")
        if token.text in SHOWS and cloth and not token.chinese:
            at = index + 1 + (peek(tokens, index + 1) is not None and tokens[index + 1].text in ("with", "by"))
            end = noun_end(tokens, at)
            if end:
                start = _begins(tokens, end - 1)
                out.append(replace(token, meanings=(Meaning("relation", "~on"),)))
                out += [*tokens[at:start], _print(tokens[end - 1]), *tokens[start:end]]
                skip = end - 1
                continue
        following = peek(tokens, index + 1)
        apart = token.text in DONE and following is not None and following.text in ASPECTS
        if token.chinese and (token.text in SHOWS_ZH or apart):
            first = index + 1 + apart
            end = noun_end(tokens, first)
            tail = (
                end + (has(peek(tokens, end), "ignore") or (end < len(tokens) and tokens[end].text in MOTIFS))
                if end
                else 0
            )
            of = peek(tokens, tail) if end else None
            what = noun_end(tokens, tail + 1) if of is not None and of.text == "的" else 0
            start = _begins(tokens, end - 1) if end else 0
            printed = [*tokens[first:start], _print(tokens[end - 1]), *tokens[start:end]] if end else []
            before = out[-1] if out else None
            if what and is_cloth(tokens[what - 1].get("thing") or ""):
                if has(before, "verb", "act"):  # 男孩穿着印有恐龙的T恤: the shirt first, then what is on it
                    on = replace(tokens[what - 1], text="上", meanings=(Meaning("locative", "on"),))
                    out += [*tokens[tail + 1 : what], on, replace(token, meanings=(Meaning("have", ""),)), *printed]
                    skip = what - 1
                    continue
                out += [replace(token, meanings=(Meaning("verb", "~on"),)), *printed]
                skip = tail - 1
                continue
            placed = has(before, "locative") and len(out) > 1 and is_cloth(out[-2].get("thing") or "")
            if end and (placed or cloth) and not what:
                out += [replace(token, meanings=(Meaning("have", "") if placed else Meaning("verb", "~on"),)), *printed]
                skip = tail - 1
                continue
        following, of = peek(tokens, index + 1), peek(tokens, index + 2)
        if token.chinese and token.has("thing") and following is not None and following.text in MOTIFS:
            what = noun_end(tokens, index + 3) if of is not None and of.text == "的" else noun_end(tokens, index + 2)
            if what and is_cloth(tokens[what - 1].get("thing") or ""):
                out += [replace(token, text="印着", meanings=(Meaning("verb", "~on"),)), _print(token), token]
                skip = index + 1
                if of is None or of.text != "的":
                    out.append(replace(following, text="的", meanings=(Meaning("of", ""),)))
                continue
        out.append(token)
    return out


def _print(noun: Token) -> Token:
    return replace(noun, text=PRINTED, meanings=(Meaning("trait", PRINTED),))
