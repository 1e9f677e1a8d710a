"""Write, pass on and read labels: the three functions that the rest of the house needs.

    write_label(data, kind, record, provenance) -> bytes     exactly one label, read back before it is returned
    republish(data, propagator, propagate_id) -> bytes       the same content published by somebody
    read_labels(data) -> list[Judged]                        every record in a file, each judged by itself

A label never leaves a file that has one: writing replaces it by another, and there is no function that only
takes it out (labelling measures art. 10).
"""

from __future__ import annotations

from collections.abc import Callable

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label import finding
from pingxing.label.finding import find
from pingxing.label.metadata import (
    bmff,
    ebml,
    flv,
    heif,
    id3,
    office,
    pdfs,
    pictures,
    riff,
    second,
    texts,
    tiffs,
    vorbis,
)
from pingxing.label.metadata.merging import Label, in_svg
from pingxing.label.record import Aigc, Judged
from pingxing.label.xmp import Provenance

Writer = Callable[[bytes, Label], bytes]
_WRITERS: dict[str, Writer] = {
    "image/jpeg": pictures.write_jpeg,
    "image/png": pictures.write_png,
    "image/webp": pictures.write_webp,
    "image/gif": pictures.write_gif,
    "image/tiff": tiffs.write,
    "image/avif": heif.write,
    "image/svg+xml": in_svg,
    "video/mp4": bmff.write,
    "video/quicktime": bmff.write,
    "audio/mp4": bmff.write,
    "video/x-msvideo": riff.write_avi,
    "video/x-matroska": ebml.write,
    "video/webm": ebml.write,
    "video/x-flv": flv.write,
    "audio/wav": riff.write_wav,
    "audio/mpeg": id3.write,
    "audio/flac": vorbis.write_flac,
    "audio/ogg": vorbis.write_ogg,
    "application/pdf": pdfs.write,
    **dict.fromkeys(office.KINDS.values(), office.write),
    texts.MARKDOWN: texts.write,
    "text/plain": texts.sidecar,
}
KINDS = tuple(_WRITERS)
"""Media types that can carry a label. Of text/plain the label is a file of its own, beside the text."""


def write_label(data: bytes, kind: str, record: Aigc, provenance: Provenance | None = None) -> bytes:
    """The file with exactly this label, whatever labels it had.

    `kind` is the media type that the caller believes `data` to have; `provenance` adds the IPTC 2025.1 fields
    where the container holds XMP. Everything else in the file stays as it was. For text/plain the result is
    the sidecar, and `data` the text that it speaks of.

    Raises LabelFailed (record, container, metadata, no_room, read_back) and UnreadableFile for a file that
    breaks its own container's rules.
    """
    text = record.text()
    if kind not in _WRITERS or not _is(data, kind):
        raise LabelFailed("container", kind=kind)
    done = _WRITERS[kind](data, Label(text, provenance))
    _check(done, kind, record, text)
    return done


def republish(data: bytes, propagator: str, propagate_id: str) -> bytes:
    """The file as somebody publishes it again: the producer's values stay, the propagator's are this one's.

    Raises LabelFailed(none) where there is not exactly one valid label to keep, and as `write_label` does.
    """
    records = read_labels(data)
    record = records[0].aigc if len(records) == 1 else None
    kind = finding.kind(data)
    if record is None or kind is None or kind not in _WRITERS:
        raise LabelFailed("none", found=len(records))
    return write_label(data, kind, record.passed_on(propagator, propagate_id))


def read_labels(data: bytes) -> list[Judged]:
    """Every AIGC record of one file, in the order in which they stand. Raises UnreadableFile, TooLarge."""
    return find(data).records


def _is(data: bytes, kind: str) -> bool:
    """Whether a file is of this kind; Markdown without front matter is plain text, which looks like nothing."""
    found = finding.kind(data)
    return found == kind or (kind in (texts.MARKDOWN, "text/plain") and found in (None, texts.MARKDOWN))


def _check(data: bytes, kind: str, record: Aigc, text: str) -> None:
    """Read back twice: by the readers for strangers' files, and by a library that had no part in the writing."""
    try:
        found = find(data)
    except (UnreadableFile, TooLarge) as error:
        raise LabelFailed("read_back", part="container") from error
    if found.media_type != {"text/plain": texts.SIDECAR}.get(kind, kind) or found.broken_packet or found.stray:
        raise LabelFailed("read_back", part="container")
    if [judged.aigc for judged in found.records] != [record]:
        raise LabelFailed("read_back", part="aigc")
    if second.records(data, kind) != [text]:
        raise LabelFailed("read_back", part="second")
