"""Patterns by the one way: tiles of true size in several colourways, confirmed; woven edges are measured."""

import time
from dataclasses import replace

import pytest
from tests.integration.test_copies_pages import member, token

from pingxing.bootstrap import default_guard
from pingxing.cli.main import main
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.engine.weaving import seam
from pingxing.errors import InvalidRequest
from pingxing.makers.facts import facts
from pingxing.makers.patterns import Order, colourways, make_patterns, plan, sides
from pingxing.repeat import REPEATS
from pingxing.verify import verify

ORDER = Order("小雏菊和蜜蜂", width_mm=60, height_mm=40, across=2, seed=4)


@pytest.fixture
def scenes(make_app, settings):
    told = settings.model_copy(update={"default_model": "scene", "workers": 2})
    app = make_app(told, loaders={"scene": lambda: SceneBackend(RenderPool(2))}, guard=default_guard(classifier=False))
    app.worker.start()
    return app


def test_tiles_have_their_true_size_their_inks_and_their_receipts(scenes, tmp_path):
    actor = scenes.identity.local_actor("zh")
    order = replace(ORDER, colourways=("sea", "night"))
    made = make_patterns(scenes, scenes.desk, actor, order, tmp_path, lambda *_: None)
    assert made.findings == ()
    names = [f"{name}.{kind}" for name in ("pattern", "pattern-sea", "pattern-night") for kind in ("png", "svg")]
    assert [file.path.name for file in made.files] == names
    for file in made.files:
        assert verify(scenes, file.path.read_bytes()).verdict == "confirmed"
    tile = facts((tmp_path / "pattern-sea.png").read_bytes())
    assert (tile.width, tile.height, round(tile.dpi)) == (354, 236, 150)
    ground = colourways()["sea"][0]
    edge = tile.first[:, 0, :3]
    assert (abs(edge.astype(int) - [int(ground[n : n + 2], 16) for n in (1, 3, 5)]).max(axis=1) < 12).mean() > 0.3
    assert "<use href=" in (tmp_path / "pattern.svg").read_text("utf-8")


def test_an_engine_of_pixels_weaves_its_edges_and_they_are_measured(make_app, settings, tmp_path):
    app = make_app(settings)
    app.worker.start()
    made = make_patterns(app, app.desk, app.identity.local_actor("en"), ORDER, tmp_path, lambda *_: None)
    assert [file.path.name for file in made.files] == ["pattern.png", "pattern.svg"][: len(made.files)]
    found = seam(facts((tmp_path / "pattern.png").read_bytes()).first)
    assert (found > 1.02) == bool(made.findings)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dpi": 72}, "density"),
        ({"width_mm": 5_000}, "repeat_size"),
        ({"height_mm": 1}, "repeat_size"),
        ({"colourways": ("sea", "mud")}, "colourway"),
    ],
)
def test_what_cannot_be_printed_is_said_before_anything_starts(change, reason):
    with pytest.raises(InvalidRequest) as caught:
        plan(replace(ORDER, **change), vector=True)
    assert caught.value.reason == reason


def test_every_layout_and_colourway_can_be_ordered():
    assert sides(Order("x")) == (945, 945)
    for layout in REPEATS:
        keys = [
            key.name for key, _ in plan(replace(ORDER, layout=layout, colourways=tuple(colourways())), vector=False)
        ]
        assert len(keys) == len(set(keys)) == 1 + len(colourways()) >= 9


def test_the_studio_and_the_api_make_patterns(make_app, settings):
    app = make_app(settings)
    client = member(app)
    assert all(f'value="{name}"' in client.get("/makers?maker=patterns").text for name in (*REPEATS, *colourways()))
    form = {"csrf": token(client), "maker": "patterns", "wish": "lemons", "layout": "brick", "size": "80"}
    for wrong in ({"layout": "spiral"}, {"place": "mud"}, {"size": "x"}):
        answer = client.post("/makers", data=form | wrong)
        assert answer.status_code == 400, wrong
        assert "lemons" in answer.text
    app.worker.start()
    made = client.post("/makers", data=form | {"place": "sea"})
    assert made.status_code == 303
    until = time.monotonic() + 60
    while 'class="tag good"' not in (shown := client.get(made.headers["location"]).text):
        assert time.monotonic() < until, shown
        time.sleep(0.1)
    assert shown.count("<figure>") == 4  # cloth and parcel, in two colourways
    client.headers["x-csrf-token"] = token(client)
    asked = {"wish": "bees", "layout": "tossed", "width_mm": 40, "height_mm": 60}
    answer = client.post("/api/makers/patterns", json=asked)
    assert (answer.status_code, answer.json()["kind"]) == (202, "patterns")
    assert client.post("/api/makers/patterns", json=asked | {"dpi": 72}).status_code == 400


@pytest.mark.parametrize("size", ["x", "0", "nan", "1e9", "-3", "12 cm", ""])
def test_a_size_that_is_none_is_refused_on_the_command_line(size, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["make", "pattern", "lemons", f"--size={size}", "--json"])
    assert ended.value.code != 0
    told = capsys.readouterr()
    assert "millimetres" in told.err + told.out
