"""A checkpoint in one safetensors file, in its makers' layout, laid out as the folder that diffusers reads.

    convert(file, target, like, prediction, told)

The converters of diffusers rename and split; nothing is fetched. What the file leaves out (configs, tokenizers, with
Flux the encoders) comes from a folder that the operator names, or from `kits`. Weights are read where they lie on the
disk and written one by one, so that memory holds one of them at a time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion import kits
from pingxing.engine.backends.diffusion.adapters import spellings
from pingxing.engine.backends.diffusion.folder import FAMILIES, INDEX, Checkpoint, Part, inspect
from pingxing.engine.backends.diffusion.tensors import BYTES, Entry, Held, held, write
from pingxing.errors import InvalidRequest, StorageFailed, Unavailable, UnreadableFile

if TYPE_CHECKING:
    from torch import Tensor

PREDICTIONS = ("epsilon", "v_prediction")
_NETWORK = "model.diffusion_model."
_NETWORKS = ("unet", "transformer")  # the parts of a folder that are one
_MARKS = {"input_blocks.0.0.weight": "unet", "joint_blocks.0.": "sd3", "double_blocks.0.": "flux"}
_SPARE = 256 << 20  # bytes of the disk that must stay free
_TORCH = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the parts of the folder come from."""

    network: str  # "unet", "sd3" or "flux"; "other": whatever diffusers reads for the folder that it is like
    index: Mapping[str, Any]
    configs: Mapping[str, Mapping[str, Any]]  # part -> config, where the kit has it
    like: Checkpoint | None

    def parts(self) -> Iterator[tuple[str, str, str]]:
        """(name, library, kind) of each, as the index says."""
        for name, value in sorted(self.index.items()):
            if isinstance(value, list) and value[0] is not None and name not in ("safety_checker", "feature_extractor"):
                yield name, value[0], value[1]

    def config(self, name: str) -> Mapping[str, Any]:
        return self.configs.get(name) or (self.like.config(name) if self.like is not None else {})


