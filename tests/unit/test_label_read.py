"""Reading files from strangers: other makers' labels, broken labels, no labels. Every answer has words for it."""

from __future__ import annotations

import json
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.fakes.pictures import drawing, mark, photo, picture

from pingxing.i18n import say
from pingxing.label import aigc_record, read, seal, verdict
from pingxing.label.record import MEMBERS
from pingxing.types import LANGUAGES, Format, Labels, Layer

KINDS = ["PNG", "JPEG", "WEBP", "GIF", "TIFF"]
PRODUCER = "001191110102MACQD9K64010000"


def foreign(label: str = "1", **changes: str) -> str:
    values = dict.fromkeys(MEMBERS, "") | {
        "Label": label,
        "ContentProducer": PRODUCER,
        "ProduceID": "abc123",
        "ContentPropagator": PRODUCER,
        "PropagateID": "abc123",
    }
    return json.dumps(values | changes, ensure_ascii=False)


def xmp(record: str, extra: str = "") -> bytes:
    attribute = record.replace("&", "&amp;").replace('"', "&quot;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:any="http://www.tc260.org.cn/ns/AIGC/1.0/" any:AIGC="{attribute}"/>'
        f"{extra}</rdf:RDF></x:xmpmeta>"
    ).encode()


def saved(kind: str = "PNG", pixels: np.ndarray | None = None, **options: object) -> bytes:
    out = BytesIO()
    Image.fromarray(photo(96, 80, 1) if pixels is None else pixels).save(out, kind, **options)
    return out.getvalue()


def png_text(key: str, text: str, **more: str) -> bytes:
    info = PngInfo()
    for name, value in ({key: text} | more).items():
        info.add_itxt(name, value) if name.startswith("XML") else info.add_text(name, value)
    return saved("PNG", pnginfo=info)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    return png[:33] + chunk(kind, body) + png[33:]


