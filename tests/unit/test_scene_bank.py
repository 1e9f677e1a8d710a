"""Parallel prompts in both languages and what they ask for.

A row is: English | Chinese | things | relations | setting. A thing is [count×]emoji[:colour][@place], several
are joined by spaces; a relation is emoji,name,emoji; a setting names background, time and weather in any
order. Both prompts of a row must be read alike.
"""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import concept_of, lexicon

BANK = """
a cat | 一只猫 | 🐈 | |
a dog | 一条狗 | 🐕 | |
two cats | 两只猫 | 2×🐈 | |
three birds | 三只鸟 | 3×🐦 | |
a pair of swans | 一对天鹅 | 2×🦢 | |
half a dozen eggs | 半打鸡蛋 | 6×🥚 | |
several butterflies | 几只蝴蝶 | *×🦋 | |
many sheep | 许多绵羊 | *×🐑 | |
ten balloons | 十个气球 | 10×🎈 | |
12 roses | 12朵玫瑰 | 12×🌹 | |
fifteen stars | 十五颗星星 | 15×⭐ | |
twenty ants | 二十只蚂蚁 | 20×🐜 | |
a red car | 一辆红色的汽车 | 🚗:red | |
a blue bicycle | 一辆蓝色的自行车 | 🚲:blue | |
a red car and a blue bicycle | 一辆红色的汽车和一辆蓝色的自行车 | 🚗:red 🚲:blue | |
a blue car and a red bicycle | 蓝色的汽车和红色的自行车 | 🚗:blue 🚲:red | |
a white cat and a black dog | 白猫黑狗 | 🐈:white 🐕:black | |
a black cat and a white dog | 黑猫和白狗 | 🐈‍⬛:black 🐕:white | |
a black bird | 一只黑色的鸟 | 🐦‍⬛:black | |
three yellow flowers | 三朵黄色的花 | 3×🌺:yellow | |
a pink pig | 一头粉色的猪 | 🐖:pink | |
a green apple | 一个绿苹果 | 🍏:green | |
two red apples | 两个红苹果 | 2×🍎:red | |
a purple umbrella | 一把紫色的雨伞 | ☂️:purple | |
an orange fish | 一条橙色的鱼 | 🐟:orange | |
two oranges | 两个橘子 | 2×🍊 | |
a brown horse and three white rabbits | 一匹棕色的马和三只白色的兔子 | 🐎:brown 3×🐇:white | |
the cat is white | 猫是白色的 | 🐈:white | |
a yellow house and a red boat | 黄色的房子和红色的船 | 🏠:yellow ⛵:red | |
a big elephant | 一头大象 | 🐘 | |
a white cat to the left of a tree | 树的左边有一只白猫 | 🐈:white 🌳 | 🐈,left-of,🌳 |
a white cat on the left of a tree | 一只白猫在树的左边 | 🐈:white 🌳 | 🐈,left-of,🌳 |
to the left of a tree there is a white cat | 树左边的白猫 | 🐈:white 🌳 | 🐈,left-of,🌳 |
a dog on the right of a house | 房子的右边有一只狗 | 🐕 🏠 | 🐕,right-of,🏠 |
a dog to the right of the house | 狗在房子右边 | 🐕 🏠 | 🐕,right-of,🏠 |
a penguin on the right of a snowman | 雪人右边有一只企鹅 | 🐧 ⛄ | 🐧,right-of,⛄ |
a bird on a tree | 树上有一只鸟 | 🐦 🌳 | 🐦,on,🌳 |
a cat on a box | 猫在箱子上 | 🐈 📦 | 🐈,on,📦 |
on the box there is a cat | 箱子上有一只猫 | 🐈 📦 | 🐈,on,📦 |
a dog under a tree | 一只狗在树下 | 🐕 🌳 | 🐕,under,🌳 |
a cat on a box, the box under a tree | 猫在箱子上,箱子在树下 | 🐈 📦 🌳 | 🐈,on,📦 📦,under,🌳 |
a rabbit behind a rock | 石头后面有一只兔子 | 🐇 🪨 | 🐇,behind,🪨 |
a rabbit in front of a house | 房子前面有一只兔子 | 🐇 🏠 | 🐇,in-front-of,🏠 |
a car next to a house | 房子旁边有一辆汽车 | 🚗 🏠 | 🚗,next-to,🏠 |
the moon above a house | 房子上方有月亮 | 🌕 🏠 | 🌕,above,🏠 |
a dragon flying above a castle | 龙在城堡上方 | 🐉 🏰 | 🐉,above,🏰 |
two birds on a house | 房子上有两只鸟 | 2×🐦 🏠 | 🐦,on,🏠 |
a girl riding a horse | 骑着马的女孩 | 👧 🐎 | 👧,riding,🐎 |
a boy riding a bicycle | 男孩骑着自行车 | 👦 🚲 | 👦,riding,🚲 |
a child eating dumplings | 小孩吃烧卖 | 🧒 *×🥟 | 🧒,holding,🥟 |
a girl holding a red balloon | 女孩拿着红色的气球 | 👧 🎈:red | 👧,holding,🎈 |
a cat between a dog and a tree | 在狗和树之间有一只猫 | 🐈 🐕 🌳 | 🐈,right-of,🐕 🌳,right-of,🐈 |
a cat on the left and a dog on the right | 左边是一只猫,右边是一只狗 | 🐈@left 🐕@right | |
the sun in the upper right | 太阳在右上方 | ☀️@top-right | |
two red apples on the grass | 草地上有两个红苹果 | 2×🍎:red | | meadow
three fish and an octopus under the sea | 海底有三条鱼和一只章鱼 | 3×🐟 🐙 | | underwater
three puppies on the beach | 三只小狗在沙滩上 | 3×🐕 | | beach
a cat at night | 夜晚的猫 | 🐈 | | night
at night, a white cat to the left of a tree | 夜晚,树的左边有一只白猫 | 🐈:white 🌳 | 🐈,left-of,🌳 | night
a castle at sunset | 日落时的城堡 | 🏰 | | sunset
a camel in the desert | 沙漠里的骆驼 | 🐫 | | desert
a rocket in space | 太空中的火箭 | 🚀 | | space
a ship on the sea | 海上的轮船 | 🚢 | | sea
a car in the city | 城市里的汽车 | 🚗 | | city
a car in the city at night | 夜晚城市里的汽车 | 🚗 | | city night
a fox in the forest | 森林里的狐狸 | 🦊 | | forest
two swans on the lake | 湖上有两只天鹅 | 2×🦢 | | lake
five penguins on the snow | 雪地上有五只企鹅 | 5×🐧 | | snow
a glass of milk and two apples on the table | 一杯牛奶和两个苹果在桌子上 | 🥛 2×🍎 | | table
a cat in the rain | 雨中的猫 | 🐈 | | rain
a rabbit on a rainy day | 雨天的兔子 | 🐇 | | rain
a cat in the room | 房间里的猫 | 🐈 | | room
a singer on stage | 舞台上的歌手 | 🧑‍🎤 | | stage
a sheep in the mountains | 山里的绵羊 | 🐑 | | mountains
a child in Chinatown in New York | 纽约唐人街的小孩 | 🧒 | | chinatown
a hot dog | 一个热狗 | 🌭 | |
a catalogue | 马上 | | |
milk | 牛奶 | 🥛 | |
a peanut and a potato | 花生和土豆 | 🥜 🥔 | |
an apple tree | 苹果树 | 🌳 | |
a sunflower | 一朵向日葵 | 🌻 | |
a polar bear and a panda | 北极熊和熊猫 | 🐻‍❄️ 🐼 | |
an owl and the moon | 猫头鹰和月亮 | 🦉 🌕 | |
a rabbit, a turtle and a snail | 兔子、乌龟和蜗牛 | 🐇 🐢 🐌 | |
a meadow without clouds | 没有云的草地 | | | meadow
a beach with no people | 没有人的海边 | | | beach
a house, no trees | 一座房子,没有树 | 🏠 | |
no dogs, a cat | 不要狗,一只猫 | 🐈 | |
a boy and a girl | 一个男孩和一个女孩 | 👦 👧 | |
grandpa and grandma | 爷爷和奶奶 | 👴 👵 | |
a man and two women | 一个男人和两个女人 | 👨 2×👩 | |
an astronaut on the moon | 月球上的宇航员 | 🧑‍🚀 | | moon
a taxi and a bus | 出租车和公交车 | 🚕 🚌 | |
a train and a helicopter | 火车和直升机 | 🚂 🚁 | |
bread, cheese and coffee | 面包、奶酪和咖啡 | 🍞 🧀 ☕ | |
a birthday cake with three gifts | 生日蛋糕和三个礼物 | 🎂 3×🎁 | * |
a sofa and a chair | 沙发和椅子 | 🛋️ 🪑 | |
three lanterns | 三个灯笼 | 3×🏮 | |
a crab and two shells on the beach | 沙滩上有一只螃蟹和两个贝壳 | 🦀 2×🐚 | | beach
a kite in the sky | 天上有一只风筝 | 🪁@* | |
a blue whale | 一头蓝鲸 | 🐋 | |
the morning, a rooster | 清晨,一只公鸡 | 🐓 | | dawn
a sunny day, two children | 晴天,两个小孩 | 2×🧒 | | clear
a snowy night with a fox | 下雪的夜晚,一只狐狸 | 🦊 | * | night
a robot and an alien in space | 太空里的机器人和外星人 | 🤖 👽 | | space
a book and a cup of tea on the desk | 书桌上有一本书和一杯茶 | 📖 🍵 | | table
a gold crown | 一顶金色的皇冠 | 👑:gold | |
a grey mouse and a big grey elephant | 灰色的老鼠和灰色的大象 | 🐁:grey 🐘:grey | |
three red roses to the right of a white vase | 白色花瓶的右边有三朵红玫瑰 | 3×🌹:red 🏺:white | 🌹,right-of,🏺 |
two black cats and one white dog | 两只黑猫和一只白狗 | 2×🐈‍⬛:black 🐕:white | |
a green frog under a mushroom | 蘑菇下面有一只绿色的青蛙 | 🐸:green 🍄 | 🐸,under,🍄 |
fireworks above the city | 城市上空的烟花 | 🎆 | * | city
a lion, a tiger and a bear | 狮子、老虎和熊 | 🦁 🐅 🐻 | |
a duck and five ducklings on the pond | 池塘里有一只鸭子和五只小鸭子 | 🦆 5×🦆 | | lake
a palm tree on the beach at sunset | 日落时沙滩上的棕榈树 | 🌴 | | beach sunset
a police car in front of a hospital | 医院前面有一辆警车 | 🚓 🏥 | 🚓,in-front-of,🏥 |
a clock and a guitar in the bedroom | 卧室里有闹钟和吉他 | ⏰ 🎸 | | room
a tent and a campfire at night | 夜里的帐篷和篝火 | ⛺ 🔥 | | night
a rabbit between two trees | 两棵树之间有一只兔子 | 🐇 2×🌳 | 🐇,between,🌳 |
a dog left of a girl, a cat right of the girl | 女孩左边是狗,右边是猫 | 🐕 🐈 👧 | 🐕,left-of,👧 🐈,right-of,👧 |
twenty-one stars | 二十一颗星星 | 21×⭐ | |
two houses and three trees on the grass | 草地上有两座房子和三棵树 | 2×🏠 3×🌳 | | meadow
the meadow under the blue sky | 蓝天下的草地 | | | meadow
a cat sitting on a chair | 一只猫坐在椅子上 | 🐈 🪑 | 🐈,on,🪑 |
a unicorn and a rainbow | 独角兽和彩虹 | 🦄 🌈 | |
four strawberries and one banana | 四颗草莓和一根香蕉 | 4×🍓 🍌 | |
a fish to the left of an octopus | 章鱼左边有一条鱼 | 🐟 🐙 | 🐟,left-of,🐙 |
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in BANK.strip().splitlines()]
CASES = [(row[side], *row[2:]) for row in ROWS for side in (0, 1)]


def paint(name: str) -> str:
    return next(m.value for m in lexicon().english[name] if m.kind == "colour")


def thing(text: str) -> tuple[str, str, str | None, str]:
    text, _, place = text.partition("@")
    text, _, colour = text.partition(":")
    count, _, emoji = text.rpartition("×")
    return concept_of(emoji), count or "1", paint(colour) if colour else None, place


def test_the_bank_is_large_enough() -> None:
    assert len(ROWS) >= 120
    assert all(len(row) == 5 for row in ROWS)


@pytest.mark.parametrize(("prompt", "things", "relations", "setting"), CASES, ids=[c[0] for c in CASES])
def test_prompt(prompt: str, things: str, relations: str, setting: str) -> None:
    plan = parse(prompt)
    found = sorted(plan.wishes, key=lambda w: w.concept)
    wanted = sorted((thing(t) for t in things.split()), key=lambda t: t[0])
    assert [w.concept for w in found] == [t[0] for t in wanted]
    if len({t[0] for t in wanted}) == len(wanted):
        for wish, (_, count, colour, place) in zip(found, wanted, strict=True):
            assert count == str(wish.count) if count != "*" else wish.count >= 1
            assert wish.colour == colour
            assert place in ("*", wish.place)
    else:
        assert sorted(str(w.count) for w in found) == sorted(t[1] for t in wanted)
    if relations != "*":
        links = {(plan.wishes[k.subject].concept, k.relation, plan.wishes[k.object].concept) for k in plan.links}
        split = (r.split(",") for r in relations.split())
        assert links == {(concept_of(a), name, concept_of(b)) for a, name, b in split}
    said = {plan.background, plan.time, plan.weather} - {""}
    assert set(setting.split()) <= said
    if not setting:
        assert not said
    assert not plan.not_drawn


@pytest.mark.parametrize("row", ROWS, ids=[r[0] for r in ROWS])
def test_words_are_where_the_spans_say(row: list[str]) -> None:
    for prompt in row[:2]:
        for wish in parse(prompt).wishes:
            start, end = wish.spans[0]
            assert prompt[start:end] == wish.words
