"""Words nobody knows, read as the thing of nearest meaning, before the sentence is understood.

Works on the tokens of a prompt, between reading and understanding: where a run of tokens holds a noun that the
lexicon lacks, the run becomes one token that means what stands for it, so that numbers, colours and relations
bind to it as to any noun. A run ends where a known phrase ends, so that nothing is cut out of a known word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

from pingxing.engine.backends.scene.meaning import LONGEST_CHINESE, LONGEST_ENGLISH, Near, known, nearest, starting
from pingxing.engine.backends.scene.plan import Wish
from pingxing.engine.backends.scene.read import UNCHANGED, Token
from pingxing.engine.backends.scene.whole import characters
from pingxing.engine.backends.scene.words import (
    IRREGULAR,
    Kind,
    Meaning,
    concept_of,
    data_file,
    is_han,
    lexicon,
    said,
    singulars,
)
from pingxing.types import SceneReplacement

# What may stand inside a longer word that we lack: a thing (prairie dog), or what the lexicon passes over.
INNER: frozenset[Kind] = frozenset({"thing", "ignore", "missing", "act", "shade", "background", "ground"})
BEFORE_NOUN: frozenset[Kind] = frozenset({"number", "the", "colour", "size", "measure", "times", "missing"})
# Endings of English words that name deeds and qualities: the model would take them for what they sound like.
NO_NOUN = ("ing", "ed", "ly", "ous", "ful", "ness", "ity", "tion", "sion", "ism", "able", "ible", "less", "ish", "ive")
OWN = frozenset({"its", "his", "her", "their"})
NONE = "none"
MOST_ASKED = 1  # words of one prompt that are put to the model
LONGEST_STRETCH = 5  # characters of Chinese put to the model at once; longer stretches are no one word


@dataclass(frozen=True, slots=True)
class StandIn:
    """A word of the prompt and the concept read in its place."""

    word: str
    span: tuple[int, int]
    concept: str


@dataclass(slots=True)
class _Asker:
    """Puts unheard-of words to the model, few times for one prompt: each takes some 10 to 20 ms."""

    left: int = MOST_ASKED

    def nearest(self, word: str) -> tuple[str, ...]:
        if self.left == 0:
            return ()
        self.left -= 1
        return nearest(word)


def _of_body(before: Token) -> bool:
    """Whether the word before says that a part of somebody's body is named: "its flippers", "holding flippers"."""
    return before.text in OWN or (before.get("relation") == "holding" and not before.chinese)


def stand_ins(prompt: str, stream: Sequence[Token]) -> tuple[list[Token], tuple[StandIn, ...]]:
    """The tokens with unknown nouns replaced, and what was replaced. Never raises; linear in the prompt."""
    found: list[Token] = []
    replaced: list[StandIn] = []
    asker, at = _Asker(), 0
    while at < len(stream):
        run, near = _longest(prompt, stream, at, found, asker)
        if run > 1 or near:
            token = _merged(stream[at : at + run])
            if not near and (row := known(token.text)) is not None:  # mostly no thing, so nothing to be told of
                kind: Kind = "missing" if row.shy and _alone(stream, at + run - 1, found) else "ignore"
                told_of = not token.chinese and run > 1 and _counted(found)
                token = replace(token, meanings=() if told_of else (Meaning(kind, ""),))
            elif near:
                word = prompt[token.start : token.end]
                token = replace(token, meanings=(Meaning("thing", near[0]),))
                replaced.append(StandIn(word, (token.start, token.end), near[0]))
            found.append(token)
        else:
            found.append(_unnamed(stream, at, found))
        at += run
    return found, tuple(replaced)


def _unnamed(stream: Sequence[Token], at: int, before: Sequence[Token]) -> Token:
    """The token itself; a Chinese word that nothing stands for is told of where it must be a noun, else passed over."""
    token = stream[at]
    if not _is_whole(token) or _counted(before) or _negated(before):
        return token
    row = known(token.text)
    told_of = _alone(stream, at, before) and (row is None or row.shy)
    kind: Kind = "missing" if told_of else "ignore"
    return replace(token, meanings=(Meaning(kind, ""),))


def _is_whole(token: Token) -> bool:
    """Whether it is a Chinese word of several characters that the lexicon lacks (see whole.py)."""
    return token.chinese and not token.meanings and len(token.text) > 1


def _counted(before: Sequence[Token]) -> bool:
    """Whether a noun must come: a number or a measure word stands before, and what describes may follow it."""
    at = len(before)
    while at and any(before[at - 1].has(kind) for kind in ("colour", "size", "trait")):
        at -= 1
    return bool(at) and (before[at - 1].has("number") or before[at - 1].has("measure"))


def _alone(stream: Sequence[Token], at: int, before: Sequence[Token]) -> bool:
    """Whether it is all that the prompt says, but for what describes it: 红色离心机. Tags between commas are moods."""
    quiet: tuple[Kind, ...] = ("colour", "size", "trait", "of", "number", "measure")
    ends = all(token.mark == "." for token in stream[at + 1 : at + 3])
    return ends and all(not token.mark and any(token.has(kind) for kind in quiet) for token in before)


