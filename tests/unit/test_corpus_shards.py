"""Operators, shards, the data card and the packed world: what stays, what comes back, what is counted."""

import io
import json
from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pingxing.corpus import card, operators, shards
from pingxing.corpus.operators import detail_of, perceptual_hash, standard
from pingxing.corpus.tokens import vocabulary
from pingxing.corpus.values import Concept, Idea, Pair, Source, Thing
from pingxing.corpus.world import World

CAT = Concept("1F408", "animals-nature/animal-mammal", ("cat", "kitty"), ("猫", "小猫"), "只")
CHERRY = Concept("1F352", "food-drink/food-fruit", ("cherry",), ("樱桃",), "颗")
KNOWN = {concept.id: concept for concept in (CAT, CHERRY)}
IDEA = Idea("single", (Thing("1F408"),))


def picture(seed, side=64):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (6, 6, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def webp(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=80)
    return file.getvalue()


def pair(key="a", seed=0, **changes):
    pixels = picture(seed)
    found = Pair(
        key, webp(pixels), 64, 64, "MIT", IDEA, ("1F408",), {"en": ("a cat",), "zh": ("一只猫",)},
        perceptual_hash(pixels), detail_of(pixels),
    )  # fmt: skip
    return replace(found, **changes)


BAD = {
    "licence": {"licence": "CC-BY-SA-4.0"},
    "resolution": {"width": 32},
    "detail": {"detail": 0.001},
    "text": {"captions": {"en": ("a cat http://x.y",), "zh": ("一只猫",)}},
    "language": {"captions": {"en": ("一只猫",), "zh": ("一只猫",)}},
    "agreement": {"shown": ("1F408", "1F408")},
}


@pytest.mark.parametrize("name", BAD)
def test_each_operator_drops_what_it_is_for_and_is_counted(name):
    sieve = standard(KNOWN)
    assert [found.key for found in sieve([pair(), pair("b", 1, **BAD[name])])] == ["a"]
    assert sieve.counts() == {operator.name: int(operator.name == name) for operator in sieve.operators}
    assert (sieve.seen, sieve.kept) == (2, 1)


@pytest.mark.parametrize("licence", ["", "; ", "MIT; GPL-3.0", "unknown"])
def test_every_licence_must_be_known(licence):
    assert not operators.licence().keeps(pair(licence=licence))
    assert operators.licence().keeps(pair(licence="MIT; CC-BY-4.0"))


def test_captions_must_name_every_thing_in_any_of_its_forms():
    keeps = operators.agreement(KNOWN).keeps
    idea = Idea("count", (Thing("1F352", 2),))
    two = pair(idea=idea, shown=("1F352", "1F352"), captions={"en": ("2 cherries",), "zh": ("两颗樱桃",)})
    assert keeps(two)
    assert not keeps(replace(two, captions={"en": ("2 apples",), "zh": ("两颗樱桃",)}))
    assert not keeps(replace(two, shown=("1F352",)))
    assert not keeps(replace(two, shown=()))


def test_the_same_picture_again_is_dropped_and_another_stays():
    sieve = standard(KNOWN)
    again = pair("b", 0)
    near = pair("c", 0, phash=again.phash ^ 0b101)
    far = pair("d", 0, phash=again.phash ^ 0xFF00FF)
    other = pair("e", 0, idea=Idea("single", (Thing("1F408"),), style="classic"))
    assert [found.key for found in sieve([pair(), again, near, far, other])] == ["a", "d", "e"]
    assert sieve.counts()["duplicates"] == 2
    with pytest.raises(ValueError, match="three bits"):
        operators.duplicates(4)


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=5))
@settings(max_examples=50)
def test_near_means_three_bits_wherever_they_are(phash, flips):
    keeps = operators.duplicates().keeps
    assert keeps(replace(SAMPLE, phash=phash))
    assert keeps(replace(SAMPLE, phash=phash ^ sum(1 << bit for bit in flips))) == (len(flips) > 3)


SAMPLE = pair()


def test_the_hash_forgives_size_and_light_and_not_another_picture():
    base = picture(4, 128)
    small = np.asarray(Image.fromarray(base).resize((64, 64), Image.Resampling.LANCZOS))
    bright = np.clip(base.astype(int) + 12, 0, 255).astype(np.uint8)

    def apart(other):
        return (perceptual_hash(base) ^ perceptual_hash(other)).bit_count()

    assert apart(small) <= 3
    assert apart(bright) <= 6
    assert min(apart(picture(seed, 128)) for seed in range(5, 15)) > 12
    assert detail_of(np.zeros((8, 8, 3), np.uint8)) == 0


def test_shards_give_back_what_they_were_given_and_the_same_bytes(tmp_path):
    idea = Idea("position", (Thing("1F408", 1, "red"), Thing("1F352")), "left", "beach", "night", "flat")
    pairs = [pair(f"k{n}", n, idea=idea, more={"prompt": "猫"}, split="train") for n in range(6)]
    first = shards.write(tmp_path / "a", "cats", pairs, most=14_000)
    second = shards.write(tmp_path / "b", "cats", pairs, most=14_000)
    assert len(first) > 1
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    assert list(shards.read(*first)) == pairs
    stream = shards.read(*first)
    assert next(stream) == pairs[0]  # one at a time
    stream.close()


