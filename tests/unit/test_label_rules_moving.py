"""What moves: the seal in every frame, and a reader of strangers' films that finds it and measures it."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import encoding, read, seal_moving, webm
from pingxing.label import moving as moving_room
from pingxing.label.encoding import Film, Kind, encode
from pingxing.label.kit import Kit
from pingxing.label.lint import lint
from pingxing.label.measure import measure
from pingxing.label.media import looking
from pingxing.label.moving import shown
from pingxing.label.record import Aigc
from pingxing.label.visible import flat, place, stamp
from pingxing.label.watermark import Key
from pingxing.label.watermark.film import seek
from pingxing.label.xmp import Provenance
from pingxing.types import LANGUAGES, Language, Mark, Motion, Picture

Frame = NDArray[np.uint8]
MARK = Mark("zh", "UNREGISTERED", "a" * 32, "Pingxing", "1", "scene", datetime(2026, 11, 22, tzinfo=UTC), trained=False)
pytestmark = pytest.mark.usefixtures("films_here")
needs_media = pytest.mark.skipif(not webm.available(), reason="needs the extra media")


def sticker(width: int, height: int, count: int = 3) -> Picture:
    """A box on a clear ground, that goes down."""
    frames = []
    for number in range(count):
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[number * 2 : height // 2 + number * 2, width // 5 : -width // 5] = (240, 160, 60, 255)
        frames.append(pixels)
    return Picture(width, height, frames[0], frames=tuple(frames))


def film(frames: Sequence[Frame], form: str = "mp4") -> bytes:
    """H.264 in colours that stay what they are, without any metadata."""
    av = pytest.importorskip("av")
    out = BytesIO()
    with av.open(out, "w", format=form) as target:
        stream = target.add_stream("h264", rate=12, options={"crf": "14", "preset": "veryfast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode(None))
    return out.getvalue()


def stamped(frame: Frame, language: Language = "zh") -> Frame:
    image = Image.fromarray(frame)
    stamp(image, place(Picture(image.width, image.height, frame), language))
    return np.asarray(image)


def ground(width: int, height: int, count: int) -> list[Frame]:
    across, down = np.arange(width)[None, :, None], np.arange(height)[:, None, None]
    return [(np.array([60, 120, 90]) + (across + down + n) % 40).astype(np.uint8) for n in range(count)]


# --- what a reader sees of strangers' films


@needs_media
@pytest.mark.parametrize("size", [(50, 50), (101, 99), (240, 130)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_gb45438_4_5_the_mark_of_a_webm_with_alpha_is_found_and_measured(
    size: tuple[int, int], language: Language
) -> None:
    picture = sticker(*size)
    data = seal_moving(picture, Motion(name="bounce", form="webm", frames=3), replace(MARK, language=language))
    visible = read(data).visible
    assert (visible.found, visible.valid, visible.detail) == (True, True, "label.visible.valid")
    said = place(picture, language).plate.language  # an icon has no room for the English words
    assert visible.facts["wording"] == {"zh": "AI生成", "en": "AI generated"}[said]
    assert not [one.rule for one in lint(data) if one.rule in ("no_visible", "faint", "visible_unchecked")]


def test_gb45438_4_5_a_seal_in_some_frames_only_is_told() -> None:
    frames = ground(160, 120, 4)
    whole = read(film([stamped(frame) for frame in frames])).visible
    assert (whole.found, whole.valid) == (True, True)
    half = film([stamped(frames[0]), stamped(frames[1]), *frames[2:]])
    seen = read(half).visible
    assert (seen.found, seen.valid, seen.detail) == (True, None, "label.visible.some_frames")
    assert [one.clauses for one in lint(half) if one.rule == "no_visible"] == [("clause.labelling_4_4",)]
    bare = film(frames)
    assert read(bare).visible.detail == "label.visible.not_recognised"
    assert "no_visible" in {one.rule for one in lint(bare)}


def test_gb45438_4_5_a_faint_seal_in_one_frame_is_what_the_film_is_judged_by() -> None:
    frames = [stamped(frame) for frame in ground(160, 120, 3)]
    pale = (frames[2].astype(np.float32) * 0.35 + 0.65 * np.array([150, 60, 60])).astype(np.uint8)
    visible = read(film([*frames[:2], pale])).visible
    assert visible.found
    assert visible.valid is not True


def test_a_scaled_film_is_told_to_be_one() -> None:
    frames = [np.asarray(Image.fromarray(stamped(f)).resize((240, 160))) for f in ground(480, 320, 2)]
    visible = read(film(frames, "matroska")).visible
    assert (visible.found, visible.valid, visible.detail) == (True, None, "label.visible.scaled")


def test_a_film_that_cannot_be_read_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "look", lambda *words: None)
    data = film(ground(160, 120, 2))
    assert read(data).visible.detail == "label.visible.no_frames"
    assert [one.rule for one in lint(data) if "visible" in one.rule] == ["visible_unchecked"]


# --- what leaves: sealed in every frame, one label, lawful when it is read again -----------------


KEY = Key(3, b"a secret of these tests")


def smooth(side: int, count: int = 2, *, clear: bool = False) -> Picture:
    """A picture that the watermark has room in."""
    across = np.arange(side)[None, :, None] + np.arange(side)[:, None, None] // 2
    frames = [np.broadcast_to((60 + (across + 3 * n) % 97), (side, side, 3)).astype(np.uint8) for n in range(count)]
    if clear:
        frames = [np.dstack([frame, np.full((side, side), 255, np.uint8)]) for frame in frames]
    return Picture(side, side, frames[0], frames=tuple(frames))


def moving(form: str = "gif", **more: object) -> Motion:
    return Motion.model_validate({"name": "bounce", "form": form, "frames": 2, "seconds": 0.5} | more)


def parts(failed: pytest.ExceptionInfo[LabelFailed]) -> tuple[str, object]:
    return failed.value.reason, failed.value.params.get("part")


def test_gb45438_every_frame_of_a_small_film_is_sealed_and_a_copy_of_art_9_is_not() -> None:
    picture, motion = sticker(120, 100, 4), moving("apng", frames=4)
    x0, y0, x1, y1 = place(picture, "zh").box
    sealed, bare = (shown(seal_moving(picture, motion, MARK, bare=bare), motion) for bare in (False, True))
    for frame, without, source in zip(sealed, bare, picture.frames, strict=True):
        assert (without == source).all()
        assert (frame[y0:y1, x0:x1] != source[y0:y1, x0:x1]).any(axis=2).mean() > 0.9
        outside = np.ones(source.shape[:2], bool)
        outside[y0:y1, x0:x1] = False
        assert (frame[outside] == source[outside]).all()


@needs_media
@pytest.mark.parametrize(
    ("form", "side", "marked"),
    [("webp", 256, True), ("webm", 256, True), ("webp", 254, False), ("gif", 256, False), ("apng", 256, False)],
)
def test_webp_and_webm_from_256_pixels_carry_the_watermark(form: str, side: int, marked: bool) -> None:
    kit, motion = Kit(watermark=KEY), moving(form)
    frames = shown(seal_moving(smooth(side), motion, MARK, kit), motion)
    seen = seek([np.ascontiguousarray(frame[..., :3]) for frame in frames], [KEY])
    assert (seen.tag == kit.tag(MARK.produce_id)) is marked
    assert seen.found is marked


def test_weaving_leaves_what_is_clear_as_it_is() -> None:
    picture = smooth(256, clear=True)
    for frame in picture.frames:
        frame[:, 118:138, 3] = 0
    motion = moving("webp")
    for frame in shown(seal_moving(picture, motion, MARK, Kit(watermark=KEY)), motion):
        assert frame[:, 121:135, 3].max() < 8
        assert frame[:, 150:, 3].min() == 255


def test_credentials_are_signed_over_the_film_and_bound_to_its_watermark(monkeypatch: pytest.MonkeyPatch) -> None:
    signed: list[tuple[str, bytes, object]] = []

    def sign(data: bytes, media: str, mark: Mark, credentials: object, **more: object) -> bytes:
        signed.append((media, more["tag"], more["ingredients"]))  # type: ignore[arg-type]
        return data

    monkeypatch.setattr(moving_room.c2pa, "sign", sign)
    kit = Kit(credentials="those of the house", watermark=KEY)  # type: ignore[arg-type]
    for form in ("webp", "gif", *(["webm"] if webm.available() else [])):  # no library signs Matroska
        seal_moving(smooth(256), moving(form), MARK, kit, ("it came from",))  # type: ignore[arg-type]
    assert signed == [("image/webp", b"\xaa" * 5, ("it came from",)), ("image/gif", b"", ("it came from",))]


def test_frames_must_be_two_at_least_of_the_pictures_size_kind_and_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    good = sticker(60, 50, 2)
    assert seal_moving(good, moving(), MARK)
    solid = tuple(np.ascontiguousarray(frame[..., :3]) for frame in good.frames)
    assert seal_moving(replace(good, frames=solid), moving(), MARK)
    grey = tuple(frame[..., :1] for frame in good.frames)
    for frames in (
        good.frames[:1],
        (good.frames[0], good.frames[1][:-1]),
        (good.frames[0], good.frames[1].astype(np.int16)),
        (good.frames[0], good.frames[1][..., 0]),
        grey,
    ):
        with pytest.raises(LabelFailed) as failed:
            seal_moving(replace(good, frames=frames), moving(), MARK)
        assert failed.value.reason == "picture"
    with pytest.raises(LabelFailed):
        seal_moving(sticker(60, 49, 2), moving(), MARK)
    monkeypatch.setattr(moving_room, "MAX_PIXELS", 2 * 60 * 50)
    assert seal_moving(good, moving(), MARK)
    with pytest.raises(LabelFailed):
        seal_moving(sticker(60, 50, 3), moving(), MARK)
    monkeypatch.setattr(moving_room, "MAX_PIXELS", 2 * 60 * 50 - 1)
    with pytest.raises(LabelFailed):
        seal_moving(good, moving(), MARK)


def test_solid_frames_stay_solid() -> None:
    motion = moving("apng")
    for frame in shown(seal_moving(smooth(64), motion, MARK), motion):
        assert frame[..., 3].min() == 255


@pytest.mark.parametrize("part", ["aigc", "iptc"])
def test_a_film_whose_record_is_not_this_marks_does_not_leave(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = moving_room.write_label

    def wrong(data: bytes, media: str, record: Aigc, made: Provenance) -> bytes:
        if part == "aigc":
            return real(data, media, replace(record, produce_id="another"), made)
        return real(data, media, record, replace(made, system="another"))

    monkeypatch.setattr(moving_room, "write_label", wrong)
    with pytest.raises(LabelFailed) as failed:
        seal_moving(sticker(64, 64), moving(), MARK)
    assert parts(failed) == ("read_back", part)


@pytest.mark.parametrize(
    "change", ["one frame unsealed", "one frame", "another size", "another kind", "appended", "cut"]
)
def test_gb45438_a_film_that_does_not_read_back_in_every_frame_does_not_leave(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, motion = sticker(64, 64, 3), moving(frames=3)

    def wrong(film: Film, kind: Kind, most: int | None, least: int = 2) -> bytes | None:
        frames = list(film.frames)
        if change == "one frame unsealed":
            frames[2] = picture.frames[2]
        if change == "one frame":
            frames = frames[:1]
        if change == "another size":
            frames = [np.ascontiguousarray(np.pad(frame, ((0, 0), (0, 2), (0, 0)))) for frame in frames]
        return encode(replace(film, frames=tuple(frames)), "webp" if change == "another kind" else kind, most, least)

    real = moving_room._labelled

    def labelled(data: bytes, *more: object) -> bytes:
        if change == "another kind":
            return real(data, moving("webp"), *more[1:])  # type: ignore[arg-type]
        done = real(data, *more)  # type: ignore[arg-type]
        return done + b"more" if change == "appended" else done[: len(done) // 2] if change == "cut" else done

    monkeypatch.setattr(moving_room, "encode", wrong)
    monkeypatch.setattr(moving_room, "_labelled", labelled)
    with pytest.raises(LabelFailed) as failed:
        seal_moving(picture, motion, MARK)
    assert parts(failed) == ("read_back", "visible" if change == "one frame unsealed" else "container")


@pytest.mark.parametrize("clear", ["words", "ground", "nothing"])
def test_a_seal_that_can_be_read_over_one_ground_only_does_not_leave(
    clear: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over white clear words are white and over black they are gone; a clear ground is the other way round."""
    picture, motion = sticker(128, 128), moving("apng")
    x0, y0, x1, y1 = place(picture, "zh").box

    def thin(film: Film, kind: Kind, most: int | None, least: int) -> bytes | None:
        frames = []
        for frame in film.frames:
            frame = frame.copy()
            light = frame[y0:y1, x0:x1, 1] > 150
            there = {"words": light, "ground": ~light, "nothing": np.zeros_like(light)}[clear]
            frame[y0:y1, x0:x1, 3][there] = 0
            frames.append(frame)
        return encode(replace(film, frames=tuple(frames)), kind, most, least)

    monkeypatch.setattr(moving_room, "encode", thin)
    if clear == "nothing":
        assert seal_moving(picture, motion, MARK)
        return
    with pytest.raises(LabelFailed) as failed:
        seal_moving(picture, motion, MARK)
    assert parts(failed) == ("read_back", "visible")
    lawful = {
        ground: all(
            measure(flat(np.ascontiguousarray(frame[y0:y1, x0:x1]), ground), place(picture, "zh").plate).keeps_the_law
            for frame in shown(thin(Film(sealed(picture), (0.1,) * 3, 0), "apng", None, 2) or b"", motion)
        )
        for ground in (255, 0)
    }
    assert lawful == {255: clear == "words", 0: clear == "ground"}


