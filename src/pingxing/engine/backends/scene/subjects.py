"""Who is only called he, she or they: a man, a woman, people, where nobody was named before."""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import noun_end
from pingxing.engine.backends.scene.words import Meaning, concept_of

WOMAN, MAN, ONE = concept_of("👩"), concept_of("👨"), concept_of("🧑")
WHO = {
    "she": (WOMAN, 1), "she's": (WOMAN, 1), "he": (MAN, 1), "he's": (MAN, 1), "they": (ONE, 2), "they're": (ONE, 2),
    "everyone": (ONE, 3), "everybody": (ONE, 3), "大家": (ONE, 3),
    "她": (WOMAN, 1), "他": (MAN, 1), "他们": (ONE, 2), "她们": (WOMAN, 2),
}  # fmt: skip
SOMEBODY = frozenset({"someone", "有人"})  # one more, whoever was named
WHOM = {"her": (WOMAN, 1), "him": (MAN, 1), "them": (ONE, 2), **WHO}
GIVES = frozenset({"gives", "give", "giving", "hands", "handing", "offers", "brings", "给", "送给", "递给", "送"})
TAKES = frozenset({"带", "带着", "陪", "陪着", "takes", "taking"})
SPEAKER = frozenset({"i", "me", "我"})  # in the picture beside somebody else; alone it is who asks for it
# What nobody would call he or she; all else (a robot, a snowman, a doll) may be meant.
INERT = (
    "food", "drink", "dishware", "plant", "place", "transport", "household", "clothing", "time", "book-paper",
    "light-video", "sound", "musical-instrument", "computer", "phone", "tool", "office", "writing", "money", "mail",
)  # fmt: skip
SKY = frozenset(map(concept_of, "☀️🌕🌙⭐🌈☁️❄️⚡🌧️"))


def subjects(tokens: list[Token]) -> list[Token]:
    """ "She reads", 他骑着自行车, "me and my dog": somebody is there. Linear in the number of tokens."""
    out: list[Token] = []
    named, others = False, 0  # whether somebody was of whom a pronoun may speak; how many of these by a noun
    for index, token in enumerate(tokens):
        known = WHO.get(token.text) if not token.has("thing") else None
        joined = bool(out) and has(out[-1], "and") and len(out) > 1 and out[-2].text in WHO
        if known is not None and (joined or (not named and _is_subject(tokens, index))):
            out += _person(token, *known)
            named = True
        elif token.text in SOMEBODY and not token.has("thing") and not _is_gone(tokens, index):
            out += _person(token, ONE, 1)
            named = True
        elif others < 2 and token.text in WHOM and _is_given(tokens, index):
            out += _person(token, *WHOM[token.text])
        elif token.text in SPEAKER and _is_beside(tokens, index):
            out += _person(token, ONE, 1)
        else:
            others += has(token, "company", "deed") or (token.has("thing") and not _is_inert(token))
            named = named or others > 0
            out.append(token)
    return out


def _person(token: Token, concept: str, number: int) -> list[Token]:
    count = replace(token, text=str(number), end=token.start, meanings=(Meaning("number", str(number)),))
    return [count, replace(token, meanings=(Meaning("thing", concept),), plural=number > 1)]


def _is_gone(tokens: list[Token], index: int) -> bool:
    """ "Someone left a pair of boots": nobody is there any more."""
    after = peek(tokens, index + 1)
    return after is not None and after.text in ("left", "forgot", "has", "had", "lost", "else's")


def _is_given(tokens: list[Token], index: int) -> bool:
    """ "Gives her a rose", 给她一束花: who gets it, not whose it is."""
    before, after = peek(tokens, index - 1), peek(tokens, index + 1)
    what = has(after, "number", "measure") or (after is not None and after.text.startswith("一"))
    return before is not None and before.text in GIVES and what


def _is_beside(tokens: list[Token], index: int) -> bool:
    """ "My dog and I", 我和妈妈: joined to somebody by and; "a cat and I want it blue" is not."""
    after, before = peek(tokens, index + 1), peek(tokens, index - 1)
    if before is not None and before.text in TAKES and living(peek(tokens, index - 2)):
        return True
    own = peek(tokens, index + 2)  # my, 我的
    start = index + 2 + has(own, "ignore", "the") + 2 * (own is not None and own.text == "我")
    if has(after, "and") and (end := noun_end(tokens, start)):
        return living(tokens[end - 1])
    closes = after is None or bool(after.mark) or has(after, "be", "at", "relation", "verb", "background", "place")
    return closes and has(before, "and") and living(peek(tokens, index - 2))


def _is_inert(token: Token) -> bool:
    concept = token.get("thing") or ""
    return concept in SKY or (not living(token) and traits(concept).subgroup.startswith(INERT))


def _is_subject(tokens: list[Token], index: int) -> bool:
    """Not an owner (他妈妈, 她的), nor told at once who it is ("she is a doctor", 他是医生), nor met later."""
    after = peek(tokens, index + 1)
    if after is None or after.mark or after.text == "的" or has(after, "thing"):
        return False
    if has(after, "be") and (end := noun_end(tokens, index + 2)) and living(tokens[end - 1]):
        return False
    return not any(t.text in ("who", "whose") for t in tokens[index + 1 : index + 3])
