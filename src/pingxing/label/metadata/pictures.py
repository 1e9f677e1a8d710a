"""JPEG, PNG, WebP and GIF: an XMP packet at the place that each format has for it (practice guide TC260-PG-20259A).

Every other byte of the file is copied as it stands: pixels are never decoded, C2PA boxes, colour profiles and
EXIF blocks stay. A label that an earlier maker put into an EXIF comment or a PNG text chunk is taken out.
"""

from __future__ import annotations

import struct
import zlib

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import tiff
from pingxing.label.containers import (
    XMP_EXTENSION,
    XMP_JPEG,
    gif_blocks,
    gif_packet,
    jpeg_segments,
    palette,
    png_chunks,
    png_text,
)
from pingxing.label.metadata.merging import Label, merged, without_label

_SEGMENT = 65_533  # bytes of one JPEG segment's body
_TRACE = b"tc260.org.cn/ns/AIGC"
_GIF_XMP = b"\x0bXMP DataXMP"
# Adobe's trailer: whatever byte a reader of GIF blocks lands on, it reaches the final zero
_GIF_TRAILER = b"\1" + bytes(range(255, -1, -1)) + b"\0"


def write_jpeg(data: bytes, label: Label) -> bytes:
    """XMP in APP1, behind JFIF and EXIF. Raises LabelFailed (metadata, no_room), UnreadableFile."""
    packet: bytes | None = None
    out: list[bytes] = [data[:2]]
    place, at, before_scan = 1, 2, True
    for marker, body, end in jpeg_segments(data):
        start = end - len(body) - (2 if marker == 0xD9 else 4)
        out.append(data[at:start])  # fill bytes and entropy-coded data
        at, segment = end, data[start:end]
        if marker == 0xE1 and body.startswith(XMP_JPEG):
            if packet is None:
                packet, place = body[len(XMP_JPEG) :], len(out)
            elif _TRACE in body:
                packet_without = without_label(body[len(XMP_JPEG) :])
                out.append(_segment(0xE1, XMP_JPEG + packet_without))
            else:
                out.append(segment)
            continue
        if marker == 0xE1 and body.startswith(XMP_EXTENSION) and _TRACE in body:
            raise LabelFailed("metadata")
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            segment = _segment(0xE1, body[:6] + tiff.without_comment(body[6:]))
        out.append(segment)
        before_scan = before_scan and marker != 0xDA
        if packet is None and before_scan and (marker == 0xE0 or body.startswith(b"Exif\0\0")):
            place = len(out)
    out.insert(place, _segment(0xE1, XMP_JPEG + merged(packet, label)))
    return b"".join(out) + data[at:]


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > _SEGMENT:
        raise LabelFailed("no_room")
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def write_png(data: bytes, label: Label) -> bytes:
    """XMP in an uncompressed iTXt chunk before the pixels."""
    packet: bytes | None = None
    out: list[bytes] = [data[:8]]
    place, at = 0, 8
    for kind, body, end in png_chunks(data):
        segment, at = data[at:end], end
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, rest = body.partition(b"\0")
            if keyword == b"AIGC":
                continue
            if keyword == b"XML:com.adobe.xmp":
                found = png_text(kind, rest)
                if packet is None:
                    packet = found
                    continue
                segment = _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + without_label(found))
        elif kind == b"eXIf":
            segment = _chunk(kind, tiff.without_comment(body))
        if kind == b"IDAT" and not place:
            place = len(out)
        out.append(segment)
    if not place:
        raise UnreadableFile("damaged")
    out.insert(place, _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + merged(packet, label)))
    return b"".join(out) + data[at:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write_webp(data: bytes, label: Label) -> bytes:
    """XMP in an `XMP ` chunk at the end, announced by the extended header, which is made where it is missing."""
    size = int.from_bytes(data[4:8], "little")
    if 8 + size > len(data):
        raise UnreadableFile("truncated")
    chunks: list[tuple[bytes, bytes]] = []
    packet: bytes | None = None
    at = 12
    while at + 8 <= 8 + size:
        kind, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + length]
        if at + 8 + length > 8 + size:
            raise UnreadableFile("truncated")
        at += 8 + length + (length & 1)
        if kind == b"XMP " and packet is None:
            packet = body
        elif kind == b"XMP ":
            chunks.append((kind, without_label(body)))
        elif kind == b"EXIF":
            prefix = b"Exif\0\0" if body.startswith(b"Exif\0\0") else b""
            chunks.append((kind, prefix + tiff.without_comment(body[len(prefix) :])))
        else:
            chunks.append((kind, body))
    chunks.append((b"XMP ", merged(packet, label)))
    if chunks[0][0] == b"VP8X" and len(chunks[0][1]) >= 10:
        head = chunks[0][1]
        chunks[0] = (b"VP8X", bytes([head[0] | 0x04]) + head[1:])
    else:
        chunks.insert(0, (b"VP8X", _extended(*chunks[0])))
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(b)) + b + b"\0" * (len(b) & 1) for k, b in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + data[8 + size + (size & 1) :]


def _extended(kind: bytes, body: bytes) -> bytes:
    """The extended header of a simple file: XMP, alpha where the lossless stream announces it, the size."""
    width: int
    height: int
    if kind == b"VP8L" and len(body) >= 5:
        (bits,) = struct.unpack_from("<I", body, 1)
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 " and len(body) >= 10:
        across, down = struct.unpack_from("<HH", body, 6)
        width, height, alpha = (across & 0x3FFF) - 1, (down & 0x3FFF) - 1, 0
    else:
        raise UnreadableFile("damaged")
    if width < 0 or height < 0:
        raise UnreadableFile("damaged")
    flags = 0x04 | (0x10 if alpha else 0)
    return bytes([flags, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def write_gif(data: bytes, label: Label) -> bytes:
    """XMP in an application extension before the first frame, behind the loop count; the version becomes 89a."""
    if len(data) < 13:
        raise UnreadableFile("truncated")
    start = 13 + palette(data[10])
    out: list[bytes] = [b"GIF89a" + data[6:start]]
    packet: bytes | None = None
    place, at = 0, start
    for kind, block, after in gif_blocks(data, start):
        if kind in (b",", b"\xf9", b";") and not place:
            place = len(out)
        if kind == b"\xff" and block.startswith(_GIF_XMP):
            found = gif_packet(block)
            if packet is None:
                packet = found
            else:
                out.append(_gif_extension(without_label(found)))
        else:
            out.append(data[at:after])
        at = after
    out.insert(place, _gif_extension(merged(packet, label)))
    return b"".join(out) + data[at:]


def _gif_extension(packet: bytes) -> bytes:
    if b"\0" in packet:
        raise LabelFailed("metadata")
    return b"!\xff" + _GIF_XMP + packet + _GIF_TRAILER
