"""The mark of films: it lies still within a scene, moves at a cut, and outlives a codec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pingxing.label.kit import Kit
from pingxing.label.media import looking, video
from pingxing.label.reading import read, verdict
from pingxing.label.watermark import Detection, Key, Message, detect
from pingxing.label.watermark.film import Cuts, Weaver, seek

Frame = NDArray[np.uint8]
KEY = Key(7, b"a secret of the tests")
OTHER = Key(7, b"another secret of that id")
MESSAGE = Message(7, 0xC0FFEE1234)
SIZE = (352, 288)


def _scene(number: int) -> Image.Image:
    """A drawing on a soft ground."""
    chance = np.random.default_rng(number)
    radius = np.hypot(np.fft.fftfreq(SIZE[1])[:, None], np.fft.rfftfreq(SIZE[0])[None])
    radius[0, 0] = 1
    ground = np.fft.irfft2(np.fft.rfft2(chance.normal(size=SIZE[::-1])) / radius**1.5, s=SIZE[::-1])
    grey = ground / ground.std() * 25 + (90, 170)[number % 2]
    image = Image.fromarray(np.clip(grey[:, :, None] * np.array([1, 0.9, 0.8]), 0, 255).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((40, 60, 160, 200), fill=(60 + 90 * number, 120, 200), outline=(10, 10, 10))
    return image


def _frames(count: int = 24, scenes: int = 2) -> Iterator[Frame]:
    """A box that moves over each scene in turn."""
    drawn = [_scene(number) for number in range(scenes)]
    for number in range(count):
        image = drawn[number * scenes // count].copy()
        ImageDraw.Draw(image).rectangle((6 * number, 220, 6 * number + 30, 250), fill=(250, 240, 60))
        yield np.asarray(image)


def _encoded(frames: Iterable[Frame], crf: int, form: str = "mp4") -> bytes:
    av = pytest.importorskip("av")
    out = BytesIO()
    with av.open(out, "w", format=form) as target:
        stream = None
        for frame in frames:
            if stream is None:
                stream = target.add_stream("h264", rate=12, options={"crf": str(crf), "preset": "veryfast"})
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt = "yuv420p"
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode(None))
    return out.getvalue()


def _decoded(film: bytes) -> list[Frame]:
    av = pytest.importorskip("av")
    with av.open(BytesIO(film)) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


@pytest.fixture(scope="module")
def woven() -> list[Frame]:
    weaver = Weaver(MESSAGE, KEY)
    return [weaver.weave(frame) for frame in _frames()]


@pytest.fixture(scope="module")
def labelled() -> bytes:
    """As the studio gives it out: sealed, marked, MP4."""
    return video.mark_video(_encoded(_frames(), 12), "zh", weaver=Weaver(MESSAGE, KEY))


def test_cuts_are_told_from_movement() -> None:
    cuts = Cuts()
    assert [number for number, frame in enumerate(_frames(24, 3)) if cuts.starts(frame)] == [0, 8, 16]


def test_the_mark_lies_still_within_a_scene_and_moves_at_a_cut(woven: list[Frame]) -> None:
    places = [detect(frame, [KEY]).offset for frame in (woven[0], woven[11], woven[12], woven[23])]
    assert None not in places
    first, same, second, again = (np.array(place) for place in places)
    assert np.abs(first - same).max() < 0.02
    assert np.abs(second - again).max() < 0.02
    assert np.abs(first - second).max() > 0.02


def test_every_frame_stays_at_42_db(woven: list[Frame]) -> None:
    for frame, marked in zip(_frames(), woven, strict=True):
        assert 10 * np.log10(255**2 / np.mean((frame.astype(float) - marked) ** 2)) >= 42


def test_frames_are_the_same_every_time(woven: list[Frame]) -> None:
    weaver = Weaver(MESSAGE, KEY)
    assert all(np.array_equal(weaver.weave(frame), there) for frame, there in zip(_frames(), woven, strict=True))


def test_each_scene_alone_names_the_receipt(woven: list[Frame]) -> None:
    for part in (woven[:12], woven[12:]):
        assert seek(part, [OTHER, KEY]).tag == MESSAGE.tag
        assert not seek(part, [OTHER]).found


def test_a_film_nobody_marked_holds_nothing() -> None:
    assert seek(_frames(), [KEY, OTHER]) == Detection(False)
    assert seek([], [KEY]) == Detection(False)


def test_a_later_scene_is_searched_when_the_first_holds_nothing(woven: list[Frame]) -> None:
    found = seek([*list(_frames())[:12], *woven[12:]], [KEY])
    assert found.tag == MESSAGE.tag
    assert found.false_alarm <= 2e-9


@pytest.mark.parametrize("form", ["mp4", "matroska", "avi"])
def test_the_film_is_found_after_crf_28_without_metadata(labelled: bytes, form: str) -> None:
    """Another encoder's hands: re-encoded, another container, nothing of our metadata left."""
    labels = read(_encoded(_decoded(labelled), 28, form), Kit(watermark=KEY))
    assert not labels.aigc.found
    assert not labels.c2pa.found
    assert labels.watermark.found
    assert labels.watermark.detail == "label.watermark.found"
    assert labels.tag == MESSAGE.tag
    assert verdict(labels) == "suspected"  # traces, without metadata: the measures' word; the ledger may say more


