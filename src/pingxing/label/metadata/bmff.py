"""ISO base media files: MP4, MOV and M4A with the label in moov.udta.meta (practice guide TC260-PG-20257A, 6.1.1).

The key `AIGC` stands in `keys`, the record in `ilst`, under the handler `mdta`. Where the movie header stands in
front of the media it grows, and every absolute offset behind it grows with it; nothing else is touched. A file
may hold an iTunes list (`mdir`) already: it stays, and the label gets a list of its own beside it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import MAX_PACKET, Contents
from pingxing.label.metadata.merging import Label, beside

_MAX_BOXES = 100_000
_MAX_VALUE = 1 << 16
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_ABSOLUTE = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mfra"}  # boxes to look for offsets in
_MDTA = struct.pack(">I4s", 33, b"hdlr") + bytes(8) + b"mdta" + bytes(13)


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    start: int
    body: int
    end: int


class Boxes:
    """A reader with one budget for all levels of a file."""

    def __init__(self, data: bytes | bytearray) -> None:
        self.data = data
        self._left = _MAX_BOXES

    def within(self, at: int, end: int) -> Iterator[Box]:
        """The boxes between two places. Raises UnreadableFile (truncated, bomb)."""
        while at + 8 <= end:
            self._left -= 1
            if self._left < 0:
                raise UnreadableFile("bomb")
            size, kind = struct.unpack_from(">I4s", self.data, at)
            body = at + 8
            if size == 1:
                if at + 16 > end:
                    raise UnreadableFile("truncated")
                (size,) = struct.unpack_from(">Q", self.data, at + 8)
                body = at + 16
            elif size == 0:
                if kind == b"\0\0\0\0":  # QuickTime ends its user data with four zeros
                    return
                size = end - at
            if size < body - at or at + size > end:
                raise UnreadableFile("truncated")
            yield Box(bytes(kind), at, body, at + size)
            at += size

    def first(self, kind: bytes, at: int, end: int) -> Box | None:
        return next((box for box in self.within(at, end) if box.kind == kind), None)


def box(kind: bytes, body: bytes) -> bytes:
    if len(body) + 8 >= 1 << 32:
        raise LabelFailed("no_room")
    return struct.pack(">I", len(body) + 8) + kind + body


def read(data: bytes) -> Contents:
    """Labels, XMP and C2PA of a movie."""
    found = Contents("video/mp4", end=len(data))
    boxes = Boxes(data)
    for top in boxes.within(0, len(data)):
        identity = data[top.body : top.body + 16]
        if top.kind == b"moov":
            _moov(boxes, top, found)
        elif top.kind == b"uuid" and identity == XMP_UUID:
            found.xmp.append(data[top.body + 16 : min(top.end, top.body + 17 + MAX_PACKET)])
        elif top.kind == b"uuid" and identity == C2PA_UUID:
            found.c2pa = data[top.body + 16 : top.end]
    return found


def _moov(boxes: Boxes, moov: Box, found: Contents) -> None:
    for child in boxes.within(moov.body, moov.end):
        if child.kind == b"udta":
            for inner in boxes.within(child.body, child.end):
                if inner.kind == b"meta":
                    found.texts.extend(_records(boxes, inner))
                elif inner.kind == b"XMP_":
                    found.xmp.append(bytes(boxes.data[inner.body : min(inner.end, inner.body + 1 + MAX_PACKET)]))
        elif child.kind == b"meta":
            found.texts.extend(_records(boxes, child))
        elif child.kind == b"trak":
            header = boxes.first(b"tkhd", child.body, child.end)
            if header is not None and header.end - header.body >= 84:
                width, height = struct.unpack_from(">II", boxes.data, header.end - 8)
                found.width, found.height = max(found.width, width >> 16), max(found.height, height >> 16)


@dataclass(slots=True)
class _Meta:
    """A metadata box taken apart: its handler, its keys and its items; `rest` are the other boxes."""

    version: bytes  # four bytes of ISO, none in QuickTime's own form
    handler: bytes
    keys: list[bytes]  # namespace and name
    items: list[tuple[int, bytes]]  # number or four letters, body
    rest: list[bytes]


def _take_apart(boxes: Boxes, meta: Box) -> _Meta:
    data = boxes.data
    plain = bytes(data[meta.body + 4 : meta.body + 8]) == b"hdlr"
    start = meta.body if plain else min(meta.body + 4, meta.end)
    found = _Meta(bytes(data[meta.body : start]), b"", [], [], [])
    for inner in boxes.within(start, meta.end):
        if inner.kind == b"keys":
            found.keys = list(_keys(data, inner))
        elif inner.kind == b"ilst":
            for item in boxes.within(inner.body, inner.end):
                found.items.append((int.from_bytes(item.kind, "big"), bytes(data[item.body : item.end])))
        else:
            if inner.kind == b"hdlr":
                found.handler = bytes(data[inner.body + 8 : inner.body + 12])
            found.rest.append(bytes(data[inner.start : inner.end]))
    return found


def _keys(data: bytes | bytearray, keys: Box) -> Iterator[bytes]:
    at = keys.body + 8
    while at + 8 <= keys.end:
        (size,) = struct.unpack_from(">I", data, at)
        if size < 8 or at + size > keys.end:
            raise UnreadableFile("truncated")
        yield bytes(data[at + 4 : at + size])
        at += size


def _records(boxes: Boxes, meta: Box) -> Iterator[str]:
    found = _take_apart(boxes, meta)
    for number, body in found.items:
        if _named(found, number, body):
            value = _value(body)
            if value is not None:
                yield value[:_MAX_VALUE].decode("utf-8", "replace").strip("\0")


def _named(meta: _Meta, number: int, body: bytes) -> bool:
    """Whether an item is a label: by its key, or by its name as iTunes writes free-form items."""
    if 1 <= number <= len(meta.keys):
        return meta.keys[number - 1][4:] == b"AIGC"
    if number != int.from_bytes(b"----", "big"):
        return False
    inner = Boxes(body)
    name = inner.first(b"name", 0, len(body))
    return name is not None and body[name.body + 4 : name.end] == b"AIGC"


def _value(body: bytes) -> bytes | None:
    data = Boxes(body).first(b"data", 0, len(body))
    return None if data is None else body[data.body + 8 : data.end]


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (container: no movie header, no_room, metadata)."""
    boxes = Boxes(data)
    tops = list(boxes.within(0, len(data)))
    movies = [top for top in tops if top.kind == b"moov"]
    if len(movies) != 1:
        raise LabelFailed("container", kind="video/mp4")
    (moov,) = movies
    if boxes.first(b"cmov", moov.body, moov.end) is not None:  # a packed header
        raise LabelFailed("container", kind="video/mp4")
    described = [top for top in tops if top.kind == b"uuid" and data[top.body : top.body + 16] == XMP_UUID]
    packet = beside(data[described[0].body + 16 : described[0].end] if described else None, label)
    new = box(b"moov", _with_label(boxes, moov, label)) + (box(b"uuid", XMP_UUID + packet) if packet else b"")
    behind = next((top for top in described if top.start == moov.end), None)
    end = moov.end if behind is None else behind.end  # the packet stands behind the header, as last time
    grown = len(new) - (end - moov.start)
    if grown and any(top.kind == b"sidx" and top.start < moov.start for top in tops):
        raise LabelFailed("no_room")  # an index that counts over the header
    out = bytearray()
    for top in tops:
        if top is moov:
            out += new
        elif top is not behind:
            gone = box(b"free", bytes(top.end - top.start - 8))  # of the same size: nothing moves twice
            out += gone if top in described else data[top.start : top.end]
    shift(out, end, grown)
    return bytes(out)