def words(labels: Labels) -> None:
    """Every layer's answer can be said in both languages with the facts at hand."""
    for layer in (labels.visible, labels.aigc, labels.c2pa, labels.watermark):
        for language in LANGUAGES:
            assert "{" not in say(language, layer.detail, **layer.facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_photo_gives_none(kind: str, seed: int) -> None:
    labels = read(saved(kind, photo(120, 160, seed)))
    assert verdict(labels) == "none"
    assert labels.media_type == f"image/{kind.lower()}"
    assert labels.produce_id is None
    words(labels)


@pytest.mark.parametrize("colour", [(169, 52, 33), (185, 58, 39), (142, 37, 23), (200, 90, 80)])
def test_a_red_photo_gives_none(colour: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(3)
    pixels = np.clip(rng.normal(0, 25, (300, 300, 3)) + colour, 0, 255).astype(np.uint8)
    assert verdict(read(saved("PNG", pixels))) == "none"


@pytest.mark.parametrize(("label", "word"), [("1", "confirmed"), ("2", "possible"), ("3", "suspected")])
def test_labelling_measures_art6_verdict_follows_the_label(label: str, word: str) -> None:
    labels = read(saved("JPEG", xmp=xmp(foreign(label))))
    assert verdict(labels) == word
    assert labels.aigc.valid
    assert labels.produce_id == "abc123"
    words(labels)


PLACES = {
    "png-xmp": lambda r: png_text("XML:com.adobe.xmp", xmp(r).decode()),
    "png-text": lambda r: png_text("AIGC", '{"AIGC":' + r + "}"),
    "jpeg-xmp": lambda r: saved("JPEG", xmp=xmp(r)),
    "jpeg-exif": lambda r: saved("JPEG", exif=exif('{"AIGC":' + r + "}")),
    "png-exif": lambda r: saved("PNG", exif=exif('{"AIGC":' + r + "}")),
    "webp-xmp": lambda r: saved("WEBP", xmp=xmp(r)),
    "webp-exif": lambda r: saved("WEBP", exif=exif('{"AIGC":' + r + "}")),
    "tiff-xmp": lambda r: saved("TIFF", tiffinfo={700: xmp(r)}),
    "gif-xmp": lambda r: gif_xmp(xmp(r)),
}


def exif(comment: str) -> bytes:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + comment.encode()
    return block.tobytes()


def gif_xmp(packet: bytes) -> bytes:
    gif = saved("GIF")
    at = 13 + (3 << (gif[10] & 7) + 1 if gif[10] & 0x80 else 0)
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return gif[:at] + b"!\xff\x0bXMP DataXMP" + packet + trailer + gif[at:]


@pytest.mark.parametrize("place", PLACES)
def test_other_makers_labels_are_read(place: str) -> None:
    labels = read(PLACES[place](foreign()))
    assert verdict(labels) == "confirmed"
    assert labels.aigc.facts["producer"] == PRODUCER
    words(labels)


BROKEN = {
    "label.aigc.broken.json": '{"Label":"1"',
    "label.aigc.broken.members": '{"Label":"1"}',
    "label.aigc.broken.values": foreign(ProduceID="我的 图"),
    "label.aigc.broken.label": foreign("9"),
}


@pytest.mark.parametrize("detail", BROKEN)
def test_a_broken_record_is_suspected(detail: str) -> None:
    labels = read(saved("JPEG", xmp=xmp(BROKEN[detail])))
    assert labels.aigc.detail == detail
    assert (labels.aigc.found, labels.aigc.valid) == (True, False)
    assert verdict(labels) == "suspected"
    assert labels.produce_id is None
    words(labels)


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.WEBP, Format.SVG])
def test_a_tampered_record_is_suspected(format: Format) -> None:
    data = seal(drawing() if format.vector else picture(200, 200), format, mark())
    tampered = data.replace(b'"Label":"1"', b'"Label":"7"')
    assert tampered != data
    if format is Format.PNG:  # a careful forger mends the chunk's checksum
        at = data.index(b"iTXt")
        (length,) = struct.unpack(">I", data[at - 4 : at])
        tampered = data[: at - 4] + chunk(b"iTXt", tampered[at + 4 : at + 4 + length]) + data[at + 8 + length :]
    labels = read(tampered)
    assert verdict(labels) == "suspected"
    assert labels.aigc.valid is False
    words(labels)


def test_a_broken_packet_with_a_label_in_it_is_suspected_and_one_without_is_nothing() -> None:
    assert read(saved("JPEG", xmp=xmp(foreign())[:-30])).aigc.detail == "label.aigc.broken.packet"
    assert verdict(read(saved("JPEG", xmp=b"<x:xmpmeta>"))) == "none"


def test_gb45438_exactly_one_label_two_are_invalid() -> None:
    two = png_text("AIGC", '{"AIGC":' + foreign() + "}", **{"XML:com.adobe.xmp": xmp(foreign()).decode()})
    labels = read(two)
    assert labels.aigc == Layer(True, False, "label.aigc.several", {"count": "2"})
    assert verdict(labels) == "suspected"
    words(labels)


def test_a_pdf_whose_info_and_xmp_disagree_has_two_labels() -> None:
    data = seal(drawing(), Format.PDF, mark())
    changed = data.replace(b"/AIGC ({" + b'"Label":"1"', b"/AIGC ({" + b'"Label":"3"')
    assert changed != data
    labels = read(changed)
    assert labels.aigc.detail == "label.aigc.several"
    assert verdict(labels) == "suspected"


def test_bytes_added_behind_a_labelled_picture_make_the_label_invalid() -> None:
    for format in (Format.PNG, Format.JPEG, Format.WEBP):
        labels = read(seal(picture(100, 100), format, mark()) + b"PK\x03\x04 an archive")
        assert labels.aigc.detail == "label.aigc.trailing"
        assert verdict(labels) == "suspected"
        words(labels)


