"""The list of sentences of law is whole: each is kept by tests that exist, or says why no program keeps it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parent.parent
CLAUSES = tomllib.loads((TESTS / "law/clauses.toml").read_text("utf-8"))["clause"]


def names() -> set[str]:
    found: set[str] = set()
    for path in TESTS.glob("*/test_*.py"):
        found.update(re.findall(r"^def test_(\w+)\(", path.read_text("utf-8"), re.MULTILINE))
    return found


def test_labelling_measures_and_every_other_sentence_has_its_tests_or_its_reason() -> None:
    known = names()
    assert len(CLAUSES) >= 55
    for clause in CLAUSES:
        where = f"{clause['law']} {clause['at']}: {clause['says']}"
        assert clause.keys() <= {"law", "at", "says", "tests", "open", "absent", "operator"}, where
        assert any(clause.get(name) for name in ("tests", "open", "absent", "operator")), where
        assert set(clause.get("tests", ())) <= known, (where, set(clause.get("tests", ())) - known)


def test_gb45438_and_every_other_law_has_a_name_and_no_sentence_stands_twice() -> None:
    told = [(clause["law"], clause["at"], clause["says"]) for clause in CLAUSES]
    assert len(set(told)) == len(told)
    assert {law for law, _, _ in told} >= {
        "gb45438",
        "tc260",
        "labelling_measures",
        "deep_synthesis",
        "ai_act",
        "sb942",
    }
