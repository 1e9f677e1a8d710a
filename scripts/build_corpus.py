"""Pack the corpus of our own picture model: licensed drawings, settings and composed scenes, and words for them.

    python scripts/build_corpus.py build/picture/corpus [--narrow] [--side 64] [--scenes 5000] [--seed 0]

Everything comes from the art that the package ships (scripts/build_art.py fetches and packs it; versions, licences and
digests are in assets/art.json). Written are WebDataset shards `drawings-*.tar.gz` (single things on nothing, RGBA),
`scenes-*.tar.gz` (a caption given to the scene engine, and what it drew), `grounds-*.tar.gz` (empty settings),
`world.json` (concepts, names, vocabulary) and `card.json`. The same command gives the same bytes.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.corpus import card, shards
from pingxing.corpus.captions import caption, grammar, plural
from pingxing.corpus.diet import diet, pick
from pingxing.corpus.ideas import Stock, draw_idea
from pingxing.corpus.operators import Sieve, detail_of, perceptual_hash, standard
from pingxing.corpus.splits import STYLE, concept_held_out, split_of
from pingxing.corpus.tokens import vocabulary
from pingxing.corpus.values import LANGUAGES, Concept, Idea, Language, Pair, Source, Thing
from pingxing.engine.backends.scene.art import Art, facts, shipped
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan, Wish
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.words import concept_of, lexicon

ROOT = Path(__file__).resolve().parent.parent
EVERYDAY = ROOT / "src/pingxing/corpus/everyday.txt"
QUALITY = 92  # of WebP
SAID = 3  # captions in each language
NAMES = 6  # at most, in each language
SETS = {"flat": "MIT", "3d": "MIT", "noto": "Apache-2.0", "twemoji": "CC-BY-4.0", "drawn": "Apache-2.0"}
NARROW, WIDE = ("flat", "classic"), ("flat", "classic", "cartoon")
GROUPS = (
    *("animals-nature", "food-drink", "travel-places", "objects", "activities", "smileys-emotion"),
    *("people-body/person", "symbols/heart", "people-body/family"),
)
COLOURS = {
    "red": "#e0342f", "orange": "#f58a1f", "yellow": "#f8cf2c", "green": "#3fae49", "blue": "#2f6fe0",
    "purple": "#8a4fd0", "pink": "#f584b4", "white": "#fafafa", "black": "#26262b",
}  # fmt: skip
PAINTED = (
    "🐈 🐕 🐎 🐇 🐻 🐦 🐟 🦋 🐢 🐸 🐙 🐳 🦄 🐞 🌷 🌹 🌸 🍄 🚗 🚌 🚲 🏍️ 🛵 🚂 "
    "✈️ 🚀 🚢 ⛵ 🏠 🎈 🎁 🎀 ☂️ 🎩 🧢 👕 👖 👗 👟 👠 👜 🎒 🧣 🧤 🧦 ☎️ 📖 ✏️ "
    "🪑 🛋️ 🛏️ 🚪 🎸 ⚽ 🧸 🤖 ❤️ ⭐ 🕯️ 🔑 🔔 🏮 ☕ 🍬 🍭 🪁 "
)
SETTINGS = tuple(grammar("en").where)
INDOORS = {"room", "table", "stage", "plain", "kitchen", "underwater", "space", "moon"}
BLANKS = (
    *("#ffffff", "#ffffff", "#ffffff", "#f7f4ec", "#eef4fb", "#fdeef1", "#eef8ef", "#fff7df", "#f2effa"),
    *("#e9edf2", "#dff1f6", "#fbe9dc"),
)
MEASURES = {
    "animal-mammal": "只", "animal-bird": "只", "animal-amphibian": "只", "animal-reptile": "只", "animal-bug": "只",
    "animal-marine": "条", "plant-flower": "朵", "plant-other": "棵", "food-fruit": "个", "food-vegetable": "根",
    "drink": "杯", "food-asian": "份", "food-prepared": "份", "transport-ground": "辆", "transport-water": "艘",
    "transport-air": "架", "place-building": "座", "place-geographic": "座", "place-religious": "座",
    "book-paper": "本", "musical-instrument": "把", "person-role": "位", "person": "个", "heart": "颗",
    "writing": "支", "tool": "把", "household": "个",
}  # fmt: skip
OWN_MEASURES = {
    "匹": "🐎 🐴",
    "头": "🐄 🐖 🐘 🐂 🐃",
    "条": "🐕 🐍 🐊 👖 👗 🧣 🐉",
    "颗": "🍓 🍒 ⭐ 🌟 💎 🌰 🍬",
    "串": "🍇 🔑",
    "片": "🍁 🍂 🍀 🍕",
    "块": "🍰 🧀 🍫 🧼",
    "碗": "🍜 🍚",
    "支": "🍦 🕯️ ✏️ 🖍️ 🍭",
    "棵": "🌲 🌳 🌴 🌵 🎄 🥬 🥦",
    "件": "👕 👘",
    "顶": "🎩 🧢 👒 👑",
    "双": "🧦 👟 🧤",
    "只": "🐙 🦀 🦐 🦞 🐬 🐌 🐢 👟",
    "面": "🥁",
    "把": "☂️ 🎸 🎻 🔨 ✂️ 🪑 🔑 🥄",
    "张": "🛏️ 🛋️",
    "扇": "🚪 🪟",
    "盏": "🏮 💡",
    "台": "💻 📺 📷 📻",
    "部": "📱 ☎️",
    "座": "🏠 🏡 🏰",
    "架": "✈️ 🚁 🎹",
    "列": "🚂 🚆",
    "枚": "🚀",
    "艘": "⛵ 🚢",
    "轮": "🌙",
    "道": "🌈",
    "团": "🔥",
    "朵": "☁️ 🌸",
    "束": "💐",
    "个": "🍄 🗿 👻",
}
STUFFS = {"rice", "bread", "milk", "honey", "money", "fire", "garlic", "soap", "bacon", "sushi", "spaghetti", "corn",
          "broccoli", "cheese", "butter", "salt", "sake", "wind", "fog", "rain", "pottery"}  # fmt: skip
TWINS = {"bus", "cactus", "octopus", "walrus", "hibiscus", "lotus", "compass", "hippopotamus", "circus", "dress"}


def measure(concept: str, group: str) -> str:
    for word, emoji in OWN_MEASURES.items():
        if concept in {concept_of(sign) for sign in emoji.split()}:
            return word
    return MEASURES.get(group.partition("/")[2], "个")


def concepts(narrow: bool) -> list[Concept]:
    """Every concept with names in both languages that may be a thing in a picture, in Unicode's order."""
    words = lexicon()
    everyday = {concept_of(sign) for line in EVERYDAY.read_text("utf-8").splitlines() if line[:1] != "#"
                for sign in line.split()}  # fmt: skip
    named: dict[str, tuple[list[str], list[str]]] = {}
    for place, table in enumerate((words.english, words.chinese)):
        for phrase, meanings in table.items():
            if meanings[0].kind == "thing" and _speakable(phrase, place):
                named.setdefault(meanings[0].value, ([], []))[place].append(phrase)
    found = []
    for entry in words.entries.values():
        group, plain = f"{entry.group}/{entry.subgroup}", "-1F3F" not in entry.concept
        asked = entry.concept in everyday if narrow else group.startswith(GROUPS)
        if not asked or not plain or entry.concept not in named:
            continue
        first = words.names[entry.concept]
        both = [
            list(dict.fromkeys(n for n in (first[place].lower(), *named[entry.concept][place]) if _speakable(n, place)))
            for place in (0, 1)
        ]
        if all(both):
            name = both[0][0]
            many = name in STUFFS or (
                name.endswith("s") and not name.endswith(("ss", "us", "is")) and name not in TWINS
            )
            names = tuple(both[0][:NAMES]), tuple(both[1][:NAMES])
            found.append(Concept(entry.concept, group, *names, measure(entry.concept, group), many))
    return found