def sealed(picture: Picture) -> tuple[Frame, ...]:
    return tuple(moving_room._stamped(frame, place(picture, "zh")) for frame in picture.frames)


def test_frames_that_cannot_be_shown_do_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (OSError(), ValueError(), SyntaxError(), UnreadableFile("damaged")):
        monkeypatch.setattr(moving_room, "shown", raising(error))
        with pytest.raises(LabelFailed) as failed:
            seal_moving(sticker(64, 64), moving(), MARK)
        assert parts(failed) == ("read_back", "container")


def raising(error: Exception) -> object:
    def shown(data: bytes, motion: Motion) -> list[Frame]:
        raise error

    return shown


# --- within so many bytes ------------------------------------------------------------------------


def tried(kind: str, count: int, least: int, fits: int | None) -> list[tuple[int, int]]:
    """(frames, step) of every attempt until the one that fits."""
    seen: list[tuple[int, int]] = []

    def write(film: Film, step: int) -> bytes:
        seen.append((len(film.frames), step))
        return b"x" * (100 - len(seen))

    film = Film(sticker(50, 50, count).frames, (0.1,) * count, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(encoding._WRITERS, kind, write)  # type: ignore[arg-type]
        found = encode(film, kind, fits, least)  # type: ignore[arg-type]
    assert (found is None) == (fits is not None and 100 - len(seen) > fits)
    return seen


def test_quality_goes_first_and_then_every_fourth_frame_down_to_the_fewest() -> None:
    qualities = [92, 85, 75, 60, 45, 30, 15, 5]
    assert tried("webp", 20, 5, 1) == [(20, q) for q in qualities] + [(15, 5), (11, 5), (8, 5), (6, 5), (5, 5)]
    assert tried("jpeg", 1, 2, 1) == [(1, q) for q in qualities]
    assert tried("webm", 4, 3, 1) == [(4, q) for q in (20, 28, 36, 44, 52, 60)] + [(3, 60)]
    assert tried("gif", 3, 1, 1) == [(3, c) for c in (256, 128, 64, 32, 16)] + [(2, 16), (2, 8), (2, 4)]
    assert tried("apng", 3, 3, 1) == [(3, c) for c in (0, 256, 128, 64, 32, 16, 8, 4)]
    for kind, colours in (
        ("gif", (256, 128, 64, 32, 16)),
        ("apng", (0, 256, 128, 64, 32, 16)),
    ):  # a still
        assert tried(kind, 1, 2, 1) == [(1, c) for c in colours]
    assert tried("webp", 20, 5, 98) == [(20, 92), (20, 85)]  # exactly as many bytes as there may be
    assert tried("webp", 20, 5, None) == [(20, 92)]


def test_labels_count_among_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []

    def measured(film: Film, kind: Kind, most: int | None, least: int) -> bytes | None:
        asked.append(most)
        return encode(film, kind, None)

    monkeypatch.setattr(moving_room, "encode", measured)
    seal_moving(sticker(64, 64), moving(), MARK)
    seal_moving(sticker(64, 64), moving(bytes=10_000), MARK)
    assert asked == [None, 6_000]


def test_a_second_round_knows_what_labels_weigh(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[tuple[int | None, int]] = []

    def film(film: Film, kind: Kind, most: int | None, least: int) -> bytes:
        rounds.append((most, least))
        return b"f" * 100

    weights = iter([10_001, 10_050, 10_000])
    monkeypatch.setattr(moving_room, "encode", film)
    monkeypatch.setattr(moving_room, "_labelled", lambda *all: b"l" * next(weights))
    monkeypatch.setattr(moving_room, "_check", lambda *all: None)
    picture = sticker(64, 64, 7)
    assert len(seal_moving(picture, moving(bytes=10_000), MARK)) == 10_000
    assert rounds == [(6_000, 5), (10_000 - 9_901 - 64, 5), (1, 5)]
    monkeypatch.setattr(moving_room, "_labelled", lambda *all: b"l" * 10_001)
    rounds.clear()
    with pytest.raises(LabelFailed) as failed:
        seal_moving(picture, moving(bytes=10_000), MARK)
    assert (failed.value.reason, failed.value.params) == ("too_heavy", {"limit": 10_000})
    assert len(rounds) == 4
    monkeypatch.setattr(moving_room, "encode", lambda *all: None)
    with pytest.raises(LabelFailed) as failed:
        seal_moving(picture, moving(bytes=10_000), MARK)
    assert (failed.value.reason, failed.value.params) == ("too_heavy", {"limit": 10_000})


def test_a_film_of_fewer_frames_keeps_its_own_number(monkeypatch: pytest.MonkeyPatch) -> None:
    fewest: list[int] = []
    monkeypatch.setattr(moving_room, "encode", lambda film, kind, most, least: fewest.append(least))
    for count in (2, 9):
        with pytest.raises(LabelFailed):
            seal_moving(sticker(64, 64, count), moving(), MARK)
    assert fewest == [2, 5]


# --- what containers say of time -----------------------------------------------------------------


@pytest.mark.parametrize(("loops", "said"), [(0, 0), (1, 1), (3, 3)])
def test_loops_and_times_are_what_was_asked_for(loops: int, said: int) -> None:
    film = Film(sticker(60, 60, 4).frames, (0.1, 0.057, 0.001, 0.25), loops)
    for kind in ("gif", "apng", "webp"):
        with Image.open(BytesIO(encode(film, kind, None) or b"")) as image:  # type: ignore[arg-type]
            times = [frame.load() and frame.info["duration"] for frame in ImageSequence.Iterator(image)]
            found = image.info.get("loop", None if kind == "gif" else 0)
        assert times == [100, 50, 20, 250]  # hundredths, rounded down; no player shows one of less than two
        assert found == ({0: 0, 1: None, 3: 2}[loops] if kind == "gif" else said)


def test_fewer_frames_show_what_was_seen_in_the_middle_of_their_time() -> None:
    film = Film(tuple(np.full((50, 50, 4), n, np.uint8) for n in range(6)), (0.1, 0.1, 0.3, 0.1, 0.1, 0.1), 0)
    thin = encoding.thinned(film, 3)
    assert [int(frame[0, 0, 0]) for frame in thin.frames] == [1, 2, 4]  # at 0.13, 0.4 and 0.67 of 0.8 s
    assert thin.seconds == pytest.approx((0.26,) * 3)
    short = encoding.resampled(film, 3, 0.05)
    assert [int(frame[0, 0, 0]) for frame in short.frames] == [1, 2, 4]
    assert short.seconds == pytest.approx((0.02,) * 3)


def test_frames_that_are_alike_stay_two() -> None:
    still = sticker(60, 60, 1).frames[0]
    data = encode(Film((still,) * 3, (0.1,) * 3, 0), "apng", None) or b""
    with Image.open(BytesIO(data)) as image:
        pictures = [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]
    assert [int(one[0, 0, 2]) for one in pictures] == [0, 1, 0]
    assert all((one[1:] == still[1:]).all() for one in pictures)


# --- WEBM with alpha -----------------------------------------------------------------------------


class Watched:
    """An opened container that notes how its stream was asked for."""

    def __init__(self, container: Any, asked: list[Any]) -> None:
        self._container, self._asked = container, asked

    def __enter__(self) -> Watched:
        self._container.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._container.__exit__(*error)

    def add_stream(self, codec: str, **more: Any) -> Any:
        stream = self._container.add_stream(codec, **more)
        self._asked += [codec, more, stream]
        return stream

    def mux(self, packets: Any) -> None:
        self._container.mux(packets)


@needs_media
def test_webm_is_written_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    asked: list[Any] = []
    really = av.open
    monkeypatch.setattr(av, "open", lambda *words, **more: Watched(really(*words, **more), asked))
    data = webm.write(sticker(61, 50, 3).frames, 0.1, 37)
    codec, more, stream = asked
    assert (codec, more["rate"]) == ("libvpx-vp9", 10)
    assert more["options"] == {
        "b": "0", "auto-alt-ref": "0", "deadline": "good", "cpu-used": "4", "threads": "1", "row-mt": "0", "crf": "37",
    }  # fmt: skip
    assert stream.codec_context.flags & 1 << 23
    monkeypatch.undo()
    with av.open(BytesIO(data)) as source:
        stream = source.streams.video[0]
        times = [round(float(packet.pts * packet.time_base), 2) for packet in source.demux(stream) if packet.size]
        assert (stream.width, stream.height) == (62, 50)
    assert times == [0.0, 0.1, 0.2]
    assert not re.search(rb"Lav[fc]\d", data)  # no version of a library


@needs_media
def test_clear_pixels_are_white_and_sides_even() -> None:
    pixels = np.zeros((3, 5, 4), np.uint8)
    pixels[..., :3], pixels[1, 1] = (9, 8, 7), (1, 2, 3, 1)
    made = webm._evened(pixels)
    assert made.shape == (4, 6, 4)
    assert made[1, 1].tolist() == [1, 2, 3, 1]
    made[1, 1] = made[0, 0]
    assert (made == (255, 255, 255, 0)).all()
    solid = np.full((2, 3, 4), 200, np.uint8)
    assert (webm._evened(solid) == 200).all()


@needs_media
def test_without_the_codec_nothing_is_written_and_alpha_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    assert webm.available()
    data = webm.write(sticker(60, 50, 2).frames, 0.1, 20)
    assert all(frame[..., 3].min() < 9 for frame in webm.read(data))
    monkeypatch.setattr(av, "codecs_available", set())
    assert not webm.available()
    with pytest.raises(LabelFailed) as failed:
        webm.write(sticker(60, 50, 2).frames, 0.1, 20)
    assert failed.value.reason == "no_media"
    assert all(frame[..., 3].min() == 255 for frame in webm.read(data))
    monkeypatch.setitem(sys.modules, "av", None)
    assert not webm.available()


@needs_media
def test_what_cannot_be_written_or_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    with pytest.raises(UnreadableFile):
        webm.read(b"no film")
    broken = sticker(60, 50, 2).frames
    monkeypatch.setattr(av, "open", lambda *words, **more: (_ for _ in ()).throw(ValueError()))
    with pytest.raises(LabelFailed) as failed:
        webm.write(broken, 0.1, 20)
    assert failed.value.reason == "film"


def test_the_shorter_side_says_whether_there_is_room_for_a_watermark() -> None:
    for width, height, room in ((256, 256, True), (300, 255, False), (255, 300, False)):
        assert moving_room._large(Picture(width, height, np.zeros((1, 1, 3), np.uint8))) is room


def test_webm_can_be_written_wherever_pyav_is_installed() -> None:
    assert webm.available() is (importlib.util.find_spec("av") is not None)
