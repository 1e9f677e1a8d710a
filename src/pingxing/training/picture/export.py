"""From trained weights to ONNX, which serves without torch: one graph for the velocity, one for the decoder.

    velocity.onnx   latents (n, 16, 8, 8), t (n,), tokens (n, 23) -> velocity (n, 16, 8, 8)
    decoder.onnx    latents (n, 16, h, w) -> pictures (n, 3, 8h, 8w) in -1..1

Both take any n. Needs the package `onnx` to write; whoever reads needs onnxruntime alone.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from pingxing.training.picture.autoencoder import Autoencoder
from pingxing.training.picture.transformer import Transformer

OPSET = 17


class _Decoder(nn.Module):
    """`decode` under the name that the exporter calls."""

    def __init__(self, autoencoder: Autoencoder) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latents: Tensor) -> Tensor:
        return self.autoencoder.decode(latents).clamp(-1, 1)


def _write(model: nn.Module, given: dict[str, Tensor], output: str, path: Path) -> None:
    names = [*given, output]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further packages calls itself old
        torch.onnx.export(
            model,
            tuple(given.values()),
            str(path),
            dynamo=False,
            input_names=list(given),
            output_names=[output],
            dynamic_axes={name: {0: "n"} for name in names},
            opset_version=OPSET,
        )


def export(model: Transformer, autoencoder: Autoencoder, folder: Path) -> list[Path]:
    """Write both graphs in fp32 and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = model.plan
    latents = torch.randn(2, plan.channels, plan.cells, plan.cells)
    tokens = torch.ones((2, plan.tokens), dtype=torch.long)
    paths = [folder / "velocity.onnx", folder / "decoder.onnx"]
    given = {"latents": latents, "t": torch.tensor([0.3, 0.7]), "tokens": tokens}
    _write(model.float().cpu().eval(), given, "velocity", paths[0])
    _write(_Decoder(autoencoder.float().cpu().eval()), {"latents": latents}, "pictures", paths[1])
    return paths
