"""What a checkpoint needs of a device's memory, and how it is laid out there: arithmetic over headers and configs.

    planned(weigh(checkpoint), work(checkpoint, side, side), Room(...)) -> MemoryPlan

Weights are counted exactly, from the headers of their files. What flows through a network is estimated by the numbers
below, which were measured by running the real shapes of each family on tensors without data and adding up what lives
at once (256 to 1024 pixels a side, 1 to 8 rows): they do not depend on size or rows by more than 3 %.

Of the ways that fit, the first of these is taken, so that a picture changes only where nothing else helps: all weights
on the device; encoders, network and decoder in turns; the same two with 8-bit weights; layer by layer.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace

from pingxing.engine.backends.diffusion import tensors, winograd
from pingxing.engine.backends.diffusion.folder import Checkpoint
from pingxing.types import MemoryPlan, Placing, Precision

ROOM = 0.9  # of a device's free memory that we count on; allocators round up, drivers keep some
_UNET = 26.1  # values that live at once for each latent pixel, row and channel of the first block (SD 1.5; SDXL: 15.8)
_TRANSFORMER = 15.6  # for each token, row and unit of width (Flux; SD3 14.9, PixArt 13.4)
_DECODER = 6.01  # for each pixel and channel of the outermost block; an encoder takes 5.02
_WORDS = 512  # tokens of a prompt that go through a transformer beside the picture's
_ROWS = 2  # of one picture: with its words and without
_MOST = 64  # pictures in one step, whatever the memory
ADAPTERS_KEPT = 1 << 30  # bytes of adapters that stay on the device when nobody uses them at the moment
DENSE = 64  # a matrix with a shorter side is no linear layer worth 8 bits
_BYTES: dict[Precision, int] = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 2}
PRECISIONS: dict[str, Precision] = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}


@dataclass(frozen=True, slots=True)
class Weight:
    """One part of a checkpoint, in numbers."""

    part: str
    values: int
    dense: int  # of these, in matrices that can be kept in 8 bits
    largest: int  # of one tensor
    turned: int = 0  # of these, in convolutions that `winograd` would keep a second time

    def size(self, precision: Precision) -> int:
        width = _BYTES[precision]
        return self.values * width - (self.dense * (width - 1) if precision == "int8" else 0)


@dataclass(frozen=True, slots=True)
class Room:
    """What a device offers."""

    device: str
    precision: Precision  # that it is good at
    free: int | None  # bytes; None where it does not say
    int8: bool  # whether weights can be kept in 8 bits here
    adapters: tuple[int, ...] = ()  # values of each that was added to the checkpoint
    turns: bool = False  # whether `winograd` is of use here

    def beside(self, width: int) -> int:
        """Bytes that adapters take at most, at `width` bytes a value: all of them where that is little, else as many as
        are kept and the largest one, which may be on its way in."""
        sizes = [values * width for values in self.adapters]
        return min(sum(sizes), ADAPTERS_KEPT + max(sizes, default=0))


@dataclass(frozen=True, slots=True)
class Work:
    """Values, not bytes, that flow through at once."""

    row: int  # of one row in one call of the network
    decoding: int  # of one picture

    def of(self, pictures: int) -> int:
        return max(self.row * _ROWS * pictures, self.decoding)


def weigh(checkpoint: Checkpoint) -> tuple[Weight, ...]:
    """Raises UnreadableFile naming a file that is broken."""
    found = []
    for part in checkpoint.parts:
        entries = {name: entry for file in part.files for name, entry in tensors.held(file).entries.items()}
        dense = 0 if part.name == "vae" else sum(
            entry.count for name, entry in entries.items() if _linear(name, entry.shape)
        )  # fmt: skip
        counts = [entry.count for entry in entries.values()]
        if counts:
            turned = sum(entry.count for name, entry in entries.items() if part.name == "unet" and _turned(name, entry))
            found.append(Weight(part.name, sum(counts), dense, max(counts), turned))
    return tuple(found)


def _linear(name: str, shape: tuple[int, ...]) -> bool:
    embeds = "embed" in name.rsplit(".", 2)[-2] or name.endswith("shared.weight") if "." in name else True
    return len(shape) == 2 and min(shape) >= DENSE and name.endswith(".weight") and not embeds


def _turned(name: str, entry: tensors.Entry) -> bool:
    return winograd.turns(entry.shape) and ".downsamplers." not in name  # those leave out every other place


def work(checkpoint: Checkpoint, width: int, height: int) -> Work:
    """For pictures of this size in pixels."""
    vae = checkpoint.config("vae").get("block_out_channels") or [128]
    decoding = int(width * height * int(vae[0]) * _DECODER)
    if blocks := checkpoint.config("unet").get("block_out_channels"):
        return Work(int(width * height / checkpoint.scale**2 * int(blocks[0]) * _UNET), decoding)
    config = checkpoint.config("transformer")
    wide = int(config.get("num_attention_heads", 24)) * int(config.get("attention_head_dim", 128))
    tokens = width * height / checkpoint.multiple**2 + _WORDS
    return Work(int(tokens * wide * _TRANSFORMER), decoding)


def usual_side(checkpoint: Checkpoint) -> int:
    """Pixels of a side of the pictures that the family was made for."""
    config = checkpoint.config("unet") or checkpoint.config("transformer")
    latent = config.get("sample_size")
    return (latent if isinstance(latent, int) and latent > 0 else 128) * checkpoint.scale


def planned(weights: tuple[Weight, ...], flowing: Work, room: Room) -> MemoryPlan:
    """The first layout that fits; the last one, saying that it does not, where none does. Where there is room besides,
    convolutions keep their weights twice."""
    layouts = [_laid(weights, flowing, room, *way) for way in _ways(room)]
    chosen = next((layout for layout in layouts if layout.fits), layouts[-1])
    if room.turns and (chosen.precision, chosen.placing) == ("bf16", "whole"):
        twice = _laid(weights, flowing, room, "bf16", "whole", winograd.bytes_of(sum(one.turned for one in weights)))
        return twice if twice.fits else chosen
    return chosen


def native(plan: MemoryPlan, room: Room) -> bool:
    """Whether it lies there whole and as it is, so that making more room would change nothing to speak of."""
    return plan.fits and plan.placing == "whole" and plan.precision == room.precision


def together(flowing: Work, plan: MemoryPlan) -> int:
    """How many pictures of this size may share a step; at least 1."""
    if plan.free_bytes is None:
        return _MOST
    left = plan.free_bytes * ROOM - plan.resident_bytes - plan.twice_bytes - plan.adapters_bytes
    return max(1, min(_MOST, int(left / max(1, flowing.row * _ROWS * _BYTES[plan.precision]))))


def able_int8() -> bool:
    return importlib.util.find_spec("torchao") is not None


def _ways(room: Room) -> list[tuple[Precision, Placing]]:
    own = room.precision
    if room.device == "cpu":  # there is nowhere to move to, but narrower numbers
        ways: list[tuple[Precision, Placing]] = [(own, "whole")]
        if own != "bf16":
            ways.append(("bf16", "whole"))
        return [*ways, ("int8", "whole")] if room.int8 else ways
    ways = [(own, "whole"), (own, "parts")]
    if room.int8:
        ways += [("int8", "whole"), ("int8", "parts")]
    return [*ways, (own, "layers")]


def _laid(
    weights: tuple[Weight, ...], flowing: Work, room: Room, precision: Precision, placing: Placing, twice: int = 0
) -> MemoryPlan:
    width, sizes = _BYTES[precision], [weight.size(precision) for weight in weights]
    resident = {
        "whole": sum(sizes),
        "parts": max(sizes, default=0),
        "layers": 2 * width * max((weight.largest for weight in weights), default=0),
    }[placing]
    one = flowing.of(1) * width
    beside = room.beside(width)
    fits = room.free is None or resident + twice + beside + one <= room.free * ROOM
    plan = MemoryPlan(
        room.device, precision, placing, sum(sizes), resident, one, room.free, fits, 1,
        adapters_bytes=beside, twice_bytes=twice,
    )  # fmt: skip
    return replace(plan, together=together(flowing, plan))
