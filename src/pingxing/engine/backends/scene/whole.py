"""Chinese words that nobody knows, kept whole: 离心机 holds no heart, 打火机 no fire, 山药 no mountain.

The reader takes the longest phrases it knows, and what is left over stays single characters. A character that
means a thing by itself means none inside a longer word, so before the sentence is understood such words become
one token: those of the shipped table, and by their shape those of no list: unknown characters around a known one
belong to one word with it, unless they are words by themselves (胖猫, 猫嗅花); and what ends in the name of a
tool or a stuff (data/hanzi.toml, `ends`) is one noun, whatever it begins with (筷子筒, 绞肉机).

In English the same is done to what a hyphen joins: "an egg-timer" is no egg, "a lion-hearted man" has no lion.

Works on the tokens of a prompt and gives tokens; time grows with their number only. Never raises.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.meaning import LONGEST_CHINESE, starting
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning, data_file, is_han

# What may be mistaken for the word that it is only a part of.
CONTENT: tuple[Kind, ...] = ("thing", "background", "place", "time", "weather", "touch")
SCENE: tuple[Kind, ...] = ("background", "place", "time", "weather", "touch")
# What may follow a noun; a word of three characters that ends before one of these ends as a noun does.
AFTER_NOUN: tuple[Kind, ...] = ("of", "locative", "and", "or", "at", "be", "have", "relation", "verb", "not", "each")
AFTER_NAME = AFTER_NOUN[1:]
LONGEST = 6  # characters of a word that is told by its shape


@cache
def characters(name: str) -> frozenset[str]:
    """One set of characters of data/hanzi.toml: "ends", "free", "places" or "heads". KeyError if unknown."""
    table: dict[str, str] = tomllib.loads(data_file("hanzi.toml"))
    return frozenset(table[name]) - {"\n"}


# Endings that say what something is like, and show nothing: "dog-eared", "star-crossed".
QUALITIES = frozenset(
    {"eared", "headed", "hearted", "faced", "crossed", "pecked", "eyed", "legged", "haired", "nosed", "brained",
     "minded", "like", "shaped", "sized", "skinned", "fisted"}
)  # fmt: skip


def whole(prompt: str, stream: Sequence[Token]) -> list[Token]:
    """The tokens of a prompt, with those that are only parts of one word joined to one token without a meaning."""
    found: list[Token] = []
    at = 0
    while at < len(stream):
        token = stream[at]
        if not token.chinese and (run := _hyphened(prompt, stream, at)) > 1:
            found.append(_bound(stream[at : at + run]))
            at += run
            continue
        if token.mark or not token.chinese or not is_han(token.text[0]) or _counts(token, found):
            found.append(token)
            at += 1
            continue
        piece = _stretch(stream, at)
        run, join = _listed(piece)
        if run == 1 and not join and (not token.meanings or token_is(token)):
            run = _shaped(piece, found)
            join = run > 1
        found += [_joined(piece[:run])] if join else piece[:run]
        at += run
    return found


def _hyphened(prompt: str, stream: Sequence[Token], at: int) -> int:
    """How many tokens hyphens join to a thing with an unknown word at the end; 1 where none do or a person begins."""
    first, end = stream[at], at + 1
    while end < len(stream) and stream[end].start == stream[end - 1].end + 1 and prompt[stream[end].start - 1] == "-":
        end += 1
    last = stream[end - 1]
    known = bool(last.meanings) and last.text not in QUALITIES
    if end == at + 1 or known or not first.has("thing") or is_person(first.get("thing") or ""):
        return 1
    shows = last.text.endswith(("ed", "en", "ing", "wn", "lt")) and last.text not in QUALITIES  # "snow-covered"
    return 1 if shows else end - at


def _bound(run: Sequence[Token]) -> Token:
    quality = run[-1].text in QUALITIES
    text = "-".join(token.text for token in run)
    return Token(text, run[0].start, run[-1].end, (Meaning("ignore", ""),) if quality else (), False)


def _counts(token: Token, before: Sequence[Token]) -> bool:
    """Whether it is a measure word: 一台|虎钳, no 台虎钳."""
    return token.has("measure") and bool(before) and before[-1].has("number") and before[-1].end == token.start


def token_is(token: Token, kinds: tuple[Kind, ...] = CONTENT) -> bool:
    return any(token.has(kind) for kind in kinds)


def _stretch(stream: Sequence[Token], at: int) -> list[Token]:
    """The tokens from `at` that stand together without a gap, as many as a word may have, and one more."""
    piece = [stream[at]]
    for token in stream[at + 1 : at + 2 + LONGEST]:
        if token.mark or not token.chinese or token.start != piece[-1].end or not is_han(token.text[0]):
            break
        piece.append(token)
    return piece


def _joined(run: Sequence[Token]) -> Token:
    return Token("".join(token.text for token in run), run[0].start, run[-1].end, (), True)


# --- words of the table -------------------------------------------------------------------------------


def _listed(piece: Sequence[Token]) -> tuple[int, bool]:
    """How many tokens make the longest word of the table that begins here, and whether to join them.

    A word that something stands for is left in its parts: the one who looks for stand-ins joins it.
    """
    ends: dict[int, int] = {}
    for run, token in enumerate(piece, start=1):
        ends[max(ends, default=0) + len(token.text)] = run
    text = "".join(token.text for token in piece)[: LONGEST_CHINESE + 1]
    inside = [end for end in ends if end <= LONGEST_CHINESE]
    for end, near in reversed(starting(text, inside)):
        run = ends[end]
        if run == 1:
            break
        if near.concepts:
            return run, False
        if any(token_is(token) for token in piece[:run]) and not _goes_on(piece, run):
            return run, True
        if not any(token.meanings for token in piece[:run]):
            return run, False
    return 1, False


def _goes_on(piece: Sequence[Token], run: int) -> bool:
    """Whether the last character of a word of two rather begins the next one: 龙|腾飞, no 龙腾."""
    if run != 2 or len(piece) < 3 or piece[1].meanings:
        return False
    ahead = "".join(token.text for token in piece[1:4])
    return any(end > 1 for end, _ in starting(ahead, range(2, len(ahead) + 1)))


# --- words by their shape -------------------------------------------------------------------------------


def _shaped(piece: Sequence[Token], before: Sequence[Token]) -> int:
    """How many tokens from the first make one word, judging by their characters; 1 where it stands alone."""
    if piece[0].meanings:
        return _tailed(piece, 0)
    run = next((i for i, token in enumerate(piece) if token.meanings), len(piece))
    if run == len(piece) or not _is_single(piece[run]) or not token_is(piece[run]):
        return 1
    front = piece[:run]
    if any(_begins_word(piece, i) for i in range(run)):
        return 1
    end = _tailed(piece, run)
    verb = any(token.text in characters("free") for token in front)
    if end - run > 1:  # 绞|肉|机; but 小猫|闻|花|茎
        return 1 if verb and before and token_is(before[-1]) and before[-1].end == front[0].start else end
    if verb:  # 一辆|搅|拌|车 is a name, 遛|狗 a deed
        named = before and before[-1].has("measure") and before[-1].end == front[0].start
        return end if named and (end == len(piece) or token_is(piece[end], AFTER_NAME)) else 1
    return 1 if end < len(piece) and _is_unknown(piece[end]) else end


def _tailed(piece: Sequence[Token], at: int) -> int:
    """Where the word ends whose thing stands at `at`, with the unknown characters behind it: 筷子|筒, 花|蛤."""
    first, end = piece[at], at + 1
    while end < len(piece) and _is_unknown(piece[end]) and not _begins_word(piece, end):
        end += 1
    if end == at + 1:
        return at + 2 if _is_holder(piece, at) else end
    tail = piece[at + 1 : end]
    if sum(len(token.text) for token in piece[:end]) > LONGEST:
        return at + 1
    noun = tail[-1].text in characters("ends") and _ends(piece, end)
    if not _is_single(first):
        return end if noun and first.has("thing") else at + 1
    if noun and not (len(tail) == 1 and first.has("thing") is False and tail[0].text in characters("places")):
        return _more(piece, end)
    if token_is(first, SCENE) and tail[0].text in characters("places"):
        return at + 1
    return at + 1 if any(token.text in characters("free") for token in tail) else _more(piece, end)


def _is_holder(piece: Sequence[Token], at: int) -> bool:
    """Whether a character that counts or acts elsewhere ends a noun here: 毛巾架, 雷达站."""
    tail = piece[at + 1] if at + 1 < len(piece) else None
    if tail is None or len(tail.text) > 1 or tail.text not in characters("ends") or token_is(tail):
        return False
    if tail.has("suffer") and len(piece) > at + 2 and piece[at + 2].has("be"):  # 门|被|漆成了紫色
        return False
    thing = piece[at].get("thing")
    return thing is not None and not lives(thing) and _ends(piece, at + 2)


def _more(piece: Sequence[Token], end: int) -> int:
    """On over 心|电|监|护|仪: a known character between unknown ones is a part as well."""
    while end + 1 < len(piece) and _is_single(piece[end]) and token_is(piece[end]) and _is_unknown(piece[end + 1]):
        if end + 2 > LONGEST or piece[end + 1].text[-1] not in characters("ends"):
            break
        end += 2
    return end


def _ends(piece: Sequence[Token], end: int) -> bool:
    """Whether a noun may end here: the prompt does, or a word follows that no noun begins with."""
    return end >= len(piece) or token_is(piece[end], AFTER_NOUN)


def _is_single(token: Token) -> bool:
    return len(token.text) == 1


def _is_unknown(token: Token) -> bool:
    return not token.meanings


def _begins_word(piece: Sequence[Token], at: int) -> bool:
    """Whether a word of two or more characters that the table knows begins here: 花|盛开."""
    ahead = "".join(token.text for token in piece[at : at + 3])
    return any(end > 1 for end, _ in starting(ahead, range(1, len(ahead) + 1)))
