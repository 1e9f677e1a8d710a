"""A run in few small files, to be carried from one machine to another: what was learnt of it, and how far it went.

    part-000.safetensors ...   at most 16 MiB each, 60 MiB and eight files in all
    facts.json                 the runs' own facts, under the names of their folders
    NAME.jsonl, NAME.png       metrics and latest grid of the last run named

The running mean of every run, in bf16 where that fits. Where it does not, matrices and kernels are kept in 8 bits with
a scale for each row, as they are served anyway (export.py): 48 million weights take 47 MiB instead of 92. Moments stay
behind: they are found again within a hundred steps. What is exact is a run's `checkpoint/`, on the machine itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pingxing.training.picture import checkpoint
from pingxing.training.picture.loop import trained

MOST_BYTES = 60 * 2**20
MOST_FILES = 8


def pack(out: Path, runs: Sequence[str], folder: Path, most: int = MOST_BYTES) -> int:
    """Write the runs `out/NAME` to `folder`, which is replaced; returns bytes.

    Raises FileNotFoundError or BadCheckpoint for a run that there is not, ValueError for what 8 bits do not make fit.
    """
    facts: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    for run in runs:
        mean, facts[run] = trained(out / run)
        tensors |= {f"{run}/{name}": tensor.to(torch.bfloat16) for name, tensor in mean.items()}
    if _size(tensors) > most:
        tensors = checkpoint.narrowed(tensors)
    if _size(tensors) > most:
        raise ValueError(f"{_size(tensors)} bytes do not fit into {most}")
    checkpoint.keep(folder, tensors, {"runs": facts})
    last = out / runs[-1]
    seen = {".jsonl": [last / "metrics.jsonl"], ".png": sorted((last / "grids").glob("*.png"))[-1:]}
    for ending, found in seen.items():
        for file in found:
            if file.is_file():
                shutil.copyfile(file, folder / (last.name + ending))
    files = list(folder.iterdir())
    if len(files) > MOST_FILES:
        raise ValueError(f"{len(files)} files where {MOST_FILES} may be")
    return sum(file.stat().st_size for file in files)


def unpack(folder: Path, out: Path) -> list[str]:
    """Write what was packed as `out/NAME/model`, from which a run goes on, and return the names.

    A run that is there already is left as it is. Raises FileNotFoundError, BadCheckpoint.
    """
    tensors, told = checkpoint.load(folder)
    try:
        facts = dict(told["runs"])
    except (KeyError, TypeError, ValueError) as error:
        raise checkpoint.BadCheckpoint(f"{folder.name} was not packed to travel") from error
    wide = checkpoint.widened(tensors)
    for run, page in facts.items():
        if not checkpoint.exists(out / run / "checkpoint"):
            own = {name.removeprefix(f"{run}/"): t for name, t in wide.items() if name.startswith(f"{run}/")}
            (out / run).mkdir(parents=True, exist_ok=True)
            checkpoint.keep(out / run / "model", own, {key: value for key, value in page.items() if key != "parts"})
    return sorted(facts)


def _size(tensors: Mapping[str, Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
