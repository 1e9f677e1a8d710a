"""What is said of a thing that is there and names no other, and what a clause says of several."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import concept_of, lexicon

ROBIN, FENCE = (told(next(m.value for m in lexicon().english[w] if m.kind == "thing")) for w in ("robin", "fence"))


def counted(prompt: str) -> dict[str, int]:
    """How many there are of each concept."""
    found: dict[str, int] = {}
    for wish in parse(prompt).wishes:
        found[told(wish.concept)] = found.get(told(wish.concept), 0) + wish.count
    return found


def linked(prompt: str) -> set[tuple[str, str, str]]:
    plan = parse(prompt)
    names = [told(wish.concept) for wish in plan.wishes]
    return {(names[k.subject], k.relation, names[k.object]) for k in plan.links}


def _asked(text: str) -> dict[str, int]:
    """ "2×🐻 🍞" as concepts and numbers; what we drew ourselves by its concept."""
    words = [word.rpartition("×") for word in text.split()]
    return {name if name.isascii() else concept_of(name): int(number or 1) for number, _, name in words}


@pytest.mark.parametrize(
    ("prompt", "there"),
    [
        ("a little house with smoke rising from the chimney", "🏠"),
        ("烟囱冒着烟的小木屋", "🏠"),
        ("雪地里有一间小木屋,烟囱里冒着白烟", "🏠"),
        ("a cottage and a dog, smoke curls from the chimney", "🏠 🐕"),
        ("医院的窗边站着一位老师", "🪟 🧑‍🏫"),
        ("一个红鼻子的瘦高小丑", "🤡"),
        ("a snail with a rainbow-coloured shell", "🐌"),
        ("猫头鹰把头藏在翅膀底下", "🦉"),
        ("a mermaid with long red hair combs her hair on a rock", "🧜‍♀️ 🪨"),
        ("a unicorn with a white mane drinks from the lake", "🦄"),
        ("卖气球的人拿着一个红气球", "🧑 🎈"),
        ("给儿子画个绿色的火箭", "🚀"),
        ("for my shop: a teapot", "🫖"),
        ("一根针,一轴线", "🪡 🧵"),
        ("装满玩具的箱子", "📦 5×🧸"),
        ("多风的海边有一只狗", "🐕"),
        ("a yellow car with red windows", "🚗"),
        ("一个三层的婚礼蛋糕", "🎂"),
        ("a wedding cake with three tiers", "🎂"),
        ("a three-storey house", "🏠"),
        ("三层楼的房子", "🏠"),
        ("my little brother on his scooter", "👦 🛴"),
        ("猫对着大狗哈气", "🐈 🐕"),
        ("满载西瓜的卡车", "5×🍉 🚚"),
        ("a robin hops along the fence", f"{ROBIN} {FENCE}"),
        ("两个机器人在修火箭,高的拿着扳手,矮的拿着手电筒", "2×🤖 🚀 🔧 🔦"),
        ("two robots fix a rocket, the tall one holds a wrench, the short one a flashlight", "2×🤖 🚀 🔧 🔦"),
        ("three jars: one with red apples, one with green apples, one with cookies", "3×🫙 3×🍎 3×🍏 3×🍪"),
        ("一只章鱼,贴在孩子房门上", "🐙"),
        ("a happy octopus for my kid's bedroom door", "🐙"),
        ("万圣节贺卡上的一只黑猫", "🐈‍⬛"),
        ("婴儿房挂画:一只泰迪熊", "🧸"),
        ("樱花树开着花", "🌳"),
        ("尾巴尖是白色的狐狸", "🦊"),
        ("the snail postman delivers a letter", "🐌 ✉️"),
    ],
)
def test_what_is_said_of_a_thing_is_no_second_thing(prompt: str, there: str) -> None:
    assert counted(prompt) == _asked(there)


@pytest.mark.parametrize(
    ("prompt", "there"),
    [
        ("two bears by the fire, one toasts bread, the other roasts an apple", "2×🐻 🍞 🍎 🔥"),
        ("三个拿魔杖的仙女在花园里", "3×🧚 3×🪄"),
        ("两个抬着箱子的男孩", "2×👦 📦"),
        ("舞台上三只戴礼帽的猫,一只吹萨克斯,一只吹小号,一只弹钢琴", "3×🐈 3×🎩 🎷 🎺 🎹"),
        ("a cat lies on the sofa and three fairies with golden wands fly above it", "🐈 🛋️ 3×🧚 3×🪄"),
        ("the first balloon is red, the second is green and the third is yellow", "3×🎈"),
        ("第一只猫在睡觉,第二只在玩球", "2×🐈 ⚽"),
    ],
)
def test_numbers_are_of_those_who_do_it(prompt: str, there: str) -> None:
    assert counted(prompt) == _asked(there)


@pytest.mark.parametrize(
    ("prompt", "links"),
    [
        ("a duck and a goose sit on a log, a butterfly flies above them", "🦆,on,🪵 🪿,on,🪵 🦋,above,🦆 🦋,above,🪿"),
        ("一只鸭子和一只鹅站在木头上,它们后面有一只猫", "🦆,on,🪵 🪿,on,🪵 🐈,behind,🦆 🐈,behind,🪿"),
        ("美人鱼坐在礁石上,旁边有一只海豹", "🧜‍♀️,on,🪨 🦭,next-to,🧜‍♀️"),
        ("猫睡在键盘上,旁边一杯茶", "🐈,on,⌨️ 🍵,next-to,⌨️"),
        ("a kitten looks out from the window sill", "🐈,on,🪟"),
        ("一只猫爬上红蘑菇", "🐈,on,🍄"),
        ("above the castle flies a dragon", "🐉,above,🏰"),
        ("一只猫躺在铺着红围巾的沙发上", "🐈,on,🛋️ 🧣,on,🛋️"),
        ("a basket of red and green apples", "🍎,inside,🧺 🍏,inside,🧺"),
        ("a chef in white flips a pancake", "🧑‍🍳,holding,🥞"),
    ],
)
def test_who_is_where(prompt: str, links: str) -> None:
    expected = {tuple(part.split(",")) for part in links.split()}
    assert linked(prompt) == {(concept_of(a), name, concept_of(b)) for a, name, b in expected}


@pytest.mark.parametrize(
    ("prompt", "time"),
    [
        ("behind the tower a big red sun sets", "sunset"),
        ("太阳正从城市上空落下", "sunset"),
        ("a golden sun rises behind the hill", "dawn"),
        ("a sun and a dog", ""),
    ],
)
def test_the_sun_tells_the_hour(prompt: str, time: str) -> None:
    assert parse(prompt).time == time


@pytest.mark.parametrize(
    ("prompt", "background"),
    [
        ("a chef flips a pancake in the air", ""),
        ("a kite high in the air", "sky"),
        ("grandfather's workshop: a hammer and a saw", "room"),
        ("爷爷的工坊:一把锤子和一把锯子", "room"),
        ("大海中央的礁石上坐着一只海豹", "sea"),
    ],
)
def test_where_it_is(prompt: str, background: str) -> None:
    assert parse(prompt).background == background


@pytest.mark.parametrize(
    ("prompt", "mood"),
    [
        ("a happy taxi", "happy"),
        ("雨中一辆伤心的小拖拉机", "sad"),
        ("the tractor is sad", "sad"),
        ("一个微笑的南瓜", "happy"),
    ],
)
def test_moods_of_what_a_story_gives_a_heart(prompt: str, mood: str) -> None:
    assert mood in parse(prompt).wishes[0].traits


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("草地上有一座城堡,一只狗躲在树后面,左边有两只兔子", "left"),
        ("a castle on a hill, two rabbits watch from the left", "left"),
        ("女孩左边是狗,右边是兔子", ""),
        ('a rabbit and "Spring" written at the top', ""),
    ],
)
def test_sides_are_of_the_picture_unless_one_was_named_before(prompt: str, place: str) -> None:
    assert [w.place for w in parse(prompt).wishes if told(w.concept) == concept_of("🐇")] == [place]


@pytest.mark.parametrize("prompt", ["two men paint a house yellow", "工人把房子刷成黄色", "a house painted yellow"])
def test_what_is_painted_has_that_colour(prompt: str) -> None:
    yellow = next(m.value for m in lexicon().english["yellow"] if m.kind == "colour")
    assert [w.colour for w in parse(prompt).wishes if told(w.concept) == concept_of("🏠")] == [yellow]


def test_a_mood_behind_the_noun_is_of_who_lives() -> None:
    cat, sofa = parse("a cat sleeping on a sofa").wishes
    assert "sleepy" in cat.traits
    assert not sofa.traits


def test_they_are_all_whom_the_sentence_named() -> None:
    girl, boy, star, cat = (concept_of(c) for c in "👧👦⭐🐈")
    above = {(star, "above", girl), (star, "above", boy)}
    assert above <= linked("a girl plays the violin, a boy plays the piano, a star hangs above them")
    assert above <= linked("女孩拉小提琴,男孩弹钢琴,他们头顶挂着一颗星星")
    between = {(cat, "right-of", concept_of("👴")), (concept_of("👵"), "right-of", cat)}
    assert between <= linked("grandpa reads, grandma knits, and a cat sleeps between them")
    assert between <= linked("爷爷在看报,奶奶在织毛衣,他们中间睡着一只猫")


def test_who_of_a_family_is_named_again_is_there_once() -> None:
    kin = "👴 👵 👨 👩 2×🧒"
    assert counted("a family at dinner: grandma, grandpa, mum, dad and two kids") == _asked(kin)
    assert counted("一家人,爷爷奶奶、爸爸妈妈和两个孩子") == _asked(kin)
    assert counted("a family picnic, mum pours lemonade") == _asked("👨 👩 🧒 🥤")


def test_days_medals_pots_and_places_of_places() -> None:
    assert linked("On Sunday a boy feeds a duck, his sister sings") == {(concept_of("👦"), "next-to", concept_of("🦆"))}
    for en, zh, there in (
        ("a pot of tea", "一壶茶", "🫖"),
        ("a gold medal", "一枚金牌", "🥇"),
        ("two silver medals", "两枚银牌", "2×🥈"),
    ):
        assert counted(en) == counted(zh) == _asked(there)
    assert [parse(p).background for p in ("森林里的湖边有一只熊", "a bear by a lake in the forest")] == ["lake", "lake"]
    paper = parse("a child builds a dragon out of red paper").wishes[-1]
    assert (paper.concept, paper.traits, paper.colour is None) == (concept_of("🐉"), ("paper",), False)
    assert linked("奶奶在煎饺子") == {(concept_of("👵"), "holding", concept_of("🥟"))}  # and no 煎饺
    full = parse("开满玫瑰的花园里,新娘站着")
    assert (full.background, full.links) == ("garden", ())
    sizes = [parse(p).wishes[0].size for p in ("一个大蛋糕", "一间小屋", "一条小木船", "一只小熊猫")]
    assert [size > 1 for size in sizes] == [True, False, False, False]
    assert [size < 1 for size in sizes] == [False, True, True, False]


def test_numbers_that_count_nothing_and_loads_that_are_carried() -> None:
    for prompt, there in (
        ("一个十二岁的女孩", "👧"),
        ("七点钟的闹钟", "⏰"),
        ("2025年的日历", "📅"),
        ("a girl aged 12", "👧"),
        ("一家兔子", "3×🐇"),
        ("a fish-shaped cake", "🍰"),
        ("the mother bear and her three children", "4×🐻"),
        ("熊妈妈和三个孩子", "4×🐻"),
        ("a bunch of flowers", "💐"),
    ):
        assert counted(prompt) == _asked(there), prompt
    girl, basket, apple = (concept_of(c) for c in "👧🧺🍎")
    carried = {(girl, "holding", basket), (apple, "inside", basket)}
    assert linked("女孩提着装满苹果的篮子") == linked("a girl carries a basket full of apples") == carried


def test_a_word_of_place_before_a_statement_is_of_what_was_named() -> None:
    knight = told(next(m.value for m in lexicon().english["knight"] if m.kind == "thing"))
    links = linked("a princess sits on a balcony, below a knight offers a rose")
    assert {(knight, "below", concept_of("👸")), (knight, "holding", concept_of("🌹"))} <= links
    assert (concept_of("👧"), "inside", concept_of("🛒")) in linked(
        "a boy pushes a shopping trolley, a girl sits in it"
    )


def test_sides_that_leave_out_the_noun_and_costumes_of_beasts() -> None:
    for prompt in ("the left apple is red, the right one is green", "左边的苹果是红的,右边的是绿的"):
        plan = parse(prompt)
        assert [(w.place, w.colour is not None) for w in plan.wishes] == [("left", True), ("right", True)], prompt
        assert all(a < b for w in plan.wishes for a, b in w.spans)
    for prompt, there in (
        ("打扮成巫师的猫", "🐈"),
        ("三个打扮成幽灵的孩子", "3×👻"),
        ("一只巧克力兔子", "🐇"),
        ("没有红鼻子的小丑", "🤡"),
        ("一本笔记本", "📓"),
        ("一堆火", "🔥"),
    ):
        assert counted(prompt) == _asked(there), prompt
