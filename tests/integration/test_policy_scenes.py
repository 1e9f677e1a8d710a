"""Guard and scene engine together: whatever the engine can draw may be asked for, in any mixture."""

from __future__ import annotations

import random

import pytest

from pingxing.engine.backends.scene.words import lexicon
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck

FRAMES = {
    "en": [
        "a {} and a {} next to a {}",
        "{} holding {} at night, {} in the sky",
        "a child with a {}, a {} and a {}",
        "news about a {} and a {} with a {}",
        "how to draw a {}, a {} and a {}",
    ],
    "zh": [
        "{}和{}在{}旁边",
        "夜晚,{}拿着{},天上有{}",
        "小孩抱着{},旁边有{}和{}",
        "新闻里的{}和{}还有{}",
        "怎么画{}、{}和{}",
    ],
}


# Names of signs for grown-ups only: beside a child they are rightly stopped, whatever chance put them there.
_GROWN_UPS = ("18禁", "under eighteen", "under 18", "love hotel", "情人酒店")


@pytest.mark.parametrize(("language", "place"), [("en", 0), ("zh", 1)])
def test_mixtures_of_things_are_not_stopped(language: str, place: int) -> None:
    guard, chance = Guard([WordsCheck(default_packs())]), random.Random(20261122)
    names = sorted({names[place] for names in lexicon().names.values()})
    assert len(names) > 1_000
    prompts = [chance.choice(FRAMES[language]).format(*chance.sample(names, 3)) for _ in range(4_000)]
    prompts = [prompt for prompt in prompts if not any(sign in prompt.lower() for sign in _GROWN_UPS)]
    verdicts = [(prompt, guard.words(prompt)) for prompt in prompts]
    asked = [prompt for prompt, verdict in verdicts if not verdict.allows]
    blocked = [prompt for prompt, verdict in verdicts if verdict.decision == "block"]
    assert len(blocked) <= 4, blocked[:10]  # one in a thousand
    # Seven in a thousand may be put before a person: some mixtures are what they look like (a child, a bikini), and
    # "how to draw a bomb" among things that nobody puts together is asked about.
    assert len(asked) <= 28, asked[:30]


def test_every_thing_alone_may_be_drawn() -> None:
    guard = Guard([WordsCheck(default_packs())])
    names = [name for pair in lexicon().names.values() for name in pair]
    assert len(names) > 2_000
    assert [name for name in names if not guard.words(name).allows] == []
