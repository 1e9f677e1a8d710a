"""The studio's pages without a browser: words, colours, what a page may run, and who sees what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pingxing.web
from pingxing import i18n
from pingxing.types import LANGUAGES, Scene, SceneObject
from pingxing.web.paper import _marked
from pingxing.web.routes.account import _local
from pingxing.web.understood import pieces, sample

WEB = Path(pingxing.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
CSS = (WEB / "static" / "studio.css").read_text(encoding="utf-8")


# --- what the files say --------------------------------------------------------------------------


def test_every_word_a_template_asks_for_is_in_both_catalogues():
    asked = {key for file in TEMPLATES for key in re.findall(r"\bt\('([\w.]+)'(?! ~)", file.read_text("utf-8"))}
    begun = {key for file in TEMPLATES for key in re.findall(r"\bt\('([\w.]+\.)' ~", file.read_text("utf-8"))}
    assert len(asked) > 100
    assert len(begun) > 8
    for language in LANGUAGES:
        known = i18n.catalogue(language)
        assert sorted(key for key in asked if key not in known) == []
        assert sorted(start for start in begun if not any(key.startswith(start) for key in known)) == []


def test_no_word_of_the_studio_is_left_over():
    sources = [*TEMPLATES, *WEB.rglob("*.py")]
    text = "\n".join(file.read_text("utf-8") for file in sources)
    begun = tuple(re.findall(r"['\"](web\.(?:[\w.]+\.)?)(?:['\"] ~|\{)", text))
    keys = [key for key in i18n.catalogue("en") if key.startswith("web.")]
    assert len(keys) > 100
    chosen = {"web.operator.close", "web.operator.reopen"}
    unused = [k for k in keys if f"'{k}'" not in text and f'"{k}"' not in text and not k.startswith(begun)]
    assert set(unused) <= chosen


def test_templates_hold_no_words_of_their_own():
    assert len(TEMPLATES) > 20
    for file in TEMPLATES:
        text = re.sub(r"{% block width %}narrow{% endblock %}", " ", file.read_text("utf-8"))
        text = re.sub(r"{[{%#].*?[}%#]}", " ", text, flags=re.S)
        text = re.sub(r"<[^>]*>", " ", text)
        text = re.sub(r"from openai import.*?px-…\"\)|image = client.*", " ", text, flags=re.S)
        text = re.sub(r'[a-z-]+="[^"]*"', " ", text)  # attributes that a macro gives to a tag of another file
        chinese = set(re.findall(r"[\u4e00-\u9fff]+", text))
        words = set(re.findall(r"[A-Za-z]{3,}", text)) - {"API", "Pingxing", "PDF", "SHA", "Ctrl", "Enter", "English"}
        assert chinese <= {"平行", "中文", "生成"}, file.name
        assert words <= {"generated"}, file.name


def test_nothing_in_a_page_needs_more_than_the_policy_allows():
    """default-src 'self' stops inline scripts and styles without a word: a page would only look wrong."""
    for file in TEMPLATES:
        text = file.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals='js|https?://", text), file.name
        scripts = re.findall(r"<script\b[^>]*>(.*?)</script>", text, flags=re.S)
        assert scripts == [""] * text.count('<script src="/static/') == [""] * text.count("<script"), file.name
    assert "url(" not in CSS
    assert "@import" not in CSS


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("selector", [":root {", ':root:not([data-theme="light"]) {', ':root[data-theme="dark"] {'])
def test_text_can_be_read_on_every_ground(selector):
    """WCAG 2.2, 1.4.3: at least 4.5:1, in the light, in the dark, and in the dark that was chosen."""
    token = _tokens(CSS[CSS.index(selector) :].partition("}")[0])
    pairs = [(ink, ground) for ground in ("paper", "raised", "wash") for ink in ("ink", "muted")]
    pairs += [(ink, ground) for ground in ("paper", "raised") for ink in ("jade", "amber")]
    for ink, ground in pairs:
        assert _contrast(token[ink], token[ground]) >= 4.5, f"{ink} on {ground}"
    assert _contrast(token["on-vermilion"], token["vermilion"]) >= 4.5


def test_both_darks_are_the_same():
    auto, chosen = (CSS[CSS.index(s) :].partition("}")[0] for s in (":root:not([data", ':root[data-theme="dark"]'))
    assert _tokens(auto) == _tokens(chosen) != {}


# --- small functions -----------------------------------------------------------------------------

spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


@given(st.text(max_size=30), spans)
def test_marking_loses_and_lets_through_nothing(text, found):
    marked = str(_marked(text, found))
    bare = re.sub(r"</?mark>", "", marked)
    assert "<" not in bare
    assert bare.count("&lt;") >= text.count("<")
    assert marked.count("<mark>") == marked.count("</mark>") <= len(found)


def test_marks_stand_where_the_rule_fired():
    assert str(_marked("how to <make> it", [(7, 13)])) == "how to <mark>&lt;make&gt;</mark> it"
    assert str(_marked("abcdef", [(1, 4), (2, 5)])) == "a<mark>bcd</mark><mark>e</mark>f"


@given(st.text(min_size=1, max_size=30), spans, spans)
def test_pieces_put_together_are_the_prompt(prompt, things, settings):
    objects = tuple(SceneObject("1F408", "cat", "猫", "", (s,), None, (0, 0, 1, 1), 0) for s in things)
    scene = Scene("meadow", "day", "clear", "classic", (), objects, setting_spans=tuple(settings))
    assert "".join(piece.text for piece in pieces(prompt, scene)) == prompt


def test_each_word_knows_what_it_became():
    cats = SceneObject("1F408", "cat", "猫", "两只猫", ((3, 6),), None, (0, 0, 1, 1), 0)
    scene = Scene("meadow", "night", "clear", "classic", (), (cats, cats), setting_spans=((0, 2),))
    told = [(piece.text, piece.things, piece.setting) for piece in pieces("夜晚，两只猫", scene)]
    assert told == [("夜晚", (), True), ("，", (), False), ("两只猫", (0, 1), False)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_of_the_start_page_is_tied_to_its_words(language):
    shown = sample(language)
    tied = [piece for piece in pieces(shown.prompt, shown.scene) if piece.things]
    assert {thing for piece in tied for thing in piece.things} == set(range(len(shown.scene.objects)))
    assert [piece.text for piece in tied if len(piece.things) == 2] == [
        {"en": "two red lanterns", "zh": "两只红灯笼"}[language]
    ]


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb", ""])
def test_onward_leads_nowhere_else(path):
    assert _local(path) == "/"
    assert _local("/gallery?before=1") == "/gallery?before=1"
