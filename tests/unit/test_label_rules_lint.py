"""Every finding of the linter, whole: its rule, its clauses, whose law it is, and whether it is a duty.

What mutation testing (bench/mutants.py) showed that other tests let pass. Labels are made up here, so that each row
of the table differs from a faultless file in one thing.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes import files

from pingxing.errors import UnreadableFile
from pingxing.label import lint as room
from pingxing.label.kit import PLAIN
from pingxing.label.lint import Broken, _california, _china, _has_notice, _union, lint, ok, provider_code
from pingxing.label.media.text import notice_line
from pingxing.label.metadata import office, texts
from pingxing.label.metadata.labels import write_label
from pingxing.label.record import Aigc, as_propagator
from pingxing.label.watermark import Key
from pingxing.types import Labels, Layer

CODE = "001191110102MACQD9K64010000"
RECORD = Aigc.first(CODE, "r-1")
NONE = Layer(False, None, "label.watermark.none")
GOOD = Labels(
    visible=Layer(True, True, "label.visible.found"),
    aigc=Layer(True, True, "label.aigc.valid", {"producer": CODE, "system": "S", "version": "1", "created": "2026"}),
    c2pa=Layer(True, True, "label.c2pa.valid", {"source_type": "trainedAlgorithmicMedia", "timestamp": "2026"}),
    watermark=Layer(True, True, "label.watermark.found"),
    produce_id="r-1",
    media_type="image/png",
)
KEYED = replace(PLAIN, watermark=Key(1, b"k" * 16))
DOCX = office.KINDS["word"] if "word" in office.KINDS else next(iter(office.KINDS.values()))


def broken(labels: Labels, data: bytes = b"", kit=PLAIN) -> list[Broken]:
    return [*_china(labels, data), *_union(labels, kit), *_california(labels)]


def with_(layer: str, kind: str = "image/png", **changes) -> Labels:
    return replace(GOOD, media_type=kind, **{layer: replace(getattr(GOOD, layer), **changes)})


def aigc(detail: str, **facts: str) -> Labels:
    return with_("aigc", valid=False, detail=f"label.aigc.{detail}", facts=GOOD.aigc.facts | facts)


def test_a_faultless_file_breaks_nothing() -> None:
    for kind in ("image/png", "video/mp4", "audio/wav", "application/pdf"):
        assert broken(replace(GOOD, media_type=kind)) == []
    for kind in (DOCX, texts.SIDECAR):
        found = broken(replace(GOOD, media_type=kind))
        assert [one.rule for one in found] == (["visible_unchecked"] if kind == DOCX else [])
    assert broken(replace(GOOD, media_type=texts.MARKDOWN), "AI生成".encode()) == []


CN = [
    (replace(GOOD, aigc=Layer(False, None, "label.aigc.none")), "no_metadata", (room.ART_5, room.ANNEX_E), "must", {}),
    (with_("aigc", found=False, detail="label.aigc.encrypted"), "encrypted", (room.ART_5, room.ANNEX_E), "must", {}),
    (aigc("stray", count="2"), "stray", (room.ART_10,), "must", {"count": "2"}),
    (aigc("trailing", bytes="9"), "trailing", (room.ART_10,), "must", {"bytes": "9"}),
    (aigc("doubled", count="2"), "doubled", (room.ANNEX_E,), "must", {"count": "2"}),
    (aigc("broken.json"), "broken_json", (room.ANNEX_E,), "must", {}),
    (with_("aigc", facts=GOOD.aigc.facts | {"producer": "—"}), "personal_producer", (room.CODE,), "should", {}),
    (
        with_("aigc", facts=GOOD.aigc.facts | {"producer": "11010519491231002X"}),
        "personal_producer",
        (room.CODE,),
        "should",
        {},
    ),
    (
        with_("aigc", facts=GOOD.aigc.facts | {"producer": "X"}),
        "producer_code",
        (room.CODE,),
        "should",
        {"producer": "X"},
    ),
    (with_("visible", "audio/wav", found=False), "no_rhythm", (room.ART_4_AUDIO,), "should", {}),
    (with_("visible", "audio/wav", detail="label.visible.unheard"), "visible_unchecked", (room.ART_4,), "should", {}),
    (with_("visible", detail="label.visible.no_frames"), "visible_unchecked", (room.ART_4,), "should", {}),
    (replace(GOOD, media_type=DOCX), "visible_unchecked", (room.ART_4,), "should", {}),
    (
        with_("visible", valid=False, facts={"share": "3", "contrast": "2", "left": "x"}),
        "faint",
        (room.ART_4_IMAGE, room.HEIGHT),
        "must",
        {"share": "3", "contrast": "2"},
    ),
    (with_("visible", "video/mp4", valid=False), "faint", (room.ART_4_VIDEO, room.HEIGHT), "must", {}),
    (with_("visible", found=False, valid=False), "no_visible", (room.ART_4_IMAGE,), "should", {}),
    (with_("visible", "video/mp4", found=False), "no_visible", (room.ART_4_VIDEO,), "should", {}),
    (
        with_("visible", "video/mp4", detail="label.visible.some_frames"),
        "no_visible",
        (room.ART_4_VIDEO,),
        "should",
        {},
    ),
    (replace(GOOD, media_type=texts.MARKDOWN), "no_notice", (room.ART_4_TEXT,), "must", {}),
]


@pytest.mark.parametrize(("labels", "rule", "clauses", "severity", "facts"), CN)
def test_labelling_measures_each_finding_names_its_clause(labels, rule, clauses, severity, facts) -> None:
    assert list(_china(labels, b"words")) == [Broken(rule, clauses, "CN", severity, facts)]


UNMARKED = replace(
    GOOD, aigc=replace(GOOD.aigc, valid=False, facts={}), c2pa=Layer(False, None, ""), watermark=Layer(False, None, "")
)
EU = [
    (with_("c2pa", found=False), "not_signed", "should"),
    (with_("c2pa", valid=False), "signature_broken", "must"),
    (with_("c2pa", facts={"source_type": "digitalCapture", "timestamp": "2026"}), "source_type", "should"),
    (with_("c2pa", facts={"timestamp": "2026"}), "source_type", "should"),
    (with_("c2pa", facts={"source_type": "trainedAlgorithmicMedia"}), "no_timestamp", "should"),
]


@pytest.mark.parametrize(("labels", "rule", "severity"), EU)
def test_code_of_practice_each_finding_names_its_clause(labels, rule, severity) -> None:
    assert list(_union(labels, PLAIN)) == [Broken(rule, (room.SIGNED,), "EU", severity)]


def test_ai_act_art_50_2_one_mark_that_a_machine_reads_is_enough() -> None:
    first = Broken("not_machine_readable", (room.AI_ACT,), "EU", "must")
    assert next(_union(UNMARKED, PLAIN)) == first
    named = {"source_type": "trainedAlgorithmicMedia"}
    for marked in (
        replace(UNMARKED, aigc=replace(UNMARKED.aigc, valid=True)),
        replace(UNMARKED, aigc=replace(UNMARKED.aigc, facts=named)),
        replace(UNMARKED, c2pa=replace(UNMARKED.c2pa, found=True)),
        replace(UNMARKED, c2pa=replace(UNMARKED.c2pa, facts=named)),
        replace(UNMARKED, watermark=replace(UNMARKED.watermark, found=True)),
    ):
        assert first not in list(_union(marked, PLAIN))
    assert [one.rule for one in _union(replace(UNMARKED, media_type=DOCX), PLAIN)] == ["not_machine_readable"]
    for kind in (texts.MARKDOWN, texts.SIDECAR):
        assert list(_union(replace(UNMARKED, media_type=kind), PLAIN)) == []


def test_code_of_practice_a_watermark_is_missed_only_by_who_can_look() -> None:
    without = replace(GOOD, watermark=NONE)
    missed = Broken("no_watermark", (room.WATERMARK,), "EU", "should")
    unknown = Broken("watermark_unchecked", (room.WATERMARK,), "EU", "should")
    assert list(_union(without, KEYED)) == [missed]
    assert list(_union(without, PLAIN)) == [unknown]
    assert list(_union(replace(without, watermark=replace(NONE, detail="label.watermark.small")), KEYED)) == [unknown]


def test_sb942_each_of_the_five_is_asked_for() -> None:
    def missing(labels: Labels) -> list[str]:
        found = list(_california(labels))
        assert all((one.clauses, one.jurisdiction, one.severity) == ((room.LATENT,), "US-CA", "must") for one in found)
        return [one.rule.removeprefix("latent_") for one in found]

    bare = replace(GOOD, aigc=Layer(False, None, ""), c2pa=Layer(True, True, ""), produce_id=None)
    assert missing(bare) == ["provider", "system", "version", "created", "identifier"]
    assert missing(replace(bare, tag=0)) == ["provider", "system", "version", "created"]
    assert missing(replace(bare, produce_id="r")) == ["provider", "system", "version", "created"]
    told = {"producer": "P", "system": "S", "version": "1", "created": "2026"}
    assert missing(replace(bare, c2pa=replace(bare.c2pa, facts=told))) == ["identifier"]
    assert missing(replace(bare, aigc=Layer(True, True, ""))) == ["system", "version", "created", "identifier"]
    for kind in (DOCX, texts.MARKDOWN, texts.SIDECAR, "application/pdf"):
        assert missing(replace(bare, media_type=kind)) == []


def test_a_text_is_judged_by_its_name_and_the_file_beside_it() -> None:
    said = "本文由AI生成。".encode()
    unknown = (Broken("unknown_kind", (room.ART_5,), "CN", "should"),)
    assert lint(said) == unknown
    assert lint(said, text=True)[0].rule == "no_metadata"
    beside = write_label(said, "text/plain", RECORD)
    assert lint(said, text=True, beside=beside) == ()
    assert lint(b"words", text=True, beside=write_label(b"words", "text/plain", RECORD)) == (
        Broken("no_notice", (room.ART_4_TEXT,), "CN", "must"),
    )
    assert [one.rule for one in lint(said + b"!", text=True, beside=beside)] == ["no_metadata"], "another text's"
    assert [one.rule for one in lint(b"", text=True)] == ["no_metadata", "no_notice"]
    png = files.sample("image/png")
    assert lint(png, text=True) == lint(png), "whatever it is called"
    with pytest.raises(UnreadableFile):
        lint(b"")
    assert ok(unknown)
    assert not ok(lint(said, text=True))


NOTICES = [
    ("AI生成", True),
    ("﻿本文由人工智能合成", True),
    ("x" * 195 + "AI生成" + "y" * 300, True),
    ("x" * 300 + "AI生成" + "y" * 195, True),
    ("x" * 300 + "AI生成" + "y" * 300, False),
    ("---\ntitle: AI生成\n---\nwords", False),
    ("---\ntitle: x\n---\nAI生成\n", True),
    ("---\ntitle: x\n...\nAI生成\n", True),
    ("---\ntitle: x\n---\nAI生成\n---\nwords", True),
    ("words\n---\nAI生成---", True),
    ("AI" + "x" * 17 + "生成", False),
]


@pytest.mark.parametrize(("text", "there"), NOTICES)
def test_labelling_measures_art_4_1_a_notice_stands_at_either_end(text: str, there: bool) -> None:
    assert _has_notice(text.encode()) is there


def test_bytes_that_are_no_text_stop_nobody_from_looking() -> None:
    assert _has_notice("AI生成".encode() + b"\xff")


def test_gb32100_a_credit_code_ends_with_its_check_character() -> None:
    assert provider_code(CODE)
    assert provider_code("001191350100M000100Y4310000"), "whose check character is not nought"
    assert not provider_code("001191350100M000100Y4410000")
    assert not provider_code(CODE + "x")
    assert not provider_code(CODE[:21] + ("5" if CODE[21] == "4" else "4") + CODE[22:])
    assert not provider_code(CODE[:22] + "3" + CODE[23:])


def test_tc260_the_role_of_who_passes_on_stands_in_one_place() -> None:
    assert as_propagator(CODE) == CODE[:22] + "2" + CODE[23:]
    for other in (CODE[:22] + "2" + CODE[23:], CODE + "0", "x" + CODE, CODE[:-1]):
        assert as_propagator(other) == other


def test_a_notice_of_its_own_line_is_found_at_either_end() -> None:
    body = "\n".join(f"line {n}" for n in range(400))
    assert notice_line(f"AI生成\n{body}") == "AI生成"
    assert notice_line(f"{body}\nAI生成") == "AI生成"
    assert notice_line(body) is None
