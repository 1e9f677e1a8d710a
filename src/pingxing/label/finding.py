"""Collecting every label-like thing in one file, whoever made it, and judging each record by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label import containers, packets, pdf, tiff
from pingxing.label.containers import MAX_PACKET, Contents
from pingxing.label.metadata import bmff, ebml, flv, heif, id3, office, riff, texts, vorbis
from pingxing.label.record import Judged, judge
from pingxing.label.visible import GROUP
from pingxing.label.xmp import SOURCE_TYPES

_WALKERS: dict[str, Callable[[bytes], Contents]] = {
    "image/png": containers.png,
    "image/jpeg": containers.jpeg,
    "image/webp": containers.webp,
    "image/gif": containers.gif,
    "image/avif": heif.read,
    "image/heic": heif.read,
    "video/mp4": bmff.read,
    "video/quicktime": bmff.read,
    "audio/mp4": bmff.read,
    "video/x-msvideo": riff.read_avi,
    "video/x-matroska": ebml.read,
    "video/webm": ebml.read,
    "video/x-flv": flv.read,
    "audio/wav": riff.read_wav,
    "audio/mpeg": id3.read,
    "audio/flac": vorbis.read_flac,
    "audio/ogg": vorbis.read_ogg,
    "application/zip": office.read,
    texts.MARKDOWN: texts.read,
    texts.SIDECAR: texts.read_sidecar,
}
# IPTC source types that mean a machine generated or composed what is shown
GENERATED = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia")
_TRACES = (b"tc260.org.cn/ns/AIGC", b'{"AIGC":')


@dataclass(slots=True)
class Found:
    media_type: str | None
    width: int = 0
    height: int = 0
    records: list[Judged] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # source_type, system, version, created
    c2pa: bytes | None = None
    broken_packet: bool = False
    trailing: int = 0  # bytes after the container's end
    stray: bool = False  # a label among them
    encrypted: bool = False
    said_twice: bool = False  # PDF: Info and XMP hold the same record
    outlines: tuple[str, ...] = ()  # SVG: outlines of our seal's group, where it is drawn last


def find(data: bytes, document: pdf.PdfContents | None = None) -> Found:
    """Raises UnreadableFile for a file that breaks its own container's rules.

    `document`: what a PDF says, where it was read elsewhere (strangers' PDFs are opened apart).
    """
    media_type = containers.sniff(data)
    found = Found(media_type)
    if media_type is None:
        return found
    if media_type == "image/svg+xml":
        _svg(found, data)
    elif media_type == "application/pdf":
        _pdf(found, document or pdf.contents(data))
    elif media_type == "image/tiff":
        _tiff(found, data)
    else:
        _walked(found, _WALKERS[media_type](data), data)
    return found


def kind(data: bytes) -> str | None:
    """The media type of a file of any kind that carries labels. Raises UnreadableFile."""
    found = containers.sniff(data)
    return office.kind(data) if found == "application/zip" else found


def _walked(found: Found, contents: Contents, data: bytes) -> None:
    if str(found.media_type).startswith("image/") and (contents.width < 1 or contents.height < 1):
        raise UnreadableFile("damaged")
    found.width, found.height, found.c2pa = contents.width, contents.height, contents.c2pa
    if found.media_type == "application/zip":
        found.media_type = contents.media_type or None
    found.broken_packet |= contents.broken
    found.facts.update({name: value.strip()[:200] for name, value in contents.facts.items()})
    tail = data[contents.end :]
    found.trailing = len(tail) if tail.strip(b"\0\r\n ") else 0
    found.stray = any(trace in tail for trace in _TRACES)
    for text in contents.texts:
        found.records.append(judge(text))
    for packet in contents.xmp:
        _packet(found, packet)
    for block in contents.exif:
        try:
            _fields(found, tiff.fields(block))
        except tiff.BrokenTiff:
            found.broken_packet |= any(trace in block for trace in _TRACES)


def _packet(found: Found, packet: bytes) -> packets.Packet | None:
    if len(packet) > MAX_PACKET:
        raise TooLarge("metadata")
    try:
        said = packets.parse(packet.strip(b"\0 \t\r\n"))
    except (packets.BrokenXml, packets.HostileXml):
        # a broken packet with a label in it is a broken label; without one it is none of our business
        found.broken_packet |= any(trace in packet for trace in _TRACES)
        return None
    _said(found, said)
    return said


def _said(found: Found, said: packets.Packet) -> None:
    found.records.extend(judge(text) for text in said.records)
    for name, value in said.facts.items():
        found.facts.setdefault(name, value)


def _fields(found: Found, fields: tiff.Fields) -> None:
    for comment in fields.user_comments:
        if comment.lstrip().startswith('{"AIGC"'):
            found.records.append(judge(comment))
    for packet in fields.xmp:
        _packet(found, packet)
    found.c2pa = found.c2pa or fields.c2pa


def _tiff(found: Found, data: bytes) -> None:
    try:
        fields = tiff.fields(data)
    except tiff.BrokenTiff as error:
        raise UnreadableFile("damaged") from error
    if not fields.width or not fields.height:
        raise UnreadableFile("damaged")
    found.width, found.height = fields.width, fields.height
    _fields(found, fields)


def _svg(found: Found, data: bytes) -> None:
    try:
        said = packets.parse(data, drawn_group=GROUP)
    except packets.HostileXml as error:
        raise UnreadableFile("hostile_xml") from error
    except packets.BrokenXml as error:
        raise UnreadableFile("damaged") from error
    name, attributes = said.root or ("", {})
    if name not in ("http://www.w3.org/2000/svg svg", "svg"):
        found.media_type = None
        return
    found.width, found.height = _length(attributes.get("width")), _length(attributes.get("height"))
    found.c2pa = b"" if said.c2pa else None
    if said.last[0] == GROUP:
        found.outlines = said.last[1]
    _said(found, said)


def _length(value: str | None) -> int:
    try:
        return min(1 << 30, max(0, round(float((value or "0").removesuffix("px")))))
    except (ValueError, OverflowError):
        return 0


def _pdf(found: Found, contents: pdf.PdfContents) -> None:
    found.width, found.height, found.encrypted = contents.width, contents.height, contents.encrypted
    found.c2pa = b"" if contents.c2pa else None
    said = _packet(found, contents.xmp) if contents.xmp else None
    if contents.info_record is None:
        return
    if said is not None and [contents.info_record] == said.records:
        found.said_twice = True
        return  # Info and XMP agree, as ISO 32000 asks: one label, said twice
    found.records.append(judge(contents.info_record))


def generated(source_type: str) -> str | None:
    """The IPTC source type's short name where it means generated, else None."""
    short = source_type.removeprefix(SOURCE_TYPES).removeprefix(SOURCE_TYPES.replace("http:", "https:"))
    return short if short in GENERATED else None
