"""From trained weights to a folder that serves without torch: `pingxing models add FOLDER`.

    words.onnx      tokens (n, 23) -> said (n, 24, w), pooled (n, w), hidden (n, 1, 1, 24)
    velocity.onnx   latents (n, 16, 8, 8), t (n,), said, pooled, hidden -> velocity (n, 16, 8, 8)
    decoder.onnx    latents (n, 16, 8, 8) -> pictures (n, 3, 64, 64) in -1..1
    enlarge.onnx    pictures (n, 3, h, w) -> pictures (n, 3, 4h, 4w), where there is such a network

    trained/        the weights themselves, in bf16 or in 8 bits, so that others can train on from here (`resumed`)

All take any n. In "int8" the matrices of the velocity are kept in 8 bits, a scale for each row, and multiplied with
numbers that are rounded to 8 bits as they come (onnxruntime's dynamic quantisation); the rest stays fp32. Needs the
package `onnx` to write; whoever reads needs onnxruntime alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from pingxing.training.picture import checkpoint
from pingxing.training.picture.autoencoder import FACTOR, Autoencoder, AutoencoderPlan
from pingxing.training.picture.transformer import Transformer, TransformerPlan

OPSET = 17
VERSION = 1
Precision = Literal["fp32", "int8"]
TRAINED = "trained"
ENLARGED = 4  # times, by enlarge.onnx


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model is best asked, where nobody says: see `pingxing.engine.backends.own.folder.Facts`."""

    steps: int = 6
    guidance: float = 5.0
    shift: float = 1.5
    guided: tuple[float, float] = (0.1, 0.95)
    tuned: tuple[tuple[float, float, float], ...] = ()  # scripts/tune_sampler.py


@dataclass(frozen=True, slots=True)
class Card:
    """What people must know of the weights."""

    licence: str
    lineage: str
    datasets: tuple[str, ...]
    about_en: str
    about_zh: str


class _Velocity(nn.Module):
    """`told` under the name that the exporter calls."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, latents: Tensor, t: Tensor, said: Tensor, pooled: Tensor, hidden: Tensor) -> Tensor:
        return self.model.told(latents, t, said, pooled, hidden)


class _Decoder(nn.Module):
    """`decode`, likewise."""

    def __init__(self, autoencoder: Autoencoder) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latents: Tensor) -> Tensor:
        return self.autoencoder.decode(latents).clamp(-1, 1)


def _write(model: nn.Module, given: dict[str, Tensor], outputs: Sequence[str], path: Path, free: bool = False) -> None:
    """`free`: height and width of the first input are free too."""
    axes: dict[str, dict[int, str]] = {name: {0: "n"} for name in (*given, *outputs)}
    if free:
        axes = {name: {0: "n", 2: "h", 3: "w"} for name in given} | {name: {0: "n"} for name in outputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further packages calls itself old
        torch.onnx.export(
            model,
            tuple(given.values()),
            str(path),
            dynamo=False,
            input_names=list(given),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
        )


def graphs(model: Transformer, autoencoder: Autoencoder, folder: Path, enlarger: nn.Module | None = None) -> list[Path]:
    """Write all graphs in fp32 and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    plan, model = model.plan, model.float().cpu().eval()
    latents = torch.randn(2, plan.channels, plan.cells, plan.cells)
    tokens = torch.ones((2, plan.tokens), dtype=torch.long)
    names = ("said", "pooled", "hidden")
    with torch.no_grad():
        read = dict(zip(names, model.words(tokens), strict=True))
    paths = [folder / name for name in ("words.onnx", "velocity.onnx", "decoder.onnx")]
    _write(model.words, {"tokens": tokens}, names, paths[0])
    given = {"latents": latents, "t": torch.tensor([0.3, 0.7]), **read}
    _write(_Velocity(model), given, ["velocity"], paths[1])
    _write(_Decoder(autoencoder.float().cpu().eval()), {"latents": latents}, ["pictures"], paths[2])
    if enlarger is not None:
        paths.append(folder / "enlarge.onnx")
        _write(enlarger.float().cpu().eval(), {"pictures": torch.zeros(1, 3, 16, 16)}, ["large"], paths[3], free=True)
    return paths


