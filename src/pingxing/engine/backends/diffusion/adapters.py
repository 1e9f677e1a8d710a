"""LoRA adapters (Hu et al. 2021), and LoHa and LoKr as such: read in any layout that diffusers knows, fitted to a base,
laid beside its layers.

    fitted(checkpoint, file) -> Fitted    read, converted, compared with the base's own weights, which are not loaded
    Beside(pipeline).over(rows)           in this call, row i of every layer also takes what rows[i] says

The base's weights are never changed. A layer's output gets weight * up(down(input)) added in those rows that ask for
it, so people with different adapters, and with none, still share a call of the network.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.extras import PEFT_CONFIG
from pingxing.engine.backends.diffusion.folder import Checkpoint
from pingxing.engine.backends.diffusion.products import as_lora
from pingxing.engine.backends.diffusion.tensors import Entry, held
from pingxing.errors import BackendFailed, InvalidRequest, Unavailable, UnreadableFile

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_UNKNOWN = {
    "dora_scale": "DoRA",
    "lora_magnitude": "DoRA",
    "oft_": "OFT",
    ".diff": "diff",
    "lora_B.bias": "LoRA + bias",
    "lora_up.bias": "LoRA + bias",
}
_PRODUCTS = frozenset({"LOHA", "LOKR"})  # as peft calls them
_ENDINGS = {".lora_A.weight": 0, ".lora_B.weight": 1}
_OTHER_TOOLS = ("double_blocks", "single_blocks")  # Flux as its makers name it


@dataclass(frozen=True, slots=True)
class Delta:
    down: Tensor  # (rank, in) or (rank, in, height, width)
    up: Tensor  # (out, rank) or (out, rank, 1, 1); what alpha asks for is in it


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """An adapter as its base takes it: part -> layer -> the two matrices."""

    parts: Mapping[str, Mapping[str, Delta]]

    @property
    def rank(self) -> int:
        return max(int(delta.down.shape[0]) for layers in self.parts.values() for delta in layers.values())

    @property
    def values(self) -> int:
        return sum(one.down.numel() + one.up.numel() for layers in self.parts.values() for one in layers.values())

    @property
    def size_bytes(self) -> int:
        deltas = [delta for layers in self.parts.values() for delta in layers.values()]
        return sum(one.nbytes for delta in deltas for one in (delta.down, delta.up))

    def to(self, device: torch.device, dtype: torch.dtype) -> Fitted:
        moved = {
            part: {name: Delta(one.down.to(device, dtype), one.up.to(device, dtype)) for name, one in layers.items()}
            for part, layers in self.parts.items()
        }
        return Fitted(moved)


Applied = tuple[tuple[Fitted, float], ...]  # adapters with their weights


def fitted(checkpoint: Checkpoint, file: Path) -> Fitted:
    """Raises InvalidRequest naming the key that does not fit, or that means something else than LoRA; UnreadableFile;
    Unavailable without torch."""
    if importlib.util.find_spec("torch") is None:
        raise Unavailable("no_torch")
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    header = held(file)
    for key in header.entries:
        if (kind := next((kind for mark, kind in _UNKNOWN.items() if mark in key), None)) is not None:
            raise InvalidRequest("adapter_kind", key=key, kind=kind, file=file.name)
    try:
        told = _scaled(as_lora(load_file(file), file), file)
        renamed = _renamed(checkpoint, told, file)
    except SafetensorError as error:
        raise UnreadableFile("model_file", file=file.name) from error
    pairs = _paired(checkpoint, renamed, file)
    alphas = _Alphas.of(file, header.metadata)
    parts: dict[str, dict[str, Delta]] = {}
    for (part, layer), (down, up) in pairs.items():
        scale = alphas.scale(part, layer, down.shape[0])
        entry = _base_of(checkpoint.tensors(part), part, layer, file)
        parts.setdefault(part, {})[layer] = _shaped(part, layer, down, up * scale, entry, file)
    return Fitted(parts)


def _scaled(told: dict[str, Tensor], file: Path) -> dict[str, Tensor]:
    """kohya's `alpha` multiplied into the second matrix: what it means is alpha / rank."""
    import torch

    for key in [key for key in told if key.endswith(".alpha")]:
        stem, alpha = key.removesuffix(".alpha"), told.pop(key)
        for first, second in ((".lora_down.weight", ".lora_up.weight"), (".lora_A.weight", ".lora_B.weight"),
                              (".lora.down.weight", ".lora.up.weight")):  # fmt: skip
            if stem + first in told and stem + second in told and alpha.numel() == 1:
                rank = told[stem + first].shape[0]
                told[stem + second] = told[stem + second].to(torch.float32) * (float(alpha) / rank)
                break
        else:
            raise InvalidRequest("adapter_key", key=key, file=file.name)
    return told


