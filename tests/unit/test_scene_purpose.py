"""Who asks and what for, hands, falling snow, tables, and one of several: read alike in both languages."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.words import concept_of

TABLE = "E0CD"


def things(plan: Plan) -> dict[str, int]:
    found: dict[str, int] = {}
    for wish in plan.wishes:
        concept = told(wish.concept)
        found[concept] = found.get(concept, 0) + wish.count
    return found


def wanted(text: str) -> dict[str, int]:
    pairs = (word.rpartition("×") for word in text.split())
    return {emoji if emoji == TABLE else concept_of(emoji): int(count or 1) for count, _, emoji in pairs}


@pytest.mark.parametrize(
    ("en", "zh", "expected"),
    [
        ("I sell eggs, please draw a dozen of them", "我卖鸡蛋,请画十二个鸡蛋", "12×🥚"),
        ("we run a flower shop: a vase", "我们开花店,画一个花瓶", "🏺"),
        ("a pink handbag for my online store", "给我的网店画张图:一个粉色手提包", "👜"),
        ("a cat logo for my podcast", "给我的播客设计一个logo:一只猫", "🐈"),
        ("a clown with a balloon in each hand", "小丑两手各拿一个气球", "🤡 2×🎈"),
        ("a girl with a lantern in each hand", "女孩每只手拿着一盏灯笼", "👧 2×🏮"),
        ("three bears have a picnic, a squirrel watches them", "三只熊在野餐,一只松鼠看着它们", "3×🐻 🐿️"),
        ("two rabbits run, a sleepy bear sits there", "两只兔子在跑,旁边坐着一只犯困的熊", "2×🐇 🐻"),
        ("a bear hugging a jar of honey", "一只熊抱着一罐蜂蜜", "🐻 🍯"),
        ("a boy cries, a dog barks at him", "男孩在哭,狗朝他叫", "👦 🐕"),
        ("someone is flying a kite by the sea", "有人在海边放风筝", "🧑 🪁"),
        ("a bouquet of flowers", "一束鲜花", "💐"),
        ("a cup of tea on the table in the library", "图书馆里,桌上放着一杯茶", f"🍵 {TABLE}"),
        ("a seal claps its flippers", "一只海豹在拍手", "🦭"),
    ],
)
def test_nothing_is_added_lost_or_split(en: str, zh: str, expected: str) -> None:
    assert things(parse(en)) == things(parse(zh)) == wanted(expected)


@pytest.mark.parametrize(
    ("prompt", "places"),
    [
        ("太阳在左上角,彩虹在右边", ["top-left", "right"]),
        ("绿色外星人在左边挥手", ["left"]),
        ("奖杯放中间,左下角放一个足球", ["centre", "bottom-left"]),
    ],
)
def test_a_place_in_the_picture_is_kept(prompt: str, places: list[str]) -> None:
    assert [wish.place for wish in parse(prompt).wishes] == places


@pytest.mark.parametrize(
    ("prompt", "link"),
    [
        ("a castle on a rock surrounded by gulls", ("🐦", "around", "🏰")),
        ("岩石上的城堡,周围是海鸥", ("🐦", "around", "🏰")),
        ("女孩坐在长椅上,周围有很多鸽子", ("🕊️", "around", "👧")),
    ],
)
def test_they_are_around_what_the_sentence_is_about(prompt: str, link: tuple[str, str, str]) -> None:
    plan = parse(prompt)
    found = {
        (told(plan.wishes[k.subject].concept), k.relation, told(plan.wishes[k.object].concept)) for k in plan.links
    }
    assert (concept_of(link[0]), link[1], concept_of(link[2])) in found


def test_snow_that_falls_puts_nobody_on_the_tree() -> None:
    plan = parse("a seal claps, and snow falls softly on a Christmas tree")
    assert plan.weather == "snow"
    assert not plan.links


def test_nobody_is_there_who_left() -> None:
    assert concept_of("🧑") not in things(parse("someone left a pair of boots by the door"))
    assert not parse("没有人的海滩").wishes


def test_a_heading_says_whose_the_picture_is_and_shows_nothing() -> None:
    rows = (
        ("a banner for my flower shop with a big rose", "花店横幅,一朵大玫瑰", "🌹"),
        ("a dog groomer's business card with a poodle", "宠物美容师的名片,上面有一只贵宾犬", "🐩"),
        ("a bar sign with a cocktail", "酒吧招牌:一杯鸡尾酒", "🍸"),
        ("a thank you card for my teacher with a rose", "送给老师的感谢卡,上面有一朵玫瑰", "🌹"),
        ("a label for honey jars: a bee", "蜂蜜罐标签:一只蜜蜂", "🐝"),
        ("unicorn birthday card with a balloon", "独角兽生日贺卡,有一个气球", "🦄 🎈"),
        ("a cheerful school bus for a storybook", "绘本里一辆开心的校车", "🚌"),
        ("a sticker for my laptop: a cat", "笔记本电脑贴纸:一只猫", "🐈"),
        ("a bakery", "一家面包店", "🏪"),
        ("a poster of a school with a dog", "海报上有一所学校和一只狗", "🏫 🐕"),
    )
    wrong = [p for en, zh, there in rows for p in (en, zh) if things(parse(p)) != wanted(there)]
    assert not wrong


def test_a_house_before_its_room_is_no_house_beside_it() -> None:
    rows = (
        ("a cat in the school library", "学校图书馆里有一只猫", "🐈", "library"),
        ("a dog in the hospital kitchen", "医院的厨房里有一只狗", "🐕", "kitchen"),
        ("a school and a library with a cat", "一所学校,图书馆里有一只猫", "🏫 🐈", "library"),
    )
    for en, zh, there, where in rows:
        for plan in (parse(en), parse(zh)):
            assert (things(plan), plan.background) == (wanted(there), where), (en, zh)
