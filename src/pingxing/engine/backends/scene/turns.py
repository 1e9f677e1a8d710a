"""Turns of phrase that name several things in one word, or a thing that is not meant: unfolded before reading.

A family is a man, a woman and a child; a skateboarding dog rides a skateboard; "as white as snow" is white; an owl on
a branch sits in a tree; "its friend the octopus" is one octopus. Each rule takes the tokens and gives tokens.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.ages import aged
from pingxing.engine.backends.scene.agreed import agreed
from pingxing.engine.backends.scene.belongings import owned, owners
from pingxing.engine.backends.scene.bond import is_open, is_person
from pingxing.engine.backends.scene.company import AND, SEVERAL, companies, has, is_beast, living, peek
from pingxing.engine.backends.scene.compared import compared
from pingxing.engine.backends.scene.conduct import conducted
from pingxing.engine.backends.scene.doing import became, coated, costumed, striped
from pingxing.engine.backends.scene.grounds import grounds
from pingxing.engine.backends.scene.handed import handed, to_whom
from pingxing.engine.backends.scene.heads import families, headed, lists, named_apart
from pingxing.engine.backends.scene.hidden import uncovered
from pingxing.engine.backends.scene.phrases import phrased
from pingxing.engine.backends.scene.predicates import predicates
from pingxing.engine.backends.scene.purpose import purposes
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.settled import settled
from pingxing.engine.backends.scene.shops import within_shops
from pingxing.engine.backends.scene.subjects import subjects
from pingxing.engine.backends.scene.surface import surfaced
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.usage import used
from pingxing.engine.backends.scene.vessels import BORNE_ZH, FILLED, filled, vessels
from pingxing.engine.backends.scene.views import viewed
from pingxing.engine.backends.scene.which import noun_end, sides
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, lexicon

TREE = Meaning("thing", concept_of("🌳"))
ROOFS = frozenset({"屋顶", "房顶"})
HOUSE = Meaning("thing", concept_of("🏠"))
WAVE = concept_of("🌊")
BOOK = Meaning("thing", concept_of("📖"))
BRANCHES = frozenset({"branch", "branches", "tree branch", "tree branches", "bough", "twig"})
BRANCHES_ZH = frozenset({"树枝", "树梢", "枝头", "枝条", "枝桠", "树杈", "树干"})
FRIENDS = frozenset({"friend", "friends", "best friend", "buddy", "朋友", "好朋友", "好友", "伙伴", "小伙伴"})
ON_BRANCHES = ("on", "above", "under", "between", "~on", "in")
TOTALS = frozenset({"一共", "总共", "共有", "共", "一共有", "总共有"})
LIKE = frozenset({"像", "如", "好像", "仿佛", "宛如", "如同", "好似"})
ALIKE = frozenset({"一样", "似的", "般", "一般", "那样", "那么", "一样的", "般的"})
# Those who stand beside each other without a word between: 爷爷奶奶, 爸爸妈妈.
KIN = frozenset({
    "爷爷", "奶奶", "爸爸", "妈妈", "外公", "外婆", "姥姥", "姥爷", "叔叔", "阿姨", "哥哥", "姐姐", "弟弟", "妹妹",
    "男孩", "女孩", "男生", "女生", "新郎", "新娘", "儿子", "女儿", "父亲", "母亲", "老公", "老婆", "丈夫", "妻子",
    "国王", "王后", "王子", "公主", "医生", "护士",
})  # fmt: skip
NOUN_BEGINS: tuple[Kind, ...] = ("number", "the", "thing", "colour", "size", "measure", "company")
PARENTS = frozenset({"mother", "mum", "mom", "mummy", "mama", "father", "dad", "妈妈", "爸爸", "母亲", "父亲"})
# People whom Unicode shows at what they do.
ACTS = frozenset(map(concept_of, "🏃🏊🏄🧗🚴🧘🤸🏋🏌🤽🤾🤹🛀🚵💆🧖🏇🤺⛹🚶💃🕺🎅🚣🤝👋👏🙏🙌🙋🙇")) - {concept_of("🎅")}
DOERS = (
    "er",
    "ers",
    "or",
    "man",
    "men",
    "woman",
    "boy",
    "girl",
    "ist",
    "people",
    "person",
    "人",
    "员",
    "手",
    "者",
    "家",
    "师",
)
GESTURES = frozenset({"招手", "挥手", "握手", "举手", "拍手", "牵手", "摆手"})
LIMBS = frozenset({
    "shoulder", "shoulders", "back", "head", "lap", "nose", "arm", "hand", "hands", "arms", "heart", "face", "belly",
    "tail", "ears", "eyes", "mouth", "paw", "paws", "fur", "wings", "feet", "finger", "fingers", "fingertip", "palm",
    "knee", "knees", "chest", "neck", "cheek", "trunk", "tusk", "tusks", "antlers", "beak", "shell", "hump",
})  # fmt: skip
DOTS = {"点": "dotted", "圆点": "dotted", "波点": "dotted", "条": "striped", "花": "floral", "格": "checked"}
OWNED = ("its", "their", "her", "his", "它的", "它们的")
OFFSPRING = frozenset({"baby", "babies", "child", "children", "young", "宝宝", "孩子", "崽崽", "幼崽"})
PIECES = frozenset(map(concept_of, "🪶🐾🐚🪸"))  # Unicode keeps them among animals
EACH = frozenset({"riding", "with", "wearing"})  # deeds of several that need as many things
TRAILS = frozenset({"跟着", "紧跟着", "尾随着", "陪着", "跟", "靠着", "倚着"})
SIMILE = 5  # tokens of a likeness at most: 像 | 雪 | 一样 | 白


def turned(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    tokens = predicates(purposes(conducted(used(grounds(aged(sides(tokens)))))))
    tokens = owned(to_whom(subjects(agreed(handed(tokens)))))
    tokens = coated(striped(costumed(compared(surfaced(settled(within_shops(viewed(tokens))))))))
    tokens = headed(vessels(phrased(lists(families(named_apart(uncovered(became(tokens))))))))
    tokens = _likenesses(_joined(_many(_appositions(_branches(_totals(owners(_acts(tokens))))))))
    return _deeds(companies(_read(_mothers(_grounds(_trailing(tokens))))))


def _trailing(tokens: list[Token]) -> list[Token]:
    """它后面跟着一辆车: what follows stands where the word of place says, not merely beside."""

    def idle(before: Token | None, token: Token) -> bool:
        return token.text in TRAILS and has(before, "locative")

    return [t for before, t in zip([None, *tokens], tokens, strict=False) if not idle(before, t)]


def _acts(tokens: list[Token]) -> list[Token]:
    """A panda doing yoga is a panda: Unicode's person who does it is no second one. Walks, fillings, shoulders."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        following, after = peek(tokens, index + 1), peek(tokens, index + 2)
        if index <= skip:
            continue
        if token.get("thing") in ACTS and (token.text in GESTURES or not token.text.endswith(DOERS)):
            clause = out[max((i + 1 for i, t in enumerate(out) if t.mark), default=0) :]
            near = any(living(t) and t.get("thing") not in ACTS for t in clause[-8:])
            of = after if following is not None and following.text == "的" else following
            if near or living(of) or (token.chinese and _leads(tokens, index + 1)):
                token = replace(token, meanings=())
        elif token.text == "walks" and (end := noun_end(tokens, index + 1)) and is_beast(tokens[end - 1]):
            token = replace(token, meanings=(Meaning("relation", "next-to"),))
        elif token.text in FILLED and _fills(tokens, index, out[-1] if out else None):
            token = replace(token, meanings=(Meaning("verb", FILLED[token.text]),))
        elif (
            token.text.endswith("'s")
            and (living(token) or token.has("missing"))
            and following is not None
            and following.text in LIMBS
        ):
            token = replace(token, text=token.text[:-2])
            skip = index + 1
        out.append(token)
    return out


