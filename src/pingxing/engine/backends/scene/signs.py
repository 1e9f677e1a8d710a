"""What a token says by where it stands: small questions that the reading of a sentence asks of its words."""

from __future__ import annotations

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.company import PLAYED_BY
from pingxing.engine.backends.scene.memory import BORNE
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.scenery import beside_table, outdoors
from pingxing.engine.backends.scene.sentence import Sentence
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import Kind

SKIES = {"sky", "night sky", "天空", "夜空", "天", "天上", "极光"}
POSTURES = {"sleeping", "sitting", "lying", "napping", "dozing", "perched", "seated", "curled", "asleep", "standing"}
COLOURED: tuple[Kind, ...] = ("colour", "size", "shade")
ONES = {"one", "ones"}
WHEN = {"in", "on", "at", "by", "under", "tonight", "today"}
ADVERBS = {"below", "above", "underneath", "beneath", "behind", "nearby", "beside", "overhead", "inside"}


def is_name(token: Token, following: Token | None) -> bool:
    """Whether a number is a name and counts nothing: digits before 的."""
    return token.text.isdigit() and following is not None and following.text == "的"


def is_sky(token: Token) -> bool:
    return (
        token.get("touch") == "aurora"
        or token.get("background") == "sky"
        or token.text in SKIES
        or token.text[:2] == "天空"
    )


def opens_clause(reader: Sentence, token: Token, following: Token | None) -> bool:
    """Whether 上面, 旁边 or 右边 begins a clause about what the clause before spoke of."""
    fresh = not reader.chain and not reader.at and reader.front is None and reader.pending.count is None
    if token.has("place"):  # a place in the picture, unless one thing alone was spoken of, and no place for it
        lone = len(reader.earlier) == 1 and "background" not in reader.setting
        fresh = fresh and lone and following is not None and following.has("have") and token.chinese
        fresh = fresh and not any(wish.place for wish in reader.wishes) and token.text[:1] in "左右"
    return fresh and bool(reader.earlier) and len(token.text) > 1 and not reader.negated


def acts(token: Token, relation: str) -> bool:
    """Whether it is a verb, not a preposition, that a clause may begin with: "holding", "sits on"."""
    first = token.text.partition(" ")[0]
    verb = first.endswith(("ing", "s", "ed")) and first not in ("across", "beings", "besides")
    return not token.chinese and verb and not relation.startswith("~")


def is_rooted(concept: str) -> bool:
    """ "Six lotus flowers and a frog on a leaf": the frog alone sits there."""
    return traits(concept).subgroup.startswith("plant")


def is_finite(token: Token) -> bool:
    """Whether it is a verb that begins the statement: "rides", not "riding"."""
    return token.text.partition(" ")[0].endswith("s") and not token.text.startswith("across")


def is_quality(token: Token, following: Token | None) -> bool:
    """Whether a word of weather only describes the thing behind it: "snowy roofs"."""
    nouns: tuple[Kind, ...] = ("thing", "colour", "size")
    described = following is not None and any(following.has(kind) for kind in nouns)
    return (
        described
        and not token.chinese
        and token.text.endswith("y")
        and " " not in token.text
        and not token.has("thing")
    )


def is_place(token: Token | None) -> bool:
    """Whether it names where or when all of it is, and no thing."""
    kinds: tuple[Kind, ...] = ("background", "weather", "time", "touch")
    return token is not None and not token.has("thing") and any(token.has(kind) for kind in kinds)


def is_said(reader: Sentence) -> bool:
    """Whether a colour's word stands where only a colour can: "the cat is orange"."""
    return reader.after_be and bool(reader.chain) and reader.pending.count is None


def is_one_of_them(reader: Sentence, token: Token, following: Token | None) -> bool:
    """Whether 那只 stands for one of those named before: 白色的那只在睡觉, but 白色的那只猫."""
    nouns: tuple[Kind, ...] = ("thing", "number", "measure", *COLOURED)
    said = bool(reader.pending.colours) or reader.pending.size != 1.0 or bool(reader.pending.place)
    bare = following is None or not any(following.has(kind) for kind in nouns)
    return (
        token.chinese
        and token.text[:1] == "那"
        and said
        and bare
        and (reader.last is not None and (reader.last.text == "的" or is_which(reader.last, token)))
    )


def is_which(token: Token, following: Token | None) -> bool:
    """Whether 中间, 左边 tell which of several is meant: 中间那只青蛙."""
    those = following is not None and following.chinese and following.has("the") and following.text[:1] == "那"
    return token.chinese and those and token.get("place") in ("left", "right", "centre")


def is_denied(reader: Sentence) -> bool:
    """Whether the noun just read is one that is not wanted."""
    return reader.last is not None and reader.last.has("thing")


def is_posture(token: Token, last: Token | None) -> bool:
    said = token.text if last is None else f"{last.text} {token.text}"
    return any(word in POSTURES for word in said.split())


def is_paint(token: Token | None) -> bool:
    return token is not None and token.has("colour")


def ends_phrase(following: Token | None) -> bool:
    """Whether no noun can follow: "watching him", but not "watching her cat"."""
    nouns: tuple[Kind, ...] = ("thing", "colour", "size", "trait", "number", "of", "locative", "gender")
    return following is None or bool(following.mark) or not any(following.has(kind) for kind in nouns)


