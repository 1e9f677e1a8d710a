"""A long measurement that is cut off is taken up where it stopped, by the same commit, machine and threads alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.common import Target
from bench.engine_kept import Found

FACTS = {"torch": "2", "threads": 1}


def measured(found: Found, name: str, value: float) -> None:
    def once() -> None:
        found.ours[name] = value
        found.asked[name] = (4, value)
        found.targets.append(Target(name, 1.0, value, "x"))

    found.once(name, once)


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    kept = tmp_path / "parts" / "engine.json"
    first = Found(dict(FACTS), kept)
    first.facts["precision"] = "bf16"
    measured(first, "small", 0.5)
    with pytest.raises(KeyboardInterrupt):
        first.once("large", cut_off)

    second = Found(dict(FACTS), kept)
    assert (second.done, second.facts["precision"]) == (["small"], "bf16")
    measured(second, "small", 7.0)
    measured(second, "large", 2.0)
    assert second.ours == {"small": 0.5, "large": 2.0}
    assert second.asked["small"] == (4, 0.5)
    assert [(target.name, target.met) for target in second.targets] == [("small", True), ("large", False)]
    assert [sitting["parts"] for sitting in second.sittings] == [["small"], ["large"]]


def cut_off() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("other", ["threads", "commit"])
def test_another_commit_or_machine_begins_anew(tmp_path: Path, other: str) -> None:
    kept = tmp_path / "engine.json"
    measured(Found(dict(FACTS), kept), "small", 0.5)
    told = json.loads(kept.read_text("utf-8"))
    told["of"][other] = "another"
    kept.write_text(json.dumps(told), "utf-8")
    assert Found(dict(FACTS), kept).done == []


def test_a_quick_look_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = Found(dict(FACTS))
    measured(found, "small", 0.5)
    assert found.done == ["small"]
    assert list(tmp_path.iterdir()) == []
