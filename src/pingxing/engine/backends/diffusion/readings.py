"""What encoders made of prompts, kept for whoever writes the same: as many as some bytes hold, the newest of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pingxing.engine.backends.diffusion.family import Words

MOST = 256  # prompts
BYTES = 64 << 20  # of a device's memory: Stable Diffusion's take 0.1 to 0.3 MiB each, Flux's and SD3's 4 and more


class Readings:
    """Of one loaded model. Not thread-safe: one step at a time."""

    def __init__(self, most: int = MOST, size: int = BYTES) -> None:
        self._most, self._size = most, size
        self._kept: OrderedDict[Hashable, Words] = OrderedDict()
        self.taken = 0  # bytes

    def of(self, key: Hashable, read: Callable[[], Words]) -> Words:
        """What is kept under `key`, or else what `read` gives now."""
        if key not in self._kept:
            self._kept[key] = words = read()
            self.taken += words.size
            while len(self._kept) > 1 and (len(self._kept) > self._most or self.taken > self._size):
                self.taken -= self._kept.popitem(last=False)[1].size
        self._kept.move_to_end(key)
        return self._kept[key]

    def clear(self) -> None:
        self._kept.clear()
        self.taken = 0
