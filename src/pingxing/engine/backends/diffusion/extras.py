"""What an operator adds to a model: LoRA adapters and textual inversions, told apart by their headers. No torch.

An adapter is asked for by its name; an embedding by its word in the prompt. Nothing of either is loaded for a request
that does not ask for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pingxing.engine.backends.diffusion.tensors import Held, held
from pingxing.errors import InvalidRequest, NotFound
from pingxing.types import Addition, Request

Kind = Literal["adapter", "embedding", "checkpoint"]
PEFT_CONFIG = "adapter_config.json"
_USUAL = ("pytorch_lora_weights.safetensors", "adapter_model.safetensors", "learned_embeds.safetensors")
_PICKLES = frozenset({".bin", ".ckpt", ".pt", ".pth", ".pkl"})
_ADAPTER = re.compile(r"lora_|\.lora\.|lokr_|hada_w|oft_|dora_scale|lora_linear_layer")
_ENCODERS = frozenset({"clip_l", "clip_g", "t5xxl"})
_PIECE = 8 << 20
_LONGEST_EMBEDDING = 256  # vectors


@dataclass(frozen=True, slots=True)
class Extra:
    addition: Addition
    path: Path  # its safetensors file

    def told(self) -> dict[str, Any]:
        """As JSON, for the process that draws."""
        return {**asdict(self.addition), "path": str(self.path)}

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> Extra:
        facts = dict(told)
        path = Path(facts.pop("path"))
        return cls(Addition(**facts), path)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks for."""

    adapters: tuple[tuple[Extra, float], ...] = ()
    embeddings: tuple[Extra, ...] = ()

    @property
    def weighed(self) -> tuple[tuple[Extra, float], ...]:
        """The adapters that do something: with a weight of 0, one is named and not used."""
        return tuple((extra, weight) for extra, weight in self.adapters if weight)

    @property
    def key(self) -> Hashable:
        """Equal where the same words are read the same way."""
        weights = tuple((extra.addition.sha256, weight) for extra, weight in self.weighed)
        return weights, tuple((extra.addition.sha256, extra.addition.trigger) for extra in self.embeddings)


NOT_ASKED = Asked()


def asked(extras: Iterable[Extra], request: Request, model: str) -> Asked:
    """Raises InvalidRequest for an adapter that the model has not."""
    there = {extra.addition.name: extra for extra in extras}
    adapters = {name: extra for name, extra in there.items() if extra.addition.kind == "adapter"}
    for use in request.adapters:
        if use.name not in adapters:
            known = ", ".join(sorted(adapters)) or "–"
            raise InvalidRequest("unknown_adapter", member="adapters", value=use.name, model=model, known=known)
    wanted = tuple((adapters[use.name], use.weight) for use in request.adapters)
    words = (request.prompt, request.negative)
    named = tuple(
        extra
        for _, extra in sorted(there.items())
        if extra.addition.kind == "embedding" and any(word(extra.addition.trigger).search(text) for text in words)
    )
    return Asked(wanted, named)


def word(trigger: str) -> re.Pattern[str]:
    """Where a trigger stands as a word of its own; beside Chinese, which has no spaces, it does everywhere."""
    letters = "[A-Za-z0-9_-]"
    before = f"(?<!{letters})" if re.match(letters, trigger) else ""
    after = f"(?!{letters})" if re.search(f"{letters}$", trigger) else ""
    return re.compile(before + re.escape(trigger) + after)


def located(path: Path) -> Path:
    """The file of an adapter or embedding: itself, or the one in its folder.

    Raises NotFound, InvalidRequest naming a pickle, or what there is too much of.
    """
    if path.is_file():
        if path.suffix != ".safetensors":
            raise InvalidRequest("model_pickle", file=path.name)
        return path
    if not path.is_dir():
        raise NotFound("model_folder", path=path)
    for name in _USUAL:
        if (path / name).is_file():
            return path / name
    found = sorted(path.glob("*.safetensors"))
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise InvalidRequest("which_file", path=path, files=", ".join(file.name for file in found[:5]))
    pickled = next((file for file in sorted(path.iterdir()) if file.suffix in _PICKLES), None)
    if pickled is not None:
        raise InvalidRequest("model_pickle", file=pickled.name)
    raise NotFound("model_file", file="pytorch_lora_weights.safetensors", path=path)


def digest(file: Path, told: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of the file; where peft's config lies beside it and belongs to it, of both digests."""
    files = [file, *(one for one in [file.with_name(PEFT_CONFIG)] if one.is_file())]
    found = []
    for one in files:
        whole = hashlib.sha256()
        with one.open("rb") as stream:
            while piece := stream.read(_PIECE):
                whole.update(piece)
                told(len(piece))
        found.append(whole.hexdigest())
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def kind_of(file: Path) -> tuple[Kind, Held]:
    """What a safetensors file is, by the names in it. Raises UnreadableFile."""
    found = held(file)
    names = found.entries.keys()
    if any(_ADAPTER.search(name) for name in names):
        return "adapter", found
    vectors = all(len(entry.shape) in (1, 2) and entry.shape[:-1] <= (_LONGEST_EMBEDDING,)
                  for entry in found.entries.values())  # fmt: skip
    if vectors and (names <= _ENCODERS or len(names) == 1) and names:
        return "embedding", found
    return "checkpoint", found


def said(metadata: Mapping[str, str], name: str) -> str:
    """What a file says of itself: `licence`, `lineage`, `trigger`; after Stability's ModelSpec and kohya's trainer."""
    keys = {
        "licence": ("modelspec.license", "license"),
        "lineage": ("ss_sd_model_name", "ss_base_model_version", "modelspec.architecture"),
        "trigger": ("modelspec.trigger_phrase",),
    }[name]
    return next((metadata[key].strip()[:200] for key in keys if metadata.get(key, "").strip()), "")
