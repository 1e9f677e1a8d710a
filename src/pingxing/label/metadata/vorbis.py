"""FLAC and Ogg (Vorbis, Opus): a comment `AIGC=` in the Vorbis comment block (practice guide TC260-PG-202510A).

In Ogg the comment header is paged anew and the later pages of its stream get new numbers and checksums; the
packets, and everything of other streams, stay as they are (RFC 3533, RFC 7845).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import Contents
from pingxing.label.metadata import id3
from pingxing.label.metadata.merging import Label
from pingxing.label.xmp import TAGS, tags

_MAX_COMMENTS = 100_000
_MAX_HEADER = 16 << 20  # bytes of one comment header; covers stand in it as well
_MAX_BLOCKS = 10_000
_MAX_PAGES = 2_000_000
_COMMENT_BLOCK = 4
_BEGINNING, _NOWHERE = bytes(8), b"\xff" * 8  # positions; a page on which no packet ends has none


@dataclass(frozen=True, slots=True)
class Comments:
    vendor: bytes
    entries: tuple[bytes, ...]
    rest: bytes  # what stands behind: Vorbis' framing bit, Opus' padding

    @classmethod
    def parse(cls, body: bytes) -> Comments:
        """Raises UnreadableFile(truncated)."""
        at, entries = 0, []
        vendor, at = _counted(body, at)
        if at + 4 > len(body):
            raise UnreadableFile("truncated")
        (count,) = struct.unpack_from("<I", body, at)
        at += 4
        if count > _MAX_COMMENTS:
            raise UnreadableFile("bomb")
        for _ in range(count):
            entry, at = _counted(body, at)
            entries.append(entry)
        return cls(vendor, tuple(entries), body[at:])

    @property
    def labels(self) -> list[str]:
        return [entry[5:].decode("utf-8", "replace") for entry in self.entries if _name(entry) == "AIGC"]

    @property
    def facts(self) -> dict[str, str]:
        said = [entry.decode("utf-8", "replace").partition("=") for entry in self.entries if _name(entry) in TAGS]
        return {TAGS[name.upper()]: value for name, _, value in said}

    def with_label(self, label: Label | None) -> bytes:
        """The block with this label in place of any, and what IPTC asks for; None takes labels out."""
        entries = [entry for entry in self.entries if _name(entry) != "AIGC"]
        if label is not None:
            facts = tags(label.provenance)
            names = {_name(entry) for entry in entries}
            entries = [entry for entry in entries if _name(entry) not in facts or _name(entry) == "CREATEDATE"]
            entries.append(b"AIGC=" + label.text.encode("ascii"))
            entries += [f"{n}={v}".encode() for n, v in facts.items() if n != "CREATEDATE" or n not in names]
        parts = [self.vendor, *entries]
        sized = [struct.pack("<I", len(part)) + part for part in parts]
        return sized[0] + struct.pack("<I", len(entries)) + b"".join(sized[1:]) + self.rest


def _name(entry: bytes) -> str:
    """Names are ASCII, and large and small letters are the same."""
    return entry.partition(b"=")[0].upper().decode("ascii", "replace") if b"=" in entry[:64] else ""


def _counted(body: bytes, at: int) -> tuple[bytes, int]:
    if at + 4 > len(body):
        raise UnreadableFile("truncated")
    (size,) = struct.unpack_from("<I", body, at)
    if at + 4 + size > len(body):
        raise UnreadableFile("truncated")
    return body[at + 4 : at + 4 + size], at + 4 + size


# --- FLAC --------------------------------------------------------------------------------------------


def _flac_start(data: bytes) -> int:
    if data[:4] == b"fLaC":
        return 4
    a, b, c, d = data[6:10].ljust(4, b"\0")
    size = a << 21 | b << 14 | c << 7 | d
    if data[10 + size : 14 + size] != b"fLaC":
        raise UnreadableFile("damaged")
    return 14 + size


def _flac_blocks(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Kind, body and end of every metadata block."""
    at = _flac_start(data)
    for _ in range(_MAX_BLOCKS):
        if at + 4 > len(data):
            raise UnreadableFile("truncated")
        head, size = data[at], int.from_bytes(data[at + 1 : at + 4], "big")
        body = data[at + 4 : at + 4 + size]
        if len(body) < size:
            raise UnreadableFile("truncated")
        at += 4 + size
        yield head & 0x7F, body, at
        if head & 0x80:
            return
    raise UnreadableFile("bomb")


def read_flac(data: bytes) -> Contents:
    found = Contents("audio/flac", end=len(data))
    found.c2pa = id3.manifest(data)
    for kind, body, _ in _flac_blocks(data):
        if kind == _COMMENT_BLOCK:
            comments = Comments.parse(body)
            found.texts.extend(comments.labels)
            found.facts |= comments.facts
    return found


