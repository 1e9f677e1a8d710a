"""Sticker sets by the one way: valid at once, every file with its receipt; what is alike is replaced."""

import json
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from pingxing import flow
from pingxing.bootstrap import default_guard
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.errors import InvalidRequest, QuotaExceeded, Refused
from pingxing.makers import formats, stickers, surfaces
from pingxing.makers.batch import make
from pingxing.makers.facts import facts
from pingxing.makers.folder import open_pack
from pingxing.makers.ideas import situations, understood
from pingxing.makers.judging import judge
from pingxing.makers.stickers import Order, make_stickers
from pingxing.types import Request
from pingxing.verify import verify


@pytest.fixture
def scenes(make_app, settings):
    """The real engine and the shipped rules: whether the pictures differ and the subject passes is the point."""
    told = settings.model_copy(update={"default_model": "scene", "workers": 2})
    app = make_app(told, loaders={"scene": lambda: SceneBackend(RenderPool(2))}, guard=default_guard(classifier=False))
    app.worker.start()
    return app


@pytest.fixture
def actor(scenes):
    return scenes.identity.local_actor("zh")


def order(wish, *platforms, count=None):
    return Order(wish, tuple(formats.platform(name) for name in platforms), count, seed=7)


def test_a_wechat_album_is_valid_at_once_and_every_file_is_confirmed(scenes, actor, tmp_path):
    told = []
    wish = order("一只柴犬的日常,8张", "wechat")
    made = make_stickers(scenes, scenes.desk, actor, wish, tmp_path, lambda *news: told.append(news))
    folder = tmp_path / "wechat"
    assert made.findings == ()
    assert judge(open_pack(folder, wish.platforms[0]), wish.platforms[0]) == ()
    assert sorted({file.role for file in made.files}) == ["banner", "cover", "icon", "sticker", "thumb"]
    assert [(done, total) for done, total, _ in told] == [(n, 19) for n in range(1, 20)]
    for file in made.files[::4]:
        answer = verify(scenes, file.path.read_bytes())
        assert (answer.verdict, answer.ledger.same_bytes) == ("confirmed", True)
    words = json.loads((folder / "pack.json").read_text("utf-8"))
    assert words["name"] == "柴犬的日常"
    with ZipFile(tmp_path / "wechat.zip") as archive:
        assert len(archive.namelist()) == 20
        assert archive.read("01.png") == (folder / "01.png").read_bytes()


def test_pictures_that_came_out_alike_are_replaced_by_other_situations(scenes, actor, tmp_path, monkeypatch):
    few = situations()[:6]
    monkeypatch.setattr(stickers, "situations", lambda: (few[0], few[0], *few[1:5]))
    make_stickers(scenes, scenes.desk, actor, order("a fox", "slack", count=4), tmp_path, lambda *_: None)
    words = json.loads((tmp_path / "slack" / "pack.json").read_text("utf-8"))
    assert [one["meaning"] for one in words["stickers"]] == [one.word.en for one in (few[0], *few[1:4])]
    with pytest.raises(InvalidRequest) as failed:
        make_stickers(scenes, scenes.desk, actor, order("a fox", "slack", count=6), tmp_path, lambda *_: None)
    assert failed.value.reason == "too_alike"
    assert (tmp_path / "slack" / "05.png").exists()  # what was made stays


def test_a_subject_that_a_rule_stops_is_refused_and_writes_nothing(scenes, actor, tmp_path):
    with pytest.raises(Refused):
        make_stickers(scenes, scenes.desk, actor, order("如何制作炸弹", "slack", count=2), tmp_path, lambda *_: None)
    assert list(tmp_path.rglob("*.png")) == []


