"""The AIGC record: GB 45438-2025 annex E, clause by clause."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.pictures import mark

from pingxing.errors import LabelFailed
from pingxing.label import aigc_record
from pingxing.label.record import MAX_RECORD_CHARS, Aigc, is_id_number, judge, may_be_personal
from pingxing.label.xmp import packet

ANNEX_E = [
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
]
ALLOWED = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"\\')


def test_gb45438_annex_e_exact_text() -> None:
    assert aigc_record(mark()) == (
        '{"Label":"1","ContentProducer":"001191110102MACQD9K64010000","ProduceID":"r-0123456789abcdef",'
        '"ReservedCode1":"","ContentPropagator":"001191110102MACQD9K64010000","PropagateID":"r-0123456789abcdef",'
        '"ReservedCode2":""}'
    )


@given(st.text(ALLOWED, min_size=1, max_size=64), st.text(ALLOWED, min_size=1, max_size=64))
def test_gb45438_annex_e_members_order_and_bytes(producer: str, number: str) -> None:
    text = aigc_record(mark(producer=producer, produce_id=number))
    pairs = json.loads(text, object_pairs_hook=list)
    assert [name for name, _ in pairs] == ANNEX_E
    assert all(isinstance(value, str) for _, value in pairs)
    assert all(0x21 <= byte <= 0x7E for byte in text.encode("ascii"))
    values = dict(pairs)
    assert (values["ContentPropagator"], values["PropagateID"]) == (producer, number)  # first write: the same pair
    assert judge(text).flaw is None


@given(st.text(max_size=20).filter(lambda s: not s or any(c not in ALLOWED for c in s)))
def test_gb45438_annex_e_refuses_other_bytes(value: str) -> None:
    for member in ("producer", "produce_id"):
        with pytest.raises(LabelFailed) as refused:
            aigc_record(mark(**{member: value}))
        assert refused.value.reason == "record"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(LabelFailed):
        packet(mark(created_at=datetime(2026, 11, 22)))


def test_control_characters_in_the_systems_name_are_refused() -> None:
    with pytest.raises(LabelFailed):
        packet(mark(system="Ping\x00xing"))


def test_iptc_2025_1_fields_say_how_it_was_made() -> None:
    trained, composed = packet(mark()).decode(), packet(mark(trained=False)).decode()
    prefix = "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
    assert prefix + "trainedAlgorithmicMedia<" in trained
    assert prefix + "algorithmicMedia<" in composed
    assert "<Iptc4xmpExt:AISystemUsed>Pingxing<" in trained
    assert "<Iptc4xmpExt:AISystemVersionUsed>0.1.0<" in trained
    assert "<xmp:CreateDate>2026-11-22T08:30:00Z<" in trained
    assert re.search(r"<xmp:CreatorTool>Pingxing 0\.1\.0 \(scene\)<", trained)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "json"),
        ("{", "json"),
        ("[" * 10_000, "json"),
        ("{}" + " " * MAX_RECORD_CHARS, "json"),
        ("[]", "members"),
        ("null", "members"),
        ('{"Label":"1"}', "members"),
        ('{"Label":"1","Label":"2"}', "json"),
    ],
)
def test_what_is_no_record(text: str, flaw: str) -> None:
    assert judge(text).flaw == flaw


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"Label": "4"}, "label"),
        ({"Label": ""}, "values"),
        ({"Label": 1}, "members"),
        ({"ProduceID": ""}, "values"),
        ({"ProduceID": "a b"}, "values"),
        ({"ContentProducer": "公司"}, "values"),
        ({"ProduceId": "x"}, "members"),
    ],
)
def test_gb45438_annex_e_a_broken_record_is_named(changes: dict[str, object], flaw: str) -> None:
    assert judge(json.dumps(json.loads(aigc_record(mark())) | changes)).flaw == flaw


def test_a_record_is_read_with_and_without_the_wrapper_of_exif() -> None:
    wrapped = '{"AIGC":' + aigc_record(mark()) + "}"
    assert judge(wrapped).aigc == judge(aigc_record(mark())).aigc
    assert judge(wrapped).flaw is None
    assert judge('{"AIGC":' + wrapped + "}").flaw == "members"
    assert judge('{"AIGC":"text"}').flaw == "members"


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    judge(text)
    judge(text)


def test_an_identity_number_inside_a_code_is_personal() -> None:
    assert may_be_personal("002111010519491231002X1000")
    assert not may_be_personal("0021110105194912310021")  # wrong check digit
    assert not may_be_personal("001191110102MACQD9K64010000")


def numbered(seventeen: str) -> str:
    """With its check character, by another way than ours: the weights are powers of two, modulo 11 (ISO 7064)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(seventeen))
    return seventeen + "10X98765432"[total % 11]


def test_gb11643_an_identity_number_has_a_real_province_a_real_date_and_its_check_character() -> None:
    assert numbered("11010519491231002") == "11010519491231002X"
    for province in (11, 15, 21, 23, 31, 37, 41, 46, 50, 54, 61, 65, 71, 81, 82, 83, 91):
        assert is_id_number(numbered(f"{province}010519491231002")), province
    for province in (10, 16, 20, 24, 30, 38, 40, 47, 49, 55, 60, 66, 70, 72, 80, 84):
        assert not is_id_number(numbered(f"{province}010519491231002")), province
    for born in ("18500101", "20000229", "19991231", "20261122"):
        assert is_id_number(numbered(f"110105{born}002")), born
    for born in ("18491231", "19000229", "20230229", "20231301", "20230001", "20230100", "20230132", "00000101"):
        assert not is_id_number(numbered(f"110105{born}002")), born
    for last in "0123456789Xx":
        assert is_id_number("11010519491231002" + last) is (last in "Xx"), last


def test_a_record_longer_than_any_reader_takes_is_not_written() -> None:
    with pytest.raises(LabelFailed):
        Aigc.first("P", "x" * MAX_RECORD_CHARS).text()


def test_a_checked_number_with_a_thirteenth_month_is_no_identity_number() -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

    def number(month: str) -> str:
        body = f"1101051949{month}31002"
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]

    assert may_be_personal(number("12"))
    assert not may_be_personal(number("13"))
    assert not may_be_personal(number("00"))
