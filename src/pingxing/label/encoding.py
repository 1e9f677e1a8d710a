"""Frames into a file of at most so many bytes: the best first, then fewer colours, lower quality, fewer frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Kind = Literal["png", "apng", "jpeg", "gif", "webp", "webm"]
Pixels = NDArray[np.uint8]  # (height, width, 4), straight alpha

GRAIN_S = 0.01  # what containers count in; a frame's time is rounded down to it

_COLOURS = (0, 256, 128, 64, 32, 16)  # 0: all of them
_LAST_COLOURS = (8, 4)  # of films of which nothing else can be spared
_QUALITIES = (92, 85, 75, 60, 45, 30, 15, 5)
_CRFS = (20, 28, 36, 44, 52, 60)  # VP9's, from hardly any loss to what a small seal can still be read at
_SAMPLED = 60_000  # pixels among which a palette's colours are chosen
_BANDED = 3.0  # mean levels between a smooth part and its palette's colours from which steps can be seen
_HARD_ALPHA = 30  # WebP's quality from which edges are cut sharp: soft ones then cost more than the picture
_LEAST_S = 0.02  # a frame that says less is shown at a tenth of a second by most players


@dataclass(frozen=True, slots=True)
class Film:
    """A file on its way through a workshop. Times in seconds, one for each frame."""

    frames: tuple[Pixels, ...]
    seconds: tuple[float, ...]
    loops: int


def encode(film: Film, kind: Kind, most: int | None, least_frames: int = 2) -> bytes | None:
    """The file, or None where even the worst that is offered weighs more than `most` bytes.

    Films lose frames, evenly and down to `least_frames`, once their colours are spent. Raises LabelFailed (no_media)
    for WEBM where it cannot be written.
    """
    for data in _attempts(film, kind, least_frames):
        if most is None or len(data) <= most:
            return data
    return None


def _attempts(film: Film, kind: Kind, least_frames: int) -> Iterator[bytes]:
    write = _WRITERS[kind]
    steps = {"jpeg": _QUALITIES, "webp": _QUALITIES, "webm": _CRFS, "gif": _COLOURS[1:]}.get(kind, _COLOURS)
    for step in steps:
        yield write(film, step)
    number, least = len(film.frames), max(2, least_frames)
    while number > least:
        number = max(least, number * 3 // 4)
        yield write(thinned(film, number), steps[-1])
    for step in _LAST_COLOURS if kind in ("apng", "gif") and number > 1 else ():
        yield write(thinned(film, number), step)


def _png(film: Film, colours: int) -> bytes:
    return _saved(_paletted(film.frames, colours)[0] if colours else Image.fromarray(film.frames[0]), "PNG")


def _apng(film: Film, colours: int) -> bytes:
    """Never by palette: Pillow writes the first frame's for all. Few colours pack as well without one."""
    frames = [image.convert("RGBA") for image in _paletted(film.frames, colours)] if colours else _images(film)
    _keep_apart(frames)
    times = _milliseconds(film)
    return _saved(
        frames[0], "PNG", save_all=True, append_images=frames[1:], duration=times, loop=film.loops, disposal=0, blend=0
    )


def _gif(film: Film, colours: int) -> bytes:
    """One palette for all frames; what is half clear becomes clear or solid."""
    frames = _indexed(film.frames, colours - 1)
    clear = colours - 1
    for frame, source in zip(frames, film.frames, strict=True):
        frame.paste(clear, mask=Image.fromarray(np.where(source[..., 3] < 128, 255, 0).astype(np.uint8)))
        frame.info.clear()
    if len(frames) == 1:
        return _saved(frames[0], "GIF", transparency=clear)
    # GIF counts what follows the first showing; for one showing the count is left out.
    loops = {} if film.loops == 1 else {"loop": max(0, film.loops - 1)}
    times = _milliseconds(film)
    more = {"save_all": True, "append_images": frames[1:], "duration": times, "disposal": 2, "optimize": False}
    return _saved(frames[0], "GIF", transparency=clear, **more, **loops)


def _indexed(frames: tuple[Pixels, ...], colours: int) -> list[Image.Image]:
    """All frames in one palette, chosen among the colours that are seen, so that nothing flickers.

    Flat colours stay flat: dots instead of them would shimmer from frame to frame and weigh twice as much. Only where
    the palette misses smooth parts by so much that their steps would be seen are they dithered (Floyd-Steinberg).
    """
    seen = np.concatenate([frame[frame[..., 3] >= 128][:, :3] for frame in frames])
    if not len(seen):
        seen = np.full((1, 3), 255, np.uint8)
    sample = seen[:: 1 + len(seen) // _SAMPLED]
    palette = Image.fromarray(sample[None]).quantize(colours, method=Image.Quantize.MEDIANCUT, kmeans=1)
    plain = [Image.fromarray(frame[..., :3]) for frame in frames]
    made = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in plain]
    if max(_missed(image, done, frame) for image, done, frame in zip(plain, made, frames, strict=True)) < _BANDED:
        return made
    return [image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for image in plain]


