"""Builds the small tables that the guard's views read: `python -m scripts.build_guard`.

Needs `pypinyin` (MIT), `jieba` (MIT), `confusable-homoglyphs` (MIT, data from Unicode confusables.txt) and
`english-words` (MIT) in the environment that runs it; none of them is needed afterwards. The tables are a
tenth of the packages' size, and nothing is imported from them at run time.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "src" / "pingxing" / "policy" / "data"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
COMMON_WORD = 30  # occurrences in jieba's counts: below it, a two-character "word" is as often an accident
# Scripts whose own words would be misread letter by letter; whoever hides a Latin word does not use them alone.
SKIPPED = ("ARABIC", "HEBREW", "CJK", "HANGUL", "HIRAGANA", "KATAKANA", "SYRIAC", "NKO", "BRAILLE")


def lookalikes() -> str:
    import confusable_homoglyphs

    table = json.loads((Path(confusable_homoglyphs.__file__).parent / "confusables.json").read_text("utf-8"))
    shapes: dict[str, set[str]] = defaultdict(set)
    taken: set[str] = set()
    # Small letters first: a capital that is folded to a small one must not lend it the capital's look (І is like l).
    for character, others in sorted(table.items(), key=lambda row: (row[0] != row[0].casefold(), row[0])):
        folded = character.casefold()
        if len(character) != 1 or len(folded) != 1 or character.isascii() or folded in taken:
            continue
        if unicodedata.name(character, "").startswith(SKIPPED) or unicodedata.normalize("NFKD", folded).isascii():
            continue
        like = [other["c"] for other in others if len(other["c"]) == 1 and other["c"].lower() in LETTERS]
        like.sort(key=lambda letter: (letter != letter.lower()) == (character == folded))
        if like:
            shapes[like[0].lower()].add(folded)
            taken.add(folded)
    for number, letter in enumerate(LETTERS):  # enclosed and flag letters, which NFKD leaves alone
        shapes[letter] |= {chr(start + number) for start in (0x1F150, 0x1F170, 0x1F1E6)}
    for letter, small in zip(LETTERS, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ ʏᴢ", strict=True):
        shapes[letter] |= set(small.strip())
    return "".join(f"{letter} {''.join(sorted(shapes[letter]))}\n" for letter in LETTERS)


def pinyin() -> str:
    from opencc import OpenCC
    from pypinyin import Style, pinyin

    simple = OpenCC("t2s")
    first: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0x9FA6):
        character = chr(code)
        if simple.convert(character) != character:
            continue  # views turn it into its simplified form first
        readings = [r.replace("ü", "v") for r in pinyin(character, style=Style.NORMAL, heteronym=True)[0]]
        readings = [
            r for r in dict.fromkeys(readings) if r.isascii() and r.isalpha() and r not in ("hm", "m", "n", "ng")
        ]
        if not readings:
            continue
        first[readings[0]].append(character)
        for reading in readings[1:]:
            other[reading].append(character)
    syllables = sorted(set(first) | set(other))
    return "".join(f"{s} {''.join(first[s])} {''.join(other[s])}".rstrip() + "\n" for s in syllables)


def words() -> str:
    import jieba

    found: list[str] = []
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, kind = line.split(" ")
        if len(word) not in (2, 3) or int(count) < COMMON_WORD or kind in ("nr", "nrt", "nrfg"):
            continue  # names of people are no everyday words
        if all("\u4e00" <= character <= "\u9fff" for character in word):
            found.append(word)
    return "\n".join(sorted(found)) + "\n"


def english(syllables: set[str]) -> str:
    """English words that read as two or more pinyin syllables ("dance"), or that are words backwards ("live")."""
    from english_words import get_english_words_set

    lists = [get_english_words_set([name], lower=True) for name in ("web2", "gcide")]
    all_words = {w for w in lists[0] & lists[1] if w.isascii() and w.isalpha()}
    all_words |= {f"{w}s" for w in all_words if len(w) > 2}
    as_pinyin = sorted(w for w in all_words if len(w) >= 4 and _reads(w, syllables) >= 2)
    backwards = sorted(w for w in all_words if len(w) >= 3 and w[::-1] in all_words and w[::-1] != w)
    return f"pinyin {' '.join(as_pinyin)}\nbackwards {' '.join(backwards)}\n"


def _reads(word: str, syllables: set[str]) -> int:
    best = [0] + [-1] * len(word)
    for end in range(1, len(word) + 1):
        for length in range(1, 7):
            if end >= length and best[end - length] >= 0 and word[end - length : end] in syllables:
                best[end] = max(best[end], best[end - length] + 1)
    return best[-1]


def main() -> None:
    DATA.mkdir(exist_ok=True)
    sounds = pinyin()
    syllables = {line.split(" ")[0] for line in sounds.splitlines()}
    for name, text in (
        ("lookalikes.txt", lookalikes()),
        ("pinyin.txt", sounds),
        ("words.txt", words()),
        ("english.txt", english(syllables)),
    ):
        (DATA / name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(text.encode())} bytes, {text.count(chr(10))} lines")


if __name__ == "__main__":
    main()
