"""DOCX, XLSX and PPTX: a custom document property `AIGC` in docProps/custom.xml (practice guide TC260-PG-20258A, 6.1).

The archive is edited entry by entry: everything that is not one of the three small parts about properties is
copied as it stands, compressed bytes and all. Reading goes through zipfile, writing does not.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from xml.parsers import expat
from xml.sax.saxutils import escape
from zipfile import BadZipFile, ZipFile

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import Contents
from pingxing.label.metadata.merging import Label

_BASE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    "word/": f"{_BASE}wordprocessingml.document",
    "xl/": f"{_BASE}spreadsheetml.sheet",
    "ppt/": f"{_BASE}presentationml.presentation",
}
_TYPES, _RELATIONS, _CUSTOM = "[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CUSTOM_TYPE = f"{_BASE}custom-properties+xml"
_FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAX_PART = 4 << 20
_MAX_ENTRIES = 50_000
_MAX_DEPTH = 64
_MAX_CUSTOM = 8  # parts that relations call custom properties; one is right
_ROOM, _MOST_LINES = 1 << 32, 1 << 16  # bytes and entries that an archive of 32 bits cannot say
_TAG = re.compile(rb"<[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")


@dataclass(frozen=True, slots=True)
class _Element:
    name: str  # "namespace local"
    attributes: dict[str, str]
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Part:
    """One small XML part: its elements below the root, and where the root ends."""

    data: bytes
    elements: list[_Element] = field(default_factory=list)
    root_end: int | None = None  # where `</Root>` begins

    @classmethod
    def parse(cls, data: bytes) -> _Part:
        """Raises UnreadableFile (damaged, hostile_xml)."""
        part = cls(data)
        stack: list[tuple[str, dict[str, str], int, bool]] = []
        text: list[str] = []
        parser = expat.ParserCreate(namespace_separator=" ")

        def start(name: str, attributes: dict[str, str]) -> None:
            if len(stack) > _MAX_DEPTH:
                raise UnreadableFile("hostile_xml")
            tag = _TAG.match(data, parser.CurrentByteIndex)
            stack.append((name, attributes, parser.CurrentByteIndex, tag is not None and tag[0].endswith(b"/>")))
            if len(stack) == 2:
                text.clear()

        def end(_: str) -> None:
            name, attributes, at, empty = stack.pop()
            here = parser.CurrentByteIndex
            if not stack and not empty:
                part.root_end = here
            if len(stack) == 1:
                stop = here if empty else data.index(b">", here) + 1
                part.elements.append(_Element(name, attributes, at, stop, "".join(text)))

        parser.EntityDeclHandler = _forbid
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text.append
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise UnreadableFile("damaged") from error
        return part

    def without(self, gone: list[_Element], extra: bytes) -> bytes:
        """The part less these elements and with `extra` at its end. Raises LabelFailed(metadata)."""
        if self.root_end is None:
            raise LabelFailed("metadata")
        out, at = bytearray(), 0
        for element in gone:
            out += self.data[at : element.start]
            at = element.end
        return bytes(out + self.data[at : self.root_end] + extra + self.data[self.root_end :])


def _forbid(*_: object) -> int:
    raise UnreadableFile("hostile_xml")


def kind(data: bytes) -> str | None:
    """Which Office document an archive is, or None."""
    with _opened(data) as archive:
        return _kind(archive.namelist())


def _kind(names: list[str]) -> str | None:
    if _TYPES not in names:
        return None
    return next((k for folder, k in KINDS.items() if any(name.startswith(folder) for name in names)), None)


def _opened(data: bytes) -> ZipFile:
    try:
        archive = ZipFile(BytesIO(data))
    except (BadZipFile, OSError, ValueError, NotImplementedError, struct.error, LookupError) as error:
        raise UnreadableFile("damaged") from error
    if len(archive.infolist()) > _MAX_ENTRIES:
        raise UnreadableFile("bomb")
    return archive


def _part(archive: ZipFile, name: str) -> bytes | None:
    if name not in archive.namelist():
        return None
    try:
        with archive.open(name) as file:
            data = file.read(_MAX_PART + 1)
    # what zipfile says of entries that are damaged, encrypted or packed in ways it does not know
    except (BadZipFile, OSError, ValueError, RuntimeError, EOFError, zlib.error, struct.error, LookupError) as error:
        raise UnreadableFile("damaged") from error
    if len(data) > _MAX_PART:
        raise UnreadableFile("bomb")
    return data


def _custom_names(archive: ZipFile) -> list[str]:
    """Where custom properties stand: the usual place, and wherever the package's relations point."""
    names = {_CUSTOM: None}
    relations = _part(archive, _RELATIONS)
    for element in _Part.parse(relations).elements if relations else []:
        if element.attributes.get("Type") == _RELATION:
            names[element.attributes.get("Target", "").lstrip("/")] = None
    if len(names) > _MAX_CUSTOM:
        raise UnreadableFile("bomb")
    there = set(archive.namelist())
    return [name for name in names if name in there]


def read(data: bytes) -> Contents:
    with _opened(data) as archive:
        found = Contents(_kind(archive.namelist()) or "", end=len(data))
        if not found.media_type:
            return found
        for name in _custom_names(archive):
            custom = _part(archive, name) or b""
            found.texts.extend(element.text.strip() for element in _labels(_Part.parse(custom)))
            if archive.namelist().count(name) > 1:  # two parts of one name: readers would disagree
                found.texts.extend(found.texts[-1:])
    return found