@given(st.data())
@settings(max_examples=25)
def test_a_damaged_shard_is_an_error_or_the_same_pairs(shard_bytes, tmp_path_factory, data):
    whole = shard_bytes
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:at] if data.draw(st.booleans()) else whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
    file = tmp_path_factory.mktemp("broken") / "x.tar.gz"
    file.write_bytes(broken)
    try:
        found = list(shards.read(file))
    except shards.BadShard:
        return
    assert found == [SAMPLE], "only where nothing that counts was hit"


@pytest.fixture(scope="module")
def shard_bytes(tmp_path_factory):
    (file,) = shards.write(tmp_path_factory.mktemp("whole"), "x", [SAMPLE])
    return file.read_bytes()


def test_members_that_do_not_belong_together_are_refused(tmp_path):
    facts = shards.pair_facts(SAMPLE)
    for broken in ({**facts, "idea": {}}, {**facts, "phash": "zz"}, {**facts, "captions": None}):
        with pytest.raises(shards.BadShard):
            shards.pair_of("x", b"", broken)


def test_the_card_counts_and_reads_well_in_both_languages():
    sieve = standard(KNOWN)
    kept = list(sieve([pair(), pair("b", 1, licence="GPL-3.0")]))
    counts = card.counts(kept, {"drawings": sieve}, [Source("@x/y", "1", "MIT", "Somebody")])
    counts |= {"concepts": 2, "concepts_held_out": 0}
    assert counts["captions"] == 2
    assert counts["filters"]["drawings"]["dropped"]["licence"] == 1
    for language, drawings in (("en", "drawings"), ("zh", "图画")):
        page = card.page(counts, language)
        assert "{" not in page
        assert "@x/y 1" in page
        assert "Somebody" in page
        assert f"| {drawings} | 2 | 1 | 1 |" in page


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    concepts = [replace(CAT, id=f"{number:X}") for number in range(0x1F400, 0x1F420)]
    drawn = [
        pair(f"d{n}-{style}", n, image=rgba(n), idea=Idea("single", (Thing(concept.id),), style=style))
        for n, concept in enumerate(concepts)
        for style in ("flat", "pastel")
    ]
    shards.write(folder, "drawings", drawn)
    scene = Idea("setting", (Thing("1F401"),), "", "beach")
    shards.write(folder, "scenes", [pair(f"s{n}", n, idea=scene) for n in range(3)] + [pair("x", 9, split="concept")])
    grounds = [
        pair(f"g{setting}{time}", 3, more={"setting": setting, "time": time})
        for setting, time in (("", "day"), ("beach", "day"), ("beach", "night"))
    ]
    shards.write(folder, "grounds", grounds)
    facts = {
        "side": 64, "styles": ["flat"], "words": vocabulary(["a cat kitty"], ["猫"]).words,
        "concepts": [
            {"id": c.id, "group": c.group, "en": c.en, "zh": c.zh, "measure": "只", "plural": False} for c in concepts
        ],
    }  # fmt: skip
    (folder / "world.json").write_text(json.dumps(facts), "utf-8")
    return World(folder)


def rgba(seed):
    pixels = np.dstack([picture(seed), np.full((64, 64), 255, np.uint8)])
    pixels[:8] = 0
    return webp(pixels)


def test_a_world_holds_what_was_packed_for_training(world):
    assert world.drawings.shape == (32, 64, 64, 4)
    assert world.backgrounds.shape == (3, 64, 64, 3)
    assert len(world.scenes) == 3, "a scene of a held-out concept does not train"
    assert world.stock.settings == {"beach": ("day", "night")}
    assert world.held_out


def test_batches_depend_on_their_number_alone(world):
    one, again, other = world.batch(7, 16), world.batch(7, 16), world.batch(8, 16)
    for member in ("tokens", "drawings", "spots", "light", "background", "scene"):
        assert np.array_equal(getattr(one, member), getattr(again, member)), member
    assert not np.array_equal(one.tokens, other.tokens)
    assert not np.array_equal(world.batch(7, 16, seed=1).spots, one.spots)


def test_batches_show_what_they_say_and_nothing_held_out(world):
    number = {index: key[0] for key, index in world.table.items()}
    held, seen = set(world.held_out), Counter()
    for at in range(12):
        batch = world.batch(at, 32)
        shown = (batch.drawings >= 0).sum(1)
        assert ((batch.scene >= 0) == (shown == 0)).all()
        assert (batch.tokens > 0).any(1).all()
        seen.update(number[index] for index in batch.drawings[batch.drawings >= 0].tolist())
    assert len(seen) > 20
    assert not held & set(seen)
    said = [world.say(Random(n), "concept") for n in range(20)]
    assert all(any(thing.concept in held for thing in one.idea.things) for one in said)


def test_a_narrower_world_and_an_empty_folder(world, tmp_path):
    with pytest.raises(FileNotFoundError):
        World(tmp_path)
