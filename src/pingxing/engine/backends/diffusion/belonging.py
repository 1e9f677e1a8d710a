"""Whether a folder's parts belong together, looked at once, when a model is put on the shelf; no torch, nothing is run.

    belonging(checkpoint)       raises what is wrong, naming the file

`folder.inspect` sees that everything is there and whole. This sees that the classes which the folder names are those
of the installed libraries and of its own configs, and that what is read besides weights can be read.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pingxing.engine.backends.diffusion.folder import INDEX, Checkpoint, Part
from pingxing.engine.backends.diffusion.hearing import draws
from pingxing.errors import InvalidRequest, UnreadableFile

_LARGEST = 64 << 20  # bytes of a vocabulary


def belonging(checkpoint: Checkpoint) -> None:
    """Raises InvalidRequest for a class that is not there, is another than the config's, or makes no pictures from
    words; UnreadableFile."""
    kinds = [("diffusers", checkpoint.pipeline), *((part.library, part.kind) for part in _built(checkpoint))]
    for library, kind in kinds:
        if not defined(library, kind):
            raise InvalidRequest("model_class_unknown", file=INDEX, kind=kind, library=library)
    if not draws(checkpoint.pipeline):
        raise InvalidRequest("model_draws_nothing", file=INDEX, kind=checkpoint.pipeline)
    for part in checkpoint.parts:
        told = checkpoint.config(part.name).get("_class_name")
        if part.files and part.library == "diffusers" and isinstance(told, str) and not _same(told, part.kind):
            raise InvalidRequest("model_class", file=f"{part.name}/config.json", found=told[:80], wanted=part.kind)
        if not part.files:
            for file in _texts(checkpoint.folder / part.name):
                _readable(file)


def _built(checkpoint: Checkpoint) -> Iterator[Part]:
    """Parts whose class must be found under its own name: tokenizers go by several."""
    for part in checkpoint.parts:
        if part.files or part.kind.endswith("Scheduler"):
            yield part


def _same(one: str, other: str) -> bool:
    """What was split into several classes goes by the older, shorter name in some folders: Transformer2DModel."""
    return one.endswith(other) or other.endswith(one)


@cache
def defined(library: str, kind: str) -> bool:
    """Whether the installed library has the class, by its source; True for a library that is not there to be asked."""
    found = importlib.util.find_spec(library)
    if found is None or found.origin is None:
        return True
    place = Path(found.origin)
    if library == "diffusers":  # it lists all that it has
        return f'"{kind}"' in place.read_text("utf-8")
    wanted = re.compile(rf"^class {re.escape(kind)}\b", re.MULTILINE)
    return any(wanted.search(file.read_text("utf-8")) for file in place.parent.glob("models/*/modeling_*.py"))


def _texts(place: Path) -> Iterator[Path]:
    """What a tokenizer or scheduler is read from."""
    for file in sorted(place.iterdir()):
        if file.suffix in (".json", ".txt", ".model") and file.is_file():
            yield file


def _readable(file: Path) -> None:
    name, size = f"{file.parent.name}/{file.name}", file.stat().st_size
    if not 0 < size <= _LARGEST:
        raise UnreadableFile("model_file", file=name)
    if file.suffix == ".json":
        try:
            json.loads(file.read_text("utf-8"))
        except (ValueError, OSError, RecursionError) as error:
            raise UnreadableFile("model_file", file=name) from error
