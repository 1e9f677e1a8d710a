"""Reading a written file back with another library than the one that wrote it.

Pillow for pictures, ElementTree for SVG and XMP, FFmpeg (through PyAV, the extra `media`) for sound and video: no
code of the editors or of `finding`. Where PyAV is not installed, and for the chunk of WAV that FFmpeg passes over,
a search of the bytes takes its place: the record must stand exactly once, in exactly the frame that the guide
gives it. Files come from our own editors here, so what cannot be opened is a LabelFailed and never an answer.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Literal
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from PIL import Image

from pingxing.errors import LabelFailed

_AIGC = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS = ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
_PILLOW = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}


def records(data: bytes, kind: str) -> list[str]:
    """The text of every label that the other library finds. Raises LabelFailed(read_back)."""
    reader = _READERS[kind]
    try:
        return reader(data)
    # what the other libraries say of a file that they cannot read; libavif's is a RuntimeError
    except _THEIR_ERRORS as error:
        raise LabelFailed("read_back", part="second") from error


def _picture(kind: str) -> Callable[[bytes], list[str]]:
    def read(data: bytes) -> list[str]:
        with Image.open(BytesIO(data), formats=[kind]) as image:
            return in_xml(_xmp(image, data))

    return read


def _xmp(image: Image.Image, data: bytes) -> bytes:
    if image.format == "GIF":
        # Pillow says which application extension it met last, and where its data begin
        name, start = image.info["extension"]
        if name != b"XMP DataXMP":
            raise ValueError("no XMP")
        return data[start : data.index(b"\x01\xff\xfe\xfd", start)]
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if found is None and image.format == "TIFF":
        found = image.tag_v2[700]  # type: ignore[attr-defined]
    if isinstance(found, str):
        return found.encode()
    if not isinstance(found, bytes):
        raise ValueError("no XMP")
    return found


_THEIR_ERRORS = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    Warning,  # where the caller made them errors
    struct.error,
    zlib.error,
    BadZipFile,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_LONGEST = 20_000  # bytes of a record, with room to spare


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands before a record's first brace; the number in it must be the record's length and `more`."""

    before: bytes
    order: Literal["little", "big"]
    more: int = 0
    synchsafe: bool = False  # seven bits a byte, as ID3 2.4 counts

    def find(self, data: bytes) -> list[str]:
        found = []
        for match in re.finditer(self.before + rb'(?=\{"Label":)', data, re.DOTALL):
            # JSON itself says where the record ends: a value may hold braces
            start = data[match.end() : match.end() + _LONGEST].decode("latin-1")
            end = match.end() + json.JSONDecoder().raw_decode(start)[1]
            size = int.from_bytes(match["size"], self.order)
            if self.synchsafe and data[3] == 4:
                size = sum((size >> 8 * i & 0x7F) << 7 * i for i in range(4))
            if size != end - match.end() + self.more:
                raise ValueError("a frame of another length")
            found.append(data[match.end() : end].decode("ascii"))
        return found


_MOVIE = _Frame(rb"(?P<size>.{4})data\x00\x00\x00\x01\x00{4}", "big", 16)
_MATROSKA = _Frame(rb"\x45\xa3\x84AIGC\x44\x87(?P<size>..)", "big", 0x4000)
_COMMENT = _Frame(rb"(?P<size>.{4})AIGC=", "little", 5)
_FRAMES = {
    "video/mp4": _MOVIE,
    "video/quicktime": _MOVIE,
    "audio/mp4": _MOVIE,
    "video/x-msvideo": _Frame(rb"AIGC(?P<size>.{4})", "little"),
    "audio/wav": _Frame(rb"AIGC(?P<size>.{4})", "little"),
    "video/x-matroska": _MATROSKA,
    "video/webm": _MATROSKA,
    "video/x-flv": _Frame(rb"\x00\x04AIGC\x02(?P<size>..)", "big"),
    "audio/mpeg": _Frame(rb"TXXX(?P<size>.{4})..\x00AIGC\x00", "big", 6, synchsafe=True),
    "audio/flac": _COMMENT,
    "audio/ogg": _COMMENT,
}
_FFMPEG_PASSES_OVER = ("audio/wav",)


