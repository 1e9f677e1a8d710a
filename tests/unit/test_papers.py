"""Numbers of documents: what can be one, and that there is one way of writing it."""

from __future__ import annotations

import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.papers import PAPERS, canonical

TODAY = date(2026, 11, 23)
BORN = st.dates(date(1850, 1, 1), TODAY)
PROVINCE = st.sampled_from([11, 15, 21, 37, 44, 54, 65, 71, 81, 83, 91])
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def numbered(province: int, born: date, serial: int) -> str:
    """With its check character, by another way than ours: the recursion of ISO 7064, modulo 11, radix 2."""
    body, rest = f"{province}0105{born:%Y%m%d}{serial:03d}", 0
    for digit in body:
        rest = (rest + int(digit)) * 2 % 11
    return body + "0123456789X"[(1 - rest) % 11]


def coded(body: str) -> str:
    """A credit code with its check character, weights written out as GB 32100-2015 has them."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(CREDIT.index(letter) * weight for letter, weight in zip(body, weights, strict=True))
    return body + CREDIT[(31 - total % 31) % 31]


@given(PROVINCE, BORN, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_gb11643_every_number_with_its_check_character_is_taken_and_none_with_one_character_changed(
    province: int, born: date, serial: int, place: int, put: str
) -> None:
    number = numbered(province, born, serial)
    assert canonical("id_card", number, TODAY) == number
    assert canonical("id_card", f" {number[:6]} {number[6:14]}-{number[14:].lower()}", TODAY) == number
    changed = number[:place] + put + number[place + 1 :]
    assert canonical("id_card", changed, TODAY) == (number if changed == number else None)


@given(PROVINCE, st.dates(TODAY + timedelta(1), date(9999, 12, 31)), st.integers(0, 999))
def test_gb11643_nobody_is_born_later_than_today(province: int, born: date, serial: int) -> None:
    assert canonical("id_card", numbered(province, born, serial), TODAY) is None


@given(st.text(CREDIT, min_size=2, max_size=2), st.integers(0, 999_999), st.text(CREDIT, min_size=9, max_size=9))
def test_credit_codes_have_their_check_character(head: str, region: int, rest: str) -> None:
    code = coded(f"{head}{region:06d}{rest}")
    assert canonical("credit_code", code.lower(), TODAY) == code
    for last in CREDIT:
        assert canonical("credit_code", code[:17] + last, TODAY) == (code if last == code[17] else None)


@pytest.mark.parametrize("number", ["13800138000", "138 0013 8000", "8613800138000", "+86 138-0013-8000"])
def test_a_mobile_number_of_mainland_china_is_one_number_however_it_is_written(number: str) -> None:
    assert canonical("phone", number, TODAY) == "+8613800138000"


@pytest.mark.parametrize("number", ["12800138000", "1380013800", "+8612800138000", "+0123456789", "phone", "", "+44"])
def test_what_nobody_can_be_called_by_is_no_number(number: str) -> None:
    assert canonical("phone", number, TODAY) is None


@pytest.mark.parametrize(("number", "right"), [("E12345678", True), ("PASSPORT", False), ("E1234", False)])
def test_a_passport_has_six_to_nine_letters_and_digits(number: str, right: bool) -> None:
    assert (canonical("passport", number, TODAY) is not None) is right


@given(st.sampled_from(PAPERS), st.text(max_size=40) | st.text(string.digits + "X+ -()", max_size=24))
def test_any_text_is_judged_and_what_is_taken_is_taken_again(paper, text: str) -> None:
    once = canonical(paper, text, TODAY)
    assert once is None or canonical(paper, once, TODAY) == once
