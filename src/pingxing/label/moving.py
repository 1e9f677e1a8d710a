"""Sealing what moves: the seal stands still in every frame, from the first to the last, over whatever moves below it.

    seal_moving(picture, motion, mark, kit) -> bytes

Small films are looked at in a loop, cut and sent on frame by frame, so no frame is without it (GB 45438-2025 4.5 asks
for the first two seconds). WebP and WEBM carry the watermark too; a palette of a few colours (GIF) would undo it, and
PNG's lossless frames would weigh four times as much: those rely on seal, record and, but for WEBM, credentials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label import c2pa, webm
from pingxing.label.c2pa import Ingredient
from pingxing.label.checking import read_back
from pingxing.label.encoding import Film, encode
from pingxing.label.finding import find
from pingxing.label.kit import PLAIN, SMALLEST, TAG_BYTES, Kit
from pingxing.label.measure import measure
from pingxing.label.metadata.labels import write_label
from pingxing.label.record import Aigc
from pingxing.label.visible import BLACK, WHITE, Placed, flat, place, stamp
from pingxing.label.watermark.code import Message
from pingxing.label.watermark.film import Weaver
from pingxing.label.xmp import Provenance
from pingxing.types import MAX_PIXELS, MIN_SIDE, MOVING_MEDIA, Mark, Motion, Picture

Pixels = NDArray[np.uint8]

_LEAST_FRAMES = 5  # with fewer it is no movement, and LINE takes none
_LABEL_BYTES = 4_000  # what labels weigh at first guess; the second is exact
_ROUNDS = 4


def seal_moving(
    picture: Picture,
    motion: Motion,
    mark: Mark,
    kit: Kit = PLAIN,
    origin: Sequence[Ingredient] = (),
    *,
    bare: bool = False,
) -> bytes:
    """The labelled film of `picture.frames`. `bare`: without a visible mark, for copies under art. 9 alone.

    Raises LabelFailed where it cannot be brought under `motion.bytes` ("too_heavy"), where this installation cannot
    write the form ("no_media"), and where what was written does not read back as one valid label and lawful marks.
    """
    frames = _sound(picture)
    placed = None if bare else place(picture, mark.language)
    tag = kit.tag(mark.produce_id) if motion.form in ("webp", "webm") and _large(picture) else None
    if tag is not None and kit.watermark is not None:
        weaver = Weaver(Message(kit.watermark.id, tag), kit.watermark)
        frames = [np.dstack([weaver.weave(np.ascontiguousarray(f[..., :3])), f[..., 3]]) for f in frames]
    if placed is not None:
        frames = [_stamped(frame, placed) for frame in frames]
    each = motion.seconds / len(frames)
    film = Film(tuple(frames), (each,) * len(frames), motion.loops)
    data = _within(film, motion, mark, kit, tag, origin)
    _check(data, motion, mark, placed, picture)
    return data


def _large(picture: Picture) -> bool:
    return min(picture.width, picture.height) >= SMALLEST


def _sound(picture: Picture) -> list[Pixels]:
    """RGBA frames of the picture's size. Raises LabelFailed for what no engine should have made."""
    shape = (picture.height, picture.width)
    if len(picture.frames) < 2 or min(shape) < MIN_SIDE or len(picture.frames) * shape[0] * shape[1] > MAX_PIXELS:
        raise LabelFailed("picture")
    frames = []
    for frame in picture.frames:
        if frame.shape[:2] != shape or frame.ndim != 3 or frame.shape[2] not in (3, 4) or frame.dtype != np.uint8:
            raise LabelFailed("picture")
        solid = np.full((*shape, 1), 255, np.uint8)
        frames.append(frame if frame.shape[2] == 4 else np.concatenate([frame, solid], axis=2))
    return frames


def _stamped(frame: Pixels, placed: Placed) -> Pixels:
    image = Image.fromarray(frame)
    stamp(image, placed)
    return np.asarray(image, dtype=np.uint8)


def _within(film: Film, motion: Motion, mark: Mark, kit: Kit, tag: int | None, origin: Sequence[Ingredient]) -> bytes:
    """Encoded and labelled, within the bytes that it may weigh: what labels take is known once they are written."""
    room = _LABEL_BYTES
    for _ in range(_ROUNDS):
        most = None if motion.bytes is None else max(1, motion.bytes - room)
        plain = encode(film, motion.form, most, min(_LEAST_FRAMES, len(film.frames)))
        if plain is None:
            raise LabelFailed("too_heavy", limit=motion.bytes)
        data = _labelled(plain, motion, mark, kit, tag, origin)
        if motion.bytes is None or len(data) <= motion.bytes:
            return data
        room = len(data) - len(plain) + 64
    raise LabelFailed("too_heavy", limit=motion.bytes)


def _labelled(
    data: bytes, motion: Motion, mark: Mark, kit: Kit, tag: int | None, origin: Sequence[Ingredient]
) -> bytes:
    media = MOVING_MEDIA[motion.form]
    record = replace(Aigc.first(mark.producer, mark.produce_id), reserved1=mark.signature)
    data = write_label(data, media, record, Provenance.of(mark))
    if kit.credentials is None or media not in c2pa.SIGNABLE:
        return data
    binding = b"" if tag is None else tag.to_bytes(TAG_BYTES, "big")
    return c2pa.sign(data, media, mark, kit.credentials, tag=binding, ingredients=origin)


def _check(data: bytes, motion: Motion, mark: Mark, placed: Placed | None, picture: Picture) -> None:
    """By the readers for strangers' files, and by measuring every single frame."""
    try:
        found = find(data)
    except (UnreadableFile, TooLarge) as error:
        raise LabelFailed("read_back", part="container") from error
    if found.media_type != MOVING_MEDIA[motion.form] or found.trailing:
        raise LabelFailed("read_back", part="container")
    read_back(found, mark)
    try:
        frames = shown(data, motion)
    except (OSError, ValueError, SyntaxError, UnreadableFile) as error:
        raise LabelFailed("read_back", part="container") from error
    even = motion.form == "webm"
    size = tuple(side + side % 2 if even else side for side in (picture.height, picture.width))
    if len(frames) < 2 or any(frame.shape[:2] != size for frame in frames):
        raise LabelFailed("read_back", part="container")
    if placed is None:
        return
    x0, y0, x1, y1 = placed.box
    for frame in frames:
        region = np.ascontiguousarray(frame[y0:y1, x0:x1])
        if not all(measure(flat(region, ground), placed.plate).keeps_the_law for ground in (WHITE, BLACK)):
            raise LabelFailed("read_back", part="visible")


def shown(data: bytes, motion: Motion) -> list[Pixels]:
    """What a player shows of a file of our own: RGBA frames."""
    if motion.form == "webm":
        return list(webm.read(data))
    form = "PNG" if motion.form == "apng" else motion.form.upper()
    with Image.open(BytesIO(data), formats=[form]) as image:
        return [np.asarray(frame.convert("RGBA"), dtype=np.uint8) for frame in ImageSequence.Iterator(image)]
