"""From trained weights to a folder that serves without torch: `pingxing models add FOLDER`.

    words.onnx      tokens (n, l) -> said (n, l + 1, w), pooled (n, w), hidden (n, 1, 1, l + 1)
    told.onnx       t (k,), said (1, l + 1, w), pooled (1, w) -> turned (k, ...), heard (1, ..., l + 1, ...): `serving`
    velocity.onnx   latents (n, 16, 8, 8), turned (n, ...), heard (n, ..., l + 1, ...), hidden -> velocity
    decoder.onnx    latents (n, 16, 8, 8) -> pictures (n, 3, 64, 64) in -1..1
    enlarge.onnx    pictures (n, 3, h, w) -> pictures (n, 3, 4h, 4w), where there is such a network

    trained/        the weights themselves, in bf16 or in 8 bits, so that others can train on from here (`resumed`)

All take any n, k steps and any l up to 23: words are read without their padding. In "int8" the matrices of what is told
and of the velocity are kept in 8 bits, a scale for each row, and multiplied with numbers that are rounded to 8 bits as
they come (onnxruntime's dynamic quantisation); the rest stays fp32. Needs the package `onnx` to write; whoever reads
needs onnxruntime alone. Version 1 of the format had no `told.onnx` and is served as before.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from pingxing.training.picture import checkpoint
from pingxing.training.picture.autoencoder import FACTOR, Autoencoder, AutoencoderPlan
from pingxing.training.picture.serving import Told, Velocity
from pingxing.training.picture.transformer import Transformer, TransformerPlan

OPSET = 17
VERSION = 2
Precision = Literal["fp32", "int8"]
TRAINED = "trained"
DECODER = "decoder.onnx"
NARROWED = ("told.onnx", "velocity.onnx")
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


class _Decoder(nn.Module):
    """`decode` under the name that the exporter calls."""

    def __init__(self, autoencoder: Autoencoder) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latents: Tensor) -> Tensor:
        return self.autoencoder.decode(latents).clamp(-1, 1)


_Axes = dict[str, dict[int, str]]


def _write(model: nn.Module, given: dict[str, Tensor], outputs: Sequence[str], path: Path, axes: _Axes) -> None:
    """`axes` that are free, by the names of inputs and outputs."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter that needs no further packages calls itself old
        torch.onnx.export(
            model.eval(),
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
    tokens, t = torch.ones((2, plan.tokens), dtype=torch.long), torch.tensor([0.3, 0.7])
    told = Told(model)
    with torch.no_grad():
        said, pooled, hidden = model.words(tokens)
        turned, heard = told(t, said[:1], pooled[:1])
    rows: _Axes = {name: {0: "n"} for name in ("latents", "velocity", "pictures", "pooled", "turned")}
    words: _Axes = {"tokens": {0: "n", 1: "l"}, "said": {0: "n", 1: "m"}, "hidden": {0: "n", 3: "m"}}
    paths = [folder / name for name in ("words.onnx", *NARROWED, DECODER)]
    names = ("said", "pooled", "hidden")
    _write(model.words, {"tokens": tokens}, names, paths[0], _of(rows | words, "tokens", *names))
    _write(
        told,
        {"t": t, "said": said[:1], "pooled": pooled[:1]},
        ("turned", "heard"),
        paths[1],
        {"t": {0: "k"}, "said": {1: "m"}, "turned": {0: "k"}, "heard": {3: "m"}},
    )
    given = {"latents": latents, "turned": turned, "heard": torch.cat((heard, heard)), "hidden": hidden}
    heard_rows: _Axes = {"heard": {0: "n", 3: "m"}}
    _write(Velocity(model), given, ["velocity"], paths[2], _of(rows | words | heard_rows, *given, "velocity"))
    decoder = _Decoder(autoencoder.float().cpu())
    _write(decoder, {"latents": latents}, ["pictures"], paths[3], _of(rows, "latents", "pictures"))
    if enlarger is not None:
        paths.append(folder / "enlarge.onnx")
        free: _Axes = {"pictures": {0: "n", 2: "h", 3: "w"}, "large": {0: "n"}}
        _write(enlarger.float().cpu(), {"pictures": torch.zeros(1, 3, 16, 16)}, ["large"], paths[4], free)
    return paths


def _of(axes: _Axes, *names: str) -> _Axes:
    return {name: axes[name] for name in names}


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
        for name in NARROWED:
            narrow(folder / name)
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
        "files": {path.relative_to(folder).as_posix(): _sum(path) for path in (*paths, vocabulary, *weights)},
    }
    (folder / "picture.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def again(folder: Path, out: Path) -> Path:
    """An exported folder, perhaps of an older version, in today's: `out`, which must not be there yet.

    Made of the weights that lie with it, in the precision that it has; what decodes, what enlarges, the words and the
    weights themselves are the same files. Raises FileNotFoundError, checkpoint.BadCheckpoint, FileExistsError.
    """
    model, autoencoder = resumed(folder)
    page = folder / "picture.json"
    facts: dict[str, Any] = json.loads(page.read_text("utf-8"))
    shutil.copytree(folder, out)
    with tempfile.TemporaryDirectory() as place:
        for graph in graphs(model, autoencoder, Path(place)):
            if graph.name == DECODER:
                continue
            if facts["precision"] == "int8" and graph.name in NARROWED:
                narrow(graph)
            shutil.copy(graph, out / graph.name)
            facts["files"][graph.name] = ""
    facts["files"] = {name: _sum(out / name) for name in facts["files"]}
    (out / page.name).write_text(json.dumps(facts | {"version": VERSION}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return out


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


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