def _with_label(boxes: Boxes, moov: Box, label: Label) -> bytes:
    parts, done = [], False
    for child in boxes.within(moov.body, moov.end):
        if child.kind == b"udta":
            parts.append(box(b"udta", _user_data(boxes, child, None if done else label)))
            done = True
        elif child.kind == b"meta":
            parts.append(_meta(_take_apart(boxes, child), None))
        else:
            parts.append(bytes(boxes.data[child.start : child.end]))
    if not done:
        parts.append(box(b"udta", _fresh(label)))
    return b"".join(parts)


def _user_data(boxes: Boxes, udta: Box, label: Label | None) -> bytes:
    parts, end = [], udta.body
    for inner in boxes.within(udta.body, udta.end):
        end = inner.end
        if inner.kind == b"meta":
            meta = _take_apart(boxes, inner)
            mine = label if meta.handler == b"mdta" else None
            parts.append(_meta(meta, mine))
            label = None if mine is not None else label
        elif inner.kind == b"XMP_":
            packet = beside(bytes(boxes.data[inner.body : inner.end]), Label("{}"))
            parts.append(box(b"XMP_", packet or b""))
        else:
            parts.append(bytes(boxes.data[inner.start : inner.end]))
    if label is not None:
        parts.append(_fresh(label))
    return b"".join(parts) + bytes(boxes.data[end : udta.end])


