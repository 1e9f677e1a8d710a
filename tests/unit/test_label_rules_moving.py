"""What moves: the seal in every frame, and a reader of strangers' films that finds it and measures it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pingxing.label import read, seal_moving, webm
from pingxing.label.lint import lint
from pingxing.label.media import looking
from pingxing.label.visible import place, stamp
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