def _fills(tokens: list[Token], index: int, before: Token | None) -> bool:
    """装满信的邮箱, 篮子装着苹果: what is full and what it is full of."""
    if has(before, "thing") and tokens[index].text not in ("有", "带", *BORNE_ZH):
        return before is not None and is_open(before.get("thing") or "")
    return (before is None or has(before, "number", "measure", "at")) and filled(tokens, index)


def _leads(tokens: list[Token], at: int) -> bool:
    """Whether 的 and somebody follow at once, colours and the like between them."""
    if not (at < len(tokens) and tokens[at].text == "的"):
        return False
    at += 1
    while has(peek(tokens, at), "colour", "size", "trait", "number", "measure") and not has(peek(tokens, at), "thing"):
        at += 1
    return living(peek(tokens, at))


_DEVICES = ("字", "花", "纹", "边", "龙", "凤", "图", "印", "线", "格")  # what stands on the ground of a thing


def _grounds(tokens: list[Token]) -> list[Token]:
    """黑底白点的伞: the umbrella is black and dotted. 黄底黑猫: the ground of the picture is yellow."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token, ground, dots = tokens[index], peek(tokens, index + 1), peek(tokens, index + 2)
        mark = peek(tokens, index + 3) if has(dots, "colour") else None
        marked = mark is not None and mark.text.startswith((*DOTS, *_DEVICES))
        grounded = token.chinese and token.has("colour") and ground is not None and ground.text in ("底", "底色")
        if grounded and marked and mark is not None:
            out.append(token)
            index += 3
            word = next((w for w in DOTS if mark.text.startswith(w)), "")
            if word:
                out.append(replace(mark, meanings=(Meaning("trait", DOTS[word]),)))
                index += 1
            continue
        out.append(token)
        index += 1
    return out


def _mothers(tokens: list[Token]) -> list[Token]:
    """ "Ducklings following their mother", 小鸭子跟着妈妈: she is of their kind."""
    out: list[Token] = []
    kind: Token | None = None
    people = parent = False
    for index, token in enumerate(tokens):
        following = peek(tokens, index + 1)
        before = peek(tokens, index - 1)
        near = (following, before) if token.text in PARENTS else ()
        parent = parent or any(t is not None and is_beast(t) and t.chinese == token.chinese for t in near)
        if token.text in PARENTS and not token.chinese and following is not None and is_beast(following):
            out.append(token)  # "a mother bear"
            continue
        if token.has("thing") and is_beast(token):
            kind = None if people else token
        elif (
            token.text in ("parents", "父母", "爸爸妈妈") and kind is not None and out and out[-1].text.endswith(OWNED)
        ):
            out[-1] = replace(token, text="2", meanings=(Meaning("number", "2"),))
            token = replace(token, meanings=tuple(m for m in kind.meanings if m.kind == "thing"), plural=True)
        elif token.text in ("cub", "cubs") and kind is not None and not (out and out[-1].has("thing")):
            out.append(replace(token, text="baby", meanings=(Meaning("trait", "baby"),)))
            token = replace(
                token, meanings=tuple(m for m in kind.meanings if m.kind == "thing"), plural=token.text == "cubs"
            )
        elif token.text in OFFSPRING and kind is not None and out and out[-1].text.endswith(OWNED):
            if out[-1].has("the"):
                out.pop()
            out.append(replace(token, text="1", meanings=(Meaning("number", str(SEVERAL if token.plural else 1)),)))
            out.append(replace(token, text="baby", meanings=(Meaning("trait", "baby"),)))
            token = replace(token, meanings=tuple(m for m in kind.meanings if m.kind == "thing"), plural=False)
        elif token.text in OFFSPRING and kind is not None and parent and out and has(out[-1], "number", "measure"):
            out.append(replace(token, text="baby", meanings=(Meaning("trait", "baby"),)))  # 熊妈妈和三个孩子
            token = replace(
                token, meanings=tuple(m for m in kind.meanings if m.kind == "thing"), plural=not token.chinese
            )
        elif living(token) and token.text in PARENTS and kind is not None and out and not out[-1].text.endswith("'s"):
            if has(out[-1], "the", "verb", "relation", "act", "and", "trait", "of"):
                token = replace(token, meanings=tuple(m for m in kind.meanings if m.kind == "thing"), plural=False)
                if out[-1].has("the") or token.chinese:
                    one = replace(token, text="1", meanings=(Meaning("number", "1"),))
                    out = [*out[:-1], one] if out[-1].has("the") else [*out, one]
        elif living(token) and not token.has("trait"):
            kind, people = None, True
        out.append(token)
    return out


def _totals(tokens: list[Token]) -> list[Token]:
    """苹果三个, 鸡蛋一共十二个: the number is of what stands before, and is moved there."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        at = index + 1
        total = peek(tokens, at)
        if token.chinese and token.has("thing") and total is not None:
            at += total.text in TOTALS
            number, measure, end = peek(tokens, at), peek(tokens, at + 1), peek(tokens, at + 2)
            plain = not out or not has(out[-1], "number", "measure", "times")
            ends = end is None or bool(end.mark) or end.text in ("和", "与")
            counted = has(number, "number") and has(measure, "measure")
            if plain and ends and counted and number is not None and measure is not None and number.chinese:
                out += [number, measure, token]
                index = at + 2
                continue
        out.append(token)
        index += 1
    return out


