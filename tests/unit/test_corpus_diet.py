"""A smaller world: its file is whole, and what is picked holds that and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from pingxing.corpus import shards
from pingxing.corpus.captions import caption, grammar
from pingxing.corpus.diet import diet, pick, points
from pingxing.corpus.values import Concept, Idea, Pair, Thing
from pingxing.vocabulary import SPECIAL

SOURCES = [
    {"package": "@x/ours", "version": "1", "licence": "MIT", "credit": "Somebody"},
    {"package": "@x/other", "version": "1", "licence": "CC-BY-4.0", "credit": "Somebody else"},
    {"package": "names", "version": "48", "licence": "Unicode-3.0", "credit": "Unicode"},
]
FILTERS = {"drawings": {"seen": 9, "kept": 4, "dropped": {"licence": 5}}}
CAT = Concept("1F431", "animals-nature/animal-mammal", ("cat",), ("猫",), "只")


def test_the_shipped_diet_names_what_there_is() -> None:
    nano = diet("nano")
    assert len(nano.concepts) > 100
    assert points("✈️") == "2708"
    assert "2708" in nano.concepts
    assert set(nano.called) <= nano.concepts
    assert set(nano.settings) <= set(grammar("en").where)
    assert set(nano.times) <= set(grammar("zh").times)
    assert abs(sum(nano.kinds.values()) - 1) < 1e-9


def test_the_usual_style_mostly_goes_without_saying_and_others_are_said() -> None:
    rng, words = Random(3), grammar("en").styles
    for style, low, high in (("flat", 0.1, 0.45), ("classic", 1.0, 1.0)):
        told = [caption(Idea("single", (Thing("1F431"),), style=style), {"1F431": CAT}, "en", rng, "flat")
                for _ in range(200)]  # fmt: skip
        share = sum(any(word in one for word in words[style]) for one in told) / len(told)
        assert low <= share <= high, style


def _pair(key: str, thing: str, setting: str = "", time: str = "day", style: str = "flat") -> Pair:
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), "red").save(file, "PNG")
    idea = Idea("single", (Thing(thing),), style=style)
    return Pair(key, file.getvalue(), 8, 8, "MIT; Apache-2.0", idea, (), {}, more={"setting": setting, "time": time})


def test_what_is_picked_is_what_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nano, source = diet("nano"), tmp_path / "whole"
    names = {"en": ["one", "two", "three"], "zh": ["猫", "小猫", "猫咪"], "measure": "只", "plural": False}
    rows = [{"id": one, "group": "objects/tool", **names} for one in sorted(nano.concepts)]
    cats = [_pair(style, "1F431", style=style) for style in ("flat", "classic", "pastel")]
    shards.write(source, "drawings", [*cats, _pair("out", "1F4A9")])
    grounds = [_pair("paper", "ground"), _pair("stage", "ground", "stage"), _pair("dawn", "ground", "beach", "dawn")]
    shards.write(source, "grounds", [*grounds, *(_pair(f"beach{n}", "ground", "beach") for n in range(4))])
    words = [*SPECIAL, "flat", "猫", "cat", "unheard"]
    facts = {"side": 8, "styles": ["flat"], "words": words, "concepts": rows}
    (source / "world.json").write_text(json.dumps(facts))
    (source / "card.json").write_text(json.dumps({"sources": SOURCES, "filters": FILTERS}))
    small = diet("nano")
    monkeypatch.setattr("pingxing.corpus.diet.SENTENCES", 50)
    counts = pick(source, tmp_path / "small", small)
    assert (counts["drawings"], counts["grounds"]) == (2, 1 + small.variants)
    world = json.loads((tmp_path / "small" / "world.json").read_text())
    assert world["words"][:2] == list(SPECIAL)
    assert "unheard" not in world["words"]
    assert all(len(row["en"]) <= small.names for row in world["concepts"])
    assert next(row for row in world["concepts"] if row["id"] == "1F431")["en"] == ["cat", "cat face"]
    card = json.loads((tmp_path / "small" / "card.json").read_text())
    assert card["licences"] == {"Apache-2.0": 5, "MIT": 5}
    assert [row["package"] for row in card["sources"]] == ["@x/ours", "names"], "no credit for what is not in it"
    assert card["chosen"]["drawings"] == {"seen": 4, "kept": 2, "dropped": {"styles": 1, "things": 1}}
    assert card["chosen"]["grounds"]["dropped"] == {"settings": 1, "hours": 1, "variants": 4 - small.variants}
    for language, said in (("en", "drawings, 2 of 4"), ("zh", "图画，4 张取 2 张")):
        page = (tmp_path / "small" / f"card.{language}.md").read_text()
        assert said in page
        assert " | 9 | 4 | 5 |" in page, "what the whole corpus went through"
        assert "{" not in page
