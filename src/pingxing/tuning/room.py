"""Whether a training run fits into the memory, before anything is loaded: arithmetic over headers and configs.

Weights are counted exactly. What is kept for the way back was measured on the networks' real shapes (256 to 512 pixels,
one row, fp32, adapters on the attention): values for each latent pixel and channel of a U-Net's first block, or for
each token and unit of a transformer's width.
"""

from __future__ import annotations

from dataclasses import dataclass

from pingxing.engine.backends.diffusion import memory
from pingxing.engine.backends.diffusion.folder import Checkpoint
from pingxing.engine.devices import learns_in, memory_of
from pingxing.errors import Unavailable

_UNET, _UNET_SPARING = 310.0, 57.0  # SD 1.5
_BLOCK, _BLOCK_SPARING = 11.0, 1.0  # of a transformer, for each block (SD3: 10.1 and 0.9)
_ADAPTER_BYTES = 4 * 6  # a weight, its gradient, two moments, the mean, and one on its way
_BESIDE = 1 << 30  # bytes of Python, libraries and what allocators keep
_ENDS = ("to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes. `preparing`: all parts loaded, a picture encoded; `training`: the network alone, with what it keeps."""

    device: str
    preparing: int
    training: int
    free: int | None

    @property
    def most(self) -> int:
        return max(self.preparing, self.training)

    @property
    def fits(self) -> bool:
        return self.free is None or self.most <= self.free

    def check(self, job: str = "") -> None:
        """Raises Unavailable saying what it needs and what there is."""
        if not self.fits and self.free is not None:
            gib = {"needs": f"{self.most / 2**30:.1f}", "free": f"{self.free / 2**30:.1f}"}
            raise Unavailable("train_memory", device=self.device, **gib)


def needed(checkpoint: Checkpoint, side: int, batch: int, rank: int, sparing: bool, device: str) -> Need:
    """For one training run. `device` as torch names it."""
    width = {"float32": 4}.get(learns_in(device), 2)
    weights = {weight.part: weight.values * width for weight in memory.weigh(checkpoint)}
    network = "unet" if checkpoint.part("unet") is not None else "transformer"
    encoding = memory.work(checkpoint, side, side).decoding * width
    adapter = _values(checkpoint, network, rank) * _ADAPTER_BYTES
    kept = _kept(checkpoint, side, sparing) * batch * width
    free, _ = memory_of(device)
    beside = _BESIDE if device == "cpu" else _BESIDE // 2
    return Need(
        device,
        sum(weights.values()) + encoding + beside,
        weights.get(network, 0) + adapter + kept + beside,
        free,
    )


def _kept(checkpoint: Checkpoint, side: int, sparing: bool) -> int:
    """Values that one row leaves for the way back."""
    if blocks := checkpoint.config("unet").get("block_out_channels"):
        return int((side / checkpoint.scale) ** 2 * int(blocks[0]) * (_UNET_SPARING if sparing else _UNET))
    config = checkpoint.config("transformer")
    wide = int(config.get("num_attention_heads", 24)) * int(config.get("attention_head_dim", 128))
    tokens = (side / checkpoint.multiple) ** 2 + 512
    depth = int(config.get("num_layers", 24)) + int(config.get("num_single_layers", 0))
    once = _BLOCK if sparing else 0.0  # the block that is computed once more
    return int(tokens * wide * (once + depth * (_BLOCK_SPARING if sparing else _BLOCK)))


def _values(checkpoint: Checkpoint, network: str, rank: int) -> int:
    """Numbers of the adapter: rank x (in + out) of every layer that it changes."""
    found = 0
    for name, entry in checkpoint.tensors(network).items():
        if len(entry.shape) == 2 and name.removesuffix(".weight").endswith(_ENDS):
            found += rank * sum(entry.shape)
    return found