def is_scene(reader: Sentence) -> bool:
    """Whether a place stands in front, so that a verb says what is to be seen there."""
    if reader.front_place or reader.front is not None:
        return True
    return reader.last is not None and any(reader.last.has(k) for k in ("background", "place", "time", "touch"))


def deed(token: Token, following: Token | None) -> str | None:
    """A verb of one character, where what it is done to follows at once: 踢足球, 看一本书."""
    objects: tuple[Kind, ...] = ("thing", "number", "colour", "size", "the", "trait")
    return token.get("act") if following is not None and any(following.has(kind) for kind in objects) else None


def after_noun(reader: Sentence, token: Token) -> bool:
    if reader.noun is None or not (reader.chain or reader.at_object is not None):
        return False
    return reader.prompt[reader.noun.end : token.start].strip() in ("", "的")


def is_setting(token: Token) -> bool:
    return token.chinese and (token.has("background") or token.has("ground"))


def has_be(token: Token | None) -> bool:
    """Whether it says that something is there: 是, 有."""
    return token is not None and (token.has("be") or token.has("have"))


def counts(token: Token) -> bool:
    return token.has("number") or token.has("the")


def is_colour(token: Token, following: Token | None) -> bool:
    """Orange, rose and gold are colours before a noun and things elsewhere."""
    if not token.has("thing"):
        return True
    return following is not None and (
        following.text in ONES
        or following.has("thing")
        or following.has("of")
        or following.has("size")
        or following.has("backdrop")
    )


def narrowed(reader: Sentence, token: Token, relation: str, following: Token | None, whom: list[int]) -> list[int]:
    """Of those spoken of, the ones whom a verb or "with" is said of where what follows can be of one alone."""
    concepts = [reader.wishes[index].concept for index in whom]
    if token.get("ignore") == PLAYED_BY:
        return whom[-1:]  # "a dog and a violinist"
    if token.chinese:
        return whom
    if relation == "with" and not all(lives(concept) for concept in concepts):
        return whom[-1:]  # "a cake and a vase with roses"
    one = following is not None and following.text in ("a", "an") and len(whom) > 1
    doing = relation in BORNE and token.text.partition(" ")[0].endswith("ing")
    apart = is_person(concepts[-1]) and not all(is_person(concept) for concept in concepts) if concepts else False
    if one and (relation == "with" or (doing and apart)):
        return whom[-1:]  # "a dog waits and a girl with a red bicycle ...", "a dog and a girl holding a balloon"
    return whom


def shows_place(reader: Sentence, token: Token, following: Token | None) -> None:
    """ "Behind her is a blackboard", 她身后是一块黑板: a place is what is to be seen there, and nothing else is."""
    waits = reader.front is not None and not reader.front_used and not reader.chain
    ends = following is None or bool(following.mark) or following.get("relation") == "with"
    said_of = reader.pending.count is not None and (token.chinese or reader.relation is None)
    if waits and ends and said_of:
        reader.front = None


def is_adverb(reader: Sentence, token: Token, following: Token | None) -> bool:
    """Whether a word of place stands for itself: "a monkey in a tree, a crocodile below"."""
    ends = following is None or bool(following.mark)
    return token.text in ADVERBS and ends and bool(reader.chain) and not is_place(reader.last)


def describes_people(reader: Sentence, token: Token, following: Token | None) -> bool:
    """Skin and gender: before a noun they wait for it, after it ("with dark skin") they change it."""
    tone, gender = token.get("tone"), token.get("gender")
    if tone is None and gender is None:
        return False
    if token.text.startswith("with ") and tone is not None:
        return reader.skin(tone)
    noun = following is not None and (following.has("thing") or following.has("of") or following.has("gender"))
    if token.has("thing") and not (noun and following is not None and not following.has("of")):
        return False
    reader.pending.note(token)
    reader.pending.tone = tone or reader.pending.tone
    reader.pending.gender = gender or reader.pending.gender
    return True


def sets_scene(reader: Sentence, token: Token, quality: bool) -> None:
    if reader.negated and not token.chinese and token.text.partition(" ")[0] in WHEN:
        reader.negated = False  # "no umbrella in the rain" wants the rain
    if quality:  # "two snowy trees": what was said of them still is
        _set(reader, token)
        return
    if reader.pending.colours and not reader.negated:
        if is_sky(token):
            reader.sky_colour = reader.pending.colours[0]
        reader.pending.colours.clear()
    reader.pending.count = None
    reader.drop()
    if token.text.startswith(("it ", "it's ")) and not reader.front_used and not reader.chain:
        reader.front = None  # "outside the window it is snowing"
    if token.chinese and not reader.front_used and has_be(reader.last):
        reader.front = None  # 灯塔上方是月亮,下面是海浪: nothing else is under it
    _set(reader, token)
    if reader.relation is not None:
        outdoors(reader, token, reader.relation)
        beside_table(reader, token, reader.relation)
    reader.relation = None
    reader.at = ""


def _set(reader: Sentence, token: Token) -> None:
    axes: tuple[Kind, ...] = ("background", "time", "weather")
    for axis in axes:
        if (value := token.get(axis)) is not None:
            reader.set(axis, value, token)
    if (touch := token.get("touch")) is not None:
        reader.set(f"touch {touch}", touch, token)