def export(
    model: Transformer,
    autoencoder: Autoencoder,
    words: Sequence[str],
    folder: Path,
    card: Card,
    precision: Precision = "fp32",
    sampling: Sampling | None = None,
    enlarger: nn.Module | None = None,
    spare: bool = False,
) -> Path:
    """Write the whole folder and return it; `spare` keeps `trained/` in 8 bits, half of the size.

    Raises ValueError where the words are not as many as the model's.
    """
    plan = model.plan
    if len(words) != plan.words:
        raise ValueError(f"{len(words)} words for a model of {plan.words}")
    paths = graphs(model, autoencoder, folder, enlarger)
    if precision == "int8":
        narrow(folder / "velocity.onnx")
    vocabulary = folder / "vocabulary.json"
    vocabulary.write_text(json.dumps(list(words), ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    weights = _keep(model, autoencoder, folder / TRAINED, spare)
    side = plan.cells * FACTOR
    facts: dict[str, Any] = {
        "format": "pingxing-picture",
        "version": VERSION,
        "precision": precision,
        "tokens": plan.tokens,
        "words": plan.words,
        "channels": plan.channels,
        "cells": plan.cells,
        "side": side,
        "usual_side": ENLARGED * side,
        **asdict(sampling or Sampling()),
        "parameters": sum(weight.numel() for part in (model, autoencoder) for weight in part.parameters()),
        **asdict(card),
        "files": {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (*paths, vocabulary, *weights)
        },
    }
    (folder / "picture.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def _keep(model: Transformer, autoencoder: Autoencoder, folder: Path, spare: bool) -> list[Path]:
    parts: dict[str, Transformer | Autoencoder] = {"transformer": model, "autoencoder": autoencoder}
    tensors = {
        f"{part}/{name}": weight.detach().to(torch.bfloat16)
        for part, module in parts.items()
        for name, weight in module.state_dict().items()
    }
    if spare:
        tensors = checkpoint.narrowed(tensors)
    checkpoint.keep(folder, tensors, {part: asdict(module.plan) for part, module in parts.items()})
    return sorted(folder.iterdir())


def resumed(folder: Path) -> tuple[Transformer, Autoencoder]:
    """Both networks of an exported folder, fp32, on the CPU. Raises FileNotFoundError, checkpoint.BadCheckpoint."""
    tensors, facts = checkpoint.load(folder / TRAINED)
    tensors = checkpoint.widened(tensors)
    try:
        plan: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in facts["autoencoder"].items()
        }
        model, pictures = Transformer(TransformerPlan(**facts["transformer"])), Autoencoder(AutoencoderPlan(**plan))
        for part, module in (("transformer", model), ("autoencoder", pictures)):
            named = {n.removeprefix(f"{part}/"): t.float() for n, t in tensors.items() if n.startswith(f"{part}/")}
            module.load_state_dict(named)
    except (KeyError, TypeError, RuntimeError) as error:
        raise checkpoint.BadCheckpoint(f"{folder.name}: {error}") from error
    return model, pictures


def narrow(graph: Path) -> None:
    """Keep the matrices of a graph in 8 bits; the file is replaced."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    wide = graph.with_suffix(".wide.onnx")
    shutil.move(graph, wide)
    root, level = logging.getLogger(), logging.getLogger().level
    try:
        root.setLevel(logging.ERROR)  # it advises a preparation that changes nothing here
        quantize_dynamic(wide, graph, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True,
                         weight_type=QuantType.QInt8)  # fmt: skip
    finally:
        root.setLevel(level)
        wide.unlink()
