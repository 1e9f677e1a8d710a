"""RIFF: WAV with a chunk `AIGC` (practice guide TC260-PG-202510A), AVI with `AIGC` in LIST INFO (TC260-PG-20257A).

The fields of IPTC, which RIFF has no chunk for, stand beside it as XMP in `_PMX`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import MAX_PACKET, Contents
from pingxing.label.metadata.merging import Label, beside

_MAX_PARTS = 200_000
_AIGC = b"AIGC"


@dataclass(frozen=True, slots=True)
class Chunk:
    kind: bytes
    start: int  # of the header
    body: int
    size: int

    @property
    def end(self) -> int:
        """With the padding byte of odd sizes."""
        return self.body + self.size + (self.size & 1)


def chunks(data: bytes, at: int, end: int) -> Iterator[Chunk]:
    """The chunks between two places. Raises UnreadableFile(truncated)."""
    parts = 0
    while at + 8 <= end:
        parts += 1
        chunk = Chunk(data[at : at + 4], at, at + 8, struct.unpack_from("<I", data, at + 4)[0])
        if chunk.body + chunk.size > end or parts > _MAX_PARTS:
            raise UnreadableFile("truncated")
        yield chunk
        at = chunk.end


def _form(data: bytes) -> tuple[bytes, int]:
    """The form's name and where it ends."""
    if len(data) < 12:
        raise UnreadableFile("truncated")
    (size,) = struct.unpack_from("<I", data, 4)
    if data[:4] == b"RF64" or 8 + size > len(data):
        raise UnreadableFile("truncated")
    return data[8:12], 8 + size


def _text(data: bytes, chunk: Chunk) -> str:
    return data[chunk.body : chunk.body + min(chunk.size, MAX_PACKET)].rstrip(b"\0").decode("utf-8", "replace")


def read_wav(data: bytes) -> Contents:
    _, end = _form(data)
    found = Contents("audio/wav", end=end + (end & 1))
    for chunk in chunks(data, 12, end):
        if chunk.kind == _AIGC:
            found.texts.append(_text(data, chunk))
        elif chunk.kind == b"_PMX":
            found.xmp.append(data[chunk.body : chunk.body + min(chunk.size, MAX_PACKET + 1)])
        elif chunk.kind == b"C2PA":
            found.c2pa = data[chunk.body : chunk.body + chunk.size]
    return found


def write_wav(data: bytes, label: Label) -> bytes:
    """The chunk goes behind the last one. Raises UnreadableFile, LabelFailed(no_room)."""
    form, end = _form(data)
    body = bytearray(form)
    packet: bytes | None = None
    for chunk in chunks(data, 12, end):
        if chunk.kind == b"_PMX" and packet is None:
            packet = data[chunk.body : chunk.body + chunk.size]
        elif chunk.kind not in (_AIGC, b"_PMX"):
            body += data[chunk.start : chunk.end].ljust(chunk.end - chunk.start, b"\0")
    packet = beside(packet, label)
    if packet is not None:
        body += _chunk(b"_PMX", packet)
    body += _chunk(_AIGC, label.text.encode("ascii"))
    return _riff(bytes(body)) + data[end + (end & 1) :]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def _riff(body: bytes) -> bytes:
    if len(body) >= 1 << 32:
        raise LabelFailed("no_room")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def read_avi(data: bytes) -> Contents:
    found = Contents("video/x-msvideo")
    at = 0
    # OpenDML files go on with further RIFF forms behind the first
    while data[at : at + 4] == b"RIFF" and at + 12 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + size > len(data):
            raise UnreadableFile("truncated")
        for chunk in chunks(data, at + 12, at + 8 + size):
            if chunk.kind == b"LIST" and data[chunk.body : chunk.body + 4] == b"INFO":
                for item in chunks(data, chunk.body + 4, chunk.body + chunk.size):
                    if item.kind == _AIGC:
                        found.texts.append(_text(data, item))
            elif chunk.kind == b"LIST" and data[chunk.body : chunk.body + 4] == b"hdrl":
                _size(found, data, chunk)
            elif chunk.kind == b"_PMX":
                found.xmp.append(data[chunk.body : chunk.body + min(chunk.size, MAX_PACKET + 1)])
            elif chunk.kind == b"C2PA":
                found.c2pa = data[chunk.body : chunk.body + chunk.size]
        at += 8 + size + (size & 1)
    found.end = min(at, len(data))
    return found


