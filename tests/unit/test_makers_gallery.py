"""The gallery of makers: every example is there, light, labelled, the same in the guides, and has words."""

from pathlib import Path

import pytest
from PIL import Image

from pingxing import i18n
from pingxing.label import read
from pingxing.types import LANGUAGES
from pingxing.web.can_make import EXAMPLES

ROOT = Path(__file__).parents[2]
SHOWN = ROOT / "src/pingxing/web/static/makers"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_an_example_is_light_labelled_and_described(example):
    data = (SHOWN / f"{example.name}.webp").read_bytes()
    assert len(data) <= 150_000
    assert data == (ROOT / "docs/pictures" / f"{example.name}.webp").read_bytes()
    with Image.open(SHOWN / f"{example.name}.webp") as image:
        assert image.size == (example.width, example.height)
    labels = read(data)
    assert labels.aigc.valid
    assert labels.produce_id == f"sample-makers-{example.name}"
    for language in LANGUAGES:
        for part in ("", ".says", ".alt"):
            assert i18n.knows(language, f"makers.show.{example.name}{part}")
        assert example.address(lambda key, language=language: i18n.say(language, key)).startswith("/makers")


def test_there_is_one_of_each_maker_in_both_guides():
    assert {example.maker for example in EXAMPLES} == {"stickers", "wallpapers", "prints", "patterns", "nails", "grid"}
    for guide in ("makers.md", "makers.zh.md"):
        text = (ROOT / "docs/guides" / guide).read_text("utf-8")
        assert all(f"../pictures/{example.name}.webp" in text for example in EXAMPLES)