def _branches(tokens: list[Token]) -> list[Token]:
    """On a branch is on a tree; a branch of a tree that is named is that tree."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if token.text in BRANCHES_ZH:
            before = out[-2] if len(out) > 1 and out[-1].text == "的" else (out[-1] if out else None)
            on = has(peek(tokens, index + 1), "locative") or token.text in ("枝头", "树梢")
            if before is not None and _is_plant(before):
                del out[len(out) - (1 if out[-1].text == "的" else 0) :]
                out[-1] = replace(out[-1], end=token.end)
                if token.text in ("枝头", "树梢") and not has(peek(tokens, index + 1), "locative"):
                    out.append(replace(token, text="上", meanings=(Meaning("locative", "on"),)))
                continue
            if on:
                out.append(replace(token, text="树", meanings=(TREE,)))
                if not has(peek(tokens, index + 1), "locative"):
                    out.append(replace(token, text="上", meanings=(Meaning("locative", "on"),)))
                continue
        elif token.text in ROOFS:
            before = out[-2] if len(out) > 1 and out[-1].text == "的" else (out[-1] if out else None)
            if before is not None and before.has("thing"):
                del out[len(out) - (1 if out[-1].text == "的" else 0) :]
                out[-1] = replace(out[-1], end=token.end)
                continue
            house = _house(tokens[:index])
            text, meaning = (
                ("房子", HOUSE) if house is None else (house.text, Meaning("thing", house.get("thing") or ""))
            )
            token = replace(token, text=text, meanings=(meaning,))
        elif not token.chinese and token.text in BRANCHES:
            of = peek(tokens, index + 1)
            on = any(has(t, "relation") and t.get("relation") in ON_BRANCHES for t in out[-5:])
            if on and not (of is not None and of.text == "of"):
                if out and _is_plant(out[-1]):
                    continue
                token = replace(token, text="tree", meanings=(TREE,), plural=False)
        out.append(token)
    return out


def _house(before: list[Token]) -> Token | None:
    """The building that was named last, whose roof it is."""
    return next((t for t in reversed(before) if traits(t.get("thing") or "").subgroup == "place-building"), None)


def _is_plant(token: Token) -> bool:
    concept = token.get("thing")
    return concept is not None and traits(concept).subgroup.startswith("plant")


def _appositions(tokens: list[Token]) -> list[Token]:
    """ "Its friend the octopus", 它的朋友章鱼: one animal, not a friend and an animal."""
    out: list[Token] = []
    skip = False
    for index, token in enumerate(tokens):
        if skip:
            skip = False
            continue
        following = peek(tokens, index + 1)
        owned = bool(out) and (has(out[-1], "the") or out[-1].text == "的")
        at = len(out) - 1
        while at > 0 and has(out[at], "ignore", "trait"):
            at -= 1
        if (
            token.text in FRIENDS
            and has(peek(out, at), "be")
            and at > 0
            and (following is None or not living(following))
        ):
            continue  # "a cat and a dog that are best friends"
        if token.text in FRIENDS and owned and following is not None:
            if living(following) and (token.chinese or following.end - following.start > 2):
                continue
            named = following.text in ("the", "a") or (following.mark == "," and not token.chinese)
            if named and living(peek(tokens, index + 2)):
                skip = following.text != "the"
                continue
        out.append(token)
    return out


def _many(tokens: list[Token]) -> list[Token]:
    """孩子们, 企鹅们: several, whatever the word before."""
    out: list[Token] = []
    for token in tokens:
        if token.text == "们" and out and out[-1].has("thing") and out[-1].end == token.start:
            out[-1] = replace(out[-1], text=out[-1].text + "们", end=token.end, plural=True)
        elif token.chinese and token.text.endswith("们") and token.has("thing"):
            out.append(replace(token, plural=True))
        else:
            out.append(token)
    return out


def _joined(tokens: list[Token]) -> list[Token]:
    """爷爷奶奶, 小猫小狗: two that stand beside each other without a word between."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        before = out[-1] if out else None
        if before is not None and token.chinese and before.end == token.start and _is_pair(before, token):
            out.append(replace(token, text="和", meanings=(AND,)))
        elif token.chinese and token.has("number") and living(before) and before is not None:
            counted = has(peek(tokens, index + 1), "measure") and living(peek(tokens, index + 2))
            if counted and before.end == token.start:  # 两只猫一只狗
                out.append(replace(token, text="和", meanings=(AND,)))
        out.append(token)
    return out