def _renamed(checkpoint: Checkpoint, told: dict[str, Tensor], file: Path) -> dict[str, Tensor]:
    """`part.layer.lora_A.weight` and `.lora_B.weight`, by the converters of diffusers."""
    import diffusers
    from diffusers.utils.state_dict_utils import (
        StateDictType,
        convert_state_dict_to_peft,
        convert_unet_state_dict_to_peft,
    )

    told = {_plain(key): value for key, value in told.items()}
    network = "unet" if checkpoint.part("unet") is not None else "transformer"
    reader = getattr(getattr(diffusers, checkpoint.pipeline, None), "lora_state_dict", None)
    more: dict[str, Any] = {}
    if network == "unet":
        more["unet_config"] = SimpleNamespace(**checkpoint.config("unet"))
    first = next(iter(told), "")
    try:
        if reader is not None:
            converted = reader(told, **more)
            told = converted[0] if isinstance(converted, tuple) else converted
        names = sorted((part.name for part in checkpoint.parts), key=len, reverse=True)
        found: dict[str, Tensor] = {}
        sorted_out: dict[str, dict[str, Tensor]] = {}
        for key, value in told.items():
            part = next((name for name in names if key.startswith(f"{name}.")), network)
            sorted_out.setdefault(part, {})[key.removeprefix(f"{part}.")] = value
        for part, held_there in sorted_out.items():
            if part.startswith("text_encoder"):
                for layout in (StateDictType.DIFFUSERS_OLD, StateDictType.DIFFUSERS):
                    held_there = convert_state_dict_to_peft(held_there, original_type=layout)
            else:
                held_there = convert_unet_state_dict_to_peft(held_there)
            found |= {f"{part}.{key}": value for key, value in held_there.items()}
    except (ValueError, LookupError, AttributeError, TypeError, RuntimeError, AssertionError) as error:
        raise InvalidRequest("adapter_key", key=_key_of(error) or first, file=file.name) from error
    return found


def _plain(key: str) -> str:
    """Without what peft writes around a layer's name."""
    rest = key.removeprefix("base_model.model.")
    if rest != key and not rest.startswith(_OTHER_TOOLS):
        key = rest
    return key.replace(".lora_A.default.", ".lora_A.").replace(".lora_B.default.", ".lora_B.")


def _key_of(error: Exception) -> str:
    """The key that a converter of diffusers stumbled over, where it says."""
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])[:120]
    words = [word.strip(",.'\"()[]{}") for word in str(error).split()]
    return next((word[:120] for word in words if "lora" in word and ("." in word or "_" in word)), "")


