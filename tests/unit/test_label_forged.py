"""A label in somebody's name without that somebody's signature: GB 45438-2025 annex E, labelling measures art. 10."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing import label
from pingxing.label.kit import Kit, forge
from pingxing.label.record import Aigc
from pingxing.label.signing import check_signature, sign_record
from pingxing.settings import UNREGISTERED, Settings
from pingxing.types import Format, Mark, Picture

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CODE = "001191110102MACQD9K64010000"
RECEIPT = "0123456789abcdef0123456789abcdef"


def house(folder: Path, code: str = CODE) -> Kit:
    return forge(folder, Settings(data_dir=folder, provider_code=code), NOW)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return house(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return house(tmp_path_factory.mktemp("theirs"))


def file(mark: Mark) -> bytes:
    pixels = np.full((128, 128, 3), 200, np.uint8)
    return label.seal(Picture(128, 128, pixels), Format.PNG, mark)


def mark(code: str = CODE) -> Mark:
    return Mark("zh", code, RECEIPT, "Pingxing", "1.2", "scene", NOW)


def test_annex_e_our_own_signature_is_known(ours: Kit) -> None:
    labels = label.read(file(ours.signed(mark())), ours)
    assert labels.aigc.valid
    assert labels.aigc.facts["signature"] == "known"
    assert labels.produce_id == RECEIPT


def test_labelling_measures_art_10_our_name_without_a_signature_is_a_forged_label(ours: Kit) -> None:
    labels = label.read(file(mark()), ours)
    assert (labels.aigc.found, labels.aigc.valid, labels.aigc.detail) == (True, False, "label.aigc.forged")
    assert labels.produce_id is None  # no receipt is looked up in a forger's name
    assert label.verdict(labels) == "suspected"


def test_labelling_measures_art_10_our_name_with_another_s_signature_is_forged(ours: Kit, theirs: Kit) -> None:
    assert label.read(file(theirs.signed(mark())), ours).aigc.detail == "label.aigc.forged"


def test_a_signature_moved_to_another_receipt_is_forged(ours: Kit) -> None:
    moved = replace(ours.signed(mark()), produce_id="f" * 32)
    assert label.read(file(moved), ours).aigc.detail == "label.aigc.forged"


def test_another_provider_s_label_is_not_ours_to_judge(ours: Kit) -> None:
    labels = label.read(file(mark("001191110102MACQD9K75010000")), ours)
    assert labels.aigc.valid
    assert labels.aigc.facts["signature"] == "unknown"


def test_studios_without_a_code_share_one_and_do_not_call_each_other_forgers(tmp_path: Path) -> None:
    here, there = house(tmp_path / "a", UNREGISTERED), house(tmp_path / "b", UNREGISTERED)
    theirs = label.read(file(there.signed(mark(UNREGISTERED))), here)
    assert (theirs.aigc.valid, theirs.aigc.facts["signature"]) == (True, "unknown")
    assert label.read(file(here.signed(mark(UNREGISTERED))), here).aigc.facts["signature"] == "known"


def test_a_platform_that_passes_it_on_breaks_nothing(ours: Kit) -> None:
    assert ours.record is not None
    record = sign_record(Aigc.first(CODE, RECEIPT), ours.record).passed_on("001191110102MACQD9K64020000", "p-1")
    assert check_signature(record, ours.makers[0].key)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), max_size=100))
def test_no_text_passes_for_a_signature(ours: Kit, text: str) -> None:
    assert not check_signature(replace(Aigc.first(CODE, RECEIPT), reserved1=f"ed25519:{text}"), ours.makers[0].key)
