"""The safetensors format: what a file says it holds, and writing one piece by piece. No torch; nothing is executed.

8 bytes little-endian length, that much JSON (a type, a shape and offsets for each name), then the data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pingxing.errors import UnreadableFile

_HEADER = 100 << 20  # the format's own limit on its header
BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
         "F8_E4M3": 1, "F8_E5M2": 1}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Held:
    """What a file holds, by its header."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]


def held(file: Path, name: str = "") -> Held:
    """Raises UnreadableFile, under `name` or the file's own, where header and length do not agree."""
    name, size = name or file.name, file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(_HEADER, size - 8):
            raise UnreadableFile("model_file", file=name)
        try:
            header = json.loads(stream.read(length))
            told = header.pop("__metadata__", None) or {}
            end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
            entries = {
                key: Entry(str(tensor["dtype"]), tuple(int(side) for side in tensor["shape"]))
                for key, tensor in header.items()
            }
            metadata = {str(key): str(value) for key, value in told.items()}
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            raise UnreadableFile("model_file", file=name) from error
    if end != size - 8 - length:  # a download that was cut off, or another file
        raise UnreadableFile("model_file", file=name)
    return Held(entries, metadata)


def write(
    file: Path, entries: Mapping[str, Entry], data: Iterable[memoryview | bytes], told: Callable[[int], None]
) -> None:
    """`data` in the order of `entries`, one piece each, taken when it is written; `told` hears of bytes written.

    Raises OSError; ValueError for a piece that is not as long as its entry says.
    """
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, entry in entries.items():
        end = at + entry.count * BYTES[entry.dtype]
        header[name] = {"dtype": entry.dtype, "shape": list(entry.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # the data begin at a multiple of 8
    with file.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for (name, entry), piece in zip(entries.items(), data, strict=True):
            if len(piece) != entry.count * BYTES[entry.dtype]:
                raise ValueError(name)
            stream.write(piece)
            told(len(piece))
