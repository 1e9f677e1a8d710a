"""Pictures put together where the model is trained: drawings laid over backgrounds by the thousand, in one go.

Drawings are kept at three sizes, so that small things are not full of holes; colours are multiplied by alpha before
they are resized, so that no edge gets a halo.
"""

from __future__ import annotations

from typing import Any, Protocol

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

    def _on(self, values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(values).to(self.device, non_blocking=True)

    @torch.no_grad()
    def paint(self, batch: Numbers) -> Tensor:
        """The batch's pictures (n, 3, side, side) in -1..1.

        Which rows have what is worked out from the numbers themselves, so a GPU is never waited for.
        """
        picture = self.backgrounds[self._on(batch.background)].float()
        light = self._on(batch.light)[:, :, None, None]
        for slot in range(batch.drawings.shape[1]):  # far to near
            size = np.clip(batch.spots[:, slot, 2], 1e-3, 1)
            level = np.clip(np.floor(np.log2(1 / size) + 0.25), 0, len(self.levels) - 1)
            for number, pixels in enumerate(self.levels):
                found = np.flatnonzero((batch.drawings[:, slot] >= 0) & (level == number))
                if len(found):
                    rows = self._on(found)
                    drawn = pixels[self._on(batch.drawings[found, slot])]
                    layer = self._placed(drawn, self._on(batch.spots[found, slot]))
                    colour, alpha = layer[:, :3] * light[rows], layer[:, 3:] / 255
                    picture[rows] = picture[rows] * (1 - alpha) + colour
        found = np.flatnonzero(batch.scene >= 0)
        if len(found):
            picture[self._on(found)] = self.scenes[self._on(batch.scene[found])].float()
        return picture.div_(127.5).sub_(1).clamp_(-1, 1)

    def _placed(self, drawn: Tensor, spots: Tensor) -> Tensor:
        """Drawings (n, 4, size, size) as layers (n, 4, side, side), each at its spot."""
        size = spots[:, 2]
        theta = torch.zeros((len(drawn), 2, 3), device=self.device)
        theta[:, 0, 0] = theta[:, 1, 1] = 1 / size
        theta[:, 0, 2], theta[:, 1, 2] = (1 - 2 * spots[:, 0]) / size, (1 - 2 * spots[:, 1]) / size
        grid = F.affine_grid(theta, [len(drawn), 4, self.side, self.side], align_corners=False)
        return F.grid_sample(drawn.float(), grid, align_corners=False)


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
