"""Further readings of a light text: what is left when a disguise is taken off.

Every reading maps back to the light text (views.light), whose characters know their place in the original.
Most readings exist only for texts that show the disguise, so ordinary prompts pay for two: sound and reversal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import eq

from pingxing.policy import tables
from pingxing.policy.views import View, joined

_HAN = r"\u3400-\u9fff"
_SOUND = r"\ue000-\uf8ff"
_LEET_CHARACTERS = "013456789@$!|+€£¢¥"
_LEET = str.maketrans(_LEET_CHARACTERS + "l", "oieasgtbgasiiteicy" + "i")
_LEET_LETTERS = frozenset(_LEET_CHARACTERS)
_LEET_SIGN = re.compile(r"[a-z][013456789@$!|+€£¢¥]+[a-z]|[013456789@$€£¢][a-z]|[a-z][013456789@$€£¢]")
_DRAWN_OUT = re.compile(r"([a-z])\1(?:\1|([a-z])\2([a-z])\3)")
_OPEN_MARK = re.compile(r"(?<=[a-z0-9])[!|+]+(?![a-z0-9@$€£¢¥])")
_RUN = re.compile(r"([a-z])\1+")
_HAN_RUN = re.compile(rf"([{_HAN}])\1+")
_LATIN = re.compile(r"[a-z]{2,}")
_TOKEN = re.compile(r"[a-z]{2,}|.", re.DOTALL)
_GAP = re.compile(rf"(?<=[{_SOUND}])[^\w,;:!?。、…{_SOUND}]{{1,2}}(?=[{_SOUND}])")
_CONSONANTS = re.compile(r"(?<![a-z0-9])[bcdfghjklmnpqrstwxyz]{4,8}(?![a-z0-9])")
_VOWELS = frozenset("aeiouv")


_AS_WRITTEN = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")  # letters and digits inside Chinese terms: k粉, 14岁

# Marks that stand between words rather than inside one; see _may_be_joined.
_QUIET = frozenset(" ,;:!?/()[]{}<>@$'\"’‘“”")
_SPELLED_OUT = re.compile(r" [^a-z0-9 ]{0,2}[a-z0-9](?![a-z0-9])[^ ]{0,2} [^a-z0-9 ]{0,2}[a-z0-9](?![a-z0-9])")
_ENDINGS = frozenset("着了过的")  # they end a word and are hardly ever written for another character
_QUIET_CHINESE = frozenset(",;:!?。、…")
_QUIET_BETWEEN = re.compile(r"[,()\[\]{}<>@$'\"’‘“”][a-z0-9][,()\[\]{}<>@$'\"’‘“”]")


def identity(name: str, text: str) -> View:
    return View(name, text, range(len(text)), range(1, len(text) + 1))


def tight(light: str, letters: frozenset[str] | None = None) -> View | None:
    """Without the separators inside words (b*o*m*b, 炸 弹). `letters`: those of the text, where they are known."""
    return joined(identity("joined", light)) if _may_be_joined(light, letters or frozenset(light)) else None


def _may_be_joined(light: str, letters: frozenset[str]) -> bool:
    """Whether any separator could stand inside a word: several times as fast as looking for it."""
    quiet = _QUIET if light.isascii() else _QUIET_CHINESE
    if not all(letter.isalnum() or letter in quiet for letter in letters):
        return True
    if _QUIET_BETWEEN.search(light):
        return True
    return light.count(" ") > 1 and _SPELLED_OUT.search(light) is not None


def skeletons(terms: Sequence[str]) -> Iterator[list[str]]:
    """Terms as `bare` would show them: digits and signs are letters, l is i; once whole, once with no letter twice."""
    whole = "\n".join(terms)
    yield whole.translate(_LEET).split("\n") if terms else []
    yield _RUN.sub(r"\1", whole).translate(_LEET).split("\n") if terms else []


def bare(view: View, letters: frozenset[str] | None = None) -> list[View]:
    """Letters written as digits and signs (b0mb, p@ss), and those drawn out (boooomb), where there are any."""
    signs = not _LEET_LETTERS.isdisjoint(letters or view.text) and _LEET_SIGN.search(view.text)
    if not signs and not _DRAWN_OUT.search(view.text):
        return []
    found: list[View] = []
    # A mark at the end of a word may belong to the sentence (bomb!) or be its last letter (henta!).
    for text in dict.fromkeys((_OPEN_MARK.sub(lambda mark: " " * len(mark.group()), view.text), view.text)):
        found.append(_picked("leet", view, text.translate(_LEET), list(range(len(text)))))
        kept = [at for at in range(len(text)) if not (at and text[at] == text[at - 1] and "a" <= text[at] <= "z")]
        if len(kept) < len(text):
            found.append(_picked("leet", view, "".join(text[at] for at in kept).translate(_LEET), kept))
    return found


def changed_letters(written: str) -> bool:
    """Whether a word shows one of the disguises that `bare` takes off."""
    return not _LEET_LETTERS.isdisjoint(written) or _DRAWN_OUT.search(written) is not None


def unfolded(view: View) -> list[View]:
    """Chinese with every drawn-out character once, and with characters put together from their parts."""
    if view.text.isascii():
        return []
    readings = [reading for reading in (squeezed(view), assembled(view)) if reading is not None]
    if readings and (other := assembled(view, from_end=True)) is not None and other.text != readings[-1].text:
        readings.append(other)
    return readings


def squeezed(view: View) -> View | None:
    """Drawn-out Chinese (炸炸弹弹) with every character once."""
    text = view.text
    if not any(map(eq, text, islice(text, 1, None))) or not _HAN_RUN.search(text):
        return None
    kept = [at for at in range(len(text)) if not (at and text[at] == text[at - 1] and "\u3400" <= text[at] <= "\u9fff")]
    return _picked("repeated", view, "".join(text[at] for at in kept), kept)


def _picked(name: str, view: View, text: str, kept: list[int]) -> View:
    """Some characters of a view; each reaches to where the next begins, so that a span shows what was left out."""
    after = [*kept[1:], len(view.text)]
    return View(
        name,
        text,
        [view.starts[at] for at in kept],
        [view.ends[following - 1] for following in after],
        frozenset(new for new, old in enumerate([*kept, len(view.text)]) if old in view.loose),
    )


def assembled(view: View, *, from_end: bool = False) -> View | None:
    """Characters written as their parts (弓虽) put together (强).

    Where parts could belong to either neighbour (女子亥: 好亥 or 女孩), the one that begins first has them, or
    with `from_end` the one that ends last.
    """
    automaton, wholes = tables.splits(from_end=from_end)
    if not from_end:
        pieces = [(start, end, wholes[n]) for n, start, end in automaton.find_matches_as_indexes(view.text)]
    else:
        long = len(view.text)
        found = automaton.find_matches_as_indexes(view.text[::-1])
        pieces = [(long - end, long - start, wholes[n]) for n, start, end in reversed(found)]
    return _replaced("split", view, pieces) if pieces else None


def pictures(view: View, letters: frozenset[str]) -> list[View]:
    """Emoji as the English and as the Chinese words that they stand for."""
    if tables.emoji()[1].keys().isdisjoint(letters):
        return []
    return [found for chinese in (False, True) if (found := pictured(view, chinese=chinese)) is not None]


def pictured(view: View, *, chinese: bool) -> View | None:
    """Emoji as the words that they stand for."""
    pattern, table = tables.emoji()
    found = [
        (*match.span(), table[match.group()][1] if chinese else _set_apart(view.text, match, table[match.group()][0]))
        for match in pattern.finditer(view.text)
    ]
    return _replaced("emoji", view, found) if found else None


def _set_apart(text: str, match: re.Match[str], word: str) -> str:
    before = " " if text[match.start() - 1 : match.start()].isalnum() else ""
    return before + word + (" " if text[match.end() : match.end() + 1].isalnum() else "")


def _replaced(name: str, view: View, pieces: Sequence[tuple[int, int, str]]) -> View:
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, new in [*pieces, (len(view.text), len(view.text), "")]:
        text.append(view.text[at:start])
        starts.extend(view.starts[at:start])
        ends.extend(view.ends[at:start])
        if new:
            text.append(new)
            starts.extend([view.starts[start]] * len(new))
            ends.extend([view.ends[end - 1]] * len(new))
        at = end
    return View(name, "".join(text), starts, ends)


# --- sound ---------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 14)
def syllables(word: str) -> tuple[str, ...]:
    """A Latin word as the fewest pinyin syllables, or nothing: no pinyin, or an English word that reads like it."""
    return () if word in tables.read_as_pinyin() else _fewest(word)


@lru_cache(maxsize=1 << 14)
def _fewest(word: str, *, late: bool = False) -> tuple[str, ...]:
    """Of the shortest ways the one whose last syllables are longest, or with `late` shortest (fang an, fan gan)."""
    if len(word) > 60:
        return ()
    known = tables.sounds().syllables
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before, piece = best[start], word[start:end]
            if before is not None and piece in known and len(piece) + (start == 0) > 1:
                ways = [w for w in (best[end], (*before, piece)) if w is not None]
                best[end] = min(reversed(ways) if late else ways, key=len)
    return best[-1] or ()


def speaks(base: str) -> bool:
    """Whether anything in a text could be Chinese by its sound."""
    return not base.isascii() or mostly_pinyin(base)


def parted_otherwise(base: str) -> bool:
    """Whether pinyin in a text could also be parted in another way."""
    return any(_fewest(word) != _fewest(word, late=True) for word in _LATIN.findall(base))


def _spoken(base: str, *, late: bool) -> Callable[[int, int], tuple[int, tuple[str, ...]]]:
    """How to read the Latin letters base[start:end]: how many are read as letters (3D打印 as "3ddayin"), then the
    syllables. Between Chinese characters, and where the whole text is pinyin, even an English word (man, dian) is more
    likely a syllable."""
    whole = base.isascii() and mostly_pinyin(base)

    def read(start: int, end: int) -> tuple[int, tuple[str, ...]]:
        word = base[start:end]
        beside = "\u3400" <= base[start - 1 : start] <= "\u9fff" or "\u3400" <= base[end : end + 1] <= "\u9fff"
        if not (whole or beside):
            return 0, syllables(word)
        return next(((skip, found) for skip in (0, 1) if (found := _fewest(word[skip:], late=late))), (0, ()))

    return read


def sound(base: str, *, late: bool = False) -> str:
    """Every Chinese character and pinyin syllable as the code of its class of near sounds; the rest stays.

    `late`: pinyin that can be parted in two ways is parted in the second.
    """
    text = base.translate(tables.sounds().table)
    if _LATIN.search(text):
        codes, read = tables.sounds().codes, _spoken(base, late=late)

        def coded(word: re.Match[str]) -> str:
            skip, pieces = read(*word.span())
            return word.group()[:skip] + "".join(map(codes.__getitem__, pieces)) if pieces else word.group()

        text = _LATIN.sub(coded, text)
    return _GAP.sub("", text)


def exactly(base: str) -> list[str]:
    """The syllable that each character of a text usually has; letters and digits are themselves."""
    first = tables.sounds().first
    return [first.get(c, c if c in _AS_WRITTEN else "") for c in base]


def sound_places(base: str, *, late: bool = False) -> tuple[View, list[str]]:
    """`sound` with the way back, and for each of its characters the syllable that was exactly meant."""
    codes, read = tables.sounds(), _spoken(base, late=late)
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    exact: list[str] = []
    for token in _TOKEN.finditer(base):
        word, at = token.group(), token.start()
        skip, pieces = read(at, token.end()) if len(word) > 1 else (0, ())
        for character in word[:skip] if pieces else word:
            text.append(codes.table.get(ord(character), character))
            starts.append(at)
            at += 1
            ends.append(at)
            exact.append(codes.first.get(character, character if character in _AS_WRITTEN else ""))
        for piece in pieces:
            text.append(codes.codes[piece])
            starts.append(at)
            at += len(piece)
            ends.append(at)
            exact.append(piece)
    whole = "".join(text)
    gone = {at for gap in _GAP.finditer(whole) for at in range(*gap.span())}
    kept = [at for at in range(len(whole)) if at not in gone]
    view = View("sound", "".join(text[at] for at in kept), [starts[at] for at in kept], [ends[at] for at in kept])
    return view, [exact[at] for at in kept]


def mostly_pinyin(base: str) -> bool:
    """Whether Latin syllables in this text are likely meant as pinyin: Chinese is about, or little else is."""
    if any("\u3400" <= character <= "\u9fff" for character in base):
        return True
    words = _LATIN.findall(base)
    if len(words) == 1:
        return len(syllables(words[0])) > 2
    return bool(words) and 4 * sum(bool(syllables(word)) for word in words) >= 3 * len(words)


def accident(base: str, start: int, end: int, term: str) -> bool:
    """Whether base[start:end] is better explained as everyday words than as `term` in disguise.

    So it is when a character that differs from the term's makes an everyday word with its neighbour (炸蛋糕), and in
    terms of two characters when any of them does (一起包饺子 is no 起爆) or stands for an ending (他的手 is no 得手).
    """
    words = tables.words()
    written = base[start:end]
    if written in words:
        return True
    if len(term) == 2 and any(character in _ENDINGS and character not in term for character in written):
        return True
    for at in range(start, end):
        place = at - start
        if 2 < len(term) == len(written) and base[at] == term[place]:
            continue
        for pair in ((at - 1, at + 1), (at, at + 2)):
            word = base[max(pair[0], 0) : pair[1]]
            if word in words and word not in term:
                return True
    return False


def parted(base: str, start: int, end: int) -> bool:
    """Whether a term of two characters stands across two everyday words, each of which owns one of them, or a verb's
    ending and a word: in 抱着火车 nobody sees 着火. A longer term is seldom there by chance."""
    if end - start != 2 or not start or end == len(base) or base[end - 1 : end + 1] not in tables.words():
        return False
    ending = base[start] in _ENDINGS and "\u3400" <= base[start - 1] <= "\u9fff"
    return ending or base[start - 1 : start + 1] in tables.words()


def initials(way: Sequence[str]) -> str:
    return "".join(syllable[0] for syllable in way)


def words_reversed(text: str) -> str:
    """Every word from its end to its beginning, with the signs that stick to it, all in their places."""
    return " ".join([word[::-1] for word in text.split(" ")])


def places_reversed(text: str) -> list[int]:
    """For every place of `words_reversed`, the place in the text."""
    places: list[int] = []
    start = 0
    for word in text.split(" "):
        end = start + len(word)
        places.extend(range(end - 1, start - 1, -1))
        places.append(end)
        start = end + 1
    return places[: len(text)]


def runs_backwards(text: str) -> bool:
    """Whether Chinese makes more sense from its end: more pairs of its characters are everyday words that way."""
    words = tables.words()
    forth = sum(text[at : at + 2] in words for at in range(len(text) - 1))
    back = sum(text[at + 1] + text[at] in words for at in range(len(text) - 1))
    return back > max(forth, 1)


def consonant_words(base: str) -> list[tuple[int, int]]:
    """Where words of four to eight consonants stand: initials of pinyin, if anything."""
    return [found.span() for found in _CONSONANTS.finditer(base)]
