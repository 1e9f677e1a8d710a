"""What a U-Net's layers make of a prompt's words, reckoned once for each prompt and not once more at every step.

Keys and values of cross-attention (Rombach et al. 2022, 3.3) come of the words alone, and these stay the same from a
picture's first step to its last. Over few places they are a good part of the arithmetic: of Stable Diffusion's call on
8x8 latents about a sixth. Each prompt's are reckoned by themselves, so that nothing hangs on who shares the call; what
adapters add to such a layer is added afterwards, by their hooks, as ever.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from pingxing.engine.backends.diffusion.family import Words

BYTES = 256 << 20  # of memory, in bf16: some 65 prompts of Stable Diffusion, 10 of SDXL


@dataclass(slots=True)
class _Made:
    words: Words  # kept, so that its `id` is nobody else's
    parts: dict[int, Tensor] = field(default_factory=dict)  # (tokens, width), by the layer's number


class Known:
    """Of one network. Not thread-safe: one call at a time, as steps are."""

    def __init__(self, network: Any, most: int = BYTES) -> None:
        """Changes the layers in place; hooks on them stay. Outside `told` they do what they did."""
        self._most = most
        self._made: OrderedDict[int, _Made] = OrderedDict()
        self._batch: Tensor | None = None
        self._rows: Sequence[Words] = ()
        self.taken = 0  # bytes
        layers = [
            layer
            for module in network.modules()
            if getattr(module, "is_cross_attention", False)
            for layer in (module.to_k, module.to_v)
        ]
        for number, layer in enumerate(layers):
            layer.forward = partial(self._of, number, layer.forward)

    @contextmanager
    def told(self, batch: Tensor, rows: Sequence[Words]) -> Iterator[None]:
        """Within, a layer that is given `batch` itself is given the words of these rows."""
        self._batch, self._rows = batch, rows
        for words in rows:
            self._made.setdefault(id(words), _Made(words))
            self._made.move_to_end(id(words))
        try:
            yield
        finally:
            self._batch, self._rows = None, ()
            while self.taken > self._most:
                _, gone = self._made.popitem(last=False)
                self.taken -= sum(part.nbytes for part in gone.parts.values())

    def _of(self, number: int, plain: Callable[[Tensor], Tensor], given: Tensor) -> Tensor:
        import torch

        if given is not self._batch:
            return plain(given)
        found = [self._part(words, number, plain) for words in self._rows]
        return found[0][None] if len(found) == 1 else torch.stack(found)

    def _part(self, words: Words, number: int, plain: Callable[[Tensor], Tensor]) -> Tensor:
        parts = self._made[id(words)].parts
        if number not in parts:
            parts[number] = plain(words.embeds[None])[0]
            self.taken += parts[number].nbytes
        return parts[number]
