"""What a platform lets move: the motion to wish for, and what had to be given up for its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np

from pingxing.makers.facts import Facts
from pingxing.makers.folder import Pack
from pingxing.makers.formats import Platform, Shape
from pingxing.makers.judging import Finding
from pingxing.types import Motion, MotionForm, MotionName

FRAMES, SECONDS = 20, 1.0  # smooth, and what the strictest platforms take (LINE: 5-20 frames, whole seconds)
FEW_COLOURS = 128  # of a palette: beyond, nobody sees the difference in a sticker
FORMS: tuple[MotionForm, ...] = get_args(MotionForm)
_NEAR_LIMIT = 0.4  # a file that was made lighter weighs at least this part of what it may


def motion_for(shape: Shape, name: MotionName) -> Motion:
    """The longest and smoothest loop that `shape` allows, within what is worth its weight."""
    form: MotionForm = next(form for kind in shape.kinds for form in FORMS if form == kind)
    seconds = min(SECONDS, shape.seconds or SECONDS)
    least, most = shape.frames or (2, FRAMES)
    frames = max(least, min(FRAMES, most))
    if shape.fps:
        frames = min(frames, int(seconds * shape.fps))
    loops = 0
    if shape.loops:  # where showings are counted, all of them together have to end in time
        loops = max(shape.loops[0], min(shape.loops[1], int((shape.seconds or SECONDS) / seconds)))
    return Motion(name=name, form=form, frames=frames, seconds=seconds, loops=loops, bytes=shape.bytes)


def given_up(pack: Pack, platform: Platform) -> Iterator[Finding]:
    """Advice on files of a maker's own pack that show fewer frames or colours than was asked for, to weigh less."""
    for piece in pack.pieces:
        shape = platform.roles[piece.role].moving
        if shape is None or not isinstance(piece.facts, Facts) or not piece.facts.moves:
            continue
        if shape.bytes is None or len(piece.data) < _NEAR_LIMIT * shape.bytes:
            continue  # nothing had to be made lighter; where frames are missing, they were alike
        asked = motion_for(shape, "bounce").frames
        if piece.facts.frames < asked:
            yield Finding(piece.name, "fewer_frames", str(piece.facts.frames), str(asked), must=False)
        if piece.facts.kind in ("gif", "apng") and (colours := _colours(piece.facts)) < FEW_COLOURS:
            yield Finding(piece.name, "fewer_colours", str(colours), f"≥ {FEW_COLOURS}", must=False)


def _colours(facts: Facts) -> int:
    flat = facts.first.reshape(-1, 4).astype(np.uint32)
    return len(np.unique(flat[:, 0] << 24 | flat[:, 1] << 16 | flat[:, 2] << 8 | flat[:, 3]))
