"""Walking picture containers by their own structure, to find where labels live.

One function per container, each a bounded loop over lengths that are checked before they are
followed. Nothing is decoded here: the walkers return slices (XMP packets, EXIF blocks, text
records, C2PA boxes), the declared size in pixels, and where the container says it ends; bytes
after that end belong to no picture and are the caller's to judge.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pingxing.errors import UnreadableFile

XMP_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"  # what did not fit into 64 KB
MAX_PACKET = 1 << 20  # bytes of one XMP packet
_MAX_PARTS = 100_000  # chunks, segments or blocks of one file
_MAX_INFLATED = 1 << 20
_MAX_UNPACKED = 4 << 20  # of all text chunks of one PNG together
_MAX_SCANS = 200  # of one JPEG; each scan touches every pixel, encoders write about ten
_REAL_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")


@dataclass(slots=True)
class Contents:
    media_type: str
    width: int = 0
    height: int = 0
    xmp: list[bytes] = field(default_factory=list)
    exif: list[bytes] = field(default_factory=list)  # TIFF-structured blocks
    texts: list[str] = field(default_factory=list)  # records that stand in a place of their own, not in XMP
    facts: dict[str, str] = field(default_factory=dict)  # source_type, system, version, created as plain tags
    c2pa: bytes | None = None
    broken: bool = False  # a label stands in metadata that cannot be read
    end: int = 0


_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"isom": "video/mp4",
    b"mp42": "video/mp4",
}
_MPEG_FRAMES = (b"\xfb", b"\xfa", b"\xf3", b"\xf2", b"\xe3", b"\xe2")  # layer III of MPEG 1, 2 and 2.5


def sniff(data: bytes) -> str | None:
    """The media type by its first bytes, for the containers read here."""
    head = data[:1024]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "image/tiff"
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"\x42\x82\x84webm" in head[:64] else "video/x-matroska"
    if head[:4] == b"fLaC":
        return "audio/flac"
    if head[:4] == b"OggS":
        return "audio/ogg"
    if head[:4] == b"FLV\1":
        return "video/x-flv"
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] in _MPEG_FRAMES):
        return _tagged(data)
    if head[:4] == b"PK\3\4":
        return "application/zip"
    if b"%PDF-" in head:
        return "application/pdf"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.removeprefix(b"\xef\xbb\xbf")[:4] in (b"---\n", b"---\r", b"--- ") and b"\0" not in head:
        return "text/markdown"
    if text.startswith(b"{") and b'"AIGC"' in head:
        return "application/json"
    if text[:14].lower().startswith((b"<!doctype html", b"<html")):
        return None
    if text.startswith(b"<") and (b"<svg" in head or text.startswith((b"<?xml", b"<!--", b"<!DOCTYPE svg"))):
        return "image/svg+xml"
    return None


def _brand(head: bytes) -> str:
    """The kind of an ISO base media file: its major brand, then the brands that it says it is compatible with."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "video/mp4")


def _tagged(data: bytes) -> str:
    """ID3 tags stand before MPEG audio, and sometimes before FLAC, where they do not belong."""
    if data[:3] == b"ID3":
        a, b, c, d = data[6:10].ljust(4, b"\0")
        size = a << 21 | b << 14 | c << 7 | d
        if data[10 + size : 14 + size] == b"fLaC":
            return "audio/flac"
    return "audio/mpeg"


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Kind, body and end of every chunk up to IEND."""
    at, parts = 8, 0
    while True:
        parts += 1
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if at > len(data) or parts > _MAX_PARTS:
            raise UnreadableFile("truncated")
        yield kind, body, at
        if kind == b"IEND":
            return


def png(data: bytes) -> Contents:
    found = Contents("image/png")
    left = _MAX_UNPACKED
    for kind, body, end in png_chunks(data):
        found.end = end
        if kind == b"IHDR":
            if len(body) < 13:
                raise UnreadableFile("damaged")
            found.width, found.height = struct.unpack_from(">II", body)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            left -= _png_text(found, kind, body)
            if left < 0:
                raise UnreadableFile("bomb")
        elif kind == b"eXIf":
            found.exif.append(body)
        elif kind == b"caBX":
            found.c2pa = body
    return found


def _png_text(found: Contents, kind: bytes, body: bytes) -> int:
    """The number of bytes that a chunk of ours unpacked to."""
    keyword, _, rest = body.partition(b"\0")
    if keyword not in (b"XML:com.adobe.xmp", b"AIGC"):
        return 0
    rest = png_text(kind, rest)
    if keyword == b"AIGC":
        found.texts.append(rest.decode("utf-8", "replace"))
    else:
        found.xmp.append(rest)
    return len(rest)


def png_text(kind: bytes, rest: bytes) -> bytes:
    """The text of a tEXt, zTXt or iTXt chunk behind its keyword."""
    if kind == b"zTXt":
        return _inflate(rest[1:])
    if kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
        return _inflate(rest) if compressed else rest
    return rest


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        out = inflater.decompress(data, _MAX_INFLATED)
    except zlib.error as error:
        raise UnreadableFile("damaged") from error
    if inflater.unconsumed_tail:
        raise UnreadableFile("bomb")
    return out


def jpeg(data: bytes) -> Contents:
    found = Contents("image/jpeg")
    c2pa: list[bytes] = []
    extension: list[bytes] = []
    scans = 0
    for marker, body, end in jpeg_segments(data):
        found.end = end
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(body) >= 5:
            found.height, found.width = struct.unpack_from(">HH", body, 1)
        elif marker == 0xE1 and body.startswith(XMP_JPEG):
            found.xmp.append(body[len(XMP_JPEG) :])
        elif marker == 0xE1 and body.startswith(XMP_EXTENSION):
            extension.append(body[len(XMP_EXTENSION) :])
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            found.exif.append(body[6:])
        elif marker == 0xEB and body.startswith(b"JP"):
            c2pa.append(body)
        elif marker == 0xDA:
            scans += 1
            if scans > _MAX_SCANS:
                raise UnreadableFile("bomb")
    joined = b"".join(c2pa)
    found.c2pa = joined if b"c2pa" in joined else None
    found.xmp.extend(_extended_xmp(extension))
    return found


def _extended_xmp(parts: list[bytes]) -> Iterator[bytes]:
    """Extended packets, put together by their 32-byte names in the order that their offsets give."""
    packets: dict[bytes, list[tuple[int, bytes]]] = {}
    for part in parts:
        packets.setdefault(part[:32], []).append((int.from_bytes(part[36:40], "big"), part[40:]))
    for pieces in packets.values():
        packet = b"".join(piece for _, piece in sorted(pieces, key=lambda p: p[0]))
        if b"tc260.org.cn/ns/AIGC" in packet:  # depth maps of megabytes are none of our business
            yield packet


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, body and end of every segment up to the end of the image."""
    at, parts = 2, 0
    while True:
        parts += 1
        if at + 2 > len(data) or parts > _MAX_PARTS:
            raise UnreadableFile("truncated")
        if data[at] != 0xFF:
            raise UnreadableFile("damaged")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0xD9:
            yield marker, b"", at + 2
            return
        if 0xD0 <= marker <= 0xD7 or marker == 0x01:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if length < 2 or at > len(data):
            raise UnreadableFile("truncated")
        yield marker, body, at
        if marker == 0xDA:
            at = _after_scan(data, at)


