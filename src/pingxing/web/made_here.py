"""Pictures that ship with the product, made by it: the wall on the start page.

`scripts/gallery.py` writes them and `static/gallery/index.json`; without that file there is no wall.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pingxing.types import Language

MOST = 12


class Shown(BaseModel):
    """One picture: its file beside the index, the words that made it, and what a person who cannot see it hears."""

    model_config = ConfigDict(frozen=True)

    file: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}\.webp$")]
    prompt_en: Annotated[str, Field(min_length=1)]
    prompt_zh: Annotated[str, Field(min_length=1)]
    alt: str | dict[Language, str] = ""
    width: Annotated[int, Field(ge=1)] | None = None  # None: measured in the file
    height: Annotated[int, Field(ge=1)] | None = None

    def prompt(self, language: Language) -> str:
        return self.prompt_zh if language == "zh" else self.prompt_en

    def described(self, language: Language) -> str:
        """The alternative text in a language; the prompt where none was written for it."""
        text = self.alt.get(language, "") if isinstance(self.alt, dict) else self.alt if language == "en" else ""
        return text or self.prompt(language)


_ALL: TypeAdapter[list[Shown]] = TypeAdapter(list[Shown])


@cache
def made_here() -> tuple[Shown, ...]:
    """At most twelve, in the order of the index. Raises ValueError for an index that is not one, OSError for a
    picture that is not there."""
    index = files("pingxing.web") / "static" / "gallery" / "index.json"
    if not index.is_file():
        return ()
    return tuple(_measured(shown) for shown in _ALL.validate_json(index.read_text(encoding="utf-8"))[:MOST])


def _measured(shown: Shown) -> Shown:
    if shown.width and shown.height:
        return shown
    from PIL import Image

    with (files("pingxing.web") / "static" / "gallery" / shown.file).open("rb") as file, Image.open(file) as image:
        return shown.model_copy(update={"width": image.width, "height": image.height})
