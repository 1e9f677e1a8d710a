"""GB 45438-2025 and the practice guides TC260 (V1.0-202508): what a label is, and where it stands.

The name of every test in this folder begins with the law and the clause that it keeps.
"""

from __future__ import annotations

import json
import struct
import zipfile
from dataclasses import replace
from io import BytesIO

import av
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader
from tests.fakes import files
from tests.fakes.pictures import drawing, mark, picture
from tests.independent import reader

from pingxing.errors import LabelFailed
from pingxing.label import plate, read, seal
from pingxing.label.lint import provider_code
from pingxing.label.metadata import second
from pingxing.label.metadata.labels import KINDS, republish, write_label
from pingxing.label.record import Aigc, as_propagator, judge
from pingxing.label.visible import place
from pingxing.types import LANGUAGES, Format

RECORD = Aigc.first("001191110102MACQD9K64010000", "r-1")
TEXT = RECORD.text()
IN_FILE = [kind for kind in KINDS if kind != "text/plain"]


def labelled(kind: str) -> bytes:
    return write_label(files.TEXT if kind == "text/plain" else files.sample(kind), kind, RECORD)


# --- annex E ----------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=40), st.integers(0, 6))
def test_gb45438_annex_e_values_hold_only_0x21_to_0x7e(value: str, member: int) -> None:
    values = list(RECORD.values)
    values[member] = value
    allowed = all(0x21 <= ord(c) <= 0x7E and c not in '"\\' for c in value)
    good = allowed and (member != 0 or value in ("1", "2", "3"))
    written = json.dumps(dict(zip(reader.MEMBERS, values, strict=True)))
    assert (judge(written).flaw is None) is good
    if good:
        assert all(0x21 <= byte <= 0x7E for byte in Aigc(*values).text().encode("ascii"))
    else:
        with pytest.raises(LabelFailed):
            Aigc(*values).text()


def test_gb45438_annex_e_seven_strings_in_this_spelling_and_order() -> None:
    pairs = json.loads(TEXT, object_pairs_hook=list)
    assert tuple(name for name, _ in pairs) == (
        "Label",
        "ContentProducer",
        "ProduceID",
        "ReservedCode1",
        "ContentPropagator",
        "PropagateID",
        "ReservedCode2",
    )
    assert all(isinstance(value, str) for _, value in pairs)
    for wrong in (TEXT.replace("ProduceID", "ProduceId"), TEXT.replace('"1"', "1", 1), TEXT[:-1] + ',"More":""}'):
        assert judge(wrong).flaw == "members"


@pytest.mark.parametrize(("label", "good"), [("1", True), ("2", True), ("3", True), ("0", False), ("4", False)])
def test_gb45438_annex_e_label_is_1_2_or_3(label: str, good: bool) -> None:
    assert (judge(TEXT.replace('"1"', f'"{label}"', 1)).flaw is None) is good


def test_gb45438_annex_e_on_first_write_the_propagator_pair_equals_the_producer_pair() -> None:
    assert (RECORD.propagator, RECORD.propagate_id) == (RECORD.producer, RECORD.produce_id)
    said = read(seal(picture(200, 200), Format.PNG, mark())).aigc
    assert said.valid


@pytest.mark.parametrize("kind", IN_FILE)
def test_gb45438_annex_e_exactly_one_label_per_file_replaced_on_re_export(kind: str) -> None:
    again = write_label(labelled(kind), kind, replace(RECORD, produce_id="r-2", propagate_id="r-2"))
    assert reader.problems(again) == []
    assert json.loads(reader.labels(again)[0])["ProduceID"] == "r-2"


@pytest.mark.parametrize("kind", IN_FILE)
def test_gb45438_annex_e_who_publishes_again_sets_its_own_pair_and_keeps_the_producers(kind: str) -> None:
    said = json.loads(reader.labels(republish(labelled(kind), "Q", "q-1"))[0])
    assert (said["ContentProducer"], said["ProduceID"]) == (RECORD.producer, RECORD.produce_id)
    assert (said["ContentPropagator"], said["PropagateID"]) == ("Q", "q-1")