def test_wrong_keys_and_clean_films_say_that_nothing_was_found(labelled: bytes) -> None:
    for film, key in ((labelled, OTHER), (_encoded(_frames(), 23), KEY)):
        labels = read(film, Kit(watermark=key))
        assert (labels.watermark.found, labels.watermark.detail) == (False, "label.watermark.none")
        assert labels.tag is None


@pytest.mark.parametrize(("height", "holds"), [(video.WOVEN, True), (video.WOVEN - 2, False)])
def test_films_from_a_certain_size_on_are_marked(height: int, holds: bool) -> None:
    frames = [frame[:height] for frame in _frames(8, 1)]
    done = _decoded(video.mark_video(_encoded(frames, 8), "zh", weaver=Weaver(MESSAGE, KEY)))
    assert (seek(done, [KEY]).tag == MESSAGE.tag) is holds


def test_without_a_key_the_seal_is_looked_for_and_no_watermark(labelled: bytes) -> None:
    labels = read(labelled)
    assert labels.watermark.detail == "label.watermark.not_looked_for"
    assert labels.visible.detail == "label.visible.valid"
    assert float(labels.visible.facts["share"]) > 8  # the opening's


def test_films_too_small_too_large_and_damaged_say_so() -> None:
    small = _encoded((np.random.default_rng(1).integers(0, 256, (80, 128, 3), np.uint8) for _ in range(4)), 20)
    looked = looking.look(small, [KEY], 10**7, 4.0)
    assert looked is not None
    assert looked.small
    film = _encoded(_frames(8, 1), 20)
    assert looking.look(film, [KEY], 10_000, 4.0) is None
    assert looking.look(b"\0" * 5000, [KEY], 10**7, 4.0) is None
    assert looking.look(film, [KEY], 10**7, 0.0) is None
    assert read(film, Kit(watermark=KEY), max_pixels=10_000).visible.detail == "label.visible.no_frames"


def test_a_film_damaged_half_way_is_read_as_far_as_it_goes(labelled: bytes) -> None:
    broken = bytearray(_encoded(_decoded(labelled), 23, "matroska"))
    broken[-len(broken) // 3 :] = bytes(len(broken) // 3)
    looked = looking.look(bytes(broken), [KEY], 10**7, 4.0)
    assert looked is not None
    assert looked.seen.tag == MESSAGE.tag


def test_a_child_that_does_not_end_is_ended(labelled: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_STARTING", -0.19)
    assert looking.look(labelled, [KEY], 10**7, 0.1) is None