def _is_pair(one: Token, other: Token) -> bool:
    mine, theirs = one.get("thing"), other.get("thing")
    if mine is None or theirs is None or not one.chinese or one.text == other.text:
        return False
    if is_person(mine) and is_person(theirs):
        return _kin(one.text) and _kin(other.text)
    animals = all(traits(c).subgroup.startswith("animal") and c not in PIECES for c in (mine, theirs))
    return animals and mine != theirs and min(len(one.text), len(other.text)) > 1


def _kin(text: str) -> bool:
    return text in KIN or text.removeprefix("小") in KIN or text.removeprefix("老") in KIN


def _likenesses(tokens: list[Token]) -> list[Token]:
    """ "As white as snow", 像雪一样白: the colour is meant, not what it is compared with."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        end = _likeness_en(tokens, index) if not tokens[index].chinese else _likeness_zh(tokens, index)
        if end:
            if not tokens[index].chinese:
                paint = next((t for t in tokens[index:end] if t.has("colour") or t.has("size")), None)
                if paint is not None and paint.has("colour"):
                    out += [replace(tokens[index], text="is", meanings=(Meaning("be", ""),)), paint]
            index = end
        else:
            out.append(tokens[index])
            index += 1
    return out


def _likeness_en(tokens: list[Token], at: int) -> int:
    """Where "as white as (the) snow" ends that begins here; 0 where none does."""
    if tokens[at].text != "as" or not has(peek(tokens, at + 1), "colour", "size", "trait", "shade", "ignore"):
        return 0
    again = next((i for i in range(at + 2, min(at + 4, len(tokens))) if tokens[i].text == "as"), 0)
    if not again:
        return 0
    end = again + 1
    while has(peek(tokens, end), "number", "the", "colour", "size", "shade"):
        end += 1
    return end + 1 if has(peek(tokens, end), "thing", "weather", "background", "time", "colour", "ignore") else 0


def _likeness_zh(tokens: list[Token], at: int) -> int:
    """Where 像雪一样 ends that begins here; what follows it, the colour, is kept."""
    if tokens[at].text not in LIKE:
        return 0
    for index in range(at + 2, min(at + 2 + SIMILE, len(tokens))):
        if tokens[index].mark:
            return 0
        if tokens[index].text in ALIKE:
            return index + 1
    return 0


# --- deeds that show a thing ------------------------------------------------------------------------


def _read(tokens: list[Token]) -> list[Token]:
    """ "A girl reading under a tree" reads a book."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        out.append(token)
        if token.chinese or token.text not in ("reading", "reads"):
            continue
        at = index + 1
        while has(peek(tokens, at), "ignore") and not has(peek(tokens, at), *NOUN_BEGINS):
            at += 1
        if not has(peek(tokens, at), *NOUN_BEGINS) and any(living(t) for t in tokens[max(0, index - 6) : index]):
            out.append(replace(token, text="book", meanings=(BOOK,), plural=False))
    return out