def _speakable(phrase: str, place: int) -> bool:
    if place == 0:
        return phrase.isascii() and 2 < len(phrase) < 26 and phrase.replace(" ", "").replace("-", "").isalpha()
    return 0 < len(phrase) < 8 and all("\u4e00" <= character <= "\u9fff" for character in phrase)


class Hand:
    """Draws with the scene engine."""

    def __init__(self, side: int, processes: int) -> None:
        self.side, self.art = side, shipped()
        self.pool = RenderPool(processes)

    def composition(self, plan: Plan, style: str, seed: int) -> Composition:
        return compose(plan, self.side, self.side, seed, STYLES[style], self.art)

    def draw(self, compositions: Sequence[Composition], alpha: bool) -> list[NDArray[np.uint8]]:
        return self.pool.draw(
            [Drawing(c.markup, (0, 0, c.width, c.height), self.side, self.side, alpha) for c in compositions]
        )


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def words_for(idea: Idea, known: dict[str, Concept], seed: int) -> dict[Language, tuple[str, ...]]:
    rng = Random(f"pingxing captions {seed} {idea}")
    return {tongue: tuple(caption(idea, known, tongue, rng) for _ in range(SAID)) for tongue in LANGUAGES}


def licences(composition: Composition, style: str, art: Art) -> str:
    """Licences of all sets that the picture was drawn from."""
    used = {
        SETS[next(name for name in (*STYLES[style].sets, "drawn") if art.find(name, thing.concept) is not None)]
        for thing in composition.scene.objects
    }
    return "; ".join(sorted(used | {"Apache-2.0"}))