def _sound_or_video(kind: str) -> Callable[[bytes], list[str]]:
    def read(data: bytes) -> list[str]:
        framed = _FRAMES[kind].find(_payload(data) if kind == "audio/ogg" else data)
        said = None if kind in _FFMPEG_PASSES_OVER else _by_ffmpeg(data)
        if said is not None and said != framed:
            raise ValueError("the two readers disagree")
        return framed

    return read


def _payload(data: bytes) -> bytes:
    """The bytes of Ogg pages without their headers: a comment may run over several pages."""
    parts, at = [], 0
    while at + 27 <= len(data):
        segments = data[27 + at : 27 + at + data[at + 26]]
        start = at + 27 + len(segments)
        at = start + sum(segments)
        parts.append(data[start:at])
    return b"".join(parts)


def _by_ffmpeg(data: bytes) -> list[str] | None:
    """What FFmpeg says of the file and its streams; None where PyAV is not installed."""
    try:
        import av
    except ImportError:
        return None
    try:
        with av.open(BytesIO(data)) as container:
            held = [container.metadata, *(stream.metadata for stream in container.streams)]
            return list(dict.fromkeys(tags["AIGC"] for tags in held if "AIGC" in tags))
    except av.FFmpegError as error:
        raise ValueError("FFmpeg cannot read it") from error


def in_xml(document: bytes) -> list[str]:
    """The text of every TC260:AIGC element, by ElementTree."""
    root = ElementTree.fromstring(document.strip(b"\0 \r\n\t"))  # noqa: S314 - our own editor wrote it
    return [element.text or "" for element in root.iter(_AIGC)]


_PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"


def _office(data: bytes) -> list[str]:
    """By zipfile and ElementTree, from the part that content types and relations both name."""
    with ZipFile(BytesIO(data)) as archive:
        if archive.testzip() is not None:
            raise ValueError("a damaged entry")
        types = archive.read("[Content_Types].xml").decode()
        relations = ElementTree.fromstring(archive.read("_rels/.rels"))  # noqa: S314 - as above
        targets = [r.get("Target", "") for r in relations if r.get("Type", "").endswith("/custom-properties")]
        if len(targets) != 1 or f'"/{targets[0].lstrip("/")}"' not in types:
            raise ValueError("the properties are not announced")
        properties = ElementTree.fromstring(archive.read(targets[0].lstrip("/")))  # noqa: S314 - as above
        return ["".join(p.itertext()) for p in properties.iter(_PROPERTY) if p.get("name") == "AIGC"]


def _pdf(data: bytes) -> list[str]:
    from pingxing.label import pages

    return [pages.record(data)]


def _markdown(data: bytes) -> list[str]:
    """By PyYAML's own objects, where the editor works on lines and events."""
    import yaml

    matter = yaml.safe_load(
        re.split(r"^(?:---|\.\.\.)\s*$", data.decode("utf-8-sig"), maxsplit=2, flags=re.MULTILINE)[1]
    )
    return [json.dumps(matter["AIGC"], separators=(",", ":"))]


def _sidecar(data: bytes) -> list[str]:
    return [json.dumps(json.loads(data)["AIGC"], separators=(",", ":"))]


_READERS: dict[str, Callable[[bytes], list[str]]] = {
    **{kind: _picture(name) for kind, name in _PILLOW.items()},
    "image/svg+xml": in_xml,
    **{kind: _sound_or_video(kind) for kind in _FRAMES},
    **dict.fromkeys((_OFFICE + k for k in _DOCUMENTS), _office),
    "application/pdf": _pdf,
    "text/markdown": _markdown,
    "text/plain": _sidecar,
}
