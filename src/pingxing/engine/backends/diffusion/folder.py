"""What a checkpoint's folder holds, read without loading it: no torch, nothing executed, every weight file looked at.

    inspect(folder) -> Checkpoint

A diffusers folder names its parts in model_index.json; each part has a folder of its own with a config and its
weights as safetensors. Pickled weights (.bin, .ckpt, .pt) can run code when they are opened, so they are never
opened; where only those exist, the error says so. Code that comes with a checkpoint is never run either.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from pingxing.engine.backends.diffusion.tensors import Entry, held
from pingxing.errors import InvalidRequest, NotFound, Unavailable, UnreadableFile

INDEX = "model_index.json"
_SMALL = 4 << 20  # bytes of a text file that is read whole
_MOST_PARTS = 32
_MOST_NAMES = 20
_PIECE = 8 << 20
_LIBRARIES = frozenset({"diffusers", "transformers", "kolors"})  # the last lies within diffusers
# Parts that are not needed to draw: our own guard looks at every picture.
_LEFT_OUT = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_WEIGHTLESS = ("Tokenizer", "TokenizerFast", "Scheduler", "Processor", "Extractor")
_WORDS = frozenset({"tokenizer.json", "vocab.json", "vocab.txt"})
_PIECES = frozenset({"spiece.model", "tokenizer.model", "sentencepiece.bpe.model"})
_STORED = re.compile(r"(?:diffusion_pytorch_)?model(?:\.(\w+))?\.safetensors(?:\.index(?:\.(\w+))?\.json)?")
_PICKLES = frozenset({".bin", ".ckpt", ".pt", ".pth", ".pkl"})
FAMILIES = {  # the pipeline that a folder names, and the family whose steps can be shared
    "StableDiffusionPipeline": "sd",
    "StableDiffusionXLPipeline": "sdxl",
    "StableDiffusion3Pipeline": "sd3",
    "PixArtSigmaPipeline": "pixart-sigma",
    "FluxPipeline": "flux",
}
ALONE = "diffusers"  # the family of every other pipeline: it serves one request at a time
# Schedulers by whose betas, or by whose flow, our own steps know how noisy a sample is. Others scale it by other rules
# (EDM's preconditioning, say), and a picture that is stepped in another way than its network learnt is noise.
_KNOWN = frozenset(
    f"{name}Scheduler"
    for name in (
        *("DDIM", "DDIMParallel", "DDPM", "DDPMParallel", "PNDM", "LMSDiscrete", "LCM", "TCD", "SASolver"),
        *("EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete", "KDPM2Discrete", "KDPM2AncestralDiscrete"),
        *("DPMSolverMultistep", "DPMSolverSinglestep", "DPMSolverSDE", "DEISMultistep", "UniPCMultistep"),
        *("FlowMatchEulerDiscrete", "FlowMatchHeunDiscrete"),
    )
)
_OWN_FLOW = ("use_flow_sigmas", "invert_sigmas", "stochastic_sampling")  # of a scheduler: other ways than ours
_PREDICTIONS = ("epsilon", "v_prediction", "sample")


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    library: str
    kind: str  # the class that the folder names
    files: tuple[Path, ...]  # its weights, in order; none for tokenizers and schedulers


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that can be served, as far as can be known without loading it."""

    folder: Path
    pipeline: str
    family: str
    parts: tuple[Part, ...]
    parameters: int
    dtype: str  # of most weights: "F32", "F16", "BF16"
    size_bytes: int  # of the weight files
    variant: str  # "fp16" where the files are named so, else ""
    licence: str
    lineage: str
    datasets: tuple[str, ...] = ()  # what it was trained on, where its card says
    absent: tuple[str, ...] = ()  # parts that its pipeline has and this folder says it goes without

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    @property
    def scale(self) -> int:
        """Pixels of a side of one latent pixel."""
        return 1 << max(0, len(self.config("vae").get("block_out_channels", [0] * 4)) - 1)

    @property
    def multiple(self) -> int:
        """Sides of a picture must be a multiple of so many pixels."""
        if blocks := self.config("unet").get("block_out_channels"):
            return self.scale << len(blocks) - 1
        patch = 2 if self.family == "flux" else self.config("transformer").get("patch_size", 2)
        return self.scale * int(patch)

    def tensors(self, name: str) -> dict[str, Entry]:
        """What the weight files of a part hold; nothing for a part that it has not."""
        part, found = self.part(name), dict[str, Entry]()
        for file in () if part is None else part.files:
            found |= held(file, f"{name}/{file.name}").entries
        return found

    def config(self, name: str) -> dict[str, Any]:
        """The config of a part; empty where it has none."""
        for file in ("config.json", "scheduler_config.json"):
            path = self.folder / name / file
            if path.is_file():
                return _json(path)
        return {}


