"""The shipped art: one read-only file with every icon, its measures and its names in both languages.

`scripts/build_art.py` writes the file and documents the form. Opening reads a directory of a few
hundred bytes; an index is read when its set is first used, an icon when it is first drawn.
"""

from __future__ import annotations

import json
import lzma
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

from pingxing.engine.backends.scene import drawings, lettered
from pingxing.errors import BackendFailed

MAGIC = b"PXART01\n"
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 22}]
_KEPT_BLOCKS = 96  # unpacked families kept in memory; one is 10-100 kB


@dataclass(frozen=True, slots=True)
class Icon:
    """One drawing. Lengths are in the set's own units; `box` is what is visible, `foot` where it stands."""

    set: str
    concept: str
    box: tuple[float, float, float, float]  # x0, y0, x1, y1
    foot: tuple[float, float]  # leftmost and rightmost point that touches the ground
    colours: tuple[str, ...]  # "#rrggbb" that a person would name it by, and a second that covers as much
    hem: str  # commonest colour of its lowest rows
    spill: float = 0.0  # side of the frame to which the art must be clipped; 0 where it keeps to it
    under: str = ""  # markup of ours drawn before the art, in the art's units (a body under a head)
    over: str = ""  # markup of ours drawn after it: a cap, an apron
    trade: str = ""  # what the person works as, where that is seen in the clothes (trades.py)

    @property
    def colour(self) -> str:
        return self.colours[0]

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """What Unicode says of one concept: its place among emoji, and name followed by keywords."""

    concept: str
    group: str
    subgroup: str
    en: tuple[str, ...]
    zh: tuple[str, ...]
    hant: tuple[str, ...]


class Art:
    """Random access to the art file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._indexes: dict[str, dict[str, Any]] = {}
        self._blocks: OrderedDict[tuple[str, int], list[str]] = OrderedDict()
        with path.open("rb") as file:
            if file.read(8) != MAGIC:
                raise BackendFailed("art", file=path.name)
            length = int.from_bytes(file.read(8), "little")
            self._directory: dict[str, list[int]] = json.loads(file.read(length))
            self._start = 16 + length

    def _bytes(self, section: str, offset: int = 0, length: int | None = None) -> bytes:
        start, size = self._directory[section]
        with self._path.open("rb") as file:
            file.seek(self._start + start + offset)
            return file.read(size if length is None else length)

    def _json(self, section: str) -> Any:
        return json.loads(_unpack(self._bytes(section)))

    @property
    def sets(self) -> tuple[str, ...]:
        packed = (name.removeprefix("index/") for name in self._directory if name.startswith("index/"))
        return (*sorted(packed), drawings.SET)

    def sources(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self._json("sources")
        return found

    def vocabulary(self) -> list[Entry]:
        return [
            Entry(concept, group, subgroup, tuple(en), tuple(zh), tuple(hant))
            for concept, (group, subgroup, en, zh, hant) in self._json("vocabulary").items()
        ] + [
            Entry(ours.concept, ours.group, ours.subgroup, ours.en, ours.zh, ())
            for ours in drawings.drawings().values()
        ]

    def _index(self, name: str) -> dict[str, Any]:
        with self._lock:
            if name not in self._indexes:
                self._indexes[name] = self._json(f"index/{name}")
            return self._indexes[name]

    def concepts(self, name: str) -> list[str]:
        """Every concept drawn in one set, skin tones included."""
        if name == drawings.SET:
            return list(drawings.drawings())
        return list(self._index(name)["art"])

    def find(self, name: str, concept: str) -> Icon | None:
        if name == drawings.SET:
            ours = drawings.drawings().get(concept)
            return None if ours is None else Icon(name, concept, ours.box, ours.foot, ours.colours, ours.hem)
        if name == lettered.SET:  # stands in for art, is none of its own
            return None
        index = self._index(name)
        row = index["art"].get(concept)
        if row is None:
            return None
        return Icon(
            name,
            concept,
            (row[2], row[3], row[4], row[5]),
            (row[6], row[7]),
            tuple(row[8]),
            row[9],
            index["size"] * row[10],
        )

    def body(self, icon: Icon) -> str:
        """The icon's SVG markup; its ids are ~0, ~1, ... and must be prefixed before use."""
        if icon.set == drawings.SET:
            return drawings.drawings()[icon.concept].markup
        if icon.set == lettered.SET:
            return lettered.lettered()[icon.concept].markup
        index = self._index(icon.set)
        number, place = index["art"][icon.concept][:2]
        key = (icon.set, number)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return str(self._blocks[key][place])
        offset, length = index["where"][number]
        members = _unpack(self._bytes(f"blocks/{icon.set}", offset, length)).decode().split("\0")
        with self._lock:
            self._blocks[key] = members
            while len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return str(members[place])


def _unpack(data: bytes) -> bytes:
    return lzma.decompress(data, format=lzma.FORMAT_RAW, filters=_FILTERS)


def assets() -> Path:
    return Path(str(files("pingxing.engine.backends.scene") / "assets"))


@cache
def shipped() -> Art:
    """The art that comes with the package. Raises BackendFailed if the file is missing or foreign."""
    path = assets() / "art.pxa"
    if not path.is_file():
        raise BackendFailed("art", file=path.name)
    return Art(path)


@cache
def facts() -> dict[str, Any]:
    """Digest, size and origin of the shipped art, as written by the build beside it."""
    found: dict[str, Any] = json.loads((assets() / "art.json").read_text(encoding="utf-8"))
    return found