def _merged(run: Sequence[Token]) -> Token:
    if len(run) == 1:
        first = run[0]
        last = first.text.rpartition(" ")[2]
        many = not first.chinese and last not in UNCHANGED and (last in IRREGULAR or _is_plural(first.text))
        return replace(first, plural=first.plural or many)
    text = ("" if run[0].chinese else " ").join(token.text for token in run)
    many = not run[0].chinese and run[-1].text not in UNCHANGED and _is_plural(text)
    return Token(text, run[0].start, run[-1].end, (), run[0].chinese, many)


def _longest(
    prompt: str, stream: Sequence[Token], at: int, before: Sequence[Token], asker: _Asker
) -> tuple[int, tuple[str, ...]]:
    """How many tokens from `at` make one word, and what stands for it; (1, ()) where nothing does."""
    first = stream[at]
    if first.mark or (first.meanings and not any(first.has(kind) for kind in INNER) and not first.chinese):
        return 1, ()
    if _is_verb(stream, at, before) or (first.text in said("body parts") and before and _of_body(before[-1])):
        return 1, ()
    missing = first.has("missing")
    reach = max(1, _reach(prompt, stream, at, LONGEST_CHINESE if first.chinese else LONGEST_ENGLISH))
    for run, near in reversed(_words(stream[at : at + reach])):
        piece = stream[at : at + run]
        if all(token.meanings for token in piece) and not _may_hide(piece, near):
            continue
        if not near.concepts:  # a word for no thing: passed over whole, so that no noun is found inside it
            known_part = any(token.meanings for token in piece)
            return (
                (run, ())
                if not known_part or (not first.chinese and near.shy and not piece[-1].has("thing"))
                else (1, ())
            )
        head = piece[-1]  # a cherry tree is a tree, no cherry
        chosen = first.chinese and len(near.concepts) == 1  # 蟹柳: somebody said what it is
        if run > 1 and not chosen and head.has("thing") and any(near.concepts[0] == t.get("thing") for t in piece[:-1]):
            return 1, ()
        lone = run == 1 and len(piece[0].text) == 1
        if _negated(before) or ((near.shy or lone) and not _stands_as_noun(stream, at, run, before)):
            return 1, ()
        return run, near.concepts
    return _missing(first, before) if missing else _unheard(stream, at, before, asker)


def _is_verb(stream: Sequence[Token], at: int, before: Sequence[Token]) -> bool:
    """Whether an English word nobody knows stands between a noun and a noun phrase: "a train crosses a bridge"."""
    word, following = stream[at], stream[at + 1] if at + 1 < len(stream) else None
    if word.chinese or word.meanings or not word.text.endswith("s") or following is None or not before:
        return False
    return before[-1].has("thing") and any(following.has(kind) for kind in ("number", "the"))


def _missing(token: Token, before: Sequence[Token]) -> tuple[int, tuple[str, ...]]:
    """A word that the lexicon knows and no art draws. Never put to the model: people said what it is like."""
    forms = (token.text, *(() if token.chinese else _whole_singulars(token.text)))
    ours = next((chosen_likenesses()[form] for form in forms if form in chosen_likenesses()), None)
    if ours is not None:
        return 1, () if _negated(before) or ours == NONE else (ours,)
    near = known(token.text) or _singular(token.text)
    return 1, near.concepts if near and not _negated(before) else ()


@cache
def chosen_likenesses() -> dict[str, str]:
    """Our own choices, by the word they stand for."""
    table: dict[str, str] = tomllib.loads(data_file("likenesses.toml"))["likeness"]
    return {
        word.strip(): emoji if emoji.isascii() else concept_of(emoji)  # "none", or E117: what we drew ourselves
        for emoji, line in table.items()
        for half in line.split("|")
        for word in half.split(", ")
        if word.strip()
    }


def _whole_singulars(text: str) -> list[str]:
    head, _, last = text.rpartition(" ")
    return [f"{head} {single}".strip() for single in singulars(last)]


def _reach(prompt: str, stream: Sequence[Token], at: int, most: int) -> int:
    """How many tokens from `at` stand together as parts of one word could."""
    first, count, length = stream[at], 0, 0
    for token in stream[at : at + most]:
        if token.mark or token.chinese != first.chinese:
            break
        if count:
            between = prompt[stream[at + count - 1].end : token.start]
            if between.strip(" ") or bool(between) == first.chinese:
                break
            if not first.chinese and token.meanings and not any(token.has(kind) for kind in INNER):
                break
        length += len(token.text)
        if first.chinese and length > most:
            break
        count += 1
    return count


def _may_hide(piece: Sequence[Token], near: Near) -> bool:
    """Whether a word of known words only may be another word: "prairie dog", 带鱼, 竹蜻蜓 (but no 玫瑰花茶)."""
    if len(piece) < 2 or not piece[0].chinese or all(len(token.text) == 1 for token in piece):
        return len(piece) > 1
    return len(near.concepts) == 1 and (piece[0].has("thing") or piece[-1].get("thing") != near.concepts[0])


