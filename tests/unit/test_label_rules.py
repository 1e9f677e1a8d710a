"""The label rules, each at its edge: what mutation testing (bench/mutants.py) showed that other tests let pass.

Record, packet, signature, sealing and reading back. The numbers and texts here are written out once more on purpose:
a rule that is compared with itself can be weakened unseen.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.fakes.pictures import drawing, mark, picture

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label import aigc_record, bare, checking, record, seal, signing, writing, xmp
from pingxing.label.checking import check
from pingxing.label.finding import Found
from pingxing.label.finding import find as genuine_find
from pingxing.label.kit import Kit
from pingxing.label.record import Aigc, Judged, judge
from pingxing.label.visible import place
from pingxing.label.watermark import Key
from pingxing.label.xmp import Property, Provenance
from pingxing.types import Format, Mark, Picture

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CODE = "001191110102MACQD9K64010000"
RECORD = (
    '{"Label":"1","ContentProducer":"001191110102MACQD9K64010000","ProduceID":"r-0123456789abcdef",'
    '"ReservedCode1":"","ContentPropagator":"001191110102MACQD9K64010000","PropagateID":"r-0123456789abcdef",'
    '"ReservedCode2":""}'
)

# --- annex E --------------------------------------------------------------------------------------


def test_annex_e_the_first_record_and_one_passed_on_to_the_letter() -> None:
    first = Aigc.first("P", "n")
    assert first.values == ("1", "P", "n", "", "P", "n", "")
    signed = replace(first, reserved1="s", reserved2="t")
    assert signed.passed_on("Q", "m").values == ("1", "P", "n", "s", "Q", "m", "")


@pytest.mark.parametrize("member", range(7))
def test_annex_e_only_the_reserved_codes_may_be_empty(member: int) -> None:
    values = list(Aigc.first("P", "n").values)
    values[member] = ""
    if member in (3, 6):
        assert judge(Aigc(*values).text()).flaw is None
        return
    with pytest.raises(LabelFailed) as failed:
        Aigc(*values).text()
    assert failed.value.reason == "record"


@pytest.mark.parametrize("label", ["0", "4", "11", "x"])
def test_annex_e_no_other_label_is_written(label: str) -> None:
    with pytest.raises(LabelFailed):
        replace(Aigc.first("P", "n"), label=label).text()


@pytest.mark.parametrize("code", [*range(0x00, 0x21), 0x22, 0x5C, *range(0x7F, 0x82)])
def test_annex_e_no_other_byte_is_written_or_taken(code: int) -> None:
    with pytest.raises(LabelFailed):
        Aigc.first("P", f"n{chr(code)}").text()
    escaped = Aigc.first("P", "n").text().replace('"ProduceID":"n"', f'"ProduceID":"n\\u{code:04x}"')
    assert judge(escaped).flaw == "values"


@pytest.mark.parametrize("code", [0x21, 0x23, 0x5B, 0x5D, 0x7E])
def test_annex_e_the_bytes_at_the_edges_are_allowed(code: int) -> None:
    assert judge(Aigc.first("P", f"n{chr(code)}").text()).flaw is None


def test_a_record_has_at_most_16384_characters() -> None:
    rest = len(Aigc.first("P", "").values[1]) and len(replace(Aigc.first("P", "x"), propagate_id="y").text()) - 1
    longest = replace(Aigc.first("P", "x" * (16_384 - rest)), propagate_id="y")
    assert len(longest.text()) == 16_384
    assert judge(longest.text()).flaw is None
    assert judge(longest.text() + " ").flaw == "json"
    with pytest.raises(LabelFailed):
        replace(longest, produce_id=longest.produce_id + "x").text()


def test_a_record_that_could_not_be_parsed_says_nothing() -> None:
    said = judge("{")
    assert (said.label, said.aigc, said.values) == ("", None, {})
    assert judge(RECORD).label == "1"
    assert judge(RECORD.replace('"Label":"1"', '"Label":"9"')).aigc is None


# Eighteen digits each, the last computed by hand after GB 11643 for months 01, 06 and 12.
@pytest.mark.parametrize("number", ["11010519490131002X", "440524188001010014", "11010519491231002X"])
def test_identity_numbers_are_told_by_their_check_digit(number: str) -> None:
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    body = number[:17]
    last = "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    assert record.may_be_personal(body + last)
    assert record.may_be_personal("P" + body + last.lower() + "Q")
    for position in range(17):  # each digit counts with a weight of its own
        other = body[:position] + str((int(body[position]) + 1) % 10) + body[position + 1 :]
        assert not record.may_be_personal(other + last)
    for wrong in set("0123456789X") - {last}:
        assert not record.may_be_personal(body + wrong)


# --- the packet -----------------------------------------------------------------------------------

PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
    f"<TC260:AIGC>{RECORD}</TC260:AIGC>"
    "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</Iptc4xmpExt:DigitalSourceType><Iptc4xmpExt:AISystemUsed>Pingxing</Iptc4xmpExt:AISystemUsed>"
    "<Iptc4xmpExt:AISystemVersionUsed>0.1.0</Iptc4xmpExt:AISystemVersionUsed>"
    "<xmp:CreateDate>2026-11-22T08:30:00Z</xmp:CreateDate>"
    "<xmp:CreatorTool>Pingxing 0.1.0 (scene)</xmp:CreatorTool>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def test_the_packet_to_the_byte() -> None:
    assert xmp.packet(mark()) == PACKET.encode()
    untrained = PACKET.replace("trainedAlgorithmicMedia", "algorithmicMedia")
    assert xmp.packet(mark(trained=False)) == untrained.encode()


def test_iptc_2025_a_picture_made_out_of_another_is_a_composite_with_or_without_a_trained_model() -> None:
    of_a_model = PACKET.replace("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")
    assert xmp.packet(mark(mixed=True)) == of_a_model.encode()
    by_rule = PACKET.replace("trainedAlgorithmicMedia", "composite")
    assert xmp.packet(mark(mixed=True, trained=False)) == by_rule.encode()


def test_a_label_replaces_what_a_file_says_and_leaves_the_files_own_dates() -> None:
    said = xmp.properties(RECORD, Provenance.of(mark()))
    assert [(p.name, p.replaces) for p in said] == [
        ("AIGC", True),
        ("DigitalSourceType", True),
        ("AISystemUsed", True),
        ("AISystemVersionUsed", True),
        ("CreateDate", False),
        ("CreatorTool", False),
    ]
    assert xmp.properties(RECORD, None) == (Property("http://www.tc260.org.cn/ns/AIGC/1.0/", "AIGC", RECORD, True),)


def test_tags_for_containers_without_xmp() -> None:
    assert xmp.tags(Provenance.of(mark(system="A & B"))) == {
        "DIGITALSOURCETYPE": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "AISYSTEMUSED": "A & B",
        "AISYSTEMVERSIONUSED": "0.1.0",
        "CREATEDATE": "2026-11-22T08:30:00Z",
    }
    assert xmp.tags(None) == {}
    assert Provenance("s", "v", "m", datetime(2026, 1, 1, tzinfo=UTC)).trained


def test_a_time_is_told_in_utc() -> None:
    there = datetime(2026, 11, 22, 16, 30, tzinfo=timezone(timedelta(hours=8)))
    assert xmp.packet(mark(created_at=there)) == PACKET.encode()


def test_a_time_without_a_zone_is_refused_because_it_means_no_instant() -> None:
    with pytest.raises(LabelFailed) as failed:
        xmp.packet(mark(created_at=datetime(2026, 11, 22, 8, 30)))
    assert failed.value.params == {"member": "created_at"}


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0A, 0x1F, 0xD800, 0xDC00, 0xDFFF])
def test_letters_that_xml_cannot_hold_are_refused(code: int) -> None:
    for member in ("system", "version", "model"):
        with pytest.raises(LabelFailed) as failed:
            xmp.packet(mark(**{member: f"a{chr(code)}b"}))
        assert failed.value.params == {"member": "system"}


@pytest.mark.parametrize("letter", ["\t", " ", "\ue000", "平", "<&>"])
def test_other_letters_are_kept(letter: str) -> None:
    found = genuine_find(seal(picture(64, 64), Format.PNG, mark(system=f"a{letter}b")))
    assert found.facts["system"] == f"a{letter}b"


# --- who stands behind it -------------------------------------------------------------------------


def test_the_signature_to_the_byte() -> None:
    """Ed25519 of the domain and of the record without what the producer does not answer for."""
    signed = signing.sign_record(Aigc.first(CODE, "r-1"), KEY)
    said = Aigc.first(CODE, "r-1").text().encode()
    wanted = signing.base64.urlsafe_b64encode(KEY.sign(b"pingxing/aigc/producer/1\n" + said)).decode().rstrip("=")
    assert signed.reserved1 == f"ed25519:{wanted}"
    assert signed.reserved2 == ""
    passed = signing.sign_record(signed.passed_on("Q", "q-1"), KEY, "propagator")
    said = signed.passed_on("Q", "q-1").text().encode()
    wanted = signing.base64.urlsafe_b64encode(KEY.sign(b"pingxing/aigc/propagator/1\n" + said)).decode().rstrip("=")
    assert passed.reserved2 == f"ed25519:{wanted}"
    assert passed.reserved1 == signed.reserved1


def test_a_signature_holds_for_what_it_was_given_for_and_nothing_else() -> None:
    public = KEY.public_key()
    signed = signing.sign_record(Aigc.first(CODE, "r-1"), KEY)
    both = signing.sign_record(signed.passed_on("Q", "q-1"), KEY, "propagator")
    assert signing.check_signature(both, public) is True
    assert signing.check_signature(both, public, "propagator") is True
    for changed in (replace(both, produce_id="r-2"), replace(both, producer="P"), replace(both, label="2")):
        assert signing.check_signature(changed, public) is False
        assert signing.check_signature(changed, public, "propagator") is False
    for changed in (replace(both, propagator="R"), replace(both, propagate_id="q-2"), replace(both, reserved1="")):
        assert signing.check_signature(changed, public, "propagator") is False
    assert signing.check_signature(replace(both, reserved1=both.reserved2), public) is False  # not the other's domain
    assert signing.check_signature(Aigc.first(CODE, "r-1"), public) is None
    assert signing.check_signature(replace(both, reserved1="rsa:AAAA"), public) is None
    text = signed.reserved1
    for broken in (text + "=", text[:-1] + chr(ord(text[-1]) + 1), text[:20], "ed25519:", "ed25519:A", text + "A"):
        assert signing.check_signature(replace(both, reserved1=broken), public) is False


# --- sealing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(50, 50), (8192, 64), (64, 8192)])
def test_the_smallest_and_the_longest_picture_are_sealed(size: tuple[int, int]) -> None:
    assert genuine_find(seal(picture(*size, "white"), Format.PNG, mark())).width == size[0]


@pytest.mark.parametrize("size", [(49, 64), (64, 49), (8193, 64), (64, 8193)])
@pytest.mark.parametrize("door", [seal, lambda *a: bare(*a, Kit())])
def test_other_sizes_are_refused(size: tuple[int, int], door: object) -> None:
    with pytest.raises(LabelFailed) as failed:
        door(picture(*size, "white"), Format.PNG, mark())  # type: ignore[operator]
    assert failed.value.reason == "picture"


def test_more_pixels_than_a_picture_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_PIXELS", 100 * 80)
    seal(picture(100, 80), Format.PNG, mark())
    with pytest.raises(LabelFailed):
        seal(picture(100, 81), Format.PNG, mark())


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((100, 100, 3), np.int16),
        np.zeros((100, 100, 4), np.float32),
        np.zeros((101, 100, 3), np.uint8),
        np.zeros((100, 101, 4), np.uint8),
        np.zeros((100, 100, 5), np.uint8),
    ],
)
def test_pixels_that_are_none_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(LabelFailed) as failed:
        seal(Picture(100, 100, pixels), Format.PNG, mark())
    assert failed.value.reason == "picture"


def test_lossy_pictures_keep_the_quality_that_the_contrast_needs() -> None:
    source = picture(96, 96)
    out = BytesIO()
    Image.fromarray(source.pixels).save(out, "JPEG", quality=93, subsampling=0)
    with Image.open(BytesIO(seal(source, Format.JPEG, mark()))) as made, Image.open(out) as wanted:
        assert made.quantization == wanted.quantization
        assert made.layer == wanted.layer  # 4:4:4
    out = BytesIO()
    Image.fromarray(source.pixels).save(out, "WEBP", quality=90, method=2)
    bare_webp = bare(source, Format.WEBP, mark(), Kit())
    with Image.open(BytesIO(bare_webp)) as made, Image.open(out) as wanted:
        assert np.array_equal(np.asarray(made), np.asarray(wanted))


class Woven(Exception):
    pass


WEAVER = Kit(watermark=Key(1, bytes(32)))
RECEIPT = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("size", "form", "woven"),
    [
        ((256, 256), Format.PNG, True),
        ((255, 300), Format.PNG, False),
        ((300, 255), Format.PNG, False),
        ((256, 300), Format.JPEG, True),
        ((256, 256), Format.SVG, False),
        ((256, 256), Format.PDF, False),
    ],
)
def test_pixels_from_256_on_are_marked(
    size: tuple[int, int], form: Format, woven: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(Kit, "weave", lambda self, pixels, tag: asked.append(tag) or pixels)
    seal(drawing(*size), form, mark(produce_id=RECEIPT), WEAVER)
    assert asked == ([0x0123456789] if woven else [])


def test_a_record_that_cannot_be_written_costs_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def weave(self: Kit, pixels: np.ndarray, tag: int) -> np.ndarray:
        raise Woven

    monkeypatch.setattr(Kit, "weave", weave)
    with pytest.raises(LabelFailed):
        seal(picture(256, 256), Format.PNG, mark(produce_id=RECEIPT, producer="a b"), WEAVER)
    with pytest.raises(Woven):
        seal(picture(256, 256), Format.PNG, mark(produce_id=RECEIPT), WEAVER)


@pytest.mark.parametrize("form", list(Format))
def test_every_file_is_read_back_before_it_leaves(form: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(writing, "check", lambda *a: asked.append(a))
    source = drawing(200, 100)
    data = seal(source, form, mark())
    without = bare(source, form, mark(), Kit())
    assert asked == [
        (data, form, mark(), place(source, "zh"), 200, 100),
        (without, form, mark(), None, 200, 100),
    ]


@pytest.mark.parametrize("form", list(Format))
def test_what_can_be_signed_is_signed(form: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def sign(data: bytes, media_type: str, m: Mark, credentials: object, *, tag: bytes, ingredients: object) -> bytes:
        assert ingredients == ()
        asked.append((media_type, m, credentials, tag))
        return data

    monkeypatch.setattr(writing.c2pa, "sign", sign)
    credentials = object()
    for side, tag in ((256, b"\x01\x23\x45\x67\x89"), (255, b"")):
        asked.clear()
        kit = replace(WEAVER, credentials=credentials)  # type: ignore[arg-type]
        seal(drawing(side, side), form, mark(produce_id=RECEIPT), kit)
        wanted = (form.media_type, mark(produce_id=RECEIPT), credentials, b"" if form.vector else tag)
        assert asked == ([] if form is Format.PDF else [wanted])


def test_a_bare_copy_has_no_seal_and_every_other_label() -> None:
    source = picture(200, 200)
    with Image.open(BytesIO(bare(source, Format.PNG, mark(), Kit()))) as image:
        assert np.array_equal(np.asarray(image), source.pixels)
        assert image.info["XML:com.adobe.xmp"] == PACKET
    assert b'id="pingxing-mark"' not in bare(drawing(), Format.SVG, mark(), Kit())


# --- reading back ---------------------------------------------------------------------------------


def refused(
    data: bytes, part: str, form: Format = Format.PNG, size: tuple[int, int] = (200, 160), **more: object
) -> None:
    source = picture(*size)
    with pytest.raises(LabelFailed) as failed:
        check(data, form, mark(**more), place(source, "zh"), *size)
    assert failed.value.reason == "read_back"
    assert failed.value.params == {"part": part}


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return seal(picture(200, 160), Format.PNG, mark())


def test_reading_back_wants_the_kind_and_the_size_that_were_asked_for(sealed: bytes) -> None:
    check(sealed, Format.PNG, mark(), place(picture(200, 160), "zh"), 200, 160)
    refused(sealed, "container", Format.JPEG)
    refused(sealed, "container", Format.WEBP)
    for size in ((201, 160), (200, 161), (160, 200)):
        refused(sealed, "container", size=size)
    refused(sealed + b"more", "container")
    refused(sealed[:-9], "container")


@pytest.mark.parametrize("error", [UnreadableFile("damaged"), TooLarge("metadata")])
def test_a_file_that_cannot_be_read_back_does_not_leave(
    error: Exception, sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(data: bytes) -> Found:
        raise error

    monkeypatch.setattr(checking, "find", find)
    refused(sealed, "container")


@pytest.mark.parametrize(
    "changes",
    [
        {"producer": "Q"},
        {"produce_id": "r-2"},
        {"signature": "ed25519:x"},
    ],
)
def test_reading_back_wants_the_very_record(changes: dict[str, str], sealed: bytes) -> None:
    refused(sealed, "aigc", **changes)


@pytest.mark.parametrize("member", range(7))
def test_reading_back_wants_each_of_the_seven_values(
    member: int, sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = list(Aigc.first(mark().producer, mark().produce_id).values)
    values[member] = "2" if member == 0 else "other"

    def find(data: bytes) -> Found:
        found = genuine_find(data)
        found.records = [judge(Aigc(*values).text())]
        return found

    monkeypatch.setattr(checking, "find", find)
    refused(sealed, "aigc")


def with_records(records: list[Judged], monkeypatch: pytest.MonkeyPatch) -> None:
    def find(data: bytes) -> Found:
        found = genuine_find(data)
        found.records = records
        return found

    monkeypatch.setattr(checking, "find", find)


def test_exactly_one_record_is_one(sealed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with_records([], monkeypatch)
    refused(sealed, "aigc")
    with_records([judge(RECORD), judge(RECORD)], monkeypatch)
    refused(sealed, "aigc")


@pytest.mark.parametrize("flaw", ["json", "members", "values", "label"])
def test_the_right_values_in_a_flawed_record_are_not_enough(
    flaw: str, sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_records([Judged(judge(RECORD).values, flaw)], monkeypatch)  # type: ignore[arg-type]
    refused(sealed, "aigc")


@pytest.mark.parametrize(
    "facts", [{"system": "Other", "source_type": "x"}, {"system": "Pingxing"}, {"source_type": "x"}, {}]
)
def test_sb942_the_system_and_the_source_type_are_read_back(
    facts: dict[str, str], sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(data: bytes) -> Found:
        found = genuine_find(data)
        found.facts = facts
        return found

    monkeypatch.setattr(checking, "find", find)
    refused(sealed, "iptc")


def test_a_long_name_of_a_system_is_read_back_as_far_as_readers_read() -> None:
    for name in ("S" * 200, "S" * 201, "S" * 300, "S" * 199 + "TU", "  S  "):
        seal(picture(64, 64), Format.PNG, mark(system=name))


def test_iso32000_both_places_of_a_pdf_are_read_by_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    data = seal(drawing(200, 160), Format.PDF, mark())
    for other in ("", RECORD.replace("r-0", "r-1"), "None"):
        monkeypatch.setattr(checking.pages, "record", lambda data, other=other: other)
        refused(data, "aigc", Format.PDF)

    def once(data: bytes) -> Found:
        found = genuine_find(data)
        found.said_twice = False
        return found

    monkeypatch.setattr(checking.pages, "record", lambda data: aigc_record(mark()))
    check(data, Format.PDF, mark(), place(drawing(200, 160), "zh"), 200, 160)
    monkeypatch.setattr(checking, "find", once)
    refused(data, "aigc", Format.PDF)


def test_a_picture_that_cannot_be_decoded_does_not_leave(sealed: bytes) -> None:
    at = sealed.index(b"IDAT")
    (length,) = struct.unpack(">I", sealed[at - 4 : at])
    body = b"IDAT" + b"\x78\x9c" + b"\xff" * (length - 2)  # a sound chunk of unsound data
    refused(sealed[:at] + body + struct.pack(">I", zlib.crc32(body)) + sealed[at + 8 + length :], "visible")


@pytest.mark.parametrize("hidden", ["words", "plate"])
def test_a_mark_that_only_one_ground_shows_does_not_leave(hidden: str) -> None:
    """The words shine through over black, the plate over white: what is lawful over one ground only is not lawful."""
    source = picture(200, 160)
    placed = place(source, "zh")
    x0, y0, x1, y1 = placed.box
    with Image.open(BytesIO(seal(source, Format.PNG, mark()))) as image:
        pixels = np.asarray(image.convert("RGBA")).copy()
    inside = pixels[y0:y1, x0:x1]
    light = inside[..., 1] > 140
    inside[..., 3] = np.where(light if hidden == "words" else ~light, 0, 255)
    inside[: placed.plate.ring + 2, :, 3] = 255
    info, out = PngInfo(), BytesIO()
    info.add_itxt("XML:com.adobe.xmp", PACKET)
    Image.fromarray(pixels).save(out, "PNG", pnginfo=info)
    refused(out.getvalue(), "visible")


@pytest.mark.parametrize("ground", [0, 255])
def test_a_pdf_is_measured_over_white_and_over_black(ground: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = seal(drawing(200, 160), Format.PDF, mark())
    genuine = checking.pages.look

    def look(data: bytes, box: tuple[int, int, int, int], over: int) -> np.ndarray:
        seen = genuine(data, box, over)
        return np.full_like(seen, ground) if over == ground else seen

    monkeypatch.setattr(checking.pages, "look", look)
    refused(data, "visible", Format.PDF)


def test_a_copy_without_the_mark_is_read_back_for_the_rest(sealed: bytes) -> None:
    data = bare(picture(200, 160), Format.PNG, mark(), Kit())
    check(data, Format.PNG, mark(), None, 200, 160)
    with pytest.raises(LabelFailed):
        check(data, Format.PNG, mark(produce_id="r-2"), None, 200, 160)
    refused(data, "visible")


# --- clear grounds and drawings -------------------------------------------------------------------


def clear(width: int = 100, height: int = 80) -> Picture:
    """Blue in the middle, and green that nobody sees around it."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 1] = 90
    pixels[20:40, 20:40] = (30, 60, 200, 255)
    return Picture(width, height, pixels, drawing(width, height).svg)


