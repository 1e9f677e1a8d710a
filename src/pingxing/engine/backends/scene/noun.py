"""What stands before a noun, and what becomes of the noun by it: colour inside its name, gender, skin, age."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.people import AGED, SKIN_OF_COLOUR, aged, gendered, toned
from pingxing.engine.backends.scene.plan import Wish
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.variants import concept_for
from pingxing.engine.backends.scene.words import Lexicon, concept_of, fold_chinese, is_han, lexicon, said, singulars

MOODS = frozenset({"happy", "sad", "angry", "sleepy", "surprised", "crying", "laughing", "scared"})
AGES = frozenset({"baby", "young", "old"})
SIZED = frozenset("小大老")
INNER_SIZES = {"大": 1.4, "小": 0.7}
NOT_OLD = frozenset({"老鼠", "老虎", "老鹰", "老师", "老板", "老外", "老乡"})
METALS = {"golden": "#d8a92e", "silver": "#c3c9d2"}
# Faces of the sky and of toys have moods too.
FACED = frozenset(map(concept_of, ("☀️", "🌞", "🌕", "🌙", "🌝", "🌚", "🌛", "🌜", "⭐", "☁️")))

# Art that shows a pair, or a thing that is called one: "a pair of glasses" is one picture.
PAIRED = frozenset(map(concept_of, "👓🕶🧦🧤🥢✂👖🩳🩰🎧🎿🥽💑💏👭👬👫👯👀"))
BUNCHES = frozenset(map(concept_of, "🍇🍌"))  # drawn as a bunch: "a bunch of grapes" is one picture
CHINESE_MANY = {"星星", "繁星", "树木", "人们", "孩童", "花朵", "云朵", "落叶", "树叶"}
# Black and white by nature: 黑白相间的熊猫 asks for no paint.
PIED = frozenset(map(concept_of, "🐼🦓🐧🐄🦨🐮⚽"))


@dataclass(slots=True)
class Pending:
    """What has been said of a noun that has not come yet."""

    count: int | None = None
    colours: list[str] = field(default_factory=list)
    traits: list[str] = field(default_factory=list)
    size: float = 1.0
    shade: float = 0.0  # lightness to add to the next colour
    tone: str = ""
    gender: str = ""
    place: str = ""  # "the left balloon"
    paired: bool = False  # "a pair of"
    start: int | None = None
    the: bool = False
    bunch: bool = False  # "a bunch of"
    own: bool = False  # "her": it is of whom the clause is about
    clause: bool = False  # a clause comes before the noun: 一个戴着帽子的
    measured: bool = False  # a measure word stood there, so that a noun must follow
    many: bool = False  # 满 stood before
    lost: bool = False  # after a colour came a Chinese word nobody knows, which the colour is of
    unknown: str = ""  # a word nobody knows, standing where a noun may stand

    def joined(self, later: Pending) -> Pending:
        """What was said before a clause and what after it: 一只 + 戴着帽子的 + 白猫."""
        return Pending(
            self.count if later.count is None else later.count,
            [*later.colours, *self.colours],
            [*self.traits, *later.traits],
            later.size if later.size != 1.0 else self.size,
            later.shade or self.shade,
            later.tone or self.tone,
            later.gender or self.gender,
            later.place or self.place,
            self.paired or later.paired,
            self.start if self.start is not None else later.start,
            self.the or later.the,
            measured=later.measured,
            unknown=later.unknown,
        )

    def note(self, token: Token) -> None:
        if self.start is None:
            self.start = token.start


def inner_colour(lexicon: Lexicon, concept: str, token: Token) -> str | None:
    """The colour inside a phrase that is one word to us: 黑猫, "red apple" (but not 黄瓜, "red wine")."""
    if not lexicon.idioms.isdisjoint((token.text, *singulars(token.text))):
        return None
    table = lexicon.chinese if token.chinese else lexicon.english
    first = 1 if token.chinese and token.text[:1] in SIZED else 0  # 小黄鸭, 大白鹅
    cuts = range(first + 1, len(token.text)) if token.chinese else [i for i, c in enumerate(token.text) if c == " "]
    for cut in cuts:
        colour = next((m.value for m in table.get(token.text[first:cut], ()) if m.kind == "colour"), None)
        rest = token.text[cut:].strip().removeprefix("的")
        forms = [rest] if token.chinese else [rest, *singulars(rest)]
        if colour is not None and any(
            concept_for(m.value, colour) == concept for form in forms for m in table.get(form, ()) if m.kind == "thing"
        ):
            return colour
    return None


def inner_size(lexicon: Lexicon, concept: str, token: Token) -> float:
    """大树 is a big tree and 小船 a small boat; 大象 is an elephant of any size."""
    first = token.text[:1]
    if not token.chinese or first not in INNER_SIZES or is_person(concept):
        return 1.0
    if token.text in said("large names"):
        return 1.0
    rest = token.text[1:].removeprefix("的")
    named = lexicon.names[concept][1] == token.text  # 小熊猫 is no small panda, 小木屋 a small 木屋
    forms = (m.value for f in (rest, f"房{rest}") for m in lexicon.chinese.get(f, ()) if m.kind == "thing")
    return INNER_SIZES[first] if any(v == concept or (not named and _alike(v, concept)) for v in forms) else 1.0


def _alike(one: str, other: str) -> bool:
    """Whether they are of one kind: 蛋糕 and 大蛋糕 have pictures of their own."""
    return one == other or (traits(one).subgroup == traits(other).subgroup != "")


def inner_traits(lexicon: Lexicon, concept: str, token: Token) -> list[str]:
    """The material or pattern inside a phrase that is one word to us: 纸飞机, "wooden chair" (but no "gold medal")."""
    if not lexicon.idioms.isdisjoint((token.text, *singulars(token.text))):
        return []
    if token.text in said("aged names"):
        return ["old"]
    if token.text[-2:] in NOT_OLD:  # 小老鼠
        return []
    table = lexicon.chinese if token.chinese else lexicon.english
    first = 1 if token.chinese and token.text[:1] in INNER_SIZES else 0  # 小木船
    cuts = range(first + 1, len(token.text)) if token.chinese else [i for i, c in enumerate(token.text) if c == " "]
    for cut in cuts:
        trait = next((m.value for m in table.get(token.text[first:cut], ()) if m.kind == "trait"), None)
        rest = token.text[cut:].strip().removeprefix("的")
        forms = [rest, f"{rest}子", f"房{rest}"] if token.chinese else [rest, *singulars(rest)]
        if trait is not None and any(_alike(m.value, concept) for f in forms for m in table.get(f, ())):
            return [trait]
    return []


def person(concept: str, colour: str | None, pending: Pending) -> tuple[str, str | None]:
    """Concept and paint of a person: gender, age and skin are other art, and a black man is not painted black."""
    if not is_person(concept):
        return concept, colour
    if pending.gender:  # what we drew ourselves has no second form; Unicode's picture of the same role has
        concept = gendered(told(concept), pending.gender)
    for age in [trait for trait in pending.traits if trait in AGED]:
        if (found := aged(concept, age)) != concept:
            concept = found
            pending.traits.remove(age)
    tone = pending.tone or SKIN_OF_COLOUR.get(colour or "", "")
    if tone and toned(concept, tone) != concept:
        return toned(concept, tone), None if colour in SKIN_OF_COLOUR else colour
    return concept, colour


# What a story gives a heart to, where the mood stands before its name: a sad tractor, a happy pumpkin.
HEARTED = ("transport", "place-building", "plant", "food", "drink", "dishware", "sky", "game", "light")


def fitting(
    concept: str, found: list[str], colour: str | None, *, named: bool = False
) -> tuple[tuple[str, ...], str | None]:
    """Those of the traits that such a thing can have, and its colour: gold and silver are paint as well.

    With `named` they were said before its name, and a mood is its own; said behind, it is somebody's near it.
    """
    alive = lives(concept) or (named and traits(concept).subgroup.startswith(HEARTED))
    kept = []
    for trait in dict.fromkeys(found):
        if trait in MOODS and not (alive or concept in FACED):
            continue
        if trait in METALS:
            colour = colour or METALS[trait]
            vehicle = trait != "golden" and traits(concept).subgroup.startswith("transport")
            if lives(concept) or vehicle or traits(concept).subgroup.startswith(("sky", "plant")):
                continue  # a golden dog and a silver car are painted, not cast
        kept.append(trait)
    return tuple(kept), colour


# Unicode draws these moods of a cat, as a face; one that sits on something or has a colour stays a whole cat.
_CAT = concept_of("🐈")
_CATS = {"sad": "😿", "crying": "😿", "laughing": "😹", "angry": "😾", "scared": "🙀", "surprised": "🙀"}


def moody(wish: Wish) -> Wish:
    """The wish as Unicode draws it in its mood, where it stands alone and Unicode does."""
    face = next((_CATS[trait] for trait in wish.traits if trait in _CATS), None)
    if face is None or wish.concept != _CAT or wish.colour is not None or wish.place:
        return wish
    english, chinese = lexicon().names[concept_of(face)]
    kept = tuple(trait for trait in wish.traits if trait not in MOODS)
    return replace(wish, concept=concept_of(face), name_en=english, name_zh=chinese, traits=kept)


def kindred(said: str, word: str) -> bool:
    """Whether two Chinese words for one concept share a character, or one of them has none to share."""
    said = fold_chinese(said)
    return not said or said.isascii() or not is_han(word[-1]) or not set(word).isdisjoint(said)