@pytest.mark.parametrize("kind", KINDS)
def test_gb45438_annex_e_the_record_is_plain_json_never_base64(kind: str) -> None:
    assert reader.labels(labelled(kind)) == [TEXT]


# --- visible labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_gb45438_every_visible_label_names_ai_and_generated(language: str) -> None:
    wording = plate.wording(language)
    assert any(word in wording for word in ("人工智能", "AI"))
    assert any(word in wording for word in ("生成", "合成", "generated"))


@pytest.mark.parametrize("size", [(64, 64), (640, 64), (64, 640), (200, 300), (513, 511), (1200, 120), (1024, 768)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_gb45438_image_glyphs_are_at_least_5_percent_of_the_shortest_side(size: tuple[int, int], language: str) -> None:
    visible = read(seal(picture(*size), Format.PNG, mark(language))).visible
    assert visible.valid
    assert float(visible.facts["share"]) >= 5.0


@pytest.mark.parametrize("size", [(64, 64), (640, 64), (300, 200), (1024, 768)])
def test_gb45438_image_label_stands_at_an_edge_or_corner(size: tuple[int, int]) -> None:
    x0, y0, x1, y1 = place(picture(*size), "zh").box
    width, height = size
    assert min(x0, y0, width - x1, height - y1) <= 0.08 * min(size)


@pytest.mark.parametrize("background", ["white", "black", "noise", "stripes", "vermilion"])
def test_gb45438_image_label_is_legible_on_any_ground(background: str) -> None:
    visible = read(seal(picture(300, 300, background), Format.PNG, mark())).visible
    assert visible.valid


# --- practice guides: where the label stands --------------------------------------------------------------


def test_tc260_pg_20257a_mp4_and_mov_key_in_keys_and_value_in_ilst_of_moov_udta_meta() -> None:
    for kind in ("video/mp4", "video/quicktime"):
        data = labelled(kind)
        path, at, end = [], 0, len(data)
        for wanted in (b"moov", b"udta", b"meta"):
            while True:
                size, name = struct.unpack_from(">I4s", data, at)
                if name == wanted and (name != b"meta" or b"mdtaAIGC" in data[at : at + size]):
                    break
                at += size
                assert at < end, wanted
            path.append(name)
            end, at = at + size, at + 8
        inner = data[at + 4 : end]
        assert inner[4:8] == b"hdlr"
        assert b"keys" in inner
        assert inner.index(b"ilst") < inner.index(TEXT.encode())


def test_tc260_pg_20257a_mkv_and_webm_simple_tag_of_segment_tags() -> None:
    for kind in ("video/x-matroska", "video/webm"):
        with av.open(BytesIO(labelled(kind))) as container:
            assert container.metadata["AIGC"] == TEXT
        assert b"\x45\xa3\x84AIGC\x44\x87" in labelled(kind)


def test_tc260_pg_20257a_avi_chunk_of_list_info() -> None:
    data = labelled("video/x-msvideo")
    at = data.index(b"INFO")
    (size,) = struct.unpack_from("<I", data, at - 4)
    assert data[at - 8 : at - 4] == b"LIST"
    assert b"AIGC" + struct.pack("<I", len(TEXT)) + TEXT.encode() in data[at : at + size]


def test_tc260_pg_20257a_flv_key_of_on_meta_data() -> None:
    data = labelled("video/x-flv")
    assert data.index(b"onMetaData") < data.index(b"\0\4AIGC\2" + struct.pack(">H", len(TEXT)) + TEXT.encode())


def test_tc260_pg_20258a_pdf_information_dictionary() -> None:
    said = PdfReader(BytesIO(labelled("application/pdf"))).metadata
    assert said is not None
    assert said["/AIGC"] == TEXT


@pytest.mark.parametrize("kind", list(files.OFFICE))
def test_tc260_pg_20258a_office_property_of_custom_xml(kind: str) -> None:
    with zipfile.ZipFile(BytesIO(labelled(kind))) as archive:
        part = archive.read("docProps/custom.xml").decode()
    assert f'name="AIGC"><vt:lpwstr>{TEXT}</vt:lpwstr>' in part


def test_tc260_pg_20258a_markdown_front_matter() -> None:
    text = labelled("text/markdown").decode()
    assert text.startswith("---\n")
    assert yaml.safe_load(text.split("---\n")[1])["AIGC"] == json.loads(TEXT)


@pytest.mark.parametrize(
    ("kind", "before"),
    [
        ("image/jpeg", b"http://ns.adobe.com/xap/1.0/\0"),
        ("image/png", b"iTXtXML:com.adobe.xmp\0\0\0\0\0"),
        ("image/gif", b"\x21\xff\x0bXMP DataXMP"),
        ("image/webp", b"XMP "),
    ],
)
def test_tc260_pg_20259a_pictures_carry_xmp_in_the_place_of_their_format(kind: str, before: bytes) -> None:
    data = labelled(kind)
    place = data.index(before)
    packet = data[place + len(before) : data.index(b"</x:xmpmeta>")]
    assert b'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"' in packet
    assert f"<TC260:AIGC>{TEXT}</TC260:AIGC>".encode() in packet


def test_tc260_pg_20259a_tiff_tag_2bc_of_type_7_in_ifd0() -> None:
    with Image.open(BytesIO(labelled("image/tiff"))) as image:
        assert image.tag_v2.tagtype[0x2BC] == 7  # type: ignore[attr-defined]


def test_tc260_pg_20259a_merged_into_xmp_that_is_there() -> None:
    theirs = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="an old map"/></rdf:RDF></x:xmpmeta>'
    )
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", theirs)
    packet = write_label(files.image("image/png", pnginfo=info), "image/png", RECORD)
    assert packet.count(b"XML:com.adobe.xmp") == 1
    assert b'dc:source="an old map"' in packet
    assert f"<TC260:AIGC>{TEXT}</TC260:AIGC>".encode() in packet


def test_tc260_pg_20259a_exif_comment_and_png_text_are_read_too() -> None:
    wrapped = '{"AIGC":' + TEXT + "}"
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + wrapped.encode()
    info = PngInfo()
    info.add_text("AIGC", wrapped)
    for data in (files.image("image/jpeg", exif=exif), files.image("image/png", pnginfo=info)):
        labels = read(data)
        assert (labels.aigc.valid, labels.produce_id) == (True, "r-1")


def test_tc260_pg_202510a_wav_chunk_mp3_txxx_flac_and_ogg_comment() -> None:
    assert b"AIGC" + struct.pack("<I", len(TEXT)) + TEXT.encode() in labelled("audio/wav")
    assert b"\0AIGC\0" + TEXT.encode() in labelled("audio/mpeg")
    for kind in ("audio/flac", "audio/ogg"):
        assert struct.pack("<I", len(TEXT) + 5) + b"AIGC=" + TEXT.encode() in labelled(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_tc260_practice_guides_read_back_after_every_write(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "records", lambda data, kind: [])
    with pytest.raises(LabelFailed):
        labelled(kind)


def test_tc260_provider_code_of_whoever_passes_on_says_2() -> None:
    assert as_propagator("001191110102MACQD9K64010000") == "001191110102MACQD9K64020000"
    assert as_propagator("001191110102MACQD9K64020000") == "001191110102MACQD9K64020000"
    assert as_propagator("PINGXING-UNREGISTERED") == "PINGXING-UNREGISTERED"
    assert provider_code(as_propagator("001191110102MACQD9K64010000"))


def test_tc260_provider_codes_have_27_characters_and_a_credit_code_that_checks() -> None:
    assert provider_code("001191110102MACQD9K64010000")
    assert not provider_code("001191110102MACQD9K74010000")


@pytest.mark.parametrize("format", list(Format))
def test_gb45438_every_export_carries_both_labels(format: Format) -> None:
    source = drawing(320, 240) if format.vector else picture(320, 240)
    labels = read(seal(source, format, mark()))
    assert labels.visible.found
    assert labels.aigc.valid
