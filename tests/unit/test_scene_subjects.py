"""Who is only called he or she, and shops that somebody is in: read alike in both languages."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import concept_of


def things(prompt: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for wish in parse(prompt).wishes:
        concept = told(wish.concept)
        found[concept] = found.get(concept, 0) + wish.count
    return found


def wanted(text: str) -> dict[str, int]:
    return {concept_of(emoji): int(count or 1) for count, _, emoji in (w.rpartition("×") for w in text.split())}


@pytest.mark.parametrize(
    ("en", "zh", "expected"),
    [
        ("She is reading a book", "她在看书", "👩 📖"),
        ("he rides a red bicycle", "他骑着一辆红色自行车", "👨 🚲"),
        ("the moon is bright, she sits on a bench", "月亮很亮,她坐在长椅上", "🌕 👩 🪑"),
        ("they dance under the moon", "他们在月亮下跳舞", "2×🧑 🌕"),
        ("she and he dance", "她和他在跳舞", "👩 👨"),
        ("he gives her a rose", "他给她一朵玫瑰", "👨 👩 🌹"),
        ("me and my dog on the beach", "我和我的狗在沙滩上", "🧑 🐕"),
        ("my grandmother and I in the kitchen", "外婆和我在厨房里", "👵 🧑"),
    ],
)
def test_whoever_is_only_called_he_or_she_is_there(en: str, zh: str, expected: str) -> None:
    assert things(en) == things(zh) == wanted(expected)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("she is a doctor", "🧑‍⚕️"),
        ("她是一名医生", "🧑‍⚕️"),
        ("a robot; he holds a flower", "🤖 🌺"),
        ("他的狗在睡觉", "🐕"),
        ("a cat on the roof, she looks at the moon", "🐈 🏠 🌕"),
        ("I want a cat and a dog", "🐈 🐕"),
        ("a cat and I want it blue", "🐈"),
        ("我想要一只猫和一只狗", "🐈 🐕"),
        ("给我画一只猫", "🐈"),
    ],
)
def test_nobody_is_added_to_those_who_were_named_or_who_only_ask(prompt: str, expected: str) -> None:
    assert things(prompt) == wanted(expected)


@pytest.mark.parametrize(
    ("en", "zh", "shop"),
    [
        ("in the bakery a woman holds a basket", "面包店里,一位女士提着篮子", "bakery"),
        ("two cats in a cosy little flower shop", "小花店里有两只猫", "florist"),
        ("a boy in a toy store", "男孩在玩具店里", "toyshop"),
        ("at the supermarket a girl holds an apple", "在超市,一个女孩拿着苹果", "supermarket"),
        ("a cat inside a small shop", "商店里面有一只猫", "shop"),
    ],
)
def test_a_shop_that_somebody_is_in_is_the_setting(en: str, zh: str, shop: str) -> None:
    for prompt in (en, zh):
        plan = parse(prompt)
        assert plan.background == shop
        assert concept_of("🏪") not in {told(w.concept) for w in plan.wishes}


@pytest.mark.parametrize(
    "prompt",
    [
        "a man in front of a flower shop", "花店门口有一个男人", "a shop with a red awning",
        "robots in the window of a toy shop", "a small shop in Chinatown", "唐人街的小店里有一只猫",
    ],
)  # fmt: skip
def test_a_shop_seen_from_outside_is_a_house(prompt: str) -> None:
    plan = parse(prompt)
    assert concept_of("🏪") in {told(w.concept) for w in plan.wishes}
    assert plan.background not in ("shop", "florist", "toyshop")
