"""The few TIFF fields that labels live in, for TIFF files and EXIF blocks alike (TIFF 6.0, EXIF 2.32)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

XMP, EXIF_IFD, USER_COMMENT, C2PA = 0x02BC, 0x8769, 0x9286, 0xCD41
WIDTH, HEIGHT = 0x0100, 0x0101
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4}
_MAX_ENTRIES = 4_096


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
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(data[:4]))
    if order is None or len(data) < 8:
        raise BrokenTiff("header")
    first = _directory(data, order, struct.unpack_from(order + "I", data, 4)[0])
    comments = [c for tag, c in first if tag == USER_COMMENT]
    for tag, value in first:
        if tag == EXIF_IFD and len(value) >= 4:
            below = _directory(data, order, struct.unpack_from(order + "I", value)[0])
            comments += [c for inner, c in below if inner == USER_COMMENT]
    return Fields(
        width=_number(first, WIDTH, order),
        height=_number(first, HEIGHT, order),
        xmp=tuple(value for tag, value in first if tag == XMP),
        user_comments=tuple(_comment(c) for c in comments),
        c2pa=next((value for tag, value in first if tag == C2PA), None),
    )


def _directory(data: bytes, order: str, offset: int) -> list[tuple[int, bytes]]:
    if offset + 2 > len(data):
        raise BrokenTiff("directory")
    (count,) = struct.unpack_from(order + "H", data, offset)
    if count > _MAX_ENTRIES or offset + 2 + 12 * count > len(data):
        raise BrokenTiff("directory")
    entries: list[tuple[int, bytes]] = []
    for i in range(count):
        at = offset + 2 + 12 * i
        tag, kind, number = struct.unpack_from(order + "HHI", data, at)
        if tag not in (XMP, EXIF_IFD, USER_COMMENT, C2PA, WIDTH, HEIGHT):
            continue
        size = _SIZES.get(kind, 0) * number
        where = at + 8 if size <= 4 else struct.unpack_from(order + "I", data, at + 8)[0]
        if size == 0 or where + size > len(data):
            raise BrokenTiff(f"tag {tag:#x}")
        entries.append((tag, bytes(data[where : where + size])))
    return entries


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
    return (text if code in (b"ASCII\0\0\0", b"\0" * 8) else value).decode("utf-8", "replace").strip("\0 ")
