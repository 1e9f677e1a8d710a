"""Reading a written file back with another library than the one that wrote it.

Pillow for pictures, ElementTree for SVG and XMP: no code of the editors or of `finding`. Files come from our own
editors here, so what cannot be opened is a LabelFailed and never an answer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from xml.etree import ElementTree

from PIL import Image

from pingxing.errors import LabelFailed

_AIGC = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"
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
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error) as error:
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


def in_xml(document: bytes) -> list[str]:
    """The text of every TC260:AIGC element, by ElementTree."""
    root = ElementTree.fromstring(document.strip(b"\0 \r\n\t"))  # noqa: S314 - our own editor wrote it
    return [element.text or "" for element in root.iter(_AIGC)]


_READERS: dict[str, Callable[[bytes], list[str]]] = {
    **{kind: _picture(name) for kind, name in _PILLOW.items()},
    "image/svg+xml": in_xml,
}