def _deeds(tokens: list[Token]) -> list[Token]:
    """ "A skateboarding dog" and "a dog skateboarding" ride a skateboard; a ski resort has no skis."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        deed = token.get("deed")
        following = peek(tokens, index + 1)
        index += 1
        if deed is None:
            out.append(token)
            continue
        relation, _, concept = deed.partition(" ")
        if token.chinese:
            verb = replace(token, meanings=(Meaning("verb", relation),))
            out += [verb, _object(token, concept, False)]
        elif living(following) and following is not None and not (out and living(out[-1])):
            out += [following, replace(token, meanings=(Meaning("relation", relation),))]
            out.append(_object(token, concept, following.plural and relation in EACH))
            index += 1
        elif has(following, "thing") or any(t.get("thing") == concept for t in tokens[index : index + 5]):
            out.append(
                replace(token, meanings=(Meaning("ignore", ""),))
            )  # "fishing nets", "takes photos with a camera"
        elif any(living(t) for t in out[-16:]):
            out += [
                replace(token, meanings=(Meaning("relation", relation),)),
                _object(token, concept, _plural(out) and relation in EACH),
            ]
            if has(following, "number", "the") and any(t.get("thing") == WAVE for t in tokens[index : index + 3]):
                out.append(replace(token, meanings=(Meaning("relation", "on"),)))  # "surfing a big wave"
        else:
            out.append(replace(token, meanings=(Meaning("ignore", ""),)))
    return out


def _plural(before: list[Token]) -> bool:
    """Whether the last living thing named is many."""
    return next((t.plural for t in reversed(before) if living(t)), False)


def _object(token: Token, concept: str, plural: bool) -> Token:
    name = lexicon().names.get(concept, ("", ""))[1 if token.chinese else 0]
    return replace(token, text=name, meanings=(Meaning("thing", concept),), plural=plural)