@pytest.mark.parametrize("form", [Format.PNG, Format.WEBP])
def test_a_clear_picture_stays_clear(form: Format) -> None:
    with Image.open(BytesIO(seal(clear(), form, mark()))) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((50, 5))[3] == 0  # type: ignore[index]
        assert image.getpixel((30, 30))[3] == 255  # type: ignore[index]


def test_a_jpeg_of_a_clear_picture_stands_on_white_and_of_another_is_itself() -> None:
    with Image.open(BytesIO(seal(clear(), Format.JPEG, mark()))) as image:
        assert image.mode == "RGB"
        assert min(image.getpixel((50, 5))) > 250  # type: ignore[arg-type,type-var]
        assert image.getpixel((30, 30))[2] > 180  # type: ignore[index]
    with Image.open(BytesIO(seal(picture(100, 80, "black"), Format.JPEG, mark()))) as image:
        assert max(image.getpixel((5, 5))) < 5  # type: ignore[arg-type,type-var]


def test_what_has_no_drawing_is_no_svg_and_a_drawing_stays_one_in_a_pdf() -> None:
    with pytest.raises(LabelFailed) as failed:
        seal(picture(100, 80), Format.SVG, mark())
    assert failed.value.reason == "not_vector"
    assert b"/Subtype /Image" not in seal(drawing(100, 80), Format.PDF, mark())
    assert b"/Subtype /Image" in seal(picture(100, 80), Format.PDF, mark())


@pytest.mark.parametrize("form", [Format.PNG, Format.JPEG])
def test_a_print_says_its_density_and_no_other_file_does(form: Format) -> None:
    one = picture(64, 64)
    for dpi, said in ((300, 300), (0, None)):
        with Image.open(BytesIO(seal(replace(one, dpi=dpi), form, mark("zh")))) as image:
            found = image.info.get("dpi")
        assert (found is None) is (said is None)
        assert said is None or found == pytest.approx((said, said), abs=0.02)
