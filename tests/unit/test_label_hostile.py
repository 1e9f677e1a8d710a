"""Files made to hurt: read() answers or refuses with a reason, in bounded time and memory, and never crashes."""

from __future__ import annotations

import contextlib
import struct
import zlib
from io import BytesIO
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.fakes.pictures import drawing, mark, photo, picture

from pingxing.errors import InvalidRequest, TooLarge, UnreadableFile
from pingxing.i18n import explain
from pingxing.label import pdf, read, seal, verdict
from pingxing.label.kit import Kit
from pingxing.label.watermark import Key
from pingxing.types import LANGUAGES, Format


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000, 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + body + chunk(b"IEND", b"")


def plain(kind: str) -> bytes:
    out = BytesIO()
    Image.fromarray(photo(40, 50, 2)).save(out, kind)
    return out.getvalue()


SAMPLES: dict[str, bytes] = {
    **{
        f.value: seal(drawing(120, 90) if f.vector else picture(120, 90), f, mark()) for f in Format if f.value != "pdf"
    },
    "gif": plain("GIF"),
    "tiff": plain("TIFF"),
}


def answer(data: bytes) -> str:
    """The verdict or the reason; anything but the two kinds of refusal is a crash."""
    started = process_time()
    try:
        result = str(verdict(read(data)))
    except (TooLarge, UnreadableFile) as error:
        for language in LANGUAGES:
            message, hint = explain_narrow(error, language)
            assert message
            assert hint
        result = error.reason
    assert process_time() - started < 5
    return result


def explain_narrow(error: InvalidRequest, language: str) -> tuple[str, str]:
    assert error.reason, "a refusal names its reason"
    return explain(error, language)  # type: ignore[arg-type]


def test_a_declared_size_beyond_the_limit_is_refused_before_decoding() -> None:
    assert answer(png(100_000, 100_000)) == "pixels"
    assert answer(png(2**31 - 1, 1)) == "pixels"
    gif = bytearray(plain("GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    assert answer(bytes(gif)) == "pixels"


def test_limits_are_the_callers() -> None:
    with pytest.raises(TooLarge) as refused:
        read(SAMPLES["png"], max_bytes=100)
    assert refused.value.reason == "bytes"
    with pytest.raises(TooLarge) as refused:
        read(SAMPLES["png"], max_pixels=100)
    assert refused.value.reason == "pixels"


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_compressed_text_that_explodes_is_refused(kind: bytes) -> None:
    bomb = zlib.compress(b" " * (8 << 20), 9)
    head = b"AIGC\0\0" if kind == b"zTXt" else b"AIGC\0\1\0\0\0"
    assert answer(png(10, 10, chunk(kind, head + bomb))) == "bomb"


def test_metadata_beyond_any_need_is_refused() -> None:
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + b"<a>" + b" " * (2 << 20) + b"</a>"
    assert answer(png(10, 10, chunk(b"iTXt", text))) == "metadata"


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10))
    + ']><svg xmlns="http://www.w3.org/2000/svg"><text>&k;</text></svg>'
)


@pytest.mark.parametrize(
    "svg",
    [
        LAUGHS,
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        '<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://localhost/x">%x;]><svg/>',
        "<svg>" + "<g>" * 1000 + "</g>" * 1000 + "</svg>",
    ],
)
def test_hostile_xml_is_refused(svg: str) -> None:
    assert answer(svg.encode()) == "hostile_xml"


def test_hostile_xml_inside_a_picture_is_only_a_broken_packet() -> None:
    body = LAUGHS.replace("svg", "x").encode()
    assert answer(png_real(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + body))) == "none"
    body += b"<!-- tc260.org.cn/ns/AIGC -->"
    assert answer(png_real(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + body))) == "suspected"


def png_real(more: bytes) -> bytes:
    data = plain("PNG")
    return data[:33] + more + data[33:]


