"""pingxing lint: every rule fires on a file that breaks it, and on no other; words exist in both languages."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes import files
from tests.fakes.pictures import mark, picture

from pingxing import i18n
from pingxing.cli.main import main
from pingxing.label import lint as room
from pingxing.label import seal
from pingxing.label.lint import lint, ok, provider_code
from pingxing.label.metadata.labels import KINDS, write_label
from pingxing.label.record import Aigc
from pingxing.label.xmp import Provenance
from pingxing.types import LANGUAGES, Format, Labels, Layer

pytestmark = pytest.mark.usefixtures("films_here")
RECORD = Aigc.first("001191110102MACQD9K64010000", "r-1")
MADE = Provenance("Pingxing", "0.2", "scene", datetime(2026, 8, 2, tzinfo=UTC))
RULES = sorted(set(re.findall(r'(?:rule = |Broken\(|else )"([a-z_]+)"', Path(room.__file__).read_text("utf-8"))))


def rules(data: bytes) -> dict[str, str]:
    return {one.rule: one.severity for one in lint(data)}


def musts(data: bytes) -> set[str]:
    return {rule for rule, severity in rules(data).items() if severity == "must"}


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("text/plain", "text/markdown")])
def test_what_we_write_breaks_no_duty(kind: str) -> None:
    assert musts(write_label(files.sample(kind), kind, RECORD, MADE)) == set()


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("text/plain",)])
def test_a_file_without_label_breaks_three_laws(kind: str) -> None:
    found = lint(files.sample(kind))
    assert not ok(found)
    assert any(one.rule == "no_metadata" and room.ART_5 in one.clauses for one in found) or kind == "text/markdown"


def test_a_sealed_picture_breaks_nothing_but_lacks_two_layers() -> None:
    data = seal(picture(320, 240), Format.PNG, mark())
    assert rules(data) == {"not_signed": "should", "watermark_unchecked": "should"}


def svg(text: str) -> bytes:
    from xml.sax.saxutils import quoteattr

    space = 'xmlns:q="http://www.tc260.org.cn/ns/AIGC/1.0/"'
    return files.SVG.replace(b"<rect", f"<g {space} q:AIGC={quoteattr(text)}/><rect".encode())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("eyJMYWJlbCI6IjEifQ==", "broken_json"),
        ('{"label":"1"}', "broken_members"),
        (RECORD.text().replace('"1"', '"9"', 1), "broken_label"),
        (RECORD.text().replace("r-1", "a b"), "broken_values"),
        (RECORD.text().replace("r-1", ""), "broken_values"),
    ],
)
def test_a_record_that_breaks_annex_e_is_named(text: str, rule: str) -> None:
    found = {one.rule: one for one in lint(svg(text))}
    assert found[rule].clauses == (room.ANNEX_E,)
    assert found[rule].severity == "must"


def test_two_labels_and_a_stray_one_are_named() -> None:
    two = svg(RECORD.text()).replace(b"<rect", svg(RECORD.text()).split(b"<rect")[0].split(b'60">')[1] + b"<rect", 1)
    assert "several" in rules(two)
    assert "stray" in rules(files.sample("image/png") + svg(RECORD.text()))
    assert "trailing" in rules(write_label(files.sample("image/png"), "image/png", RECORD, MADE) + b"more")


def test_a_mark_that_is_too_faint_is_named() -> None:
    labels = Labels(
        visible=Layer(True, False, "label.visible.faint", {"share": "3.0", "contrast": "1.4", "wording": "AI生成"}),
        aigc=Layer(True, True, "label.aigc.confirmed", {"producer": RECORD.producer, "label": "1"}),
        c2pa=Layer(False, None, "label.c2pa.none"),
        watermark=Layer(False, None, "label.watermark.none"),
        media_type="image/png",
    )
    found = list(room._visible(labels, b""))
    assert [(one.rule, one.severity) for one in found] == [("faint", "must")]
    assert i18n.say("zh", "lint.faint", **found[0].facts)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("# 计划\n\n正文。\n", True),
        ("本文由人工智能生成。\n\n正文。\n", False),
        ("正文。\n\n（内容由AI合成）\n", False),
        ("Text.\n\nThis text was AI-generated.\n", False),
        ("x" * 500 + "AI生成" + "x" * 500, True),
    ],
)
def test_labelling_measures_art_4_1_text_says_so_at_its_start_or_end(text: str, named: bool) -> None:
    data = write_label(text.encode(), "text/markdown", RECORD)
    assert ("no_notice" in musts(data)) is named


def test_latent_disclosure_of_sb942_is_named_member_by_member() -> None:
    bare = write_label(files.sample("image/png"), "image/png", RECORD)
    assert musts(bare) == {"latent_system", "latent_version", "latent_created"}
    assert {"latent_provider", "latent_identifier"} <= musts(files.sample("image/png"))


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("001191110102MACQD9K64010000", True),  # seen on a public service
        ("001191110102MACQD9K65010000", False),  # another check character
        ("001191110102MACQD9K6401000", False),
        ("PINGXING-UNREGISTERED", False),
        ("002191110102MACQD9K64010000", False),
        ("00119111010201234567890I0000"[:27], False),
    ],
)
def test_provider_codes(code: str, good: bool) -> None:
    assert provider_code(code) is good


def test_a_producer_that_is_a_person_is_named() -> None:
    person = Aigc.first("11010519491231002X", "r-1")
    assert "personal_producer" in rules(write_label(files.sample("image/png"), "image/png", person, MADE))
    assert "producer_code" in rules(write_label(files.sample("image/png"), "image/png", replace(RECORD, producer="X")))


def test_every_rule_has_words_and_a_remedy_in_both_languages() -> None:
    named = {*RULES, *(f"broken_{flaw}" for flaw in ("json", "members", "values", "label", "packet"))}
    named |= {f"latent_{name}" for name in ("provider", "system", "version", "created", "identifier")}
    named |= {"several", "stray", "trailing"}
    assert len(named) >= 25
    clauses = set(re.findall(r'"(clause\.[a-z0-9_]+)"', Path(room.__file__).read_text("utf-8")))
    assert len(clauses) >= 12
    for language in LANGUAGES:
        assert all(i18n.knows(language, clause) for clause in clauses)
        for rule in named:
            assert i18n.knows(language, f"lint.{rule}"), rule
            assert i18n.knows(language, f"lint.{rule}.fix"), rule


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0), capsys.readouterr().out


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    good, bad = tmp_path / "good.wav", tmp_path / "bad.wav"
    good.write_bytes(write_label(files.sample("audio/wav"), "audio/wav", RECORD, MADE))
    bad.write_bytes(files.sample("audio/wav"))
    return good, bad


def test_the_exit_code_says_whether_a_duty_is_broken(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = pair
    code, out = call(capsys, "lint", good, "--json")
    told = json.loads(out)
    assert (code, told["ok"], told["file"]) == (0, True, str(good))
    code, out = call(capsys, "lint", bad, "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (5, False)
    assert {"clause", "jurisdiction", "severity", "what", "fix"} <= set(told["findings"][0])
    assert {one["jurisdiction"] for one in told["findings"]} == {"CN", "EU", "US-CA"}
    assert not (good.parent / "data").exists()  # nothing is kept, no key is made


def test_plain_text_is_judged_with_the_file_beside_it(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text = pair[0].with_name("story.txt")
    content = "从前有一座山。\n（本文由AI生成）\n".encode()
    text.write_bytes(content)
    code, out = call(capsys, "lint", text, "--json")
    assert (code, [one["rule"] for one in json.loads(out)["findings"]]) == (5, ["no_metadata"])
    beside = text.with_name("story.txt.aigc.json")
    beside.write_bytes(write_label(content, "text/plain", RECORD))
    assert call(capsys, "lint", text, "--json")[0] == 0
    text.write_bytes(b"another text")
    code, out = call(capsys, "lint", text, "--json")
    assert (code, [one["rule"] for one in json.loads(out)["findings"]]) == (5, ["no_metadata", "no_notice"])


def test_many_files_are_told_one_by_one(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = pair
    torn = good.with_name("torn.wav")
    torn.write_bytes(good.read_bytes()[:100])
    code, out = call(capsys, "lint", good, bad, torn, "--json")
    told = json.loads(out)
    assert code == 5
    assert [row["ok"] for row in told["files"]] == [True, False, False]
    assert told["files"][2]["error"]["code"] == "unreadable_file"


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_get_words(language: str, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "--lang", language, "lint", *pair)
    assert code == 5
    assert {"en": "Labelling measures, art. 5", "zh": "《人工智能生成合成内容标识办法》第五条"}[language] in out


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "lint", tmp_path / "none.png", "--json")
    assert code == 4
    assert json.loads(out)["error"]["code"] == "not_found"


def test_hostile_files_are_refused_and_not_judged() -> None:
    from pingxing.errors import TooLarge

    out = bytearray(files.sample("image/gif"))
    out[6:10] = struct.pack("<HH", 65535, 65535)
    with pytest.raises(TooLarge):
        lint(bytes(out))
