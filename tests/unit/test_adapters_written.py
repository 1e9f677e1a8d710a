"""Adapters as people write them, and what the rules read of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.api.a1111_wishes import Txt2Img
from pingxing.api.adapters import adapters_of, as_written, written
from pingxing.engine.backends.fake import FakeBackend
from pingxing.engine.registry import Registry
from pingxing.errors import InvalidRequest
from pingxing.types import Addition, Request

KNOWN = frozenset({"ink", "oil-paint"})


def told(text: str) -> list[tuple[str, float]]:
    return [(use.name, use.weight) for use in adapters_of(text)]


def test_a_list_of_names_and_weights() -> None:
    assert told("ink:0.8, oil-paint:-0.5,wash") == [("ink", 0.8), ("oil-paint", -0.5), ("wash", 1.0)]
    assert told("") == []


@pytest.mark.parametrize("text", ["ink:", "ink:x", "ink:nan", "ink:2.1", "ink:-3", "Ink:1", "a b", "../x", "a,b,c,d,e"])
def test_what_is_no_adapter_is_named(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        adapters_of(text, "adapter")
    assert str(caught.value.params["member"]).startswith("adapter")


def test_a1111_writes_them_into_the_prompt() -> None:
    prompt = "a cat <lora:Oil Paint:0.5> in <lora:ink> rain <lora:ink:0.2:0.9> <hypernet:ink:1> <lora:x:1> <lyco:ink:y>"
    rest, uses, unknown = written(prompt, KNOWN)
    assert [(use.name, use.weight) for use in uses] == [("oil-paint", 0.5), ("ink", 1.2)]
    assert unknown == ["<hypernet:ink:1>", "<lora:x:1>", "<lyco:ink:y>"]
    assert "lora" not in rest
    assert as_written(uses) == " <lora:oil-paint:0.5> <lora:ink:1.2>"
    request = Txt2Img(prompt="a cat <lora:INK:0.8>").request("", KNOWN)
    assert (request.prompt, request.adapters[0].name, request.adapters[0].weight) == ("a cat", "ink", 0.8)
    with pytest.raises(InvalidRequest):
        written("<lora:ink:9>", KNOWN)


@given(st.text(alphabet="<>:loraink ,.-0123456789e", max_size=60))
def test_any_prompt_gets_an_answer(prompt: str) -> None:
    try:
        rest, uses, _ = written(prompt, KNOWN)
    except InvalidRequest:
        return
    assert written(rest, frozenset())[1] == ()
    assert all(use.name in KNOWN and -2 <= use.weight <= 2 for use in uses)


def test_one_request_names_an_adapter_once_and_four_at_most() -> None:
    for adapters in (
        [{"name": "a"}, {"name": "a", "weight": 2}],
        [{"name": x} for x in "abcde"],
        [{"name": "a", "x": 1}],
    ):
        with pytest.raises(ValueError, match="adapters"):
            Request.model_validate({"prompt": "a cat", "adapters": adapters})
    kept = Request.model_validate({"prompt": "a cat", "adapters": [{"name": "a", "weight": 1}]})
    assert Request.model_validate_json(kept.model_dump_json()) == kept


def test_what_brings_an_adapter_out_is_read_by_the_rules_where_it_is_asked_for() -> None:
    made = Addition("ink", "adapter", "forbidden words", "", "", "0" * 64, 1)
    word = Addition("word", "embedding", "<ink>", "", "", "0" * 64, 1)
    registry = Registry({"fake": lambda: FakeBackend(additions=(made, word))}, "fake")
    asked = Request(prompt="a cat", adapters=({"name": "ink"},))  # type: ignore[arg-type]
    assert registry.texts(asked) == ("a cat", "a cat, forbidden words")
    assert registry.texts(Request(prompt="a cat")) == ("a cat",)
    assert registry.complete(asked, lambda most: 0).adapters == asked.adapters
    with pytest.raises(InvalidRequest) as caught:
        registry.complete(Request(prompt="a cat", adapters=({"name": "word"},)), lambda most: 0)  # type: ignore[arg-type]
    assert (caught.value.reason, caught.value.params["known"]) == ("unknown_adapter", "ink")
