"""Strangers' pictures as pixels: what people see, or a clear error; never anything else."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label import seal
from pingxing.label.opening import MAX_PIXELS, bared, opaque, open_picture
from pingxing.policy.hashes import NEAR, distance, hash_of
from pingxing.types import Format, Mark, Picture

MOST = 1 << 20
SEEN = np.random.default_rng(3).integers(0, 255, (24, 40, 3), dtype=np.uint8)


def saved(image: Image.Image, form: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def opened(data: bytes) -> Picture:
    return open_picture(data, max_bytes=MOST).picture


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that says it has this size, whatever its rows hold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_pixels_come_as_they_are(form: str) -> None:
    data = saved(Image.fromarray(SEEN), form, **({"lossless": True} if form == "WEBP" else {}))
    assert (opened(data).pixels == SEEN).all()
    assert (opened(data).width, opened(data).height) == (40, 24)


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("L", 3), ("1", 3), ("P", 3), ("RGB", 3), ("RGBA", 3), ("LA", 3), ("I;16", 3)],
)
def test_every_mode_becomes_colour(mode: str, channels: int) -> None:
    image = Image.fromarray(SEEN)
    if mode == "I;16":
        image = Image.fromarray((np.asarray(image.convert("L")).astype(np.uint16) << 8) + 17)
    else:
        image = image.convert(mode)
    picture = opened(saved(image, "PNG"))
    assert picture.pixels.shape == (24, 40, channels)
    grey = np.asarray(Image.fromarray(SEEN).convert("L"))
    if mode in ("L", "LA", "I;16"):
        assert (picture.pixels[..., 0] == grey).all()


def test_what_shines_through_stays_so() -> None:
    clear = Image.fromarray(SEEN).convert("RGBA")
    clear.putpixel((0, 0), (9, 8, 7, 0))
    picture = opened(saved(clear, "PNG"))
    assert picture.pixels.shape == (24, 40, 4)
    assert tuple(picture.pixels[0, 0]) == (9, 8, 7, 0)
    assert tuple(opaque(picture).pixels[0, 0]) == (9, 8, 7)


def test_a_photo_stands_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    picture = opened(saved(Image.fromarray(SEEN), "PNG", exif=exif))
    assert (picture.width, picture.height) == (24, 40)
    assert (picture.pixels == np.rot90(SEEN, -1)).all()


def test_cmyk_photos_of_printers() -> None:
    assert opened(saved(Image.fromarray(SEEN).convert("CMYK"), "JPEG")).pixels.shape == (24, 40, 3)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_without_our_mark_is_nearly_what_it_was(language: str) -> None:
    chance = np.random.default_rng(11)
    small = Image.fromarray(chance.integers(0, 255, (12, 12, 3), dtype=np.uint8))
    pixels = np.ascontiguousarray(np.asarray(small.resize((320, 320), Image.Resampling.BICUBIC)))
    before = Picture(320, 320, pixels)
    mark = Mark(language, "PINGXING-UNREGISTERED", "a" * 32, "Pingxing", "1", "scene", datetime(2026, 1, 1, tzinfo=UTC))
    marked = opened(seal(before, Format.PNG, mark))
    bare = bared(marked)
    assert bare is not None
    away = [distance(hash_of(before).hex, hash_of(other).hex) for other in (bare, marked)]
    assert away[0] <= NEAR
    assert away[0] < away[1]
    changed = (bare.pixels != marked.pixels).any(axis=2)
    assert 0.005 < changed.mean() < 0.2
    assert bared(before) is None


def test_bombs_are_not_lit() -> None:
    with pytest.raises(TooLarge):
        opened(png_of(60_000, 60_000, b""))
    with pytest.raises(TooLarge):
        opened(png_of(8_000, MAX_PIXELS // 8_000 + 1, b""))
    with pytest.raises(TooLarge):
        opened(png_of(16, 9_000, b""))
    with pytest.raises(UnreadableFile):  # a size it does not have, and a row that never ends
        opened(png_of(64, 64, bytes(40_000_000)[:100]))


def test_too_many_bytes() -> None:
    with pytest.raises(TooLarge):
        open_picture(bytes(MOST + 1), max_bytes=MOST)


FILES = [
    saved(Image.fromarray(SEEN), "PNG"),
    saved(Image.fromarray(SEEN), "JPEG"),
    saved(Image.fromarray(SEEN), "WEBP"),
    saved(Image.fromarray(SEEN).convert("P"), "PNG"),
    saved(Image.fromarray(SEEN), "JPEG", progressive=True),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 255)), max_size=12),
    st.integers(0, 4_000),
)
def test_damage_is_an_error_or_a_picture(file: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    broken = bytearray(file)
    for at, value in changes:
        broken[at % len(broken)] = value
    try:
        picture = opened(bytes(broken[: len(broken) - cut % len(broken)]))
    except (TooLarge, UnreadableFile):
        return
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape[:2] == (picture.height, picture.width)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 "]))
def test_any_bytes_are_an_error(tail: bytes, head: bytes) -> None:
    with pytest.raises((TooLarge, UnreadableFile)):
        opened(head + tail)
