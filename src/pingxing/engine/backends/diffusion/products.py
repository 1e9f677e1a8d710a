"""LoHa and LoKr (Yeh et al. 2024, "LyCORIS"): products of small matrices that are LoRA too, only of a higher rank.

    as_lora(tensors, file)    every `hada_*` and `lokr_*` as a pair of LoRA matrices, exactly; the rest as it is

LoHa's difference is the elementwise product of two low-rank ones, and a product of ranks r and s has rank r * s at
most: (A B) o (C D) = (A * C)(B . D), rows of A with rows of C, columns of B with columns of D, each with each. LoKr's
is a Kronecker product, and W x (A B) = (W x A)(1 x B). So both lie beside a layer as any adapter does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pingxing.errors import InvalidRequest

if TYPE_CHECKING:
    from torch import Tensor

_MARKS = (".hada_", ".lokr_")


def as_lora(told: Mapping[str, Tensor], file: Path) -> dict[str, Tensor]:
    """Names without weights of the kind stay; `x.hada_w1_a` and its like become `x.lora_down.weight` and
    `x.lora_up.weight` (or `lora_A` and `lora_B`), with what `x.alpha` says multiplied in.

    Raises InvalidRequest naming the key: for a part that is missing, and for Tucker forms (`hada_t1`, `lokr_t2`).
    """
    groups: dict[str, dict[str, Tensor]] = {}
    plain = dict(told)
    for key in told:
        mark = next((mark for mark in _MARKS if mark in key), None)
        if mark is not None:
            stem, _, name = key.partition(mark)
            groups.setdefault(f"{stem}\n{mark}", {})[name] = plain.pop(key)
    for group, parts in groups.items():
        stem, _, mark = group.partition("\n")
        alpha = plain.pop(f"{stem}.alpha", None)
        try:
            down, up, rank = (_hadamard if mark == ".hada_" else _kronecker)(parts)
        except (KeyError, ValueError, RuntimeError) as error:
            kind = "LoHa" if mark == ".hada_" else "LoKr"
            names = ", ".join(sorted(parts))
            raise InvalidRequest("adapter_kind", key=f"{stem}{mark}{names}"[:200], kind=kind, file=file.name) from error
        scale = 1.0 if alpha is None or rank is None else float(alpha) / rank
        dotted = "." in stem  # peft's way of naming a layer; kohya's has underscores
        plain[f"{stem}.{'lora_A' if dotted else 'lora_down'}.weight"] = down.contiguous()
        plain[f"{stem}.{'lora_B' if dotted else 'lora_up'}.weight"] = (up * scale).contiguous()
    return plain


def _hadamard(parts: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, int | None]:
    """(rank, in), (out, rank), and the rank that alpha is divided by."""
    if parts.keys() != {"w1_a", "w1_b", "w2_a", "w2_b"}:
        raise KeyError(*parts)
    first, second, third, fourth = (parts[name].float() for name in ("w1_a", "w1_b", "w2_a", "w2_b"))
    up = (first[:, :, None] * third[:, None, :]).flatten(1)
    down = (second[:, None, :] * fourth[None, :, :]).flatten(0, 1)
    return down, up, int(second.shape[0])


def _kronecker(parts: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, int | None]:
    """As `_hadamard`; no rank where both factors are whole, for then alpha means nothing."""
    import torch

    if not parts.keys() <= {"w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b"}:
        raise KeyError(*parts)
    halves = [parts[name] for name in ("w1_b", "w2_b") if name in parts]
    rank = int(halves[-1].shape[0]) if halves else None
    first = parts["w1"].float() if "w1" in parts else parts["w1_a"].float() @ parts["w1_b"].float()
    if "w2" in parts:
        second = parts["w2"].float().flatten(1)  # of a convolution: (out, in * height * width)
        return torch.kron(torch.eye(first.shape[1]), second), torch.kron(first, torch.eye(second.shape[0])), rank
    up, down = parts["w2_a"].float(), parts["w2_b"].float()
    return torch.kron(torch.eye(first.shape[1]), down), torch.kron(first, up), rank
