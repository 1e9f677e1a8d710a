"""Who asks and what for: "I sell eggs, ...", "... for my online store", 给我的花店画张图. None of it is in the picture.

Each rule takes the tokens and gives tokens; both are linear in their number.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.heading import headings
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, said

SPEAKERS = frozenset({"i", "we", "i'm", "we're", "my", "我", "我们", "我家", "我们家", "俺"})
TRADES = frozenset({"sell", "selling", "sells", "run", "running", "own", "卖", "开", "经营", "出售", "销售"})
THEM = frozenset({"them", "those", "它们", "他们"})
# What a picture is used for; the last word of "for the rental shop poster" is one.
USES = frozenset({
    "shop", "store", "stall", "business", "company", "brand", "website", "webpage", "homepage", "app", "blog",
    "channel", "podcast", "menu", "packaging", "label", "catalogue", "catalog", "flyer", "newsletter", "school",
    "invitation", "invitations", "tag", "door", "wall", "room", "nursery", "bedroom", "fridge", "calendar",
    "presentation", "album", "bakery", "cafe", "restaurant", "salon", "studio", "class", "t-shirt", "mug",
    "storybook", "book", "magazine", "comic", "newspaper", "instagram", "facebook", "etsy", "profile", "page", "post",
})  # fmt: skip
FOR_ZH = frozenset({"给", "为", "帮", "替", "给我", "帮我", "为我", "替我"})
DRAWS = frozenset({"画", "做", "设计", "画个", "制作", "生成", "创作", "出", "来"})
HANGS = frozenset({"door", "wall", "room", "nursery", "bedroom", "fridge"})
STUCK = frozenset({"贴在", "挂在"})
CARDS = ("贺卡", "卡片", "海报", "明信片", "请柬", "邀请函")
HEADLINES = (
    "用图",
    "用的图",
    "主图",
    "首图",
    "头图",
    "详情图",
    "商品图",
    "挂画",
    "装饰画",
    "墙画",
    "门牌",
    "床头画",
    "书签",
)
REACH = 9  # tokens of such a phrase at most
KEPT: tuple[Kind, ...] = ("background", "time", "weather", "touch")


def purposes(tokens: list[Token]) -> list[Token]:
    """All rules."""
    return headings(_on_cards(_stuck(_used(_sellers(tokens)))))


def _sellers(tokens: list[Token]) -> list[Token]:
    """ "I sell eggs, please draw a dozen of them": a first clause about who asks, and what is meant by "them"."""
    if not tokens or tokens[0].text not in SPEAKERS:
        return tokens
    end = next((i for i, t in enumerate(tokens[:REACH]) if t.mark), 0)
    if not end or not any(t.text in TRADES for t in tokens[:end]):
        return tokens
    rest = tokens[end + 1 :]
    ware = next((t for t in tokens[:end] if t.has("thing")), None)
    if ware is not None:
        rest = [
            replace(ware, start=t.start, end=t.end, plural=True)
            if t.text in THEM and has(peek(rest, i - 1), "number", "measure", "of")
            else t
            for i, t in enumerate(rest)
        ]
    return rest if any(has(t, "thing", "company") for t in rest) else tokens


def _used(tokens: list[Token]) -> list[Token]:
    """ "A handbag for my online store" shows no store, 给我的花店画张图 no shop."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _use_en(tokens, index) if token.text == "for" and (index == 0 or any(t.has("thing") for t in out)) else 0
        end = 0 if index == 0 and end and tokens[end : end + 1] and tokens[end].text not in (":", "：") else end
        if index == 0 and not end:
            end = _headline_zh(tokens)
        if not end and token.text in FOR_ZH and (not out or out[-1].mark):
            end = _use_zh(tokens, index)
        if end:
            where = tokens[end - 1].text.rpartition(" ")[2] in HANGS  # "for my kid's bedroom door" shows no bedroom
            out += [t for t in tokens[index:end] if has(t, *KEPT) and not t.has("thing") and not where]
            index = end
            continue
        out.append(token)
        index += 1
    return out


def _use_en(tokens: list[Token], start: int) -> int:
    """Where "for the rental shop poster" ends that begins here; 0 where "for" says something else."""
    end = start + 1
    while end < min(len(tokens), start + REACH) and not tokens[end].mark and not has(tokens[end], "relation", "and"):
        end += 1
    after = peek(tokens, end)
    phrase = tokens[start + 1 : end]
    if (
        not phrase
        or any(living(t) and not t.text.endswith("'s") for t in phrase)
        or (after is not None and not (after.mark or after.has("and")))
    ):
        return 0
    last = phrase[-1].text.rpartition(" ")[2]
    return end if last in USES or last in said("pictures") else 0


def _use_zh(tokens: list[Token], start: int) -> int:
    """Where 给我的花店画张图 ends, behind the word for a picture; 0 where nothing of the kind begins."""
    end = min(len(tokens), start + REACH)
    for at in range(start + 1, end):
        if tokens[at].mark:
            return 0
        if tokens[at].text not in DRAWS:
            continue
        picture = at + 1
        while has(peek(tokens, picture), "number", "measure"):
            picture += 1
        found = peek(tokens, picture)
        named = found is not None and (found.text in said("pictures") or found.text in ("图", "图片", "画", "插图"))
        things = any(has(t, "thing", "company") for t in tokens[picture + 1 :])
        return picture + 1 if named and things else 0
    return 0


def _headline_zh(tokens: list[Token]) -> int:
    """Where 店铺用图: ends at the beginning; 0 where no such headline stands."""
    colon = next((i for i, t in enumerate(tokens[:REACH]) if t.mark), 0)
    if not colon or tokens[colon].text not in (":", "：") or not tokens[0].chinese:
        return 0
    headline = "".join(t.text for t in tokens[:colon])
    return colon + 1 if headline.endswith(HEADLINES) and any(t.has("thing") for t in tokens[colon:]) else 0


def _stuck(tokens: list[Token]) -> list[Token]:
    """一只章鱼,贴在孩子房门上: where the picture will hang, and no door in it."""
    for index, token in enumerate(tokens):
        begins = index > 0 and bool(tokens[index - 1].mark) and any(t.has("thing") for t in tokens[:index])
        if begins and token.text in STUCK:
            end = next((i for i in range(index, len(tokens)) if tokens[i].mark), len(tokens))
            return [*tokens[: index - 1], *tokens[end:]]
    return tokens


def _on_cards(tokens: list[Token]) -> list[Token]:
    """万圣节贺卡上的一只黑猫: the card is the picture itself; its feast is kept."""
    for index, token in enumerate(tokens[:REACH]):
        on, of = peek(tokens, index + 1), peek(tokens, index + 2)
        card = (
            token.chinese and token.text.endswith(CARDS) and has(on, "locative") and on is not None and on.text == "上"
        )
        if token.mark or (card and of is None):
            return tokens
        if card and of is not None and (of.text == "的" or has(of, "have")):
            kept = [t for t in tokens[:index] if has(t, *KEPT) and not t.has("thing")]
            return [*kept, *tokens[index + 3 :]]
    return tokens
