"""Where inscriptions go: on the thing that is to carry them, else on a board; legible in every style; never hidden."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.boards import BOARDS, HOMES
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.faces import EM, FACES
from pingxing.engine.backends.scene.inscribe import LEAST_INK, Spread, board_paint, hung, spread, thing_paint
from pingxing.engine.backends.scene.lettered import lettered
from pingxing.engine.backends.scene.letters import READABLE, contrast
from pingxing.engine.backends.scene.light import LIGHTS, on_things
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.quote import quotes
from pingxing.engine.backends.scene.stage import set_stage
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.svg import Sheet
from pingxing.engine.backends.scene.words import lexicon
from pingxing.types import Scene, SceneEdit

SIZES = [(1024, 1024), (576, 1024), (1024, 576), (1024, 256)]


def drawn(prompt: str, seed: int = 1, size: tuple[int, int] = (1024, 1024), style: str = DEFAULT) -> Composition:
    return compose(parse(prompt), *size, seed, STYLES[style], shipped())


def scene_of(prompt: str, seed: int, size: tuple[int, int], style: str = DEFAULT) -> Scene:
    return drawn(prompt, seed, size, style).scene


def ink_heights(composition: Composition) -> list[float]:
    """Height of the letters of each inscription, in parts of the short side (which is 1000 units)."""
    groups = re.findall(r'<g data-text="letters">(.*?)</g>(?=</g>|<)', composition.markup)
    found = []
    for group, text in zip(groups, composition.scene.text, strict=False):
        scale = float(re.findall(r"scale\(([\d.]+) ", group)[-1])
        face = next(face for face in FACES.values() if face.name == text.face)
        han = any(c > "\u2e80" for c in text.string)
        found.append(scale * EM * (face.han if han else face.capital) / EM / 1000)
    return found


CARRIED = [
    ('a cake that says "Happy Birthday"', "cake"),
    ("写着“生日快乐”的蛋糕", "cake"),
    ("蛋糕上写着“福”,一个女孩", "cake"),
    ('"Happy 10th Birthday, Tom!" written on a cake, and a cat', "cake"),
    ('a T-shirt with "I love dumplings" on it', "shirt"),
    ("写着“中国加油”的红色T恤", "shirt"),
    ("男孩穿着写着“中国”的T恤", "shirt"),
    ("一个写着“生日快乐”的蛋糕和一只猫", "cake"),
    ("五个小朋友,一辆写着“幼儿园”的公交车", "bus"),
    ("三个气球上写着“六一”", "balloon"),
    ("信封上写着“给远方的你”", "envelope"),
    ("一本书,封面上写着“红楼梦”", "book"),
    ("一个箱子,上面写着“小心轻放”", "carton"),
    ("旗子上写着“冠军”", "flag"),
    ('a red balloon that says "LOVE"', "balloon"),
    ("气球上写着“六一快乐”,两个小朋友", "balloon"),
    ("灯笼上写着“福”", "lantern"),
    ('a mug that says "Best Dad"', "mug"),
    ("手机屏幕上写着“新消息”", "phone"),
    ("一家商店,招牌上写着“小小书店”", "shop"),
    ('a shop sign that says "Corner Bakery" on a shop', "shop"),
    ("医院,招牌上写着“人民医院”", "house"),
    ('a truck that says "Fresh Fruit"', "truck"),
    ('a stop sign that says "STOP", a car', "roadsign"),
    ('a placard and a cat, saying "Keep off"', "placard"),
    ("村口有一块木牌,一只公鸡,上面写着“欢迎光临”", "placard"),
]


@pytest.mark.parametrize(("prompt", "on"), CARRIED)
def test_words_stand_on_the_thing_that_the_prompt_says(prompt: str, on: str) -> None:
    for seed, size in enumerate(SIZES[:3]):
        scene = scene_of(prompt, seed, size)
        (text,) = scene.text
        assert text.on == on
        if on in {ours.name for ours in lettered().values()}:
            boxes = [t.box for t in scene.objects if t.concept in lettered() and lettered()[t.concept].name == on]
            left, top, wide, tall = text.box
            assert any(x <= left and left + wide <= x + w and y <= top and top + tall <= y + h for x, y, w, h in boxes)


@pytest.mark.parametrize(
    ("prompt", "board"),
    [
        ('a wooden sign that says "Hi"', "wood"),
        ("木牌写着“你好”", "wood"),
        ('a banner that says "Hi"', "cloth"),
        ("横幅上写着“加油”", "cloth"),
        ("红色的横幅上写着“加油”", "redcloth"),
        ('a neon sign that says "OPEN"', "neon"),
        ("霓虹灯招牌写着“营业中”", "neon"),
        ("黑板上写着“上课”", "blackboard"),
        ('a whiteboard with "Ideas"', "whiteboard"),
        ("一张贺卡,上面写着“妈妈我爱你”", "greeting"),
        ('a birthday card that says "For you"', "greeting"),
        ("路牌上写着“北京路”", "roadsign"),
        ('a poster that reads "Sale"', "poster"),
        ('"Sale" on a billboard', "billboard"),
        ("春联上写着“年年有余”", "couplet"),
        ("竖幅上写着“宁静致远”", "strip"),
        ("牌匾上写着“龙门客栈”", "plaque"),
        ('a screen showing "Welcome"', "screen"),
        ('a cat with a speech bubble "Hi"', "bubble"),
        ('a cat saying "Hi"', "speech"),
        ("猫说“你好”", "speech"),
        ('a cat that says "Hi"', "card"),
        ('a cat, "Hi"', "card"),
    ],
)
def test_the_board_is_what_the_prompt_calls_it(prompt: str, board: str) -> None:
    assert parse(prompt).boards == (board,)
    assert board in BOARDS or board == "speech"


@pytest.mark.parametrize(
    ("prompt", "face"),
    [
        ("一只猫,写着“你好”", "round"),
        ("用宋体写着“你好”,一只猫", "serif"),
        ("写着“你好”,黑体字,一只猫", "sans"),
        ("用毛笔写着“你好”,一只猫", "brush"),
        ("楷体的“你好”,一只猫", "brush"),
        ("写着“静夜思”,圆体,一只猫", "round"),
        ('a cat saying "Hi" in a handwritten font', "script"),
        ('a cat saying "Hi" in serif', "serif"),
        ('a cat saying "Hi" in sans-serif letters', "sans"),
        ('a cat saying "Nice" in a cute font', "bubble"),
        ('a cake that says "Happy Birthday"', "bubble"),
        ("横幅上写着“新年快乐”", "brush"),
        ('a banner that says "Just married"', "serif"),
        ('a banner that says "Summer sale"', "sans"),
        ("横幅上写着“禁止停车”", "sans"),
        ('a greeting card that says "HELLO" in cursive', "bubble"),
    ],
)
def test_the_typeface_suits_words_occasion_and_wish(prompt: str, face: str) -> None:
    scene = scene_of(prompt, 1, (800, 800))
    assert [text.face for text in scene.text] == [FACES[face].name]
    assert not {"paintbrush", "fountain pen"} & {thing.name_en for thing in scene.objects}
    assert not scene.not_drawn


def test_what_says_how_to_write_is_no_thing() -> None:
    (quote,), blank = quotes("蛋糕上用毛笔写着“福”")
    assert (quote.string, quote.face) == ("福", "brush")
    assert "毛笔" not in blank
    assert quotes("一支毛笔和一只猫") == ([], "一支毛笔和一只猫")


def test_a_face_without_a_character_is_left_for_one_that_has_them_all() -> None:
    for string, face in (
        ("生日快乐劐", "sans"),
        ("新年快乐劐", "serif"),
        ("Birthday ½", "bubble"),
        ("Birthday Ω", "sans"),
    ):
        (text,) = scene_of(f"一只猫,写着“{string}”", 1, (800, 800)).text
        assert text.face == FACES[face].name, string


@pytest.mark.parametrize("name", sorted({ours.name for ours in lettered().values()}))
def test_things_carry_twelve_chinese_or_two_dozen_latin_characters(name: str) -> None:
    ours = next(o for o in lettered().values() if o.name == name)
    en, zh = lexicon().names[ours.concept][:2]
    for string in ("福", "好好学习天天向上每日一句", "Hi", "The very best of friends"):
        prompt = f"{zh}上写着“{string}”" if string[0] > "z" else f'{en} with "{string}"'
        plan = replace(parse(prompt), background="meadow")
        for size in SIZES:
            composition = compose(plan, *size, 4, STYLES[DEFAULT], shipped())
            assert len(composition.scene.text) == 1, prompt
            assert min(ink_heights(composition)) >= LEAST_INK - 1e-3, (prompt, size, composition.scene.text)


@pytest.mark.parametrize("kind", BOARDS)
def test_boards_hold_twelve_chinese_or_two_dozen_latin_characters(kind: str) -> None:
    for string in ("福", "好好学习天天向上每日一句", "The very best of friends"):
        plan = replace(parse(f"一只猫和一匹马,“{string}”"), boards=(kind,))
        for size in SIZES:
            composition = compose(plan, *size, 4, STYLES[DEFAULT], shipped())
            assert min(ink_heights(composition)) >= LEAST_INK - 1e-3, (kind, string, size)
            if kind != "couplet":  # whose box holds two strips, and all between them
                _apart(composition.scene)


def test_sixty_characters_are_broken_into_lines() -> None:
    long = (
        "请勿践踏草坪,小草也有生命,请您爱护每一片绿色的家园,谢谢您的合作与支持,祝您和家人游园愉快,身体健康,一路平安。"
    )
    assert 55 <= len(long) <= 60
    for size in SIZES:
        composition = drawn(f"一只兔子,“{long}”", 2, size)
        assert min(ink_heights(composition)) >= 0.025
        _apart(composition.scene)


def _apart(scene: Scene) -> None:
    for text in scene.text:
        x, y, w, h = text.box
        assert min(x, y) >= 0
        assert max(x + w, y + h) <= 1
        for thing in scene.objects:
            left, top, wide, tall = thing.box
            assert left + wide <= x or x + w <= left or top + tall <= y or y + h <= top, (thing, text)


@pytest.mark.parametrize("style", STYLES)
def test_letters_stand_out_on_every_board_and_thing(style: str) -> None:
    asked = 0
    for kind in BOARDS:
        ground, ink, _ = board_paint(kind, STYLES[style])
        assert contrast(ground, ink) >= READABLE, kind
        asked += 1
    for ours in lettered().values():
        for light in LIGHTS.values():
            ground, ink = thing_paint(ours, STYLES[style], [None, on_things(light)])
            assert contrast(ground, ink) >= READABLE, (ours.name, light.name)
            asked += 1
    assert asked > 100


def test_nothing_nearer_lies_over_words() -> None:
    rng = Random(5)
    things = ("a boy", "a dog", "three cats", "a tree", "two horses", "a car", "a house", "a girl")
    carried = 0
    for seed in range(40):
        others = ", ".join(rng.sample(things, rng.randint(1, 4)))
        carrier = rng.choice(("a cake", "a T-shirt", "a book", "a box", "a balloon"))
        plan = parse(f'{carrier} that says "Hello there", {others}')
        stage = set_stage(plan, *rng.choice(SIZES), seed, STYLES[DEFAULT], shipped())
        (text,) = compose(plan, round(stage.width), round(stage.height), seed, STYLES[DEFAULT], shipped()).scene.text
        x, y = text.box[0] * stage.width, text.box[1] * stage.height
        w, h = text.box[2] * stage.width, text.box[3] * stage.height
        bearer = next((t for t in stage.things if stage.spread.carrier(t.group) == 0), None)
        carried += bearer is not None
        for thing in stage.things:
            left, top, wide, tall = thing.box
            if bearer is None or (thing is not bearer and thing.depth > bearer.depth):
                assert left + wide <= x or x + w <= left or top + tall <= y or y + h <= top, (seed, thing.wish)
    assert carried >= 30


def test_couplets_are_read_from_the_right() -> None:
    scene = scene_of("上联“春风得意”,下联“马到成功”,横批“万事如意”,两个孩子", 3, (1024, 1024))
    first, second, across = scene.text
    assert [text.string for text in scene.text] == ["春风得意", "马到成功", "万事如意"]
    assert first.box[0] > 0.7 > 0.3 > second.box[0] + second.box[2]
    assert across.box[1] < min(first.box[1], second.box[1])
    assert first.box[3] > 3 * first.box[2]
    (one,) = scene_of("红色对联写着“天增岁月人增寿,春满乾坤福满门”,一个女孩", 3, (1024, 1024)).text
    assert one.on == "couplet"
    assert one.box[2] > 0.8
    _apart(replace(scene, text=(first, second, across)))
    both = scene_of("春联写着“风调雨顺年年好;国泰民安步步高”,横批“吉星高照”,一只兔子", 3, (1024, 1024)).text
    assert [(text.box[2] > 0.8, text.on) for text in both] == [(True, "couplet"), (False, "couplet")]
    (latin,) = scene_of('couplets that say "Happy New Year"', 3, (1024, 1024)).text
    assert latin.on == "banner"


def test_each_of_several_inscriptions_finds_its_place() -> None:
    scene = scene_of(
        'a cake that says "Happy Birthday", a T-shirt that says "Tom" and a banner that says "Party"', 2, (1024, 1024)
    )
    assert [(text.string, text.on) for text in scene.text] == [
        ("Happy Birthday", "cake"), ("Tom", "shirt"), ("Party", "banner"),
    ]  # fmt: skip
    plan = parse('two cats "Hi" "Hi"')
    assert hung(plan, spread(plan)) == (0, 1)
    assert spread(plan) == Spread()


def test_words_outlive_the_thing_that_a_person_takes_away() -> None:
    plan = parse("写着“生日快乐”的蛋糕,一个女孩")
    before = compose(plan, 800, 800, 1, STYLES[DEFAULT], shipped()).scene
    cake = next(n for n, thing in enumerate(before.objects) if thing.concept == "1F382" or thing.concept == "1F370")
    after = compose(plan, 800, 800, 1, STYLES[DEFAULT], shipped(), (SceneEdit(object=cake, remove=True),)).scene
    assert [text.string for text in after.text] == ["生日快乐"]
    assert after.text[0].on == "card"


def test_a_board_brings_its_home_along() -> None:
    assert set(HOMES.values()) <= set(SETTINGS)
    assert scene_of("黑板上写着“上课”,一个老师", 1, (800, 800)).background == "classroom"
    assert scene_of("海边,黑板上写着“上课”,一个老师", 1, (800, 800)).background == "beach"


@pytest.mark.parametrize("name", SETTINGS)
def test_boards_hang_inside_the_frame_and_over_no_thing(name: str) -> None:
    plan = replace(parse('a boy, a horse and a banner that says "Grand Opening 开业大吉"'), background=name)
    for size in SIZES:
        _apart(compose(plan, *size, 2, STYLES[DEFAULT], shipped()).scene)


def test_what_holds_a_board_stands_behind_the_things() -> None:
    markup = drawn('a dog and a wooden sign that says "Beware of the dog"').markup
    assert 0 < markup.index('data-name="supports"') < markup.index('data-name="things"')
    assert Sheet("x").markup() == "<defs></defs>"