def convert(
    file: Path,
    target: Path,
    *,
    like: Path | None = None,
    prediction: str = "",
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Write the folder `target`, which must not exist. `like` is a diffusers folder of the same family.

    `told(done, whole)` hears of bytes written. Raises InvalidRequest naming the part that is missing or does not fit;
    UnreadableFile; StorageFailed where the disk has no room; Unavailable without torch.
    """
    if importlib.util.find_spec("torch") is None:
        raise Unavailable("no_torch")
    found = held(file)
    plan = _planned(found, file, None if like is None else inspect(like))
    draft = target.with_name(f".{target.name}.draft")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        _write(file, found, plan, draft, prediction, told or (lambda done, whole: None))
        draft.replace(target)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise StorageFailed("full" if error.errno == 28 else "disk", problem=problem) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _planned(found: Held, file: Path, like: Checkpoint | None) -> _Plan:
    names = {name.removeprefix(_NETWORK): entry for name, entry in found.entries.items()}
    network = next((kind for mark, kind in _MARKS.items() if any(name.startswith(mark) for name in names)), None)
    if like is not None and like.pipeline not in FAMILIES:
        return _Plan("other", json.loads((like.folder / INDEX).read_text("utf-8")), {}, like)
    if network is None:
        raise InvalidRequest("single_layout", file=file.name, key=next(iter(sorted(found.entries)), "–"))
    families = {"unet": ("sd", "sdxl"), "sd3": ("sd3",), "flux": ("flux",)}[network]
    if like is not None:
        if FAMILIES[like.pipeline] not in families:
            raise InvalidRequest("single_like", file=file.name, wanted=" / ".join(families), found=like.pipeline)
        index = json.loads((like.folder / INDEX).read_text("utf-8"))
        return _Plan(network, index, {}, like)
    if network == "flux":
        raise InvalidRequest("single_missing", file=file.name, part="text_encoder_2, tokenizer_2")
    kit = kits.sd3(names) if network == "sd3" else _kit_of(names, file)
    if any(name.startswith("text_encoders.t5xxl.") for name in found.entries):
        raise InvalidRequest("single_missing", file=file.name, part="tokenizer_3")
    configs = {name.partition("/")[0]: config for name, config in kit.items() if "/" in name}
    return _Plan(network, kit[INDEX], configs, None)


def _kit_of(names: Mapping[str, Entry], file: Path) -> kits.Folder:
    """By the width of the words that its U-Net reads, and whether it is told sizes."""
    read = next((entry for name, entry in sorted(names.items()) if name.endswith("attn2.to_k.weight")), None)
    made = {(768, False): kits.sd1, (1024, False): kits.sd2, (2048, True): kits.sdxl}.get(
        (0 if read is None else read.shape[-1], "label_emb.0.0.weight" in names)
    )
    first = names["input_blocks.0.0.weight"].shape
    if made is None or first[1] != 4:  # a refiner, an inpainting model, or something of another size
        raise InvalidRequest("single_layout", file=file.name, key=f"input_blocks.0.0.weight {first}")
    return made()


def _write(
    file: Path, found: Held, plan: _Plan, target: Path, prediction: str, told: Callable[[int, int], None]
) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = dict(load_file(file))
    except SafetensorError as error:
        raise UnreadableFile("model_file", file=file.name) from error
    made: dict[str, dict[str, Tensor]] = {}
    copied: list[Path] = []
    for name, library, kind in plan.parts():
        if kind.endswith(("Tokenizer", "TokenizerFast", "Scheduler")):
            continue
        tensors = _converted(name, state, plan, file)
        if tensors:
            made[name] = _fitting(name, tensors, _expected(library, kind, plan.config(name)), file)
        elif plan.like is not None and (part := plan.like.part(name)) is not None:
            copied += part.files
        else:
            raise InvalidRequest("single_missing", file=file.name, part=name)
    entries = {name: {key: _entry(tensor) for key, tensor in part.items()} for name, part in made.items()}
    whole = sum(entry.count * BYTES[entry.dtype] for part in entries.values() for entry in part.values())
    apart = [one for one in copied if one.stat().st_dev != target.stat().st_dev]
    _room(target, whole + sum(one.stat().st_size for one in apart))
    _write_rest(plan, target, _scheduler(found, plan, prediction, file))
    done = 0

    def heard(count: int) -> None:
        nonlocal done
        done += count
        told(done, whole)

    for name, _, kind in plan.parts():
        if name in made:
            stem = "model" if kind.startswith(("CLIP", "T5")) else "diffusion_pytorch_model"
            place = target / name / f"{stem}.safetensors"
            write(place, entries[name], (_bytes(tensor) for tensor in made[name].values()), heard)
        elif plan.like is not None and (part := plan.like.part(name)) is not None:
            _bring(plan.like.folder / name, target / name, part)


def _converted(name: str, state: Mapping[str, Tensor], plan: _Plan, file: Path) -> dict[str, Tensor]:
    """The part in diffusers' names; nothing where the file has no such part."""
    try:
        if name in _NETWORKS:
            return _other(name, state, plan, file) if plan.network == "other" else _network(state, plan)
        if name == "vae":
            return _autoencoder(state, plan) if plan.index[name][1] == "AutoencoderKL" else {}
        return _encoder(name, state, plan)
    except (KeyError, ValueError, IndexError, AttributeError, RuntimeError) as error:
        missing = str(error.args[0]) if isinstance(error, KeyError) and error.args else name
        raise InvalidRequest("single_key", file=file.name, part=name, key=missing[:120]) from error


def _network(state: Mapping[str, Tensor], plan: _Plan) -> dict[str, Tensor]:
    from diffusers.loaders import single_file_utils as theirs

    bare = not any(key.startswith(_NETWORK) for key in state)
    only = {key if not bare else f"{_NETWORK}{key}": value for key, value in state.items()
            if bare or key.startswith(_NETWORK)}  # fmt: skip
    converter = {
        "unet": theirs.convert_ldm_unet_checkpoint,
        "sd3": theirs.convert_sd3_transformer_checkpoint_to_diffusers,
        "flux": theirs.convert_flux_transformer_checkpoint_to_diffusers,
    }[plan.network]
    config = plan.config("unet" if plan.network == "unet" else "transformer")
    found: dict[str, Tensor] = converter(only, config=dict(config))
    return found


def _other(name: str, state: Mapping[str, Tensor], plan: _Plan, file: Path) -> dict[str, Tensor]:
    """By the converter that diffusers keeps for the folder's network. Layers that have its names already keep them."""
    from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES

    kind = str(plan.index[name][1])
    known = SINGLE_FILE_LOADABLE_CLASSES.get(kind)
    if known is None:
        raise InvalidRequest("single_layout", file=file.name, key=kind)
    bare = {key.removeprefix(_NETWORK): value for key, value in state.items()}
    read: dict[str, Tensor] = known["checkpoint_mapping_fn"](checkpoint=dict(bare), config=dict(plan.config(name)))
    return bare | read


def _autoencoder(state: Mapping[str, Tensor], plan: _Plan) -> dict[str, Tensor]:
    from diffusers.loaders import single_file_utils as theirs

    only = {key: value for key, value in state.items() if key.startswith(("first_stage_model.", "vae."))}
    if not only:
        return {}
    found: dict[str, Tensor] = theirs.convert_ldm_vae_checkpoint(only, dict(plan.config("vae")))
    return found


def _encoder(name: str, state: Mapping[str, Tensor], plan: _Plan) -> dict[str, Tensor]:
    """CLIP's encoders: renamed where they are OpenAI's, split where they are OpenCLIP's."""
    from diffusers.loaders import single_file_utils as theirs

    plain = {
        "text_encoder": ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.",
                         "text_encoders.clip_l.transformer."),
        "text_encoder_2": ("text_encoders.clip_g.transformer.",),
        "text_encoder_3": ("text_encoders.t5xxl.transformer.",),
    }.get(name, ())  # fmt: skip
    if plan.network == "flux" and name == "text_encoder_2":
        plain = ("text_encoders.t5xxl.transformer.",)
    for prefix in plain:
        if only := {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}:
            return only
    opened = {"text_encoder": "cond_stage_model.model.", "text_encoder_2": "conditioner.embedders.1.model."}.get(name)
    if opened is None or not any(key.startswith(opened) for key in state):
        return {}
    # Split by the encoder's own width: the projection, by which diffusers would split, may have another one.
    wide = SimpleNamespace(config=SimpleNamespace(hidden_size=plan.config(name).get("hidden_size")))
    known = {key: value for key, value in state.items() if key.startswith(opened)}
    projection = known.pop(f"{opened}text_projection", None)
    found: dict[str, Tensor] = theirs.convert_open_clip_checkpoint(wide, known, prefix=opened)
    if projection is not None:
        found["text_projection.weight"] = projection.T.contiguous()
    return found