def batches(items: Sequence[Any], size: int = 32) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def drawings(hand: Hand, known: dict[str, Concept], styles: Sequence[str], seed: int) -> Iterator[Pair]:
    """Every concept in every style that has art of its own for it, and some of them in colours."""
    painted = {concept_of(sign) for sign in PAINTED.split()}
    ideas = [
        Idea("single", (Thing(concept),), style=style)
        for style in (*styles, STYLE)
        for concept in known
        if hand.art.find(STYLES[style].sets[0], concept) is not None and (style != STYLE or concept in painted)
    ]
    ideas += [
        Idea("colour", (Thing(concept, 1, colour),), style=style)
        for style in styles[:2]
        for concept in known
        for colour in COLOURS
        if concept in painted
    ]
    for some in batches(ideas):
        made = []
        for idea in some:
            (thing,) = idea.things
            wish = Wish(thing.concept, "", "", "", (), colour=COLOURS.get(thing.colour))
            made.append(hand.composition(Plan(wishes=(wish,), transparent=True), idea.style, seed))
        for idea, composition, pixels in zip(some, made, hand.draw(made, alpha=True), strict=True):
            yield _pair("", idea, composition, pixels, hand, words_for(idea, known, seed))


def scenes(hand: Hand, known: dict[str, Concept], stock: Stock, count: int, seed: int) -> Iterator[Pair]:
    """Captions of training ideas, given to the engine as a person would, and what it drew."""
    rng = Random(f"pingxing scenes {seed}")
    kinds = {"setting": 0.25, "colour": 0.15, "count": 0.2, "pair": 0.2, "position": 0.2}
    asked = []
    for number in range(count):
        idea = draw_idea(stock, rng, "train", kinds)
        if not idea.setting:  # the engine always sets a scene, so the words should say which
            idea = replace(idea, setting=rng.choice(sorted(stock.settings)), time="")
            if split_of(idea) != "train":
                continue
        asked.append((number, idea, caption(idea, known, rng.choice(LANGUAGES), rng)))
    for some in batches(asked):
        made = [hand.composition(parse(words), idea.style, seed + number) for number, idea, words in some]
        for (number, idea, words), composition, pixels in zip(some, made, hand.draw(made, alpha=False), strict=True):
            said = words_for(idea, known, seed + number)
            pair = _pair(f"scene-{number:06d}", idea, composition, pixels, hand, said)
            scene = composition.scene
            right = (
                scene.background == idea.setting and scene.time == (idea.time or "day") and _placed(idea, composition)
            )
            yield replace(pair, more={"prompt": words}, shown=pair.shown if right else ())


