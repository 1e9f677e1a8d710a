"""What a model's card tells besides: how it lies on a device, what was added to it. Values of `pingxing.types`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "bf16", "fp16", "int8"]
Placing = Literal["whole", "parts", "layers"]


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Where a checkpoint runs here and how, chosen by what fits; for the operator to read.

    "whole": all weights lie on the device; "parts": encoders, network and decoder take turns there; "layers": each
    layer is brought when it is computed, which is slow and fits almost anywhere.
    """

    device: str  # as torch names it: "cpu", "cuda", "mps", "xpu", "npu", ...
    precision: Precision  # of the weights; "int8" computes in the device's own type
    placing: Placing
    weights_bytes: int  # of all parts, in that precision
    resident_bytes: int  # of these, the most that lie on the device at once
    work_bytes: int  # what flows through for one picture of the family's usual size, estimated
    free_bytes: int | None  # of the device when it was planned; None where it does not say
    fits: bool  # False: nothing known fits, and it will fail where memory is really short
    together: int  # pictures of the usual size that the memory left lets share a step; at least 1
    loaded: bool = False  # its weights lie there now
    adapters_bytes: int = 0  # of the device, for adapters that lie beside the weights
    twice_bytes: int = 0  # more, of convolutions whose weights lie there a second time and so take less time


@dataclass(frozen=True, slots=True)
class Addition:
    """What an operator added to a model: a LoRA ("adapter"), asked for by name, or a textual inversion ("embedding"),
    asked for by its word in the prompt."""

    name: str
    kind: Literal["adapter", "embedding"]
    trigger: str  # the word of an embedding; words that bring an adapter out, where its file says
    licence: str
    lineage: str
    sha256: str
    size_bytes: int
    values: int = 0  # numbers of an adapter as it lies beside the weights: LoHa and LoKr are larger there than filed
    vectors: int = 0  # of an embedding, each read as one token
    width: int = 0  # of each vector, over all encoders that it is for