def inspect(folder: Path) -> Checkpoint:
    """Raises NotFound, UnreadableFile or InvalidRequest, naming the file that is missing, broken or not allowed;
    Unavailable where a library is missing that reads one."""
    index_file = folder / INDEX
    if not folder.is_dir():
        raise NotFound("model_folder", path=folder)
    if not index_file.is_file():
        raise NotFound("model_file", file=INDEX, path=folder)
    index = _json(index_file)
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str) or not pipeline.isidentifier():
        raise UnreadableFile("model_file", file=INDEX)
    variant = _variant(folder, index)
    parts = tuple(_parts(folder, index, variant))
    headers = [_header(file) for part in parts for file in part.files]
    counts: dict[str, int] = {}
    for header in headers:
        for dtype, count in header.items():
            counts[dtype] = counts.get(dtype, 0) + count
    card = _card(folder)
    found = Checkpoint(
        folder=folder,
        pipeline=pipeline,
        family=FAMILIES.get(pipeline, ALONE),
        parts=parts,
        parameters=sum(counts.values()),
        dtype=max(counts, key=counts.__getitem__, default="F32"),
        size_bytes=sum(file.stat().st_size for part in parts for file in part.files),
        variant=variant,
        licence=_word(card.get("license")) or _word(card.get("license_name")) or "unknown",
        lineage=_word(card.get("base_model")) or folder.name,
        datasets=_named(card.get("datasets")),
        absent=tuple(name for name, value in sorted(index.items()) if value == [None, None]),
    )
    return found if _stepped_as_usual(found) else replace(found, family=ALONE)


def _stepped_as_usual(checkpoint: Checkpoint) -> bool:
    """Whether its noise and latents are what our steps take them for; else its own pipeline, which knows, makes it."""
    scheduler, vae = (checkpoint.part(name) for name in ("scheduler", "vae"))
    told, latents = checkpoint.config("scheduler"), checkpoint.config("vae")
    if scheduler is not None and scheduler.kind not in _KNOWN:
        return False
    if any(told.get(name) for name in _OWN_FLOW) or told.get("prediction_type", "epsilon") not in _PREDICTIONS:
        return False
    return (vae is None or vae.kind == "AutoencoderKL") and latents.get("latents_mean") is None