def _paired(
    checkpoint: Checkpoint, told: Mapping[str, Tensor], file: Path
) -> dict[tuple[str, str], tuple[Tensor, Tensor]]:
    halves: dict[tuple[str, str], dict[int, Tensor]] = {}
    names = sorted((part.name for part in checkpoint.parts if part.files), key=len, reverse=True)
    for key, value in told.items():
        ending = next((ending for ending in _ENDINGS if key.endswith(ending)), None)
        part = next((name for name in names if key.startswith(f"{name}.")), None)
        if ending is None or part is None:
            raise InvalidRequest("adapter_key", key=key, file=file.name)
        layer = key.removeprefix(f"{part}.").removesuffix(ending)
        halves.setdefault((part, layer), {})[_ENDINGS[ending]] = value
    for (part, layer), both in halves.items():
        if len(both) != 2:
            raise InvalidRequest("adapter_half", key=f"{part}.{layer}", file=file.name)
    if not halves:
        raise InvalidRequest("adapter_key", key="–", file=file.name)
    return {where: (both[0], both[1]) for where, both in halves.items()}


def _base_of(entries: Mapping[str, Entry], part: str, layer: str, file: Path) -> Entry:
    for name in spellings(layer):
        if (entry := entries.get(f"{name}.weight")) is not None:
            return entry
    raise InvalidRequest("adapter_key", key=f"{part}.{layer}", file=file.name)


def spellings(layer: str) -> tuple[str, ...]:
    """CLIP's text model lies one level deeper in some versions of its library than in others."""
    bare = layer.removeprefix("text_model.")
    return (layer, bare, f"text_model.{layer}")


def _shaped(part: str, layer: str, down: Tensor, up: Tensor, base: Entry, file: Path) -> Delta:
    """The two matrices in the shape that the base's layer has: a 1x1 convolution and a linear layer are the same."""
    import torch

    wanted, rank = base.shape, down.shape[0]
    if len(wanted) == 4:
        if down.ndim == 2 and down.shape[1] == math.prod(wanted[1:]):
            down = down.view(rank, *wanted[1:])
        down = down if down.ndim == 4 else down[..., None, None]
        up = up if up.ndim == 4 else up[..., None, None]
        fits = down.shape[1:] == wanted[1:] and tuple(up.shape) == (wanted[0], rank, 1, 1)
    else:
        down, up = (one[..., 0, 0] if one.ndim == 4 and one.shape[2:] == (1, 1) else one for one in (down, up))
        fits = len(wanted) == 2 and tuple(down.shape) == (rank, wanted[1]) and tuple(up.shape) == (wanted[0], rank)
    if not fits:
        found = f"{tuple(up.shape)} x {tuple(down.shape)}"
        raise InvalidRequest("adapter_shape", key=f"{part}.{layer}", found=found, wanted=str(wanted), file=file.name)
    return Delta(down.to(torch.float32).contiguous(), up.to(torch.float32).contiguous())


@dataclass(frozen=True, slots=True)
class _Alphas:
    """What peft writes beside the matrices (adapter_config.json) or into the header (diffusers), not into them."""

    told: Mapping[str, Any]

    @classmethod
    def of(cls, file: Path, metadata: Mapping[str, str]) -> _Alphas:
        config = file.with_name(PEFT_CONFIG)
        try:
            if config.is_file():
                told = json.loads(config.read_text("utf-8"))
            else:
                told = json.loads(metadata.get("lora_adapter_metadata", "{}"))
        except (ValueError, OSError, RecursionError) as error:
            raise UnreadableFile("model_file", file=config.name) from error
        return cls(told if isinstance(told, dict) else {})

    def scale(self, part: str, layer: str, rank: int) -> float:
        """Raises UnreadableFile for an alpha that is no number."""
        if self.told.get("peft_type") in _PRODUCTS:
            return self._product()

        def fact(name: str) -> Any:
            return self.told.get(f"{part}.{name}", self.told.get(name))

        patterns = fact("alpha_pattern")
        alpha = fact("lora_alpha")
        for pattern, value in patterns.items() if isinstance(patterns, dict) else ():
            if layer == pattern.lstrip("^") or layer.endswith(f".{pattern.lstrip('^')}"):
                alpha = value
        if alpha is None:
            return 1.0
        if not isinstance(alpha, int | float) or not math.isfinite(alpha):
            raise UnreadableFile("model_file", file=PEFT_CONFIG)
        return float(alpha) / (math.sqrt(rank) if fact("use_rslora") else rank)

    def _product(self) -> float:
        """Of LoHa and LoKr, whose rank is not that of the matrices that they come to here."""
        alpha, rank = self.told.get("alpha"), self.told.get("r")
        plain = not (self.told.get("alpha_pattern") or self.told.get("rank_pattern"))
        if not (
            plain and isinstance(alpha, int | float) and math.isfinite(alpha) and isinstance(rank, int) and rank > 0
        ):
            raise UnreadableFile("model_file", file=PEFT_CONFIG)
        return float(alpha) / rank


