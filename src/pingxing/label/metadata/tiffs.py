"""TIFF: the XMP packet as tag 0x2BC, type 7, of the first directory (practice guide TC260-PG-20259A).

New bytes go to the end of the file, so that no offset of the document has to move; where an old packet stood
there are zeros afterwards, so that no second label is left for whoever searches the bytes.
"""

from __future__ import annotations

import struct

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import tiff
from pingxing.label.metadata.merging import Label, merged, without_label

_UNDEFINED = 7


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (metadata, no_room)."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(data[:4]))
    try:
        if order is None:
            raise tiff.BrokenTiff("header")
        pages = tiff.directories(data, order)
        found = [[e for e in tiff.entries(data, order, page) if e.tag == tiff.XMP] for page in pages]
    except tiff.BrokenTiff as error:
        raise UnreadableFile("damaged") from error
    out = bytearray(tiff.without_comment(data))
    first = True
    for entry in [e for entries in found for e in entries]:
        if first and found[0]:
            _replace(out, order, entry, merged(bytes(data[entry.where]), label))
        else:
            old = bytes(data[entry.where])
            new = without_label(old)
            if new != old:
                _replace(out, order, entry, new)
        first = False
    if not found[0]:
        _add(out, order, pages[0], merged(None, label))
    if len(out) >= 1 << 32:
        raise LabelFailed("no_room")
    return bytes(out)


def _replace(out: bytearray, order: str, entry: tiff.Entry, packet: bytes) -> None:
    size = entry.where.stop - entry.where.start
    if entry.where.stop == len(out) and size > 4:
        del out[entry.where.start :]  # labelled again and again, a file does not grow
    else:
        out[entry.where] = bytes(size)
    place = _append(out, packet)
    struct.pack_into(order + "HII", out, entry.at + 2, _UNDEFINED, len(packet), place)


def _append(out: bytearray, value: bytes) -> int:
    out += b"\0" * (len(out) & 1)
    place = len(out)
    out += value
    return place


def _add(out: bytearray, order: str, directory: int, packet: bytes) -> None:
    """A longer copy of the directory at the end of the file, entries in ascending order as TIFF wants them."""
    (count,) = struct.unpack_from(order + "H", out, directory)
    start = directory + 2
    rows = [bytes(out[start + 12 * i : start + 12 * (i + 1)]) for i in range(count)]
    behind = bytes(out[start + 12 * count : start + 12 * count + 4]).ljust(4, b"\0")
    place = _append(out, packet)
    rows.append(struct.pack(order + "HHII", tiff.XMP, _UNDEFINED, len(packet), place))
    rows.sort(key=lambda row: int(struct.unpack_from(order + "H", row)[0]))
    table = struct.pack(order + "H", len(rows)) + b"".join(rows) + behind
    struct.pack_into(order + "I", out, 4, _append(out, table))
