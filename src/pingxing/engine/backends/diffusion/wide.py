"""Wide convolutions on the CPU, as one product of matrices.

torch's CPU convolutions bring their weights into another order on every call. Where a network looks at few places (the
innermost blocks of a U-Net, a small picture) that copying is most of the time: of Stable Diffusion's call on 8x8
latents, two rows, about two thirds. Here the weights lie from the beginning as a product reads them, and the places
that a kernel looks at are gathered beside one another instead (im2col; Chellapilla et al. 2006): one pass over the
weights, however many rows share the call.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion import blocks

if TYPE_CHECKING:
    from torch import Tensor

WIDE_BYTES = 24 << 20  # of weights in fp32: below, the caches hold what is copied, and it costs little
FEW = 2_048  # places of all rows together; above, the gathering costs more than the copying
FEW_EACH = 64  # the same in bf16, of one picture


def laid(network: Any) -> int:
    """Lay the weights of a network's wide convolutions so, in place, and say how many there are.

    Hooks on them and their attributes stay as they were; what they give agrees to rounding.
    """
    import torch

    found = 0
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d) and _wide(layer):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
            layer.forward = partial(_convolved, layer)
            found += 1
    return found


def _wide(layer: Any) -> bool:
    import torch

    plain = layer.groups == 1 and tuple(layer.dilation) == (1, 1) and layer.padding_mode == "zeros"
    known = plain and not isinstance(layer.padding, str) and tuple(layer.kernel_size) != (1, 1)
    usual = layer.weight.dtype in (torch.float32, torch.bfloat16)
    return known and usual and layer.weight.numel() * 4 >= WIDE_BYTES


def _convolved(layer: Any, given: Tensor) -> Tensor:
    """(rows, channels, height, width) -> what the layer would give."""
    import torch
    from torch.nn.functional import conv2d, linear, pad

    (high, wide), (down, right), (top, left) = layer.kernel_size, layer.stride, layer.padding
    rows = given.shape[0]
    height, width = ((side + 2 * more - kernel) // step + 1 for side, more, kernel, step in
                     zip(given.shape[2:], layer.padding, layer.kernel_size, layer.stride, strict=True))  # fmt: skip
    narrow = given.dtype == torch.bfloat16  # which way is taken then follows from one picture, as in `blocks`
    if (height * width > FEW_EACH) if narrow else (rows * height * width > FEW):
        return conv2d(given, layer.weight, layer.bias, layer.stride, layer.padding)
    padded = pad(given.permute(0, 2, 3, 1), (0, 0, left, left, top, top))
    places = [
        padded[:, y : y + (height - 1) * down + 1 : down, x : x + (width - 1) * right + 1 : right]
        for y in range(high)
        for x in range(wide)
    ]
    gathered = torch.cat(places, 3).view(rows * height * width, -1)
    weight = layer.weight.permute(0, 2, 3, 1).flatten(1)
    if narrow:
        made = blocks.product(gathered, weight, layer.bias, height * width)
    else:
        made = linear(gathered, weight, layer.bias)
    return made.view(rows, height, width, -1).permute(0, 3, 1, 2).contiguous()
