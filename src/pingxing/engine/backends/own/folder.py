"""What the folder of an exported picture model holds, read without onnxruntime: its page of facts, words and graphs.

picture.json       what it is, how it samples, who may use it, and the SHA-256 of every other file
vocabulary.json    its words in the order of their numbers
words.onnx         tokens (n, l) -> said, pooled, hidden: read once a picture
told.onnx          t (k,), said, pooled -> turned for k steps, heard: once a picture, what does not change with it
velocity.onnx      latents, turned, heard, hidden -> velocity: once or twice a step
decoder.onnx       latents -> pictures (n, 3, side, side) in -1..1
enlarge.onnx       pictures -> pictures four times as large; it may be missing

Version 1 has no told.onnx: its velocity.onnx takes latents, t, said, pooled, hidden, and all words are `tokens` long.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pingxing.engine.backends.diffusion.folder import Checkpoint, Part
from pingxing.errors import Integrity, NotFound, UnreadableFile
from pingxing.types import MAX_SIDE, MIN_SIDE
from pingxing.vocabulary import Vocabulary

FACTS, WORDS = "picture.json", "vocabulary.json"
GRAPHS = ("words.onnx", "velocity.onnx", "decoder.onnx")
TOLD = "told.onnx"  # of version 2
ENLARGE = "enlarge.onnx"
FAMILY = "pingxing"
_SMALL = 4 << 20  # bytes of a text file
_LARGEST = 2 << 30  # bytes of a graph: more does not fit into one anyway
_PIECE = 8 << 20
_Number = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1, le=4096)]


class Facts(BaseModel):
    """`picture.json`. Strict: a member that is not known may mean something that we would get wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["pingxing-picture"]
    version: Literal[1, 2]
    precision: Literal["fp32", "int8"]
    tokens: _Count
    words: Annotated[int, Field(ge=2, le=1_000_000)]
    channels: _Count
    cells: _Count  # a side of the latent map
    side: Annotated[int, Field(ge=8, le=2048)]  # pixels that the decoder makes of it
    usual_side: Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)]
    steps: Annotated[int, Field(ge=1, le=150)]
    guidance: Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)]
    shift: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] = 1.0  # of the times: above 1, longer in the noise
    guided: tuple[float, float] = (0.1, 0.95)  # times between which guidance counts
    tuned: tuple[tuple[_Number, _Number, _Number], ...] = ()  # of each step: kept, told, free (`training.picture.few`)
    parameters: Annotated[int, Field(ge=0)]
    licence: Annotated[str, Field(max_length=200)]
    lineage: Annotated[str, Field(max_length=1000)]
    datasets: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=50)] = ()
    about_en: Annotated[str, Field(max_length=2000)]  # what it can and cannot do, for whoever chooses it
    about_zh: Annotated[str, Field(max_length=2000)]
    files: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]

    @model_validator(mode="after")
    def _as_many_as_steps(self) -> Facts:
        if self.tuned and len(self.tuned) != self.steps:
            raise ValueError("tuned: not one row for each step")
        return self


def is_ours(folder: Path) -> bool:
    return (folder / FACTS).is_file()


def facts(folder: Path) -> Facts:
    """Raises NotFound, UnreadableFile."""
    try:
        return Facts.model_validate_json(_small(folder, FACTS))
    except ValidationError as error:
        raise UnreadableFile("model_file", file=FACTS) from error


def inspect(folder: Path) -> Checkpoint:
    """The folder as the shelf sees any model. Raises NotFound, UnreadableFile naming the file."""
    found = facts(folder)
    vocabulary(folder, found)
    graphs = [*GRAPHS, *([TOLD] if found.version > 1 else []), *([ENLARGE] if ENLARGE in found.files else [])]
    for name in graphs:
        if not (folder / name).is_file():
            raise NotFound("model_file", file=name, path=folder)
        if name not in found.files or not 0 < (folder / name).stat().st_size <= _LARGEST:
            raise UnreadableFile("model_file", file=name)
    return Checkpoint(
        folder=folder,
        pipeline="PingxingPicture",
        family=FAMILY,
        parts=tuple(Part(name.removesuffix(".onnx"), "onnxruntime", "graph", (folder / name,)) for name in graphs),
        parameters=found.parameters,
        dtype="I8" if found.precision == "int8" else "F32",
        size_bytes=sum((folder / name).stat().st_size for name in graphs),
        variant="",
        licence=found.licence or "unknown",
        lineage=found.lineage,
        datasets=found.datasets,
    )


def vocabulary(folder: Path, found: Facts) -> Vocabulary:
    """Raises NotFound, UnreadableFile."""
    try:
        words = json.loads(_small(folder, WORDS))
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("not a list of words")
        if len(words) != found.words:
            raise ValueError("another number of words")
        return Vocabulary(tuple(words))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("model_file", file=WORDS) from error


def graph(folder: Path, found: Facts, name: str) -> bytes:
    """A graph's bytes, which are those that were exported. Raises NotFound, Integrity."""
    file = folder / name
    if not file.is_file():
        raise NotFound("model_file", file=name, path=folder)
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != found.files.get(name):
        raise Integrity("model_changed", model=folder.name)
    return data


def digest(folder: Path, told: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 over the names and digests of all files that count; `told` hears how many bytes were read."""
    whole = hashlib.sha256()
    names = [FACTS, WORDS, *(part.files[0].name for part in inspect(folder).parts)]
    for name in names:
        one = hashlib.sha256()
        with (folder / name).open("rb") as stream:
            while piece := stream.read(_PIECE):
                one.update(piece)
                told(len(piece))
        whole.update(f"{one.hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def _small(folder: Path, name: str) -> str:
    file = folder / name
    if not folder.is_dir():
        raise NotFound("model_folder", path=folder)
    if not file.is_file():
        raise NotFound("model_file", file=name, path=folder)
    if file.stat().st_size > _SMALL:
        raise UnreadableFile("model_file", file=name)
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile("model_file", file=name) from error
