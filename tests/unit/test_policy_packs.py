"""Packs are data that proves itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.bootstrap import default_guard
from pingxing.errors import BadSettings
from pingxing.i18n import explain
from pingxing.policy import packs
from pingxing.policy.match import Matcher

PACK = """
pack: example
version: 1.0.0
date: 2026-11-22
licence: Apache-2.0
languages: [en, zh]
about: {en: An example., zh: 示例。}
lists:
  paint:
    en: [wet paint]
    zh: [油漆未干]
    not_in: {en: [wet paint sign], zh: [油漆未干牌]}
  sit:
    en: [sit]
    zh: [坐]
    inflect: [s, ing]
  careful: {en: [please do not], zh: [请勿]}
rules:
  - id: sit-on-paint
    category: paint
    when: [{all: [sit, paint], within: 3}]
    unless: [careful]
    action: block
    severity: low
    reason: {en: The paint is wet., zh: 油漆还没干。}
    clause: house rule 1
    cases:
      stop: {en: [sitting on wet paint], zh: [坐在油漆未干的椅子上]}
      allow: {en: [sit on a wet paint sign, please do not sit on wet paint], zh: [请勿坐在油漆未干的椅子上]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert old in PACK
    return PACK.replace(old, new, 1)


def test_a_pack_loads(tmp_path: Path) -> None:
    pack = packs.load(write(tmp_path, PACK))
    assert (pack.pack, pack.version, pack.rules[0].id) == ("example", "1.0.0", "sit-on-paint")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (changed("licence:", "lisence:"), "lisence"),
        (changed("severity: low", "severity: awful"), "severity"),
        (changed("action: block", "action: allow"), "action"),
        (changed("all: [sit, paint]", "all: [sit, pant]"), "pant"),
        (changed("within: 3", "within: -1"), "within"),
        (changed("version: 1.0.0", "version: 1"), "version"),
        (changed("date: 2026-11-22", "date: 2026-13-22"), "month"),
        (changed("en: [wet paint]", "en: [no]"), "lists.paint.en.0"),  # YAML reads a bare no as a boolean
        (changed("zh: [坐在油漆未干的椅子上]", "zh: []"), "no cases in zh"),
        (changed("  careful:", "  idle: {en: [x]}\n  careful:"), "idle"),
        (changed("version: 1.0.0", "version: 1.0.0\nversion: 2.0.0"), "twice"),
        (changed("about: {", "about: {{"), "expected"),
        (PACK + PACK[PACK.index("  - id") :], "sit-on-paint stands twice"),
        ("[]", "valid dictionary"),
        ("", "valid dictionary"),
        ("!!python/object/apply:os.system ['true']", "constructor"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, names: str) -> None:
    with pytest.raises(BadSettings) as caught:
        packs.load(write(tmp_path, text))
    assert caught.value.reason == "pack_unreadable"
    assert names in str(caught.value.params["problem"])
    for language in ("en", "zh"):
        assert "example.yaml" in explain(caught.value, language)[0]


@pytest.mark.parametrize(
    ("text", "case", "wanted"),
    [
        (
            changed("stop: {en: [sitting on wet paint]", "stop: {en: [standing on wet paint]"),
            "standing on wet paint",
            "block",
        ),
        (changed("within: 3", "within: 0"), "sitting on wet paint", "block"),
        (changed("    inflect: [s, ing]\n", ""), "sitting on wet paint", "block"),
        (
            changed("    unless: [careful]\n", "").replace("  careful: {en: [please do not], zh: [请勿]}\n", ""),
            "please do not sit on wet paint",
            "allow",
        ),
        (changed("    not_in: {en: [wet paint sign], zh: [油漆未干牌]}\n", ""), "sit on a wet paint sign", "allow"),
    ],
)
def test_a_pack_that_breaks_its_promise_is_not_loaded(tmp_path: Path, text: str, case: str, wanted: str) -> None:
    with pytest.raises(BadSettings) as caught:
        packs.load(write(tmp_path, text))
    assert caught.value.reason == "pack_case"
    assert caught.value.params == {"file": "example.yaml", "rule": "sit-on-paint", "case": case, "wanted": wanted}
    for language in ("en", "zh"):
        assert case in explain(caught.value, language)[0]


@pytest.mark.parametrize("term", ["\u200b", " - ", "\uf8ff", "wet\uf8ffpaint"])
def test_a_term_that_no_text_could_hold_is_refused(tmp_path: Path, term: str) -> None:
    with pytest.raises(BadSettings, match="no text could hold"):
        packs.load(write(tmp_path, changed("    en: [wet paint]", f"    en: [wet paint, {json.dumps(term)}]")))


def test_a_missing_or_binary_file(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        packs.load(tmp_path / "none.yaml")
    path = tmp_path / "example.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings):
        packs.load(path)


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MOST_BYTES", 100)
    with pytest.raises(BadSettings, match="over 100 bytes"):
        packs.load(write(tmp_path, PACK))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_pack_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(content)
    with pytest.raises(BadSettings):
        packs.load(path)


def test_the_packs_that_ship() -> None:
    for file in packs.FOLDER.glob("*.yaml"):
        packs.load(file)  # every case of every rule
    found = packs.default_packs()
    files = sorted(packs.FOLDER.glob("*.yaml"))
    assert [pack.pack for pack in found] == [file.stem for file in files]
    assert len(found) >= 7
    assert sum(len(pack.rules) for pack in found) >= 20
    assert all(pack.languages == ("en", "zh") for pack in found)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    write(tmp_path, PACK)
    packs.pin(tmp_path)
    monkeypatch.setattr(packs, "FOLDER", tmp_path)
    packs.default_packs.cache_clear()
    yield tmp_path
    packs.default_packs.cache_clear()


def test_a_pinned_pack_is_taken(shipped: Path) -> None:
    assert [pack.pack for pack in packs.default_packs()] == ["example"]


def test_a_pack_edited_after_the_release_is_refused(shipped: Path) -> None:
    write(shipped, PACK.replace("action: block", "action: review"))
    with pytest.raises(BadSettings, match="not the file that came"):
        packs.default_packs()
    with pytest.raises(BadSettings, match="not the file that came"):
        default_guard()  # at once, though packs are parsed at their first use


def test_a_pack_that_is_new_or_gone_is_refused(shipped: Path) -> None:
    (shipped / "other.yaml").write_text(PACK.replace("pack: example", "pack: other"), encoding="utf-8")
    with pytest.raises(BadSettings, match="did not come"):
        packs.default_packs()
    (shipped / "other.yaml").unlink()
    (shipped / "example.yaml").unlink()
    with pytest.raises(BadSettings, match="is gone"):
        packs.default_packs()


@pytest.mark.parametrize("content", [b"", b"no digests", b"\xff\xff"])
def test_a_list_of_digests_that_cannot_be_read_takes_no_pack(shipped: Path, content: bytes) -> None:
    (shipped / packs.PINS).write_bytes(content)
    with pytest.raises(BadSettings):
        packs.default_packs()


def test_only_proved_packs_are_pinned(tmp_path: Path) -> None:
    write(tmp_path, changed("within: 3", "within: 0"))
    with pytest.raises(BadSettings, match="pack_case"):
        packs.pin(tmp_path)
    assert not (tmp_path / packs.PINS).exists()


def test_a_term_that_nobody_can_say_is_found_as_it_is_written() -> None:
    text = changed("    zh: [油漆未干]", "    disguises: [sound, initials, reversed]\n    zh: [油漆未干, 㐂㐃㐄㐅]")
    matcher = Matcher([packs.Pack.model_validate(packs.yaml.safe_load(text))])
    assert matcher.find("坐在㐂㐃㐄㐅上")


def test_english_endings() -> None:
    text = changed("en: [wet paint]", "en: [wet paint, wet brush, wet copy]").replace("en: [sit]", "en: [sit, take]")
    pack = packs.Pack.model_validate(packs.yaml.safe_load(text))
    terms = set(Matcher([pack]).terms)
    assert {"wet paints", "wet brushes", "wet copies", "sits", "sitting", "taking", "takes"} <= terms
