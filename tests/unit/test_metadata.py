"""Labels in every container: exactly one, merged into what is there, replaced, passed on, read back."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from io import BytesIO

import av
import numpy as np
import pypdf
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, PngImagePlugin
from tests.fakes import files

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import read, verdict
from pingxing.label.finding import find
from pingxing.label.metadata import bmff, labels, second, texts
from pingxing.label.metadata.bmff import box
from pingxing.label.metadata.labels import KINDS, read_labels, republish, write_label
from pingxing.label.record import Aigc, judge
from pingxing.label.signing import check_signature, sign_record
from pingxing.label.xmp import Provenance

FIRST, AGAIN = Aigc.first("001191110102MACQD9K64010000", "r-1"), Aigc.first("001191110102MACQD9K64010000", "r-2")
pytestmark = pytest.mark.usefixtures("films_here")
MADE = Provenance("Pingxing", "0.2", "scene", datetime(2026, 8, 2, 9, 30, tzinfo=UTC))
WITH_IPTC = [k for k in KINDS if k.startswith(("image/", "video/", "audio/", "application/pdf"))]
IN_FILE = [k for k in KINDS if k != "text/plain"]
MEDIA = [k for k in KINDS if k.startswith(("video/", "audio/"))]


def playable(data: bytes) -> list[bytes]:
    with av.open(BytesIO(data)) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def pixels(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


# --- one label, whatever was there ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", IN_FILE)
def test_a_label_replaces_the_one_that_was_there(kind: str) -> None:
    once = write_label(files.sample(kind), kind, FIRST, MADE)
    twice = write_label(once, kind, AGAIN, MADE)
    assert [judged.aigc for judged in read_labels(once)] == [FIRST]
    assert [judged.aigc for judged in read_labels(twice)] == [AGAIN]
    assert b'"ProduceID":"r-1"' not in twice
    assert verdict(read(twice)) == "confirmed"


@pytest.mark.parametrize("kind", IN_FILE)
def test_labelling_again_and_again_does_not_grow_the_file(kind: str) -> None:
    data = write_label(files.sample(kind), kind, FIRST, MADE)
    sizes = []
    for number in range(6):
        data = write_label(data, kind, Aigc.first("P", f"r-{number}"), MADE)
        sizes.append(len(data))
    assert abs(sizes[-1] - sizes[2]) <= 4  # compressed parts differ by a byte or two


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_file_and_record_give_the_same_bytes(kind: str) -> None:
    source = files.TEXT if kind == "text/plain" else files.sample(kind)
    assert write_label(source, kind, FIRST, MADE) == write_label(source, kind, FIRST, MADE)


@pytest.mark.parametrize("kind", IN_FILE)
def test_passed_on_the_producers_values_stay(kind: str) -> None:
    signed = sign_record(FIRST, KEY)
    data = republish(write_label(files.sample(kind), kind, signed, MADE), "Q-platform", "q-7")
    assert [judged.aigc for judged in read_labels(data)] == [signed.passed_on("Q-platform", "q-7")]
    assert check_signature(signed.passed_on("Q-platform", "q-7"), KEY.public_key())


@pytest.mark.parametrize("kind", IN_FILE)
def test_without_a_label_there_is_nothing_to_pass_on(kind: str) -> None:
    with pytest.raises(LabelFailed) as failed:
        republish(files.sample(kind), "Q", "q-7")
    assert failed.value.reason == "none"


@pytest.mark.parametrize("kind", IN_FILE)
def test_a_file_of_another_kind_is_refused(kind: str) -> None:
    other = "image/png" if kind != "image/png" else "image/jpeg"
    with pytest.raises(LabelFailed) as failed:
        write_label(files.sample(other), kind, FIRST)
    assert failed.value.reason == "container"


@pytest.mark.parametrize("kind", WITH_IPTC)
@pytest.mark.parametrize("times", [1, 2])
def test_iptc_fields_stand_as_xmp_or_as_plain_tags(kind: str, times: int) -> None:
    from dataclasses import replace

    data = write_label(files.sample(kind), kind, FIRST, MADE)
    if times == 2:  # made anew by a later version: that is said, and the first making's time stays
        data = write_label(data, kind, AGAIN, replace(MADE, version="0.3", created_at=datetime(2027, 1, 1, tzinfo=UTC)))
        assert find(data).facts["version"] == "0.3"
        data = write_label(data, kind, AGAIN, MADE)
    facts = find(data).facts
    assert facts["source_type"].endswith("/trainedAlgorithmicMedia")
    assert (facts["system"], facts["version"], facts["created"]) == ("Pingxing", "0.2", "2026-08-02T09:30:00Z")


# --- everything else stays --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(files.PICTURES))
def test_pixels_stay(kind: str) -> None:
    source = files.sample(kind)
    assert np.array_equal(pixels(write_label(source, kind, FIRST, MADE)), pixels(source))


@pytest.mark.parametrize("kind", ["image/gif", "image/webp", "image/tiff", "image/png"])
def test_all_frames_stay(kind: str) -> None:
    more = [Image.fromarray(files.photo(48, 40, seed)) for seed in (5, 6)]
    source = files.image(kind, save_all=True, append_images=more)
    data = write_label(source, kind, FIRST, MADE)
    with Image.open(BytesIO(data)) as image, Image.open(BytesIO(source)) as before:
        assert image.n_frames == before.n_frames == 3  # type: ignore[attr-defined]
        for number in range(3):
            image.seek(number)
            before.seek(number)
            assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(before.convert("RGB")))


@pytest.mark.parametrize("kind", [k for k in MEDIA if k != "audio/wav"])
def test_every_packet_and_tag_stays(kind: str) -> None:
    made = files.video if kind in files.VIDEOS else files.sound
    source = made(kind, tags={"title": "夜"})
    data = write_label(source, kind, FIRST, MADE)
    assert playable(data) == playable(source)
    with av.open(BytesIO(data)) as after, av.open(BytesIO(source)) as before:
        for tags, old in [(after.metadata, before.metadata), (after.streams[0].metadata, before.streams[0].metadata)]:
            assert old.items() <= tags.items()
        assert after.duration == before.duration


@pytest.mark.parametrize("kind", ["video/mp4", "video/quicktime"])
@pytest.mark.parametrize(
    "flags", ["faststart", "frag_keyframe+empty_moov", "frag_keyframe+default_base_moof", "use_metadata_tags+faststart"]
)
def test_offsets_follow_a_header_that_grows(kind: str, flags: str) -> None:
    source = files.video(kind, tags={"title": "t", "comment": "c"}, movflags=flags)
    data = write_label(write_label(source, kind, FIRST, MADE), kind, AGAIN, MADE)
    assert playable(data) == playable(source)


def test_an_itunes_list_stays_beside_the_label() -> None:
    source = files.video("video/mp4", tags={"title": "Ti"})
    data = write_label(source, "video/mp4", FIRST)
    assert source.count(b"mdir") == data.count(b"mdir") == 1
    with av.open(BytesIO(data)) as container:
        assert container.metadata["title"] == "Ti"


def test_seeking_in_matroska_still_works() -> None:
    source = files.video("video/x-matroska", frames=40)
    data = write_label(source, "video/x-matroska", FIRST)
    for blob in (source, data):
        with av.open(BytesIO(blob)) as container:
            container.seek(2_000_000)
            first = next(packet.pts for packet in container.demux() if packet.size)
        assert first is not None
    assert playable(data) == playable(source)


@pytest.mark.parametrize("tags", [{}, {"title": "T" * 70_000}, {"title": "T" * 300_000}])
@pytest.mark.parametrize("codec", ["libopus", "vorbis"])
def test_ogg_headers_over_many_pages(tags: dict[str, str], codec: str) -> None:
    source = files.sound("audio/ogg", tags, codec)
    data = write_label(source, "audio/ogg", FIRST)
    assert playable(data) == playable(source)
    numbers, at = [], 0
    while at < len(data):  # by the RFC: pages count up by one, and their checksums hold
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        numbers.append(struct.unpack_from("<I", data, at + 18)[0])
        at += 27 + len(lacing) + sum(lacing)
    assert numbers == list(range(len(numbers)))


XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="uuid:7" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmp:CreateDate="2020-02-02">{0}<dc:creator><r:Seq><r:li>某人</r:li></r:Seq></dc:creator>'
    '</r:Description></r:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "image/tiff", "image/avif"])
@pytest.mark.parametrize("label", ["", "element", "attribute"])
def test_somebodys_xmp_is_kept_byte_for_byte(kind: str, label: str) -> None:
    namespace = "http://www.tc260.org.cn/ns/AIGC/1.0/"
    old = Aigc.first("someone", "old").text()
    packet = XMP.format(f'<a:AIGC xmlns:a="{namespace}">{old}</a:AIGC>' if label == "element" else "")
    if label == "attribute":
        packet = packet.replace("xmp:CreateDate", f"xmlns:b='{namespace}' b:AIGC='{old}' xmp:CreateDate")
    source = write_raw_xmp(kind, packet)
    assert len(read_labels(source)) == bool(label)
    data = write_label(source, kind, FIRST, MADE)
    assert "<dc:creator><r:Seq><r:li>某人</r:li></r:Seq></dc:creator>".encode() in data
    assert find(data).facts["created"] == "2020-02-02"  # what a file says of its making stays
    assert b"someone" not in data


def write_raw_xmp(kind: str, packet: str) -> bytes:
    out = BytesIO()
    image = Image.fromarray(files.photo(40, 30, 3))
    if kind == "image/png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet, zip=True)
        image.save(out, "PNG", pnginfo=info)
    elif kind == "image/tiff":
        image.save(out, "TIFF", tiffinfo={700: packet.encode()})
    else:
        image.save(out, files.PICTURES[kind][0], xmp=packet.encode())
    return out.getvalue()


def test_utf16_xmp_is_understood() -> None:
    packet = XMP.format("").encode("utf-16")
    out = BytesIO()
    Image.fromarray(files.photo(40, 30, 3)).save(out, "WEBP", xmp=packet)
    assert "某人".encode() in write_label(out.getvalue(), "image/webp", FIRST)


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_exif_and_colour_profiles_stay(kind: str) -> None:
    from PIL import ImageCms

    exif = Image.Exif()
    exif[0x010E] = "a view"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = write_label(files.image(kind, exif=exif, icc_profile=profile), kind, FIRST, MADE)
    with Image.open(BytesIO(data)) as image:
        assert image.getexif()[0x010E] == "a view"
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_a_label_in_an_exif_comment_is_replaced(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a view"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + b'{"AIGC":' + Aigc.first("other", "o-1").text().encode() + b"}"
    source = files.image(kind, exif=exif)
    assert [j.aigc for j in read_labels(source)] == [Aigc.first("other", "o-1")]
    data = write_label(source, kind, FIRST)
    assert [j.aigc for j in read_labels(data)] == [FIRST]
    assert b"o-1" not in data


def test_a_label_in_a_png_text_is_replaced() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", '{"AIGC":' + Aigc.first("other", "o-1").text() + "}")
    info.add_text("Title", "kept")
    source = files.image("image/png", pnginfo=info)
    data = write_label(source, "image/png", FIRST)
    with Image.open(BytesIO(data)) as image:
        assert image.info["Title"] == "kept"
    assert b"o-1" not in data


def test_two_labels_in_two_places_are_reported_and_made_one() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", FIRST.text())
    source = files.image("image/png", pnginfo=info, exif=b"")
    exif = Image.Exif()
    exif[0x010E] = "a view"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + b'{"AIGC":' + AGAIN.text().encode() + b"}"
    source = files.image("image/png", pnginfo=info, exif=exif)
    told = read(source)
    assert (told.aigc.found, told.aigc.valid, told.aigc.detail) == (True, False, "label.aigc.several")
    assert [j.aigc for j in read_labels(write_label(source, "image/png", AGAIN))] == [AGAIN]


C2PA = b"\0\0\0\x10jumbc2pa" + bytes(20)


def with_c2pa(kind: str) -> bytes:
    source = files.sample(kind)
    if kind == "image/png":
        body = b"caBX" + C2PA
        return source[:33] + struct.pack(">I", len(C2PA)) + body + struct.pack(">I", zlib.crc32(body)) + source[33:]
    if kind == "image/jpeg":
        return source[:2] + b"\xff\xeb" + struct.pack(">H", len(C2PA) + 4) + b"JP" + C2PA + source[2:]
    if kind == "audio/wav":
        out = source + files.chunk(b"C2PA", C2PA)
        return out[:4] + struct.pack("<I", len(out) - 8) + out[8:]
    if kind == "image/webp":
        out = source + files.chunk(b"C2PA", C2PA)
        return out[:4] + struct.pack("<I", len(out) - 8) + out[8:]
    return source + box(b"uuid", bmff.C2PA_UUID + C2PA)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp", "audio/wav", "video/mp4", "image/avif"])
def test_marks_of_an_input_are_never_stripped(kind: str) -> None:
    source = with_c2pa(kind)
    assert find(source).c2pa is not None
    data = write_label(source, kind, FIRST, MADE)
    assert find(data).c2pa == find(source).c2pa
    assert C2PA in data


def test_office_keeps_every_other_part_byte_for_byte() -> None:
    for kind in files.OFFICE:
        source = files.office(kind, custom=True)
        data = write_label(source, kind, FIRST)
        with zipfile.ZipFile(BytesIO(source)) as before, zipfile.ZipFile(BytesIO(data)) as after:
            assert after.namelist() == before.namelist()
            for name in ("[Content_Types].xml", "_rels/.rels", files.OFFICE[kind]):
                assert after.read(name) == before.read(name)
            custom = after.read("docProps/custom.xml").decode()
        assert 'name="Client"><vt:lpwstr>甲</vt:lpwstr>' in custom
        assert 'pid="3" name="AIGC"' in custom


def test_office_without_properties_gets_all_three_parts() -> None:
    kind = next(iter(files.OFFICE))
    data = write_label(files.office(kind), kind, FIRST)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert b'PartName="/docProps/custom.xml"' in archive.read("[Content_Types].xml")
        assert b'Target="docProps/custom.xml"' in archive.read("_rels/.rels")


def test_pdf_keeps_its_information_and_says_the_label_in_plain_bytes() -> None:
    data = write_label(files.pdf(), "application/pdf", FIRST, MADE)
    reader = pypdf.PdfReader(BytesIO(data))
    assert reader.metadata is not None
    assert reader.metadata.title == "Plan"
    assert reader.metadata["/AIGC"] == FIRST.text()
    assert data.count(FIRST.text().encode()) == 2
    assert len(reader.pages) == 1


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        (files.MARKDOWN, {"title": "Plan", "tags": ["a", "b"]}),
        (b"# No front matter\n", {}),
        (b"---\nb: 1\nAIGC: old\n# a comment\nc: 2\n---\nText\n", {"b": 1, "c": 2}),
        (b"---\r\nb: 1\r\n---\r\nText\r\n", {"b": 1}),
        (b"\xef\xbb\xbf---\nb: 1\n---\n", {"b": 1}),
        (b"---\n---\nText\n", {}),
        (b"", {}),
        ('---\nAIGC: {"Label": "1"}\nz: 终\n...\nText\n'.encode(), {"z": "终"}),
    ],
)
def test_front_matter_keeps_its_other_keys(source: bytes, kept: dict[str, object]) -> None:
    data = write_label(source, "text/markdown", FIRST)
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\n...\n", "\n---\n")
    _, front, body = text.split("---\n", 2)
    matter = yaml.safe_load(front)
    assert matter.pop("AIGC") == json.loads(FIRST.text())
    assert matter == kept
    assert body.strip() == source.decode("utf-8-sig").replace("...", "---").rpartition("---")[2].strip()


@pytest.mark.parametrize("matter", ["[a, b]", "a: [", "a: &x 1\nb: *x", "{a: 1}"])
def test_front_matter_that_is_no_plain_mapping_is_refused(matter: str) -> None:
    with pytest.raises(LabelFailed) as failed:
        write_label(f"---\n{matter}\n---\n".encode(), "text/markdown", FIRST)
    assert failed.value.reason == "metadata"


def test_a_sidecar_speaks_of_one_text_only() -> None:
    beside = write_label(files.TEXT, "text/plain", FIRST)
    assert json.loads(beside)["AIGC"] == json.loads(FIRST.text())
    assert texts.describes(beside, files.TEXT)
    assert not texts.describes(beside, files.TEXT + b" ")
    assert verdict(read(beside)) == "confirmed"


# --- read back after every write --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["nothing", "another", "twice"])
def test_a_writer_that_errs_is_found_out(kind: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = files.TEXT if kind == "text/plain" else files.sample(kind)
    genuine = labels._WRITERS[kind]

    def wrong(data: bytes, label: labels.Label) -> bytes:
        if fault == "nothing":
            return data
        if fault == "another":
            return genuine(data, labels.Label(AGAIN.text()))
        return genuine(data, label)

    monkeypatch.setitem(labels._WRITERS, kind, wrong)
    if fault == "twice":
        monkeypatch.setattr(second, "records", lambda data, kind: [FIRST.text()] * 2)
    with pytest.raises(LabelFailed) as failed:
        write_label(source, kind, FIRST)
    assert failed.value.reason == "read_back"


@pytest.mark.parametrize("kind", [k for k in MEDIA if k != "audio/wav"])
def test_without_ffmpeg_the_bytes_are_searched(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    data = write_label(files.sample(kind), kind, FIRST)
    assert second.records(data, kind) == [FIRST.text()]
    assert second.records(data.replace(b'"Label":"1"', b'"Label":"2"'), kind) != [FIRST.text()]


@pytest.mark.parametrize("kind", [k for k in MEDIA if k != "audio/wav"])
def test_the_two_readers_must_agree(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "_by_ffmpeg", lambda data: [])
    with pytest.raises(LabelFailed):
        write_label(files.sample(kind), kind, FIRST)


# --- signatures -------------------------------------------------------------------------------------------

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_a_signature_is_bound_to_what_the_producer_says() -> None:
    signed = sign_record(FIRST, KEY)
    assert check_signature(signed, KEY.public_key()) is True
    assert check_signature(signed, OTHER.public_key()) is False
    assert check_signature(FIRST, KEY.public_key()) is None
    from dataclasses import replace

    for changed in (replace(signed, label="2"), replace(signed, producer="X"), replace(signed, produce_id="X")):
        assert check_signature(changed, KEY.public_key()) is False
    assert check_signature(signed.passed_on("Q", "q"), KEY.public_key()) is True
    assert judge(signed.text()).flaw is None


def test_a_propagator_signs_the_whole_record() -> None:
    from dataclasses import replace

    both = sign_record(sign_record(FIRST, KEY).passed_on("Q", "q"), OTHER, by="propagator")
    assert check_signature(both, KEY.public_key())
    assert check_signature(both, OTHER.public_key(), by="propagator")
    assert not check_signature(replace(both, propagator="Z"), OTHER.public_key(), by="propagator")
    assert not check_signature(replace(both, reserved1=""), OTHER.public_key(), by="propagator")
    assert judge(both.text()).flaw is None


@pytest.mark.parametrize("value", ["ed25519:", "ed25519:!!", "ed25519:AAAA", "ed25519:" + "A" * 85 + "B", "other"])
def test_what_is_no_signature_is_none(value: str) -> None:
    from dataclasses import replace

    assert not check_signature(replace(FIRST, reserved1=value), KEY.public_key())


# --- other makers' labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(json.loads(FIRST.text()), indent=2),
        json.dumps(dict(reversed(json.loads(FIRST.text()).items()))),
        '{"AIGC": ' + FIRST.text() + "}",
        FIRST.text().replace("Label", "\\u004cabel"),
        "\n  " + FIRST.text() + "  \n",
    ],
)
@pytest.mark.parametrize("kind", ["audio/wav", "image/svg+xml", "image/png"])
def test_odd_but_legal_spelling_is_read(text: str, kind: str) -> None:
    from xml.sax.saxutils import quoteattr

    if kind == "audio/wav":
        out = files.sample(kind) + files.chunk(b"AIGC", text.encode())
        data = out[:4] + struct.pack("<I", len(out) - 8) + out[8:]
    elif kind == "image/png":
        info = PngImagePlugin.PngInfo()
        info.add_text("AIGC", text)
        data = files.image(kind, pnginfo=info)
    else:
        space = 'xmlns:q="http://www.tc260.org.cn/ns/AIGC/1.0/"'
        data = files.SVG.replace(b"<rect", f"<g {space} q:AIGC={quoteattr(text)}/><rect".encode())
    told = read(data)
    assert (told.aigc.valid, verdict(told)) == (True, "confirmed")


@pytest.mark.parametrize(
    ("kind", "place"),
    [("video/mp4", "itunes"), ("video/mp4", "uuid"), ("audio/mpeg", "utf-16"), ("video/x-matroska", "lower")],
)
def test_other_places_are_read_and_replaced(kind: str, place: str) -> None:
    record = Aigc.first("other", "o-1").text()
    if place == "uuid":
        packet = XMP.format(f'<a:AIGC xmlns:a="http://www.tc260.org.cn/ns/AIGC/1.0/">{record}</a:AIGC>').encode()
        data = files.sample(kind) + box(b"uuid", bmff.XMP_UUID + packet)
    elif place == "itunes":
        item = box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + b"AIGC")
        item += box(b"data", struct.pack(">II", 1, 0) + record.encode())
        meta = box(b"meta", bytes(4) + bmff._MDTA.replace(b"mdta", b"mdir") + box(b"ilst", box(b"----", item)))
        source = files.video(kind)  # its header stands at the end
        at = source.index(b"moov") - 4
        (size,) = struct.unpack_from(">I", source, at)
        assert at + size == len(source)
        extra = box(b"udta", meta)
        data = source[:at] + struct.pack(">I", size + len(extra)) + source[at + 4 :] + extra
    elif place == "utf-16":
        text = b"\1" + "AIGC".encode("utf-16") + b"\0\0" + record.encode("utf-16")
        frame = b"TXXX" + len(text).to_bytes(4, "big") + b"\0\0" + text
        body = files.sample(kind)
        size = int.from_bytes(body[6:10], "big")
        assert size < 128
        data = b"ID3\3\0\0" + bytes([0, 0, len(frame) >> 7, len(frame) & 127]) + frame + body[10 + size :]
    else:
        data = files.video(kind, tags={"aigc": record})
    assert [j.aigc for j in read_labels(data)] == [Aigc.first("other", "o-1")]
    done = write_label(data, kind, FIRST)
    assert [j.aigc for j in read_labels(done)] == [FIRST]


def test_a_film_whose_place_for_xmp_is_blank_gets_its_label() -> None:
    blank = files.sample("video/mp4") + box(b"uuid", bmff.XMP_UUID + b" \n" * 20)
    for provenance in (None, MADE):
        done = write_label(blank, "video/mp4", FIRST, provenance)
        assert [judged.aigc for judged in read_labels(done)] == [FIRST]


def test_an_encrypted_pdf_gets_no_label() -> None:
    writer = pypdf.PdfWriter(clone_from=BytesIO(files.pdf()))
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(LabelFailed):
        write_label(out.getvalue(), "application/pdf", FIRST)


@pytest.mark.parametrize("kind", [*files.PICTURES, "audio/wav", "audio/flac", "audio/ogg", "video/mp4", *files.OFFICE])
def test_a_file_that_ends_too_early_gets_no_label(kind: str) -> None:
    source = files.sample(kind)
    end = {"audio/flac": 60, "image/tiff": 9, "video/mp4": 200}.get(kind, len(source) - 40)
    with pytest.raises((UnreadableFile, LabelFailed)):
        write_label(source[:end], kind, FIRST)


def test_a_picture_sequence_gets_no_label() -> None:
    more = [Image.fromarray(files.photo(48, 40, seed)) for seed in (5, 6)]
    with pytest.raises(LabelFailed):
        write_label(files.image("image/avif", save_all=True, append_images=more), "image/avif", FIRST)


# --- each of the two readers would find a fault alone -----------------------------------------------------


def heic() -> bytes:
    """A labelled AVIF under HEIC's brand: a kind that is read and not written."""
    return write_label(files.sample("image/avif"), "image/avif", FIRST).replace(b"ftypavif", b"ftypheic", 1)