def test_a_labelled_file_hidden_behind_a_photo_is_suspected() -> None:
    sealed = seal(picture(100, 100), Format.JPEG, mark())
    for cover in (saved("PNG"), saved("JPEG")):
        labels = read(cover + sealed)
        assert labels.aigc.detail == "label.aigc.stray"
        assert verdict(labels) == "suspected"
        assert labels.produce_id is None
        words(labels)
    assert read(sealed + sealed).aigc.detail == "label.aigc.several"


def test_an_archive_behind_a_photo_is_no_trace_of_generation() -> None:
    assert verdict(read(saved("JPEG") + b"PK\x03\x04" + bytes(100))) == "none"


def test_iptc_source_alone_is_a_trace() -> None:
    extra = (
        '<rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><e:DigitalSourceType>'
        "http://cv.iptc.org/newscodes/digitalsourcetype/{}</e:DigitalSourceType></rdf:Description>"
    )
    plain = xmp("x").replace(b' any:AIGC="x"', b"")
    for name, word in (("trainedAlgorithmicMedia", "suspected"), ("digitalCapture", "none")):
        packet = plain.replace(b"</rdf:RDF>", extra.format(name).encode() + b"</rdf:RDF>")
        labels = read(saved("JPEG", xmp=packet))
        assert verdict(labels) == word
        assert not labels.aigc.found
        words(labels)


def test_c2pa_is_reported_and_only_a_generated_source_is_a_trace() -> None:
    manifest = b"jumbc2pa" + b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    made, camera = (read(with_chunk(saved("PNG"), b"caBX", body)) for body in (manifest, b"jumbc2pa digitalCapture"))
    assert made.c2pa.found
    assert verdict(made) == "suspected"
    assert camera.c2pa.found
    assert verdict(camera) == "none"
    jpeg = saved("JPEG")
    app11 = b"\xff\xeb" + struct.pack(">H", 2 + 8 + len(manifest)) + b"JP\0\1\0\0\0\1" + manifest
    assert verdict(read(jpeg[:2] + app11 + jpeg[2:])) == "suspected"
    words(made)
    words(camera)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scale", [0.5, 0.75, 0.9, 1.5])
def test_the_seal_is_found_on_a_scaled_screenshot(language: str, scale: float) -> None:
    with Image.open(BytesIO(seal(picture(640, 480), Format.PNG, mark(language)))) as image:
        size = (round(640 * scale), round(480 * scale))
        scaled = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))
    labels = read(saved("JPEG", scaled, quality=75))
    # halved, the seal may stand to the pixel where a smaller picture's would: then it is simply valid
    assert labels.visible.detail in ("label.visible.scaled", "label.visible.valid")
    assert labels.visible.facts["wording"] == {"zh": "AI生成", "en": "AI generated"}[language]
    assert verdict(labels) == "suspected"
    words(labels)


def test_svg_without_the_seal_and_other_kinds_of_file() -> None:
    plain = read(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    assert (plain.media_type, verdict(plain)) == ("image/svg+xml", "none")
    for other in (b"hello", b"<!DOCTYPE html><br><svg>", b"MZ\x90\0", bytes(64), b"<?xml version='1.0'?><a/>"):
        labels = read(other)
        assert labels.media_type is None
        assert verdict(labels) == "none"
        words(labels)


def test_svg_with_the_seal_hidden_under_something_is_not_called_marked() -> None:
    text = seal(drawing(), Format.SVG, mark()).decode()
    covered = text.replace("</g></g></svg>", '</g></g><rect width="9999" height="9999"/></svg>')
    assert covered != text
    assert not read(covered.encode()).visible.found


def test_nothing_personal_is_repeated() -> None:
    labels = read(saved("JPEG", xmp=xmp(foreign(ContentProducer="002111010519491231002X1000"))))
    assert labels.aigc.valid
    assert "19491231" not in json.dumps([labels.aigc.facts, labels.visible.facts, labels.c2pa.facts])


def test_our_own_record_is_what_a_stranger_would_write() -> None:
    assert json.loads(aigc_record(mark())).keys() == json.loads(foreign()).keys()
