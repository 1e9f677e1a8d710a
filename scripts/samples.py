"""The label of pictures that ship with the product: made by it, by no house and for nobody."""

from __future__ import annotations

from datetime import UTC, datetime

from pingxing import __version__, label
from pingxing.types import Format, Language, Mark, Picture


def sealed(picture: Picture, name: str, language: Language) -> bytes:
    mark = Mark(
        language=language,
        producer="PINGXING-SAMPLE",
        produce_id=f"sample-{name}",
        system="Pingxing",
        version=__version__,
        model="scene",
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        trained=False,
    )
    return label.seal(picture, Format.WEBP, mark)
