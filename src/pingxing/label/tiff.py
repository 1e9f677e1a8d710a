"""The few TIFF fields that labels live in, for TIFF files and EXIF blocks alike (TIFF 6.0, EXIF 2.32)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

XMP, EXIF_IFD, USER_COMMENT, C2PA = 0x02BC, 0x8769, 0x9286, 0xCD41
WIDTH, HEIGHT = 0x0100, 0x0101
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4}
_MAX_ENTRIES = 4_096
_MAX_LABELLING = 32  # entries of one directory that concern labels; each tag belongs there once
_MAX_OTHERS = 8 << 20  # bytes of such values on all later pages
_MAX_VALUE = (1 << 20) + 1  # bytes of one value that are looked at
_MAX_PAGES, _MAX_ALL = 4_096, 65_536  # directories, and entries of them all


class BrokenTiff(ValueError):
    """Offsets or counts that point outside the file, or no TIFF at all."""


@dataclass(frozen=True, slots=True)
class Fields:
    width: int | None
    height: int | None
    xmp: tuple[bytes, ...]
    user_comments: tuple[str, ...]
    c2pa: bytes | None


def fields(data: bytes) -> Fields:
    """Read IFD0 and its EXIF directory. Raises BrokenTiff."""
    order = _order(data)
    pages = directories(data, order)
    first = _directory(data, order, pages[0])
    others: list[tuple[int, bytes]] = []
    left = _MAX_OTHERS
    for page in pages[1:]:
        more = _tolerant(data, order, page)
        left -= sum(len(value) for _, value in more)
        if left < 0:
            raise BrokenTiff("directory")
        others += more
    comments = [c for tag, c in first if tag == USER_COMMENT]
    for tag, value in first:
        if tag == EXIF_IFD and len(value) >= 4:
            below = _directory(data, order, struct.unpack_from(order + "I", value)[0])
            comments += [c for inner, c in below if inner == USER_COMMENT]
    return Fields(
        width=_number(first, WIDTH, order),
        height=_number(first, HEIGHT, order),
        xmp=tuple(value for tag, value in first + others if tag == XMP),
        user_comments=tuple(_comment(c) for c in comments),
        c2pa=next((value for tag, value in first if tag == C2PA), None),
    )


def _order(data: bytes) -> str:
    """The order of bytes in numbers, as `struct` spells it."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(data[:4]))
    if order is None or len(data) < 8:
        raise BrokenTiff("header")
    return order


def _tolerant(data: bytes, order: str, offset: int) -> list[tuple[int, bytes]]:
    """A later page: thumbnails in EXIF are often broken, and no reason to disbelieve the picture."""
    try:
        return _directory(data, order, offset)
    except BrokenTiff:
        return []


def directories(data: bytes, order: str) -> list[int]:
    """Where the directories of the pages stand; the chain ends where it leaves the file or runs in a circle.

    Raises BrokenTiff where there is none, or more than any document needs.
    """
    found: dict[int, None] = {}
    total = 0
    offset = struct.unpack_from(order + "I", data, 4)[0]
    while offset and offset not in found and offset + 2 <= len(data):
        found[offset] = None
        (count,) = struct.unpack_from(order + "H", data, offset)
        total += count
        if len(found) > _MAX_PAGES or total > _MAX_ALL:
            raise BrokenTiff("directory")
        behind = offset + 2 + 12 * count
        offset = struct.unpack_from(order + "I", data, behind)[0] if behind + 4 <= len(data) else 0
    if not found:
        raise BrokenTiff("directory")
    return list(found)


@dataclass(frozen=True, slots=True)
class Entry:
    tag: int
    at: int  # of the twelve bytes in the directory
    where: slice  # of the value


def entries(data: bytes, order: str, offset: int) -> list[Entry]:
    """The directory's entries that concern labels. Raises BrokenTiff."""
    if offset + 2 > len(data):
        raise BrokenTiff("directory")
    (count,) = struct.unpack_from(order + "H", data, offset)
    if count > _MAX_ENTRIES or offset + 2 + 12 * count > len(data):
        raise BrokenTiff("directory")
    found: list[Entry] = []
    for i in range(count):
        at = offset + 2 + 12 * i
        tag, kind, number = struct.unpack_from(order + "HHI", data, at)
        if tag not in (XMP, EXIF_IFD, USER_COMMENT, C2PA, WIDTH, HEIGHT):
            continue
        size = _SIZES.get(kind, 0) * number
        where = at + 8 if size <= 4 else struct.unpack_from(order + "I", data, at + 8)[0]
        if size == 0 or where + size > len(data):
            raise BrokenTiff(f"tag {tag:#x}")
        found.append(Entry(tag, at, slice(where, where + size)))
    return found


def _directory(data: bytes, order: str, offset: int) -> list[tuple[int, bytes]]:
    """Tags and the beginnings of their values. Entries may share bytes: many long ones cost more than the file has."""
    found = entries(data, order, offset)
    if len(found) > _MAX_LABELLING:
        raise BrokenTiff("directory")
    return [(e.tag, bytes(data[e.where.start : min(e.where.stop, e.where.start + _MAX_VALUE)])) for e in found]


def _number(entries: list[tuple[int, bytes]], tag: int, order: str) -> int | None:
    value = next((v for t, v in entries if t == tag), None)
    if value is None:
        return None
    return int.from_bytes(value[: 2 if len(value) < 4 else 4], "little" if order == "<" else "big")


def _comment(value: bytes) -> str:
    """EXIF UserComment: eight bytes of character code, then text."""
    code, text = value[:8], value[8:]
    if code.startswith(b"UNICODE"):
        return text.decode("utf-16-be" if text[:1] == b"\0" else "utf-16-le", "replace").strip("\0 ")
    return (text if code == b"ASCII\0\0\0" else value).decode("utf-8", "replace").strip("\0 ")


def without_comment(block: bytes) -> bytes:
    """The EXIF block with an AIGC record in UserComment made blank; nothing moves, so every offset stays true."""
    try:
        places = [place for place in _comments(block) if '"AIGC"' in _comment(block[place])]
    except BrokenTiff:
        return block
    out = bytearray(block)
    for place in places:
        text = slice(place.start + 8, place.stop)
        out[text] = b" " * (text.stop - text.start)
    return bytes(out)


def _comments(block: bytes) -> list[slice]:
    order = _order(block)
    first = entries(block, order, struct.unpack_from(order + "I", block, 4)[0])
    found = [e.where for e in first if e.tag == USER_COMMENT]
    for entry in first:
        if entry.tag == EXIF_IFD and entry.where.stop - entry.where.start >= 4:
            below = struct.unpack_from(order + "I", block, entry.where.start)[0]
            found += [e.where for e in entries(block, order, below) if e.tag == USER_COMMENT]
    return found