def _labels(part: _Part) -> list[_Element]:
    return [e for e in part.elements if e.name.endswith(" property") and e.attributes.get("name") == "AIGC"]


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (container, metadata, no_room)."""
    with _opened(data) as archive:
        names = archive.namelist()
        custom = _custom_names(archive)
        parts = {name: _part(archive, name) for name in {_TYPES, _RELATIONS, *custom}}
    if len(set(names)) != len(names) or _kind(names) is None or len(custom) > 1:
        raise LabelFailed("container", kind="application/zip")
    place = custom[0] if custom else _CUSTOM
    types, relations = parts[_TYPES], parts[_RELATIONS]
    if types is None or relations is None:
        raise LabelFailed("metadata")
    changed = {place: _custom(parts.get(place), label.text)}
    listed = _Part.parse(types)
    if not any(e.attributes.get("PartName") == f"/{place}" for e in listed.elements):
        changed[_TYPES] = listed.without([], f'<Override PartName="/{place}" ContentType="{_CUSTOM_TYPE}"/>'.encode())
    related = _Part.parse(relations)
    if not any(e.attributes.get("Type") == _RELATION for e in related.elements):
        taken = {e.attributes.get("Id") for e in related.elements}
        free = next(f"rId{i}" for i in range(1, len(taken) + 2) if f"rId{i}" not in taken)
        line = f'<Relationship Id="{free}" Type="{_RELATION}" Target="{place}"/>'
        changed[_RELATIONS] = related.without([], line.encode())
    return _repacked(data, {name.encode(): part for name, part in changed.items()})


def _custom(old: bytes | None, text: str) -> bytes:
    value = f"<vt:lpwstr>{escape(text)}</vt:lpwstr>"
    if old is None:
        head = f'<Properties xmlns="{_PROPERTIES}" xmlns:vt="{_VALUES}">'
        return _HEAD + f'{head}<property fmtid="{_FMTID}" pid="2" name="AIGC">{value}</property></Properties>'.encode()
    part = _Part.parse(old)
    gone = _labels(part)
    said = [e.attributes.get("pid", "") for e in part.elements if e not in gone]
    numbers = [int(number) for number in said if number.isdecimal() and len(number) < 10]
    # namespaces said again here: the part may have bound them to other prefixes
    head = f'<property xmlns="{_PROPERTIES}" xmlns:vt="{_VALUES}" fmtid="{_FMTID}"'
    extra = f'{head} pid="{max([1, *numbers]) + 1}" name="AIGC">{value}</property>'
    return part.without(gone, extra.encode())


# --- the archive -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    header: bytes  # its line in the central directory
    offset: int


def _directory(data: bytes) -> tuple[list[_Entry], int, bytes]:
    """The entries, where the central directory begins, and the archive's comment. Raises LabelFailed(container)."""
    end = data.rfind(b"PK\5\6")
    if end + 22 > len(data):
        raise LabelFailed("container", kind="application/zip")
    count, size, start, comment = struct.unpack_from("<HIIH", data, end + 10)
    if start + size != end or end + 22 + comment != len(data):  # 64-bit archives, or something in front or behind
        raise LabelFailed("container", kind="application/zip")
    entries, at = [], start
    for _ in range(count):
        if data[at : at + 4] != b"PK\1\2" or at + 46 > end:
            raise LabelFailed("container", kind="application/zip")
        name, extra, note = struct.unpack_from("<HHH", data, at + 28)
        stop = at + 46 + name + extra + note
        (offset,) = struct.unpack_from("<I", data, at + 42)
        if offset >= start or data[offset : offset + 4] != b"PK\3\4":
            raise LabelFailed("container", kind="application/zip")
        entries.append(_Entry(data[at + 46 : at + 46 + name], data[at:stop], offset))
        at = stop
    if at != end:
        raise LabelFailed("container", kind="application/zip")
    return entries, start, data[end + 22 :]


def _repacked(data: bytes, changed: dict[bytes, bytes]) -> bytes:
    entries, start, comment = _directory(data)
    places = sorted({entry.offset for entry in entries} | {start})
    ends = dict(pairwise(places))
    out, lines = bytearray(), []
    for entry in sorted(entries, key=lambda e: e.offset):
        part = changed.pop(entry.name, None)
        offset = len(out)
        if part is None:
            out += data[entry.offset : ends[entry.offset]]
            lines.append(entry.header[:42] + struct.pack("<I", offset) + entry.header[46:])
        else:
            lines.append(_add(out, entry.name, part))
    lines += [_add(out, name, part) for name, part in changed.items()]
    directory = b"".join(lines)
    if len(out) + len(directory) >= _ROOM or len(lines) >= _MOST_LINES:
        raise LabelFailed("no_room")
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(lines), len(lines), len(directory), len(out), len(comment))
    return bytes(out) + directory + tail + comment


def _add(out: bytearray, name: bytes, part: bytes) -> bytes:
    """Pack one part at the end; its line for the central directory. The date is DOS's first: no clock in a file."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(part) + packer.flush()
    facts = struct.pack("<HHHHHIIIHH", 20, 0x800, 8, 0, 0x21, zlib.crc32(part), len(packed), len(part), len(name), 0)
    line = b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name
    out += b"PK\3\4" + facts + name + packed
    return line
