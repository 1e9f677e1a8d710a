"""mark(file, viewed, order) -> Marked: every mark that a kind of file can carry, in the order in which they must come.

Watermark and seal first, because they change what is shown; then the record; then the manifest, which binds all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label import apart as documents_apart
from pingxing.label import c2pa
from pingxing.label.c2pa import Ingredient
from pingxing.label.finding import find
from pingxing.label.foreign import apart, drawings, pictures, texts
from pingxing.label.foreign.apart import Watch
from pingxing.label.foreign.kinds import ENDINGS, MAX_SOUND_SECONDS, Brought
from pingxing.label.foreign.ordering import Order
from pingxing.label.foreign.viewing import Viewed, film_limits
from pingxing.label.kit import TAG_BYTES
from pingxing.label.media.video import WOVEN
from pingxing.label.metadata.labels import write_label
from pingxing.label.record import Aigc

Put = Literal["seal", "notice", "rhythm", "record", "watermark", "credentials"]

_MARKING = {"sound": 120, "film": 900, "document": 120}  # seconds of a processor
_PDF_SECONDS, _PDF_WAIT = 5, 30.0


@dataclass(frozen=True, slots=True)
class File:
    """One finished file. `width` and `height` are 0 for what has no picture."""

    data: bytes
    media_type: str
    width: int = 0
    height: int = 0

    @property
    def ending(self) -> str:
        return ENDINGS[self.media_type]


@dataclass(frozen=True, slots=True)
class Marked:
    """`files`: the marked one, and of plain text its label file. `put`: the marks that it got here."""

    files: tuple[File, ...]
    put: tuple[Put, ...]


def mark(file: Brought, viewed: Viewed, order: Order, watch: Watch | None = None) -> Marked:
    """`watch` follows what takes long. Raises UnreadableFile, TooLarge for what cannot be marked, LabelFailed where a
    finished file does not read back, ServiceDown where the operator's time service gave no stamp."""
    if file.family == "text":
        done = texts.mark(file, order)
        return Marked(tuple(File(data, kind) for data, kind in done), ("notice", "record"))
    if file.family == "picture":
        return _picture(file, viewed, order)
    if file.family == "drawing":
        data = drawings.mark(file.data, viewed.size, viewed.pictures[0], order)
        return _finished(file, data, file.media_type, viewed, order, ("seal", "record"))
    if file.family == "document":
        asked = {"language": order.mark.language, "record": order.record.text()}
        _, data = apart.run("documents.mark", file.data, _MARKING["document"], watch=watch, **asked)
        return _finished(file, data, file.media_type, viewed, order, ("seal", "record"))
    if file.family == "sound":
        limit, kind = _MARKING["sound"], file.media_type
        _, data = apart.run("sound.mark", file.data, limit, watch=watch, media_type=kind, seconds=MAX_SOUND_SECONDS)
        data = write_label(data, file.media_type, order.record)
        return _finished(file, data, file.media_type, viewed, order, ("rhythm", "record"))
    return _film(file, viewed, order, watch)


def _picture(file: Brought, viewed: Viewed, order: Order) -> Marked:
    if viewed.opened is None:
        raise LabelFailed("picture")
    data, tag = pictures.mark(file, viewed.opened, order, viewed.found)
    put: tuple[Put, ...] = ("record",) if order.sealed else ("seal", "record")
    return _finished(file, data, file.media_type, viewed, order, put, tag)


def _film(file: Brought, viewed: Viewed, order: Order, watch: Watch | None) -> Marked:
    key = order.kit.watermark
    large = min(viewed.size) // 2 * 2 >= WOVEN
    tag = None if key is None or order.woven or not large else order.kit.tag(order.mark.produce_id)
    told = None if tag is None or key is None else [key.id, key.secret.hex()]
    asked = {"language": order.mark.language, "key": told, "tag": tag, **film_limits()}
    _, data = apart.run("films.mark", file.data, _MARKING["film"], watch=watch, **asked)
    data = write_label(data, "video/mp4", order.record)
    return _finished(file, data, "video/mp4", viewed, order, ("seal", "record"), tag)


def _finished(
    file: Brought, data: bytes, kind: str, viewed: Viewed, order: Order, put: tuple[Put, ...], tag: int | None = None
) -> Marked:
    """Signed where the container carries a manifest, and its record read back from the last bytes."""
    if tag is not None:
        put = (*put, "watermark")
    if order.kit.credentials is not None and kind in c2pa.SIGNABLE:
        binding = b"" if tag is None else tag.to_bytes(TAG_BYTES, "big")
        origin = [Ingredient(file.data, file.media_type)]
        data = c2pa.sign(data, kind, order.mark, order.kit.credentials, tag=binding, ingredients=origin)
        put = (*put, "credentials")
    if _records(data, kind) != [order.record]:
        raise LabelFailed("read_back", part="aigc")
    return Marked((File(data, kind, *viewed.size),), put)


def _records(data: bytes, kind: str) -> list[Aigc | None]:
    try:
        document = documents_apart.read_pdf(data, _PDF_SECONDS, _PDF_WAIT)[0] if kind == "application/pdf" else None
        found = find(data, document)
    except (UnreadableFile, TooLarge) as error:
        raise LabelFailed("read_back", part="container") from error
    if found.media_type != kind or found.trailing or found.stray or found.broken_packet:
        raise LabelFailed("read_back", part="container")
    return [judged.aigc for judged in found.records]
