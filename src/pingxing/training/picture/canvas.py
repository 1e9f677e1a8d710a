"""Pictures put together where the model is trained: drawings laid over backgrounds by the thousand, in one go.

Drawings are kept at three sizes, so that small things are not full of holes; colours are multiplied by alpha before
they are resized, so that no edge gets a halo.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


class Numbers(Protocol):
    """What says how pictures are put together: `pingxing.corpus.world.Batch`, or your own."""

    @property
    def tokens(self) -> NDArray[np.int64]: ...
    @property
    def drawings(self) -> NDArray[np.int64]: ...
    @property
    def spots(self) -> NDArray[np.float32]: ...
    @property
    def light(self) -> NDArray[np.float32]: ...
    @property
    def background(self) -> NDArray[np.int64]: ...
    @property
    def scene(self) -> NDArray[np.int64]: ...


class Canvas:
    """Holds all drawings, backgrounds and scenes on the device, uint8."""

    def __init__(
        self,
        drawings: NDArray[np.uint8],
        backgrounds: NDArray[np.uint8],
        scenes: NDArray[np.uint8],
        device: torch.device,
    ) -> None:
        """Drawings (n, side, side, 4) with straight alpha, backgrounds and scenes (n, side, side, 3)."""
        alpha = drawings[..., 3:].astype(np.uint16)
        colour = (drawings[..., :3] * alpha + 127) // 255
        whole = np.concatenate((colour.astype(np.uint8), drawings[..., 3:]), -1).transpose(0, 3, 1, 2)
        level = torch.from_numpy(np.ascontiguousarray(whole))
        self.levels: list[Tensor] = []
        for _ in range(3):
            self.levels.append(level.to(device))
            halves = [F.avg_pool2d(some.float(), 2).round().to(torch.uint8) for some in level.split(512)]
            level = torch.cat(halves)
        self.backgrounds = torch.from_numpy(backgrounds.transpose(0, 3, 1, 2).copy()).to(device)
        self.scenes = torch.from_numpy(scenes.transpose(0, 3, 1, 2).copy()).to(device)
        self.side, self.device = backgrounds.shape[1], device

    @torch.no_grad()
    def paint(self, batch: Numbers) -> Tensor:
        """The batch's pictures (n, 3, side, side) in -1..1."""
        to = self.device
        picture = self.backgrounds[torch.from_numpy(batch.background).to(to)].float()
        spots, drawings = torch.from_numpy(batch.spots).to(to), torch.from_numpy(batch.drawings).to(to)
        light = torch.from_numpy(batch.light).to(to)[:, :, None, None]
        for slot in range(drawings.shape[1]):  # far to near
            rows = torch.nonzero(drawings[:, slot] >= 0).squeeze(1)
            if len(rows):
                layer = self._drawn(drawings[rows, slot], spots[rows, slot])
                colour, alpha = layer[:, :3] * light[rows], layer[:, 3:] / 255
                picture[rows] = picture[rows] * (1 - alpha) + colour
        scene = torch.from_numpy(batch.scene).to(to)
        rows = torch.nonzero(scene >= 0).squeeze(1)
        if len(rows):
            picture[rows] = self.scenes[scene[rows]].float()
        return picture.div_(127.5).sub_(1).clamp_(-1, 1)

    def _drawn(self, drawings: Tensor, spots: Tensor) -> Tensor:
        """Layers (n, 4, side, side) with each drawing at its spot, from the size nearest above."""
        size = spots[:, 2]
        level = (torch.log2(1 / size.clamp(1e-3, 1)) + 0.25).floor().clamp(0, len(self.levels) - 1).long()
        out = torch.zeros((len(drawings), 4, self.side, self.side), device=self.device)
        theta = torch.zeros((len(drawings), 2, 3), device=self.device)
        theta[:, 0, 0] = theta[:, 1, 1] = 1 / size
        theta[:, 0, 2], theta[:, 1, 2] = (1 - 2 * spots[:, 0]) / size, (1 - 2 * spots[:, 1]) / size
        for number, pixels in enumerate(self.levels):
            rows = torch.nonzero(level == number).squeeze(1)
            if len(rows):
                grid = F.affine_grid(theta[rows], [len(rows), 4, self.side, self.side], align_corners=False)
                out[rows] = F.grid_sample(pixels[drawings[rows]].float(), grid, align_corners=False)
        return out


def contact_sheet(pictures: Tensor, columns: int, gap: int = 2) -> NDArray[np.uint8]:
    """Pictures in -1..1 in rows, (height, width, 3) uint8, white between."""
    shown = ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    n, height, width, _ = shown.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 255, np.uint8)
    for number, picture in enumerate(shown):
        y, x = gap + (number // columns) * (height + gap), gap + (number % columns) * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def png(pixels: NDArray[np.uint8]) -> bytes:
    """An RGB picture as a PNG file, by the standard library alone (ISO/IEC 15948)."""
    import struct
    import zlib

    height, width, _ = pixels.shape
    rows = np.concatenate((np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)), 1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + chunk(b"IEND", b"")
    )


def spread(values: Sequence[Tensor]) -> float:
    """Mean difference between pictures of the same words: 0 where every seed makes the same."""
    stack = torch.stack([value.float() for value in values])
    return float((stack - stack.mean(0)).abs().mean())
