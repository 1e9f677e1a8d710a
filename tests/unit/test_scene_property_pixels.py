"""What is asked for is in the rendered pixels: each thing changes the picture where its box is, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.engine.backends.scene.shapes import shape_of
from pingxing.engine.backends.scene.stage import set_stage
from pingxing.engine.backends.scene.strings import KITE
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.types import Request, SceneEdit

SIDE = 384  # pixels: the longer one
DIFFERENT = 12  # of 765: what counts as another colour, in a picture of the night too
SHOWN = 0.5  # of a thing's outline, at least so much differs from the picture without it
DRAWN_LINES = 0.12  # the same where a style leaves shapes as white as the page
OUTSIDE = 0.08  # of what differs may lie beyond the box: shadows aside, edges, a style's outlines

ENGLISH = (
    "a cat", "a red car", "a boy riding a horse", "a cat wearing a top hat", "a dog wearing sunglasses",
    "a girl holding a blue balloon", "a cat on a box", "a bird in a tree", "a dog in a car", "a boy in a boat",
    "a rabbit under a mushroom", "a mouse beside an elephant", "a cat behind a box", "a dog in front of a house",
    "a cat looking at the moon", "three ducks around a tree", "a dog between two cats", "five penguins",
    "seven fish under the sea", "a snowman and a penguin", "a king and a queen", "a rocket in space",
    "a woman holding an umbrella in the rain", "a fox at night", "a panda with bamboo", "a cake and three candles",
    "two bicycles and a bus", "an apple, a banana and a pear", "a whale and a boat", "ten flowers",
)  # fmt: skip
CHINESE = (
    "一只猫坐在沙发上", "五只企鹅在雪地上", "小女孩拿着红色的气球", "树的左边有一只白猫", "两只狗在沙滩上",
    "夜晚的城市里有一辆出租车", "桌子上有一个苹果", "熊猫吃竹子", "三只小鸟在树上", "一条龙在城堡上面",
    "男孩骑自行车", "戴帽子的小狗", "海底有一只章鱼", "月亮下的兔子", "一个宇航员在月球上",
    "四个气球", "老虎和狮子", "厨师拿着披萨", "一辆蓝色的公交车", "草地上有八朵花",
    "圣诞老人和一棵圣诞树", "一只青蛙在荷叶旁边", "两个孩子放风筝", "火车和山", "一匹马在河边",
    "六只蝴蝶", "大象旁边有一只老鼠", "一只猫在汽车后面", "机器人拿着花", "向日葵和蜜蜂",
)  # fmt: skip
FRAMES = ((384, 384), (384, 288), (216, 384), (384, 96), (288, 384))


@pytest.fixture(scope="module")
def backend() -> Iterator[SceneBackend]:
    engine = SceneBackend(RenderPool(1))
    yield engine
    engine.close()


def drawn(backend: SceneBackend, request: Request) -> NDArray[np.uint8]:
    state = backend.prepare(request)
    backend.step([state])
    return backend.finish(state).pixels


@pytest.mark.parametrize("number", range(len(ENGLISH) + len(CHINESE)))
def test_every_thing_is_where_its_box_is(backend: SceneBackend, number: int) -> None:
    prompt = (ENGLISH + CHINESE)[number]
    width, height = FRAMES[number % len(FRAMES)]
    style = list(STYLES)[number // 4 % len(STYLES)] if number % 4 == 3 else "classic"
    request = Request(prompt=prompt, seed=number, width=width, height=height, style=style)
    stage = set_stage(parse(prompt), width, height, number, STYLES[style], shipped())
    whole = drawn(backend, request).astype(int)
    assert stage.things
    for index in range(min(3, len(stage.things))):
        thing = stage.things[index]
        without = drawn(backend, request.model_copy(update={"edits": (SceneEdit(object=index, remove=True),)}))
        changed = np.abs(whole - without).sum(axis=2) > DIFFERENT
        scale = width / stage.width
        x, y, w, h = (v * scale for v in thing.box)
        x0, y0 = int(max(0.0, np.floor(x))), int(max(0.0, np.floor(y)))
        inside = changed[y0 : int(np.ceil(y + h)), x0 : int(np.ceil(x + w))]
        solid = shape_of(thing.icon, shipped()).mask.mean() * w * h
        least = SHOWN if STYLES[style].line is None else DRAWN_LINES
        assert inside.sum() >= least * solid, (prompt, thing.wish.name_en, inside.sum(), solid)
        if thing.wish.concept == KITE:  # its string leads to a hand
            continue
        beyond = changed.copy()
        edge = max(2, round(0.06 * h))
        # Its shadow lies at its foot, wider than itself.
        beyond[max(0, y0 - edge) : int(y + h) + edge + 1, max(0, int(x - 0.5 * w) - edge) : int(x + 1.5 * w) + edge] = (
            False
        )
        assert beyond.sum() <= OUTSIDE * max(inside.sum(), 20), (prompt, thing.wish.name_en)
