"""What is kept of prompts that were read: bounded by number and by bytes, the newest of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pingxing.engine.backends.diffusion.readings import Readings


@dataclass(frozen=True)
class Read:
    size: int


def test_a_prompt_is_read_once_and_the_oldest_goes_first() -> None:
    kept, read = Readings(most=2, size=100), list[str]()

    def of(key: str, size: int = 10) -> Any:
        return kept.of(key, lambda: (read.append(key), Read(size))[1])  # type: ignore[arg-type, return-value]

    for key in ("a", "b", "a", "c", "a", "b"):  # c drives out b, since a was asked for later
        of(key)
    assert read == ["a", "b", "c", "b"]
    assert kept.taken == 20
    of("wide", 95)
    assert kept.taken == 95, "bytes bound it as well as numbers"
    assert of("huge", 500).size == 500, "what is larger than the bound is kept alone, for its own steps"
    assert kept.taken == 500
    kept.clear()
    assert kept.taken == 0
    of("a")
    assert read[-1] == "a"
