"""What the verify page makes of an answer: every kind of file, every word, nothing of the file's name in the text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing import i18n
from pingxing.label import containers, finding
from pingxing.label.finding import GENERATED
from pingxing.types import LANGUAGES, Labels, Layer, LedgerAnswer, LedgerProof, Verification
from pingxing.web.answers import ACCEPT, FATES, KINDS, VERDICTS, _odds, moment, tell

NONE = Layer(False, None, "label.aigc.none")
C2PA = Layer(False, None, "label.c2pa.none")
MARK = Layer(True, True, "label.watermark.found", {"false_alarm": "3e-09"})
NO_MARK = Layer(False, None, "label.watermark.none")
VISIBLE = Layer(False, None, "label.visible.not_recognised")


def test_the_page_accepts_every_kind_that_is_read() -> None:
    read = {*finding._WALKERS, "image/svg+xml", "image/tiff", "application/pdf"}
    sniffed = {*containers._RIFF.values(), *containers._BRANDS.values()}
    assert len(read) > 15
    assert read | sniffed == set(KINDS)
    assert all(ending.startswith(".") for ending in ACCEPT.split(","))


def test_every_word_that_an_answer_may_need_is_there() -> None:
    keys = [f"verify.{verdict}.{part}" for verdict in VERDICTS for part in ("not", "platform", "person")]
    keys += [f"verify.layer.{kind}" for kind in (*FATES, "ledger")] + [f"verify.how.{kind}" for kind in FATES]
    keys += [f"verify.source.{source}" for source in GENERATED]
    keys += [f"verify.signature.{signed}" for signed in ("known", "unknown")]
    keys += [f"verify.because.{why}" for why in ("aigc", "c2pa", "watermark")]
    keys += [f"verify.ledger.{way}" for way in ("none", "broken", "bytes", "label", "watermark")]
    for language in LANGUAGES:
        assert [key for key in keys if not i18n.knows(language, key)] == []


def by_watermark() -> Verification:
    proof = LedgerProof(9, "a" * 64, "b" * 64, ("c" * 64,), "checkpoint")
    at = datetime(2026, 11, 22, 4, 43, tzinfo=UTC)
    ledger = LedgerAnswer(True, 2, True, False, at, "watermark", proof)
    return Verification("confirmed", Labels(VISIBLE, NONE, C2PA, MARK, tag=1), ledger)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_screenshot_s_answer_says_what_told_it_and_gives_the_proof(language: str) -> None:
    told = tell("Ann's secret.png", "d" * 64, 10, by_watermark(), language, "http://studio/verify")
    assert told.means == i18n.say(language, "verify.because.watermark")
    assert [shown.sign for shown in told.layers] == ["no", "no", "no", "yes"]
    assert "2026-11-22 04:43 UTC" in told.ledger.sentence
    assert "< 1 : 10⁸" in told.layers[3].sentence
    for part in ("http://studio/verify", "d" * 64, "a" * 64, told.means, told.ledger.sentence):
        assert part in told.text
    assert "Ann" not in told.text


def test_nothing_found_is_told_as_no_proof_of_anything() -> None:
    found = Verification("none", Labels(VISIBLE, NONE, C2PA, NO_MARK), LedgerAnswer(False))
    told = tell("", "d" * 64, 10, found, "en", "http://studio/verify")
    assert "proves nothing" in told.means
    assert "It does not say that a person made it" in told.text


def test_facts_are_said_in_the_reader_s_words() -> None:
    facts = {
        "label": "1",
        "producer": "P",
        "produce_id": "I",
        "system": "Pingxing",
        "version": "1.2",
        "created": "2026-11-22T12:43:00+08:00",
        "source_type": "algorithmicMedia",
        "signature": "known",
    }
    aigc = Layer(True, True, "label.aigc.confirmed", facts)
    found = Verification("confirmed", Labels(VISIBLE, aigc, C2PA, NO_MARK), LedgerAnswer(True, 2, False))
    told = tell("x", "d" * 64, 10, found, "en", "http://studio/verify")
    assert dict(told.layers[1].facts) == {
        "System": "Pingxing 1.2",
        "Made": "2026-11-22 04:43 UTC",
        "How": "by rules, without a trained model",
        "Signed": "by this studio",
    }
    assert told.ledger.sign == "odd"
    assert "does not hold" in told.ledger.sentence


@given(st.text(max_size=40))
def test_any_text_may_stand_where_a_time_belongs(text: str) -> None:
    assert isinstance(moment(text), str)


@given(st.floats(0, 1))
def test_odds_never_claim_certainty_nor_more_than_was_computed(chance: float) -> None:
    said = _odds(f"{chance:.0e}")
    digits = int(said.removeprefix("< 1 : 10").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
    assert 0 <= digits <= 15
    assert 10.0**-digits >= float(f"{chance:.0e}") * 0.999
