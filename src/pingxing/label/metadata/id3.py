"""MP3: an ID3v2 frame TXXX with the description `AIGC` (practice guide TC260-PG-202510A); IPTC's fields as XMP in PRIV.

A tag of version 2.3 or 2.4 is kept as it is, frame by frame; where there is none, one of version 2.3 is put in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import MAX_PACKET, Contents
from pingxing.label.metadata.merging import Label, beside

_MAX_FRAMES = 10_000
_MAX_TAGS = 8
_ROOM = 1 << 28  # bytes: what a tag's size can no longer say
_XMP = b"XMP\0"
_C2PA = (b"application/c2pa\0", b"application/x-c2pa-manifest-store\0")
_ENCODINGS = {0: ("latin-1", 1), 1: ("utf-16", 2), 2: ("utf-16-be", 2), 3: ("utf-8", 1)}


@dataclass(frozen=True, slots=True)
class _Tag:
    version: int
    flags: int
    body: bytes  # frames and padding, without an extended header
    end: int


_NONE = _Tag(3, 0, b"", 0)  # of a file without one


@dataclass(frozen=True, slots=True)
class _Frame:
    name: bytes
    flags: bytes
    body: bytes
    whole: bytes


def _synchsafe(data: bytes) -> int:
    return (data[0] & 0x7F) << 21 | (data[1] & 0x7F) << 14 | (data[2] & 0x7F) << 7 | data[3] & 0x7F


def _tag(data: bytes, at: int) -> _Tag | None:
    if data[at : at + 3] != b"ID3" or len(data) < at + 10:
        return None
    version, flags, size = data[at + 3], data[at + 5], _synchsafe(data[at + 6 : at + 10])
    end = at + 10 + size + (10 if version == 4 and flags & 0x10 else 0)
    if end > len(data):
        raise UnreadableFile("truncated")
    body = data[at + 10 : at + 10 + size]
    if flags & 0x80 and version < 4:
        body = body.replace(b"\xff\x00", b"\xff")
    if flags & 0x40 and version > 2 and len(body) >= 4:
        first = body[:4]
        body = body[_synchsafe(first) if version == 4 else 4 + int.from_bytes(first, "big") :]
    return _Tag(version, flags, body, end)


def _frames(tag: _Tag) -> Iterator[_Frame]:
    head, at = (6 if tag.version == 2 else 10), 0
    for _ in range(_MAX_FRAMES):
        if at + head > len(tag.body) or tag.body[at] == 0:
            return
        if tag.version == 2:
            name, flags = tag.body[at : at + 3], b"\0\0"
            size = int.from_bytes(tag.body[at + 3 : at + 6], "big")
        else:
            name, flags = tag.body[at : at + 4], tag.body[at + 8 : at + 10]
            field = tag.body[at + 4 : at + 8]
            size = _synchsafe(field) if tag.version == 4 else int.from_bytes(field, "big")
        body = tag.body[at + head : at + head + size]
        if len(body) < size:
            raise UnreadableFile("truncated")
        yield _Frame(name, flags, body, tag.body[at : at + head + size])
        at += head + size
    raise UnreadableFile("bomb")


def _plain(tag: _Tag, frame: _Frame) -> bytes:
    """The frame's content without a data length indicator and without unsynchronisation (2.4 only)."""
    body = frame.body
    if tag.version == 4:
        body = body[4:] if frame.flags[1] & 0x01 else body
        body = body.replace(b"\xff\x00", b"\xff") if frame.flags[1] & 0x02 else body
    return body


def _record(tag: _Tag, frame: _Frame) -> str | None:
    """The value of a user text whose description is AIGC."""
    body = _plain(tag, frame)
    if frame.name not in (b"TXXX", b"TXX") or not body:
        return None
    encoding, width = _ENCODINGS.get(body[0], ("latin-1", 1))
    rest = body[1:]
    end = next((i for i in range(0, len(rest), width) if not any(rest[i : i + width])), len(rest))
    if rest[:end].decode(encoding, "replace").lstrip("\ufeff") != "AIGC":
        return None
    return rest[end + width :].decode(encoding, "replace").lstrip("\ufeff").strip("\0")


def read(data: bytes) -> Contents:
    found = Contents("audio/mpeg", end=len(data))
    at = 0
    for _ in range(_MAX_TAGS):
        tag = _tag(data, at)
        if tag is None:
            break
        for frame in _frames(tag):
            text = _record(tag, frame)
            if text is not None:
                found.texts.append(text)
            elif (store := _store(tag, frame)) is not None:
                found.c2pa = store
            elif (described := _packet(tag, frame)) is not None:
                found.xmp.append(described[: MAX_PACKET + 1])
        at = tag.end
    return found


def manifest(data: bytes) -> bytes | None:
    """The manifest store in the tag before a file of another kind (FLAC). Raises UnreadableFile."""
    tag = _tag(data, 0)
    return None if tag is None else next((s for f in _frames(tag) if (s := _store(tag, f)) is not None), None)


def _store(tag: _Tag, frame: _Frame) -> bytes | None:
    """A C2PA manifest store: a general object of the media type that library and specification give it."""
    if frame.name != b"GEOB":
        return None
    body = _plain(tag, frame)
    return body if body[1:].startswith(_C2PA) else None


def _packet(tag: _Tag, frame: _Frame) -> bytes | None:
    """An XMP packet: a private frame of that owner, in whichever way a tag of 2.4 wraps it."""
    body = _plain(tag, frame)
    return body[len(_XMP) :] if frame.name == b"PRIV" and body.startswith(_XMP) else None


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (container: a tag of version 2.2 or several; no_room; metadata)."""
    tag = _tag(data, 0) or _NONE
    if tag.version not in (3, 4) or data[tag.end : tag.end + 3] == b"ID3":
        raise LabelFailed("container", kind="audio/mpeg")
    kept: list[bytes] = []
    packet: bytes | None = None
    for frame in _frames(tag):
        described = _packet(tag, frame)
        if described is not None and packet is None:
            packet = described
        elif _record(tag, frame) is None:
            kept.append(frame.whole)
    kept.append(_frame(tag, b"TXXX", b"\0AIGC\0" + label.text.encode("ascii")))
    packet = beside(packet, label)
    if packet is not None:
        kept.append(_frame(tag, b"PRIV", _XMP + packet))
    body = b"".join(kept)
    if len(body) >= _ROOM:
        raise LabelFailed("no_room")
    flags = tag.flags & (0xA0 if tag.version == 4 else 0x20)  # no extended header, no footer; 2.3 without escapes
    return b"ID3" + bytes([tag.version, 0, flags]) + _seven(len(body)) + body + data[tag.end :]


def _frame(tag: _Tag, name: bytes, body: bytes) -> bytes:
    return name + (_seven(len(body)) if tag.version == 4 else len(body).to_bytes(4, "big")) + b"\0\0" + body


def _seven(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