def test_a_kind_that_is_only_read_is_not_written() -> None:
    assert find(heic()).media_type == "image/heic"
    for write in (lambda: write_label(heic(), "image/heic", FIRST), lambda: republish(heic(), "Q", "q")):
        with pytest.raises(LabelFailed):
            write()


@pytest.mark.parametrize("data", [b"hello", b"---\na: b\n---\n", b"{}"])
def test_text_is_no_picture(data: bytes) -> None:
    with pytest.raises(LabelFailed) as failed:
        write_label(data, "image/png", FIRST)
    assert failed.value.reason == "container"


def broken_exif() -> bytes:
    body = b"eXIf" + b"II*\0\xff\xff\xff\xff tc260.org.cn/ns/AIGC"
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("fault", ["another record", "none", "another kind", "a stray one", "a broken one"])
def test_our_own_reader_finds_faults_alone(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = labels._WRITERS["image/png"]

    def wrong(data: bytes, label: labels.Label) -> bytes:
        good = genuine(data, label)
        return {
            "another record": genuine(data, labels.Label(AGAIN.text())),
            "none": data,
            "another kind": write_label(files.sample("image/webp"), "image/webp", FIRST),
            "a stray one": good + b"http://www.tc260.org.cn/ns/AIGC/1.0/",
            "a broken one": good[:33] + broken_exif() + good[33:],
        }[fault]

    monkeypatch.setattr(second, "records", lambda data, kind: [FIRST.text()])
    assert write_label(files.sample("image/png"), "image/png", FIRST)
    monkeypatch.setitem(labels._WRITERS, "image/png", wrong)
    with pytest.raises(LabelFailed) as failed:
        write_label(files.sample("image/png"), "image/png", FIRST)
    assert failed.value.reason == "read_back"


def test_a_signature_has_one_spelling() -> None:
    from dataclasses import replace

    signed = sign_record(FIRST, KEY)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters[letters.index(signed.reserved1[-1]) + 1]  # the same bytes: four of its bits are spare
    assert check_signature(replace(signed, reserved1=signed.reserved1[:-1] + last), KEY.public_key()) is False


# --- corners of the containers ----------------------------------------------------------------------------


def extended(packet: bytes) -> bytes:
    """A JPEG whose XMP goes on in extension segments, the second half first."""
    source = files.image("image/jpeg", xmp=XMP.format("").encode())
    name = b"0" * 32
    half = len(packet) // 2
    parts = b""
    for start, piece in ((half, packet[half:]), (0, packet[:half])):
        body = b"http://ns.adobe.com/xmp/extension/\0" + name + struct.pack(">II", len(packet), start) + piece
        parts += b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return source[:2] + parts + source[2:]


def test_a_label_in_extended_xmp_is_read_and_nothing_is_written_over_it() -> None:
    namespace = "http://www.tc260.org.cn/ns/AIGC/1.0/"
    packet = XMP.format(f'<a:AIGC xmlns:a="{namespace}">{FIRST.text()}</a:AIGC>').encode()
    data = extended(packet)
    assert [judged.aigc for judged in read_labels(data)] == [FIRST]
    with pytest.raises(LabelFailed):
        write_label(data, "image/jpeg", AGAIN)


def test_extended_xmp_without_a_label_stays() -> None:
    packet = XMP.format("<dc:format>depth</dc:format>").encode()
    data = write_label(extended(packet), "image/jpeg", FIRST)
    assert [judged.aigc for judged in read_labels(data)] == [FIRST]
    assert data.count(b"http://ns.adobe.com/xmp/extension/") == 2


def test_a_jpeg_whose_xmp_is_full_gets_no_label() -> None:
    packet = XMP.format(f"<dc:format>{'x' * 64_900}</dc:format>").encode()
    with pytest.raises(LabelFailed) as failed:
        write_label(files.image("image/jpeg", xmp=packet), "image/jpeg", FIRST, MADE)
    assert failed.value.reason == "no_room"


@pytest.mark.parametrize("packet", [b"<x", b"<x/>", b"\xff\xfe<", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_xmp_that_is_none_is_not_overwritten(packet: bytes) -> None:
    with pytest.raises(LabelFailed) as failed:
        write_label(files.image("image/webp", xmp=packet), "image/webp", FIRST)
    assert failed.value.reason == "metadata"


def test_a_gif_of_1987_becomes_one_of_1989() -> None:
    source = files.sample("image/gif")
    assert source[:6] == b"GIF87a"
    assert write_label(source, "image/gif", FIRST)[:6] == b"GIF89a"


def test_a_looping_gif_keeps_its_loop_before_the_label() -> None:
    more = [Image.fromarray(files.photo(48, 40, seed)) for seed in (5, 6)]
    data = write_label(files.image("image/gif", save_all=True, append_images=more, loop=0), "image/gif", FIRST)
    assert data.index(b"NETSCAPE2.0") < data.index(b"XMP DataXMP")
    with Image.open(BytesIO(data)) as image:
        assert image.info["loop"] == 0


@pytest.mark.parametrize("kind", ["video/x-matroska", "video/webm"])
def test_a_live_stream_of_unknown_size_gets_its_label_at_the_end(kind: str) -> None:
    source = bytearray(files.sample(kind))
    at = source.index(b"\x18\x53\x80\x67") + 4
    source[at : at + 8] = b"\x01" + b"\xff" * 7
    data = write_label(bytes(source), kind, FIRST)
    assert [judged.aigc for judged in read_labels(data)] == [FIRST]
    assert playable(data) == playable(bytes(source))


def test_nested_tags_of_matroska_lose_only_the_label() -> None:
    from pingxing.label.metadata.ebml import NAME, SEGMENT, SIMPLE, STRING, TAG, TAGS_ID, element
    from pingxing.label.metadata.ebml import read as read_ebml

    def simple(name: str, value: str, more: bytes = b"") -> bytes:
        return element(SIMPLE, element(NAME, name.encode()) + element(STRING, value.encode()) + more)

    tags = element(TAGS_ID, element(TAG, simple("ARTIST", "某", simple("AIGC", AGAIN.text()) + simple("SORT", "m"))))
    source = files.sample("video/x-matroska")
    at = source.index(b"\x18\x53\x80\x67")
    size = int.from_bytes(source[at + 4 : at + 12], "big") & (1 << 56) - 1
    data = source[: at + 4] + (size + len(tags) | 1 << 56).to_bytes(8, "big") + source[at + 12 :] + tags
    assert SEGMENT.to_bytes(4, "big") == source[at : at + 4]
    assert read_ebml(data).texts == [AGAIN.text()]
    done = write_label(data, "video/x-matroska", FIRST)
    assert [judged.aigc for judged in read_labels(done)] == [FIRST]
    assert "某".encode() in done
    assert b"SORT" in done


@pytest.mark.parametrize("version", [3, 4])
def test_other_id3_frames_stay_byte_for_byte(version: int) -> None:
    def size(n: int) -> bytes:
        return bytes(n >> s & 0x7F for s in (21, 14, 7, 0)) if version == 4 else n.to_bytes(4, "big")

    cover = b"APIC" + size(300) + b"\0\0" + b"\0image/png\0\3\0" + bytes(300 - 13)
    title = b"TIT2" + size(5) + b"\0\0" + b"\0Name"
    body = title + cover + bytes(64)
    audio = files.sample("audio/mpeg")
    audio = audio[10 + int.from_bytes(audio[6:10], "big") :]
    length = bytes(len(body) >> s & 0x7F for s in (21, 14, 7, 0))
    data = write_label(b"ID3" + bytes([version, 0, 0]) + length + body + audio, "audio/mpeg", FIRST, MADE)
    assert data[:4] == b"ID3" + bytes([version])
    assert title + cover in data
    assert data.endswith(audio)
    with av.open(BytesIO(data)) as container:
        assert container.metadata["title"] == "Name"