def _after_scan(data: bytes, at: int) -> int:
    """Where the next real marker stands behind entropy-coded bytes (stuffed FF00 and restarts skipped)."""
    match = _REAL_MARKER.search(data, at)
    if match is None:
        raise UnreadableFile("truncated")
    return match.start()


def webp(data: bytes) -> Contents:
    found = Contents("image/webp")
    size = int.from_bytes(data[4:8], "little")
    found.end = min(8 + size, len(data))
    if 8 + size > len(data):
        raise UnreadableFile("truncated")
    at, parts = 12, 0
    while at + 8 <= found.end:
        parts += 1
        kind, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + length]
        if at + 8 + length > found.end or parts > _MAX_PARTS:
            raise UnreadableFile("truncated")
        if kind == b"XMP ":
            found.xmp.append(body)
        elif kind == b"EXIF":
            found.exif.append(body.removeprefix(b"Exif\0\0"))
        elif kind == b"C2PA":
            found.c2pa = body
        else:
            _webp_size(found, kind, body)
        at += 8 + length + (length & 1)
    return found


def _webp_size(found: Contents, kind: bytes, body: bytes) -> None:
    if kind == b"VP8X" and len(body) >= 10:
        width = 1 + int.from_bytes(body[4:7], "little")
        height = 1 + int.from_bytes(body[7:10], "little")
    elif kind == b"VP8 " and len(body) >= 10:
        across, down = struct.unpack_from("<HH", body, 6)
        width, height = across & 0x3FFF, down & 0x3FFF
    elif kind == b"VP8L" and len(body) >= 5:
        (bits,) = struct.unpack_from("<I", body, 1)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        return
    found.width, found.height = max(found.width, width), max(found.height, height)


def gif(data: bytes) -> Contents:
    found = Contents("image/gif")
    if len(data) < 13:
        raise UnreadableFile("truncated")
    found.width, found.height = struct.unpack_from("<HH", data, 6)
    for kind, block, after in gif_blocks(data, 13 + palette(data[10])):
        found.end = after
        if kind == b"\xff":
            _gif_application(found, block)
    return found


def gif_blocks(data: bytes, at: int) -> Iterator[tuple[bytes, bytes, int]]:
    """Every block from `at` to the trailer: b"," for a frame, the label of an extension, b";"; its bytes; its end."""
    budget = _Budget(1_000 + len(data) // 16)  # encoders fill their 255-byte blocks
    for _ in range(_MAX_PARTS):
        introducer = data[at : at + 1]
        if introducer == b";":
            yield introducer, b"", at + 1
            return
        if introducer == b"," and at + 10 <= len(data):
            at = _after_blocks(data, at + 11 + palette(data[at + 9]), budget)
            yield introducer, b"", at
        elif introducer == b"!" and at + 2 <= len(data):
            start = at + 2
            at = _after_blocks(data, start, budget)
            yield data[start - 1 : start], data[start:at], at
        else:
            raise UnreadableFile("truncated" if at >= len(data) else "damaged")
    raise UnreadableFile("damaged")


def palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


@dataclass(slots=True)
class _Budget:
    left: int


def _after_blocks(data: bytes, at: int, budget: _Budget) -> int:
    while True:
        budget.left -= 1
        if budget.left < 0:
            raise UnreadableFile("bomb")
        if at >= len(data):
            raise UnreadableFile("truncated")
        if data[at] == 0:
            return at + 1
        at += 1 + data[at]


def _gif_application(found: Contents, block: bytes) -> None:
    name = block[1:12]
    if block[:1] != b"\x0b":
        return
    if name == b"XMP DataXMP":  # the packet stands as it is, closed by a 258-byte magic trailer
        found.xmp.append(gif_packet(block))
    elif name.startswith(b"C2PA_GIF"):
        found.c2pa = block[12:]


def gif_packet(block: bytes) -> bytes:
    """The packet of an XMP application extension, without name and trailer."""
    return block[12:-258] if len(block) > 270 else block[12:]
