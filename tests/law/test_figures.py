"""Figures of people: where this house decides the tone of a skin itself, it is measured, in what is drawn, by L*, hue
angle and colour difference beside ITA, which does not order dark tones.

Two places decide: the hands that nails are shown on (ten tones), and people whose skin the words name (Unicode's five,
in every set of art). A model decides for itself what it paints; an operator measures it before it is offered."""

from __future__ import annotations

import io
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import resvg_py
from PIL import Image

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.body import TONED
from pingxing.engine.backends.scene.hand import SIDE, TONES, drawn_hand
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.words import concept_of

# Monk skin tone scale (2022), light to dark.
MONK = ["f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420"]
UNICODE = ("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF")
PEOPLE = {plain(concept_of(one)) for one in ("👩", "👨", "👧", "🧑‍⚕️", "👩‍⚕️", "👨‍⚕️")}
SETS = tuple(name for name in shipped().sets if name != "drawn")


def lab(colour: str) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of #rrggbb or rrggbb in sRGB (IEC 61966-2-1)."""
    parts = (int(colour.removeprefix("#")[i : i + 2], 16) / 255 for i in (0, 2, 4))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def hue(colour: str) -> float:
    """Degrees."""
    _, a, b = lab(colour)
    return math.degrees(math.atan2(b, a))


def ita(colour: str) -> float:
    """Individual typology angle, degrees."""
    lightness, _, b = lab(colour)
    return math.degrees(math.atan2(lightness - 50, b))


def apart(one: str, other: str) -> float:
    """Colour difference (CIE 1976)."""
    return math.dist(lab(one), lab(other))


def commonest(markup: str, box: tuple[float, float, float, float]) -> str:
    """The colour of which most of a drawing is: of a hand, its skin."""
    x, y, right, bottom = box
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x} {y} {right - x} {bottom - y}" width="160" height="160">'
        f"{markup}</svg>"
    )
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    skin = pixels[pixels[..., 3] == 255][:, :3]
    assert len(skin) > 3_000
    return "{:02x}{:02x}{:02x}".format(*Counter(map(tuple, skin.tolist())).most_common(1)[0][0])


def test_figures_the_measures_are_those_of_the_books() -> None:
    """White, a grey and a skin whose values are known; ITA of very dark tones hardly moves where L* does."""
    assert lab("ffffff") == pytest.approx((100, 0, 0), abs=0.02)
    assert lab("777777")[0] == pytest.approx(50.03, abs=0.05)
    assert (round(ita(MONK[0])), round(ita(MONK[9]))) == (83, -84)
    darkest = [(lab(colour)[0], ita(colour)) for colour in MONK[7:]]
    assert all(before[0] - after[0] > 6 for before, after in pairwise(darkest))
    assert [lab(colour)[0] for colour in MONK[1:3]] == sorted(
        lab(colour)[0] for colour in MONK[1:3]
    )  # 3 is lighter than 2


def test_figures_hands_are_drawn_in_ten_tones_as_far_as_the_monk_scale_goes() -> None:
    shown = [commonest(drawn_hand(tone, "right", "#ffffff"), (0, 0, SIDE, SIDE)) for tone in range(1, 11)]
    assert [f"#{colour}" for colour in shown] == list(TONES)  # nothing on the way makes a skin lighter
    light = [lab(colour)[0] for colour in shown]
    assert all(before - after >= 3 for before, after in pairwise(light)), light
    assert light[-1] <= lab(MONK[9])[0] + 3
    assert light[0] >= lab(MONK[4])[0] + 10
    for colour in shown:
        assert 40 <= hue(colour) <= 90, colour
    for tone, wanted in enumerate(MONK, 1):
        nearest = min(shown, key=lambda colour, wanted=wanted: apart(colour, wanted))
        assert apart(nearest, wanted) <= 13, (tone, nearest, apart(nearest, wanted))
        assert abs(lab(nearest)[0] - lab(wanted)[0]) <= 6, (tone, nearest)


@pytest.mark.parametrize("name", SETS)
def test_figures_every_set_of_art_keeps_five_tones_apart_and_in_order(name: str) -> None:
    assert len(SETS) == 4
    art, found = shipped(), []
    for tone in UNICODE:
        icon = art.find(name, f"1F44B-{tone}")
        assert icon is not None
        found.append(commonest(art.body(icon), icon.box))
    light = [lab(colour)[0] for colour in found]
    assert all(before - after >= 3 for before, after in pairwise(light)), (found, light)
    assert light[0] - light[-1] >= 45
    assert all(10 <= hue(colour) <= 95 for colour in found), [round(hue(colour)) for colour in found]


def test_figures_limbs_that_are_drawn_by_us_have_the_tone_of_the_face() -> None:
    art = shipped()
    for tone in UNICODE:
        icon = art.find("noto", f"1F44B-{tone}")
        assert icon is not None
        assert apart(TONED[tone], commonest(art.body(icon), icon.box)) <= 12, tone


@pytest.mark.parametrize(
    ("prompt", "tone"),
    [
        ("a woman with light skin", "1F3FB"),
        ("一个浅肤色的女人", "1F3FB"),
        ("a man with medium skin", "1F3FD"),
        ("一个小麦色皮肤的男人", "1F3FD"),
        ("a brown-skinned girl", "1F3FE"),
        ("一个棕色皮肤的女孩", "1F3FE"),
        ("a black woman", "1F3FF"),
        ("a dark-skinned doctor", "1F3FF"),
        ("一个黑人医生", "1F3FF"),
        ("a black woman in a white dress, snow all around", "1F3FF"),
    ],
)
def test_figures_skin_is_what_the_words_say(prompt: str, tone: str) -> None:
    """Neither lightened nor left out; and who is plain without it stays a person."""
    person = next(wish for wish in parse(prompt).wishes if any(one in wish.concept for one in UNICODE))
    assert tone in person.concept.split("-")
    assert plain(person.concept) in PEOPLE
