"""Captions, vocabulary and ideas: what is said of a picture is what is in it, in both languages."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.corpus.captions import article, caption, grammar, plural
from pingxing.corpus.ideas import MIX, MOST_THINGS, Stock, draw_idea, lay_out
from pingxing.corpus.splits import CONCEPTS, STYLE, concept_held_out, split_of
from pingxing.corpus.tokens import PAD, UNKNOWN, Vocabulary, parts, vocabulary
from pingxing.corpus.values import LANGUAGES, Concept, Idea, Thing

CAT = Concept("1F408", "animals-nature/animal-mammal", ("cat", "kitty"), ("猫", "小猫"), "只")
CAR = Concept("1F697", "travel-places/transport-ground", ("car", "automobile"), ("汽车", "小汽车"), "辆")
GRAPES = Concept("1F347", "food-drink/food-fruit", ("grapes",), ("葡萄",), "串", True)
KNOWN = {concept.id: concept for concept in (CAT, CAR, GRAPES)}
MANY = tuple(f"{number:X}" for number in range(0x1F300, 0x1F3C0))


def stock():
    colours = {(concept, style): ("red", "blue") for concept in MANY for style in ("flat", "classic")}
    return Stock(dict.fromkeys(MANY, "objects/tool"), colours, ("flat", "classic"), {"beach": ("day", "night")})


def test_both_grammars_say_the_same_things():
    english, chinese = grammar("en"), grammar("zh")
    for member in ("colours", "relations", "where", "first", "times", "styles"):
        assert set(getattr(english, member)) == set(getattr(chinese, member)), member
    assert len(english.where) >= 20
    assert set(english.numbers) | {1} == set(chinese.numbers)


def test_english_forms():
    said = {"cat": "cats", "cherry": "cherries", "box of tea": "boxes of tea", "mouse": "mice", "fox": "foxes"}
    assert {word: plural(word) for word in said} == said
    assert [article(word) for word in ("apple", "unicorn", "red apple", "hourglass", "umbrella")] == [
        "an", "a", "a", "an", "an",
    ]  # fmt: skip


@given(st.integers(0, 10**9), st.sampled_from(LANGUAGES))
def test_captions_name_what_is_there_and_nothing_is_left_of_the_pattern(seed, language):
    rng = Random(seed)
    things = [Thing("1F408", 1, rng.choice(("", "red"))), Thing(rng.choice(("1F697", "1F347")), rng.choice((1, 1, 3)))]
    relation = rng.choice(("and", "left", "above"))
    setting, time = rng.choice(("", "beach")), rng.choice(("", "night"))
    idea = Idea("position", tuple(things), relation, setting, time, rng.choice(("flat", "3d")))
    words = caption(idea, KNOWN, language, rng)
    assert "{" not in words
    assert "  " not in words
    for thing in things:
        names = KNOWN[thing.concept].en if language == "en" else KNOWN[thing.concept].zh
        assert any(name.rstrip("y") in words for name in names), words
    assert words.isascii() == (language == "en")


def test_left_and_right_are_told_from_both_sides_and_never_mixed_up():
    idea = Idea("position", (Thing("1F408"), Thing("1F697")), "left", style="")
    rng, sides = Random(3), {"left": 0, "right": 0, "左": 0, "右": 0}
    for _ in range(300):
        for language in LANGUAGES:
            words = caption(idea, KNOWN, language, rng)
            for side in sides:
                sides[side] += side in words
    assert min(sides.values()) > 60
    frames = grammar("en").relations["left"]
    for frame in frames:  # whoever is said to be on the right must be the second thing
        if "right of" in frame and "to the right of {a} there" not in frame:
            assert frame.index("{b") < frame.index("right of") < frame.index("{a")
    assert len(frames) > 10


def test_captions_are_various():
    idea = Idea("setting", (Thing("1F408", 1, "red"),), "", "beach", "night", "flat")
    rng = Random(1)
    for language in LANGUAGES:
        said = {caption(idea, KNOWN, language, rng) for _ in range(200)}
        assert len(said) > 150
        assert max(map(len, said)) > 2 * min(map(len, said))


def test_the_same_chance_says_the_same():
    idea = Idea("count", (Thing("1F408", 3),), "", "beach")
    assert caption(idea, KNOWN, "zh", Random("x")) == caption(idea, KNOWN, "zh", Random("x"))


def test_ideas_without_sense_are_refused():
    with pytest.raises(ValueError, match="relation"):
        Idea("pair", (Thing("1F408"), Thing("1F697")))
    with pytest.raises(ValueError, match="at least once"):
        Idea("count", (Thing("1F408", 0),))
    with pytest.raises(ValueError, match="no name"):
        Concept("1F408", "animals-nature", ("cat",), (), "只")


def test_words_become_numbers_and_unknown_ones_fall_apart():
    words = vocabulary(["a red car", "cats"], ["猫", "红色", "汽车", "小"])
    numbers = words.encode("A RED car's cats!", 8)
    assert [words.words[n] for n in numbers if n != PAD] == ["a", "red", "car", "##s", "cats"]
    assert [words.words[n] for n in words.encode("红色小猫", 6) if n] == ["红色", "小", "猫"]
    assert words.encode("鲸", 2) == [UNKNOWN, PAD]
    assert [words.words[n] for n in words.encode("cab", 9) if n] == ["c", "##a", "##b"]
    assert words.encode("...", 3) == [PAD] * 3
    with pytest.raises(ValueError, match="special"):
        Vocabulary(("a", "b"))


@given(st.text(max_size=60), st.integers(1, 24))
def test_any_text_has_numbers(text, length):
    words = vocabulary(["cat"], ["猫"])
    numbers = words.encode(text, length)
    assert len(numbers) == length
    assert all(0 <= number < len(words) for number in numbers)
    assert any(numbers) == bool(parts(text))


def test_held_out_things_never_train():
    rng = Random(5)
    here = stock()
    seen = set()
    for _ in range(400):
        idea = draw_idea(here, rng)
        seen |= {thing.concept for thing in idea.things}
        assert split_of(idea) == "train"
    held = {concept for concept in MANY if concept_held_out(concept)}
    assert 0 < len(held) < 4 * CONCEPTS * len(MANY)
    assert not seen & held
    assert split_of(Idea("single", (Thing(min(held)),))) == "concept"
    assert split_of(Idea("single", (Thing("1F408"),), style=STYLE)) == "style"
    for split in ("concept", "combination"):
        assert split_of(draw_idea(here, rng, split)) == split
    with pytest.raises(LookupError):
        draw_idea(here, rng, "style")


def test_a_combination_is_held_out_in_either_order():
    rng, here = Random(9), stock()
    kinds = {"pair": 1.0}
    for _ in range(20):
        idea = draw_idea(here, rng, "combination", kinds)
        if all(thing.count == 1 for thing in idea.things) and not idea.setting:
            turned = Idea("pair", idea.things[::-1], "and", style="classic")
            assert split_of(turned) == "combination"


@given(st.integers(0, 10**9))
def test_things_stand_in_the_picture_and_as_the_words_say(seed):
    rng = Random(seed)
    idea = draw_idea(stock(), rng)
    laid = lay_out(idea, rng)
    assert 1 <= len(laid) <= MOST_THINGS
    assert len(laid) == sum(thing.count for thing in idea.things)
    for _, spot in laid:
        assert spot.size / 2 - 0.06 <= spot.x <= 1.06 - spot.size / 2
        assert spot.size / 2 - 0.06 <= spot.y <= 1.06 - spot.size / 2
    if idea.relation in ("left", "above"):
        at = {thing.concept: spot for thing, spot in laid}
        a, b = (at[thing.concept] for thing in idea.things)
        assert a.x + 0.3 < b.x if idea.relation == "left" else a.y + 0.3 < b.y
    if idea.kind == "count":  # far apart enough to be counted
        spots = [spot for _, spot in laid]
        gaps = [max(abs(p.x - q.x), abs(p.y - q.y)) for p in spots for q in spots if p is not q]
        assert min(gaps) > 0.25


def test_the_mix_is_whole_and_mostly_left_and_right():
    assert sum(MIX.values()) == pytest.approx(1)
    rng, here = Random(2), stock()
    drawn = [draw_idea(here, rng) for _ in range(500)]
    assert {idea.kind for idea in drawn} == set(MIX)
    assert sum(idea.relation == "left" for idea in drawn) > sum(idea.relation == "above" for idea in drawn)
