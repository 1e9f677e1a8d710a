"""Eyes are found in the shapes of the art, close and open, and glasses stay as they are."""

import pytest

from pingxing.engine.backends.scene import eyes
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backend import SceneBackend
from pingxing.types import Motion, Request

IT = frozenset({"x"})


def drawn(emoji):
    return f'<g id="x">{shipped().body(shipped().find("flat", f"{ord(emoji):X}"))}</g>'


@pytest.mark.parametrize(
    ("emoji", "number"), [("🐶", 2), ("🐱", 2), ("🐼", 2), ("🦊", 2), ("🐕", 1), ("😀", 2), ("👧", 2)]
)
def test_a_face_closes_its_eyes(emoji, number):
    art = drawn(emoji)
    assert len(eyes._eyes(art)) == number
    assert eyes.closing(art, IT, 0.0) == art
    shut = eyes.closing(art, IT, 1.0)
    assert shut.count("scale(1 0.1400)") >= number
    assert shut.count("<g") == shut.count("</g>")
    assert eyes.closing(art, frozenset(), 1.0) == art


def test_what_has_no_eyes_has_none():
    assert not eyes.seeing(drawn("🍎"), IT)


def test_the_frame_of_glasses_is_not_torn():
    art = drawn("🤓")
    shut = eyes.closing(art, IT, 1.0)
    drawings = [(path, tuple(eyes._of(path))) for path in eyes._PATH.findall(art)]
    rims = [path for path, own in drawings if any(eyes._within(one, other) for one in own for other in own)]
    assert rims
    assert all(rim in shut for rim in rims)


def test_a_blinking_animal_keeps_its_colours_and_only_its_eyes_move():
    engine = SceneBackend()
    try:
        wish = Request(prompt="a panda", width=96, height=96, style="sticker", transparent=True, seed=1,
                       motion=Motion(name="blink", form="gif", frames=10))  # fmt: skip
        state = engine.prepare(wish)
        while state.step < state.steps:
            engine.step([state])
        frames = engine.finish(state).frames
    finally:
        engine.close()
    open_, closed = frames[0].astype(int), frames[2].astype(int)
    assert (abs(open_ - closed)[..., :3].max(2) > 60).mean() < 0.08
    assert (open_ != closed).any()
