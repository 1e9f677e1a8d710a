"""Words that relate, and verbs: how a sentence says what things have to do with each other."""

from __future__ import annotations

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.noun import Pending
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.rephrase import GOES_ON
from pingxing.engine.backends.scene.sentence import Sentence
from pingxing.engine.backends.scene.signs import (
    acts,
    is_adverb,
    is_denied,
    is_finite,
    is_place,
    is_posture,
    is_rooted,
    is_scene,
    narrowed,
)

BOTH_SIDES = {"on both sides of", "on either side of", "on each side of", "flanked by"}
LIVELY = {"holding", "wearing", "riding", "looking-at"}  # a coat holds no cat: the woman in it does
TIED = {"系着", "绑着", "拴着", "缠着", "戴着", "披着", "套着"}
STUFF = {"steam", "dew", "frost", "condensation", "raindrops", "shadows", "reflections", "dust", "sunlight", "mist"}
ASLEEP = ("sleep", "slept", "nap", "doz", "snooz")


def related(reader: Sentence, token: Token, following: Token | None, relation: str) -> None:
    """A word that relates: a preposition, or an English verb that says how two things stand to each other."""
    pending = reader.pending
    strange = pending.unknown not in ("", "ones") and pending.count is not None and reader.joined and not token.chinese
    if relation == "with" and reader.negated and reader.noun is None and is_denied(reader):
        return  # "no planets with rings"
    if not reader.some():
        reader.drop()
    reader.settle()
    if not reader.chain and reader.last is not None and reader.last.text in STUFF:  # "..., steam on the windows"
        return
    if strange:  # "a shell and a message in a bottle": what is in it we do not know
        reader.chain, reader.joined = [], False
        return
    if is_adverb(reader, token, following):
        reader.pronoun(relation, token.text)  # "a monkey in a tree, a crocodile below"
        return
    if relation == "~inside" and reader.last is not None and reader.last.has("background"):
        return  # "a meadow full of daisies"
    if relation == "~around":  # "a castle on a rock surrounded by gulls": the castle
        reader.turn_back()
    if reader.joined or is_finite(token):  # "left of a dog and right of a rabbit", "a girl in red rides"
        reader.turn_back()
    if acts(token, relation):
        if reader.joined and not reader.chain:  # "stands in front of the school and points at a map"
            reader.chain = reader.head = list(reader.earlier)
        reader.resume()
    if token.text.startswith(ASLEEP):
        reader.mark("sleepy")
    if relation == "with" and is_place(reader.last) and not reader.joined:
        reader.turn_back()  # "walking his dog in the rain with an umbrella"
    if relation == "with" and not reader.chain and not reader.each:  # "night, with an owl": only joins
        reader.loose = any(is_person(reader.wishes[i].concept) for i in reader.past) and reader.resume()
        if not reader.loose:
            return
    said_of = reader.speaking(acting=acts(token, relation) or reader.dressed(relation))
    reader.relation, reader.subjects = relation, narrowed(reader, token, relation, following, said_of)
    if relation in LIVELY and reader.borne():
        reader.subjects = list(reader.head)
    if relation in LIVELY and not any(lives(reader.wishes[index].concept) for index in reader.subjects):
        reader.subjects = [i for i in reader.head if lives(reader.wishes[i].concept)] or reader.subjects
        reader.subjects = reader.idle(reader.subjects)
    if (relation in LIVELY and acts(token, relation)) or is_posture(
        token, reader.last
    ):  # "a plant and a cat sleeping on the sofa": the plant does not sleep
        alive = [index for index in reader.subjects if lives(reader.wishes[index].concept)]
        reader.subjects = alive or reader.subjects
    if relation in ("on", "under", "next-to") and any(lives(reader.wishes[i].concept) for i in reader.subjects):
        reader.subjects = [i for i in reader.subjects if not is_rooted(reader.wishes[i].concept)]
    reader.sides = token.text in BOTH_SIDES
    reader.after_be = False
    denied = reader.negated and reader.last is not None and reader.last.has("not")
    if denied and reader.last is not None and reader.last.text in ("not", "isn't", "is not", "aren't", "are not"):
        reader.relation, reader.subjects = None, []  # "a bird that is not in a cage"
        return
    if denied and reader.last is not None and "except" in reader.last.text:
        reader.relation, reader.subjects, reader.chain = None, [], []  # "cats everywhere except on the sofa"
    if reader.negated:
        reader.negated = False


def acted(reader: Sentence, token: Token, following: Token | None, verb: str) -> None:
    """A Chinese verb, or a deed that is done to what follows."""
    pending = reader.pending
    if verb == "above" and not reader.chain and is_scene(reader):  # 天上飞过一群大雁
        reader.drop()
        reader.settle()
        return
    if reader.at not in ("", "在", "从") and reader.at_object is None:  # 企鹅站在戴围巾的雪人旁边: the snowman's scarf
        if pending.count is not None:
            reader.stash, reader.pending = pending, Pending()
        reader.relation, reader.subjects = verb, []
        return
    if token.text in TIED and reader.chain == [] and reader.hung():
        reader.drop()  # 白椅子上系着一个红气球
        reader.settle()
        return
    if (not reader.chain or reader.joined) and pending.count is not None and not reader.some():
        reader.mates = list(reader.chain) if reader.joined and token.chinese else reader.mates
        reader.stash, reader.pending = pending, Pending()  # 一只戴着帽子的狗: one dog, not one hat
        reader.chain, reader.joined = [], False
    reader.drop()
    reader.settle()
    reader.pending.many = token.chinese and "满" in token.text  # 装满苹果的篮子
    reader.leaning = token.text.startswith(("靠", "倚", "斜靠", "跟在", "追在"))
    if reader.victim and reader.chain:  # 被孩子抱着的猫: the child holds the cat
        reader.suffered(verb)
        return
    if token.get("ignore") == GOES_ON:
        reader.resume(alive=verb != "wearing")
    fresh = token.chinese and reader.joined and reader.last is not None and reader.last.has("and")
    if fresh:
        reader.mates = list(reader.chain)
    said_of = [] if fresh else reader.speaking()  # 穿裙子的女孩和穿衬衫的男孩
    reader.relation, reader.subjects = verb, narrowed(reader, token, verb, following, said_of)
