"""Files from elsewhere, room by room: what they are, which record they get, what is kept of them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageCms
from tests.fakes.pictures import mark, photo

from pingxing.errors import InvalidRequest, LabelFailed, TooLarge, UnreadableFile
from pingxing.label.finding import Found, find
from pingxing.label.foreign import drawings, pictures, texts
from pingxing.label.foreign.kinds import ENDINGS, FAMILIES, MAX_CHARS, MAX_NAME, brought
from pingxing.label.foreign.ordering import Order, order
from pingxing.label.kit import PLAIN, Kit
from pingxing.label.media.text import find_notice
from pingxing.label.metadata.labels import read_labels, write_label
from pingxing.label.opening import open_picture
from pingxing.label.record import Aigc, judge
from pingxing.label.signing import check_signature, sign_record
from pingxing.types import Labels, Layer

NONE = Layer(False, None, "none")
NOTHING = Labels(NONE, NONE, NONE, NONE)
THEIRS = Aigc.first("001191110102MACQD9K64010000", "their-number-0001")
OURS = mark(producer="001191110102MACQD9K64010000", produce_id="0123456789abcdef" * 2)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNED = Kit(record=KEY)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" %s>%s</svg>'


def ordered(found: Found | None = None, had: Labels = NOTHING, kit: Kit = PLAIN) -> Order:
    return order(OURS, kit, found or Found("image/png"), had)


# --- what a file is


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "a", "image/png"),
        (b"ID3\4....", "a.txt", "audio/mpeg"),
        (b"plain words", "a.TXT", "text/plain"),
        (b"# words", "folder/a.md", "text/markdown"),
        (b"---\na: 1\n---\n", "a.markdown", "text/markdown"),
        (b"---\na: 1\n---\n", "a.txt", "text/plain"),
    ],
)
def test_a_file_is_what_its_first_bytes_say_and_a_text_what_its_name_says(data: bytes, name: str, kind: str) -> None:
    file = brought(data, name)
    assert (file.media_type, file.family) == (kind, FAMILIES[kind])


@pytest.mark.parametrize(("data", "name"), [(b"GIF89a..", "a.gif"), (b"words", "a.csv"), (b"PK\3\4", "a.docx")])
def test_what_is_not_taken_is_told_what_is(data: bytes, name: str) -> None:
    with pytest.raises(UnreadableFile) as told:
        brought(data, name)
    assert told.value.reason == "label_kind"
    assert ".png" in str(told.value.params["known"])


def test_names_lose_folders_control_characters_and_length() -> None:
    assert brought(b"x", "C:\\Users\\me\\诗.txt").name == "诗.txt"
    assert brought(b"x", "../../a\n\u202eb.txt").name == "a__b.txt"
    assert len(brought(b"x", "n" * 500 + ".txt").name) == MAX_NAME
    with pytest.raises(UnreadableFile):
        brought(b"", "a.txt")


def test_every_kind_that_leaves_has_an_ending() -> None:
    leaving = {kind for kind, family in FAMILIES.items() if family != "film"} | {"video/mp4", "application/json"}
    assert set(ENDINGS) == leaving


# --- which record


def test_labelling_measures_art_6_a_first_label_is_possible_unless_the_file_says_more() -> None:
    assert (ordered().record.label, ordered().basis) == ("2", "declared")
    said = (
        replace(NOTHING, aigc=Layer(False, None, "x", {"source_type": "trainedAlgorithmicMedia"})),
        replace(NOTHING, c2pa=Layer(True, None, "x", {"source_type": "algorithmicMedia"})),
        replace(NOTHING, watermark=Layer(True, True, "x")),
    )
    for had in said:
        assert (ordered(had=had).record.label, ordered(had=had).basis) == ("1", "metadata")
    broken = replace(NOTHING, c2pa=Layer(True, False, "x", {"source_type": "algorithmicMedia"}))
    camera = replace(NOTHING, c2pa=Layer(True, True, "x", {"source_type": "digitalCapture"}))
    for had in (broken, camera):
        assert ordered(had=had).record.label == "2"


def test_gb45438_annex_e_a_first_label_names_whoever_passes_it_on_in_both_pairs() -> None:
    record = ordered(kit=SIGNED).record
    assert record.producer == record.propagator == "001191110102MACQD9K64020000"
    assert record.produce_id == record.propagate_id == OURS.produce_id
    assert check_signature(record, KEY.public_key()) is True
    assert ordered().record.reserved1 == ""


def test_gb45438_annex_e_another_s_label_keeps_its_producer_and_both_signatures_hold() -> None:
    theirs = sign_record(replace(THEIRS, label="3"), KEY)
    done = ordered(Found("image/png", records=[judge(theirs.text())]), kit=SIGNED)
    assert (done.basis, done.record.label, done.record.reserved1) == ("label", "3", theirs.reserved1)
    assert (done.record.producer, done.record.propagate_id) == (THEIRS.producer, OURS.produce_id)
    assert check_signature(done.record, KEY.public_key(), "propagator") is True
    assert check_signature(done.record, KEY.public_key()) is True


@pytest.mark.parametrize(
    "found",
    [
        Found("image/png", records=[judge(THEIRS.text())] * 2),
        Found("image/png", records=[judge('{"Label":"1"}')]),
        Found("image/png", stray=True),
        Found("image/png", broken_packet=True),
    ],
)
def test_labelling_measures_art_10_an_unclear_label_is_left_as_it_is(found: Found) -> None:
    with pytest.raises(InvalidRequest) as told:
        ordered(found)
    assert told.value.reason == "label_unclear"


def test_labelling_measures_art_10_a_forged_label_is_left_as_it_is() -> None:
    forged = replace(NOTHING, aigc=Layer(True, False, "label.aigc.forged"))
    with pytest.raises(InvalidRequest):
        ordered(Found("image/png", records=[judge(THEIRS.text())]), forged)


def test_what_is_there_already_is_not_put_on_twice() -> None:
    had = replace(NOTHING, visible=Layer(True, True, "x"), watermark=Layer(True, True, "x"))
    assert (ordered(had=had).sealed, ordered(had=had).woven) == (True, True)
    faint = replace(NOTHING, visible=Layer(True, False, "x"))
    scaled = replace(NOTHING, visible=Layer(True, None, "x"))
    assert not ordered(had=faint).sealed
    assert not ordered(had=scaled).sealed
    with pytest.raises(LabelFailed):
        order(replace(OURS, produce_id="a space"), PLAIN, Found("image/png"), NOTHING)


# --- texts


def test_no_piece_of_a_text_escapes_the_rules() -> None:
    long = "".join(chr(0x4E00 + n) for n in range(4_300))
    assert texts.windows(long) == (long[:2_000], long[1_800:3_800], long[3_600:])
    assert texts.windows(long[:2_000]) == (long[:2_000],)
    assert texts.windows(long[:2_001]) == (long[:2_000], long[1_800:2_001])
    assert texts.windows("x") == ("x",)
    assert texts.windows("") == texts.windows(" \n" * 3_000) == ()


def test_a_text_that_does_not_read_back_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    file, wanted = brought(b"words", "a.txt"), ordered(Found("text/plain"))
    with monkeypatch.context() as patch:
        patch.setattr(texts, "mark_text", lambda text, language: text)
        with pytest.raises(LabelFailed):
            texts.mark(file, wanted)
    monkeypatch.setattr(texts.texts, "describes", lambda beside, data: False)
    with pytest.raises(LabelFailed):
        texts.mark(file, wanted)


def test_texts_are_marked_and_labelled_beside_or_in_their_front_matter() -> None:
    (data, kind), (beside, sidecar) = texts.mark(brought("诗\n".encode(), "a.txt"), ordered(Found("text/plain")))
    assert (kind, sidecar) == ("text/plain", "application/json")
    assert data.decode().startswith("【AI生成】\n诗\n")
    assert [judged.aigc for judged in read_labels(beside)] == [ordered().record]
    source = brought(b"---\ntitle: x\n---\nAI made it\n", "a.md")
    ((marked, _),) = texts.mark(source, ordered(find(source.data)))
    assert marked.decode().startswith("---\ntitle: x\nAIGC:\n")
    assert find_notice(marked.decode().split("---\n")[-1]) == "AI生成"
    assert [judged.aigc for judged in read_labels(marked)] == [ordered().record]


def test_a_text_is_utf8_and_of_bearable_length() -> None:
    assert texts.decoded(b"\xef\xbb\xbfx") == "x"
    assert len(texts.decoded(b"x" * MAX_CHARS)) == MAX_CHARS
    with pytest.raises(TooLarge):
        texts.decoded(b"x" * (MAX_CHARS + 1))
    for bad in (b"\xff\xfe", b"a\0b"):
        with pytest.raises(UnreadableFile):
            texts.decoded(bad)


# --- pictures


def test_a_picture_keeps_its_colours_and_density_and_loses_what_is_somebody_s() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    Image.fromarray(photo(120, 96, 4)).save(out, "JPEG", exif=exif, icc_profile=profile, dpi=(300, 300))
    file = brought(out.getvalue(), "a.jpg")
    data, tag = pictures.mark(
        file, open_picture(file.data, max_bytes=1 << 20), ordered(find(file.data)), find(file.data)
    )
    assert tag is None
    assert [judged.aigc for judged in read_labels(data)] == [ordered().record]
    with Image.open(io.BytesIO(data)) as image:
        assert (image.info["icc_profile"], image.info["dpi"], dict(image.getexif())) == (profile, (300, 300), {})
    assert b"a camera" not in data


def test_a_picture_without_room_for_a_lawful_mark_is_refused() -> None:
    out = io.BytesIO()
    Image.fromarray(photo(120, 49, 4)).save(out, "PNG")
    file = brought(out.getvalue(), "a.png")
    with pytest.raises(UnreadableFile) as told:
        pictures.mark(file, open_picture(file.data, max_bytes=1 << 20), ordered(), Found("image/png"))
    assert told.value.reason == "small"


def test_what_a_file_says_of_its_making_goes_into_the_new_packet() -> None:
    out = io.BytesIO()
    Image.fromarray(photo(60, 60, 4)).save(out, "PNG")
    facts = {"source_type": "trainedAlgorithmicMedia", "system": "A <b>", "version": "7", "created": "2026-01-02"}
    packet = pictures.packet(ordered(), Found("image/png", facts=facts)).decode()
    assert "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" in packet
    assert "A &lt;b&gt;" in packet
    assert packet.count("<TC260:AIGC>") == 1
    assert "DigitalSourceType" not in pictures.packet(ordered(), Found("image/png")).decode()


# --- drawings


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (b'width="120" height="90"', (120, 90)),
        (b'width="120px" height="90.4"', (120, 90)),
        (b'width="2in" height="25.4mm"', (192, 96)),
        (b'width="100%" height="100%" viewBox="0 0 300 200"', (300, 200)),
        (b'viewBox="0,0,300,200"', (300, 200)),
    ],
)
def test_a_drawing_s_size_is_in_pixels(attributes: bytes, size: tuple[int, int]) -> None:
    assert drawings.sides(SVG % (attributes, b"")) == size


@pytest.mark.parametrize("attributes", [b"", b'width="9" height="90"', b'width="9000" height="90"', b'viewBox="0 0"'])
def test_a_drawing_without_a_usable_size_is_refused(attributes: bytes) -> None:
    with pytest.raises(UnreadableFile):
        drawings.sides(SVG % (attributes, b""))


@pytest.mark.parametrize(
    "inner",
    [
        b"<script>x</script>",
        b'<rect onclick="x()"/>',
        b"<foreignObject/>",
        b'<animate attributeName="x"/>',
        b'<image href="https://elsewhere.example/a.png"/>',
        b'<image href="data:image/svg+xml;base64,AA"/>',
        b'<use href="file:///etc/passwd#a"/>',
        b"<style>@import url(a.css);</style>",
        b"<style>rect{animation:a 1s}</style>",
        b'<rect style="fill:url(https://elsewhere.example/x)"/>',
        b'<rect style="transition:all 1s"/>',
    ],
)
def test_a_drawing_that_could_cover_its_mark_or_fetch_is_refused(inner: bytes) -> None:
    with pytest.raises(UnreadableFile) as told:
        drawings.look(SVG % (b'width="90" height="90"', inner), {"width": 90, "height": 90})
    assert told.value.reason == "active"


def test_a_plain_drawing_is_shown_and_its_words_are_read() -> None:
    inner = b'<defs><linearGradient id="g"/></defs><rect fill="url(#g)" width="9" height="9"/><text>words</text>'
    told, pixels = drawings.look(SVG % (b'width="90" height="60"', inner), {"width": 90, "height": 60})
    assert (told["rows"], told["columns"], told["words"]) == (60, 90, "words")
    assert np.frombuffer(pixels, np.uint8).size == 60 * 90 * 4


def test_labels_of_another_are_replaced_in_one_place() -> None:
    out = io.BytesIO()
    Image.fromarray(photo(60, 60, 4)).save(out, "PNG")
    twice = write_label(write_label(out.getvalue(), "image/png", THEIRS), "image/png", ordered().record)
    assert [judged.aigc for judged in read_labels(twice)] == [ordered().record]
