"""AVIF (and reading HEIC): XMP as an item of the picture's `meta` box (ISO/IEC 23008-12, annex A and 6.8).

The packet goes into a media box of its own at the end of the file; the item tables are written anew and every
offset behind them moves with them. Coded pictures are copied as they stand.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import tiff
from pingxing.label.containers import MAX_PACKET, Contents
from pingxing.label.metadata.bmff import C2PA_UUID, Box, Boxes, box
from pingxing.label.metadata.merging import Label, merged, without_label

_MAX_ITEMS = 20_000
_MAX_DESCRIBING = 64  # XMP and EXIF items; two are usual
_RDF = b"application/rdf+xml"


@dataclass(slots=True)
class _Item:
    number: int
    construction: int = 0
    reference: int = 0
    base: int = 0
    extents: list[tuple[int, int, int]] = field(default_factory=list)  # index, offset, length


@dataclass(slots=True)
class _Tables:
    meta: Box
    primary: int = 0
    places: dict[int, _Item] = field(default_factory=dict)
    kinds: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)  # item type, content type
    sizes: tuple[int, int, int, int] = (4, 4, 0, 0)  # of offset, length, base, index in bytes
    version: int = 0  # of iloc
    idat: Box | None = None


def read(data: bytes) -> Contents:
    boxes = Boxes(data)
    found = Contents("image/avif", end=len(data))
    for top in boxes.within(0, len(data)):
        if top.kind == b"uuid" and data[top.body : top.body + 16] == C2PA_UUID:
            found.c2pa = data[top.body + 16 : top.end]
        elif top.kind == b"meta":
            _items(boxes, data, top, found)
    return found


def _items(boxes: Boxes, data: bytes, meta: Box, found: Contents) -> None:
    tables = _tables(boxes, meta)
    left = _MAX_DESCRIBING
    for number, (kind, content) in tables.kinds.items():
        left -= kind == b"Exif" or (kind == b"mime" and content == _RDF)
        if left < 0:  # items may share their bytes: many of them cost more than the file has
            raise UnreadableFile("bomb")
        if kind == b"mime" and content == _RDF:
            found.xmp.append(_bytes(data, tables, number))
        elif kind == b"Exif":
            block = _bytes(data, tables, number)
            if len(block) > 4:
                start = 4 + int.from_bytes(block[:4], "big")
                found.exif.append(block[start:])
    properties = boxes.first(b"iprp", meta.body + 4, meta.end)
    store = None if properties is None else boxes.first(b"ipco", properties.body, properties.end)
    if store is not None:
        for one in boxes.within(store.body, store.end):
            if one.kind == b"ispe" and one.end - one.body >= 12:
                width, height = struct.unpack_from(">II", data, one.body + 4)
                if width * height > found.width * found.height:
                    found.width, found.height = width, height


def _tables(boxes: Boxes, meta: Box) -> _Tables:
    tables = _Tables(meta)
    data = boxes.data
    for inner in boxes.within(meta.body + 4, meta.end):
        cursor = _Cursor(data, inner.body, inner.end)
        if inner.kind == b"pitm":
            wide = cursor.take(1) != 0
            cursor.take(3)
            tables.primary = cursor.take(4 if wide else 2)
        elif inner.kind == b"iinf":
            _kinds(boxes, inner, tables)
        elif inner.kind == b"iloc":
            _places(cursor, tables)
        elif inner.kind == b"idat":
            tables.idat = inner
    return tables


def _kinds(boxes: Boxes, iinf: Box, tables: _Tables) -> None:
    data = boxes.data
    head = _Cursor(data, iinf.body, iinf.end)
    wide = head.take(1) != 0
    head.take(3)
    head.take(4 if wide else 2)
    for entry in boxes.within(head.at, iinf.end):
        cursor = _Cursor(data, entry.body, entry.end)
        if entry.kind != b"infe" or (version := cursor.take(1)) not in (2, 3) or len(tables.kinds) >= _MAX_ITEMS:
            continue
        cursor.take(3)
        number = cursor.take(4 if version == 3 else 2)
        cursor.take(2)
        kind = cursor.take(4).to_bytes(4, "big")
        _, _, rest = bytes(data[cursor.at : entry.end]).partition(b"\0")  # the item's name
        tables.kinds[number] = (kind, rest.partition(b"\0")[0])


class _Cursor:
    def __init__(self, data: bytes | bytearray, at: int, end: int) -> None:
        self._data, self.at, self._end = data, at, end

    def take(self, size: int) -> int:
        if self.at + size > self._end:
            raise UnreadableFile("truncated")
        self.at += size
        return int.from_bytes(self._data[self.at - size : self.at], "big")


def _places(cursor: _Cursor, tables: _Tables) -> None:
    tables.version = cursor.take(1)
    if tables.version > 2:
        raise UnreadableFile("damaged")
    cursor.take(3)
    sizes = cursor.take(2)
    indexed = tables.version > 0
    tables.sizes = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if indexed else 0)
    if any(size not in (0, 4, 8) for size in tables.sizes):
        raise UnreadableFile("damaged")
    left = _MAX_ITEMS
    for _ in range(cursor.take(4 if tables.version == 2 else 2)):
        item = _Item(cursor.take(4 if tables.version == 2 else 2))
        if indexed:
            item.construction = cursor.take(2) & 15
        item.reference = cursor.take(2)
        item.base = cursor.take(tables.sizes[2])
        for _ in range(cursor.take(2)):
            left -= 1
            if left < 0:
                raise UnreadableFile("bomb")
            index = cursor.take(tables.sizes[3])
            item.extents.append((index, cursor.take(tables.sizes[0]), cursor.take(tables.sizes[1])))
        tables.places[item.number] = item


def _slices(data: bytes, tables: _Tables, number: int) -> list[slice]:
    """Where an item's bytes stand in the file. Raises UnreadableFile(truncated)."""
    item = tables.places.get(number)
    if item is None:
        return []
    if item.construction == 1 and tables.idat is not None:
        start, end = tables.idat.body + item.base, tables.idat.end
    elif item.construction == 0 and item.reference == 0:
        start, end = item.base, len(data)
    else:
        return []
    found = []
    for _, offset, length in item.extents:
        stop = start + offset + length if length else end
        if not start + offset <= stop <= end:
            raise UnreadableFile("truncated")
        found.append(slice(start + offset, stop))
    return found