def _missed(image: Image.Image, made: Image.Image, frame: Pixels) -> float:
    """Mean levels by which the palette's colours miss those of smooth parts, where steps would be seen: gradients.
    What is flat, or an edge, shows none."""
    wanted, found = np.asarray(image, np.int16), np.asarray(made.convert("RGB"), np.int16)
    steps = np.abs(np.diff(wanted, axis=1)).max(axis=2)[1:], np.abs(np.diff(wanted, axis=0)).max(axis=2)[:, 1:]
    step = np.maximum(*steps)
    smooth = (step > 0) & (step <= 6) & (frame[1:, 1:, 3] == 255)
    if smooth.mean() < 0.01:
        return 0.0
    return float(np.abs(wanted - found)[1:, 1:][smooth].mean())


def _webp(film: Film, quality: int) -> bytes:
    frames = film.frames if quality > _HARD_ALPHA else tuple(_hard(frame) for frame in film.frames)
    images = [Image.fromarray(frame) for frame in frames]
    if len(images) == 1:
        return _saved(images[0], "WEBP", quality=quality, method=4)
    times = _milliseconds(film)
    return _saved(
        images[0],
        "WEBP",
        save_all=True,
        append_images=images[1:],
        duration=times,
        loop=film.loops,
        quality=quality,
        method=2,
    )


def _jpeg(film: Film, quality: int) -> bytes:
    frame = Image.fromarray(film.frames[0])
    flat = Image.new("RGB", frame.size, "white")
    flat.paste(frame, mask=frame.getchannel("A"))
    return _saved(flat, "JPEG", quality=quality, optimize=True)


def _webm(film: Film, quality: int) -> bytes:
    from pingxing.label import webm

    return webm.write(film.frames, sum(film.seconds) / len(film.seconds), quality)


_WRITERS: dict[Kind, Callable[[Film, int], bytes]] = {
    "png": _png,
    "apng": _apng,
    "gif": _gif,
    "webp": _webp,
    "jpeg": _jpeg,
    "webm": _webm,
}


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _images(film: Film) -> list[Image.Image]:
    return [Image.fromarray(frame) for frame in film.frames]


def _milliseconds(film: Film) -> list[int]:
    """Whole hundredths, which every container can hold, never more than asked: a limit of time stays kept."""
    return [max(round(_LEAST_S * 1_000), int(seconds * 100 + 1e-6) * 10) for seconds in film.seconds]


def _hard(frame: Pixels) -> Pixels:
    cut = frame.copy()
    cut[..., 3] = np.where(frame[..., 3] < 128, 0, 255)
    return cut


def _paletted(frames: tuple[Pixels, ...] | list[Pixels], colours: int) -> list[Image.Image]:
    """All frames in one palette of at most `colours`, so that nothing flickers."""
    height, width = frames[0].shape[:2]
    strip = Image.fromarray(np.concatenate(frames)).quantize(colours, method=Image.Quantize.FASTOCTREE)
    return [strip.crop((0, row, width, row + height)) for row in range(0, height * len(frames), height)]


def _keep_apart(frames: list[Image.Image]) -> None:
    """Pillow joins frames that are the same; a platform counts them. One pixel in a corner, one level of blue."""
    for before, after in pairwise(frames):
        if before.tobytes() == after.tobytes():
            red, green, blue, alpha = after.getpixel((0, 0))  # type: ignore[misc]
            after.putpixel((0, 0), (red, green, blue ^ 1, alpha))


def thinned(film: Film, number: int) -> Film:
    """The film in `number` frames of equal time, each what was seen in the middle of its time."""
    return resampled(film, number, sum(film.seconds))


def resampled(film: Film, number: int, lasts: float) -> Film:
    """`number` frames that together last `lasts` seconds (or a little less) and show the whole film."""
    ends = list(accumulate(film.seconds))
    whole = ends[-1]
    chosen = []
    for i in range(number):
        moment = (i + 0.5) * whole / number
        chosen.append(next((place for place, end in enumerate(ends) if moment < end), len(ends) - 1))
    each = max(2, int(lasts / number / GRAIN_S + 1e-6)) * GRAIN_S
    return replace(film, frames=tuple(film.frames[place] for place in chosen), seconds=(each,) * number)