def _placed(idea: Idea, composition: Composition) -> bool:
    """Whether the engine put the two things as the idea says."""
    if idea.relation not in ("left", "above"):
        return True
    at = {thing.concept: thing.box for thing in composition.scene.objects}
    boxes = [at.get(thing.concept) for thing in idea.things]
    if None in boxes:
        return False
    (ax, ay, aw, ah), (bx, by, bw, bh) = (box for box in boxes if box is not None)
    return ax + aw / 2 < bx + bw / 2 if idea.relation == "left" else ay + ah / 2 < by + bh / 2


def _pair(
    key: str,
    idea: Idea,
    composition: Composition,
    pixels: NDArray[np.uint8],
    hand: Hand,
    said: dict[Language, tuple[str, ...]],
) -> Pair:
    seen = pixels
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float32) / 255
        seen = (pixels[..., :3] * alpha + 150 * (1 - alpha)).astype(np.uint8)  # white things are seen on grey
    (first, *_) = idea.things
    key = key or f"{first.concept.lower()}-{idea.style}" + (f"-{first.colour}" if first.colour else "")
    shown = tuple(_concept(thing.concept, first) for thing in composition.scene.objects)
    return Pair(
        key, encoded(pixels), hand.side, hand.side, licences(composition, idea.style, hand.art), idea, shown, said,
        perceptual_hash(seen), detail_of(seen), split_of(idea),
    )  # fmt: skip


def _concept(drawn: str, asked: Thing) -> str:
    """A green apple and a black cat are concepts of their own: they show what was asked for in that colour."""
    from pingxing.engine.backends.scene.variants import concept_for

    return asked.concept if asked.colour and concept_for(asked.concept, COLOURS[asked.colour]) == drawn else drawn


def grounds(hand: Hand, seed: int) -> Iterator[Pair]:
    """Settings without things, each hour where an hour shows, and plain sheets of paper for setting ""."""
    anything = Idea("single", (Thing("ground"),))
    for number, colour in enumerate(BLANKS):
        pixels = np.empty((hand.side, hand.side, 3), np.uint8)
        pixels[:] = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        more = {"setting": "", "time": "day"}
        yield Pair(f"paper-{number}", encoded(pixels), hand.side, hand.side, "Apache-2.0", anything, (), {}, more=more)
    for setting in SETTINGS:
        hours = ("day",) if setting in INDOORS else ("day", "dawn", "sunset", "night")
        made = [
            (hour, hand.composition(Plan(background=setting, time=hour), "flat", seed + number))
            for hour in hours
            for number in range(4)
        ]
        for number, ((hour, _), pixels) in enumerate(
            zip(made, hand.draw([c for _, c in made], alpha=False), strict=True)
        ):
            more = {"setting": setting, "time": hour}
            key = f"{setting}-{hour}-{number}"
            yield Pair(key, encoded(pixels), hand.side, hand.side, "Apache-2.0", anything, (), {}, more=more)


def stock_of(pairs: Sequence[Pair], known: dict[str, Concept], styles: Sequence[str]) -> Stock:
    colours: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        (thing,) = pair.idea.things
        if pair.idea.style in styles:
            colours.setdefault((thing.concept, pair.idea.style), []).extend([thing.colour] if thing.colour else [])
    times = {s: ("day",) if s in INDOORS else ("day", "dawn", "sunset", "night") for s in SETTINGS}
    return Stock(
        {concept: known[concept].group for concept in known},
        {key: tuple(found) for key, found in colours.items()},
        tuple(styles),
        times,
    )