def _bytes(data: bytes, tables: _Tables, number: int) -> bytes:
    out = bytearray()
    for place in _slices(data, tables, number):
        if len(out) <= MAX_PACKET:
            out += data[place.start : min(place.stop, place.start + MAX_PACKET + 1)]
    return bytes(out)


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (container: a sequence, which readers take for a film; metadata, no_room)."""
    boxes = Boxes(data)
    tops = list(boxes.within(0, len(data)))
    metas = [top for top in tops if top.kind == b"meta"]
    if (
        len(metas) != 1
        or any(top.kind == b"moov" for top in tops)
        or data[tops[-1].start : tops[-1].start + 4] == b"\0\0\0\0"
    ):
        raise LabelFailed("container", kind="image/avif")
    (meta,) = metas
    tables = _tables(boxes, meta)
    out = bytearray(data)
    listed = [n for n, (kind, content) in tables.kinds.items() if kind == b"mime" and content == _RDF]
    packet = merged(_bytes(data, tables, listed[0]), label) if listed else merged(None, label)
    _blank(out, data, tables, listed)
    number = listed[0] if listed else max(tables.primary, *tables.kinds, *tables.places) + 1
    last = tops[-1]
    # the packet we put there last time is taken off again, so that labelling twice does not grow the file
    if last.kind == b"mdat" and _slices(data, tables, number) == [slice(last.body, last.end)]:
        del out[last.start :]
    new = _meta(boxes, tables, number, len(out) + 8, len(packet), fresh=not listed)
    grown = len(new) - (meta.end - meta.start)
    new = _meta(boxes, tables, number, len(out) + 8, len(packet), fresh=not listed, grown=grown)
    out[meta.start : meta.end] = new
    return bytes(out + box(b"mdat", packet))


def _blank(out: bytearray, data: bytes, tables: _Tables, listed: list[int]) -> None:
    """No old label stays in the bytes: zeros where the first packet was, spaces in further ones and in comments."""
    for position, number in enumerate(listed):
        packet = _bytes(data, tables, number)
        new = without_label(packet).ljust(len(packet), b" ") if position else b""
        if len(new) > len(packet):
            raise LabelFailed("no_room")
        for place in _slices(data, tables, number):
            size = place.stop - place.start
            out[place], new = new[:size].ljust(size, b"\0"), new[size:]
    for number, (kind, _) in tables.kinds.items():
        places = _slices(data, tables, number) if kind == b"Exif" else []
        if len(places) == 1:
            (place,) = places
            start = place.start + 4 + int.from_bytes(data[place.start : place.start + 4], "big")
            out[start : place.stop] = tiff.without_comment(data[start : place.stop])


def _meta(boxes: Boxes, tables: _Tables, number: int, place: int, size: int, *, fresh: bool, grown: int = 0) -> bytes:
    """The `meta` box with the packet's item at `place`, everything behind the box moved by `grown`."""
    data, meta = boxes.data, tables.meta
    parts, referred = [bytes(data[meta.body : meta.body + 4])], False
    for inner in boxes.within(meta.body + 4, meta.end):
        whole = bytes(data[inner.start : inner.end])
        if inner.kind == b"iloc":
            parts.append(_iloc(tables, number, place + grown, size, grown))
        elif inner.kind == b"iinf" and fresh:
            parts.append(_iinf(data, inner, number))
        elif inner.kind == b"iref" and fresh:
            wide = _Cursor(data, inner.body, inner.end).take(4) >> 24 == 1
            parts.append(box(b"iref", bytes(data[inner.body : inner.end]) + _cdsc(number, tables.primary, wide)))
            referred = True
        else:
            parts.append(whole)
    if fresh and not referred:
        wide = max(number, tables.primary) >= 1 << 16
        parts.append(box(b"iref", bytes([wide, 0, 0, 0]) + _cdsc(number, tables.primary, wide)))
    return box(b"meta", b"".join(parts))


