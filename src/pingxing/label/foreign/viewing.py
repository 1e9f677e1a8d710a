"""What the rules have to see of a file before it is marked: its pictures (or frames, or pages) and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pingxing.errors import UnreadableFile
from pingxing.label import apart as documents_apart
from pingxing.label.finding import Found, find
from pingxing.label.foreign import apart, drawings, kinds
from pingxing.label.foreign.apart import Watch
from pingxing.label.foreign.kinds import Brought
from pingxing.label.foreign.texts import decoded, windows
from pingxing.label.opening import Opened, open_picture
from pingxing.types import Picture

_LOOKING = {"sound": 30, "film": 120, "document": 60, "drawing": 15}  # seconds of a processor
_PDF_SECONDS, _PDF_WAIT = 5, 30.0


@dataclass(frozen=True, slots=True)
class Viewed:
    """`found` is what its metadata say; `words` are all of its own, in pieces of a few thousand characters.

    `opened` is a still picture as it is marked, `size` the sides of what is marked where it has any.
    """

    found: Found
    words: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    opened: Opened | None = None
    size: tuple[int, int] = (0, 0)
    heard: bool = True  # False: it has sound, and nobody here can listen to it


def glance(file: Brought) -> None:
    """Raises UnreadableFile for a film beyond the limits, as far as its header says; nothing is asked of others."""
    if file.family == "film":
        apart.run("films.glance", file.data, _LOOKING["film"], **film_limits())


def view(file: Brought, max_bytes: int, watch: Watch | None = None) -> Viewed:
    """`watch` follows what takes long. Raises TooLarge, UnreadableFile for what is beyond the limits, damaged, or not
    to be taken."""
    found = _found(file)
    if file.family == "text":
        return Viewed(found, windows(decoded(file.data)))
    if file.family == "picture":
        opened = open_picture(file.data, max_bytes=max_bytes)
        return Viewed(found, (), (opened.picture,), opened, (opened.picture.width, opened.picture.height))
    if file.family == "drawing":
        return _drawing(file, found)
    if file.family == "sound":
        answer, _ = apart.run("sound.look", file.data, _LOOKING["sound"], watch=watch, seconds=kinds.MAX_SOUND_SECONDS)
        return Viewed(found, windows("\n".join(answer["words"])), heard=False)
    if file.family == "document":
        limit = _LOOKING["document"]
        answer, pixels = apart.run("documents.look", file.data, limit, watch=watch, pages=kinds.MAX_PAGES)
        pictures = _pictures(answer["shapes"], pixels)
        return Viewed(found, windows(answer["words"]), pictures, size=(answer["width"], answer["height"]))
    answer, pixels = apart.run("films.look", file.data, _LOOKING["film"], watch=watch, **film_limits())
    pictures = _pictures(answer["shapes"], pixels)
    size = (answer["width"] // 2 * 2, answer["height"] // 2 * 2)  # as H.264 wants them
    return Viewed(found, windows("\n".join(answer["words"])), pictures, size=size, heard=answer["heard"])


def film_limits() -> dict[str, Any]:
    return {
        "seconds": kinds.MAX_FILM_SECONDS,
        "frames": kinds.MAX_FRAMES,
        "pixels": kinds.MAX_FRAME_PIXELS,
        "work": kinds.MAX_FILM_PIXELS,
    }


def _found(file: Brought) -> Found:
    if file.media_type == "text/plain":
        return Found("text/plain")
    if file.media_type == "application/pdf":
        document, _ = documents_apart.read_pdf(file.data, _PDF_SECONDS, _PDF_WAIT)
        return find(file.data, document)
    found = find(file.data)
    if found.media_type is None and file.family != "text":  # an SVG by its first bytes that is another document
        raise UnreadableFile("damaged")
    return found


def _drawing(file: Brought, found: Found) -> Viewed:
    width, height = drawings.sides(file.data)
    answer, pixels = apart.run("drawings.look", file.data, _LOOKING["drawing"], width=width, height=height)
    rows, columns = answer["rows"], answer["columns"]
    shown = Picture(columns, rows, np.frombuffer(pixels, np.uint8).reshape(rows, columns, 4))
    return Viewed(found, windows(answer["words"]), (shown,), size=(width, height))


def _pictures(shapes: list[list[int]], pixels: bytes) -> tuple[Picture, ...]:
    out, at = [], 0
    for rows, columns in shapes:
        size = rows * columns * 3
        part = np.frombuffer(pixels[at : at + size], np.uint8).reshape(rows, columns, 3)
        out.append(Picture(columns, rows, part))
        at += size
    return tuple(out)