class Beside:
    """Adapters beside the layers of one loaded pipeline. Not thread-safe: one call at a time, as steps are."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._hooked: set[tuple[str, str]] = set()
        self._now: tuple[tuple[Fitted, Any], ...] = ()  # adapter, and its weight: one number or one for each row

    def over(self, rows: Sequence[Applied]) -> AbstractContextManager[None]:
        """In this call of the network, whose batch has as many rows, row i takes the adapters `rows[i]`."""
        import torch

        now: list[tuple[Fitted, Any]] = []
        for number, fitted in {id(fitted): fitted for applied in rows for fitted, _ in applied}.items():
            weights = [sum(weight for one, weight in applied if id(one) == number) for applied in rows]
            now.append((fitted, weights[0] if len(set(weights)) == 1 else torch.tensor(weights)))
        return self._during(now)

    def everywhere(self, applied: Applied) -> AbstractContextManager[None]:
        """In all calls, every row takes these."""
        return self._during(applied)

    @contextmanager
    def _during(self, now: Sequence[tuple[Fitted, Any]]) -> Iterator[None]:
        for fitted, _ in now:
            self._hook(fitted)
        self._now = tuple(now)
        try:
            yield
        finally:
            self._now = ()

    def _hook(self, fitted: Fitted) -> None:
        for part, layers in fitted.parts.items():
            for layer in layers:
                if (part, layer) not in self._hooked:
                    self._layer(part, layer).register_forward_hook(self._added(part, layer))
                    self._hooked.add((part, layer))

    def _layer(self, part: str, layer: str) -> Any:
        network = getattr(self._pipeline, part)
        for name in spellings(layer):
            try:
                return network.get_submodule(name)
            except AttributeError:
                continue  # the library spells it another way
        raise BackendFailed("load", model=part, problem=f"it has no layer {layer}")

    def _added(self, part: str, layer: str) -> Any:
        def hook(module: Any, given: tuple[Any, ...], output: Tensor) -> Tensor:
            for fitted, weight in self._now:
                delta = fitted.parts.get(part, {}).get(layer)
                if delta is not None:
                    output = _with(module, given[0], output, delta, weight)
            return output

        return hook


def _with(module: Any, given: Tensor, output: Tensor, delta: Delta, weight: Any) -> Tensor:
    """The layer's output with what an adapter adds, in the rows that ask for it."""
    if isinstance(weight, int | float):
        return output + _through(module, given, delta).to(output.dtype) * weight
    if len(weight) != len(output):
        raise RuntimeError(f"{len(output)} rows for {len(weight)} pictures")
    rows = weight.nonzero().flatten()
    kept = weight[rows].to(output.device, output.dtype).view(-1, *[1] * (output.ndim - 1))
    rows = rows.to(output.device)
    changed = output.clone()
    changed[rows] += _through(module, given[rows], delta).to(output.dtype) * kept
    return changed


def _through(module: Any, given: Tensor, delta: Delta) -> Tensor:
    from torch.nn.functional import conv2d, linear

    given = given.to(delta.down.dtype)
    if delta.down.ndim == 2:
        return linear(linear(given, delta.down), delta.up)
    low = conv2d(given, delta.down, None, module.stride, module.padding, module.dilation)
    return conv2d(low, delta.up)