def write_flac(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed(no_room)."""
    blocks: list[tuple[int, bytes]] = []
    mine: Label | None = label
    end = 0
    for kind, body, at in _flac_blocks(data):
        end = at
        if kind == _COMMENT_BLOCK:
            body = Comments.parse(body).with_label(mine)
            mine = None
        blocks.append((kind, body))
    if mine is not None:
        blocks.insert(1, (_COMMENT_BLOCK, Comments(b"", (), b"").with_label(mine)))
    out = bytearray(data[: _flac_start(data)])
    for i, (kind, body) in enumerate(blocks):
        if len(body) >= 1 << 24:
            raise LabelFailed("no_room")
        out += bytes([kind | (0x80 if i == len(blocks) - 1 else 0)]) + len(body).to_bytes(3, "big") + body
    return bytes(out) + data[end:]


# --- Ogg ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    granule: bytes  # eight bytes, copied
    serial: int
    number: int
    lacing: bytes
    body: bytes

    def bytes(self) -> bytes:
        head = struct.pack("<4sBB8sII", b"OggS", 0, self.flags, self.granule, self.serial, self.number)
        page = bytearray(head + bytes(4) + bytes([len(self.lacing)]) + self.lacing + self.body)
        struct.pack_into("<I", page, 22, _checksum(page))
        return bytes(page)


_MIRRORED = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))


def _checksum(page: bytearray) -> int:
    """RFC 3533's CRC-32: zlib's polynomial, but read from the other end of every byte, and starting from nothing."""
    value = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)


def _pages(data: bytes) -> Iterator[tuple[_Page, int, int]]:
    """Every page, its start and end. Raises UnreadableFile."""
    at = 0
    for _ in range(_MAX_PAGES):
        if at == len(data):
            return
        if at + 27 > len(data) or data[at : at + 4] != b"OggS" or data[at + 4] != 0:
            raise UnreadableFile("truncated" if at + 27 > len(data) else "damaged")
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        body = at + 27 + len(lacing)
        end = body + sum(lacing)
        if len(lacing) < data[at + 26] or end > len(data):
            raise UnreadableFile("truncated")
        serial, number = struct.unpack_from("<II", data, at + 14)
        yield _Page(data[at + 5], data[at + 6 : at + 14], serial, number, lacing, data[body:end]), at, end
        at = end
    raise UnreadableFile("bomb")


@dataclass(slots=True)
class _Stream:
    """One logical stream while its headers are gathered."""

    magic: bytes  # of the comment header
    headers: int  # packets behind the first that are headers
    packets: list[bytes] = field(default_factory=list)
    part: bytearray = field(default_factory=bytearray)

    @property
    def done(self) -> bool:
        return len(self.packets) >= self.headers

    def take(self, page: _Page) -> None:
        at = 0
        for size in page.lacing:
            self.part += page.body[at : at + size]
            at += size
            if len(self.part) > _MAX_HEADER:
                raise UnreadableFile("bomb")
            if size < 255:
                self.packets.append(bytes(self.part))
                self.part.clear()


def _opened(page: _Page) -> _Stream | None:
    """The stream that a first page begins, where it is of a kind that has comments we write."""
    if page.body[:7] == b"\x01vorbis":
        return _Stream(b"\x03vorbis", 2)
    if page.body[:8] == b"OpusHead":
        return _Stream(b"OpusTags", 1)
    return None


def _comments(stream: _Stream) -> Comments | None:
    """Of a stream whose headers are all there."""
    packet = stream.packets[0]
    return Comments.parse(packet[len(stream.magic) :]) if packet.startswith(stream.magic) else None


def read_ogg(data: bytes) -> Contents:
    found = Contents("audio/ogg", end=len(data))
    streams: dict[int, _Stream] = {}
    for page, _, _ in _pages(data):
        if page.flags & 2:  # a stream begins; in a chained file a later one may take up the number of an ended one
            streams.pop(page.serial, None)
            opened = _opened(page)
            if opened is not None:
                streams[page.serial] = opened
            continue
        stream = streams.get(page.serial)
        if stream is None or stream.done:
            continue
        stream.take(page)
        if stream.done and (comments := _comments(stream)) is not None:
            found.texts.extend(comments.labels)
            found.facts |= comments.facts
    return found


def write_ogg(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (container: no Vorbis or Opus stream; no_room)."""
    mine: Label | None = label
    streams: dict[int, _Stream] = {}
    added: dict[int, int] = {}  # how many pages more than before
    gathered: dict[int, int] = {}  # pages of headers that are not all there yet
    parts: list[bytes] = []
    for page, start, end in _pages(data):
        stream = streams.get(page.serial)
        if page.flags & 2:
            if page.serial in gathered:
                raise UnreadableFile("damaged")
            streams.pop(page.serial, None)
            added.pop(page.serial, None)
            opened = _opened(page)
            if opened is not None:
                streams[page.serial] = opened
            parts.append(data[start:end])
        elif stream is not None and not stream.done:
            stream.take(page)
            gathered[page.serial] = gathered.get(page.serial, 0) + 1
            if stream.done:
                if len(stream.packets) > stream.headers or stream.part:
                    raise UnreadableFile("damaged")  # sound begins on a page of its own
                pages = _headers(stream, page, mine)
                mine = None
                added[page.serial] = len(pages) - gathered.pop(page.serial)
                parts += [p.bytes() for p in pages]
        elif added.get(page.serial):
            number = page.number + added[page.serial] & 0xFFFFFFFF
            parts.append(replace(page, number=number).bytes())
        else:
            parts.append(data[start:end])
    if mine is not None:
        raise LabelFailed("container", kind="audio/ogg")
    if gathered:
        raise UnreadableFile("truncated")
    return b"".join(parts)


def _headers(stream: _Stream, last: _Page, mine: Label | None) -> list[_Page]:
    """The pages of comment and setup header, numbered from 1: the first page of a stream is number 0."""
    comments = _comments(stream)
    if comments is None:
        raise UnreadableFile("damaged")
    packets = [stream.magic + comments.with_label(mine), *stream.packets[1:]]
    lacing, body = bytearray(), b"".join(packets)
    for packet in packets:
        lacing += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    pages: list[_Page] = []
    at = 0
    for i in range(0, len(lacing), 255):
        piece = bytes(lacing[i : i + 255])
        size = sum(piece)
        continued = lacing[i - 1] == 255  # before the first page stands the last value, and that ends a packet
        ends = any(value < 255 for value in piece)
        granule = _BEGINNING if ends else _NOWHERE
        pages.append(_Page(int(continued), granule, last.serial, 1 + len(pages), piece, body[at : at + size]))
        at += size
    return pages
