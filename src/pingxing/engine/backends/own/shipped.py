"""The picture model that comes with the package: a second engine inside, beside the one that composes scenes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pingxing.engine.backends.own import folder as folders
from pingxing.types import Format, Model

NAME = "nano"
FOLDER = Path(__file__).with_name(NAME)


def is_here() -> bool:
    """Whether its files were packed with this installation."""
    return folders.is_ours(FOLDER)


def card() -> Model:
    """What is told of it before it is asked for; its graphs are not read. Raises NotFound, UnreadableFile."""
    told, found = folders.facts(FOLDER), folders.inspect(FOLDER)
    return Model(
        name=NAME,
        family=folders.FAMILY,
        media=("image",),
        licence=told.licence,
        lineage=told.lineage,
        sha256=hashlib.sha256((FOLDER / folders.FACTS).read_bytes()).hexdigest(),  # it names every other file's
        size_bytes=found.size_bytes,
        formats=(Format.PNG, Format.JPEG, Format.WEBP),
        styles=(),
        cuts_out=True,
        usual_side=told.usual_side,
        simple=True,
        about=(told.about_en, told.about_zh),
    )
