"""Stickers and wallpapers of a checkpoint: cut out, edged, enlarged, valid at once. Its pictures are noise here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes import checkpoints

from pingxing.engine.backends.diffusion import checkpoint
from pingxing.errors import InvalidRequest
from pingxing.makers import formats, surfaces
from pingxing.makers.facts import facts
from pingxing.makers.folder import open_pack
from pingxing.makers.judging import judge
from pingxing.makers.stickers import Order, make_stickers
from pingxing.types import Format, Model, Request
from pingxing.verify import verify

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return checkpoints.save("sd", tmp_path_factory.mktemp("painted") / "sd")


@pytest.fixture
def painter(make_app, settings, folder):
    """The house with nothing but a tiny checkpoint of random weights."""
    card = Model("tiny", "sd", ("image",), "cc0", "random", "0" * 64, 1, (Format.PNG, Format.WEBP), (),
                 cuts_out=True, usual_side=64)  # fmt: skip
    told = settings.model_copy(update={"default_model": "tiny"})
    app = make_app(told, loaders={"tiny": lambda: checkpoint(card, folder, "exact")})
    app.worker.start()
    return app


def quick(monkeypatch):
    monkeypatch.setattr("pingxing.engine.backends.diffusion.backend._USUAL_STEPS", 2)


def test_a_checkpoint_makes_a_pack_that_is_valid_at_once(painter, tmp_path, monkeypatch):
    quick(monkeypatch)
    actor = painter.identity.local_actor("en")
    slack = formats.platform("slack")
    order = Order("a fox", (slack,), 1, seed=7)
    made = make_stickers(painter, painter.desk, actor, order, tmp_path, lambda *_: None)
    assert judge(open_pack(tmp_path / "slack", slack), slack) == ()
    for file in made.files:
        found = facts(file.path.read_bytes())
        assert (found.width, found.height, found.clear) == (128, 128, True)
        assert found.stroke(2) > 0.8
    answer = verify(painter, made.files[0].path.read_bytes())
    assert (answer.verdict, answer.ledger.same_bytes) == ("confirmed", True)
    moving = replace(order, moving=True)
    made = make_stickers(painter, painter.desk, actor, moving, tmp_path / "m", lambda *_: None)
    assert facts(made.files[0].path.read_bytes()).moves


def test_a_checkpoint_s_wallpaper_fills_the_screen_and_says_how_far_it_was_enlarged(painter, tmp_path, monkeypatch):
    quick(monkeypatch)
    screen = formats.platform("iphone-se")
    order = surfaces.Order("a lighthouse", (screen,), seed=3)
    actor = painter.identity.local_actor("en")
    made = surfaces.make_surfaces(painter, painter.desk, actor, order, tmp_path, lambda *_: None)
    found = facts(made.files[0].path.read_bytes())
    assert (found.width, found.height) == (750, 1334)
    assert "enlarged" in {finding.rule for _, finding in made.findings}


def test_what_is_too_large_to_be_cut_out_is_refused_before_it_is_drawn(painter):
    wish = Request(prompt="a fox", width=2048, height=2048, transparent=True)
    with pytest.raises(InvalidRequest):
        painter.complete(wish)