def digest(checkpoint: Checkpoint, told: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 over the digests and names of all weight files and configs; `told` hears how many bytes were read."""
    whole = hashlib.sha256()
    files = [file for part in checkpoint.parts for file in part.files]
    files += sorted(checkpoint.folder.glob("*/*.json"))
    for file in [checkpoint.folder / INDEX, *files]:
        one = hashlib.sha256()
        with file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                one.update(piece)
                told(len(piece))
        whole.update(f"{one.hexdigest()}  {file.relative_to(checkpoint.folder).as_posix()}\n".encode())
    return whole.hexdigest()


def _parts(folder: Path, index: dict[str, Any], variant: str) -> Iterator[Part]:
    named = {name: value for name, value in index.items() if isinstance(value, list) and len(value) == 2}
    if not 0 < len(named) <= _MOST_PARTS:
        raise UnreadableFile("model_file", file=INDEX)
    for name, (library, kind) in sorted(named.items()):
        if library is None or name in _LEFT_OUT:
            continue
        if not (name.isidentifier() and isinstance(kind, str) and kind.isidentifier()):
            raise UnreadableFile("model_file", file=INDEX)
        if (
            library not in _LIBRARIES or (folder / name / f"{library}.py").is_file()
        ):  # a file of Python beside the weights, which diffusers would run
            raise InvalidRequest("model_code", part=name, library=str(library)[:60])
        if not (folder / name).is_dir():
            raise NotFound("model_file", file=f"{name}/", path=folder)
        if kind.endswith(_WEIGHTLESS):
            _told(folder, name, kind)
            yield Part(name, library, kind, ())
            continue
        files = tuple(_weights(folder, name, variant, library))
        yield Part(name, library, kind, files)


def _told(folder: Path, name: str, kind: str) -> None:
    """Raises NotFound where a scheduler or tokenizer lacks what it is read from, Unavailable where nothing here can."""
    there = {file.name for file in (folder / name).iterdir()}
    if kind.endswith("Scheduler") and "scheduler_config.json" not in there:
        raise NotFound("model_file", file=f"{name}/scheduler_config.json", path=folder)
    if not kind.endswith(("Tokenizer", "TokenizerFast")):
        return
    if not there & (_WORDS | _PIECES):
        raise NotFound("model_file", file=f"{name}/tokenizer.json", path=folder)
    if not there & _WORDS and importlib.util.find_spec("sentencepiece") is None:
        raise Unavailable("no_sentencepiece", file=f"{name}/{min(there & _PIECES)}")


def _variant(folder: Path, index: dict[str, Any]) -> str:
    """ "" where every part has plain weights; else the name ("fp16") that lets every part be read as diffusers reads a
    mixture: by that name where a part has such files, plain where it has none."""
    kinds = [
        found
        for name in sorted(index)
        if isinstance(index[name], list) and name not in _LEFT_OUT and (found := _kinds_of(folder / name))
    ]
    named = sorted({kind for found in kinds for kind in found if kind})
    return next((kind for kind in ("", *named) if all(found & {kind, ""} for found in kinds)), "")


def _kinds_of(place: Path) -> set[str]:
    """The variants that the weights of a part come in: "" for plain ones."""
    names = [file.name for file in place.iterdir()] if place.is_dir() else []
    return {match[1] or match[2] or "" for name in names if (match := _STORED.fullmatch(name))}


def _weights(folder: Path, name: str, variant: str, library: str) -> list[Path]:
    """The safetensors of a part: one file, or the shards that an index lists, all of which must be there."""
    place = folder / name
    if not (place / "config.json").is_file():
        raise NotFound("model_file", file=f"{name}/config.json", path=folder)
    for kind in dict.fromkeys((variant, "")):
        if files := _stored(folder, name, kind):
            return files
    pickled = next((file for file in sorted(place.iterdir()) if file.suffix in _PICKLES), None)
    if pickled is not None:
        raise InvalidRequest("model_pickle", file=f"{name}/{pickled.name}")
    usual = "model" if library == "transformers" else "diffusion_pytorch_model"
    ending = f".{variant}.safetensors" if variant else ".safetensors"
    raise NotFound("model_file", file=f"{name}/{usual}{ending}", path=folder)


def _stored(folder: Path, name: str, kind: str) -> list[Path]:
    """The files of one variant of a part; none where it has not got it."""
    place = folder / name
    for stem in ("diffusion_pytorch_model", "model"):
        if (single := place / f"{stem}{'.' + kind if kind else ''}.safetensors").is_file():
            return [single]
        listing = place / f"{stem}.safetensors.index{'.' + kind if kind else ''}.json"
        if listing.is_file():
            shards = _json(listing).get("weight_map", {})
            names = sorted(set(shards.values())) if isinstance(shards, dict) else []
            for shard in names:
                if not isinstance(shard, str) or Path(shard).name != shard:
                    raise UnreadableFile("model_file", file=f"{name}/{listing.name}")
                if not (place / shard).is_file():
                    raise NotFound("model_file", file=f"{name}/{shard}", path=folder)
            if names:
                return [place / shard for shard in names]
    return []


def _header(file: Path) -> dict[str, int]:
    """Numbers of weights by type, from the file's header."""
    counts: dict[str, int] = {}
    for entry in held(file, f"{file.parent.name}/{file.name}").entries.values():
        counts[entry.dtype] = counts.get(entry.dtype, 0) + entry.count
    return counts


def _card(folder: Path) -> dict[str, Any]:
    """The front matter of README.md, as model hubs write it."""
    readme = folder / "README.md"
    if not readme.is_file() or readme.stat().st_size > _SMALL:
        return {}
    text = readme.read_text("utf-8", errors="replace")
    if not text.startswith("---\n"):
        return {}
    try:
        card = yaml.safe_load(text[4:].partition("\n---")[0])
    except yaml.YAMLError:
        return {}
    return card if isinstance(card, dict) else {}


def _word(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first.strip()[:200] if isinstance(first, str) else ""


def _named(value: object) -> tuple[str, ...]:
    """One name or several, as cards write them."""
    names = value if isinstance(value, list) else [value]
    return tuple(word for name in names[:_MOST_NAMES] if (word := _word(name)))


def _json(file: Path) -> dict[str, Any]:
    name = file.name if file.parent.name == "" else f"{file.parent.name}/{file.name}"
    try:
        if file.stat().st_size > _SMALL * 8:
            raise UnreadableFile("model_file", file=name)
        found = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise UnreadableFile("model_file", file=name) from error
    if not isinstance(found, dict):
        raise UnreadableFile("model_file", file=name)
    return found