def test_an_ordinary_doctype_is_no_attack() -> None:
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert answer(f'<?xml version="1.0"?>{doctype}<svg xmlns="http://www.w3.org/2000/svg"/>'.encode()) == "none"


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "gif"])
def test_every_truncation_is_refused(name: str) -> None:
    data = SAMPLES[name]
    for cut in range(12, len(data) - 2, max(1, len(data) // 97)):
        assert answer(data[:cut]) in ("truncated", "damaged")


def test_empty_is_refused() -> None:
    assert answer(b"") == "empty"


def nested_forms(depth: int) -> bytes:
    """A PDF whose page draws a form that draws the next one ten times, and so on."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        b"<</Length 5>>stream\n/F Do\nendstream",
    ]
    for level in range(depth):
        last = level == depth - 1
        drawn = b"0 0 1 1 re f " * 10 if last else b"/F Do " * 10
        below = b"" if last else b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level)
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]%s/Length %d>>stream\n" % (below, len(drawn))
        bodies.append(head + drawn + b"\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + table + end


def test_a_page_that_draws_for_ever_is_given_up() -> None:
    labels = read(nested_forms(10), seconds=1.0)
    assert labels.visible.detail == "label.visible.no_time"
    assert verdict(labels) == "none"


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF", nested_forms(1)[:200]])
def test_a_damaged_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        pdf.contents(data)


def test_a_damaged_pdf_is_refused_by_the_process_that_opens_it() -> None:
    assert answer(b"%PDF-1.7\n") == "damaged"


FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    if b"%PDF-" not in data[:1024]:
        answer(data)


@FUZZ
@given(
    st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x40\0\0\0WEBP", b"GIF89a", b"II*\0", b"MM\0*", b"<svg"]
    ),
    st.binary(max_size=400),
)
def test_any_bytes_behind_a_true_beginning_get_an_answer(head: bytes, data: bytes) -> None:
    answer(head + data)


@FUZZ
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
    st.binary(max_size=30),
)
def test_mutated_cut_and_extended_files_get_an_answer(
    name: str, changes: list[tuple[float, int]], cut: float, tail: bytes
) -> None:
    data = bytearray(SAMPLES[name])
    for where, value in changes:
        data[int(where * len(data))] = value
    kept = len(data) if cut > 0.5 else int(cut * 2 * len(data))
    answer(bytes(data[:kept]) + tail)


@settings(FUZZ, max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=30), st.floats(0.3, 1))
def test_mutated_pdfs_are_parsed_or_refused(changes: list[tuple[float, int]], cut: float) -> None:
    data = bytearray(PDF)
    for where, value in changes:
        data[int(where * len(data))] = value
    with contextlib.suppress(UnreadableFile):
        pdf.contents(bytes(data[: int(cut * len(data))]))


PDF = seal(drawing(120, 90), Format.PDF, mark())


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = SAMPLES["jpeg"]
    at = data.index(b"\xff\xda")
    (length,) = struct.unpack_from(">H", data, at + 2)
    assert answer(data[:at] + data[at : at + 2 + length] * 1000 + data[at:]) == "bomb"


def test_a_gif_of_tiny_blocks_is_refused_soon() -> None:
    data = plain("GIF")
    at = 13 + (3 << (data[10] & 7) + 1)
    assert answer(data[:at] + b"!\xfe" + b"\x01a" * 2_000_000 + b"\0" + data[at:]) == "bomb"


def test_a_jpeg_of_stuffed_bytes_is_walked_quickly() -> None:
    data = SAMPLES["jpeg"]
    assert answer(data[:-2] + b"\xff\x00" * 8_000_000 + b"\xff\xd9") == "confirmed"


def test_thousands_of_records_are_several() -> None:
    record = b'<a:AIGC xmlns:a="http://www.tc260.org.cn/ns/AIGC/1.0/">{}</a:AIGC>'
    assert answer(b'<svg xmlns="http://www.w3.org/2000/svg">' + record * 20_000 + b"</svg>") == "suspected"


def test_a_picture_longer_than_any_of_ours_is_answered_and_not_searched() -> None:
    out = BytesIO()
    Image.new("L", (8_193, 96)).save(out, "PNG")
    kit = Kit(watermark=Key(1, bytes(range(32))))
    assert read(out.getvalue(), kit).watermark.detail == "label.watermark.too_long"