def _expected(library: str, kind: str, config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of what a part of this config must have; the part is built without memory."""
    import diffusers
    import torch
    import transformers

    known = getattr(diffusers if library == "diffusers" else transformers, kind, None)
    if known is None:
        raise InvalidRequest("model_code", part=kind, library=library)
    with torch.device("meta"):
        if library == "diffusers":
            model = known.from_config({key: value for key, value in config.items() if key != "_class_name"})
        else:
            model = known(known.config_class.from_dict(dict(config)))
    return {key: tuple(value.shape) for key, value in model.state_dict().items()}


def _fitting(
    part: str, tensors: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]], file: Path
) -> dict[str, Tensor]:
    """What the part needs of what was converted. Raises InvalidRequest naming what is missing or of other shape."""
    import torch

    found: dict[str, Tensor] = {}
    for key, shape in expected.items():
        tensor = next((tensors[name] for name in spellings(key) if name in tensors), None)
        if tensor is None and key == "text_projection.weight" and shape[0] == shape[1]:
            tensor = torch.eye(shape[0])  # SD3's first encoder is published without one, and none means this
        if tensor is None and key in ("encoder.embed_tokens.weight", "shared.weight"):
            tensor = tensors.get("shared.weight", tensors.get("encoder.embed_tokens.weight"))
        if tensor is None:
            if key.endswith("position_ids"):
                continue
            raise InvalidRequest("single_key", file=file.name, part=part, key=key)
        if tuple(tensor.shape) != shape:
            shapes = {"found": str(tuple(tensor.shape)), "wanted": str(shape)}
            raise InvalidRequest("adapter_shape", key=f"{part}.{key}", file=file.name, **shapes)
        found[key] = tensor
    return found


def _scheduler(found: Held, plan: _Plan, prediction: str, file: Path) -> dict[str, Any]:
    """The config of the noise, with what only the operator or the file can know: what the network predicts."""
    config = dict(plan.config("scheduler"))
    if plan.network != "unet":
        return config
    told = found.metadata.get("modelspec.prediction_type", "")
    said = {"v": "v_prediction", "v_prediction": "v_prediction", "epsilon": "epsilon", "eps": "epsilon"}.get(told, "")
    if "v_pred" in found.entries:
        said = "v_prediction"
    if not (prediction or said) and plan.like is None and plan.config("unet").get("cross_attention_dim") == 1024:
        raise InvalidRequest("single_prediction", file=file.name)
    if prediction or said:
        config["prediction_type"] = prediction or said
    if "ztsnr" in found.entries:
        config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return config


def _write_rest(plan: _Plan, target: Path, scheduler: Mapping[str, Any]) -> None:
    """All but weights."""
    (target / INDEX).write_text(json.dumps(dict(plan.index), indent=2), "utf-8")
    for name, library, kind in plan.parts():
        place = target / name
        place.mkdir()
        if kind.endswith("Scheduler"):
            (place / "scheduler_config.json").write_text(json.dumps(dict(scheduler), indent=2), "utf-8")
        elif not kind.endswith(("Tokenizer", "TokenizerFast")):
            config = dict(plan.config(name)) | ({"architectures": [kind]} if library == "transformers" else {})
            (place / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
        elif plan.like is None:
            # OpenCLIP fills up with its first word, OpenAI with the end.
            second = name != "tokenizer" or plan.config("text_encoder").get("hidden_size") == 1024
            kits.clip_tokenizer(place, "!" if second else "<|endoftext|>")
        else:
            for one in sorted((plan.like.folder / name).iterdir()):
                if one.is_file():
                    shutil.copyfile(one, place / one.name)


def _bring(source: Path, target: Path, part: Part) -> None:
    """A part of the other folder: the same bytes on the disk where it is the same disk."""
    for one in [*part.files, *source.glob("*.index*.json")]:
        try:
            os.link(one, target / one.name)
        except OSError:  # another disk, or one that has no links
            shutil.copyfile(one, target / one.name)


def _room(target: Path, wanted: int) -> None:
    free = shutil.disk_usage(target).free
    if free < wanted + _SPARE:
        raise StorageFailed("room", needed=f"{(wanted + _SPARE) / 1e9:.1f}", free=f"{free / 1e9:.1f}")


def _entry(tensor: Tensor) -> Entry:
    names = {name: kind for kind, name in _TORCH.items()}
    kind = names.get(str(tensor.dtype).removeprefix("torch."), "BF16" if tensor.dtype.itemsize == 1 else "F32")
    return Entry(kind, tuple(tensor.shape))


def _bytes(tensor: Tensor) -> memoryview:
    import torch

    kind = getattr(torch, _TORCH[_entry(tensor).dtype])
    return memoryview(tensor.to(kind).contiguous().reshape(-1).view(torch.uint8).numpy())
