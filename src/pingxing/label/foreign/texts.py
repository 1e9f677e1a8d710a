"""Plain text and Markdown: a notice at the start and the end (GB 45438-2025, 4.2), the record in the front matter or in
a file beside the text."""

from __future__ import annotations

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label.foreign.kinds import MAX_CHARS, Brought
from pingxing.label.foreign.ordering import Order
from pingxing.label.media.text import find_notice, mark_text
from pingxing.label.metadata import texts
from pingxing.label.metadata.labels import write_label

WINDOW, OVERLAP = 2_000, 200  # characters: what the rules read at a time, and how much of it twice


def decoded(data: bytes) -> str:
    """Raises UnreadableFile(encoding) for what is not UTF-8 text, TooLarge(chars)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("encoding") from error
    if "\0" in text:
        raise UnreadableFile("encoding")
    if len(text) > MAX_CHARS:
        raise TooLarge("chars", limit=MAX_CHARS, found=len(text))
    return text


def windows(text: str) -> tuple[str, ...]:
    """The whole text in pieces that overlap, so that nothing hides in a seam."""
    step = WINDOW - OVERLAP
    pieces = (text[start : start + WINDOW] for start in range(0, max(1, len(text) - OVERLAP), step))
    return tuple(piece for piece in pieces if piece.strip())


def mark(file: Brought, order: Order) -> tuple[tuple[bytes, str], ...]:
    """The marked text and, of plain text, its label file: (bytes, media type) each. Raises UnreadableFile, TooLarge,
    LabelFailed."""
    text = decoded(file.data)
    if file.media_type != texts.MARKDOWN:
        data = _noticed(text, order).encode()
        beside = write_label(data, "text/plain", order.record)
        if not texts.describes(beside, data):
            raise LabelFailed("read_back", part="aigc")
        return (data, "text/plain"), (beside, texts.SIDECAR)
    matter, body = texts.parted(text)
    data = write_label((matter + _noticed(body, order)).encode(), texts.MARKDOWN, order.record)
    return ((data, texts.MARKDOWN),)


def _noticed(text: str, order: Order) -> str:
    """With its notices. Words about AI near the start are no notice, so nothing but our own counts as one."""
    done = mark_text(text, order.mark.language)
    if find_notice(done) is None:
        raise LabelFailed("read_back", part="visible")
    return done
