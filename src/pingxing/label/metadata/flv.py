"""FLV: the key `AIGC` in script.onMetaData (practice guide TC260-PG-20257A)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import Contents
from pingxing.label.metadata.merging import Label
from pingxing.label.xmp import TAGS, tags

_MAX_TAGS = 1_000_000
_MAX_VALUES = 500_000
_MAX_DEPTH = 16
_SCRIPT = 18
_ON_META_DATA = b"\x02\x00\x0aonMetaData"
_FIXED = {0: 8, 1: 1, 5: 0, 6: 0, 7: 2, 11: 10, 13: 0}  # AMF0: sizes of number, boolean, null, ..., date


@dataclass(frozen=True, slots=True)
class _Tag:
    kind: int
    start: int
    body: int
    end: int  # of the body; four bytes with the tag's size follow


def _tags(data: bytes) -> Iterator[_Tag]:
    if len(data) < 13:
        raise UnreadableFile("truncated")
    at = int.from_bytes(data[5:9], "big") + 4
    if at < 13:
        raise UnreadableFile("damaged")
    for _ in range(_MAX_TAGS):
        if at + 11 > len(data):
            return
        body = at + 11
        end = body + int.from_bytes(data[at + 1 : at + 4], "big")
        if end + 4 > len(data):
            raise UnreadableFile("truncated")
        yield _Tag(data[at] & 0x1F, at, body, end)
        at = end + 4
    raise UnreadableFile("bomb")


@dataclass(frozen=True, slots=True)
class _Pair:
    name: bytes
    start: int  # of the name's length
    value: int  # of the value's type
    end: int


class _Amf:
    """Action Message Format 0, walked and not built: where each value stands."""

    def __init__(self, data: bytes, end: int) -> None:
        self._data, self._end, self._left = data, end, _MAX_VALUES

    def pairs(self, at: int, depth: int = 0) -> Iterator[_Pair]:
        """The pairs of an object from its first name; the last one has no name and ends the object."""
        while True:
            size = self._number(at, 2)
            name = self._data[at + 2 : at + 2 + size]
            value = at + 2 + size
            if not size and self._number(value, 1) == 9:
                yield _Pair(b"", at, value, value + 1)
                return
            end = self.skip(value, depth)
            yield _Pair(name, at, value, end)
            at = end

    def skip(self, at: int, depth: int) -> int:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            raise UnreadableFile("bomb")
        kind, at = self._number(at, 1), at + 1
        if kind in _FIXED:
            end = at + _FIXED[kind]
        elif kind in (2, 12):
            width = 2 if kind == 2 else 4
            end = at + width + self._number(at, width)
        elif kind in (3, 8):
            end = at
            for pair in self.pairs(at + (4 if kind == 8 else 0), depth + 1):
                end = pair.end
        elif kind == 10:
            end = at + 4
            for _ in range(self._number(at, 4)):
                end = self.skip(end, depth + 1)
        else:
            raise UnreadableFile("damaged")
        return end  # it may lie behind the tag: what is read next says so

    def _number(self, at: int, width: int) -> int:
        if at + width > self._end:
            raise UnreadableFile("truncated")
        return int.from_bytes(self._data[at : at + width], "big")


def _pairs(data: bytes, tag: _Tag) -> list[_Pair]:
    """The members of onMetaData, or none where the script says something else."""
    at = tag.body + len(_ON_META_DATA)
    if tag.kind != _SCRIPT or not data.startswith(_ON_META_DATA, tag.body) or at >= tag.end:
        return []
    kind = data[at]
    if kind not in (3, 8):
        return []
    return list(_Amf(data, tag.end).pairs(at + (5 if kind == 8 else 1)))


def read(data: bytes) -> Contents:
    found = Contents("video/x-flv", end=len(data))
    for tag in _tags(data):
        for pair in _pairs(data, tag):
            if data[pair.value] not in (2, 12):
                continue
            width = 2 if data[pair.value] == 2 else 4
            value = data[pair.value + 1 + width : pair.end].decode("utf-8", "replace")
            if pair.name == b"AIGC":
                found.texts.append(value)
            elif (name := pair.name.decode("ascii", "replace")) in TAGS:
                found.facts[TAGS[name]] = value
    return found


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (no_room; metadata: seek tables that would have to move)."""
    said = tags(label.provenance)
    if "created" in read(data).facts:
        said.pop("CREATEDATE", None)
    members = {"AIGC": label.text, **said}
    mine = b"".join(_counted(name) + b"\2" + _counted(value) for name, value in members.items())
    gone = {name.encode() for name in members}
    out, done = bytearray(), False
    parts = list(_tags(data))
    if not parts:
        raise UnreadableFile("truncated")
    out += data[: parts[0].start]
    for tag in parts:
        pairs = _pairs(data, tag)
        if not pairs:
            out += data[tag.start : tag.end + 4]
            continue
        if any(pair.name == b"keyframes" for pair in pairs):
            raise LabelFailed("metadata")
        stay = [p for p in pairs if p.name and p.name not in gone]
        kept = b"".join(data[p.start : p.end] for p in stay)
        count = len(stay) + (0 if done else len(members))
        head = data[tag.body : tag.body + len(_ON_META_DATA) + 1]
        array = struct.pack(">I", count) if head[-1:] == b"\x08" else b""
        rest = data[pairs[-1].end : tag.end]
        out += _script(
            data[tag.start],
            data[tag.start + 4 : tag.body],
            head + array + kept + (b"" if done else mine) + b"\0\0\x09" + rest,
        )
        done = True
    if not done:
        array = b"\x08" + struct.pack(">I", len(members))
        first = _script(_SCRIPT, bytes(7), _ON_META_DATA + array + mine + b"\0\0\x09")
        out[parts[0].start : parts[0].start] = first
    return bytes(out) + data[parts[-1].end + 4 :]


def _counted(text: str) -> bytes:
    data = text.encode()
    if len(data) >= 1 << 16:
        raise LabelFailed("no_room")
    return struct.pack(">H", len(data)) + data


def _script(kind: int, times: bytes, body: bytes) -> bytes:
    if len(body) >= 1 << 24:
        raise LabelFailed("no_room")
    return bytes([kind]) + len(body).to_bytes(3, "big") + times + body + struct.pack(">I", len(body) + 11)
