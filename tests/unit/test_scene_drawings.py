"""Our own drawings: measured, named, found by their words, drawn in every style."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.drawings import SET, SIDE, drawings
from pingxing.engine.backends.scene.figure import icon_for
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.traits import traits

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_the_sources_say() -> None:
    answer = subprocess.run(
        [sys.executable, "scripts/build_drawn.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout


def test_every_drawing_has_a_place_in_the_world() -> None:
    assert len(drawings()) >= 49
    for concept, ours in drawings().items():
        assert 0xE000 <= int(concept, 16) <= 0xF8FF  # private use: no emoji has it
        x0, y0, x1, y1 = ours.box
        assert 0 <= x0 < x1 <= SIDE, ours.en[0]
        assert 0 <= y0 < y1 <= SIDE, ours.en[0]
        assert ours.setting in ("", *SETTINGS), ours.en[0]
        assert traits(concept).metres > 0
        assert set(re.findall(r"url\(#(~\d+)\)", ours.markup)) <= set(re.findall(r'id="(~\d+)"', ours.markup))


@pytest.mark.parametrize("concept", sorted(drawings()))
def test_every_word_of_a_drawing_finds_it(concept: str) -> None:
    ours = drawings()[concept]
    for word in (*ours.en, *ours.zh):
        assert [wish.concept for wish in parse(word).wishes] == [concept], word


def test_every_style_can_draw_them() -> None:
    for style in STYLES.values():
        for concept in drawings():
            icon = icon_for(shipped(), style, concept)
            assert icon is not None
            assert icon.set == SET
            assert shipped().body(icon) == drawings()[concept].markup