def _size(found: Contents, data: bytes, header: Chunk) -> None:
    main = next(chunks(data, header.body + 4, header.body + header.size), None)
    if main is not None and main.kind == b"avih" and main.size >= 40:
        found.width, found.height = struct.unpack_from("<II", data, main.body + 32)


def write_avi(data: bytes, label: Label) -> bytes:
    """`AIGC` in LIST INFO, without moving a frame where padding allows it, else behind the index.

    Indexes count from the start of the frames or of the file, so what stands before them must keep its size.
    Raises UnreadableFile, LabelFailed(no_room) where an OpenDML file has no padding to use.
    """
    _, end = _form(data)
    parts = list(chunks(data, 12, end))
    listed = [c for c in parts if c.kind == b"LIST" and data[c.body : c.body + 4] == b"INFO"]
    out = bytearray(data[:end].ljust(end + (end & 1), b"\0"))
    tail = data[end + (end & 1) :]
    kept = b"".join(data[i.start : i.end] for c in listed for i in _items(data, c) if i.kind != _AIGC)
    if tail[:4] == b"RIFF" and any(i.kind == _AIGC for i in _later_items(tail)):
        raise LabelFailed("metadata")
    info = _chunk(b"LIST", b"INFO" + kept + _chunk(_AIGC, label.text.encode("ascii")))
    described = [c for c in parts if c.kind == b"_PMX"]
    packet = beside(data[described[0].body : described[0].body + described[0].size] if described else None, label)
    for old in (*listed, *described):
        _blank(out, old)
    if tail[:4] != b"RIFF":  # readers lose patience with padding behind the index
        del out[next((p.end for p in reversed(parts) if out[p.start : p.start + 4] != b"JUNK"), 12) :]
    for new in [info] if packet is None else [info, _chunk(b"_PMX", packet)]:
        room = _room(out, len(new), len(out))
        if room is not None:
            rest = room.end - room.start - len(new)
            out[room.start : room.end] = new + (_chunk(b"JUNK", bytes(rest - 8)) if rest else b"")
        elif tail[:4] == b"RIFF":
            raise LabelFailed("no_room")
        else:
            out += new
    return _riff(bytes(out[8:])) + tail


def _items(data: bytes, info: Chunk) -> list[Chunk]:
    return list(chunks(data, info.body + 4, info.body + info.size))


def _later_items(tail: bytes) -> Iterator[Chunk]:
    size = int.from_bytes(tail[4:8], "little")
    for chunk in chunks(tail, 12, min(8 + size, len(tail))):
        if chunk.kind == b"LIST" and tail[chunk.body : chunk.body + 4] == b"INFO":
            yield from _items(tail, chunk)


def _blank(out: bytearray, old: Chunk) -> None:
    out[old.start : old.start + 4] = b"JUNK"
    out[old.body : old.body + old.size] = bytes(old.size)


def _room(out: bytearray, size: int, end: int) -> Chunk | None:
    """A run of padding chunks that holds `size` bytes exactly, or with a padding chunk behind it."""
    run: Chunk | None = None
    for chunk in chunks(bytes(out), 12, end):
        if chunk.kind != b"JUNK":
            run = None
            continue
        run = chunk if run is None else Chunk(b"JUNK", run.start, run.body, chunk.end - run.body)
        if run.end - run.start == size or run.end - run.start >= size + 8:
            return run
    return None