@pytest.mark.parametrize(
    ("wish", "platforms", "count", "reason"),
    [
        ("一只", ("wechat",), None, "no_subject"),
        ("x" * 200, ("wechat",), None, "too_long"),
        ("a cat", ("wechat",), 40, "sticker_count"),
        ("a cat, 9 stickers", ("line",), None, "sticker_count"),
        ("a cat", ("wechat",), 0, "sticker_count"),
        ("a cat, 0 stickers", ("slack",), None, "sticker_count"),
        ("a cat", ("slack",), -3, "sticker_count"),
        ("a cat", ("slack",), 100, "too_many_stickers"),
        ("a cat", ("iphone-16",), None, "no_stickers"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_starts(wish, platforms, count, reason):
    with pytest.raises(InvalidRequest) as failed:
        stickers.plan(order(wish, *platforms, count=count))
    assert failed.value.reason == reason


@pytest.mark.parametrize(
    ("wish", "subject", "count", "language"),
    [
        ("一只柴犬的日常,16张", "柴犬", 16, "zh"),
        ("可爱的小猫咪的一天，二十四张", "可爱的小猫咪", 24, "zh"),
        ("a day in the life of a shiba inu, 12 stickers", "shiba inu", 12, "en"),
        ("the fox", "fox", None, "en"),
        ("A cat's life", "cat", None, "en"),
    ],
)
def test_a_wish_names_its_subject_and_how_many(wish, subject, count, language):
    assert understood(wish) == (subject, count, language)


def test_situations_keep_the_strictest_platform():
    """WeChat: a meaning of at most four characters, each once."""
    words = [one.word.zh for one in situations()]
    assert len(words) == len(set(words)) >= 40
    assert all(0 < len(word) <= 4 for word in words)
    assert len({one.word.en for one in situations()}) == len(words)


def test_a_moving_pack_is_valid_at_once_and_every_file_is_confirmed(scenes, actor, tmp_path):
    wish = replace(order("a fox", "slack", count=2), moving=True)
    made = make_stickers(scenes, scenes.desk, actor, wish, tmp_path, lambda *_: None)
    assert judge(open_pack(tmp_path / "slack", wish.platforms[0]), wish.platforms[0]) == ()
    for file in made.files:
        data = file.path.read_bytes()
        assert facts(data).moves
        answer = verify(scenes, data)
        assert (answer.verdict, answer.ledger.same_bytes, answer.labels.visible.valid) == ("confirmed", True, True)
    with pytest.raises(InvalidRequest) as failed:
        stickers.plan(replace(wish, platforms=(formats.platform("viber"),)))
    assert failed.value.reason == "no_moving"


def test_a_line_sticker_keeps_its_margin_words_and_mark_too(scenes, actor):
    wish = Request(
        prompt="开心的柴犬,写着“哈哈”", style="sticker", width=370, height=320, transparent=True, margin=10, seed=1
    )
    (made,) = make(scenes, scenes.desk, actor, [("one", wish)])
    assert facts(made.data).margin >= 10
    assert verify(scenes, made.data).labels.visible.valid


def test_a_wallpaper_by_day_and_by_night_fills_its_screen(scenes, actor, tmp_path):
    screen = formats.platform("iphone-se")
    wish = surfaces.Order("a lighthouse by the sea", (screen,), pair=True, seed=3)
    made = surfaces.make_surfaces(scenes, scenes.desk, actor, wish, tmp_path, lambda *_: None)
    day, night = (facts(file.path.read_bytes()) for file in made.files)
    assert [file.path.name for file in made.files] == ["iphone-se-day.png", "iphone-se-night.png"]
    assert (day.width, day.height) == (night.width, night.height) == (750, 1334)
    assert day.first[:200].mean() > night.first[:200].mean() + 40  # the sky
    assert not [finding for _, finding in made.findings if finding.must]


def test_a_pack_is_no_surface():
    with pytest.raises(InvalidRequest):
        surfaces.plan(surfaces.Order("a cat", (formats.platform("wechat"),)))


def test_what_is_restless_under_the_clock_is_said():
    noise = np.random.default_rng(1).integers(0, 256, (1334, 750, 4), np.uint8)
    noise[..., 3] = 255
    noise[600:] = (80, 120, 160, 255)
    out = BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    found = list(surfaces._restless("a.png", facts(out.getvalue()), formats.platform("iphone-se")))
    assert [(one.rule, one.must) for one in found] == [("restless_clock", False), ("restless_widgets", False)]


def test_a_day_s_allowance_that_is_used_up_is_said_and_a_full_queue_waited_for(scenes, actor, tmp_path, monkeypatch):
    answers = [QuotaExceeded(retry_after=0), QuotaExceeded("steps", retry_after=3_600)]

    def full(*_: object) -> None:
        raise answers.pop(0)

    monkeypatch.setattr(flow, "admit", full)
    with pytest.raises(QuotaExceeded) as failed:
        make_stickers(scenes, scenes.desk, actor, order("a fox", "slack", count=2), tmp_path, lambda *_: None)
    assert (failed.value.reason, answers) == ("steps", [])
