"""What moves: loops without a seam, seals in every frame, weights kept, and what was given up is said."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence
from pydantic import ValidationError

from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.moving import posed
from pingxing.engine.moving import STILL, Star, emptied, moved, pose
from pingxing.errors import LabelFailed
from pingxing.label import seal, seal_moving, webm
from pingxing.label.encoding import Film, encode
from pingxing.label.moving import shown
from pingxing.label.reading import read
from pingxing.label.visible import place
from pingxing.makers import formats
from pingxing.makers.facts import facts
from pingxing.makers.folder import open_pack
from pingxing.makers.ideas import situations
from pingxing.makers.judging import good
from pingxing.makers.mending import mend
from pingxing.makers.movement import given_up, motion_for
from pingxing.motion import MOTIONS
from pingxing.types import Format, Mark, Motion, Picture, Request, Scene, SceneObject, SceneText

pytestmark = pytest.mark.usefixtures("films_here")
MARK = Mark("zh", "UNREGISTERED", "a" * 32, "Pingxing", "1", "scene", datetime(2026, 11, 22, tzinfo=UTC), trained=False)
needs_media = pytest.mark.skipif(not webm.available(), reason="needs the extra media")


def blob(side=120, *, clear=True):
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[side // 5 : side * 4 // 5, side // 4 : side * 3 // 4] = (240, 160, 60, 255)
    return Picture(side, side, pixels if clear else np.ascontiguousarray(pixels[..., :3]))


def loop(name="bounce", side=120, frames=6, **more):
    return moved(blob(side), Motion(name=name, frames=frames), **more)


@pytest.mark.parametrize("name", MOTIONS)
@given(t=st.floats(0, 1))
def test_a_movement_ends_where_it_began_and_never_jumps(name, t):
    assert pose(name, 0.0) == pose(name, 1.0) == pose(name, 7.0)
    before, after = pose(name, t), pose(name, t + 1e-4)
    for member in ("right", "down", "wide", "high", "shown", "words", "closed"):
        assert abs(getattr(before, member) - getattr(after, member)) < 0.01
    assert 0 <= before.closed <= 1
    assert 0.2 < before.shown <= 1
    assert 0.2 < before.words < 1.7


@pytest.mark.parametrize("name", MOTIONS)
def test_pixels_move_and_the_same_wish_gives_the_same_bytes(name):
    once, again = loop(name), loop(name)
    assert len(once.frames) == 6
    assert all((a == b).all() for a, b in zip(once.frames, again.frames, strict=True))
    assert any((frame != once.frames[0]).any() for frame in once.frames)
    assert (once.pixels == once.frames[0]).all()


@pytest.mark.parametrize("name", ["bounce", "shake"])
def test_what_jumps_stays_inside_and_a_full_picture_stays_full(name):
    for frame in loop(name, frames=12).frames:
        edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
        assert not edge[:, 3].any()
    sea = replace(blob(clear=False), pixels=np.full((120, 120, 3), 90, np.uint8))
    assert all((frame == 90).all() for frame in moved(sea, Motion(name=name, frames=12)).frames)


def test_a_margin_is_empty_in_every_frame():
    for frame in (*loop(frames=4, margin=17).frames, emptied(np.full((50, 60, 4), 255, np.uint8), 17)):
        inner = frame[17:-17, 17:-17]
        assert frame[..., 3].sum() == inner[..., 3].sum() > 0


def composition():
    box = (0.2, 0.3, 0.5, 0.6)
    thing = SceneObject("1F415", "dog", "狗", "dog", ((0, 3),), None, box, 0)
    scene = Scene("transparent", "day", "clear", "sticker", (), (thing,), (SceneText("hi", (0.4, 0.0, 0.2, 0.1)),))
    layers = '<g id="slayer-supports"><a/></g><g id="slayer-things"><b/></g><g id="slayer-text"><c/></g>'
    return Composition(f"<defs/>{layers}", 1000, 1000, scene)


def test_words_that_hang_stay_still_while_the_things_jump_and_pop_by_themselves():
    made = composition()
    assert posed(made, STILL) == made.markup
    jump = posed(made, replace(STILL, down=-0.1))
    assert "translate(450 800) rotate" in jump
    assert '<defs/><g id="slayer-supports"><a/></g><g transform' in jump
    assert jump.endswith('</g><g id="slayer-text"><c/></g>')
    pop = posed(made, replace(STILL, words=0.5))
    assert pop.count("scale(0.5000) translate(-500 -50)") == 2  # the words and what they hang from
    assert "<path" in posed(made, replace(STILL, stars=(Star(0.5, 0.5, 0.1),)))


@pytest.mark.parametrize("form", ["gif", "apng", "webp", pytest.param("webm", marks=needs_media)])
def test_every_frame_is_sealed_and_the_file_says_what_it_is(form):
    motion = Motion(name="bounce", form=form, frames=5, seconds=0.5, loops=2)
    data = seal_moving(loop(frames=5), motion, MARK)
    assert data == seal_moving(loop(frames=5), motion, MARK)
    labels = read(data)
    assert labels.aigc.valid
    assert labels.produce_id == "a" * 32
    frames = shown(data, motion)
    assert len(frames) == 5
    x0, y0, x1, y1 = place(loop(frames=5), "zh").box
    assert all(frame[y0 + 2 : y1 - 2, x0 + 4 : x1 - 4, 3].min() > 250 for frame in frames)
    found = facts(data)
    assert (found.frames, found.clear, found.kind) == (5, True, form)
    assert found.seconds == pytest.approx(0.5, abs=0.02)


def test_what_is_too_heavy_loses_frames_and_says_so_or_does_not_leave(tmp_path):
    cells = np.random.default_rng(5).integers(0, 255, (43, 43, 3), np.uint8)
    rough = np.kron(cells, np.ones((3, 3, 1), np.uint8))[:128, :128]
    solid = np.dstack([rough, np.full((128, 128), 255, np.uint8)])
    noise = Picture(128, 128, solid, frames=tuple(np.roll(solid, i, 0) for i in range(10)))
    light = seal_moving(noise, Motion(name="shake", frames=10, bytes=30_000), MARK)
    assert len(light) <= 30_000
    (tmp_path / "01.gif").write_bytes(light)
    slack = formats.platform("slack")
    pack = open_pack(tmp_path, slack)
    assert {finding.rule for finding in given_up(pack, slack)} == {"fewer_frames", "fewer_colours"}
    with pytest.raises(LabelFailed) as failed:
        seal_moving(noise, Motion(name="shake", frames=10, bytes=10_000), MARK)
    assert failed.value.reason == "too_heavy"


@pytest.mark.parametrize("broken", ["one frame", "sizes", "kind"])
def test_frames_that_no_engine_should_have_made_are_not_sealed(broken):
    good_one = loop(frames=3)
    frames = {
        "one frame": good_one.frames[:1],
        "sizes": (good_one.frames[0], good_one.frames[1][:-1]),
        "kind": tuple(frame.astype(np.int16) for frame in good_one.frames),
    }[broken]
    with pytest.raises(LabelFailed):
        seal_moving(replace(good_one, frames=frames), Motion(name="bounce"), MARK)


def test_flat_colours_are_not_dithered_and_gradients_are():
    flat = encode(Film((blob().pixels, blob().pixels[::-1].copy()), (0.1, 0.1), 0), "gif", None)
    with Image.open(BytesIO(flat)) as image:
        colours = {pixel for frame in ImageSequence.Iterator(image) for _, pixel in frame.convert("RGBA").getcolors()}
    assert {colour for colour in colours if colour[3]} == {(240, 160, 60, 255)}
    ramp = np.linspace(0, 255, 96)[None, :, None] * np.ones((64, 1, 3)) * [1, 0.6, 0.3]
    ramp = ramp + np.linspace(0, 40, 64)[:, None, None]
    pixels = np.dstack([ramp.clip(0, 255).astype(np.uint8), np.full((64, 96), 255, np.uint8)])
    small = Film((pixels, pixels[:, ::-1].copy()), (0.1, 0.1), 0)
    data = encode(small, "gif", 9_000)
    with Image.open(BytesIO(data)) as image:
        shown_now = np.asarray(image.convert("RGB"), np.float64)
    # Means over 8 x 8 follow the ramp, though single pixels cannot: no bands.
    means = shown_now.reshape(8, 8, 12, 8, 3).mean((1, 3)) - pixels[..., :3].reshape(8, 8, 12, 8, 3).mean((1, 3))
    assert np.abs(means).max() < 9


def test_a_mark_keeps_the_margin_and_is_found_again():
    picture = replace(blob(320), margin=10)
    data = seal(picture, Format.PNG, MARK)
    assert facts(data).margin >= 10
    assert read(data).visible.valid


@pytest.mark.parametrize("name", ["wechat", "line-animated", "whatsapp", "telegram", "signal", "slack", "discord"])
def test_the_motion_asked_for_is_one_that_the_platform_takes(name):
    shape = formats.platform(name).roles["sticker"].moving
    asked = motion_for(shape, "shake")
    assert asked.form in shape.kinds
    assert shape.frames is None or shape.frames[0] <= asked.frames <= shape.frames[1]
    assert shape.fps is None or asked.frames / asked.seconds <= shape.fps
    assert shape.loops is None or asked.loops * asked.seconds <= shape.seconds
    assert {one.motion for one in situations()} == set(MOTIONS)


@needs_media
@settings(max_examples=3, deadline=None)
@given(st.integers(2, 5), st.integers(30, 90), st.integers(30, 90))
def test_a_film_of_another_kind_becomes_one_that_telegram_takes(tmp_path_factory, frames, width, height):
    folder = Path(tmp_path_factory.mktemp("telegram"))
    images = [Image.fromarray(np.roll(blob().pixels[:height, :width], 3 * i, 0)) for i in range(frames)]
    images[0].save(folder / "01.gif", save_all=True, append_images=images[1:], duration=90, disposal=2)
    if facts((folder / "01.gif").read_bytes()).frames < 2:  # they were alike: a picture that stands still
        return
    telegram = formats.platform("telegram-emoji")
    assert good(mend(folder, telegram))
    assert facts((folder / "01.webm").read_bytes()).kind == "webm"


@pytest.mark.parametrize(
    "wish",
    [
        {"margin": 10},
        {"margin": 100, "transparent": True, "width": 300, "height": 300},
        {"motion": {"name": "bounce", "frames": 60}, "width": 2000, "height": 2000},
        {"motion": {"name": "dance"}},
        {"motion": {"name": "bounce", "seconds": float("nan")}},
    ],
)
def test_wishes_that_make_no_sense_are_not_taken(wish):
    with pytest.raises(ValidationError):
        Request(prompt="a cat", **wish)


@pytest.mark.parametrize("kind", ["apng", "gif"])
def test_pure_noise_is_made_light_enough_down_to_the_fewest_frames(kind):
    noise = np.random.default_rng(3).integers(0, 256, (12, 80, 80, 4), np.uint8)
    noise[..., 3] = 255
    data = encode(Film(tuple(noise), (0.1,) * 12, 1), kind, 18_000, 5)
    assert data is not None
    assert facts(data).frames == 5
    assert encode(Film(tuple(noise), (0.1,) * 12, 1), kind, 500, 5) is None
