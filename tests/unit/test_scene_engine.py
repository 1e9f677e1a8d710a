"""The scene engine as a backend, and what its pictures must keep: determinism, relations, frames."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.art import facts, shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.colour import chroma, hexed, hue, oklab, recolour
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.light import LIGHTS
from pingxing.engine.backends.scene.memory import MAX_THINGS
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.render import Drawing, RenderPool, bands
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.i18n import knows
from pingxing.types import Request, Scene

SIZES = [(1024, 1024), (768, 1024), (576, 1024), (1024, 576), (1024, 256)]


@pytest.fixture(scope="module")
def backend() -> Iterator[SceneBackend]:
    engine = SceneBackend(RenderPool(1))
    yield engine
    engine.close()


def scene_of(prompt: str, seed: int = 1, size: tuple[int, int] = (1024, 1024), style: str = DEFAULT) -> Scene:
    return composed(prompt, seed, size, style).scene


def composed(prompt: str, seed: int = 1, size: tuple[int, int] = (1024, 1024), style: str = DEFAULT) -> Composition:
    return compose(parse(prompt), *size, seed, STYLES[style], shipped())


# --- the backend ------------------------------------------------------------------------------------


def test_a_request_becomes_a_picture(backend: SceneBackend) -> None:
    state = backend.prepare(Request(prompt="夜晚,树的左边有一只白猫", seed=3, width=200, height=120))
    assert (state.step, state.steps) == (0, 1)
    preview = backend.preview(state)
    assert preview is not None
    assert max(preview.pixels.shape[:2]) <= 256
    backend.step([state])
    picture = backend.finish(state)
    assert picture.pixels.shape == (120, 200, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags["C_CONTIGUOUS"]
    assert picture.pixels.std() > 10  # something is drawn
    assert picture.scene is not None
    assert [o.name_zh for o in picture.scene.objects] == ["树", "猫"]
    assert picture.svg is not None
    root = ElementTree.fromstring(picture.svg)
    assert (root.get("width"), root.get("height")) == ("200", "120")
    ids = re.findall(r'\bid="([^"]+)"', picture.svg)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', picture.svg))
    assert used <= set(ids)
    assert "slayer-things" in ids


def test_an_unfinished_state_gives_no_picture(backend: SceneBackend) -> None:
    with pytest.raises(BackendFailed):
        backend.finish(backend.prepare(Request(prompt="a cat", seed=1)))


@pytest.mark.parametrize(
    ("change", "member"), [({"style": "rococo"}, "style"), ({"steps": 5}, "steps"), ({"guidance": 7.0}, "guidance")]
)
def test_what_it_cannot_do_names_the_member(backend: SceneBackend, change: dict[str, object], member: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        backend.prepare(Request(prompt="a cat", seed=1, **change))  # type: ignore[arg-type]
    assert caught.value.params["member"] == member


def test_the_negative_prompt_removes(backend: SceneBackend) -> None:
    request = Request(prompt="a cat and a dog in the rain", negative="dogs, 雨", seed=1)
    scene = backend.describe(request)
    assert [o.name_en for o in scene.objects] == ["cat"]
    assert scene.weather == "clear"


def test_the_card_tells_the_truth(backend: SceneBackend) -> None:
    data = shipped()._path.read_bytes()
    card = backend.model
    assert hashlib.sha256(data).hexdigest() == card.sha256
    assert len(data) == card.size_bytes < 25_000_000
    assert card.describes_scene
    assert {s["licence"] for s in facts()["sources"]} == {"MIT", "Apache-2.0", "CC-BY-4.0", "Unicode-3.0"}
    assert "Twemoji" in card.lineage


def test_the_same_request_gives_the_same_bytes_alone_and_in_a_crowd(backend: SceneBackend) -> None:
    requests = [Request(prompt=p, seed=9, width=96, height=96) for p in ("a cat", "两只狗", "a red car")]
    alone = []
    for request in requests:
        state = backend.prepare(request)
        backend.step([state])
        alone.append(backend.finish(state))
    crowd = [backend.prepare(request) for request in reversed(requests)]
    backend.step(crowd)
    for one, state in zip(alone, reversed(crowd), strict=True):
        other = backend.finish(state)
        assert one.svg == other.svg
        assert np.array_equal(one.pixels, other.pixels)


def test_another_process_draws_the_same() -> None:
    code = (
        "import hashlib,sys;from pingxing.engine.backends.scene.compose import compose;"
        "from pingxing.engine.backends.scene.parse import parse;"
        "from pingxing.engine.backends.scene.styles import STYLES;"
        "from pingxing.engine.backends.scene.art import shipped;"
        "m=compose(parse('三只小狗在沙滩上 and a red kite'),800,600,5,STYLES['classic'],shipped()).markup;"
        "print(hashlib.sha256(m.encode()).hexdigest())"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "77"}, capture_output=True, text=True, check=True
    )
    here = composed("三只小狗在沙滩上 and a red kite", 5, (800, 600)).markup
    assert out.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_seeds_differ_in_the_picture_and_not_in_what_is_asked() -> None:
    prompt = "a white cat to the left of a tree"
    scenes = [scene_of(prompt, seed) for seed in range(8)]
    assert len({tuple(o.box for o in s.objects) for s in scenes}) == 8
    assert {tuple(o.concept for o in s.objects) for s in scenes} <= {("1F408", "1F333"), ("1F333", "1F408")}


def test_a_broken_process_is_replaced() -> None:
    pool = RenderPool(1)
    try:
        with pytest.raises(BackendFailed):
            pool.draw([Drawing("<path", (0, 0, 1, 1), 8, 8)])
        (pixels,) = pool.draw([Drawing('<rect width="1" height="1" fill="#ff0000"/>', (0, 0, 1, 1), 8, 8)])
        assert (pixels == [255, 0, 0]).all()
    finally:
        pool.close()
    with pytest.raises(BackendFailed):
        pool.draw([Drawing("<g/>", (0, 0, 1, 1), 8, 8)])


def test_bands_are_the_whole_picture() -> None:
    for width, height in ((64, 64), (2000, 1500), (8192, 8192), (8192, 64), (64, 8192)):
        rows = bands(width, height)
        assert rows[0][0] == 0
        assert sum(count for _, count in rows) == height
        assert all(a + n == b for (a, n), (b, _) in pairwise(rows))


def test_bands_meet_without_a_seam() -> None:
    pool = RenderPool(1)
    try:
        drawing = composed("a red car in the city", 2, (1700, 1700))
        view = (0.0, 0.0, drawing.width, drawing.height)
        (large,) = pool.draw([Drawing(drawing.markup, view, 1700, 1700)])
        assert len(bands(1700, 1700)) > 1
        edge = bands(1700, 1700)[1][0]
        jump = np.abs(large[edge].astype(int) - large[edge - 1]).mean()
        usual = np.abs(np.diff(large[edge - 40 : edge].astype(int), axis=0)).mean(axis=(1, 2)).max()
        assert jump <= usual + 1
    finally:
        pool.close()


# --- the picture ------------------------------------------------------------------------------------

RELATIONS = [
    ("a white cat to the left of a tree", "left-of"),
    ("房子的右边有一只狗", "right-of"),
    ("a dragon flying above a castle", "above"),
    ("树上有一只鸟", "on"),
    ("猫在箱子上,箱子在树的右边", "on"),
    ("two dogs to the left of three trees", "left-of"),
    ("a fish to the right of an octopus under the sea", "right-of"),
    ("a rabbit under a mushroom", "under"),
]


@pytest.mark.parametrize(("prompt", "name"), RELATIONS, ids=[r[0] for r in RELATIONS])
def test_relations_hold(prompt: str, name: str) -> None:
    for seed in range(12):
        for size in SIZES:
            scene = scene_of(prompt, seed, size)
            links = [r for r in scene.relations if r.relation == name]
            assert links
            for link in links:
                a, b = scene.objects[link.subject].box, scene.objects[link.object].box
                ax, bx = a[0] + a[2] / 2, b[0] + b[2] / 2
                if name == "left-of":
                    assert a[0] + a[2] <= b[0] + 0.02
                elif name == "right-of":
                    assert a[0] + 0.02 >= b[0] + b[2]
                elif name == "above":
                    assert a[1] + a[3] <= b[1] + 0.02
                elif name == "on":
                    assert b[0] < ax < b[0] + b[2]
                    assert a[1] + a[3] < b[1] + 0.75 * b[3]
                else:
                    assert abs(ax - bx) < b[2]
                    assert a[1] + a[3] / 2 > b[1] + b[3] / 2


PROMPTS = [
    "a cat", "ten balloons", "五只企鹅和一只北极熊", "a mouse and an elephant", "50 flowers",
    "海底有七条鱼和两只章鱼", "a dragon flying above a castle", "一个小女孩拿着红色的气球", "a boy riding a horse",
    "城市里有三辆汽车和两辆公交车", "a king and a queen in front of a castle",
    "a bus, a train, a ship, a rocket, a whale, a tree, a house, a cat, a dog, an apple",
]  # fmt: skip


@pytest.mark.parametrize("prompt", PROMPTS)
def test_nothing_is_cut_off_or_hidden(prompt: str) -> None:
    wished = sum(w.count for w in parse(prompt).wishes)
    for seed in range(6):
        for size in SIZES:
            scene = scene_of(prompt, seed, size)
            assert len(scene.objects) == wished
            for thing in scene.objects:
                x, y, w, h = thing.box
                assert w > 0
                assert h > 0
                assert min(x, y) >= -0.004
                assert x + w <= 1.004
                assert y + h <= 1.004
            for far in scene.objects:
                hidden = 0.0
                for near in scene.objects:
                    if near.z > far.z:
                        hidden = max(hidden, _shared(far.box, near.box) / (far.box[2] * far.box[3]))
                assert hidden < 0.75, (prompt, seed, size, far)


def _shared(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, w) * max(0.0, h)


def test_sizes_are_those_of_the_world() -> None:
    for seed in range(6):
        objects = {o.name_en: o.box for o in scene_of("a mouse, an elephant and a house", seed).objects}
        assert objects["mouse"][3] < 0.55 * objects["elephant"][3]
        assert objects["elephant"][3] < objects["house"][3]


def test_the_subject_is_large() -> None:
    for size in SIZES[:4]:
        (cat,) = scene_of("a cat", 3, size).objects
        assert max(cat.box[2], cat.box[3]) > 0.45


def test_every_setting_and_hour_is_drawn(backend: SceneBackend) -> None:
    words = {"moon": "on the moon", "plain": "plain background", "field": "sports field", "bamboo": "bamboo forest"}
    words["street"] = "shopping street"
    words |= {"terraces": "rice terraces", "wheat": "wheat field", "flowers": "sea of flowers", "castle": "castle hall"}
    words |= {"lavender": "lavender field", "sunflowers": "sunflower field", "blossom": "cherry blossom avenue"}
    words |= {"station": "train station", "aquarium": "at the aquarium"}
    words |= {"shop": "in a shop", "bakery": "in the bakery", "florist": "in a flower shop", "toyshop": "in a toy shop"}
    words |= {"supermarket": "in the supermarket", "museum": "in a museum"}
    who = {"sea": "a dolphin"}  # a cat by the sea is drawn on its shore
    for hour in LIGHTS:
        assert scene_of("a cat in the city at " + hour).time in (hour, "day")
    states = [
        backend.prepare(Request(prompt=f"{who.get(n, 'a cat')}, {words.get(n, n)}", seed=1, width=64, height=64))
        for n in SETTINGS
    ]
    backend.step(states)
    pictures = [backend.finish(state) for state in states]
    assert [p.scene and p.scene.background for p in pictures] == list(SETTINGS)
    assert len({p.pixels.tobytes() for p in pictures}) == len(SETTINGS)


def test_every_style_draws_its_own_picture(backend: SceneBackend) -> None:
    states = [backend.prepare(Request(prompt="a red car", seed=1, style=s, width=64, height=64)) for s in STYLES]
    backend.step(states)
    assert len({backend.finish(s).pixels.tobytes() for s in states}) == len(STYLES) >= 16


def test_names_of_everything_shown_are_in_both_catalogues() -> None:
    for language in ("en", "zh"):
        for kind, ids in (("style", STYLES), ("background", SETTINGS), ("time", LIGHTS)):
            for name in ids:
                assert knows(language, f"scene.{kind}.{name}")
        for name in ("clear", "clouds", "rain", "snow", "fog"):
            assert knows(language, f"scene.weather.{name}")


# --- art and colour ---------------------------------------------------------------------------------


def test_sampled_art_draws(backend: SceneBackend) -> None:
    art = shipped()
    assert sum(len(art.concepts(name)) for name in art.sets) > 13_000
    for name in art.sets:
        concepts = art.concepts(name)
        chosen = [art.find(name, concept) for concept in concepts[:: len(concepts) // 12]]
        side = {"flat": 32, "3d": 32, "noto": 128, "twemoji": 36, "drawn": 128}[name]
        drawings = [
            Drawing(art.body(icon).replace("~", "i"), (0, 0, side, side), 40, 40) for icon in chosen if icon is not None
        ]
        for pixels in backend._pool.draw(drawings):
            assert pixels.any()


def test_paint_changes_the_thing_and_not_its_details() -> None:
    red_to_blue = recolour(["#d5312c"], "#2f6fe0")
    assert abs(hue(oklab(red_to_blue("#d5312c"))) - hue(oklab("#2f6fe0"))) < 0.1
    assert oklab(red_to_blue("#8d1d18"))[0] < oklab(red_to_blue("#d5312c"))[0]
    assert red_to_blue("#2f7c31") == "#2f7c31"
    white = recolour(["#f3ad61"], "#fafafa")
    assert oklab(white("#f3ad61"))[0] > 0.93
    assert chroma(oklab(white("#d3883e"))) < 0.03
    assert white("#212121") == "#212121"
    assert oklab(recolour(["#f3ad61"], "#26262b")("#212121"))[0] > 0.8  # the eyes of a black dog


@given(st.integers(0, 0xFFFFFF))
def test_colours_survive_the_way_there_and_back(value: int) -> None:
    colour = f"#{value:06x}"
    back = hexed(oklab(colour))
    assert all(abs(int(colour[i : i + 2], 16) - int(back[i : i + 2], 16)) <= 1 for i in (1, 3, 5))


# --- any text ---------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        *(
            "a",
            "two",
            "three",
            "cat",
            "and",
            "red",
            "tree",
            "left of",
            "no",
            "under",
            "between",
            "is",
            "the",
            "12",
            "sky",
        ),
        *(
            "三",
            "只",
            "猫",
            "的",
            "在",
            "上",
            "和",
            "白色",
            ",",
            "。",
            "树",
            "左边",
            "没有",
            "之间",
            "有",
            "是",
            "夜晚",
            "、",
            "骑",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS).map("".join)))
def test_any_text_is_read(text: str) -> None:
    plan = parse(text)
    assert sum(w.count for w in plan.wishes) <= MAX_THINGS
    for wish in plan.wishes:
        assert all(0 <= a < b <= len(text) for a, b in wish.spans)
    for link in plan.links:
        assert link.subject != link.object
        assert max(link.subject, link.object) < len(plan.wishes)


@settings(max_examples=20, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=30).map(" ".join), st.integers(0, 2**53 - 1), st.sampled_from(SIZES))
def test_any_plan_is_composed(text: str, seed: int, size: tuple[int, int]) -> None:
    result = composed(text, seed, size)
    assert len(result.scene.objects) == sum(w.count for w in parse(text).wishes)
    for thing in result.scene.objects:
        x, y, w, h = thing.box
        assert x >= -0.004
        assert x + w <= 1.004
        assert y >= -0.004
        assert y + h <= 1.004


@pytest.mark.parametrize(
    "text", ["a" * 4000, "猫" * 4000, "a-" * 2000, "在猫上和" * 1000, "1" * 4000, "\u0000\u202e" * 2000]
)
def test_long_text_is_read_quickly(text: str) -> None:
    import time

    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 0.5


def test_no_word_inside_another() -> None:
    for text in ("catalogue", "马上", "dogma", "carpet", "面包车", "花费"):
        assert "cat" not in [w.name_en for w in parse(text).wishes]
        assert not {"1F408", "1F40E", "1F415", "1F697"} & {w.concept for w in parse(text).wishes}, text
    assert [wish.name_en for wish in parse("海马").wishes] == ["seahorse"]  # no horse
    assert parse("a blue glorf and a cat").not_drawn == ("glorf",)
