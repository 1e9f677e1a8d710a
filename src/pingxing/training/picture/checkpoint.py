"""Checkpoints as folders of safetensors files, none larger than 16 MiB, with a page of facts.

The form is that of huggingface/safetensors (8 bytes of length, a JSON header, raw little-endian numbers), written here
with numpy so that training needs nothing else. A checkpoint appears whole or not at all: it is written beside and then
renamed; the newest readable one counts.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST_BYTES = 16 * 2**20
FEWEST = 4096  # numbers of a tensor that is worth a scale for each row, in 8 bits
_SCALE = ".scale"
_NAMES = {torch.float32: "F32", torch.bfloat16: "BF16", torch.int64: "I64", torch.uint8: "U8"}
_TYPES = {name: kind for kind, name in _NAMES.items()}
_SIZES = {"F32": 4, "BF16": 2, "I64": 8, "U8": 1}


class BadCheckpoint(ValueError):
    """A folder that is no checkpoint, is cut off, or belongs to another model."""


def _raw(tensor: Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous(memory_format=torch.contiguous_format).reshape(-1)
    return bytes(flat.view(torch.uint8).numpy().tobytes())


def _shards(tensors: Mapping[str, Tensor], most: int) -> Iterator[dict[str, Tensor]]:
    """Tensors in the order of their names, in groups of at most `most` bytes. One that is larger raises ValueError."""
    group: dict[str, Tensor] = {}
    room = most
    for name in sorted(tensors):
        size = tensors[name].numel() * tensors[name].element_size() + len(name) + 120
        if size > most - 1024:
            raise ValueError(f"{name} alone is larger than a file may be")
        if size > room - 1024:
            yield group
            group, room = {}, most
        group[name] = tensors[name]
        room -= size
    if group:
        yield group


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """One safetensors file, the same bytes for the same tensors."""
    header: dict[str, Any] = {}
    at = 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for tensor in tensors.values():
            file.write(_raw(tensor))
        file.flush()
        os.fsync(file.fileno())


def read_tensors(path: Path) -> dict[str, Tensor]:
    """A safetensors file. Raises BadCheckpoint."""
    data = path.read_bytes()
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        found = {}
        for name, row in header.items():
            if name == "__metadata__":
                continue
            start, end = row["data_offsets"]
            raw = np.frombuffer(data, np.uint8, end - start, 8 + length + start).copy()
            if end - start != int(np.prod(row["shape"], dtype=np.int64)) * _SIZES[row["dtype"]]:
                raise ValueError(f"{name} has not the size it says")
            found[name] = torch.from_numpy(raw).view(_TYPES[row["dtype"]]).reshape(row["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{path.name}: {error}") from error
    return found


def keep(folder: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any], most: int = MOST_BYTES) -> None:
    """Write a checkpoint to `folder`, which is replaced whole if it is there."""
    beside, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    for left in (beside, old):
        shutil.rmtree(left, ignore_errors=True)
    beside.mkdir(parents=True)
    names = []
    for number, group in enumerate(_shards(tensors, most)):
        names.append(f"part-{number:03d}.safetensors")
        write_tensors(beside / names[-1], group)
    (beside / "facts.json").write_text(json.dumps({**facts, "parts": names}, indent=1) + "\n", "utf-8")
    if folder.exists():
        folder.rename(old)
    beside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts; what was left between two renames counts too. Raises FileNotFoundError or BadCheckpoint."""
    if not (folder / "facts.json").is_file():
        old = folder.with_name(folder.name + ".old")
        if not (old / "facts.json").is_file():
            raise FileNotFoundError(folder)
        folder = old
    try:
        facts = json.loads((folder / "facts.json").read_text("utf-8"))
        tensors: dict[str, Tensor] = {}
        for name in facts["parts"]:
            tensors |= read_tensors(folder / name)
    except (json.JSONDecodeError, KeyError, FileNotFoundError) as error:
        raise BadCheckpoint(f"{folder.name}: {error}") from error
    return tensors, facts


def exists(folder: Path) -> bool:
    return any((place / "facts.json").is_file() for place in (folder, folder.with_name(folder.name + ".old")))


def narrowed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and kernels in 8 bits (uint8, 128 is zero), with a scale for each row; small ones and vectors stay."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim < 2 or tensor.numel() < FEWEST:
            found[name] = tensor
            continue
        rows = tensor.float().flatten(1)
        scale = rows.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
        whole = (rows / scale).round().clamp_(-127, 127).add_(128).to(torch.uint8)
        found |= {name: whole.view(tensor.shape), name + _SCALE: scale.flatten()}
    return found


def widened(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The other way, in bf16; what never was narrowed is left as it is."""
    found = {}
    for name, tensor in tensors.items():
        scale = tensors.get(name + _SCALE)
        if scale is not None:
            rows = (tensor.float().flatten(1) - 128) * scale[:, None]
            found[name] = rows.view(tensor.shape).to(torch.bfloat16)
        elif not name.endswith(_SCALE):
            found[name] = tensor
    return found