def _words(piece: Sequence[Token]) -> list[tuple[int, Near]]:
    """The words of the table that begin the piece, as numbers of tokens, shortest first."""
    if piece[0].chinese:
        ends: dict[int, int] = {}
        for run, token in enumerate(piece, start=1):
            ends[max(ends, default=0) + len(token.text)] = run
        text = "".join(token.text for token in piece)
        return [(ends[end], near) for end, near in starting(text, list(ends)) if is_han(text[end - 1])]
    found = []
    for run in range(1, len(piece) + 1):
        text = " ".join(token.text for token in piece[:run])
        near = known(text) or _singular(text)
        if near is not None:
            found.append((run, near))
    return found


def _singular(text: str) -> Near | None:
    head, _, last = text.rpartition(" ")
    for single in singulars(last):
        near = known(f"{head} {single}".strip())
        if near is not None:
            return near
    return None


def _is_plural(text: str) -> bool:
    return known(text) is None and _singular(text) is not None


def _negated(before: Sequence[Token]) -> bool:
    """Whether "no" or 没有 stands before the noun: what is not wanted needs no likeness, and bans none."""
    for token in reversed(before):
        if token.has("not"):
            return True
        if not any(token.has(kind) for kind in BEFORE_NOUN):
            return False
    return False


def _stands_as_noun(stream: Sequence[Token], at: int, run: int, before: Sequence[Token]) -> bool:
    """Whether number, article, colour or size stands before, and no other noun follows at once."""
    following = stream[at + run] if at + run < len(stream) else None
    if not before or not any(before[-1].has(kind) for kind in BEFORE_NOUN):
        return False
    return following is None or bool(following.mark) or (bool(following.meanings) and not following.has("thing"))


def _unheard(stream: Sequence[Token], at: int, before: Sequence[Token], asker: _Asker) -> tuple[int, tuple[str, ...]]:
    """A word that the table has never heard of, where a noun must stand: put to the model, if there is one."""
    first = stream[at]
    run = _stretch(stream, at) if first.chinese else 1
    if first.meanings or _negated(before):
        return 1, ()
    text = "".join(token.text for token in stream[at : at + run])
    if _is_whole(first):
        head = _head(text)
        if head or not (_counted(before) or _alone(stream, at, before)):
            return 1, head
        return 1, asker.nearest(text)
    named = first.chinese and _alone(stream, at + run - 1, before) and _names(text)
    if not _stands_as_noun(stream, at, run, before) and not named:
        return 1, ()
    if first.chinese:
        following = stream[at + run] if at + run < len(stream) else None
        noun = (_counted(before) or named) and not (following is not None and following.has("colour"))  # 荧光|粉
        return (run, asker.nearest(text)) if noun and 1 < len(text) <= LONGEST_STRETCH else (1, ())
    is_word = len(text) > 2 and text.replace("-", "").isalpha() and not text.endswith(NO_NOUN)
    return 1, asker.nearest(text) if is_word else ()


def _names(text: str) -> bool:
    """Whether unknown characters that are all of a clause look like a noun: 除颤仪, but not 冒着烟."""
    return text[-1] in characters("ends") or characters("free").isdisjoint(text)


def _head(text: str) -> tuple[str, ...]:
    """The thing that the last character of a Chinese word names, where a word that ends so is a kind of it."""
    if text[-1] not in characters("heads"):
        return ()
    return tuple(m.value for m in lexicon().chinese.get(text[-1], ()) if m.kind == "thing")[:1]


def _stretch(stream: Sequence[Token], at: int) -> int:
    """How many characters from `at` nobody knows, up to where a word begins that the table knows."""
    run = 1
    for token in stream[at + 1 : at + 1 + LONGEST_STRETCH]:
        if token.mark or token.meanings or not token.chinese or _begins_word(stream, at + run):
            break
        run += 1
    return run


def _begins_word(stream: Sequence[Token], at: int) -> bool:
    """Whether a word of two or more characters that the table knows begins here, in a stretch of unknown ones."""
    piece = list(takewhile(lambda token: token.chinese and not token.mark, stream[at : at + LONGEST_CHINESE]))
    return any(run > 1 and not any(token.meanings for token in piece[:run]) for run, _ in _words(piece))


def told(found: Sequence[StandIn], wishes: Sequence[Wish]) -> tuple[SceneReplacement, ...]:
    """What to say of the replacements that are in the picture; "a wombat costume" shows no wombat's likeness."""
    said = []
    for stand_in in found:
        wish = next((w for w in wishes if any(end == stand_in.span[1] for _, end in w.spans)), None)
        if wish is not None:
            said.append(SceneReplacement(stand_in.word, stand_in.span, wish.concept, wish.name_en, wish.name_zh))
    return tuple(said)