def _meta(meta: _Meta, label: Label | None) -> bytes:
    """The box with its own items less every label, and with one where `label` is given."""
    label_items = [] if label is None else [box(b"data", struct.pack(">II", 1, 0) + label.text.encode("ascii"))]
    kept = [i for i, key in enumerate(meta.keys, 1) if key[4:] != b"AIGC"]
    numbers = {old: new for new, old in enumerate(kept, 1)}
    keys = [meta.keys[i - 1] for i in kept] + [b"mdtaAIGC"] * len(label_items)
    items = [
        struct.pack(">II", len(body) + 8, numbers.get(number, number)) + body
        for number, body in meta.items
        if not _named(meta, number, body) and (number in numbers or number >= 1 << 24)  # not those without a key
    ]
    items += [struct.pack(">II", len(body) + 8, len(keys)) + body for body in label_items]
    parts = list(meta.rest)
    if keys or meta.keys:
        listed = b"".join(struct.pack(">I", len(key) + 4) + key for key in keys)
        parts.append(box(b"keys", struct.pack(">II", 0, len(keys)) + listed))
    if items or meta.items:
        parts.append(box(b"ilst", b"".join(items)))
    return box(b"meta", meta.version + b"".join(parts))


def _fresh(label: Label) -> bytes:
    return _meta(_Meta(bytes(4), b"mdta", [], [], [_MDTA]), label)


def shift(out: bytearray, after: int, by: int) -> None:
    """Move every absolute file offset at or behind `after` (counted before the move) by `by` bytes.

    Raises LabelFailed(no_room) where an offset no longer fits its field.
    """
    if by:
        _shift(Boxes(out), 0, len(out), after, by, 0)


def _shift(boxes: Boxes, at: int, end: int, after: int, by: int, depth: int) -> None:
    if depth > 8:
        raise UnreadableFile("bomb")
    for inner in boxes.within(at, end):
        if inner.kind in _ABSOLUTE:
            _shift(boxes, inner.body, inner.end, after, by, depth + 1)
        elif inner.kind in (b"stco", b"co64"):
            _table(boxes.data, inner, inner.body + 4, ">I" if inner.kind == b"stco" else ">Q", after, by)
        elif inner.kind == b"saio" and depth == 5:  # inside fragments they count from the fragment
            if inner.end - inner.body < 4:
                raise UnreadableFile("truncated")
            version, flags = boxes.data[inner.body], boxes.data[inner.body + 3]
            _table(boxes.data, inner, inner.body + (12 if flags & 1 else 4), ">Q" if version else ">I", after, by)
        elif inner.kind == b"tfhd" and inner.end - inner.body >= 16 and boxes.data[inner.body + 3] & 1:
            _move(boxes.data, inner.body + 8, ">Q", after, by)
        elif inner.kind == b"tfra" and inner.end - inner.body >= 16:
            _fragments(boxes.data, inner, after, by)


def _table(data: bytes | bytearray, inner: Box, at: int, form: str, after: int, by: int) -> None:
    if at + 4 > inner.end:
        raise UnreadableFile("truncated")
    (count,) = struct.unpack_from(">I", data, at)
    size = struct.calcsize(form)
    if at + 4 + count * size > inner.end:
        raise UnreadableFile("truncated")
    for i in range(count):
        _move(data, at + 4 + i * size, form, after, by)


def _fragments(data: bytes | bytearray, tfra: Box, after: int, by: int) -> None:
    version = data[tfra.body]
    sizes, count = struct.unpack_from(">II", data, tfra.body + 8)
    form, pair = (">Q", 16) if version else (">I", 8)
    row = pair + (sizes >> 4 & 3) + (sizes >> 2 & 3) + (sizes & 3) + 3
    if tfra.body + 16 + row * count > tfra.end:
        raise UnreadableFile("truncated")
    for i in range(count):
        _move(data, tfra.body + 16 + row * i + pair // 2, form, after, by)


def _move(data: bytes | bytearray, at: int, form: str, after: int, by: int) -> None:
    (offset,) = struct.unpack_from(form, data, at)
    if offset < after:
        return
    if offset + by >= 1 << 8 * struct.calcsize(form):
        raise LabelFailed("no_room")
    struct.pack_into(form, data, at, offset + by)
