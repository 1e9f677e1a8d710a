"""A rule as a form: typed, written into the pack's file, read back; whatever is typed is answered."""

from __future__ import annotations

import contextlib
import textwrap
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.rulepacks import pack

from pingxing import rulebook
from pingxing.errors import InvalidRequest
from pingxing.policy.packs import default_packs, parse
from pingxing.web import drafting
from pingxing.web.drafting import (
    FIELDS,
    RuleForm,
    form_of,
    lacking,
    next_version,
    redrafted,
    shared,
    simple,
    typed,
    written,
)

DAY = date(2026, 11, 22)
FORM = RuleForm(
    id="no-teapots",
    category="house",
    words_zh="茶壶\n紫砂壶",
    words_en="teapot",
    near_zh="广告",
    near_en="advert",
    within="5",
    unless_zh="博物馆",
    unless_en="museum",
    disguised="yes",
    reason_zh="不画茶壶广告。",
    reason_en="No adverts for teapots.",
    clause="House rules 2",
    rewrite_zh="一杯茶",
    rewrite_en="a cup of tea",
    expires="2030-01-31",
    stop_zh="茶壶广告",
    stop_en="an advert for a teapot",
    allow_zh="博物馆的茶壶广告",
    allow_en="a teapot",
)


def new(form: RuleForm) -> bytes:
    content = drafting.started("house-rules", "No teapots.", "不画茶壶。", today=DAY)
    return written(redrafted(content, "", form, version="1.0.0", today=DAY))


def test_what_was_typed_is_a_pack_that_proves_itself_and_reads_back_the_same():
    body = new(FORM)
    found = rulebook.checked(body)
    (rule,) = found.rules
    assert (rule.when[0].all, rule.when[0].within, rule.unless) == (
        ("no-teapots-words", "no-teapots-near"),
        5,
        ("no-teapots-unless",),
    )
    assert typed(found, rule) == FORM
    assert simple(rule)
    assert written(drafting.parsed(body)) == body, "the same content, the same bytes"


def test_an_edit_leaves_the_rest_of_the_pack_as_it_was():
    body = pack().replace(b"  pot: {", b"  pan: {en: [pan], zh: [\xe9\x94\x85], not_in: {en: [pan flute]}}\n  pot: {")
    second = pack().decode().split("rules:\n")[1].replace("no-teapots", "no-pans").replace("[pot]", "[pan]")
    body += second.replace("teapot", "pan").replace("茶壶", "锅").encode()
    found = parse(body, "test")
    form = typed(found, found.rules[0])
    changed = redrafted(
        drafting.parsed(body), "no-teapots", RuleForm(**{**vars_of(form), "near_en": "lid"}), version="1.0.1", today=DAY
    )
    after = parse(written(changed), "test")
    assert after.rules[1] == found.rules[1]
    assert after.lists["pan"] == found.lists["pan"], "with its phrases where the word means something else"
    assert after.rules[0].when[0].all == ("pot", "no-teapots-near")
    assert (after.version, after.rules[0].cases) == ("1.0.1", found.rules[0].cases)
    gone = redrafted(changed, "no-teapots", form, version="1.0.2", today=DAY)
    assert "no-teapots-near" not in gone["lists"], "a list that nobody reads is no longer there"
    fewer = parse(written(drafting.without(drafting.parsed(body), "no-teapots", version="1.0.1", today=DAY)), "test")
    assert ([rule.id for rule in fewer.rules], set(fewer.lists)) == (["no-pans"], {"pan"})


def vars_of(form: RuleForm) -> dict[str, str]:
    return {name: getattr(form, name) for name in FIELDS}


def test_terms_that_are_taken_out_of_a_language_are_out():
    found = parse(pack(), "test")
    form = RuleForm(**{**vars_of(typed(found, found.rules[0])), "words_zh": ""})
    after = redrafted(drafting.parsed(pack()), "no-teapots", form, version="1.0.1", today=DAY)
    assert after["lists"]["pot"] == {"en": ["teapot"]}


def test_rules_that_combine_more_are_left_to_the_file():
    rules = [rule for found in default_packs() for rule in found.rules]
    assert any(simple(rule) for rule in rules)
    assert any(not simple(rule) for rule in rules)
    fraud = next(found for found in default_packs() if found.pack == "fraud")
    assert any(shared(fraud, rule) for rule in fraud.rules)


def test_versions_rise():
    assert next_version([]) == "1.0.0"
    assert next_version(["1.0.0", "1.0.10", "1.0.9"]) == "1.0.11"


def test_a_field_has_its_limit():
    with pytest.raises(InvalidRequest):
        form_of({"words_en": "x" * (drafting.MOST_FIELD + 1)})
    assert form_of({"words_en": "a\r\nb", "other": "x"}).words_en == "a\nb"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=60)), st.text(max_size=12))
def test_whatever_is_typed_the_answer_is_a_pack_or_an_invalid_request(given_fields, version):
    form = form_of({**vars_of(FORM), **given_fields})
    content = drafting.started("house-rules", "No teapots.", "不画茶壶。", today=DAY)
    body = written(redrafted(content, "", form, version=version, today=DAY))
    with contextlib.suppress(InvalidRequest):  # and nothing else
        assert rulebook.readable(body).version == version


@pytest.mark.parametrize("guide", ["rules.md", "rules.zh.md"])
def test_the_pack_of_the_guide_is_one(guide):
    text = (Path(__file__).parents[2] / "docs" / "guides" / guide).read_text("utf-8")
    block = text[text.index("    pack: ") :].split("\n\n")[0]
    assert rulebook.checked(textwrap.dedent(block).encode()).pack == "house-rules"


def test_what_is_still_to_be_written_is_said_by_name():
    assert lacking(FORM, ("en", "zh")) == ()
    assert [name for name, _ in lacking(RuleForm(), ("en",))] == [
        *("id", "words", "reason", "reason", "clause", "stop", "allow")
    ]
    half = RuleForm(**{**vars_of(FORM), "rewrite_zh": "", "id": "No Teapots", "allow_zh": " \n"})
    assert lacking(half, ("en", "zh")) == (("id", None), ("rewrite", "zh"), ("allow", "zh"))
    assert lacking(half, ("en",)) == (("id", None), ("rewrite", "zh"))
