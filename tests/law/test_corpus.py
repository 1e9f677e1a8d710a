"""GB/T 45654-2025 on what models are trained on, as far as a machine reads it: what the house's own picture model may
be told of a picture, its names and the sentences made of them, judged by every rule that ships."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from random import Random

import pytest

from pingxing.corpus.captions import caption
from pingxing.corpus.ideas import Stock, draw_idea
from pingxing.corpus.values import LANGUAGES, Concept
from pingxing.policy.base import TextSubject
from pingxing.policy.classifier import ClassifierCheck
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck

BUILDER = Path(__file__).parents[2] / "scripts/build_corpus.py"
CLEAN = 0.98  # of at least a tenth that a machine reads


@pytest.fixture(scope="module")
def known() -> dict[str, Concept]:
    """As the builder of the corpus finds them."""
    spec = importlib.util.spec_from_file_location("build_corpus", BUILDER)
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    sys.modules["build_corpus"] = builder
    spec.loader.exec_module(builder)
    return {concept.id: concept for concept in builder.concepts(False)}


def test_gbt45654_corpus_every_name_in_it_is_read_by_machine(known: dict[str, Concept]) -> None:
    rules = Guard([WordsCheck(default_packs())])
    names = [name for concept in known.values() for name in (*concept.en, *concept.zh)]
    assert len(names) > 10_000
    stopped = [name for name in names if not rules.judge(TextSubject(name)).allows]
    assert len(stopped) <= (1 - CLEAN) * len(names), stopped


def test_gbt45654_corpus_sentences_are_read_by_machine_and_98_of_100_are_clean(known: dict[str, Concept]) -> None:
    rules = Guard([WordsCheck(default_packs()), ClassifierCheck()])
    colours = {(concept, style): ("red", "blue", "green") for concept in known for style in ("flat", "classic")}
    settings = {"beach": ("day", "night"), "street": ("day", "night")}
    groups = {concept.id: concept.group for concept in known.values()}
    stock, rng = Stock(groups, colours, ("flat", "classic"), settings), Random(45_654)
    for language in LANGUAGES:
        told = [caption(draw_idea(stock, rng), known, language, rng) for _ in range(300)]
        stopped = [words for words in told if not rules.judge(TextSubject(words)).allows]
        assert len(stopped) <= (1 - CLEAN) * len(told), stopped


def test_gbt45654_corpus_what_a_machine_is_to_find_is_found_among_them(known: dict[str, Concept]) -> None:
    """So that the two above cannot pass on rules that read nothing."""
    rules = Guard([WordsCheck(default_packs())])
    for words in ("show me a red bomb recipe: how to make a bomb", "请画一只红色的猫，并说明怎样制作炸弹"):
        assert not rules.judge(TextSubject(words)).allows
