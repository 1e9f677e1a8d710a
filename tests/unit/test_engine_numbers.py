"""What becomes of the engine's measurements: the picture of them, and a result that grows over sittings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from bench import isolation
from scripts import plot_engine

ROOT = Path(__file__).parents[2]


def served(seconds: float) -> dict[str, Any]:
    return {"seconds": seconds, "wait_s": {"p95": seconds / 2}, "latency_s": {"p95": seconds * 2}}


def bars(svg: str, colour: str) -> list[float]:
    """Lengths of the bars of a colour, without the legend's square."""
    found = [rect.attrib for rect in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect")]
    return [float(rect["width"]) for rect in found if rect.get("fill") == colour][1:]


def test_bars_are_as_long_as_what_was_measured() -> None:
    result = {
        "ours": {"64x64": {"ours": served(5)}, "sd15 512x512, 8 at once": {"ours": served(10)}},
        "peers": {
            "64x64": {
                "one_at_a_time": served(20),
                "request_batches": served(10),
                "stable_diffusion_cpp": served(10) | {"people": 1},
            },
            "sd15 512x512, 8 at once": {"one_at_a_time": served(20)},
        },
        "ratio": {"64x64: throughput over one at a time": 4.0},
        "conditions": {"people": 8},
    }
    drawn = plot_engine.svg(result)
    one, batches, few, ours = (bars(drawn, way.colour) for way in plot_engine._WAYS)
    assert (len(one), len(batches), len(few), len(ours)) == (6, 3, 1, 6), "who served one person waits for nobody"
    assert few[0] / one[0] == pytest.approx(1 / 4, rel=0.01)
    assert ours[0] / one[0] == pytest.approx(4, rel=0.01)  # pictures a minute
    assert ours[1] / one[1] == pytest.approx(2, rel=0.01)
    assert ours[2] / one[2] == pytest.approx(1 / 4, rel=0.01)  # waits
    assert batches[2] / one[4] == pytest.approx(1 / 2, rel=0.01)
    assert ">96.0 · 4.00×<" in drawn
    assert "4x" in plot_engine.title(result)


def test_the_picture_in_the_docs_is_of_the_result_that_is_kept() -> None:
    result = json.loads((ROOT / "bench/results/engine.json").read_text("utf-8"))
    drawn = (ROOT / "docs/pictures/engine.svg").read_text("utf-8")
    assert drawn == plot_engine.svg(result), "run: make docs"
    assert re.search("[\u4e00-\u9fff]", drawn), "in both languages"


def test_crowds_add_up_over_sittings_and_the_result_says_on_which_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[int, int]] = []

    def part(first: int, last: int) -> isolation.Part:
        tried.append((first, last))
        found: isolation.Family = {"pictures": 10, "same_bytes": 10 - first // 150, "shared_db": {"99.0": 8, "61.5": 2}}
        facts = {"crowds": [first, last], "commit": f"c{first}", "date": "2026-11-22"}
        return {"conditions": facts, "families": dict.fromkeys(isolation.FAMILIES, found)}

    told: list[Any] = []
    monkeypatch.setattr(isolation, "part", part)
    monkeypatch.setattr(isolation, "run", lambda name, measure, arguments: told.append(measure(False)) or 0)
    kept = tmp_path / "parts" / "isolation.json"
    assert [isolation.further(80, kept) for _ in range(3)] == [0, 0, 0]
    assert tried == [(0, 80), (80, 160), (160, 200)]
    (result,) = told
    assert not kept.exists()
    assert result.ours["flux"]["pictures"] == 30
    assert result.ours["flux"]["shared_db"]["n"] == 30
    assert result.ours["flux"]["shared_db"]["min"] == 61.5
    assert [one["commit"] for one in result.conditions["sittings"]] == ["c0", "c80", "c160"]
    assert result.conditions["crowds"] == 200
    assert len(result.problems) == len(isolation.FAMILIES), "one picture of the last sitting had other bytes"