def _cdsc(number: int, primary: int, wide: bool) -> bytes:
    """ "This item describes that one." """
    if not wide and max(number, primary) >= 1 << 16:
        raise LabelFailed("no_room")
    return box(b"cdsc", struct.pack(">IHI" if wide else ">HHH", number, 1, primary))


def _iinf(data: bytes | bytearray, iinf: Box, number: int) -> bytes:
    wide = data[iinf.body] != 0
    form = ">I" if wide else ">H"
    (count,) = struct.unpack_from(form, data, iinf.body + 4)
    entry = struct.pack(">IH", number, 0) if number >= 1 << 16 else struct.pack(">HH", number, 0)
    head = bytes([3 if number >= 1 << 16 else 2, 0, 0, 0])
    entry = box(b"infe", head + entry + b"mime\0" + _RDF + b"\0\0")
    start = iinf.body + 4 + struct.calcsize(form)
    if not wide and count + 1 >= 1 << 16:
        raise LabelFailed("no_room")
    return box(
        b"iinf",
        bytes(data[iinf.body : iinf.body + 4]) + struct.pack(form, count + 1) + bytes(data[start : iinf.end]) + entry,
    )


def _iloc(tables: _Tables, number: int, place: int, size: int, grown: int) -> bytes:
    offset_size, length_size, base_size, index_size = tables.sizes
    items = [item for item in tables.places.values() if item.number != number]
    items.append(_Item(number, extents=[(0, place, size)]))
    version = tables.version
    if 1 + max(item.number for item in items) >= 1 << 16:  # nought is a number too: there may be as many items
        version = 2
    offset_size, length_size = offset_size or 4, length_size or 4
    wide = 4 if version == 2 else 2
    out = bytearray([version, 0, 0, 0])
    out += bytes([offset_size << 4 | length_size, base_size << 4 | index_size]) + len(items).to_bytes(wide, "big")
    for item in items:
        base, by = item.base, 0
        if item.construction == 0 and item.reference == 0 and item.number != number:
            base, by = (base + grown, 0) if base >= tables.meta.end else (base, grown)
        out += item.number.to_bytes(wide, "big")
        if version:
            out += item.construction.to_bytes(2, "big")
        out += item.reference.to_bytes(2, "big") + _number(base, base_size) + len(item.extents).to_bytes(2, "big")
        for index, offset, length in item.extents:
            moved = offset + (by if base + offset >= tables.meta.end else 0)
            out += _number(index, index_size) + _number(moved, offset_size) + _number(length, length_size)
    return box(b"iloc", bytes(out))


def _number(value: int, size: int) -> bytes:
    if value >= 1 << 8 * size:
        raise LabelFailed("no_room")
    return value.to_bytes(size, "big")