def all_words(known: dict[str, Concept]) -> tuple[list[str], list[str]]:
    """English phrases; Chinese words that may stand as one (first names and short ones, what the grammar says)."""
    rng, english, chinese = Random("words"), [], []
    for concept in known.values():
        english += [form for name in concept.en for form in (name, plural(name))]
        chinese += [concept.zh[0], *(name for name in concept.zh if len(name) == 2)]
    for idea in (Idea("pair", (Thing(a, 2), Thing(a, 3)), r, s, t, y)
                 for a in list(known)[:1] for r in ("and", "left", "above") for s in SETTINGS
                 for t in grammar("en").times for y in grammar("en").styles):  # fmt: skip
        english += [caption(idea, known, "en", rng) for _ in range(3)]
    words = grammar("zh")
    for table in (words.where, words.first, words.times, words.styles, words.colours):
        chinese += [word.removesuffix("的") for several in table.values() for word in several]
    chinese += [
        *words.leads,
        *words.ends,
        *words.moods,
        *(sign for several in words.numbers.values() for sign in several),
    ]
    chinese += [frame.format(a=" ", b=" ", a_=" ", b_=" ") for several in words.relations.values() for frame in several]
    chinese += [*OWN_MEASURES, *MEASURES.values()]
    chinese += ["左边", "右边", "上面", "下面", "上方", "下方", "旁边", "左侧", "右侧"]
    english += [
        word
        for g in (grammar("en"),)
        for t in (g.colours, g.where, g.first, g.times, g.styles)
        for ws in t.values()
        for word in ws
    ]
    english += [*grammar("en").leads, *grammar("en").moods, "please there is thanks"]
    return english, chinese


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--narrow", action="store_true", help="the 300 everyday things in two styles")
    parser.add_argument("--diet", help="pick a smaller world from it too, into a folder of that name (`nano`)")
    parser.add_argument("--side", type=int, default=64, help="pixels")
    parser.add_argument("--scenes", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    known = {concept.id: concept for concept in concepts(asked.narrow)}
    styles = NARROW if asked.narrow else WIDE
    hand = Hand(asked.side, asked.processes)
    asked.folder.mkdir(parents=True, exist_ok=True)
    for old in asked.folder.glob("*.tar.gz"):
        old.unlink()

    def pack(stem: str, pairs: Iterator[Pair], sieve: Sieve) -> list[Pair]:
        kept = []
        for pair in sieve(pairs):
            kept.append(pair)
            if sieve.seen % 500 == 0:
                print(f"{stem}: {sieve.kept} kept of {sieve.seen}, {time.monotonic() - began:.0f} s", file=sys.stderr)
        shards.write(asked.folder, stem, kept)
        return kept

    alone, together = standard(known, asked.side), standard(known, asked.side)
    kept = pack("drawings", drawings(hand, known, styles, asked.seed), alone)
    drawn = {pair.idea.things[0].concept for pair in kept}
    known = {concept: value for concept, value in known.items() if concept in drawn}
    told = pack("scenes", scenes(hand, known, stock_of(kept, known, styles), asked.scenes, asked.seed), together)
    shards.write(asked.folder, "grounds", grounds(hand, asked.seed))
    hand.pool.close()
    words = vocabulary(*all_words(known)).words
    world = {
        "side": asked.side,
        "styles": list(styles),
        "words": words,
        "concepts": [asdict(c) for c in known.values()],
    }
    (asked.folder / "world.json").write_text(
        json.dumps(world, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
    )
    sources = [Source(s["package"], s["version"], s["licence"], s["credit"]) for s in facts()["sources"]]
    counts = card.counts([*kept, *told], {"drawings": alone, "scenes": together}, sources)
    counts["concepts"] = len(known)
    counts["concepts_held_out"] = sum(map(concept_held_out, known))
    counts["words"] = len(words)
    (asked.folder / "card.json").write_text(json.dumps(counts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for language in LANGUAGES:
        (asked.folder / f"card.{language}.md").write_text(card.page(counts, language), "utf-8")
    if asked.diet:
        print(pick(asked.folder, asked.folder / asked.diet, diet(asked.diet)))
    size = sum(file.stat().st_size for file in asked.folder.iterdir() if file.is_file())
    print(
        f"{len(known)} concepts, {len(kept)} drawings, {len(told)} scenes, {len(words)} words, {size / 2**20:.1f} MiB"
    )


if __name__ == "__main__":
    main()
