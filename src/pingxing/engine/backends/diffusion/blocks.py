"""Dense layers on the CPU in bf16, in blocks of a fixed height.

CPUs with bf16 instructions (AMX, AVX512-BF16) multiply several times as fast in it as in fp32. But the library chooses
by the number of rows in what order a product is summed, and a sum in another order may be rounded to the neighbouring
bf16 number: what one person gets would depend, by a part in a hundred after a whole network, on how many others share
the step. So every product is taken in blocks whose height follows from one picture's shape alone; then each row is
summed in the same order in any company. Convolutions, norms and attention were seen to do so by themselves.

But blocks cost: the last one is seldom full, and each is a pass over the weights. So the library is asked, once for
each shape of a layer and number of rows, in numbers drawn at random, whether it rounds them all at once as it does in
blocks; where it does, they are taken at once. Where it does not, the last block is as low as it may be, measured the
same way. Without AMX all of it agreed, and a product then costs what it costs anybody.
"""

from __future__ import annotations

from functools import cache, partial
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_LONG, _HALF, _SHORT, _SINGLE = 256, 128, 64, 16
_LOWER = (2, 8, 16, 32, 64, 96, 128)  # heights that a last block may have, where they agree with the full one
_FEW = 1_000_003  # a prime
_MOST = 256  # rows that may be taken at once: beyond, blocks cost nothing that was seen, and asking does


def laid(network: Any) -> int:
    """Make a network's dense bf16 layers compute so, in place, and say how many there are. Hooks on them stay."""
    import torch

    found = 0
    for layer in network.modules():
        plain = type(layer) is torch.nn.Linear and type(layer.weight.data) is torch.Tensor  # not one of 8 bits
        if plain and layer.weight.dtype == torch.bfloat16:
            layer.forward = partial(_multiplied, layer)
            found += 1
    return found


def product(rows: Tensor, weight: Tensor, bias: Tensor | None, places: int, made: Tensor | None = None) -> Tensor:
    """(n, inputs), (outputs, inputs), (outputs) -> (n, outputs), into `made` where given; `places`: rows of one
    picture."""
    import torch

    height, count = _height(places), len(rows)
    sizes = (*weight.shape, bias is not None)
    if count == height or (count <= _MOST and _at_once(*sizes, count, height, torch.get_num_threads())):
        if bias is None:
            return torch.mm(rows, weight.t(), out=made)
        return torch.addmm(bias, rows, weight.t(), out=made)
    return _blocked(rows, weight, bias, height, made)


def _blocked(rows: Tensor, weight: Tensor, bias: Tensor | None, height: int, made: Tensor | None = None) -> Tensor:
    import torch
    from torch.nn.functional import pad

    made = rows.new_empty(len(rows), len(weight)) if made is None else made
    for begin in range(0, len(rows), height):
        block, out = rows[begin : begin + height], made[begin : begin + height]
        short = _least(len(block), height, weight, bias) - len(block)
        into = out if not short else rows.new_empty(len(block) + short, len(weight))
        whole = block if not short else pad(block, (0, 0, 0, short))
        if bias is None:
            torch.mm(whole, weight.t(), out=into)
        else:
            torch.addmm(bias, whole, weight.t(), out=into)
        if short:
            out.copy_(into[: len(block)])
    return made


def _height(places: int) -> int:
    """Rows of a block: a picture's own where they are many, else so many that one pass over the weights serves some
    pictures, and one picture with guidance pays for little that it does not need."""
    if places >= _LONG:
        return places
    return _SINGLE if places == 1 else _SHORT if places < _SHORT else _HALF if places <= _HALF else _LONG


def _least(rows: int, height: int, weight: Tensor, bias: Tensor | None) -> int:
    """How high a block of so many rows has to be."""
    import torch

    if rows == height or height > _LONG:
        return height
    agreeing = _agreeing(*weight.shape, bias is not None, height, torch.get_num_threads())
    return next((lower for lower in agreeing if lower >= rows), height)


@cache
def _at_once(outputs: int, inputs: int, biased: bool, count: int, height: int, threads: int) -> bool:
    """Whether so many rows taken at once have the very bits that they have in blocks.

    The library chooses by shapes and by its threads, never by values, so that one product of random numbers tells it.
    """
    import torch

    rows, weight, bias = _drawn(count, outputs, inputs, biased=biased)
    made = torch.mm(rows, weight.t()) if bias is None else torch.addmm(bias, rows, weight.t())
    same: bool = torch.equal(made, _blocked(rows, weight, bias, height))
    return same


@cache
def _agreeing(outputs: int, inputs: int, biased: bool, height: int, threads: int) -> tuple[int, ...]:
    """Those of the lower heights at which a row of such a product has the very bits that it has at the full one."""
    import torch

    rows, weight, bias = _drawn(height, outputs, inputs, biased=biased)

    def made(some: Tensor) -> Tensor:
        return torch.mm(some, weight.t()) if bias is None else torch.addmm(bias, some, weight.t())

    full = made(rows)  # its last rows lie at other places in a lower block, which must not matter either
    return tuple(lower for lower in _LOWER if lower < height and torch.equal(made(rows[-lower:]), full[-lower:]))


def _drawn(rows: int, outputs: int, inputs: int, *, biased: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    """Numbers at random for such a product, from different places of the same few."""
    few = _few()

    def numbers(begin: int, *size: int) -> Tensor:
        wanted = begin + prod(size)
        return few.repeat(-(-wanted // len(few)))[begin:wanted].view(size)

    return numbers(0, rows, inputs), numbers(_FEW // 3, outputs, inputs), numbers(7, outputs) if biased else None


@cache
def _few() -> Tensor:
    """Numbers of very different sizes, so that another order of a sum shows in what is left of it. Few, since drawing
    them takes longer than the products that are asked for; of a length that no layer's width divides, so that no two
    rows are the same."""
    import torch

    chance = torch.Generator().manual_seed(0)
    sizes = torch.randint(-6, 7, (_FEW,), generator=chance).exp2()
    return (torch.randn(_FEW, generator=chance) * sizes).to(torch.bfloat16)


def _multiplied(layer: Any, given: Tensor) -> Tensor:
    """(pictures, ..., inputs) -> (pictures, ..., outputs). Who learns through it gets what torch computes."""
    import torch

    if torch.is_grad_enabled():
        return torch.nn.functional.linear(given, layer.weight, layer.bias)
    places = given.shape[-2] if given.ndim > 2 else 1
    rows = given.reshape(-1, given.shape[-1])
    return product(rows, layer.weight, layer.bias, places).view(*given.shape[:-1], layer.out_features)
